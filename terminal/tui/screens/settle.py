"""The end of the day: each acquirer's sums, what is open first, a bar while it is settled, and what differed."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from terminal.errors import SaomaError
from terminal.operators import Act
from terminal.steps import Event, Moved, Notice, Settling, Stage
from terminal.till.due import Due
from terminal.tui import settlement
from terminal.tui.bridge import TillPort
from terminal.tui.commands import ENTERING, OUTCOMES
from terminal.tui.screens.question import Question
from terminal.tui.screens.scrolled import Scrolled
from terminal.tui.text import shown_lines
from terminal.tui.view import sentence
from terminal.tui.widgets.lines import Lines
from terminal.tui.widgets.rows import Rows, RowsShown
from terminal.tui.wording import Texts

ABOUT_THIS = ("settle.", "permit.settle", "pay.already", "journal.")  # notices that are said here too


class SettleScreen(Scrolled):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("f10", "back", show=False, id="over.settle"),
        Binding("enter", "end_one", show=False),
        Binding("a", "end_all", show=False),
        Binding("up", "choose(-1)", show=False),
        Binding("down", "choose(1)", show=False),
    ]

    def __init__(self, till: TillPort, texts: Texts) -> None:
        super().__init__(till, texts)
        self._rows, self._bar = Rows(), Lines()
        self._rows.add_class("few")
        self._bar.add_class("progress")

    def compose(self) -> ComposeResult:
        yield self._heading
        yield self._rows
        yield self._bar
        yield self._scroll
        yield self._said
        yield self._keys

    def begin(self, texts: Texts) -> None:
        self._dues: Sequence[Due] | None = None
        self._chosen = 0
        self._notice: Notice | None = None
        self._rows.show(None)
        super().begin(texts)

    def on_screen_resume(self) -> None:
        self._look_up()

    def on_rows_sized(self) -> None:
        self.redraw()

    def hear(self, event: Event) -> None:
        if isinstance(event, Notice) and event.key.startswith(ABOUT_THIS):
            self._notice = event
        if isinstance(event, Moved) or (isinstance(event, Settling) and event.stage is Stage.DONE):
            self._look_up()
        self.redraw()

    def redraw(self) -> None:
        texts, dues = self._texts, self._dues
        self._title(texts("settle.title"))
        self._bar.show((f" {settlement.progress(self._till.snapshot().settling, texts)}",))
        said = sentence(self._notice, texts) if self._notice else ""
        self._say(said if dues is not None else texts("cap.loading"))
        keys = {11: ("Enter", "settle_one", "end_one"), 10: ("A", "settle_all", "end_all")}
        self._caps({6: ("Esc", "back", "back")} | (keys if dues else {}))
        if dues is None:
            return
        columns = self._rows.columns
        lines = settlement.rows(dues, texts, columns)
        self._rows.show(RowsShown(settlement.heading(texts, columns), lines, self._chosen, texts.lines("settle.none")))
        if dues:
            told = settlement.details(dues[self._chosen], texts, self._till.clock.wall(), self.columns)
            self._text.update(shown_lines(told))

    # --- keys --------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        if event.character in {"1", "2", "3", "4", "5", "6", "7", "8", "9"}:
            self.action_choose(int(event.character) - 1 - self._chosen)

    def on_rows_picked(self, message: Rows.Picked) -> None:
        self.action_choose(message.index - self._chosen)

    def on_rows_scrolled(self, message: Rows.Scrolled) -> None:
        self.action_choose(message.by)

    def action_choose(self, by: int) -> None:
        self._chosen = min(max(self._chosen + by, 0), max(len(self._dues or ()) - 1, 0))
        self._scroll.scroll_home(animate=False)
        self.redraw()

    def action_end_one(self) -> None:
        if self._dues:
            due = self._dues[self._chosen]
            facts = {"acquirer": settlement.wallet(due.title, self._texts)}
            self._ask("ask.settle", due.acquirer, facts)

    def action_end_all(self) -> None:
        if self._dues:
            self._ask("ask.settle_all", "", {})

    def _ask(self, key: str, acquirer: str, facts: dict[str, str]) -> None:
        settle = partial(self._want, Act.SETTLE, partial(self._till.settle, acquirer))
        self.app.push_screen(Question(self._texts, key, ENTERING | OUTCOMES, settle, facts))

    # --- the books ---------------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="settle")
    def _look_up(self) -> None:
        try:
            dues = self._till.dues()
        except SaomaError as error:
            self.call_later(self._could_not_read, error)
        else:
            self.call_later(self._show, dues)

    def _show(self, dues: Sequence[Due]) -> None:
        self._dues, self._trouble = dues, ""
        self.redraw()
