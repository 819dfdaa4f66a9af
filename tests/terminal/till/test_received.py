"""Money by the shop's static code: the till asks whether it came, keeps it as evidence, and a cashier may take it."""

from collections.abc import Callable
from typing import Any

import pytest

from terminal.model import Answer, Order, Refund, State, Verdict
from terminal.money import Money
from terminal.scheme import Notified, Operation, Procedure, Reply, Request
from terminal.steps import Phase, Step

TWELVE_FIFTY = Money(1250)
PROCEDURE = Procedure(10, 5, 10, 45, 15, (2, 4, 8), 6, 604800, 150, decline_is_final=True)
THEIRS = "ST2026112311000012345678"
BEGUN_S = 1_795_400_000


class Words:
    """A wire whose notices say the order and what was paid: `ST1 1250`."""

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        assert (order.order_id, order.begun_s) == (THEIRS, BEGUN_S), "asked by the names that the notice gave it"
        return Request("POST", operation, {}, b"")

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:
        raise AssertionError("nothing is given back")

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        return Answer(Verdict(reply.body.decode()), transaction_id="T1")

    def notified(self, request: Request, *, now_s: int) -> Notified:
        number, amount = request.body.decode().split()
        return Notified(number, Reply(200, {}), Money(int(amount)), BEGUN_S, may_be_static=True)


def hear(counter: Any, amount: int = TWELVE_FIFTY.minor) -> None:
    counter.till.heard("unionpay", Request("POST", "/", {}, f"{THEIRS} {amount}".encode()))


def kinds(counter: Any) -> list[str]:
    return [entry.kind for entry in counter.journal.entries(order_id=THEIRS)]


@pytest.fixture
async def counter(open_counter: Callable[..., Any]) -> Any:
    counter = open_counter(takes={"unionpay": ("unionpay",)}, wire=Words, procedure=PROCEDURE)
    counter.line.says["query"] = "approved"
    return counter


async def test_it_is_kept_as_evidence_and_said_with_its_amount_while_no_sale_waits(counter: Any) -> None:
    hear(counter)
    await counter.until(lambda: counter.notices == ["received.static"])
    assert kinds(counter) == ["NOTIFIED", "RECEIVED"]
    (body,) = [entry.body for entry in counter.journal.entries(order_id=THEIRS) if entry.kind == "RECEIVED"]
    assert (body["amount_minor"], body["currency"], body["transaction_id"]) == (1250, "CNY", "T1")
    assert counter.journal.attempts() == [], "no sale of this till's"
    assert counter.step.phase is Phase.IDLE


async def test_a_notice_alone_is_no_money(counter: Any) -> None:
    counter.line.says["query"] = "declined"
    counter.till.charge(TWELVE_FIFTY)
    hear(counter)
    await counter.until(lambda: counter.notices == ["notified.unknown"])
    assert kinds(counter) == ["NOTIFIED"]
    assert counter.step.phase is Phase.AWAIT_CODE


async def test_where_the_acquirer_does_not_answer_clearly_it_is_asked_again(counter: Any) -> None:
    counter.line.says["query"] = ["unknown", "pending", "approved"]
    hear(counter)
    await counter.until(lambda: "received.static" in counter.notices)
    assert counter.line.heard == ["query"] * 3


async def test_the_cashier_takes_it_for_the_sale_of_that_amount(counter: Any) -> None:
    counter.till.charge(TWELVE_FIFTY)
    hear(counter)
    step = await counter.ends(Phase.RECEIVED)
    assert (step.money, step.order_id) == (TWELVE_FIFTY, THEIRS)
    assert counter.journal.attempts() == [], "never by itself"
    counter.till.keep()
    await counter.ends(Phase.APPROVED)
    (attempt,) = counter.journal.attempts()
    assert (attempt.order_id, attempt.state, attempt.money) == (THEIRS, State.APPROVED, TWELVE_FIFTY)
    assert kinds(counter) == ["NOTIFIED", "RECEIVED", "INTENT", "APPROVED"]
    assert counter.till.snapshot.approved_total == TWELVE_FIFTY


@pytest.mark.parametrize("how", ["by the cashier", "by time"])
async def test_what_is_not_taken_stays_evidence_and_nothing_is_given_back(counter: Any, how: str) -> None:
    counter.till.charge(TWELVE_FIFTY)
    hear(counter)
    await counter.ends(Phase.RECEIVED)
    if how == "by the cashier":
        counter.till.cancel()
    await counter.ends(Phase.DECLINED)
    assert counter.journal.attempts() == []
    assert counter.line.heard == ["query"]


async def test_another_amount_is_not_offered(counter: Any) -> None:
    counter.till.charge(TWELVE_FIFTY)
    hear(counter, 1251)
    await counter.until(lambda: "received.static" in counter.notices)
    assert Phase.RECEIVED not in [event.phase for event in counter.events if isinstance(event, Step)]
    assert counter.step.phase is Phase.AWAIT_CODE


async def test_told_again_it_is_neither_asked_about_nor_said_again(counter: Any) -> None:
    hear(counter)
    await counter.until(lambda: "received.static" in counter.notices)
    hear(counter)
    assert kinds(counter) == ["NOTIFIED", "RECEIVED", "NOTIFIED"]
    assert counter.line.heard == ["query"]


async def test_told_again_while_the_cashier_is_asked_it_is_still_one_payment(counter: Any) -> None:
    counter.till.charge(TWELVE_FIFTY)
    hear(counter)
    await counter.ends(Phase.RECEIVED)
    hear(counter)
    counter.till.keep()
    await counter.ends(Phase.APPROVED)
    hear(counter)
    assert len(counter.journal.attempts()) == 1
    assert counter.till.snapshot.approved_count == 1


async def test_a_notification_of_another_amount_than_the_orders_is_kept_as_evidence(counter: Any) -> None:
    counter.journal.begin(Order(THEIRS, "S1", TWELVE_FIFTY, None, "unionpay", shown=True, begun_s=BEGUN_S))
    hear(counter, TWELVE_FIFTY.minor)
    assert kinds(counter) == ["INTENT", "NOTIFIED"]
    hear(counter, 1)
    assert kinds(counter) == ["INTENT", "NOTIFIED", "EVIDENCE", "NOTIFIED"]
    (body,) = [entry.body for entry in counter.journal.entries(order_id=THEIRS) if entry.kind == "EVIDENCE"]
    assert (body["reason"], body["said"]) == ("mismatch", "CNY 0.01")
