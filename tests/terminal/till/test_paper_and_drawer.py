"""A till with a printer: receipts that wait for a new roll, and the drawer that hangs on it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from firmware_sim.devices.printer import Printer
from terminal.config import PrinterConfig, TillConfig
from terminal.money import Money
from terminal.steps import Notice, Phase
from terminal.till.paper import Paper

DEADLINE_S = 60.0
TWELVE_FIFTY = Money(1250)
CODE = "6212345678901234567"
COPY = "重印副本"

Opens = Callable[..., Any]


@pytest.fixture
async def opened(open_counter: Opens, printer: Printer) -> Opens:
    """A till with this printer, whose drawer opens when the bill says so."""
    return lambda drawer: open_counter(
        takes={"unionpay": ("unionpay",)}, printer=PrinterConfig(printer.url, drawer=drawer)
    )


async def papers(printer: Printer, count: int) -> list[str]:
    fell = await asyncio.to_thread(printer.wait_for_papers, count, timeout_s=DEADLINE_S)
    return [paper.text for paper in fell]


async def test_the_till_sells_on_without_paper_and_prints_each_receipt_once_on_the_new_roll(
    opened: Opens, printer: Printer
) -> None:
    counter = opened("never")
    printer.roll = "out"
    orders = [await counter.sell(TWELVE_FIFTY, CODE[:-1] + str(number)) for number in range(3)]
    await counter.until(lambda: any("out of paper" in one.detail for one in counter.till.snapshot.devices))
    assert not printer.papers
    printer.roll = "ok"
    receipts = await papers(printer, 3)
    counter.till.reprint()
    copy = (await papers(printer, 4))[-1]
    counter.till.reprint("nobody's")
    counter.till.reprint(orders[0])
    older = (await papers(printer, 5))[-1]
    assert (orders[0] in older, COPY in older) == (True, True)
    assert [order in receipt for order, receipt in zip(orders, receipts, strict=True)] == [True] * 3
    assert orders[-1] in copy
    assert COPY in copy
    assert not any(COPY in receipt for receipt in receipts)


@pytest.mark.parametrize(("drawer", "after_sale", "after_refund"), [("never", 0, 0), ("sale", 1, 1), ("refund", 0, 1)])
async def test_it_opens_once_at_what_the_bill_says_and_never_for_a_copy(
    opened: Opens, printer: Printer, drawer: str, after_sale: int, after_refund: int
) -> None:
    counter = opened(drawer)
    order_id = await counter.sell(TWELVE_FIFTY, CODE)
    counter.till.reprint()
    await papers(printer, 2)
    assert len(printer.drawer_kicks) == after_sale
    counter.till.dismiss()
    counter.till.refund(order_id, TWELVE_FIFTY)
    await counter.ends(Phase.REFUNDED)
    await counter.until(lambda: len(printer.drawer_kicks) >= after_refund)
    counter.till.reprint()  # by the time this has been printed, a pulse too many would have come
    await papers(printer, 3)
    assert len(printer.drawer_kicks) == after_refund


async def test_the_cashier_opens_it(opened: Opens, printer: Printer) -> None:
    counter = opened("never")
    counter.till.open_drawer()
    await counter.until(lambda: printer.is_drawer_open)
    (kick,) = printer.drawer_kicks
    assert (kick.pin, kick.pulse_ms) == (2, 50)


async def test_a_printer_that_cannot_now_is_not_left_with_a_pulse_for_later(printer: Printer) -> None:
    paper = Paper(PrinterConfig(printer.url), TillConfig())
    printer.roll = "out"
    assert "out of paper" in (await paper.open_drawer()).problem
    printer.roll = "ok"
    assert not (await paper.status()).problem
    assert not printer.drawer_kicks
    await paper.open_drawer()
    await paper.status()  # it serves one connection after the other, so it is past the pulse now
    assert len(printer.drawer_kicks) == 1


async def test_without_a_printer_there_is_no_drawer_and_it_says_so(open_counter: Opens) -> None:
    counter = open_counter()
    counter.till.open_drawer()
    assert Notice("drawer.none") in counter.events
