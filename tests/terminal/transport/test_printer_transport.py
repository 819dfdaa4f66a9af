import asyncio
import os
import socket
import tty
from asyncio.trsock import TransportSocket
from pathlib import Path

import pytest

from firmware_sim.devices.printer import Printer
from terminal.errors import DeviceError
from terminal.transport.printer import (
    Paper,
    PrinterStatus,
    _one_byte,
    print_when_ready,
    printer_status,
    send_to_printer,
)

CUT = b"\n\x1dVB\x00"
RECEIPT = b"\x1b@hello" + CUT
DEADLINE_S = 60.0


async def test_bytes_go_to_a_network_printer_as_they_are(tmp_path: Path) -> None:
    with Printer(tmp_path) as printer:
        await send_to_printer(printer.url, RECEIPT, timeout_s=DEADLINE_S)
        (paper,) = await asyncio.to_thread(printer.wait_for_papers, 1, timeout_s=DEADLINE_S)
    assert paper.raw == RECEIPT


async def test_bytes_go_into_a_device_with_no_line_feed_translated() -> None:
    device, host_side = os.openpty()
    try:
        await send_to_printer(os.ttyname(host_side), RECEIPT, timeout_s=DEADLINE_S)
        assert os.read(device, 100) == RECEIPT
    finally:
        os.close(device)
        os.close(host_side)


async def test_a_device_that_takes_no_more_is_given_up_in_time() -> None:
    device, host_side = os.openpty()
    tty.setraw(host_side)
    try:
        with pytest.raises(DeviceError, match="check its paper"):
            await send_to_printer(os.ttyname(host_side), b"x" * 1_000_000, timeout_s=0.2)
    finally:
        os.close(device)
        os.close(host_side)


async def test_a_network_printer_that_takes_no_more_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(DeviceError, match="takes no data"):
        await send_to_printer(_url(deaf), b"x" * 50_000_000, timeout_s=0.2)


async def test_a_printer_that_is_not_there_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = _url(gone)
    for nowhere in (url, str(tmp_path / "lp0"), str(tmp_path), "tcp://127.0.0.1:70000"):
        with pytest.raises(DeviceError, match="check that it is on") as caught:
            await send_to_printer(nowhere, RECEIPT, timeout_s=DEADLINE_S)
        assert nowhere in str(caught.value)


@pytest.mark.parametrize("roll", ["ok", "low", "out"])
async def test_a_printer_is_asked_for_its_paper(tmp_path: Path, roll: str) -> None:
    with Printer(tmp_path) as printer:
        printer.roll = roll
        assert (await printer_status(printer.url)).paper == Paper(roll)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"roll": "out"}, "out of paper"),
        ({"is_cover_open": True}, "cover is open"),
        ({"has_fault": True}, "fault"),
        ({"is_paused": True}, "offline"),
    ],
)
async def test_a_printer_that_cannot_print_is_not_sent_anything(
    tmp_path: Path, fault: dict[str, object], said: str
) -> None:
    with Printer(tmp_path) as printer:
        for name, value in fault.items():
            setattr(printer, name, value)
        with pytest.raises(DeviceError, match=said):
            await print_when_ready(printer.url, RECEIPT, timeout_s=DEADLINE_S)
        printer.roll, printer.is_cover_open, printer.has_fault, printer.is_paused = "low", False, False, False
        assert (await print_when_ready(printer.url, b"later" + CUT, timeout_s=DEADLINE_S)).paper is Paper.LOW
        (paper,) = await asyncio.to_thread(printer.wait_for_papers, 1, timeout_s=DEADLINE_S)
    assert paper.raw == b"later" + CUT


@pytest.mark.parametrize(
    ("answers", "paper"),
    [
        ((b"\x12", b"\x12", b"\x12"), Paper.OK),
        ((b"\x7e", b"\x32", b"\x1a"), Paper.OUT),
        ((b"\x1e", b"?", b"?"), Paper.LOW),
    ],
)
async def test_a_printer_that_is_a_device_is_asked_too(answers: tuple[bytes, ...], paper: Paper) -> None:
    device, host_side = os.openpty()
    tty.setraw(host_side)

    def answer() -> list[bytes]:
        questions = []
        for byte in answers:
            questions.append(os.read(device, 3))
            os.write(device, byte)
        return questions

    try:
        asked = asyncio.create_task(asyncio.to_thread(answer))
        assert (await printer_status(os.ttyname(host_side))).paper is paper
        assert await asked == [b"\x10\x04\x04", b"\x10\x04\x02", b"\x10\x04\x01"]
    finally:
        os.close(device)
        os.close(host_side)


async def test_a_device_that_says_nothing_is_printed_on_all_the_same() -> None:
    device, host_side = os.openpty()
    tty.setraw(host_side)
    try:
        status = await print_when_ready(os.ttyname(host_side), RECEIPT, timeout_s=DEADLINE_S)
        assert status.paper is Paper.UNKNOWN
        came, sent = b"", b"\x10\x04\x04" + RECEIPT
        while len(came) < len(sent):
            came += os.read(device, 100)
        assert came == sent
    finally:
        os.close(device)
        os.close(host_side)


async def test_a_printer_that_is_unplugged_with_the_receipt_on_its_way_has_not_printed_it() -> None:
    async def printer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            await reader.readexactly(3)
            writer.write(b"\x12")
        await reader.readexactly(3)  # of the receipt, which the till's kernel has taken in whole
        writer.transport.abort()

    server = await asyncio.start_server(printer, "127.0.0.1", 0)
    async with server:
        with pytest.raises(DeviceError, match="check that it is on"):
            await print_when_ready(_url(server.sockets[0]), RECEIPT, timeout_s=DEADLINE_S)


@pytest.mark.parametrize("answer", [b"", b"\x00", b"\xff", b"\x82"])
async def test_an_answer_that_is_none_is_unknown_and_never_fine(answer: bytes) -> None:
    async def reply(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(reply, "127.0.0.1", 0)
    async with server:
        assert (await printer_status(_url(server.sockets[0]))).paper is Paper.UNKNOWN


async def test_a_silent_printer_is_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert await printer_status(_url(silent)) == PrinterStatus()


def _url(door: "socket.socket | TransportSocket") -> str:
    return f"tcp://127.0.0.1:{door.getsockname()[1]}"


@pytest.mark.parametrize("turns", range(5))
async def test_whoever_waits_for_an_answer_can_be_stopped_also_as_it_comes(turns: int) -> None:
    reader = asyncio.StreamReader()
    waiting = asyncio.create_task(_one_byte(reader, DEADLINE_S))
    await asyncio.sleep(0)
    reader.feed_data(b"\x12")
    for _ in range(turns):
        await asyncio.sleep(0)
    if waiting.cancel():
        with pytest.raises(asyncio.CancelledError):
            await waiting
    else:
        assert waiting.result() == b"\x12"
