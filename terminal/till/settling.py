"""The end of an acquirer's day: its bill fetched and held against the books, or its batch closed.

Used by a till, and by `saoma settle` where there is none or beside one. Nothing here moves a payment; what is open is
carried on by the till's backlog, as ever.
"""

import random
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import TypeVar

from terminal.books.journal import LAST_TRACE, Attempt, JournalReader, RefundLine
from terminal.books.matching import Kind, match
from terminal.books.settlement import KIND, Finding, Settlement, Span, totals, waiting
from terminal.clock import Clock
from terminal.errors import NoBill
from terminal.model import Entry, RefundState, State, Verdict
from terminal.scheme import Batches, BatchLine, BillLine, Bills, Reply, Request, SignsIn
from terminal.steps import Stage
from terminal.till.performer import Acquirer

LISTEN_S = 60.0  # a bill takes longer to come than an answer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desk:
    """What settling needs of a till. `on_exchange` hears how many exchanges there have been, of the stage before it."""

    terminal_id: str
    clock: Clock
    rng: random.Random
    on_exchange: Callable[[int], None] = lambda _: None
    on_stage: Callable[[Stage], None] = lambda _: None


def can_settle(acquirer: Acquirer) -> bool:
    """Whether its wire has bills, or batches to close."""
    return isinstance(acquirer.wire, Bills | Batches)


def closes_batches(acquirer: Acquirer) -> bool:
    """Whether its day ends by closing a batch: a payment meanwhile would be in neither the old nor the new one."""
    return isinstance(acquirer.wire, Batches)


def last_day(acquirer: Acquirer, now_s: float) -> date:
    """The newest day that can be settled: the batch that is open, or the day that a bill is of, which is over."""
    return acquirer.procedure.day(now_s if isinstance(acquirer.wire, Batches) else now_s - 24 * 3600)


async def settled(acquirer: Acquirer, books: JournalReader, day: date, desk: Desk) -> Settlement:
    """Settle one day of one acquirer's; raises NoBill with why it cannot be, NotSent or NoAnswer."""
    wire = acquirer.wire
    if isinstance(wire, Bills):
        nonces = (f"{desk.rng.getrandbits(128):032x}" for _ in count())
        fetching = wire.bill(day, now_s=int(desk.clock.wall()), nonces=nonces)
        desk.on_stage(Stage.FETCHING)
        bill = await _conversed(acquirer, fetching, desk)
        desk.on_stage(Stage.MATCHING)
        return compared(acquirer, books, day, desk.terminal_id, bill)
    if isinstance(wire, Batches):
        desk.on_stage(Stage.CLOSING)
        return await _closed(acquirer, wire, books, day, desk)
    raise NoBill(f"{acquirer.name}: its bills come as files, which are not read here")


def compared(
    acquirer: Acquirer, books: JournalReader, day: date, terminal_id: str, bill: Iterable[BillLine]
) -> Settlement:
    """The books of a day held against a bill of it."""
    attempts, refunds = _of(acquirer, books)
    own = re.compile(rf"{re.escape(terminal_id)}[0-9]{{10,}}[0-9A-Z]{{4}}")  # as the till makes its order numbers
    # A merchant's bill is the same whichever of its contracts fetches it.
    elsewhere = {one.order_id for one in books.attempts() if one.acquirer != acquirer.name}
    span = Span.of(day, acquirer.procedure.day_begins_s)
    found = match(
        attempts,
        refunds,
        bill,
        span,
        is_ours=lambda order_id: order_id not in elsewhere and bool(own.fullmatch(order_id)),
        waiting=_waited(acquirer, books, day),
        fee_rate=acquirer.fee_rate,
    )
    sums = totals(attempts, refunds, span)
    return Settlement(acquirer.name, day, sums, found.matched, found.differences, found.waits, found.strangers)


def last_batch(acquirer: Acquirer, books: JournalReader) -> str:
    """The batch that the last closing opened; empty where there was none."""
    entry = _last(acquirer, books)
    return str(entry.body["batch"]) if entry else ""


def _last(acquirer: Acquirer, books: JournalReader) -> Entry | None:
    entries = [one for one in books.entries_of(KIND) if one.body["acquirer"] == acquirer.name]
    return entries[-1] if entries else None


