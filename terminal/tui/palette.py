"""The palette's list of commands: shown in the cashier's language, and found by their names in either."""

from collections.abc import Iterator
from typing import Protocol, cast

from textual.app import SystemCommand
from textual.command import DiscoveryHit, Hit, Hits, Provider

from terminal.tui.wording import Texts

BETWEEN = "  "  # a command's name here, and its name in the other language
_CERTAIN = 1.0


class Speaking(Protocol):
    """An app that has a language."""

    @property
    def texts(self) -> Texts: ...


class Commands(Provider):
    async def discover(self) -> Hits:
        for command in sorted(self._commands(), key=_names):
            yield DiscoveryHit(_names(command)[0], command.callback, help=command.help)

    async def search(self, query: str) -> Hits:
        """What is called so; where nothing is, a line that says so and does nothing."""
        matcher, count = self.matcher(query), 0
        for command in self._commands():
            if (score := max(map(matcher.match, _names(command)))) > 0:
                count += 1
                yield Hit(score, matcher.highlight(_names(command)[0]), command.callback, help=command.help)
        if not count:
            yield Hit(_CERTAIN, cast(Speaking, self.app).texts("palette.none"), lambda: None)

    def _commands(self) -> Iterator[SystemCommand]:
        yield from self.app.get_system_commands(self.screen)


def _names(command: SystemCommand) -> list[str]:
    return command.title.split(BETWEEN)
