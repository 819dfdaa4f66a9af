"""How things stand in the books: an attempt and a refund, as their entries have led to."""

from dataclasses import dataclass, replace

from terminal.model import Order, Refund, RefundState, State
from terminal.money import Money


@dataclass(frozen=True, slots=True)
class Attempt:
    """An order as it stands: what the journal knows of it without its code. `begun_ms` is Unix milliseconds."""

    order_id: str
    sale_id: str
    acquirer: str
    money: Money
    scheme: str
    masked: str
    state: State
    begun_ms: int
    shown: bool = False
    trace: int = 0

    def order(self) -> Order:
        begun_s = self.begun_ms // 1000
        return Order(
            self.order_id,
            self.sale_id,
            self.money,
            None,
            self.acquirer,
            shown=self.shown,
            begun_s=begun_s,
            trace=self.trace,
        )


@dataclass(frozen=True, slots=True)
class RefundLine:
    """A refund as it stands. `begun_ms` is Unix milliseconds."""

    refund_id: str
    attempt: Attempt
    money: Money
    reason: str
    state: RefundState
    begun_ms: int
    trace: int

    def refund(self, transaction_id: str = "") -> Refund:
        order = replace(self.attempt.order(), transaction_id=transaction_id)
        return Refund(self.refund_id, order, self.money, self.reason, self.begun_ms // 1000, self.trace)
