"""Our books and an acquirer's bill of a day, line by line: what is the same, what waits, and what a person must do.

Pure, and it changes nothing: not even a difference that looks certain is put right by itself, for the bill may be the
one that is wrong. What is still open here is carried on by the till as ever.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from terminal.books.journal import Attempt, RefundLine
from terminal.books.settlement import Finding, Span
from terminal.model import RefundState, State, undoing_number
from terminal.money import Money
from terminal.scheme import BillKind, BillLine


class Kind(StrEnum):
    """How two books can differ. A payment or a refund has at most one of them."""

    HERE_NOT_THERE = "here_not_there"
    THERE_NOT_HERE = "there_not_here"
    AMOUNT = "amount"
    STATE = "state"
    TWICE = "twice"
    REFUND_UNMATCHED = "refund_unmatched"
    FEE = "fee"
    OTHER_DAY = "other_day"
    TOTALS = "totals"
    CROSS_MIDNIGHT = "cross_midnight"
    OPEN = "open"
    FEE_ROUNDING = "fee_rounding"


# What waits, or needs nobody; all the rest is for a person.
WAITS = (Kind.CROSS_MIDNIGHT, Kind.OPEN, Kind.FEE_ROUNDING)

ACTIONS: Mapping[str, str] = {
    Kind.HERE_NOT_THERE: "goods went out for money that is not there: ask the acquirer by our order number",
    Kind.THERE_NOT_HERE: "a customer paid for what these books do not know: find out who, and give it back",
    Kind.AMOUNT: "the two amounts differ: hold receipt and acquirer's page side by side, refund what is too much",
    Kind.STATE: "one side has it paid and the other not: look at the order at the acquirer's, refund it if it is paid",
    Kind.TWICE: "the bill has it more than once: have the acquirer take one back, or refund it",
    Kind.REFUND_UNMATCHED: "one side alone knows this refund: ask the acquirer before giving it again",
    Kind.FEE: "the fee is not the contract's: ask the acquirer",
    Kind.OTHER_DAY: "the same payment, counted to another day: is this till's clock right?",
    Kind.TOTALS: "the batch was closed with the acquirer's totals, not ours: ask for its list and compare",
    Kind.CROSS_MIDNIGHT: "near midnight: looked for once more on the next day's bill",
    Kind.OPEN: "the till is still on it: settle again when it is done",
    Kind.FEE_ROUNDING: "the fee is a fen beside ours: rounded in another way",
}


@dataclass(frozen=True, slots=True)
class Matched:
    """What came of it. `strangers` are the bill's lines of other tills."""

    matched: int
    differences: tuple[Finding, ...]
    waits: tuple[Finding, ...]
    strangers: int


