"""A locked till, and acts that not everybody may do: refused by the till itself, whatever a screen has let through."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from terminal.basket.basket import AmountOff, Basket, Item, Line, PercentOff
from terminal.basket.catalogue import Catalogue
from terminal.basket.handling import Act as Does
from terminal.basket.handling import Handling
from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.config import PrinterConfig, TillConfig
from terminal.model import Answer, Channel, Order, Reason, Refund, RefundState, Scan, State, Verdict
from terminal.money import Money
from terminal.operators import Act, Role
from terminal.routing.route import Contract
from terminal.scheme import Operation, Procedure, Reply, Request
from terminal.steps import Event, Notice, Phase, Step
from terminal.till import Acquirer, Till
from terminal.till.discounts import needs_leave
from terminal.till.guard import PERMIT_S
from terminal.till.paper import Paper

WATER = Item("06903148091449", "矿泉水", "Water", Money(1000))
PASTE = Item("06920734704057", "牙膏", "Toothpaste", Money(9000))
GOODS, CODE, NEXT = "6903148091449", "134567890123456789", "134567890123456780"
CASHIER, SUPERVISOR = "7", "9"
STAFF = {CASHIER: Role.CASHIER, SUPERVISOR: Role.SUPERVISOR}
PROCEDURE = Procedure(10, 1, 10, 45, 15, (2, 4, 8), 6, 604800, 150, decline_is_final=False)
WITHIN_S = 60.0


class Words:
    """A wire whose replies say the verdict outright."""

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        return Request("POST", operation, {}, b"")

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:
        return Request("POST", operation, {}, b"")

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        verdict, _, reason = reply.body.decode().partition(" ")
        return Answer(Verdict(verdict), Reason(reason))


class Answering:
    """Answers once it may."""

    def __init__(self) -> None:
        self.says = {"pay": "approved", "query": "approved", "refund": "approved"}
        self.heard: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        self.heard.append(request.path)
        await self.may_answer.wait()
        return Reply(200, {}, self.says[request.path].encode())

    async def close(self) -> None:
        pass


class LaterClock(Clock):
    """May be put forward."""

    later_s = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.later_s


class Counter:
    def __init__(self, path: Path) -> None:
        self.clock = LaterClock()
        self.line = Answering()
        self.journal = Journal(path, wall=self.clock.wall, monotonic=self.clock.monotonic)
        self.till = Till(
            terminal_id="POS01",
            journal=self.journal,
            acquirers={"wechat": Acquirer("wechat", Words(), PROCEDURE, self.line)},
            contracts=[Contract("wechat", ("wechat",))],
            clock=self.clock,
            rng=random.Random(1),
            paper=Paper(PrinterConfig(), TillConfig()),
            catalogue=Catalogue((WATER, PASTE)),
            operators=STAFF,
        )
        self.events: list[Event] = []
        self.till.subscribe(self.events.append)
        self.till.start()

    @property
    def step(self) -> Step:
        return self.till.snapshot.step

    @property
    def basket(self) -> Basket:
        return self.till.snapshot.laid.basket

    @property
    def notices(self) -> list[str]:
        return [event.key for event in self.events if isinstance(event, Notice)]

    @property
    def noted(self) -> list[tuple[str, dict[str, object]]]:
        return [(one.kind, dict(one.body)) for one in self.journal.entries() if one.kind in ("SIGN_ON", "PERMIT")]

    def scan(self, *codes: str, channel: Channel = Channel.SCANNER) -> None:
        for code in codes:
            self.till.scanned([Scan(code, channel, 0.0)])

    def does(self, act: Does, number: int = 0, line: int | None = None) -> None:
        self.till.handle(Handling(act, number, line))

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not condition():
                await asyncio.sleep(0.001)

    async def ends(self, phase: Phase) -> None:
        await self.until(lambda: self.step.phase is phase)

    async def sold(self) -> str:
        """By the cashier, who then stays; the order's number."""
        self.till.sign_on(CASHIER)
        self.till.charge(Money(1000))
        self.scan(CODE)
        await self.ends(Phase.APPROVED)
        order_id = self.step.order_id
        self.till.dismiss()
        return order_id


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    opened = Counter(tmp_path / "journal.db")
    yield opened
    await opened.till.stop()


