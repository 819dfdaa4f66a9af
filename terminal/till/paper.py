"""Receipts from the books: what is printed is what was written, never what is on the screen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from terminal.basket.basket import GRAMS, Basket, Line
from terminal.books.journal import JournalReader
from terminal.books.settlement import Settlement, Totals
from terminal.config import PrinterConfig, TillConfig
from terminal.model import Entry, State, Verdict
from terminal.money import Money
from terminal.receipt.escpos import as_escpos
from terminal.receipt.lines import Bill, OpenDrawer, Receipt, Sold, lines
from terminal.receipt.slip import Difference, Slip, Sum, slip_lines
from terminal.receipt.text import as_text
from terminal.receipt.trial import trial_lines
from terminal.schemes import SCHEMES
from terminal.till.goods import goods_of
from terminal.transport.printer import PrinterStatus, print_when_ready, printer_status, send_to_printer

PRINT_WITHIN_S = 5.0
HEAD_DIGITS = 16  # of the journal's newest hash: enough to compare by eye

_VERDICTS = {
    State.INTENT: Verdict.PENDING,
    State.APPROVED: Verdict.APPROVED,
    State.REVERSING: Verdict.UNKNOWN,
    State.REVERSED: Verdict.REVERSED,
    State.CLOSED: Verdict.REVERSED,
    State.MANUAL: Verdict.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Paper:
    """Turns an order of the journal into a receipt, as text or on a printer."""

    printer: PrinterConfig
    till: TillConfig
    is_demo: bool = False
    is_lesson: bool = False

    def text(self, books: JournalReader, order_id: str) -> str:
        """The receipt as plain text; empty for an order that is not in the books."""
        receipt = self._receipt(books, order_id, is_copy=False)
        return as_text(lines(receipt), self.printer.columns) if receipt else ""

    async def print(self, books: JournalReader, order_id: str, *, is_copy: bool) -> PrinterStatus:
        """Print it; raises DeviceError with what is wrong and the way out."""
        receipt = self._receipt(books, order_id, is_copy=is_copy)
        assert receipt is not None, f"{order_id} was to be printed and is not in the books"
        data = as_escpos(lines(receipt), self.printer.columns, draws_qr=self.printer.qr == "picture")
        return await print_when_ready(self.printer.url, data, timeout_s=PRINT_WITHIN_S)

    async def print_test(self) -> PrinterStatus:
        """A slip to look at; raises DeviceError as `print` does."""
        slip, draws_qr = trial_lines(self.till.shop, self.till.terminal_id), self.printer.qr == "picture"
        data = as_escpos(slip, self.printer.columns, draws_qr=draws_qr)
        return await print_when_ready(self.printer.url, data, timeout_s=PRINT_WITHIN_S)

    async def status(self) -> PrinterStatus:
        """How the printer is; raises DeviceError where it is not there."""
        return await printer_status(self.printer.url)

    async def open_drawer(self) -> PrinterStatus:
        """A pulse to the drawer on the printer, unless it would wait there and open the drawer some time later."""
        status = await self.status()
        if not status.problem:
            await send_to_printer(self.printer.url, as_escpos([OpenDrawer()]), timeout_s=PRINT_WITHIN_S)
        return status

    def slip_text(self, books: JournalReader, settlement: Settlement, title: str) -> str:
        """The settlement slip as plain text; `title` is the acquirer's name for people."""
        return as_text(slip_lines(self._slip(books, settlement, title)), self.printer.columns)

    async def print_slip(self, books: JournalReader, settlement: Settlement, title: str) -> PrinterStatus:
        """Print it; raises DeviceError as `print` does."""
        data = as_escpos(slip_lines(self._slip(books, settlement, title)), self.printer.columns)
        return await print_when_ready(self.printer.url, data, timeout_s=PRINT_WITHIN_S)

    def _slip(self, books: JournalReader, settlement: Settlement, title: str) -> Slip:
        newest = books.entries(last=1)[-1]
        return Slip(
            shop=self.till.shop,
            terminal_id=self.till.terminal_id,
            acquirer=title or settlement.acquirer,
            day=settlement.day.isoformat(),
            sums=tuple(sum_ for one in settlement.totals for sum_ in _sums(one)),
            matched=settlement.matched,
            waits=len(settlement.waits),
            differences=tuple(Difference(one.kind, one.key, one.ours, one.theirs) for one in settlement.differences),
            batch=settlement.batch,
            chain_head=newest.hash.hex()[:HEAD_DIGITS],
            printed_at=datetime.fromtimestamp(newest.wall_ms / 1000).astimezone(),
            language=self.till.language,
            is_training=self.is_demo,
            is_lesson=self.is_lesson,
        )

    def _receipt(self, books: JournalReader, order_id: str, *, is_copy: bool) -> Receipt | None:
        attempt = books.attempt(order_id)
        if attempt is None:
            return None
        moves = [entry for entry in books.entries(order_id=order_id) if entry.kind in State.__members__]
        return Receipt(
            shop=self.till.shop,
            terminal_id=self.till.terminal_id,
            order_id=order_id,
            wallet=next((scheme.name for scheme in SCHEMES if scheme.key == attempt.scheme), attempt.scheme),
            code=attempt.masked,
            money=attempt.money,
            verdict=_verdict(attempt.state, moves),
            operator=str(moves[0].body.get("operator", "")),
            transaction_id=str(moves[-1].body.get("transaction_id", "")),
            settled=str(moves[-1].body.get("settled", "")),
            rate=str(moves[-1].body.get("rate", "")),
            bill=_bill(bought.basket, self.till.language) if (bought := goods_of(books, order_id)) else None,
            paid_at=datetime.fromtimestamp(moves[-1].wall_ms / 1000).astimezone(),
            language=self.till.language,
            is_copy=is_copy,
            is_training=self.is_demo,
            is_lesson=self.is_lesson,
        )


def _bill(basket: Basket, language: str) -> Bill:
    taxes = tuple((tax.percent, Money(tax.minor, basket.currency)) for tax in basket.taxes())
    goods = tuple(_sold(line, language) for line in basket.lines)
    return Bill(goods, basket.total, basket.discount, Money(basket.tip, basket.currency), taxes)


def _sold(line: Line, language: str) -> Sold:
    weight = f"{line.quantity / GRAMS:.3f} kg" if line.item.unit == "kg" else str(line.quantity)
    counted = "1" if line.marked is not None else f"{weight} x {line.item.price.decimal}"
    currency = line.item.price.currency
    off = f"-{Money(line.gross - line.net, currency).decimal}" if line.off else ""
    return Sold(line.item.name(language), counted, Money(line.net, currency).decimal, off)


def _sums(totals: Totals) -> Iterator[Sum]:
    """What there was any of, and the net."""
    for name, one in totals.sums.items():
        if one.count:
            yield Sum(name, one.count, one.money)
    yield Sum("net", None, totals.net)


def _verdict(state: State, moves: Sequence[Entry]) -> Verdict:
    """An order that was undone because it was declined is called declined."""
    declined = any(entry.body.get("verdict") == Verdict.DECLINED for entry in moves)
    verdict = _VERDICTS[state]
    return Verdict.DECLINED if declined and verdict is not Verdict.APPROVED else verdict