def _waited(acquirer: Acquirer, books: JournalReader, day: date) -> frozenset[str]:
    """What waited for this day's bill, by the newest settlement of the day before."""
    before = (day - timedelta(days=1)).isoformat()
    entries = (one for one in books.entries_of(KIND) if one.body["acquirer"] == acquirer.name)
    bodies = [one.body for one in entries if one.body["day"] == before]
    return frozenset(waiting(bodies[-1])) if bodies else frozenset()


def _of(acquirer: Acquirer, books: JournalReader, after: int = 0) -> tuple[list[Attempt], list[RefundLine]]:
    """What the books have of an acquirer, or what moved after an entry."""
    attempts = [one for one in books.attempts(after) if one.acquirer == acquirer.name]
    return attempts, [one for one in books.refunds(after=after) if one.attempt.acquirer == acquirer.name]


# --- a batch ----------------------------------------------------------------------------------------------


async def _closed(acquirer: Acquirer, wire: Batches, books: JournalReader, day: date, desk: Desk) -> Settlement:
    """Everything that ended well since the last closing, against the acquirer's own totals."""
    last = _last(acquirer, books)
    attempts, refunds = _of(acquirer, books, last.seq if last else 0)
    settlement = Settlement(acquirer.name, day, totals(attempts, refunds), 0, batch=last_batch(acquirer, books))
    if waits := (*_open(attempts), *_open_refunds(refunds)):
        return replace(settlement, waits=waits)
    await _sign_in(acquirer, desk)
    lines = [*_sales(attempts, books), *_credits(refunds, books)]
    closed = await _conversed(acquirer, wire.close_batch(lines, _traces(len(attempts) + len(refunds))), desk)
    if closed.agrees is None:
        raise NoBill(f"{acquirer.name}: the batch stays open ({closed.said})")
    if closed.agrees:
        return replace(settlement, matched=closed.lines, batch=closed.batch)
    differs = Finding(Kind.TOTALS, "", None, None, note=f"{closed.lines} lines uploaded")
    return replace(settlement, differences=(differs,), batch=closed.batch)


def _open(attempts: Iterable[Attempt]) -> Iterator[Finding]:
    for one in attempts:
        if one.state.is_open:
            yield Finding(Kind.OPEN, one.order_id, one.money, None, note=one.state)


def _open_refunds(refunds: Iterable[RefundLine]) -> Iterator[Finding]:
    for one in refunds:
        if one.state.is_open:
            yield Finding(Kind.OPEN, one.attempt.order_id, one.money, None, one.refund_id, one.state)


def _sales(attempts: Iterable[Attempt], books: JournalReader) -> Iterator[BatchLine]:
    for one in attempts:
        if one.state is State.APPROVED:
            yield BatchLine(one.trace, one.money, False, books.transaction_id(one.order_id))


def _credits(refunds: Iterable[RefundLine], books: JournalReader) -> Iterator[BatchLine]:
    for one in refunds:
        if one.state is RefundState.DONE:
            said = (entry.body for entry in books.entries(order_id=one.attempt.order_id) if entry.kind == one.state)
            ends = [body for body in said if body["refund_id"] == one.refund_id]
            yield BatchLine(one.trace, one.money, True, str(ends[-1].get("transaction_id", "")))


def _traces(used: int) -> Iterator[int]:
    """Of messages that move no money: each need only differ from the one before it."""
    return (number % LAST_TRACE + 1 for number in count(used))


# --- exchanges --------------------------------------------------------------------------------------------


async def _sign_in(acquirer: Acquirer, desk: Desk) -> None:
    wire = acquirer.wire
    if isinstance(wire, SignsIn) and (opening := wire.opening(now_s=int(desk.clock.wall()))):
        opened = wire.opened(await _exchanged(acquirer, opening, desk))
        if opened.verdict is not Verdict.APPROVED:
            raise NoBill(f"{acquirer.name}: the line does not open ({opened.said})")


async def _conversed(acquirer: Acquirer, talk: Generator[Request, Reply, T], desk: Desk) -> T:
    """Carry a conversation to what it ends with."""
    try:
        request = next(talk)
        for number in count(1):
            reply = await _exchanged(acquirer, request, desk)
            desk.on_exchange(number)
            request = talk.send(reply)
    except StopIteration as end:
        ended: T = end.value
        return ended
    raise AssertionError("a conversation ends by itself")


async def _exchanged(acquirer: Acquirer, request: Request, desk: Desk) -> Reply:
    return await acquirer.carrier.exchange(request, timeout_s=desk.clock.real(LISTEN_S))
