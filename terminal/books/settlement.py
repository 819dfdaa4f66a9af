"""A day of the books for one acquirer: when it begins, what it adds up to, and what holding it against a bill came to.

A day is the acquirer's: most count by midnight in Beijing, some by eleven the evening before. A payment belongs to the
day on which it was begun here; `matching.py` knows that the acquirer may have put one near midnight into the next.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from terminal.books.journal import Attempt, RefundLine
from terminal.model import RefundState, State
from terminal.money import CURRENCIES, Money
from terminal.scheme import BEIJING

KIND = "SETTLED"  # of the journal's entries about this
MOST_KEPT = 200  # findings in one entry: a bill of strangers must not fill the disk
CUT_OVER_S = 900  # so near the end of a day, the two sides may count a payment to different ones


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when a day lasts, in Unix milliseconds."""

    begins_ms: int
    ends_ms: int

    @classmethod
    def of(cls, day: date, begins_s: float = 0.0) -> "Span":
        """`begins_s` is `Procedure.day_begins_s`."""
        midnight = datetime.combine(day, time(), BEIJING).timestamp()
        begins_ms = round((midnight + begins_s) * 1000)
        return cls(begins_ms, begins_ms + 24 * 3600 * 1000)

    def __contains__(self, at_ms: int) -> bool:
        return self.begins_ms <= at_ms < self.ends_ms

    def touches(self, at_ms: int) -> bool:
        """Inside, or so near that the acquirer may have counted it here."""
        slack_ms = CUT_OVER_S * 1000
        return self.begins_ms - slack_ms <= at_ms < self.ends_ms + slack_ms

    def ends_with(self, at_ms: int) -> bool:
        """Inside, and so near the end that the acquirer may have counted it to the next day."""
        return at_ms in self and at_ms >= self.ends_ms - CUT_OVER_S * 1000


@dataclass(frozen=True, slots=True)
class Sum:
    count: int
    money: Money

    @classmethod
    def of(cls, parts: Iterable[Money], nothing: Money) -> "Sum":
        listed = list(parts)
        return cls(len(listed), sum(listed, start=nothing))


@dataclass(frozen=True, slots=True)
class Totals:
    """What a day comes to in one currency. `for_a_person` and `open` are not in the other three."""

    sales: Sum
    refunds: Sum
    undone: Sum
    open: Sum
    for_a_person: Sum

    @property
    def net(self) -> Money:
        return self.sales.money - self.refunds.money

    @property
    def sums(self) -> dict[str, Sum]:
        """By name, in the order in which they are told."""
        return {
            "sales": self.sales,
            "refunds": self.refunds,
            "undone": self.undone,
            "open": self.open,
            "for_a_person": self.for_a_person,
        }

    def table(self) -> dict[str, object]:
        counted = {name: {"count": one.count, "minor": one.money.minor} for name, one in self.sums.items()}
        return {"currency": self.net.currency.code, **counted, "net_minor": self.net.minor}


def totals(attempts: Iterable[Attempt], refunds: Iterable[RefundLine], span: Span | None = None) -> tuple[Totals, ...]:
    """Of what was begun in `span`, or of all, for each currency that there was any of."""
    orders = [one for one in attempts if span is None or one.begun_ms in span]
    backs = [one for one in refunds if span is None or one.begun_ms in span]
    codes = sorted({money.currency.code for money in [one.money for one in orders] + [one.money for one in backs]})
    return tuple(_totals(orders, backs, Money(0, CURRENCIES[code])) for code in codes)


def _totals(orders: Iterable[Attempt], backs: Iterable[RefundLine], nothing: Money) -> Totals:
    paid = [(one.state, one.money) for one in orders if one.money.currency == nothing.currency]
    given = [(one.state, one.money) for one in backs if one.money.currency == nothing.currency]

    def total(*states: State | RefundState) -> Sum:
        return Sum.of((money for state, money in (*paid, *given) if state in states), nothing)

    return Totals(
        sales=total(State.APPROVED),
        refunds=total(RefundState.DONE),
        undone=total(State.REVERSED, State.CLOSED),
        open=total(State.INTENT, State.REVERSING, RefundState.ASKED),
        for_a_person=total(State.MANUAL, RefundState.MANUAL),
    )


# --- what came of it --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """One payment or refund on which the two books do not say the same; None: not in those books at all."""

    kind: str  # a `matching.Kind`
    order_id: str
    ours: Money | None
    theirs: Money | None
    refund_id: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """Which payment or refund it is."""
        return f"{self.order_id} {self.refund_id}".strip()

    def table(self) -> dict[str, object]:
        minors = {"ours_minor": self.ours and self.ours.minor, "theirs_minor": self.theirs and self.theirs.minor}
        money = self.ours or self.theirs
        names = {"kind": self.kind, "order_id": self.order_id, "refund_id": self.refund_id}
        return {**names, "currency": money.currency.code if money else "", **minors, "note": self.note}


@dataclass(frozen=True, slots=True)
class Settlement:
    """An acquirer's day, settled or not. `matched` counts payments and refunds on which both say the same."""

    acquirer: str
    day: date
    totals: tuple[Totals, ...]
    matched: int
    differences: tuple[Finding, ...] = ()  # a person must act
    waits: tuple[Finding, ...] = ()  # for a reason that docs/money.md gives
    strangers: int = 0  # lines of the bill that are another till's of the same merchant
    batch: str = ""  # of a line that closes batches: the one that is open now

    @property
    def agrees(self) -> bool:
        return not self.differences

    def table(self) -> dict[str, object]:
        """For machines, and for the journal."""
        return {
            "acquirer": self.acquirer,
            "day": self.day.isoformat(),
            "agrees": self.agrees,
            "matched": self.matched,
            "totals": [one.table() for one in self.totals],
            "differences": [one.table() for one in self.differences[:MOST_KEPT]],
            "waits": [one.table() for one in self.waits[:MOST_KEPT]],
            "findings": len(self.differences) + len(self.waits),
            "strangers": self.strangers,
            "batch": self.batch,
        }


def waiting(body: Mapping[str, object]) -> Iterator[str]:
    """The keys of what waited at an earlier settlement, by its entry in the journal."""
    waits = body.get("waits")
    for one in waits if isinstance(waits, list) else ():
        yield f"{one['order_id']} {one['refund_id']}".strip()