# --- locked -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", Channel)
async def test_a_locked_till_takes_no_code_and_no_goods_and_says_that_it_is_locked(
    counter: Counter, channel: Channel
) -> None:
    for text in (CODE, GOODS, "https://example.com"):
        counter.scan(text, channel=channel)
    assert (counter.step.phase, counter.basket.lines, counter.line.heard) == (Phase.IDLE, (), [])
    assert counter.notices == ["till.locked"]


async def test_what_was_shown_to_a_locked_till_is_not_kept_for_whoever_signs_on(counter: Counter) -> None:
    counter.scan(CODE, GOODS)
    counter.till.sign_on(CASHIER)
    assert (counter.step.phase, counter.basket.lines) == (Phase.IDLE, ())
    counter.till.charge(Money(1000))
    assert counter.step.phase is Phase.AWAIT_CODE, "the code of before would have paid by now"
    counter.scan(NEXT)
    await counter.ends(Phase.APPROVED)
    assert counter.journal.order_with_code(CODE) is None
    assert counter.journal.order_with_code(NEXT) == counter.step.order_id


async def test_a_code_that_was_shown_too_early_is_forgotten_when_the_cashier_goes(counter: Counter) -> None:
    counter.till.sign_on(CASHIER)
    counter.scan(CODE)
    await counter.ends(Phase.HELD)
    counter.till.sign_on("")
    await counter.ends(Phase.IDLE)
    counter.till.sign_on(SUPERVISOR)
    counter.till.charge(Money(1000))
    assert counter.step.phase is Phase.AWAIT_CODE


async def test_a_code_that_the_next_customer_shows_at_an_outcome_is_forgotten_too(counter: Counter) -> None:
    counter.till.sign_on(CASHIER)
    counter.till.charge(Money(1000))
    counter.scan(CODE)
    await counter.ends(Phase.APPROVED)
    counter.scan(NEXT)
    counter.till.sign_on("")
    counter.till.dismiss()
    assert counter.step.phase is Phase.IDLE
    assert counter.line.heard == ["pay"]


async def test_a_sale_that_waits_for_a_code_does_not_wait_before_a_locked_till(counter: Counter) -> None:
    counter.till.sign_on(CASHIER)
    counter.till.charge(Money(1000))
    counter.till.sign_on("")
    counter.scan(CODE)
    assert (counter.step.phase, counter.line.heard) == (Phase.IDLE, [])


@pytest.mark.parametrize("answer", ["approved", "pending"])
async def test_a_payment_under_way_goes_on_to_its_end_while_the_till_is_locked(counter: Counter, answer: str) -> None:
    counter.line.says["pay"] = answer
    counter.line.may_answer.clear()
    counter.till.sign_on(CASHIER)
    counter.scan(GOODS, CODE)
    await counter.until(lambda: bool(counter.line.heard))
    counter.till.sign_on("")
    counter.scan(NEXT)
    counter.till.cancel()
    counter.line.may_answer.set()
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
async def test_a_locked_till_obeys_nobody(counter: Counter, name: str) -> None:
    before = counter.till.snapshot
    COMMANDS[name](counter.till)
    assert counter.notices == ["till.locked"]
    assert (counter.till.snapshot.step, counter.till.snapshot.laid) == (before.step, before.laid)


def test_every_command_but_leaving_an_outcome_and_asking_again_is_refused_by_a_locked_till() -> None:
    assert {name for name in dir(Till) if hasattr(getattr(Till, name), "__wrapped__")} == COMMANDS.keys()


async def test_a_number_that_no_operator_has_opens_nothing(counter: Counter) -> None:
    counter.till.sign_on("8")
    counter.till.charge(Money(1))
    assert (counter.step.phase, counter.notices, counter.noted) == (Phase.IDLE, ["till.locked"], [])


# --- what not everybody may -------------------------------------------------------------------------------


