"""Paper that cannot be printed now is printed later, in its order, and a new roll is noticed by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from firmware_sim.devices.printer import Printer
from terminal.errors import DeviceError
from terminal.steps import DeviceState
from terminal.till.printing import PrintQueue
from terminal.transport.printer import Paper, PrinterStatus, print_when_ready, printer_status

DEADLINE_S = 60.0


@pytest.fixture(autouse=True)
def soon(mocker: MockerFixture) -> None:
    mocker.patch("terminal.till.printing.AGAIN_S", 0.01)


def receipt(printer: Printer, text: str) -> Callable[[], Awaitable[PrinterStatus]]:
    return lambda: print_when_ready(printer.url, text.encode() + b"\n\x1dVB\x00", timeout_s=DEADLINE_S)


async def until(states: list[DeviceState], *, up: bool, said: str = "") -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not (states and states[-1].up is up and said in states[-1].detail):
            await asyncio.sleep(0.005)


async def test_out_of_paper_is_said_once_and_all_of_it_is_printed_in_order_on_the_new_roll(tmp_path: Path) -> None:
    states: list[DeviceState] = []
    queue = PrintQueue(states.append)
    with Printer(tmp_path) as printer:
        printer.roll = "out"
        printing = [asyncio.create_task(queue.print(receipt(printer, str(number)))) for number in range(3)]
        await until(states, up=False, said="out of paper")
        printer.roll = "ok"
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.gather(*printing)
        papers = await asyncio.to_thread(printer.wait_for_papers, 3, timeout_s=DEADLINE_S)
    assert [paper.text for paper in papers] == ["0", "1", "2"]
    assert [state.up for state in states] == [False, True]


@pytest.mark.parametrize(("fault", "said"), [("is_cover_open", "cover"), ("has_fault", "fault")])
async def test_a_printer_that_was_opened_goes_on_when_it_is_closed(tmp_path: Path, fault: str, said: str) -> None:
    states: list[DeviceState] = []
    queue = PrintQueue(states.append)
    with Printer(tmp_path) as printer:
        setattr(printer, fault, True)
        printing = asyncio.create_task(queue.print(receipt(printer, "later")))
        await until(states, up=False, said=said)
        setattr(printer, fault, False)
        async with asyncio.timeout(DEADLINE_S):
            await printing
        (paper,) = await asyncio.to_thread(printer.wait_for_papers, 1, timeout_s=DEADLINE_S)
    assert paper.text == "later"


async def test_a_printer_that_is_switched_off_prints_when_it_is_on_again(tmp_path: Path) -> None:
    states: list[DeviceState] = []
    queue, printer = PrintQueue(states.append), Printer(tmp_path)
    printer.plug()
    printer.unplug()
    printing = asyncio.create_task(queue.print(receipt(printer, "on again")))
    await until(states, up=False, said="check that it is on")
    with printer:
        async with asyncio.timeout(DEADLINE_S):
            await printing
        await asyncio.to_thread(printer.wait_for_papers, 1, timeout_s=DEADLINE_S)
    assert states[-1].up


async def test_a_roll_that_runs_low_is_said() -> None:
    async def printed() -> PrinterStatus:
        return PrinterStatus(Paper.LOW)

    states: list[DeviceState] = []
    await PrintQueue(states.append).print(printed)
    assert states[0].up
    assert "running low" in states[0].detail


async def test_who_gives_up_waiting_lets_the_next_one_in() -> None:
    async def never() -> PrinterStatus:
        raise DeviceError("out of paper")

    async def printed() -> PrinterStatus:
        return PrinterStatus(Paper.OK)

    states: list[DeviceState] = []
    queue = PrintQueue(states.append)
    first = asyncio.create_task(queue.print(never))
    await until(states, up=False)
    second = asyncio.create_task(queue.print(printed))
    first.cancel()
    async with asyncio.timeout(DEADLINE_S):
        await second
    assert states[-1].up


async def test_the_next_paper_is_not_tried_before_its_turn() -> None:
    tried: list[str] = []
    cured = asyncio.Event()

    async def first() -> PrinterStatus:
        tried.append("first")
        if len(tried) < 3:
            raise DeviceError("out of paper")
        await cured.wait()
        return PrinterStatus(Paper.OK)

    async def second() -> PrinterStatus:
        tried.append("second")
        return PrinterStatus(Paper.OK)

    queue = PrintQueue(lambda _: None)
    printing = [asyncio.create_task(queue.print(first)), asyncio.create_task(queue.print(second))]
    async with asyncio.timeout(DEADLINE_S):
        while len(tried) < 3:
            await asyncio.sleep(0.005)
        cured.set()
        await asyncio.gather(*printing)
    assert tried == ["first", "first", "first", "second"]


async def watching(queue: PrintQueue, printer: Printer) -> "asyncio.Task[None]":
    return asyncio.create_task(queue.watch(lambda: printer_status(printer.url)))


async def test_between_papers_it_is_said_how_the_printer_is(tmp_path: Path, mocker: MockerFixture) -> None:
    mocker.patch("terminal.till.printing.LOOK_S", 0.01)
    states: list[DeviceState] = []
    queue, printer = PrintQueue(states.append), Printer(tmp_path)
    with printer:
        watch = await watching(queue, printer)
        await until(states, up=True)
        printer.roll = "low"
        await until(states, up=True, said="running low")
        printer.roll = "out"
        await until(states, up=False, said="out of paper")
        printer.roll, printer.is_cover_open = "ok", True
        await until(states, up=False, said="cover is open")
        printer.is_cover_open, printer.is_paused = False, True
        await until(states, up=False, said="offline")
        printer.is_paused = False
        await until(states, up=True)
    await until(states, up=False, said="check that it is on")
    watch.cancel()


async def test_a_printer_that_is_asked_how_it_is_loses_no_paper_and_mixes_none(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    mocker.patch("terminal.till.printing.LOOK_S", 0.0)
    queue, numbers = PrintQueue(lambda _: None), [str(number) for number in range(20)]
    with Printer(tmp_path) as printer:
        watch = await watching(queue, printer)
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.gather(*(queue.print(receipt(printer, number)) for number in numbers))
        papers = await asyncio.to_thread(printer.wait_for_papers, len(numbers), timeout_s=DEADLINE_S)
        watch.cancel()
    assert [paper.text for paper in papers] == numbers


async def test_out_of_turn_is_tried_once_though_paper_waits(tmp_path: Path) -> None:
    states: list[DeviceState] = []
    queue = PrintQueue(states.append)
    with Printer(tmp_path) as printer:
        printer.roll = "out"
        waiting = asyncio.create_task(queue.print(receipt(printer, "waits")))
        await until(states, up=False)
        assert "out of paper" in await queue.tried(lambda: printer_status(printer.url))
        assert not waiting.done()
        waiting.cancel()
