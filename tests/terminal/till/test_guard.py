"""A locked till, and acts that not everybody may do: refused by the till itself, whatever a screen has let through."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from terminal.basket.basket import AmountOff, Basket, Item, Line, PercentOff
from terminal.basket.catalogue import Catalogue
from terminal.basket.handling import Act as Does
from terminal.basket.handling import Handling
from terminal.clock import Clock
from terminal.model import Channel, RefundState, State
from terminal.money import Money
from terminal.operators import Act, Role
from terminal.scheme import Procedure
from terminal.steps import Phase
from terminal.till import Till
from terminal.till.discounts import needs_leave
from terminal.till.guard import PERMIT_S

WATER = Item("06903148091449", "矿泉水", "Water", Money(1000))
PASTE = Item("06920734704057", "牙膏", "Toothpaste", Money(9000))
GOODS, CODE, NEXT = "6903148091449", "134567890123456789", "134567890123456780"
CASHIER, SUPERVISOR = "7", "9"
STAFF = {CASHIER: Role.CASHIER, SUPERVISOR: Role.SUPERVISOR}
PROCEDURE = Procedure(10, 1, 1, 45, 15, (2, 4, 8), 6, 604800, 150, decline_is_final=False)


class LaterClock(Clock):
    """May be put forward."""

    later_s = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.later_s


@pytest.fixture
async def counter(open_counter: Callable[..., Any]) -> Any:
    counter = open_counter(
        procedure=PROCEDURE, clock=LaterClock(), catalogue=Catalogue((WATER, PASTE)), operators=STAFF
    )
    counter.line.says["query"] = "approved"
    return counter


async def sold(counter: Any) -> str:
    """By the cashier, who then stays; the order's number."""
    counter.till.sign_on(CASHIER)
    order_id: str = await counter.sell(Money(1000), CODE)
    counter.till.dismiss()
    return order_id


def noted(counter: Any) -> list[tuple[str, dict[str, object]]]:
    return [(one.kind, dict(one.body)) for one in counter.journal.entries() if one.kind in ("SIGN_ON", "PERMIT")]


# --- locked -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", Channel)
async def test_a_locked_till_takes_no_code_and_no_goods_and_says_that_it_is_locked(
    counter: Any, channel: Channel
) -> None:
    for text in (CODE, GOODS, "https://example.com"):
        counter.scan(text, channel=channel)
    assert (counter.step.phase, counter.basket.lines, counter.line.heard) == (Phase.IDLE, (), [])
    assert counter.notices == ["till.locked"]


async def test_what_was_shown_to_a_locked_till_is_not_kept_for_whoever_signs_on(counter: Any) -> None:
    counter.scan(CODE, GOODS)
    counter.till.sign_on(CASHIER)
    assert (counter.step.phase, counter.basket.lines) == (Phase.IDLE, ())
    counter.till.charge(Money(1000))
    assert counter.step.phase is Phase.AWAIT_CODE, "the code of before would have paid by now"
    counter.scan(NEXT)
    await counter.ends(Phase.APPROVED)
    assert counter.journal.order_with_code(CODE) is None
    assert counter.journal.order_with_code(NEXT) == counter.step.order_id


async def test_a_code_that_was_shown_too_early_is_forgotten_when_the_cashier_goes(counter: Any) -> None:
    counter.till.sign_on(CASHIER)
    counter.scan(CODE)
    await counter.ends(Phase.HELD)
    counter.till.sign_on("")
    await counter.ends(Phase.IDLE)
    counter.till.sign_on(SUPERVISOR)
    counter.till.charge(Money(1000))
    assert counter.step.phase is Phase.AWAIT_CODE


async def test_a_code_that_the_next_customer_shows_at_an_outcome_is_forgotten_too(counter: Any) -> None:
    counter.till.sign_on(CASHIER)
    counter.till.charge(Money(1000))
    counter.scan(CODE)
    await counter.ends(Phase.APPROVED)
    counter.scan(NEXT)
    counter.till.sign_on("")
    counter.till.dismiss()
    assert counter.step.phase is Phase.IDLE
    assert counter.line.heard == ["pay"]


async def test_a_sale_that_waits_for_a_code_does_not_wait_before_a_locked_till(counter: Any) -> None:
    counter.till.sign_on(CASHIER)
    counter.till.charge(Money(1000))
    counter.till.sign_on("")
    counter.scan(CODE)
    assert (counter.step.phase, counter.line.heard) == (Phase.IDLE, [])


