"""Connections that are cut anywhere: the till's own carriers speak over these, and every byte is the loop's.

A request arrives in pieces, is put together as a server would, and goes to the network whole; a reply goes back in
pieces. Where a piece ends is drawn, and so is where a connection ends that is closed in the middle of either.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from firmware_sim.hosts.http import raw
from firmware_sim.simulation.chance import Mishap
from firmware_sim.simulation.line import REFUSED_AFTER_S, CutShort, Line, Said, Waiting
from firmware_sim.simulation.loop import SimLoop
from terminal.scheme import Line as Kind
from terminal.scheme import Reply, Request
from terminal.transport.framed import LENGTH_BYTES, FramedTransport
from terminal.transport.http import HttpTransport

LONGEST_WAIT_S = 120.0  # nobody listens for longer
PIECE_S = 1e-5  # from one piece to the next
MOST_PIECES = 12
HEAD_ENDS = b"\r\n\r\n"


class SocketLine:
    """A till's carrier to one acquirer, down to the bytes: `terminal.till.performer.Carrier`."""

    def __init__(self, line: Line, name: str, kind: Kind, loop: SimLoop, rng: random.Random) -> None:
        self._line = line
        self._kind = kind
        self._loop = loop
        self._rng = rng
        loop.addresses[name] = self._connect
        self._carrier = FramedTransport(f"tcp://{name}:1") if kind is Kind.FRAMED else HttpTransport(f"http://{name}")

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        return await self._carrier.exchange(request, timeout_s=timeout_s)

    async def close(self) -> None:
        await self._carrier.close()

    async def _connect(self, protocol: asyncio.Protocol) -> asyncio.Transport:
        mishap = self._line.mishap()
        if self._line.is_refused(mishap):
            await asyncio.sleep(REFUSED_AFTER_S)
            raise ConnectionRefusedError
        connection = _Connection(self._line, mishap, self._kind, self._loop, self._rng, protocol)
        protocol.connection_made(connection)
        return connection


class _Connection(asyncio.Transport):
    """One exchange's. What the till writes comes in pieces to the other end, which is here too."""

    def __init__(
        self,
        line: Line,
        mishap: Mishap,
        kind: Kind,
        loop: SimLoop,
        rng: random.Random,
        protocol: asyncio.Protocol,
    ) -> None:
        super().__init__()
        self._line = line
        self._mishap = mishap
        self._kind = kind
        self._loop = loop
        self._rng = rng
        self._protocol = protocol
        self._heard = bytearray()
        self._waiting: Waiting | None = None
        self._is_closing = False

    # As a transport.

    def write(self, data: Any) -> None:
        self._in_pieces(bytes(data), self._hear)

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            if self._waiting is not None:
                self._waiting.end()
            self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol), "bytes come as they come"
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def pause_reading(self) -> None:
        """Nothing is read: it is brought."""

    def resume_reading(self) -> None:
        """Likewise."""

    # The other end.

    def _hear(self, piece: bytes) -> None:
        if self._waiting is not None or not self._line.is_live:
            return
        self._heard += piece
        request = _framed(bytes(self._heard)) if self._kind is Kind.FRAMED else _request(bytes(self._heard))
        if request is None:
            return
        if self._mishap.name == "cut_request":  # its last bytes never came
            self.close()
            return
        self._waiting = self._line.send(request, LONGEST_WAIT_S, self._told, self._mishap)

    def _told(self, said: Said) -> None:
        if isinstance(said, Reply):
            self._in_pieces(self._bytes(said), self._bring)
        elif isinstance(said, CutShort):
            whole = self._bytes(said.reply)
            self._in_pieces(whole[: int(said.part * len(whole))], self._bring)
            self._loop.call_later(MOST_PIECES * PIECE_S, self.close)

    def _bytes(self, reply: Reply) -> bytes:
        if self._kind is Kind.FRAMED:
            return reply.body
        return raw(replace(reply, headers={**reply.headers, "connection": "close"}))

    def _bring(self, piece: bytes) -> None:
        if not self._is_closing:
            self._protocol.data_received(piece)

    def _in_pieces(self, data: bytes, bring: Callable[[bytes], None]) -> None:
        cuts = sorted(self._rng.randrange(len(data) + 1) for _ in range(self._rng.randrange(MOST_PIECES)))
        for number, (start, end) in enumerate(zip((0, *cuts), (*cuts, len(data)), strict=True)):
            if start != end:
                self._loop.call_later(number * PIECE_S, bring, data[start:end])


def _framed(data: bytes) -> Request | None:
    """A frame, once it is whole."""
    length = LENGTH_BYTES + int.from_bytes(data[:LENGTH_BYTES])
    return Request("", "", {}, data) if len(data) >= LENGTH_BYTES and length <= len(data) else None


def _request(data: bytes) -> Request | None:
    """An HTTP request, once it is whole; the path as it was sent."""
    head, end, body = data.partition(HEAD_ENDS)
    if not end:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    if len(body) < int(headers.get("content-length", 0)):
        return None
    method, target, _ = first.split(" ")
    url = urlsplit(target)
    return Request(method, f"{url.path}?{url.query}" if url.query else url.path, headers, body)


@contextmanager
def virtual_sockets() -> Iterator[None]:
    """While it lasts, aiohttp's clients connect by their loop alone: no name is looked up and no socket opened."""
    whole = aiohttp.TCPConnector._create_connection  # noqa: SLF001 - its one seam below sessions and pools

    async def connect(self: aiohttp.TCPConnector, req: Any, traces: Any, timeout: Any) -> Any:
        if not isinstance(self._loop, SimLoop):
            return await whole(self, req, traces, timeout)
        try:
            _, protocol = await self._loop.create_connection(self._factory, req.url.host, req.url.port)
        except OSError as error:
            raise aiohttp.ClientConnectorError(req.connection_key, error) from error
        return protocol

    aiohttp.TCPConnector._create_connection = connect  # type: ignore[method-assign]  # noqa: SLF001
    try:
        yield
    finally:
        aiohttp.TCPConnector._create_connection = whole  # type: ignore[method-assign]  # noqa: SLF001
