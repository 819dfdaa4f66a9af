"""Sales that are paid in parts: what the books remember of them, how much is due, and the way back.

A part is an order like any other, and its acquirer knows nothing of the rest. That several belong together, and how
much was to be paid, is written before the first one is asked for, so that a power cut leaves a sale with a rest to
pay, and not money that nobody knows what for.
"""

from collections.abc import Mapping
from dataclasses import replace

from terminal.errors import JournalError
from terminal.model import Order, State
from terminal.money import CURRENCIES, Money
from terminal.till.backlog import Backlog
from terminal.till.counter import Counter
from terminal.till.sale import Sale
from terminal.till.station import Station

SPLIT, SPLIT_ENDED = "SPLIT", "SPLIT_ENDED"  # kinds of entries


class Splits:
    """Belongs to the till's loop."""

    def __init__(self, station: Station, counter: Counter, backlog: Backlog) -> None:
        self._journal = station.journal
        self._board = station.board
        self._numbers = station.numbers
        self._counter = counter
        self._backlog = backlog

    def problem(self, money: Money, total: Money | None) -> tuple[str, ...]:
        """Why this amount cannot be a part of that total, or of the sale at the counter: a notice; empty if it can."""
        sale = self._counter.part_paid
        if sale and total not in (None, sale.total):
            return "split.open", str(sale.rest)
        limit = sale.rest if sale else total
        if limit and (limit.currency != money.currency or limit < money):
            return "split.too_much", str(limit)
        return ()

    def begun(self, order: Order) -> None:
        """A first part is about to be paid: durable before it is. Raises JournalError."""
        sale = self._counter.sale
        if sale and sale.is_split and sale.parts == 0 and order.sale_id == sale.attempt_id:
            total = {"minor": sale.total.minor, "currency": sale.total.currency.code}
            self._journal.note("", SPLIT, {"sale_id": sale.sale_id, **total})

    def paid(self, order: Order) -> None:
        """This order is approved: so much less is due."""
        sale = self._counter.sale
        if sale and sale.is_split and order.sale_id == sale.attempt_id:
            self._counter.sale = sale = sale.with_paid(order.money)
            if not sale.rest.minor:
                try:
                    self._end(sale)
                except JournalError as error:  # all is paid, and the next start sees that it is
                    self._board.notice("journal.trouble", str(error))

    def give_back(self) -> None:
        """Queue the refund of every part, durably, and be done with the sale. The backlog carries them to their end."""
        sale = self._counter.part_paid
        if sale is None or self._counter.bell is not None:
            self._board.notice("split.none")
            return
        try:
            for attempt in self._journal.parts(sale.sale_id):
                left = self._journal.left_of(attempt)
                if attempt.state is State.APPROVED and left.minor:
                    self._backlog.give_back(self._numbers.refund(attempt, left, "the rest was not paid"))
            self._end(sale)
        except JournalError as error:
            self._board.notice("journal.trouble", str(error))
            self.take_up()
        else:
            self._board.notice("split.given_back", str(sale.paid))
            self._counter.sale = None
        self._counter.clear()

    def take_up(self) -> None:
        """A sale that was paid in part when the till stopped, with what still stands of it."""
        begun, ended = (self._journal.entries(kind=kind, last=1) for kind in (SPLIT, SPLIT_ENDED))
        open_ = [one for one in begun if not ended or ended[0].body["sale_id"] != one.body["sale_id"]]
        self._counter.sale = self._standing(open_[0].body) if open_ else None

    def _standing(self, begun: Mapping[str, object]) -> Sale | None:
        sale_id = str(begun["sale_id"])
        sale = Sale.of(sale_id, Money(int(str(begun["minor"])), CURRENCIES[str(begun["currency"])]))
        parts = self._journal.parts(sale_id)
        for part in parts:
            if part.state is State.APPROVED:
                sale = sale.with_paid(self._journal.left_of(part))
        if parts and not sale.rest.minor:  # the power went before its end was written
            self._end(sale)
            return None
        return replace(sale, is_split=True, due=sale.rest) if parts else None

    def _end(self, sale: Sale) -> None:
        self._journal.note("", SPLIT_ENDED, {"sale_id": sale.sale_id})