@pytest.mark.parametrize("answer", ["approved", "pending"])
async def test_a_payment_under_way_goes_on_to_its_end_while_the_till_is_locked(counter: Any, answer: str) -> None:
    counter.line.says["pay"] = answer
    counter.line.hold = asyncio.Event()
    counter.till.sign_on(CASHIER)
    counter.scan(GOODS, CODE)
    await counter.until(lambda: bool(counter.line.heard))
    counter.till.sign_on("")
    counter.scan(NEXT)
    counter.till.cancel()
    counter.line.hold.set()
    await counter.ends(Phase.APPROVED)
    assert counter.notices == ["till.locked"]
    (attempt,) = counter.journal.attempts()
    assert (attempt.state, attempt.money) == (State.APPROVED, Money(1000))
    assert not counter.basket.lines


COMMANDS: dict[str, Callable[[Till], None]] = {
    "charge": lambda till: till.charge(Money(1)),
    "charge_due": lambda till: till.charge_due(),
    "show_code": lambda till: till.show_code(Money(1)),
    "show_due": lambda till: till.show_due(),
    "give_back_parts": lambda till: till.give_back_parts(),
    "handle": lambda till: till.handle(Handling(Does.LAY, code=GOODS)),
    "cancel": lambda till: till.cancel(),
    "keep": lambda till: till.keep(),
    "refund": lambda till: till.refund("POS", Money(1)),
    "take_back_last": lambda till: till.take_back_last(),
    "settle": lambda till: till.settle(),
    "reprint": lambda till: till.reprint(),
    "open_drawer": lambda till: till.open_drawer(),
}


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_locked_till_obeys_nobody(counter: Any, name: str) -> None:
    before = counter.till.snapshot
    COMMANDS[name](counter.till)
    assert counter.notices == ["till.locked"]
    assert (counter.till.snapshot.step, counter.till.snapshot.laid) == (before.step, before.laid)


def test_every_command_but_leaving_an_outcome_and_asking_again_is_refused_by_a_locked_till() -> None:
    assert {name for name in dir(Till) if hasattr(getattr(Till, name), "__wrapped__")} == COMMANDS.keys()


async def test_a_number_that_no_operator_has_opens_nothing(counter: Any) -> None:
    counter.till.sign_on("8")
    counter.till.charge(Money(1))
    assert (counter.step.phase, counter.notices, noted(counter)) == (Phase.IDLE, ["till.locked"], [])


# --- what not everybody may -------------------------------------------------------------------------------


async def test_a_cashier_gives_nothing_back_and_a_supervisor_does(counter: Any) -> None:
    order_id = await sold(counter)
    counter.till.refund(order_id, Money(1000))
    counter.till.take_back_last()
    assert (counter.line.heard, counter.step.phase) == (["pay"], Phase.IDLE)
    assert counter.notices == ["permit.refund"]
    counter.till.sign_on(SUPERVISOR)
    counter.till.take_back_last()
    await counter.ends(Phase.REFUNDED)
    assert [one.state for one in counter.journal.refunds()] == [RefundState.DONE]


async def test_leave_is_for_one_thing_once_and_in_the_books(counter: Any) -> None:
    order_id = await sold(counter)
    counter.till.permitted(Act.REFUND, SUPERVISOR)
    counter.till.refund(order_id, Money(300))
    await counter.ends(Phase.REFUNDED)
    counter.till.refund(order_id, Money(300))
    assert counter.line.heard == ["pay", "refund"]
    assert counter.notices == ["permit.refund"]
    assert noted(counter)[-1] == ("PERMIT", {"act": "refund", "operator": CASHIER, "by": SUPERVISOR})


async def test_leave_is_not_for_another_thing(counter: Any) -> None:
    order_id = await sold(counter)
    counter.till.permitted(Act.SETTLE, SUPERVISOR)
    counter.till.refund(order_id, Money(300))
    assert (counter.line.heard, counter.notices) == (["pay"], ["permit.refund"])
    counter.till.settle()
    assert counter.notices[-1] == "permit.settle", "it was used up by asking for something else"


@pytest.mark.parametrize("by", [CASHIER, "8", ""])
async def test_nobody_gives_leave_who_may_not_do_it(counter: Any, by: str) -> None:
    order_id = await sold(counter)
    counter.till.permitted(Act.REFUND, by)
    counter.till.refund(order_id, Money(300))
    assert counter.line.heard == ["pay"]
    assert set(counter.notices) == {"permit.refund"}
    assert [kind for kind, _ in noted(counter)] == ["SIGN_ON"]


