"""Bytes to a receipt printer, within a limit: over TCP (`tcp://host:9100`) or into a device (`/dev/usb/lp0`).

A printer that is out of paper stops taking bytes, so it is asked first, everything here has a deadline, and a device
is spoken to from a worker thread that ends by itself.
"""

import asyncio
import os
import select
import time
import tty
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from terminal.errors import DeviceError

# DLE EOT n, answered at once even while printing, and the bits of its one byte (Epson's command reference).
ASK_PRINTER, ASK_CAUSE, ASK_PAPER = b"\x10\x04\x01", b"\x10\x04\x02", b"\x10\x04\x04"
FIXED_MASK, FIXED = 0x93, 0x12  # a byte without these bits is no status
PAPER_OUT, PAPER_LOW = 0x60, 0x0C
COVER_OPEN, FAULT, OFFLINE = 0x04, 0x40, 0x08
ASK_BEHIND = b"\x1d\x72\x01"  # GS r 1: the paper again, but answered once all before it is printed
STATUS_WITHIN_S, PRINTED_WITHIN_S = 0.5, 3.0
STATUS_LIMIT_S = 4 * STATUS_WITHIN_S  # three questions, and the way there
PORT = 9100  # "raw" or "JetDirect" printing


class Paper(StrEnum):
    """What the printer says of its paper. Many cheap ones say nothing: that is unknown, never fine."""

    OK = "ok"
    LOW = "low"
    OUT = "out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    paper: Paper = Paper.UNKNOWN
    is_cover_open: bool = False
    has_fault: bool = False  # its knife is stuck, its head too hot
    is_offline: bool = False  # for any of these reasons, or because somebody pressed its button

    @property
    def problem(self) -> str:
        """What keeps it from printing, and the way out; empty where nothing is known to."""
        if self.is_cover_open:
            return "its cover is open: close it"
        if self.paper is Paper.OUT:
            return "it is out of paper: put a new roll in"
        if self.has_fault:
            return "it reports a fault: switch it off and on, and look at its knife"
        return "it is offline: press its button" if self.is_offline else ""


Conversation = Generator[bytes, bytes, PrinterStatus]  # yields a question, is sent the answer: one byte, or none


async def print_when_ready(url: str, data: bytes, *, timeout_s: float) -> PrinterStatus:
    """Ask the printer how it is, then hand `data` over; DeviceError says what is wrong and the way out."""
    return await _converse(url, data, timeout_s)


async def send_to_printer(url: str, data: bytes, *, timeout_s: float) -> None:
    """Hand `data` over as it is, with no question first; DeviceError as above."""
    await _converse(url, data, timeout_s, asks=False)


async def printer_status(url: str) -> PrinterStatus:
    """How the printer is; DeviceError where it is not there. A silent one is UNKNOWN, after half a second."""
    return await _converse(url, b"", STATUS_LIMIT_S)


async def _converse(url: str, data: bytes, timeout_s: float, *, asks: bool = True) -> PrinterStatus:
    try:
        async with asyncio.timeout(timeout_s):
            status = await (_over_tcp if url.startswith("tcp://") else _into_device)(url, data, timeout_s, asks=asks)
    except TimeoutError as error:
        raise DeviceError(f"printer {url} takes no data: check its paper and its cover") from error
    except (OSError, ValueError) as error:
        raise DeviceError(f"printer {url}: {error}: check that it is on, connected and rightly named") from error
    if data and status.problem:
        raise DeviceError(f"printer {url}: {status.problem}; then this is printed")
    return status


def _asking() -> Conversation:
    """A printer that does not say how its paper is will not say more."""
    answer = yield ASK_PAPER
    if not _is_status(answer):
        return PrinterStatus()
    paper = Paper.OUT if answer[0] & PAPER_OUT else Paper.LOW if answer[0] & PAPER_LOW else Paper.OK
    cause = _bits((yield ASK_CAUSE))
    printer = _bits((yield ASK_PRINTER))
    return PrinterStatus(paper, bool(cause & COVER_OPEN), bool(cause & FAULT), bool(printer & OFFLINE))


def _bits(answer: bytes) -> int:
    return answer[0] if _is_status(answer) else 0


def _is_status(answer: bytes) -> bool:
    return len(answer) == 1 and answer[0] & FIXED_MASK == FIXED


async def _over_tcp(url: str, data: bytes, _timeout_s: float, *, asks: bool) -> PrinterStatus:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port or PORT)
    try:
        status = await _asked_over_tcp(reader, writer) if asks else PrinterStatus()
        if data and not status.problem:
            answers = status.paper is not Paper.UNKNOWN
            writer.write(data + ASK_BEHIND if answers else data)
            await writer.drain()
            if answers:
                await _until_printed(reader)
            writer.close()
            await writer.wait_closed()  # raises where the printer went away before it had all
    finally:
        writer.close()
    return status


async def _until_printed(reader: asyncio.StreamReader) -> None:
    """Until it answers what it was asked behind the paper; ConnectionError where it goes away instead."""
    with suppress(TimeoutError):  # it is there, and slow, or does not know the question
        if not await _one_byte(reader, PRINTED_WITHIN_S):
            raise ConnectionError("it went away before all was printed")


async def _one_byte(reader: asyncio.StreamReader, within_s: float) -> bytes:
    """Empty where it went away; raises TimeoutError."""
    async with asyncio.timeout(within_s):  # not wait_for, which on 3.11 may swallow a cancellation: no till would stop
        return await reader.read(1)


async def _asked_over_tcp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> PrinterStatus:
    conversation = _asking()
    question = next(conversation)
    while True:
        writer.write(question)
        answer = b""
        with suppress(TimeoutError, ConnectionError):
            answer = await _one_byte(reader, STATUS_WITHIN_S)
        try:
            question = conversation.send(answer)
        except StopIteration as end:
            status: PrinterStatus = end.value
            return status


async def _into_device(path: str, data: bytes, timeout_s: float, *, asks: bool) -> PrinterStatus:
    return await asyncio.to_thread(_with_device, path, data, timeout_s, asks=asks)


def _with_device(path: str, data: bytes, timeout_s: float, *, asks: bool) -> PrinterStatus:
    deadline_s = time.monotonic() + timeout_s
    device = os.open(path, (os.O_RDWR if asks else os.O_WRONLY) | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        if os.isatty(device):
            tty.setraw(device)  # it would turn each LF into CR LF; its speed stays as the system has set it
        status = _asked_of_device(device, deadline_s) if asks else PrinterStatus()
        if not status.problem:
            _write_all(device, data, deadline_s)
        return status
    finally:
        os.close(device)


def _asked_of_device(device: int, deadline_s: float) -> PrinterStatus:
    conversation = _asking()
    question = next(conversation)
    while True:
        _write_all(device, question, deadline_s)
        answer = b""
        with suppress(OSError):  # USB printers that cannot be read from at all
            if select.select([device], [], [], STATUS_WITHIN_S)[0]:
                answer = os.read(device, 1)
        try:
            question = conversation.send(answer)
        except StopIteration as end:
            status: PrinterStatus = end.value
            return status


def _write_all(device: int, data: bytes, deadline_s: float) -> None:
    while data:
        ready = select.select([], [device], [], max(0.0, deadline_s - time.monotonic()))[1]
        if not ready:
            raise TimeoutError("the device takes no more")
        data = data[os.write(device, data) :]
