"""The journal: what was done, newest first, and an order's receipt. Reading it may take a while, so a worker does."""

from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import DataTable, Static

from terminal.errors import SaomaError
from terminal.model import Entry
from terminal.tui.bridge import TillPort
from terminal.tui.ledger import EntryLine, entry_lines
from terminal.tui.text import clean, shown, shown_lines
from terminal.tui.wording import Texts

MOST = 200  # rows: more make the table slow
COLUMNS = {"number": 5, "time": 8, "kind": 11, "amount": 9, "order": 20}  # cells; what is left goes to the details


class JournalScreen(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f9,j", "back", show=False)]

    def __init__(self, till: TillPort, texts: Texts) -> None:
        super().__init__()
        self._till = till
        self._texts = texts
        self._lines: list[EntryLine] = []

    def compose(self) -> ComposeResult:
        yield Static(classes="title")
        yield DataTable[object](cursor_type="row")
        yield Static(classes="hint")

    def on_mount(self) -> None:
        self.speak(self._texts)

    def speak(self, texts: Texts) -> None:
        """Show everything, in this language."""
        self._texts = texts
        self.query_one(".title", Static).update(shown(f" {texts('journal.title')}"))
        self.query_one(".hint", Static).update(shown(f" {texts('journal.hint')}"))
        table = self.query_one(DataTable)
        table.clear(columns=True)
        for name, width in COLUMNS.items():
            table.add_column(Text(texts(f"journal.{name}")), width=width)
        table.add_column(Text(texts("journal.detail")))
        self._read()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        order_id = self._lines[event.cursor_row].order_id
        if order_id:
            self._read_receipt(order_id)

    def action_back(self) -> None:
        self.dismiss()

    @work(thread=True, exclusive=True, group="journal")
    def _read(self) -> None:
        try:
            entries = self._till.entries(MOST)
        except SaomaError as error:
            self.call_later(self._say, self._texts("notice.journal.unreadable", detail=error))
            return
        self.call_later(self._fill, entries)

    @work(thread=True, exclusive=True, group="receipt")
    def _read_receipt(self, order_id: str) -> None:
        try:
            text = self._till.receipt_text(order_id)
        except SaomaError as error:
            text = self._texts("notice.journal.unreadable", detail=error)
        self.call_later(self._show_receipt, order_id, text)

    def _fill(self, entries: list[Entry]) -> None:
        self._lines = entry_lines(entries, self._texts)
        table = self.query_one(DataTable)
        table.clear()
        for line in self._lines:
            cells = (
                line.number,
                line.time,
                line.kind,
                line.amount.rjust(COLUMNS["amount"]),
                line.order_id,
                line.detail,
            )
            table.add_row(*(Text(clean(cell)) for cell in cells))
        if not self._lines:
            self._say(self._texts("journal.empty"))

    def _say(self, text: str) -> None:
        self.query_one(".hint", Static).update(shown(f" {text}"))

    def _show_receipt(self, order_id: str, text: str) -> None:
        if self.is_active:
            self.app.push_screen(ReceiptScreen(order_id, text, self._texts))


class ReceiptScreen(Screen[None]):
    """One order's receipt, as it is on paper."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter", "back", show=False)]

    def __init__(self, order_id: str, text: str, texts: Texts) -> None:
        super().__init__()
        self._order_id, self._text, self._texts = order_id, text, texts

    def compose(self) -> ComposeResult:
        yield Static(shown(f" {self._texts('journal.receipt', order=self._order_id)}"), classes="title")
        with VerticalScroll():
            yield Static(shown_lines(self._text.splitlines()), id="paper")
        yield Static(shown(f" {self._texts('journal.receipt_hint')}"), classes="hint")

    def action_back(self) -> None:
        self.dismiss()
