"""What to do now, in a few lines, and the keys that are live. Made from the same table as the keys themselves."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content

from terminal.steps import Phase
from terminal.tui.bridge import Extra, TillPort
from terminal.tui.commands import Command
from terminal.tui.keymap import cap
from terminal.tui.screens.scrolled import Scrolled
from terminal.tui.text import fitted, shown, shown_lines
from terminal.tui.widgets.keys import extra_title
from terminal.tui.wording import Texts

_KEY_CELLS, _TITLE_CELLS = 9, 12


class HelpScreen(Scrolled):
    """Opaque and in one piece of text: it comes and goes in a moment."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,question_mark,enter", "back", show=False)]

    def __init__(self, till: TillPort, texts: Texts, extras: Sequence[Extra], commands: Sequence[Command]) -> None:
        super().__init__(till, texts)
        self._phase, self._extras, self._commands = Phase.IDLE, extras, commands
        self.redraw()

    def begin(self, texts: Texts) -> None:
        """Most of the time it is the same as before."""
        before, self._phase = self._phase, self._till.snapshot().step.phase
        if (before, self._texts) == (self._phase, texts):
            self._scroll.scroll_home(animate=False)
        else:
            super().begin(texts)

    def redraw(self) -> None:
        texts = self._texts
        about = ["", *texts.lines(f"phase.{self._phase}.help"), ""]
        keys = [*self._rows(), Content(""), shown(texts("help.digits"))]
        heading = shown(texts("help.keys")).stylize("bold $key-name")
        self._title(texts(f"phase.{self._phase}.word"))
        self._text.update(Content("\n").join([shown_lines(about), heading, *keys]))
        self._say(texts("help.hint"))
        self._caps({6: ("Esc", "back", "back")})

    def _rows(self) -> list[Content]:
        texts = self._texts
        live = [command for command in self._commands if self._phase in command.phases]
        lines = [(command.label, texts(f"command.{command.id}"), texts(f"about.{command.id}")) for command in live]
        lines += [(cap(extra.key), extra_title(extra, texts), "") for extra in self._extras]
        return [_row(*line) for line in lines]


def _row(label: str, title: str, about: str) -> Content:
    wide = max(_TITLE_CELLS, cell_len(title))
    return shown(label, _KEY_CELLS).stylize("$key-name") + shown(fitted(title, wide) + " " + about)
