"""The commands as the screen library's bindings."""

from collections.abc import Iterable

from textual.binding import Binding, BindingType

from terminal.tui.commands import Command

_FIRST = frozenset({"ctrl+q", "ctrl+c", "ctrl+l"})  # work while a text field has the focus


def bindings(commands: Iterable[Command]) -> list[BindingType]:
    return [
        Binding(key, command.id, command.id, show=False, priority=key in _FIRST, id=command.id)
        for command in commands
        for key in command.keys
    ]
