"""The payments, newest first and what is open before all: searched by typing, filtered, opened, given back."""

from datetime import UTC, datetime
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from terminal.books.listing import Page, PaymentLine
from terminal.errors import SaomaError
from terminal.steps import Event, Moved
from terminal.tui.bridge import TillPort
from terminal.tui.charts import span_ms
from terminal.tui.payments import Browsing, empty, filter_at, filters, heading, rows, summary, wanted
from terminal.tui.screens.area import Area, visit
from terminal.tui.screens.charts import ChartsScreen
from terminal.tui.screens.payment import PaymentScreen
from terminal.tui.screens.refund import RefundScreen
from terminal.tui.screens.settle import SettleScreen
from terminal.tui.widgets.lines import Lines
from terminal.tui.widgets.rows import Rows, RowsShown
from terminal.tui.wording import Texts

NOT_SEARCHED = "?"  # a key that is the help's, on every screen


class FilterLine(Lines):
    """The filters; a finger chooses one."""

    def on_click(self, event: events.Click) -> None:
        if isinstance(self.screen, JournalScreen):
            self.screen.pressed_filter(event.x)


class JournalScreen(Area):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave_search", show=False),
        Binding("f9", "back", show=False, id="over.journal"),
        Binding("enter", "open", show=False),
        Binding("backspace", "erase", show=False),
        Binding("f2", "charts", show=False, id="over.charts"),
        Binding("f6", "refund", show=False, id="over.refund"),
        Binding("f10", "settle", show=False, id="over.settle"),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "turn(-1)", show=False),
        Binding("pagedown", "turn(1)", show=False),
        Binding("home", "move(-1000000)", show=False),
        Binding("end", "move(1000000)", show=False),
    ]

    def __init__(self, till: TillPort, texts: Texts) -> None:
        super().__init__(till, texts)
        self._filters, self._rows = FilterLine(), Rows()
        self._filters.add_class("filters")

    def compose(self) -> ComposeResult:
        yield self._heading
        yield self._filters
        yield self._rows
        yield self._said
        yield self._keys

    def begin(self, texts: Texts) -> None:
        self._browsing = Browsing().sized(self._rows.room, 1)
        self._page: Page | None = None
        self._rows.show(None)
        super().begin(texts)

    def on_screen_resume(self) -> None:
        if self._rows.size:  # else it is read once it is known how much fits
            self._read()

    def on_rows_sized(self) -> None:
        self._go(self._browsing.sized(self._rows.room, self._page.count if self._page else 1))

    def hear(self, event: Event) -> None:
        if isinstance(event, Moved):
            self._read()

    def speak(self, texts: Texts) -> None:
        super().speak(texts)
        self._read()

    def redraw(self) -> None:
        texts, browsing = self._texts, self._browsing
        self._title(texts("payments.title"))
        self._filters.show((filters(browsing.show, texts),))
        refundable = (
            {5: (texts.over("refund"), "refund", "refund"), 11: ("Enter", "open", "open")} if self._chosen() else {}
        )
        books = {1: (texts.over("charts"), "charts", "charts"), 9: (texts.over("settle"), "settle", "settle")}
        more = {2: ("Tab", "filter", "next_filter"), 6: ("Esc", "back", "leave_search")}
        self._caps(books | more | refundable)
        if self._page is None:
            self._say(texts("cap.loading"))
            return
        columns, now_s = self._rows.columns, self._till.clock.wall()
        shown = rows(self._page, texts, columns, now_s)
        cursor = browsing.at - browsing.first
        self._rows.show(RowsShown(heading(texts, columns), shown, cursor, tuple(empty(browsing, texts))))
        found = summary(browsing, self._page.count, texts)
        self._say(found if browsing.typed else f"{found}   {texts('payments.search_hint')}")

    # --- keys --------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        if event.key in {"tab", "shift+tab"}:
            self._go(self._browsing.next_show(1 if event.key == "tab" else -1))
        elif event.is_printable and event.character and event.character != NOT_SEARCHED:
            self._go(self._browsing.searching((self._browsing.typed + event.character).lstrip()))
        else:
            return
        event.stop()  # a letter that is searched for is no command of the app's
        event.prevent_default()

    def on_rows_picked(self, message: Rows.Picked) -> None:
        """The first press chooses, the second opens."""
        by = message.index - (self._browsing.at - self._browsing.first)
        if by:
            self.action_move(by)
        else:
            self.action_open()

    def on_rows_scrolled(self, message: Rows.Scrolled) -> None:
        self.action_move(message.by)

    def pressed_filter(self, cell: int) -> None:
        if (show := filter_at(cell, self._texts)) is not None:
            self._go(self._browsing.showing(show))

    def action_next_filter(self) -> None:
        self._go(self._browsing.next_show())

    def action_move(self, by: int) -> None:
        self._go(self._browsing.moved(by, self._page.count if self._page else 0))

    def action_turn(self, pages: int) -> None:
        self.action_move(pages * self._browsing.rows)

    def action_erase(self) -> None:
        self._go(self._browsing.searching(self._browsing.typed[:-1]))

    def action_leave_search(self) -> None:
        if self._browsing.typed:
            self._go(self._browsing.searching(""))
        else:
            self.dismiss()

    def action_open(self) -> None:
        if (line := self._chosen()) is not None:
            self.app.push_screen(PaymentScreen(self._till, self._texts, line.attempt.order_id))

    def action_refund(self) -> None:
        if (line := self._chosen()) is not None:
            self.app.push_screen(RefundScreen(self._till, self._texts, line.attempt.order_id))

    def action_charts(self) -> None:
        visit(self.app, ChartsScreen, self._till, self._texts)

    def action_settle(self) -> None:
        visit(self.app, SettleScreen, self._till, self._texts)

    # --- the books ---------------------------------------------------------------------------------------

    def _chosen(self) -> PaymentLine | None:
        place = self._browsing.at - self._browsing.first
        lines = self._page.lines if self._page else ()
        return lines[place] if 0 <= place < len(lines) else None

    def _go(self, browsing: Browsing) -> None:
        """Somewhere else in the list: at once where those rows are known, else when they have been read."""
        before, self._browsing = self._browsing, browsing
        same = (before.typed, before.show, before.first) == (browsing.typed, browsing.show, browsing.first)
        if not same or before.rows != browsing.rows or self._page is None:
            self._read()
        self.redraw()

    def _read(self) -> None:
        begins_ms, _ = span_ms(datetime.fromtimestamp(self._till.clock.wall(), UTC).astimezone().date())
        self._look_up(self._browsing, begins_ms)

    @work(thread=True, exclusive=True, group="journal")
    def _look_up(self, browsing: Browsing, today_ms: int) -> None:
        asked = wanted(browsing, self._texts, self._till.snapshot().currency, today_ms)
        try:
            page = self._till.page(asked, browsing.first, browsing.rows)
        except SaomaError as error:
            self.call_later(self._could_not_read, error)
        else:
            self.call_later(self._turned, browsing, page)

    def _turned(self, browsing: Browsing, page: Page) -> None:
        """Read; what is not asked for any more is not shown."""
        now = self._browsing
        if (now.typed, now.show, now.first, now.rows) == (browsing.typed, browsing.show, browsing.first, browsing.rows):
            self._page, self._trouble = page, ""
            self._browsing = now.moved(0, page.count)
            self.redraw()
