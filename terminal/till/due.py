"""What each acquirer's day has come to before it is settled, for whoever is about to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from terminal.books.journal import Attempt, RefundLine
from terminal.books.listing import Listing
from terminal.books.settlement import KIND, Span, Totals, totals
from terminal.model import Entry
from terminal.till.performer import Acquirer
from terminal.till.settling import can_settle, closes_batches, last_day


@dataclass(frozen=True, slots=True)
class Due:
    """The newest day of one acquirer's that can be settled. `settled` is the journal's entry about the last one."""

    acquirer: str
    title: str
    day: date
    totals: tuple[Totals, ...]
    open_orders: tuple[Attempt, ...]
    open_refunds: tuple[RefundLine, ...]
    settled: Entry | None
    closes_batch: bool


def dues(acquirers: Mapping[str, Acquirer], books: Listing, now_s: float) -> list[Due]:
    """Of those that can be settled here, in their order."""
    last = {str(entry.body["acquirer"]): entry for entry in books.entries_of(KIND)}
    return [_due(one, books, last.get(one.name), now_s) for one in acquirers.values() if can_settle(one)]


def _due(acquirer: Acquirer, books: Listing, settled: Entry | None, now_s: float) -> Due:
    day, closes = last_day(acquirer, now_s), closes_batches(acquirer)
    span = None if closes else Span.of(day, acquirer.procedure.day_begins_s)
    attempts, refunds = books.of_acquirer(acquirer.name, span=span, after=settled.seq if closes and settled else 0)
    return Due(
        acquirer.name,
        acquirer.title or acquirer.name,
        day,
        totals(attempts, refunds, span),
        tuple(_of(acquirer, books.open_attempts())),
        tuple(one for one in books.open_refunds() if one.attempt.acquirer == acquirer.name),
        settled,
        closes,
    )


def _of(acquirer: Acquirer, attempts: Iterable[Attempt]) -> Iterable[Attempt]:
    return (one for one in attempts if one.acquirer == acquirer.name)
