"""Receipts that a stop has kept from being printed come at the next start, as copies, each once."""

import asyncio
import random
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from firmware_sim.devices.printer import Printer
from terminal.books.journal import Journal
from terminal.books.salvage import open_books
from terminal.clock import Clock
from terminal.config import PrinterConfig, TillConfig
from terminal.model import Answer, Channel, Order, Refund, RefundState, Scan, State, Verdict
from terminal.money import Money
from terminal.routing.route import Contract
from terminal.scheme import Operation, Procedure, Reply, Request
from terminal.steps import Event, Notice, Phase
from terminal.till import Acquirer, Till
from terminal.till.paper import Paper

DEADLINE_S = 60.0
NOON_S = 1.8e9
COPY = "重印副本"
TWELVE_FIFTY = Money(1250)
CODE = "6212345678901234567"
PROCEDURE = Procedure(10, 5, 10, 45, 15, (2, 4, 8), 6, 604800, 150, decline_is_final=True)


class Generous:
    """An acquirer that says yes to everything: its wire and its line in one."""

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        return Request("POST", f"/{operation}", {}, b"")

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:
        return Request("POST", f"/{operation}", {}, b"")

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        return Answer(Verdict.APPROVED, transaction_id="T1")

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        return Reply(200, {}, b"")

    async def close(self) -> None:
        pass


class PulledPlug(Journal):
    """Keeps what the disk has just before a receipt is noted, and just after."""

    def note(self, order_id: str, kind: str, body: Mapping[str, object]) -> None:
        if kind == "RECEIPT":
            self._keep("before")
        super().note(order_id, kind, body)
        if kind == "RECEIPT":
            self._keep("after")

    def _keep(self, when: str) -> None:
        to = self.path.parent / when
        to.mkdir()
        for ending in ("journal.db", "journal.db-wal", "journal.key"):
            shutil.copyfile(self.path.parent / ending, to / ending)


class Shop:
    def __init__(self, state: Path, printer_url: str, later_s: float, kind: Callable[..., Journal]) -> None:
        clock = Clock(start_wall_s=NOON_S + later_s)
        self.journal, _ = open_books(state / "journal.db", wall=clock.wall, monotonic=clock.monotonic, kind=kind)
        generous = Generous()
        self.till = Till(
            terminal_id="POS01",
            journal=self.journal,
            acquirers={"unionpay": Acquirer("unionpay", generous, PROCEDURE, generous)},
            contracts=[Contract("unionpay", ("unionpay",))],
            clock=clock,
            rng=random.Random(1),
            paper=Paper(PrinterConfig(printer_url), TillConfig()),
        )
        self.events: list[Event] = []
        self.till.subscribe(self.events.append)

    @property
    def owed(self) -> list[str]:
        return [one.detail for one in self.events if isinstance(one, Notice) and one.key == "receipt.owed"]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not condition():
                await asyncio.sleep(0.002)

    async def sell(self, number: int = 0) -> str:
        self.till.dismiss()
        self.till.charge(TWELVE_FIFTY)
        self.till.scanned([Scan(f"{CODE[:-1]}{number}", Channel.SCANNER, 0.0)])
        await self.until(lambda: self.till.snapshot.step.phase is Phase.APPROVED)
        return self.till.snapshot.step.order_id

    async def noted(self, count: int) -> None:
        await self.until(lambda: len(self.journal.entries_of("RECEIPT")) == count)


@asynccontextmanager
async def shop(
    state: Path, printer_url: str = "", *, later_s: float = 0.0, kind: Callable[..., Journal] = Journal
) -> AsyncIterator[Shop]:
    opened = Shop(state, printer_url, later_s, kind)
    opened.till.start()
    try:
        yield opened
    finally:
        await opened.till.stop()


@pytest.fixture
def printer(tmp_path: Path, mocker: MockerFixture) -> Iterator[Printer]:
    mocker.patch("terminal.till.printing.AGAIN_S", 0.01)
    with Printer(tmp_path / "paper") as printer:
        yield printer


async def papers(printer: Printer, count: int) -> list[str]:
    fell = await asyncio.to_thread(printer.wait_for_papers, count, timeout_s=DEADLINE_S)
    return [paper.text for paper in fell]


async def test_what_waits_for_a_new_roll_when_the_till_stops_comes_at_the_next_start(
    tmp_path: Path, printer: Printer
) -> None:
    printer.roll = "out"
    async with shop(tmp_path, printer.url) as before:
        orders = [await before.sell(number) for number in range(3)]
    printer.roll = "ok"
    async with shop(tmp_path, printer.url, later_s=60) as after:
        fell = await papers(printer, 3)
        await after.noted(3)
        assert after.owed == ["3"]
        assert after.till.snapshot.said == Notice("receipt.owed", "3"), "for a screen that opens later"
    assert [order in paper and COPY in paper for order, paper in zip(orders, fell, strict=True)] == [True] * 3
    async with shop(tmp_path, printer.url, later_s=120) as again:
        assert await again.sell(4) in (await papers(printer, 4))[-1], "nothing came in between"
        assert again.owed == []


