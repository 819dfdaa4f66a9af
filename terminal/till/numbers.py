"""Order numbers, and the orders and refunds that are made with them."""

import random
from dataclasses import replace

from terminal.books.journal import Attempt, Journal
from terminal.clock import Clock
from terminal.model import Order, PaymentCode, Refund
from terminal.money import Money

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Numbers:
    """Ours for ever: terminal, boot, sequence, and four random characters against a restored journal."""

    def __init__(self, terminal_id: str, journal: Journal, clock: Clock, rng: random.Random) -> None:
        self._terminal_id = terminal_id
        self._journal = journal
        self._clock = clock
        self._rng = rng
        self._sequence = 0

    def sale_id(self) -> str:
        return self._number("S")

    def order(self, sale_id: str, money: Money, acquirer: str, code: PaymentCode | None) -> Order:
        """A new attempt; without a code of theirs, one of ours is shown."""
        return Order(
            self._number(""),
            sale_id,
            money,
            code,
            acquirer,
            shown=code is None,
            begun_s=int(self._clock.wall()),
            trace=self._journal.next_trace(),
        )

    def refund(self, attempt: Attempt, money: Money, reason: str) -> Refund:
        order = replace(attempt.order(), transaction_id=self._journal.transaction_id(attempt.order_id))
        now_s, trace = int(self._clock.wall()), self._journal.next_trace()
        return Refund(self._number("R"), order, money, reason, begun_s=now_s, trace=trace)

    def _number(self, kind: str) -> str:
        self._sequence += 1
        tail = "".join(self._rng.choices(_LETTERS, k=4))
        return f"{kind}{self._terminal_id}{self._journal.boot:05d}{self._sequence:05d}{tail}"
