import asyncio
import os
import socket
import tty
from asyncio.trsock import TransportSocket
from pathlib import Path

import pytest

from firmware_sim.devices.printer import Printer
from terminal.errors import DeviceError
from terminal.transport.printer import Paper, paper_status, send_to_printer

RECEIPT = b"\x1b@hello\n\x1dVB\x00"
DEADLINE_S = 10.0


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
        assert await paper_status(printer.url, timeout_s=DEADLINE_S) == Paper(roll)


@pytest.mark.parametrize("answer", [b"", b"\x00", b"\xff", b"\x82"])
async def test_an_answer_that_is_none_is_unknown_and_never_fine(answer: bytes) -> None:
    async def reply(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(reply, "127.0.0.1", 0)
    async with server:
        assert await paper_status(_url(server.sockets[0]), timeout_s=DEADLINE_S) is Paper.UNKNOWN


async def test_a_silent_printer_and_a_device_are_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert await paper_status(_url(silent), timeout_s=0.05) is Paper.UNKNOWN
    assert await paper_status("/dev/usb/lp0") is Paper.UNKNOWN


def _url(door: "socket.socket | TransportSocket") -> str:
    return f"tcp://127.0.0.1:{door.getsockname()[1]}"