async def test_a_cashier_gives_nothing_back_and_a_supervisor_does(counter: Counter) -> None:
    order_id = await counter.sold()
    counter.till.refund(order_id, Money(1000))
    counter.till.take_back_last()
    assert (counter.line.heard, counter.step.phase) == (["pay"], Phase.IDLE)
    assert counter.notices == ["permit.refund"]
    counter.till.sign_on(SUPERVISOR)
    counter.till.take_back_last()
    await counter.ends(Phase.REFUNDED)
    assert [one.state for one in counter.journal.refunds()] == [RefundState.DONE]


async def test_leave_is_for_one_thing_once_and_in_the_books(counter: Counter) -> None:
    order_id = await counter.sold()
    counter.till.permitted(Act.REFUND, SUPERVISOR)
    counter.till.refund(order_id, Money(300))
    await counter.ends(Phase.REFUNDED)
    counter.till.refund(order_id, Money(300))
    assert counter.line.heard == ["pay", "refund"]
    assert counter.notices == ["permit.refund"]
    assert counter.noted[-1] == ("PERMIT", {"act": "refund", "operator": CASHIER, "by": SUPERVISOR})


async def test_leave_is_not_for_another_thing(counter: Counter) -> None:
    order_id = await counter.sold()
    counter.till.permitted(Act.SETTLE, SUPERVISOR)
    counter.till.refund(order_id, Money(300))
    assert (counter.line.heard, counter.notices) == (["pay"], ["permit.refund"])
    counter.till.settle()
    assert counter.notices[-1] == "permit.settle", "it was used up by asking for something else"


@pytest.mark.parametrize("by", [CASHIER, "8", ""])
async def test_nobody_gives_leave_who_may_not_do_it(counter: Counter, by: str) -> None:
    order_id = await counter.sold()
    counter.till.permitted(Act.REFUND, by)
    counter.till.refund(order_id, Money(300))
    assert counter.line.heard == ["pay"]
    assert set(counter.notices) == {"permit.refund"}
    assert [kind for kind, _ in counter.noted] == ["SIGN_ON"]


async def test_leave_that_is_not_used_at_once_is_gone(counter: Counter) -> None:
    order_id = await counter.sold()
    counter.till.permitted(Act.REFUND, SUPERVISOR)
    counter.clock.later_s += PERMIT_S
    counter.till.refund(order_id, Money(300))
    assert counter.line.heard == ["pay"]
    counter.till.permitted(Act.REFUND, SUPERVISOR)
    counter.till.sign_on(CASHIER)
    counter.till.refund(order_id, Money(300))
    assert counter.line.heard == ["pay"], "nor does it outlast the cashier"


async def test_the_day_is_not_ended_by_a_cashier(counter: Counter) -> None:
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
    counter: Counter, act: Does, number: int, line: int | None
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


async def test_a_small_discount_is_not_made_large_by_taking_goods_away(counter: Counter) -> None:
    counter.till.sign_on(CASHIER)
    counter.scan(GOODS, "6920734704057")
    counter.does(Does.AMOUNT_OFF, 1000)
    counter.does(Does.VOID, line=1)
    assert (counter.basket.total, counter.notices) == (Money(9000), ["permit.discount"])
    counter.does(Does.VOID)
    assert not counter.basket.lines, "all of it is another thing"


async def test_goods_may_be_counted_and_added_under_a_discount_that_somebody_has_let(counter: Counter) -> None:
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


async def test_without_operators_nothing_is_locked_and_everybody_may_everything(tmp_path: Path) -> None:
    clock = Clock()
    till = Till(
        terminal_id="POS01",
        journal=Journal(tmp_path / "journal.db", wall=clock.wall, monotonic=clock.monotonic),
        acquirers={},
        contracts=[],
        clock=clock,
        rng=random.Random(1),
        paper=Paper(PrinterConfig(), TillConfig()),
        catalogue=Catalogue((WATER,)),
    )
    till.start()
    till.sign_on("")
    till.scanned([Scan(GOODS, Channel.SCANNER, 0.0)])
    till.handle(Handling(Does.PERCENT_OFF, 9000, 0))
    assert till.snapshot.laid.basket.total == Money(100)
    assert till.snapshot.said is None
    await till.stop()
