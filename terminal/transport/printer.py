"""Bytes to a receipt printer, within a limit: over TCP (`tcp://host:9100`) or into a device (`/dev/usb/lp0`).

A printer that is out of paper stops taking bytes, so everything here has a deadline, and a device is written from a
worker thread that ends by itself.
"""

import asyncio
import os
import select
import time
import tty
from enum import StrEnum
from urllib.parse import urlsplit

from terminal.errors import DeviceError

# DLE EOT 4, answered at once even while printing, and the bits of its one byte (Epson's command reference).
ASK_PAPER = b"\x10\x04\x04"
FIXED_MASK, FIXED, PAPER_OUT, PAPER_LOW = 0x93, 0x12, 0x60, 0x0C
STATUS_WITHIN_S = 0.5
PORT = 9100  # "raw" or "JetDirect" printing


class Paper(StrEnum):
    """What the printer says of its paper. Many cheap ones say nothing: that is unknown, never fine."""

    OK = "ok"
    LOW = "low"
    OUT = "out"
    UNKNOWN = "unknown"


async def send_to_printer(url: str, data: bytes, *, timeout_s: float) -> None:
    """Hand `data` over to the printer; DeviceError says what is wrong and the way out."""
    try:
        async with asyncio.timeout(timeout_s):
            if url.startswith("tcp://"):
                await _send_over_tcp(url, data)
            else:
                await asyncio.to_thread(_write_to_device, url, data, timeout_s)
    except TimeoutError as error:
        raise DeviceError(f"printer {url} takes no data: check its paper and its cover") from error
    except (OSError, ValueError) as error:
        raise DeviceError(f"printer {url}: {error}: check that it is on, connected and rightly named") from error


async def paper_status(url: str, *, timeout_s: float = STATUS_WITHIN_S) -> Paper:
    """Ask a network printer for its paper; a device or a silent printer is UNKNOWN."""
    if not url.startswith("tcp://"):
        return Paper.UNKNOWN
    try:
        async with asyncio.timeout(timeout_s):
            return _paper(await _ask(url, ASK_PAPER))
    except (OSError, TimeoutError, ValueError):
        return Paper.UNKNOWN


async def _connected(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    address = urlsplit(url)
    return await asyncio.open_connection(address.hostname, address.port or PORT)


async def _send_over_tcp(url: str, data: bytes) -> None:
    _, writer = await _connected(url)
    try:
        writer.write(data)
        await writer.drain()
    finally:
        writer.close()
    await writer.wait_closed()


async def _ask(url: str, question: bytes) -> bytes:
    reader, writer = await _connected(url)
    try:
        writer.write(question)
        return await reader.read(1)
    finally:
        writer.close()


def _paper(answer: bytes) -> Paper:
    """A byte whose fixed bits are wrong is no status: then nothing is known."""
    if not answer or answer[0] & FIXED_MASK != FIXED:
        return Paper.UNKNOWN
    if answer[0] & PAPER_OUT:
        return Paper.OUT
    return Paper.LOW if answer[0] & PAPER_LOW else Paper.OK


def _write_to_device(path: str, data: bytes, timeout_s: float) -> None:
    deadline_s = time.monotonic() + timeout_s
    device = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        if os.isatty(device):
            tty.setraw(device)  # it would turn each LF into CR LF; its speed stays as the system has set it
        while data:
            ready = select.select([], [device], [], max(0.0, deadline_s - time.monotonic()))[1]
            if not ready:
                raise TimeoutError(path)
            data = data[os.write(device, data) :]
    finally:
        os.close(device)
