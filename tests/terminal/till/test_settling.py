"""The end of a day at the till: a POS line's batch, what may not happen meanwhile, and the slip."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from firmware_sim.devices.printer import Printer
from firmware_sim.faults import Faults
from firmware_sim.hosts.unionpay_pos import PosHost
from firmware_sim.hosts.unionpay_pos_keys import Keys, load_or_make
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from terminal.books.journal import Journal, JournalReader
from terminal.books.settlement import KIND
from terminal.clock import Clock
from terminal.config import PrinterConfig, TillConfig
from terminal.errors import NoAnswer
from terminal.model import Answer, Channel, Order, PaymentCode, RefundState, Scan, State, Verdict
from terminal.money import Money
from terminal.routing.route import Contract
from terminal.scheme import Reply, Request
from terminal.scheme import Till as TillFacts
from terminal.schemes.unionpay_pos import SCHEME
from terminal.schemes.unionpay_pos.settings import Settings, connect
from terminal.schemes.unionpay_pos.wire import PosWire
from terminal.steps import Event, Notice, Phase, Settling, Stage
from terminal.till import Acquirer, Till
from terminal.till.paper import Paper

NOBODYS_PORT = "tcp://127.0.0.1:9"


class Cable:
    """Puts each frame to the host by hand; while held, nothing comes through."""

    def __init__(self, host: PosHost) -> None:
        self._host = host
        self.is_cut = False
        self.held: asyncio.Event | None = None

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        if self.held is not None:
            await self.held.wait()
        if self.is_cut:
            raise NoAnswer("the cable is cut")
        return self._host.answer(request)

    async def close(self) -> None:
        pass


class Counter:
    """A till on a POS line, its acquirer, and what was said."""

    def __init__(self, state: Path, keys: Keys, ledger: Ledger, printer: str = "") -> None:
        self.clock = Clock(speed=200)
        self.ledger, self.keys = ledger, keys
        self.host = PosHost(ledger, keys, self.clock, Faults(), rng=random.Random(1))
        self.cable = Cable(self.host)
        self.wire: PosWire = connect(
            Settings(keys.terminal_no, keys.merchant_no, keys.files.master_key), TillFacts("POS01", "")
        )
        self.journal = Journal(state / "journal.db", wall=self.clock.wall, monotonic=self.clock.monotonic)
        self.till = Till(
            terminal_id="POS01",
            journal=self.journal,
            acquirers={"bank": Acquirer("bank", self.wire, SCHEME.procedure, self.cable, SCHEME.name)},
            contracts=[Contract("bank", ("unionpay",))],
            clock=self.clock,
            rng=random.Random(2),
            paper=Paper(PrinterConfig(printer), TillConfig(language="en")),
        )
        self.events: list[Event] = []
        self.till.subscribe(self.events.append)
        self.till.start()

    @property
    def notices(self) -> list[str]:
        return [event.key for event in self.events if isinstance(event, Notice)]

    def code(self) -> str:
        number = str(len(self.events))
        self.ledger.add_customer(Customer(number, wallet="unionpay"), 500_000)
        return Phone(number, self.ledger, self.clock, random.Random(number)).code()

    async def sell(self, minor: int) -> str:
        self.till.dismiss()
        self.till.charge(Money(minor))
        self.till.scanned([Scan(self.code(), Channel.CAMERA, 0.0)])
        await self.until(lambda: self.till.snapshot.step.phase is Phase.APPROVED)
        return self.till.snapshot.step.order_id

    async def give_back(self, order_id: str, minor: int) -> None:
        self.till.dismiss()
        self.till.refund(order_id, Money(minor))
        await self.until(lambda: self.till.snapshot.step.phase is Phase.REFUNDED)

    async def settle(self, ends: str) -> dict[str, object]:
        """What the newest entry about it says."""
        self.till.settle()
        await self.until(lambda: ends in self.notices)
        settled = self.journal.entries_of(KIND)
        return dict(settled[-1].body) if settled else {}

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0.001)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return load_or_make(tmp_path)


@pytest.fixture
async def counter(tmp_path: Path, keys: Keys) -> AsyncIterator[Counter]:
    counter = Counter(tmp_path, keys, Ledger())
    yield counter
    await counter.till.stop()


async def test_a_batch_closes_with_the_acquirers_totals_and_the_next_one_opens(counter: Counter) -> None:
    sold = [await counter.sell(minor) for minor in (1250, 999, 4000)]
    await counter.give_back(sold[0], 1250)  # the whole of it: a void
    await counter.give_back(sold[2], 1500)
    body = await counter.settle("settle.agrees")
    assert (body["agrees"], body["matched"], body["batch"]) == (True, 5, "000002")
    assert (counter.keys.batch, counter.wire.desk.batch) == ("000002", "000002")
    assert counter.journal.verify()


async def test_yesterdays_sale_given_back_today_is_in_todays_batch(counter: Counter) -> None:
    sold = await counter.sell(1250)
    await counter.settle("settle.agrees")
    await counter.sell(700)
    await counter.give_back(sold, 250)
    counter.events.clear()
    body = await counter.settle("settle.agrees")
    assert (body["matched"], body["batch"]) == (2, "000003")
    (totals,) = body["totals"]  # type: ignore[misc]
    assert (totals["sales"], totals["refunds"]) == ({"count": 1, "minor": 700}, {"count": 1, "minor": 250})


async def test_a_till_that_starts_again_goes_on_in_the_batch_that_its_books_name(
    counter: Counter, tmp_path: Path
) -> None:
    await counter.sell(1250)
    await counter.settle("settle.agrees")
    await counter.till.stop()
    again = Counter(tmp_path, counter.keys, counter.ledger)
    assert again.wire.desk.batch == "000002"
    await again.till.stop()


async def test_totals_that_differ_are_uploaded_and_a_person_is_told(counter: Counter) -> None:
    await counter.sell(1250)
    counter.journal.begin(Order("X", "SX", Money(5), PaymentCode("unionpay", "6212345678901234567"), "bank", trace=77))
    counter.journal.move("X", State.APPROVED, Answer(Verdict.APPROVED))  # which the acquirer never had
    body = await counter.settle("settle.differs")
    (difference,) = body["differences"]  # type: ignore[misc]
    assert difference["kind"] == "totals"
    assert counter.keys.batch == "000002"  # after the upload the acquirer's word stands


async def test_a_batch_with_something_open_stays_open(counter: Counter) -> None:
    await counter.sell(1250)
    counter.journal.begin(Order("X", "SX", Money(5), PaymentCode("unionpay", "6212345678901234567"), "bank", trace=77))
    body = await counter.settle("settle.waits")
    (waits,) = body["waits"]  # type: ignore[misc]
    assert (waits["kind"], waits["order_id"], waits["note"]) == ("open", "X", "INTENT")
    assert counter.keys.batch == "000001"


async def test_a_batch_whose_closing_is_not_answered_is_closed_the_next_time(counter: Counter) -> None:
    await counter.sell(1250)
    counter.cable.is_cut = True
    assert await counter.settle("settle.none") == {}
    counter.cable.is_cut = False
    assert (await counter.settle("settle.agrees"))["matched"] == 1


async def test_nothing_is_charged_or_given_back_while_a_batch_is_closed(counter: Counter) -> None:
    sold = await counter.sell(1250)
    counter.till.dismiss()
    counter.cable.held = asyncio.Event()
    counter.till.settle()
    counter.till.settle()
    counter.till.charge(Money(100))
    counter.till.refund(sold, Money(100))
    assert counter.notices.count("settle.already") == 1  # said once, as it was said a moment ago
    assert counter.till.snapshot.step.phase is Phase.IDLE
    counter.cable.held.set()
    await counter.until(lambda: "settle.agrees" in counter.notices)
    assert [line.state for line in counter.journal.refunds()] == []
    counter.till.charge(Money(100))
    assert counter.till.snapshot.step.phase is Phase.AWAIT_CODE


@pytest.mark.parametrize("phase", [Phase.AWAIT_CODE, Phase.PROCESSING])
async def test_no_day_ends_while_somebody_pays(counter: Counter, phase: Phase) -> None:
    counter.cable.held = asyncio.Event()
    counter.till.charge(Money(1250))
    if phase is Phase.PROCESSING:
        counter.till.scanned([Scan(counter.code(), Channel.CAMERA, 0.0)])
    assert counter.till.snapshot.step.phase is phase
    counter.till.settle()
    assert counter.notices[-1] == "pay.already"
    counter.cable.held.set()


async def test_whom_nobody_can_settle_with_is_said(counter: Counter) -> None:
    counter.till.settle("another bank")
    assert counter.notices == ["settle.no_contract"]


async def test_the_slip_has_the_sums_and_the_head_of_the_journal(tmp_path: Path, keys: Keys) -> None:
    with Printer(tmp_path / "paper") as printer:
        counter = Counter(tmp_path, keys, Ledger(), printer.url)
        sold = await counter.sell(1250)
        await counter.until(lambda: bool(counter.journal.entries_of("RECEIPT")))  # else it may follow the settlement
        await counter.give_back(sold, 250)
        await counter.settle("settle.agrees")
        slip = (await asyncio.to_thread(printer.wait_for_papers, 2, timeout_s=60))[-1].text
        await counter.till.stop()
    with closing(JournalReader(tmp_path / "journal.db")) as books:
        assert [line.state for line in books.refunds()] == [RefundState.DONE]
        head = books.entries_of(KIND)[-1].hash.hex()[:16]
    lines = [" ".join(line.split()) for line in slip.splitlines()]
    for line in ("SETTLEMENT", "Acquirer UnionPay POS", "Sales 1 ￥12.50", "Refunds 1 ￥2.50", "Net ￥10.00"):
        assert line in lines
    assert "BOOKS AGREE" in lines
    assert f"Journal {head}" in lines


async def test_how_far_it_is_can_be_shown_as_it_goes(counter: Counter) -> None:
    await counter.sell(1250)
    await counter.settle("settle.agrees")
    told = [event for event in counter.events if isinstance(event, Settling)]
    assert [event.stage for event in told] == [Stage.CLOSING, Stage.CLOSING, Stage.DONE]
    assert {(event.acquirer, event.number, event.count) for event in told} == {("bank", 1, 1)}
    assert told[1].exchanges == 1
    assert counter.till.snapshot.settling is None


async def test_a_settling_that_cannot_be_is_over_too(counter: Counter) -> None:
    counter.cable.is_cut = True
    counter.till.settle()
    await counter.until(lambda: "settle.none" in counter.notices)
    assert counter.till.snapshot.settling is None
    assert [event.stage for event in counter.events if isinstance(event, Settling)][-1] is Stage.DONE


async def test_the_last_sale_of_the_batch_is_taken_back_by_a_void(counter: Counter) -> None:
    await counter.sell(1250)
    order_id = await counter.sell(999)
    counter.till.dismiss()
    counter.till.take_back_last()
    await counter.until(lambda: counter.till.snapshot.step.phase is Phase.REFUNDED)
    (line,) = counter.journal.refunds()
    assert (line.attempt.order_id, line.money) == (order_id, Money(999))
    assert [purchase.refunded for purchase in counter.ledger.purchases(counter.keys.merchant_no)] == [0, 999]


async def test_after_the_batch_is_closed_the_last_sale_is_refunded(counter: Counter) -> None:
    await counter.sell(1250)
    await counter.settle("settle.agrees")
    counter.till.dismiss()
    counter.till.take_back_last()
    await counter.until(lambda: counter.till.snapshot.step.phase is Phase.REFUNDED)
    assert [purchase.refunded for purchase in counter.ledger.purchases(counter.keys.merchant_no)] == [1250]
