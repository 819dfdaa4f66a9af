"""A day in bars, beside the one before."""

from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from terminal.errors import SaomaError
from terminal.steps import Event, Moved
from terminal.tui import charts
from terminal.tui.charts import DayFigures
from terminal.tui.screens.scrolled import Scrolled
from terminal.tui.text import shown_lines
from terminal.tui.wording import Texts


class ChartsScreen(Scrolled):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("f2", "back", show=False, id="over.charts"),
        Binding("left", "other_day(-1)", show=False),
        Binding("right", "other_day(1)", show=False),
    ]

    def begin(self, texts: Texts) -> None:
        self._day = self._today()
        self._figures: DayFigures | None = None
        self._heading.show(None)
        super().begin(texts)

    def on_screen_resume(self) -> None:
        self._look_up(self._day)

    def on_resize(self) -> None:
        self.redraw()

    def hear(self, event: Event) -> None:
        if isinstance(event, Moved):
            self._look_up(self._day)

    def redraw(self) -> None:
        texts, figures = self._texts, self._figures
        later = {8: ("->", "later", "other_day(1)")} if self._day < self._today() else {}
        self._caps({6: ("Esc", "back", "back"), 7: ("<-", "earlier", "other_day(-1)")} | later)
        if figures is None:
            self._say(texts("cap.loading"))
            return
        self._say("")
        self._title(charts.title(figures, texts))
        told = charts.lines(figures, texts, self._till.snapshot().currency, self.columns)
        self._text.update(shown_lines(["", *told]))

    def action_other_day(self, by: int) -> None:
        self._day = min(self._day + timedelta(days=by), self._today())
        self._look_up(self._day)

    def _today(self) -> date:
        return datetime.fromtimestamp(self._till.clock.wall(), UTC).astimezone().date()

    @work(thread=True, exclusive=True, group="charts")
    def _look_up(self, when: date) -> None:
        is_today = when == self._today()
        begins_ms, ends_ms = charts.span_ms(when)
        before_ms, _ = charts.span_ms(when - timedelta(days=1))
        so_far_ms = round(self._till.clock.wall() * 1000) - begins_ms if is_today else begins_ms - before_ms
        try:
            groups = self._till.groups(begins_ms, ends_ms)
            before = self._till.groups(before_ms, before_ms + so_far_ms)
        except SaomaError as error:
            self.call_later(self._could_not_read, error)
        else:
            self.call_later(self._show, DayFigures(when, tuple(groups), tuple(before), is_today))

    def _show(self, figures: DayFigures) -> None:
        if figures.when == self._day:
            self._figures, self._trouble = figures, ""
            self.redraw()