def match(
    attempts: Iterable[Attempt],
    refunds: Iterable[RefundLine],
    bill: Iterable[BillLine],
    span: Span,
    *,
    is_ours: Callable[[str], bool],
    waiting: frozenset[str] = frozenset(),
    fee_rate: Decimal | None = None,
) -> Matched:
    """Hold all that the books know of an acquirer against its bill of the day that is `span`.

    `is_ours` tells this till's order numbers from others of the same merchant; `waiting` are the keys of what waited
    the day before (`settlement.waiting`); `fee_rate` is the contract's fee for each unit, None where nobody said.
    """
    lines = [_as_meant(line) for line in bill]
    orders = {one.order_id: one for one in attempts}
    strange = sum(1 for line in lines if line.order_id not in orders and not is_ours(line.order_id))
    known = [line for line in lines if line.order_id in orders or is_ours(line.order_id)]
    sheet = _Sheet(span, waiting, fee_rate)
    found = [*sheet.sales(orders, known), *sheet.refunds({one.refund_id: one for one in refunds}, known)]
    findings = [one for one in found if one is not None]
    return Matched(
        matched=len(found) - sum(1 for one in findings if one.kind is not Kind.FEE_ROUNDING),
        differences=tuple(one for one in findings if one.kind not in WAITS),
        waits=tuple(one for one in findings if one.kind in WAITS),
        strangers=strange,
    )


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One day's comparison. What is the same on both sides is a None."""

    span: Span
    waiting: frozenset[str]
    fee_rate: Decimal | None

    # Payments, and what was undone of them.

    def sales(self, orders: Mapping[str, Attempt], bill: Iterable[BillLine]) -> Iterator[Finding | None]:
        paid, undone = _by_order(bill, BillKind.SALE), _by_order(bill, BillKind.REVERSAL)
        for order_id in dict.fromkeys((*self._due(orders), *paid, *undone)):
            yield self._sale(order_id, orders.get(order_id), paid[order_id], undone[order_id])

    def _due(self, orders: Mapping[str, Attempt]) -> Iterator[str]:
        """What this bill must speak of: the payments of the day that stand, and those that waited for it."""
        for order_id, one in orders.items():
            is_of_the_day = one.begun_ms in self.span and one.state is not State.CLOSED
            if is_of_the_day or order_id in self.waiting:
                yield order_id

    def _sale(
        self, order_id: str, ours: Attempt | None, paid: Sequence[BillLine], undone: Sequence[BillLine]
    ) -> Finding | None:
        theirs = _one(paid)
        if len(paid) > 1:
            return Finding(Kind.TWICE, order_id, ours.money if ours else None, theirs, note=f"{len(paid)} times")
        if ours is None:
            return Finding(Kind.THERE_NOT_HERE, order_id, None, theirs or _one(undone))
        if ours.state is State.MANUAL:
            return Finding(Kind.STATE, order_id, ours.money, None if undone else theirs, note="for a person here")
        if ours.state.is_open:
            return Finding(Kind.OPEN, order_id, ours.money, theirs, note=ours.state)
        if ours.state is State.CLOSED:
            return self._undone(ours, theirs, undone)
        return self._approved(ours, paid, undone)

    def _undone(self, ours: Attempt, theirs: Money | None, undone: Sequence[BillLine]) -> Finding | None:
        if undone or (theirs is None and ours.order_id not in self.waiting):
            return None
        kind = Kind.CROSS_MIDNIGHT if self._may_come(ours.order_id, ours.begun_ms) else Kind.STATE
        return Finding(kind, ours.order_id, ours.money, theirs, note="undone here")

    def _approved(self, ours: Attempt, paid: Sequence[BillLine], undone: Sequence[BillLine]) -> Finding | None:
        order_id, theirs = ours.order_id, _one(paid)
        if undone:
            return Finding(Kind.STATE, order_id, ours.money, theirs, note="undone there")
        if theirs is None:
            kind = Kind.CROSS_MIDNIGHT if self._may_come(order_id, ours.begun_ms) else Kind.HERE_NOT_THERE
            return Finding(kind, order_id, ours.money, None)
        if theirs != ours.money:
            return Finding(Kind.AMOUNT, order_id, ours.money, theirs)
        if not self.span.touches(ours.begun_ms):
            return Finding(Kind.OTHER_DAY, order_id, ours.money, theirs)
        return self._fee(paid[0])

    def _fee(self, line: BillLine) -> Finding | None:
        if self.fee_rate is None or line.fee is None:
            return None
        unit = Decimal(1).scaleb(-line.money.currency.exponent)
        exact = Decimal(line.money.decimal) * self.fee_rate  # bills write five decimals, and may round later
        due = exact.quantize(unit, ROUND_HALF_UP)
        if line.fee in (due, exact):
            return None
        kind = Kind.FEE_ROUNDING if abs(line.fee - due) <= unit else Kind.FEE
        return Finding(kind, line.order_id, line.money, line.money, note=f"{line.fee} there, {due} by the contract")

    # Money given back.

    def refunds(self, ours: Mapping[str, RefundLine], bill: Iterable[BillLine]) -> Iterator[Finding | None]:
        theirs: dict[str, list[BillLine]] = defaultdict(list)
        for line in bill:
            if line.kind is BillKind.REFUND:
                theirs[line.refund_id].append(line)
        due = [one.refund_id for one in ours.values() if self._is_due(one)]
        for refund_id in dict.fromkeys((*due, *theirs)):
            yield self._refund(ours.get(refund_id), theirs[refund_id])

    def _is_due(self, one: RefundLine) -> bool:
        is_awaited = one.begun_ms in self.span or f"{one.attempt.order_id} {one.refund_id}" in self.waiting
        return is_awaited and one.state is not RefundState.REFUSED

    def _refund(self, ours: RefundLine | None, lines: Sequence[BillLine]) -> Finding | None:
        theirs = _one(lines)
        if ours is None:
            return Finding(Kind.REFUND_UNMATCHED, lines[0].order_id, None, theirs, lines[0].refund_id)
        kind = self._refund_kind(ours, lines)
        note = "" if ours.state is RefundState.DONE else ours.state
        return Finding(kind, ours.attempt.order_id, ours.money, theirs, ours.refund_id, note) if kind else None

    def _refund_kind(self, ours: RefundLine, lines: Sequence[BillLine]) -> Kind | None:
        if len(lines) > 1:
            return Kind.TWICE
        if ours.state.is_open:
            return Kind.OPEN
        if ours.state is not RefundState.DONE:
            return Kind.STATE
        if not lines:
            key = f"{ours.attempt.order_id} {ours.refund_id}"
            return Kind.CROSS_MIDNIGHT if self._may_come(key, ours.begun_ms) else Kind.REFUND_UNMATCHED
        return Kind.AMOUNT if lines[0].money != ours.money else None

    def _may_come(self, key: str, begun_ms: int) -> bool:
        """Whether it may still be on the next day's bill: it waits once, and no more."""
        return self.span.ends_with(begun_ms) and key not in self.waiting


def _as_meant(line: BillLine) -> BillLine:
    """A code of ours that was paid after all is undone by a refund: not one of these books' refunds."""
    is_undoing = line.kind is BillKind.REFUND and line.refund_id == undoing_number(line.order_id)
    return replace(line, kind=BillKind.REVERSAL) if is_undoing else line


def _by_order(bill: Iterable[BillLine], kind: BillKind) -> dict[str, list[BillLine]]:
    found: dict[str, list[BillLine]] = defaultdict(list)
    for line in bill:
        if line.kind is kind:
            found[line.order_id].append(line)
    return found


def _one(lines: Sequence[BillLine]) -> Money | None:
    """What one of them comes to; None for none."""
    return lines[0].money if lines else None
