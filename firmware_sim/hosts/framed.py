"""Puts a host behind a framed line on this machine: two bytes of length, then the message, over TCP.

As `http.py` does for the others: a request is one whole frame, length included, and what a fault wants done to the
reply is done to its bytes. One connection carries any number of frames, one after the other.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from firmware_sim.faults import Delivery
from firmware_sim.hosts.host import HELD, NOTHING, Host, Played
from terminal.scheme import Reply, Request

ADDRESS = "127.0.0.1"
LENGTH = 2  # bytes of length before each message, big end first
UNHEARD = 4096  # bytes at a time
HELD_S = 0.5  # between two looks at whether the customer has decided


@dataclass(frozen=True, slots=True)
class Line:
    """A server that is up; `url` is the `base_url` of a till's contract."""

    url: str
    _server: asyncio.Server
    _lines: set[asyncio.Task[None]]

    async def close(self) -> None:
        self._server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)


async def listen(host: Host, port: int = 0) -> Line:
    """Serve the host on a port of 127.0.0.1, any free one for 0; raises OSError where it is taken."""
    lines: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.current_task()
        assert line is not None
        lines.add(line)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await _carry(host, reader, writer)
        finally:
            lines.discard(line)
            writer.close()

    server = await asyncio.start_server(connected, ADDRESS, port)
    return Line(f"tcp://{ADDRESS}:{server.sockets[0].getsockname()[1]}", server, lines)


async def _carry(host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Frame by frame until either end hangs up."""
    while True:
        length = await reader.readexactly(LENGTH)
        frame = length + await reader.readexactly(int.from_bytes(length))
        request = Request("", "", {}, frame)
        played = host.play(request)
        while played.reply == HELD:
            await host.clock.sleep(HELD_S)
            played = replace(played, reply=host.answer(request))
        if played.reply == NOTHING:
            return
        if played.delivery is Delivery.LATE:
            await host.clock.sleep(host.late_s)
        if played.delivery is Delivery.SILENCE:
            while await reader.read(UNHEARD):  # until the other end hangs up: nothing it says is heard any more
                pass
            return
        for piece in _pieces(played):
            writer.write(piece)
            await writer.drain()
        if played.delivery in (Delivery.NONE, Delivery.CUT):
            return


def _pieces(played: Played) -> Iterator[bytes]:
    """What is written, one segment each."""
    match played:
        case Played(Reply() as reply, Delivery.WHOLE | Delivery.LATE):
            yield reply.body
        case Played(Reply() as reply, Delivery.CUT):
            yield reply.body[: -(len(reply.body) // 2) - 1]
        case Played(Reply() as reply, Delivery.TWICE):
            yield reply.body * 2
        case Played(Reply() as reply, Delivery.SPLIT):
            yield from (bytes([byte]) for byte in reply.body)
