"""A till whose books fail under it, or in which something of ours breaks: what is not known is not called certain."""

import asyncio
from collections.abc import Callable
from typing import Any

import apsw
import pytest

from terminal.errors import JournalError
from terminal.model import Reason, RefundState, State
from terminal.money import Money
from terminal.steps import Phase

CODE = "134567890123456789"
PRICE = Money(1250)


async def paid(counter: Any) -> str:
    counter.till.charge(PRICE)
    counter.scan(CODE)
    await counter.ends(Phase.APPROVED)
    order_id: str = counter.step.order_id
    return order_id


def failing(times: int, real: Callable[..., Any], error: Exception) -> Callable[..., Any]:
    """Fails so often, and then does what it always did."""
    left = [error] * times

    def call(*given: Any, **named: Any) -> Any:
        if left:
            raise left.pop()
        return real(*given, **named)

    return call


async def test_a_refund_whose_end_cannot_be_written_is_not_called_refused_and_goes_on(
    counter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await paid(counter)
    full = JournalError("the disk is full")
    monkeypatch.setattr(counter.journal, "move_refund", failing(1, counter.journal.move_refund, full))
    counter.till.refund(order_id, PRICE)
    step = await counter.ends(Phase.REFUSED, Phase.UNKNOWN)
    assert (step.phase, step.reason) == (Phase.UNKNOWN, Reason.NONE)
    await counter.until(lambda: counter.journal.refunds()[0].state is RefundState.DONE)
    assert "journal.trouble" in counter.notices


async def test_a_refund_that_was_never_written_was_never_asked_for(
    counter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await paid(counter)
    full = JournalError("the disk is full")
    monkeypatch.setattr(counter.journal, "begin_refund", failing(1, counter.journal.begin_refund, full))
    counter.till.refund(order_id, PRICE)
    step = await counter.ends(Phase.REFUSED, Phase.UNKNOWN)
    assert (step.phase, step.reason) == (Phase.REFUSED, Reason.NOT_SENT)
    assert "refund" not in counter.line.heard


async def test_a_payment_whose_end_cannot_be_written_does_not_say_that_nothing_was_sent(
    counter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = JournalError("the disk is full")
    monkeypatch.setattr(counter.journal, "move", failing(1, counter.journal.move, full))
    counter.till.charge(PRICE)
    counter.scan(CODE)
    step = await counter.ends(Phase.DECLINED, Phase.UNKNOWN)
    assert (step.phase, step.reason) == (Phase.UNKNOWN, Reason.NONE)


async def test_a_fault_of_something_else_leaves_the_payment_at_the_counter_alone(
    counter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no outcome: or a cashier could leave it, and begin another payment beside it."""

    async def broken() -> None:
        raise ZeroDivisionError

    counter.line.hold = asyncio.Event()
    counter.till.charge(PRICE)
    counter.scan(CODE)
    await counter.until(lambda: counter.line.heard == ["pay"])
    counter.till._tasks.spawn(broken())
    await counter.until(lambda: "till.fault" in counter.notices)
    assert counter.step.phase is Phase.PROCESSING
    counter.line.hold.set()
    await counter.ends(Phase.APPROVED)


async def test_books_that_cannot_even_be_looked_at_are_said_to_be_and_the_payment_is_taken_up_later(
    counter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is pulled out: the connection is closed, and opening it anew fails too."""
    connect = counter.journal._connect
    counter.line.hold = asyncio.Event()
    counter.till.charge(PRICE)
    counter.scan(CODE)
    await counter.until(lambda: counter.line.heard == ["pay"])
    counter.journal._is_trusted = False  # as after an error of the disk
    monkeypatch.setattr(counter.journal, "_connect", failing(1, connect, apsw.CantOpenError("gone")))
    counter.line.hold.set()
    await counter.ends(Phase.UNKNOWN)
    assert "journal.trouble" in counter.notices
    assert "till.fault" not in counter.notices
    await counter.until(lambda: counter.journal.attempts()[0].state is State.REVERSED)
