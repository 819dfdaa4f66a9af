"""A till with a printer: receipts that wait for a new roll, and the drawer that hangs on it."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from firmware_sim.devices.printer import Printer
from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.config import PrinterConfig, TillConfig
from terminal.model import Answer, Channel, Order, Refund, Scan, Verdict
from terminal.money import Money
from terminal.routing.route import Contract
from terminal.scheme import Operation, Procedure, Reply, Request
from terminal.steps import Event, Notice, Phase
from terminal.till import Acquirer, Till
from terminal.till.paper import Paper

DEADLINE_S = 10.0
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


@dataclass
class Shop:
    till: Till
    printer: Printer
    events: list[Event] = field(default_factory=list)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not condition():
                await asyncio.sleep(0.002)

    async def sell(self, code: str = CODE) -> str:
        self.till.dismiss()
        self.till.charge(TWELVE_FIFTY)
        self.till.scanned([Scan(code, Channel.SCANNER, 0.0)])
        await self.until(lambda: self.till.snapshot.step.phase is Phase.APPROVED)
        return self.till.snapshot.step.order_id

    async def papers(self, count: int) -> list[str]:
        fell = await asyncio.to_thread(self.printer.wait_for_papers, count, timeout_s=DEADLINE_S)
        return [paper.text for paper in fell]

    async def give_back(self, order_id: str) -> None:
        self.till.dismiss()
        self.till.refund(order_id, TWELVE_FIFTY)
        await self.until(lambda: self.till.snapshot.step.phase is Phase.REFUNDED)


@asynccontextmanager
async def shop(folder: Path, drawer: str, *, has_printer: bool = True) -> AsyncIterator[Shop]:
    clock = Clock(speed=100)
    with Printer(folder / "paper") as printer:
        url = printer.url if has_printer else ""
        generous = Generous()
        till = Till(
            terminal_id="POS01",
            journal=Journal(folder / "journal.db", wall=clock.wall, monotonic=clock.monotonic),
            acquirers={"unionpay": Acquirer("unionpay", generous, PROCEDURE, generous)},
            contracts=[Contract("unionpay", ("unionpay",))],
            clock=clock,
            rng=random.Random(1),
            paper=Paper(PrinterConfig(url, drawer=drawer), TillConfig()),  # type: ignore[arg-type]
        )
        opened = Shop(till, printer)
        till.subscribe(opened.events.append)
        till.start()
        try:
            yield opened
        finally:
            await till.stop()


async def test_the_till_sells_on_without_paper_and_prints_each_receipt_once_on_the_new_roll(tmp_path: Path) -> None:
    async with shop(tmp_path, "never") as open_shop:
        open_shop.printer.roll = "out"
        orders = [await open_shop.sell(CODE[:-1] + str(number)) for number in range(3)]
        await open_shop.until(lambda: any("out of paper" in one.detail for one in open_shop.till.snapshot.devices))
        assert not open_shop.printer.papers
        open_shop.printer.roll = "ok"
        papers = await open_shop.papers(3)
        open_shop.till.reprint()
        copy = (await open_shop.papers(4))[-1]
        open_shop.till.reprint("nobody's")
        open_shop.till.reprint(orders[0])
        older = (await open_shop.papers(5))[-1]
    assert (orders[0] in older, "重印副本" in older) == (True, True)
    assert [order in paper for order, paper in zip(orders, papers, strict=True)] == [True] * 3
    assert orders[-1] in copy
    assert "重印副本" in copy
    assert not any("重印副本" in paper for paper in papers)


@pytest.mark.parametrize(("drawer", "after_sale", "after_refund"), [("never", 0, 0), ("sale", 1, 1), ("refund", 0, 1)])
async def test_it_opens_once_at_what_the_bill_says_and_never_for_a_copy(
    tmp_path: Path, drawer: str, after_sale: int, after_refund: int
) -> None:
    async with shop(tmp_path, drawer) as open_shop:
        order_id = await open_shop.sell()
        open_shop.till.reprint()
        await open_shop.papers(2)
        assert len(open_shop.printer.drawer_kicks) == after_sale
        await open_shop.give_back(order_id)
        await open_shop.until(lambda: len(open_shop.printer.drawer_kicks) >= after_refund)
        open_shop.till.reprint()  # by the time this has been printed, a pulse too many would have come
        await open_shop.papers(3)
        assert len(open_shop.printer.drawer_kicks) == after_refund


async def test_the_cashier_opens_it(tmp_path: Path) -> None:
    async with shop(tmp_path, "never") as open_shop:
        open_shop.till.open_drawer()
        await open_shop.until(lambda: open_shop.printer.is_drawer_open)
        (kick,) = open_shop.printer.drawer_kicks
        assert (kick.pin, kick.pulse_ms) == (2, 50)


async def test_a_printer_that_cannot_now_is_not_left_with_a_pulse_for_later(tmp_path: Path) -> None:
    with Printer(tmp_path) as printer:
        paper = Paper(PrinterConfig(printer.url), TillConfig())
        printer.roll = "out"
        assert "out of paper" in (await paper.open_drawer()).problem
        printer.roll = "ok"
        assert not (await paper.status()).problem
        assert not printer.drawer_kicks
        await paper.open_drawer()
        await paper.status()  # it serves one connection after the other, so it is past the pulse now
        assert len(printer.drawer_kicks) == 1


async def test_without_a_printer_there_is_no_drawer_and_it_says_so(tmp_path: Path) -> None:
    async with shop(tmp_path, "sale", has_printer=False) as open_shop:
        open_shop.till.open_drawer()
        assert Notice("drawer.none") in open_shop.events
