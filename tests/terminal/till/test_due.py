"""What a day has come to before it is settled, and a receipt of ours that comes back to the counter."""

import random
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from terminal.books.journal import Journal
from terminal.books.listing import Listing
from terminal.books.settlement import KIND, Settlement
from terminal.clock import Clock
from terminal.config import PrinterConfig, TillConfig
from terminal.model import Answer, Channel, Order, PaymentCode, Refund, Scan, State, Verdict
from terminal.money import Money
from terminal.scheme import BillLine, Closing, Operation, Procedure, Reply, Request
from terminal.steps import Event, Notice
from terminal.till import Acquirer, Till
from terminal.till.due import dues
from terminal.till.paper import Paper

NOW_S = 1_795_400_000.0  # 2026-11-23 10:13 in Beijing
DAY_S = 24 * 3600
PROCEDURE = Procedure(10, 5, 10, 45, 15, (2, 4, 8), 6, 604800, 150, decline_is_final=False)
PAID = Answer(Verdict.APPROVED)


class Wire:
    """Says nothing: nobody asks it here."""

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        raise NotImplementedError

    refund_request = request

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        raise NotImplementedError


class WithBills(Wire):
    def bill(self, day: date, **_: object) -> object:
        raise NotImplementedError

    def read_bill(self, content: bytes) -> tuple[BillLine, ...]:
        raise NotImplementedError


class WithBatches(Wire):
    def begin(self, batch: str) -> None:
        self.batch = batch

    def close_batch(self, *_: object) -> Closing:
        raise NotImplementedError


class Line:
    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        raise NotImplementedError

    async def close(self) -> None:
        pass


def acquirer(name: str, wire: object) -> Acquirer:
    return Acquirer(name, wire, PROCEDURE, Line(), name.title())  # type: ignore[arg-type]


class Counter:
    def __init__(self, path: Path) -> None:
        self.now_s = NOW_S
        self.journal = Journal(path, wall=lambda: self.now_s, monotonic=lambda: self.now_s)
        wires = {"bank": WithBatches(), "wechat": WithBills(), "files": Wire()}
        self.acquirers = {name: acquirer(name, wire) for name, wire in wires.items()}
        self.till = Till(
            terminal_id="POS01",
            journal=self.journal,
            acquirers=self.acquirers,
            contracts=[],
            clock=Clock(start_wall_s=NOW_S),
            rng=random.Random(1),
            paper=Paper(PrinterConfig(), TillConfig()),
        )
        self.said: list[Event] = []
        self.till.subscribe(self.said.append)

    def paid(self, number: int, minor: int, where: str) -> Order:
        order = self.begun(number, minor, where)
        self.journal.move(order.order_id, State.APPROVED, PAID)
        return order

    def begun(self, number: int, minor: int, where: str) -> Order:
        code = PaymentCode("wechat", f"13456789012345{number:04}")
        order = Order(f"POS01A{number}", f"S{number}", Money(minor), code, where, begun_s=int(self.now_s))
        self.journal.begin(order)
        return order

    def scan(self, text: str) -> list[Event]:
        self.said.clear()
        self.till.scanned([Scan(text, Channel.CAMERA, 0.0)])
        return self.said


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    counter = Counter(tmp_path / "journal.db")
    yield counter
    await counter.till.stop()


async def test_each_acquirer_that_can_be_settled_has_its_newest_day(counter: Counter) -> None:
    counter.now_s = NOW_S - DAY_S
    yesterday = counter.paid(1, 1000, "wechat")
    counter.journal.begin_refund(Refund("R1", yesterday, Money(300), begun_s=int(counter.now_s)))
    counter.now_s = NOW_S
    counter.paid(2, 500, "wechat")
    still_open = counter.begun(3, 700, "wechat")
    batch = Settlement("bank", date(2026, 11, 22), (), 0, batch="000002").table()
    counter.paid(4, 100, "bank")
    counter.journal.note("", KIND, batch)
    counter.paid(5, 200, "bank")
    with closing(Listing(counter.journal.path)) as books:
        bank, wechat = dues(counter.till.acquirers, books, NOW_S)
    assert (wechat.day, wechat.title, wechat.closes_batch) == (date(2026, 11, 22), "Wechat", False)
    assert wechat.totals[0].sales.money == Money(1000)
    assert [one.order_id for one in wechat.open_orders] == [still_open.order_id]
    assert [one.refund_id for one in wechat.open_refunds] == ["R1"]
    assert wechat.settled is None
    assert (bank.day, bank.closes_batch) == (date(2026, 11, 23), True)
    assert bank.totals[0].sales.money == Money(200), "what came after the last closing"
    assert bank.settled is not None
    assert bank.settled.body["batch"] == "000002"


async def test_the_code_on_a_receipt_of_ours_is_known_and_another_text_is_not(counter: Counter) -> None:
    order = counter.paid(1, 1000, "wechat")
    assert counter.scan(order.order_id) == [Notice("code.receipt", order.order_id)]
    (other,) = counter.scan("POS01A2")
    assert isinstance(other, Notice)
    assert other.key != "code.receipt"
    assert counter.scan("\ud800\x00")
