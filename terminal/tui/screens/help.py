"""What to do now, in a few lines, and the keys that are live. Made from the same table as the keys themselves."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from terminal.steps import Phase
from terminal.tui.bridge import Extra
from terminal.tui.commands import Command
from terminal.tui.text import fitted, shown, shown_lines
from terminal.tui.widgets.keys import extra_title
from terminal.tui.wording import Texts

_KEY_CELLS, _TITLE_CELLS = 9, 12


class HelpScreen(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,question_mark,enter", "back", show=False)]

    def __init__(self, texts: Texts, phase: Phase, extras: Sequence[Extra], commands: Sequence[Command]) -> None:
        super().__init__()
        self._texts, self._phase, self._extras, self._commands = texts, phase, extras, commands

    def compose(self) -> ComposeResult:
        texts = self._texts
        with VerticalScroll(id="help"):
            yield Static(shown(texts(f"phase.{self._phase}.word")), classes="heading")
            yield Static(shown_lines(texts.lines(f"phase.{self._phase}.help")))
            yield Static(shown(texts("help.keys")), classes="heading")
            yield Static(Content("\n").join([*self._keys(), shown(texts("help.digits"))]))
            yield Static(shown(texts("help.hint")), classes="heading")

    def action_back(self) -> None:
        self.dismiss()

    def _keys(self) -> list[Content]:
        texts = self._texts
        live = [command for command in self._commands if self._phase in command.phases]
        lines = [(command.label, texts(f"command.{command.id}"), texts(f"about.{command.id}")) for command in live]
        lines += [(extra.key.upper(), extra_title(extra, texts), "") for extra in self._extras]
        return [_row(*line) for line in lines]


def _row(label: str, title: str, about: str) -> Content:
    wide = max(_TITLE_CELLS, cell_len(title))
    return shown(label, _KEY_CELLS).stylize("$key-name") + shown(fitted(title, wide) + " " + about)
