"""A TCP proxy that spoils what passes through it: a bad network between a till and its acquirers.

Each connection is spoilt in its own way, which is told by whoever made the proxy. Bytes are never changed, only late,
in pieces, or missing from some byte on.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto

READ = 65536
_RESET = struct.pack("ii", 1, 0)  # linger for no time: closing sends RST instead of FIN


class End(Enum):
    """What becomes of a connection at the byte where it is cut."""

    CLOSE = auto()  # both ways
    RESET = auto()
    HALF = auto()  # the one who reads hears that no more comes, and may still be heard
    SWALLOW = auto()  # it stays for as long as whoever sends keeps it, and nothing passes any more


@dataclass(frozen=True, slots=True)
class Way:
    """One direction of a connection."""

    delay_s: float = 0.0  # before each piece
    piece: int = READ  # bytes that pass at once
    cut_after: int | None = None  # bytes; None: never
    end: End = End.CLOSE


@dataclass(frozen=True, slots=True)
class Fault:
    """How a connection is spoilt, towards the acquirer and back; `refused`: it is closed before anything passes."""

    there: Way = Way()
    back: Way = Way()
    refused: bool = False


Draw = Callable[[], Fault]


class FaultProxy:
    """A context that listens on loopback ports of its own thread, in front of as many acquirers as are asked for."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault proxy", daemon=True)
        self._servers: list[asyncio.Server] = []
        self._lines: set[asyncio.Task[None]] = set()

    def __enter__(self) -> "FaultProxy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def before(self, host: str, port: int) -> int:
        """The port at which this address is now reached through the proxy."""
        return asyncio.run_coroutine_threadsafe(self._listen(host, port), self._loop).result()

    async def _listen(self, host: str, port: int) -> int:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line = asyncio.current_task()
            assert line is not None
            self._lines.add(line)  # the loop itself would forget it
            line.add_done_callback(self._lines.discard)
            with suppress(OSError):
                await self._carry(reader, writer, host, port)

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
        fault = self._draw()
        if fault.refused:
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection(host, port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass(reader, far_writer, fault.there, writer))
                both.create_task(_pass(far_reader, writer, fault.back, far_writer))
        except* (OSError, _Cut):
            pass  # one way is cut, so the other is
        finally:
            writer.close()
            far_writer.close()

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)


class _Cut(Exception):
    """The connection ends here."""


async def _pass(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, way: Way, sender: asyncio.StreamWriter
) -> None:
    """Everything from the one to the other, in its way; `sender` writes to whom `source` reads from."""
    passed = 0
    while data := await source.read(min(way.piece, READ)):
        await asyncio.sleep(way.delay_s)
        if way.cut_after is not None and passed + len(data) > way.cut_after:
            target.write(data[: way.cut_after - passed])
            await target.drain()
            await _end(way.end, source, target, sender)
            return
        target.write(data)
        await target.drain()
        passed += len(data)
    target.write_eof()


async def _end(
    end: End, source: asyncio.StreamReader, target: asyncio.StreamWriter, sender: asyncio.StreamWriter
) -> None:
    match end:
        case End.HALF:
            target.write_eof()
        case End.SWALLOW:
            while await source.read(READ):
                pass
        case End.RESET:
            for writer in (target, sender):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                writer.transport.abort()
            raise _Cut
        case End.CLOSE:
            raise _Cut