@pytest.mark.parametrize(("when", "owed"), [("before", ["1"]), ("after", [])])
async def test_a_till_killed_at_the_note_of_a_receipt_owes_it_or_does_not(
    when: str, owed: list[str], tmp_path: Path, printer: Printer
) -> None:
    async with shop(tmp_path, printer.url, kind=PulledPlug) as killed:
        order = await killed.sell()
        await killed.noted(1)
    async with shop(tmp_path / when, printer.url, later_s=5) as after:
        await after.noted(1)
        assert after.owed == owed
        next_order = await after.sell(1)
        fell = await papers(printer, 2 + len(owed))
    assert [order in paper for paper in fell] == [True] * (1 + len(owed)) + [False]
    assert [COPY in paper for paper in fell] == [False] + [True] * len(owed) + [False]
    assert next_order in fell[-1]


async def test_the_counter_sells_on_while_owed_copies_wait_for_paper(tmp_path: Path, printer: Printer) -> None:
    printer.roll = "out"
    async with shop(tmp_path, printer.url) as before:
        owed = await before.sell()
    async with shop(tmp_path, printer.url, later_s=5) as after:
        sold = await after.sell(1)
        assert not printer.papers
        printer.roll = "ok"
        copy, receipt = await papers(printer, 2)
    assert (owed in copy, COPY in copy, sold in receipt, COPY in receipt) == (True, True, True, False)


async def test_what_is_older_than_an_hour_or_was_given_back_is_not_printed(tmp_path: Path, printer: Printer) -> None:
    async with shop(tmp_path) as before:
        await before.sell()
    async with shop(tmp_path, later_s=3600) as later:
        given_back = later.journal.attempt(await later.sell(1))
        assert given_back is not None
        refund = Refund("R1", given_back.order(), TWELVE_FIFTY, "", begun_s=int(NOON_S))
        later.journal.begin_refund(refund)
        later.journal.move_refund("R1", RefundState.DONE, Answer(Verdict.APPROVED))
        fresh = await later.sell(2)
    async with shop(tmp_path, printer.url, later_s=3700) as after:
        (copy,) = await papers(printer, 1)
        await after.noted(1)
        assert (after.owed, fresh in copy) == (["1"], True)


async def test_a_till_without_a_printer_owes_nothing(tmp_path: Path) -> None:
    async with shop(tmp_path) as before:
        await before.sell()
    async with shop(tmp_path, later_s=5) as after:
        assert after.owed == []


async def test_a_payment_saved_from_damaged_books_is_not_printed_again(tmp_path: Path, printer: Printer) -> None:
    async with shop(tmp_path, printer.url) as before:
        await before.sell()
        await before.noted(1)
    (tmp_path / "journal.db").write_bytes(_damaged((tmp_path / "journal.db").read_bytes()))
    async with shop(tmp_path, printer.url, later_s=5) as after:
        assert [one.state for one in after.journal.attempts()] == [State.APPROVED], "saved, and what was printed is not"
        assert after.journal.entries_of("RECEIPT") == []
        assert after.owed == []


def _damaged(books: bytes) -> bytes:
    """The last entry, which says that its receipt was printed, says something else."""
    at = books.index(b'{"copy":false}')
    return books[:at] + b'{"copy":fals!}' + books[at + 14 :]


async def test_the_last_receipt_comes_again_after_a_start_too(tmp_path: Path, printer: Printer) -> None:
    async with shop(tmp_path, printer.url) as before:
        order = await before.sell()
        await before.noted(1)
    async with shop(tmp_path, printer.url, later_s=24 * 3600) as after:
        after.till.reprint()
        copy = (await papers(printer, 2))[-1]
    assert (order in copy, COPY in copy) == (True, True)


async def test_a_receipt_that_cannot_be_noted_is_said_and_does_not_disturb_the_next_payment(
    tmp_path: Path, printer: Printer
) -> None:
    async with shop(tmp_path, printer.url) as open_shop:
        printer.roll = "out"
        await open_shop.sell()
        await open_shop.until(lambda: any("out of paper" in one.detail for one in open_shop.till.snapshot.devices))
        open_shop.journal._db.execute("pragma query_only = on")
        printer.roll = "ok"
        await open_shop.until(lambda: _keys(open_shop)[-1:] == ["journal.trouble"])
        assert open_shop.till.snapshot.step.phase is Phase.APPROVED
        open_shop.journal._db.execute("pragma query_only = off")


def _keys(shop: Shop) -> list[Any]:
    return [one.key for one in shop.events if isinstance(one, Notice)]
