"""A question before something that cannot be taken back lightly. Enter answers nothing: it may be a second press."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from terminal.steps import Phase
from terminal.tui.text import shown
from terminal.tui.widgets.keys import Answers
from terminal.tui.wording import Texts


class Question(ModalScreen[None]):
    """Asks while the sale is in one of `phases`; the app takes it away when the till has moved on."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "yes", show=False), Binding("n,escape", "no", show=False)]
    AUTO_FOCUS = ""

    def __init__(
        self,
        texts: Texts,
        key: str,
        phases: frozenset[Phase],
        run: Callable[[], None],
        facts: Mapping[str, str] | None = None,
    ) -> None:
        """`facts` fill the question in."""
        super().__init__()
        self.phases = phases
        self._texts, self._key, self._run_yes = texts, key, run
        self._facts = facts or {}

    def compose(self) -> ComposeResult:
        with Vertical(id="question"):
            yield Static(shown(self._texts(self._key, **self._facts)), id="asked")
            answers = Answers()
            answers.show(
                {0: ("Y", self._texts("ask.yes"), "screen.yes"), 1: ("Esc", self._texts("ask.no"), "screen.no")}
            )
            yield answers

    def action_yes(self) -> None:
        self.dismiss()
        self._run_yes()

    def action_no(self) -> None:
        self.dismiss()
