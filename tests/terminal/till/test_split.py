"""A sale that is paid in parts, by several wallets: the rest is due, and what was paid can go back."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.config import PrinterConfig, TillConfig
from terminal.errors import JournalError, NoAnswer
from terminal.model import Answer, Channel, Order, Reason, Refund, RefundState, Scan, State, Verdict
from terminal.money import Money
from terminal.routing.route import Contract
from terminal.scheme import Operation, Procedure, Reply, Request
from terminal.steps import Event, Notice, Phase, Split, Step
from terminal.till import Acquirer, Till
from terminal.till.paper import Paper

WECHAT, ALIPAY, OTHER_WECHAT = "134567890123456789", "281234567890123456", "104567890123456780"
TEN, SEVEN, THREE = Money(1000), Money(700), Money(300)
PROCEDURE = Procedure(10, 5, 10, 45, 15, (2, 4, 8), 6, 604800, 150, decline_is_final=False)


class Words:
    """A wire whose replies say the verdict outright."""

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        return Request("POST", operation, {}, str(order.money.minor).encode())

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:
        return Request("POST", operation, {}, str(refund.money.minor).encode())

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        verdict, _, reason = reply.body.decode().partition(" ")
        return Answer(Verdict(verdict), Reason(reason))


class Line:
    """An acquirer that says the same of each operation until it is told to say something else."""

    def __init__(self) -> None:
        self.says: dict[str, str | Exception] = {"pay": "approved", "query": "unknown not_found", "reverse": "reversed"}
        self.says |= {"refund": "approved", "refund_query": "unknown not_found"}
        self.heard: list[tuple[str, int]] = []
        self.hold: asyncio.Event | None = None

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        self.heard.append((request.path, int(request.body)))
        if self.hold is not None:
            await self.hold.wait()
        said = self.says[request.path]
        if isinstance(said, Exception):
            raise said
        return Reply(200, {}, said.encode())

    async def close(self) -> None:
        pass


class Counter:
    def __init__(self, path: Path) -> None:
        clock = Clock(speed=100)
        self.wechat, self.alipay = Line(), Line()
        self.journal = Journal(path, wall=clock.wall, monotonic=clock.monotonic)
        self.till = Till(
            terminal_id="POS01",
            journal=self.journal,
            acquirers={
                "wechat": Acquirer("wechat", Words(), PROCEDURE, self.wechat),
                "alipay": Acquirer("alipay", Words(), PROCEDURE, self.alipay),
            },
            contracts=[Contract("wechat", ("wechat",)), Contract("alipay", ("alipay",))],
            clock=clock,
            rng=random.Random(1),
            paper=Paper(PrinterConfig(), TillConfig()),
        )
        self.events: list[Event] = []
        self.till.subscribe(self.events.append)
        self.till.start()

    @property
    def step(self) -> Step:
        return self.till.snapshot.step

    @property
    def notices(self) -> list[str]:
        return [event.key for event in self.events if isinstance(event, Notice)]

    @property
    def refunds(self) -> list[tuple[int, RefundState]]:
        return [(line.money.minor, line.state) for line in self.journal.refunds()]

    def show(self, code: str) -> None:
        self.till.scanned([Scan(code, Channel.SCANNER, 0.0)])

    async def pays(self, money: Money, code: str, ends: Phase, total: Money | None = None) -> None:
        self.till.charge(money, total)
        self.show(code)
        await self.until(lambda: self.step.phase is ends)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0.001)


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    counter = Counter(tmp_path / "journal.db")
    yield counter
    await counter.till.stop()


async def test_two_wallets_pay_one_sale_and_the_rest_is_shown_in_between(counter: Counter) -> None:
    await counter.pays(THREE, WECHAT, Phase.PART_PAID, total=TEN)
    assert counter.step.split == Split(TEN, THREE)
    assert counter.step.split.rest == SEVEN
    assert counter.till.snapshot.approved_count == 0, "goods are not handed over yet"
    await counter.pays(SEVEN, ALIPAY, Phase.APPROVED)
    assert counter.step.split == Split(TEN, TEN)
    assert (counter.wechat.heard, counter.alipay.heard) == ([("pay", 300)], [("pay", 700)])
    assert (counter.till.snapshot.approved_count, counter.till.snapshot.approved_total) == (1, TEN)


async def test_the_parts_stand_in_the_books_under_one_sale(counter: Counter) -> None:
    await counter.pays(THREE, WECHAT, Phase.PART_PAID, total=TEN)
    await counter.pays(SEVEN, ALIPAY, Phase.APPROVED)
    first, second = counter.journal.attempts()
    assert (first.sale_id[-2:], second.sale_id[-2:]) == ("/1", "/2")
    assert first.sale_id[:-2] == second.sale_id[:-2]
    counter.journal.verify()


@pytest.mark.parametrize("says", ["declined insufficient_funds", NoAnswer("lost")], ids=["declined", "taken back"])
async def test_a_part_that_fails_leaves_the_rest_due(counter: Counter, says: str | Exception) -> None:
    await counter.pays(THREE, WECHAT, Phase.PART_PAID, total=TEN)
    counter.alipay.says["pay"] = says
    ends = Phase.DECLINED if isinstance(says, str) else Phase.REVERSED
    await counter.pays(SEVEN, ALIPAY, ends)
    assert counter.step.split == Split(TEN, THREE)
    counter.till.dismiss()
    assert (counter.step.phase, counter.step.money) == (Phase.PART_PAID, SEVEN)
    await counter.pays(SEVEN, OTHER_WECHAT, Phase.APPROVED)
    assert [one.money for one in counter.journal.attempts() if one.state is State.APPROVED] == [THREE, SEVEN]


async def test_a_part_that_is_not_known_leaves_the_rest_due_and_is_taken_back_behind_it(counter: Counter) -> None:
    await counter.pays(THREE, WECHAT, Phase.PART_PAID, total=TEN)
    counter.alipay.says |= {"pay": NoAnswer("lost"), "reverse": NoAnswer("lost")}
    await counter.pays(SEVEN, ALIPAY, Phase.UNKNOWN)
    counter.till.dismiss()
    assert counter.step.phase is Phase.PART_PAID
    await counter.pays(SEVEN, OTHER_WECHAT, Phase.APPROVED)
    counter.alipay.says["reverse"] = "reversed"
    await counter.until(lambda: not counter.journal.open_attempts())
    assert sum(one.money.minor for one in counter.journal.attempts() if one.state is State.APPROVED) == TEN.minor


@pytest.mark.parametrize(
    ("money", "total", "notice"),
    [(Money(701), None, "split.too_much"), (SEVEN, Money(2000), "split.open"), (Money(0), None, "amount.zero")],
)
async def test_no_more_than_the_rest_can_be_charged(
    counter: Counter, money: Money, total: Money | None, notice: str
) -> None:
    await counter.pays(THREE, WECHAT, Phase.PART_PAID, total=TEN)
    counter.till.charge(money, total)
    assert counter.notices == [notice]
    assert counter.step.phase is Phase.PART_PAID


async def test_a_part_of_less_than_itself_is_no_part(counter: Counter) -> None:
    counter.till.charge(TEN, THREE)
    assert (counter.notices, counter.step.phase) == (["split.too_much"], Phase.IDLE)


async def test_a_sale_that_waits_for_its_rest_is_neither_cancelled_nor_forgotten(counter: Counter) -> None:
    await counter.pays(THREE, WECHAT, Phase.PART_PAID, total=TEN)
    counter.till.cancel()
    counter.till.dismiss()
    counter.till.take_back_last()
    assert counter.notices == ["split.to_give_back", "split.open"]
    counter.till.charge(SEVEN)
    counter.till.cancel()  # the next part, before its code
    assert (counter.step.phase, counter.step.money) == (Phase.PART_PAID, SEVEN)


async def test_a_sale_that_is_given_up_gives_every_part_back(counter: Counter) -> None:
    await counter.pays(THREE, WECHAT, Phase.PART_PAID, total=TEN)
    await counter.pays(Money(200), ALIPAY, Phase.PART_PAID)
    counter.till.give_back_parts()
    assert counter.step.phase is Phase.IDLE
    assert counter.refunds == [(300, RefundState.ASKED), (200, RefundState.ASKED)], "before anything was sent"
    await counter.until(lambda: counter.notices.count("refund.done") == 2)
    assert counter.refunds == [(300, RefundState.DONE), (200, RefundState.DONE)]
    assert counter.notices[0] == "split.given_back"
    counter.till.give_back_parts()
    assert counter.notices[-1] == "split.none"


async def test_what_a_wallet_does_not_give_back_is_said(counter: Counter) -> None:
    counter.wechat.says["refund"] = "declined not_allowed"
    await counter.pays(THREE, WECHAT, Phase.PART_PAID, total=TEN)
    counter.till.give_back_parts()
    await counter.until(lambda: "refund.refused" in counter.notices)
    assert counter.refunds == [(300, RefundState.REFUSED)]


async def test_a_power_cut_leaves_a_sale_with_its_rest_due(tmp_path: Path) -> None:
    before = Counter(tmp_path / "journal.db")
    await before.pays(THREE, WECHAT, Phase.PART_PAID, total=TEN)
    await before.till.stop()
    after = Counter(tmp_path / "journal.db")
    assert (after.step.phase, after.step.split) == (Phase.PART_PAID, Split(TEN, THREE))
    await after.pays(SEVEN, ALIPAY, Phase.APPROVED)
    await after.till.stop()
    third = Counter(tmp_path / "journal.db")
    assert third.step.phase is Phase.IDLE
    await third.till.stop()


async def test_a_part_found_paid_after_a_power_cut_counts_when_the_cashier_keeps_it(tmp_path: Path) -> None:
    before = Counter(tmp_path / "journal.db")
    before.wechat.hold = asyncio.Event()
    before.till.charge(THREE, TEN)
    before.show(WECHAT)
    await before.until(lambda: before.wechat.heard == [("pay", 300)])
    await before.till.stop()
    after = Counter(tmp_path / "journal.db")
    after.wechat.says["query"] = "approved"
    await after.until(lambda: after.step.phase is Phase.FOUND)
    after.till.keep()
    await after.until(lambda: after.step.phase is Phase.PART_PAID)
    assert after.step.split == Split(TEN, THREE)
    await after.till.stop()


async def test_a_power_cut_while_parts_go_back_gives_each_back_once(tmp_path: Path) -> None:
    before = Counter(tmp_path / "journal.db")
    before.wechat.says |= {"refund": NoAnswer("lost"), "refund_query": NoAnswer("lost")}
    await before.pays(THREE, WECHAT, Phase.PART_PAID, total=TEN)
    before.till.give_back_parts()
    await before.till.stop()
    after = Counter(tmp_path / "journal.db")
    assert after.step.phase is Phase.IDLE
    await after.until(lambda: after.refunds == [(300, RefundState.DONE)])
    await after.till.stop()


async def test_the_last_sale_is_taken_back_with_all_its_parts(counter: Counter) -> None:
    await counter.pays(THREE, WECHAT, Phase.PART_PAID, total=TEN)
    await counter.pays(SEVEN, ALIPAY, Phase.APPROVED)
    counter.till.take_back_last()
    await counter.until(lambda: counter.notices.count("refund.done") == 2)
    assert sorted(counter.refunds) == [(300, RefundState.DONE), (700, RefundState.DONE)]


async def test_the_last_payment_is_taken_back_once_and_none_before_it(counter: Counter) -> None:
    await counter.pays(THREE, WECHAT, Phase.APPROVED)
    await counter.pays(SEVEN, ALIPAY, Phase.APPROVED)
    counter.till.take_back_last()
    await counter.until(lambda: counter.step.phase is Phase.REFUNDED)
    assert counter.refunds == [(700, RefundState.DONE)]
    counter.till.take_back_last()
    assert counter.notices == ["refund.nothing_left"]


async def test_a_journal_that_fails_at_the_very_end_leaves_the_sale_paid(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await counter.pays(THREE, WECHAT, Phase.PART_PAID, total=TEN)
    monkeypatch.setattr(counter.journal, "note", full)
    await counter.pays(SEVEN, ALIPAY, Phase.APPROVED)
    assert counter.notices == ["journal.trouble"]


def full(*_: object) -> None:
    raise JournalError("the disk is full")
