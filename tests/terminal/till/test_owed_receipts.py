"""Receipts that a stop has kept from being printed come at the next start, as copies, each once."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from firmware_sim.devices.printer import Printer
from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.config import PrinterConfig
from terminal.model import Answer, Refund, RefundState, State, Verdict
from terminal.money import Money
from terminal.steps import Notice, Phase

DEADLINE_S = 60.0
NOON_S = 1.8e9
COPY = "重印副本"
TWELVE_FIFTY = Money(1250)
CODE = "6212345678901234567"


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


Opens = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
def shop(open_counter: Callable[..., Any], tmp_path: Path) -> Opens:
    """Opens the till so many seconds after noon, in a folder of books and with a printer where there is one."""

    @asynccontextmanager
    async def opened(
        printer_url: str = "", *, later_s: float = 0.0, below: str = "", **options: Any
    ) -> AsyncIterator[Any]:
        options |= {"clock": Clock(start_wall_s=NOON_S + later_s), "printer": PrinterConfig(printer_url)}
        counter = open_counter(tmp_path / below / "journal.db", takes={"unionpay": ("unionpay",)}, **options)
        yield counter
        await counter.till.stop()

    return opened


def copies_owed(at: Any) -> list[str]:
    return [one.detail for one in at.events if isinstance(one, Notice) and one.key == "receipt.owed"]


async def sell(at: Any, number: int = 0) -> str:
    order_id: str = await at.sell(TWELVE_FIFTY, f"{CODE[:-1]}{number}")
    return order_id


async def noted(at: Any, count: int) -> None:
    await at.until(lambda: len(at.journal.entries_of("RECEIPT")) == count)


@pytest.fixture(autouse=True)
def soon(mocker: MockerFixture) -> None:
    mocker.patch("terminal.till.printing.AGAIN_S", 0.01)


async def papers(printer: Printer, count: int) -> list[str]:
    fell = await asyncio.to_thread(printer.wait_for_papers, count, timeout_s=DEADLINE_S)
    return [paper.text for paper in fell]


async def test_what_waits_for_a_new_roll_when_the_till_stops_comes_at_the_next_start(
    shop: Opens, printer: Printer
) -> None:
    printer.roll = "out"
    async with shop(printer.url) as before:
        orders = [await sell(before, number) for number in range(3)]
    printer.roll = "ok"
    async with shop(printer.url, later_s=60) as after:
        fell = await papers(printer, 3)
        await noted(after, 3)
        assert copies_owed(after) == ["3"]
        assert after.till.snapshot.said == Notice("receipt.owed", "3"), "for a screen that opens later"
    assert [order in paper and COPY in paper for order, paper in zip(orders, fell, strict=True)] == [True] * 3
    async with shop(printer.url, later_s=120) as again:
        assert await sell(again, 4) in (await papers(printer, 4))[-1], "nothing came in between"
        assert copies_owed(again) == []


@pytest.mark.parametrize(("when", "owed"), [("before", ["1"]), ("after", [])])
async def test_a_till_killed_at_the_note_of_a_receipt_owes_it_or_does_not(
    when: str, owed: list[str], shop: Opens, printer: Printer
) -> None:
    async with shop(printer.url, books=PulledPlug) as killed:
        order = await sell(killed)
        await noted(killed, 1)
    async with shop(printer.url, later_s=5, below=when) as after:
        await noted(after, 1)
        assert copies_owed(after) == owed
        next_order = await sell(after, 1)
        fell = await papers(printer, 2 + len(owed))
    assert [order in paper for paper in fell] == [True] * (1 + len(owed)) + [False]
    assert [COPY in paper for paper in fell] == [False] + [True] * len(owed) + [False]
    assert next_order in fell[-1]


async def test_the_counter_sells_on_while_owed_copies_wait_for_paper(shop: Opens, printer: Printer) -> None:
    printer.roll = "out"
    async with shop(printer.url) as before:
        owed = await sell(before)
    async with shop(printer.url, later_s=5) as after:
        sold = await sell(after, 1)
        assert not printer.papers
        printer.roll = "ok"
        copy, receipt = await papers(printer, 2)
    assert (owed in copy, COPY in copy, sold in receipt, COPY in receipt) == (True, True, True, False)


async def test_what_is_older_than_an_hour_or_was_given_back_is_not_printed(shop: Opens, printer: Printer) -> None:
    async with shop() as before:
        await sell(before)
    async with shop(later_s=3600) as later:
        given_back = later.journal.attempt(await sell(later, 1))
        assert given_back is not None
        refund = Refund("R1", given_back.order(), TWELVE_FIFTY, "", begun_s=int(NOON_S))
        later.journal.begin_refund(refund)
        later.journal.move_refund("R1", RefundState.DONE, Answer(Verdict.APPROVED))
        fresh = await sell(later, 2)
    async with shop(printer.url, later_s=3700) as after:
        (copy,) = await papers(printer, 1)
        await noted(after, 1)
        assert (copies_owed(after), fresh in copy) == (["1"], True)


async def test_a_till_without_a_printer_owes_nothing(shop: Opens) -> None:
    async with shop() as before:
        await sell(before)
    async with shop(later_s=5) as after:
        assert copies_owed(after) == []


async def test_a_payment_saved_from_damaged_books_is_not_printed_again(shop: Opens, printer: Printer) -> None:
    async with shop(printer.url) as before:
        await sell(before)
        await noted(before, 1)
    books = before.journal.path
    books.write_bytes(_damaged(books.read_bytes()))
    async with shop(printer.url, later_s=5) as after:
        assert [one.state for one in after.journal.attempts()] == [State.APPROVED], "saved, and what was printed is not"
        assert after.journal.entries_of("RECEIPT") == []
        assert copies_owed(after) == []


def _damaged(books: bytes) -> bytes:
    """The last entry, which says that its receipt was printed, says something else."""
    at = books.index(b'{"copy":false}')
    return books[:at] + b'{"copy":fals!}' + books[at + 14 :]


async def test_the_last_receipt_comes_again_after_a_start_too(shop: Opens, printer: Printer) -> None:
    async with shop(printer.url) as before:
        order = await sell(before)
        await noted(before, 1)
    async with shop(printer.url, later_s=24 * 3600) as after:
        after.till.reprint()
        copy = (await papers(printer, 2))[-1]
    assert (order in copy, COPY in copy) == (True, True)


async def test_a_receipt_that_cannot_be_noted_is_said_and_does_not_disturb_the_next_payment(
    shop: Opens, printer: Printer
) -> None:
    async with shop(printer.url) as open_shop:
        printer.roll = "out"
        await sell(open_shop)
        await open_shop.until(lambda: any("out of paper" in one.detail for one in open_shop.till.snapshot.devices))
        open_shop.journal._db.execute("pragma query_only = on")
        printer.roll = "ok"
        await open_shop.until(lambda: open_shop.notices[-1:] == ["journal.trouble"])
        assert open_shop.till.snapshot.step.phase is Phase.APPROVED
        open_shop.journal._db.execute("pragma query_only = off")
