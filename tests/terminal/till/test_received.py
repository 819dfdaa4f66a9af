"""Money by the shop's static code: the till asks whether it came, keeps it as evidence, and a cashier may take it."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.config import PrinterConfig, TillConfig
from terminal.model import Answer, Order, Refund, State, Verdict
from terminal.money import Money
from terminal.routing.route import Contract
from terminal.scheme import Notified, Operation, Procedure, Reply, Request
from terminal.steps import Event, Notice, Phase, Step
from terminal.till import Acquirer, Till
from terminal.till.paper import Paper

TWELVE_FIFTY = Money(1250)
PROCEDURE = Procedure(10, 5, 10, 45, 15, (2, 4, 8), 6, 604800, 150, decline_is_final=True)
THEIRS = "ST2026112311000012345678"
BEGUN_S = 1_795_400_000


class Words:
    """A wire whose notices say the order and what was paid: `ST1 1250`."""

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        assert (order.order_id, order.begun_s) == (THEIRS, BEGUN_S), "asked by the names that the notice gave it"
        return Request("POST", f"/{operation}", {}, b"")

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:
        raise AssertionError("nothing is given back")

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        return Answer(Verdict(reply.body.decode()), transaction_id="T1")

    def notified(self, request: Request, *, now_s: int) -> Notified:
        number, amount = request.body.decode().split()
        return Notified(number, Reply(200, {}), Money(int(amount)), BEGUN_S, may_be_static=True)


class Line:
    def __init__(self) -> None:
        self.says = [b"approved"]
        self.asked: list[str] = []

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        self.asked.append(request.path)
        return Reply(200, {}, self.says.pop(0) if len(self.says) > 1 else self.says[0])

    async def close(self) -> None:
        pass


class Counter:
    def __init__(self, path: Path) -> None:
        clock = Clock(speed=100)
        self.line = Line()
        self.journal = Journal(path, wall=clock.wall, monotonic=clock.monotonic)
        self.till = Till(
            terminal_id="POS01",
            journal=self.journal,
            acquirers={"unionpay": Acquirer("unionpay", Words(), PROCEDURE, self.line)},
            contracts=[Contract("unionpay", ("unionpay",))],
            clock=clock,
            rng=random.Random(1),
            paper=Paper(PrinterConfig(), TillConfig()),
        )
        self.events: list[Event] = []
        self.till.subscribe(self.events.append)

    def hear(self, amount: int = TWELVE_FIFTY.minor) -> None:
        self.till.heard("unionpay", Request("POST", "/", {}, f"{THEIRS} {amount}".encode()))

    @property
    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.journal.entries(order_id=THEIRS)]

    @property
    def notices(self) -> list[str]:
        return [event.key for event in self.events if isinstance(event, Notice)]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0.001)

    async def until_phase(self, phase: Phase) -> Step:
        await self.until(lambda: self.till.snapshot.step.phase is phase)
        return self.till.snapshot.step


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    counter = Counter(tmp_path / "journal.db")
    counter.till.start()
    yield counter
    await counter.till.stop()


async def test_it_is_kept_as_evidence_and_said_with_its_amount_while_no_sale_waits(counter: Counter) -> None:
    counter.hear()
    await counter.until(lambda: counter.notices == ["received.static"])
    assert counter.kinds == ["NOTIFIED", "RECEIVED"]
    (body,) = [entry.body for entry in counter.journal.entries(order_id=THEIRS) if entry.kind == "RECEIVED"]
    assert (body["amount_minor"], body["currency"], body["transaction_id"]) == (1250, "CNY", "T1")
    assert counter.journal.attempts() == [], "no sale of this till's"
    assert counter.till.snapshot.step.phase is Phase.IDLE


async def test_a_notice_alone_is_no_money(counter: Counter) -> None:
    counter.line.says = [b"declined"]
    counter.till.charge(TWELVE_FIFTY)
    counter.hear()
    await counter.until(lambda: counter.notices == ["notified.unknown"])
    assert counter.kinds == ["NOTIFIED"]
    assert counter.till.snapshot.step.phase is Phase.AWAIT_CODE


async def test_where_the_acquirer_does_not_answer_clearly_it_is_asked_again(counter: Counter) -> None:
    counter.line.says = [b"unknown", b"pending", b"approved"]
    counter.hear()
    await counter.until(lambda: "received.static" in counter.notices)
    assert counter.line.asked == ["/query"] * 3


async def test_the_cashier_takes_it_for_the_sale_of_that_amount(counter: Counter) -> None:
    counter.till.charge(TWELVE_FIFTY)
    counter.hear()
    step = await counter.until_phase(Phase.RECEIVED)
    assert (step.money, step.order_id) == (TWELVE_FIFTY, THEIRS)
    assert counter.journal.attempts() == [], "never by itself"
    counter.till.keep()
    await counter.until_phase(Phase.APPROVED)
    (attempt,) = counter.journal.attempts()
    assert (attempt.order_id, attempt.state, attempt.money) == (THEIRS, State.APPROVED, TWELVE_FIFTY)
    assert counter.kinds == ["NOTIFIED", "RECEIVED", "INTENT", "APPROVED"]
    assert counter.till.snapshot.approved_total == TWELVE_FIFTY


@pytest.mark.parametrize("how", ["by the cashier", "by time"])
async def test_what_is_not_taken_stays_evidence_and_nothing_is_given_back(counter: Counter, how: str) -> None:
    counter.till.charge(TWELVE_FIFTY)
    counter.hear()
    await counter.until_phase(Phase.RECEIVED)
    if how == "by the cashier":
        counter.till.cancel()
    await counter.until_phase(Phase.DECLINED)
    assert counter.journal.attempts() == []
    assert counter.line.asked == ["/query"]


async def test_another_amount_is_not_offered(counter: Counter) -> None:
    counter.till.charge(TWELVE_FIFTY)
    counter.hear(1251)
    await counter.until(lambda: "received.static" in counter.notices)
    assert Phase.RECEIVED not in [event.phase for event in counter.events if isinstance(event, Step)]
    assert counter.till.snapshot.step.phase is Phase.AWAIT_CODE


async def test_told_again_it_is_neither_asked_about_nor_said_again(counter: Counter) -> None:
    counter.hear()
    await counter.until(lambda: "received.static" in counter.notices)
    counter.hear()
    assert counter.kinds == ["NOTIFIED", "RECEIVED", "NOTIFIED"]
    assert counter.line.asked == ["/query"]


async def test_told_again_while_the_cashier_is_asked_it_is_still_one_payment(counter: Counter) -> None:
    counter.till.charge(TWELVE_FIFTY)
    counter.hear()
    await counter.until_phase(Phase.RECEIVED)
    counter.hear()
    counter.till.keep()
    await counter.until_phase(Phase.APPROVED)
    counter.hear()
    assert len(counter.journal.attempts()) == 1
    assert counter.till.snapshot.approved_count == 1


async def test_a_notification_of_another_amount_than_the_orders_is_kept_as_evidence(counter: Counter) -> None:
    counter.journal.begin(Order(THEIRS, "S1", TWELVE_FIFTY, None, "unionpay", shown=True, begun_s=BEGUN_S))
    counter.hear(TWELVE_FIFTY.minor)
    assert counter.kinds == ["INTENT", "NOTIFIED"]
    counter.hear(1)
    assert counter.kinds == ["INTENT", "NOTIFIED", "EVIDENCE", "NOTIFIED"]
    (body,) = [entry.body for entry in counter.journal.entries(order_id=THEIRS) if entry.kind == "EVIDENCE"]
    assert (body["reason"], body["said"]) == ("mismatch", "CNY 0.01")