async def test_leave_that_is_not_used_at_once_is_gone(counter: Any) -> None:
    order_id = await sold(counter)
    counter.till.permitted(Act.REFUND, SUPERVISOR)
    counter.clock.later_s += PERMIT_S
    counter.till.refund(order_id, Money(300))
    assert counter.line.heard == ["pay"]
    counter.till.permitted(Act.REFUND, SUPERVISOR)
    counter.till.sign_on(CASHIER)
    counter.till.refund(order_id, Money(300))
    assert counter.line.heard == ["pay"], "nor does it outlast the cashier"


async def test_the_day_is_not_ended_by_a_cashier(counter: Any) -> None:
    counter.till.sign_on(CASHIER)
    counter.till.settle()
    assert counter.notices == ["permit.settle"]
    counter.till.sign_on(SUPERVISOR)
    counter.till.settle()
    assert counter.notices[-1] == "settle.no_contract", "as far as this wire goes"


# --- discounts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "number", "line"),
    [(Does.PERCENT_OFF, 1001, 0), (Does.PERCENT_OFF, 1001, None), (Does.AMOUNT_OFF, 101, 0)],
)
async def test_more_than_a_tenth_off_is_not_a_cashiers_to_give(
    counter: Any, act: Does, number: int, line: int | None
) -> None:
    counter.till.sign_on(CASHIER)
    counter.scan(GOODS)
    counter.does(act, number, line)
    assert (counter.basket.total, counter.notices) == (Money(1000), ["permit.discount"])
    counter.does(act, number - 1, line)
    assert counter.basket.total == Money(900)
    counter.till.permitted(Act.DISCOUNT, SUPERVISOR)
    counter.does(act, 2 * number, line)
    given = counter.basket.total
    assert given < Money(900)
    counter.does(act, 3 * number, line)
    assert counter.basket.total == given


async def test_a_small_discount_is_not_made_large_by_taking_goods_away(counter: Any) -> None:
    counter.till.sign_on(CASHIER)
    counter.scan(GOODS, "6920734704057")
    counter.does(Does.AMOUNT_OFF, 1000)
    counter.does(Does.VOID, line=1)
    assert (counter.basket.total, counter.notices) == (Money(9000), ["permit.discount"])
    counter.does(Does.VOID)
    assert not counter.basket.lines, "all of it is another thing"


async def test_goods_may_be_counted_and_added_under_a_discount_that_somebody_has_let(counter: Any) -> None:
    counter.till.sign_on(SUPERVISOR)
    counter.scan(GOODS)
    counter.does(Does.PERCENT_OFF, 5000, 0)
    counter.till.sign_on(CASHIER)
    counter.scan("6920734704057")
    counter.does(Does.COUNT, 3, 0)
    counter.does(Does.VOID, line=1)
    counter.does(Does.COUNT, 2, 0)
    counter.does(Does.UNDO)
    assert counter.basket.total == Money(1500)
    assert counter.notices == []


def _goods(
    off: PercentOff | AmountOff | None, quantity: int = 1, whole: PercentOff | AmountOff | None = None
) -> Basket:
    return Basket((Line(WATER, quantity, off=off),), off=whole)


@pytest.mark.parametrize(
    ("before", "after", "needs"),
    [
        (_goods(None), _goods(PercentOff(1000)), False),
        (_goods(None), _goods(PercentOff(1001)), True),
        (_goods(None), _goods(AmountOff(100)), False),
        (_goods(None), _goods(AmountOff(101)), True),
        (_goods(None), _goods(None, whole=AmountOff(101)), True),
        (_goods(AmountOff(500)), _goods(AmountOff(500), 2), False),
        (_goods(AmountOff(500), 2), _goods(AmountOff(500)), True),
        (_goods(PercentOff(5000), 2), _goods(PercentOff(5000)), False),
        (_goods(PercentOff(5000)), _goods(None), False),
        (_goods(PercentOff(5000)), _goods(PercentOff(5001)), True),
        (_goods(PercentOff(5000)), Basket(), False),
        (_goods(None, whole=PercentOff(5000)), _goods(PercentOff(5000)), True),
    ],
)
def test_a_discount_needs_leave_where_it_is_large_and_was_not_before(
    before: Basket, after: Basket, needs: bool
) -> None:
    assert needs_leave(before, after) is needs


# --- a shop without operators -----------------------------------------------------------------------------


async def test_without_operators_nothing_is_locked_and_everybody_may_everything(
    open_counter: Callable[..., Any],
) -> None:
    counter = open_counter(catalogue=Catalogue((WATER,)))
    counter.till.sign_on("")
    counter.scan(GOODS)
    counter.does(Does.PERCENT_OFF, 9000, 0)
    assert counter.basket.total == Money(100)
    assert counter.till.snapshot.said is None
