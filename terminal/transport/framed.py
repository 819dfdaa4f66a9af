"""Carries one frame to an acquirer over TCP and brings its reply back, or says how far it got.

The contract is that of `http.py`: `NotSent` only while no connection stood, `NoAnswer` from the first byte on, nothing
ever sent twice. A frame is two bytes of length, big end first, and as many more; where a network has cut it does not
matter. One exchange at a time: a line has no other way of telling which reply is whose.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from terminal.errors import ConfigError, NoAnswer, NotSent
from terminal.scheme import Reply, Request

LENGTH_BYTES = 2
LONGEST_FRAME = 4096  # bytes: far beyond any answer
MOST_STRAYS = 8  # frames that answer something else, before the line is given up
IDLE_LINE_S = 30.0  # a line unused for longer may have been forgotten by a firewall, which tells nobody

IsReply = Callable[[bytes, bytes], bool]  # (request, frame): whether the one answers the other
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class FramedTransport:
    """One acquirer's address, `tcp://host:port`. Belongs to the loop on which it is first used.

    There is a connection for each exchange, as terminals dial in, unless `is_reply` is given: then the connection is
    kept, and frames that answer an earlier request are dropped. One on which an exchange failed is never used again,
    so what comes late goes with it.
    """

    def __init__(self, base_url: str, is_reply: IsReply | None = None) -> None:
        self.base_url = base_url
        self._host, self._port = _address(base_url)
        self._is_reply = is_reply
        self._turn = asyncio.Lock()
        self._kept: Line | None = None
        self._kept_until_s = 0.0  # the loop's time

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        """Send the frame once and wait at most `timeout_s` real seconds; raises NotSent or NoAnswer.

        The reply has no status (0) and no headers: its body is a frame, length included.
        """
        is_sent = False
        try:
            async with asyncio.timeout(timeout_s), self._turn, self._line() as (reader, writer):
                is_sent = True
                writer.write(request.body)
                await writer.drain()
                return Reply(0, {}, await self._reply(reader, request.body))
        except (OSError, asyncio.IncompleteReadError) as error:  # a TimeoutError is an OSError
            if not is_sent:
                raise NotSent(f"no connection to {self.base_url}") from error
            raise NoAnswer(f"no whole reply from {self.base_url} ({type(error).__name__})") from error

    async def close(self) -> None:
        if self._kept is not None:
            self._kept[1].close()
            self._kept = None

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[Line]:
        """The line, hung up on afterwards, unless all went well and it is to be kept."""
        line = self._still_fit() or await asyncio.open_connection(self._host, self._port)
        try:
            yield line
        except BaseException:
            line[1].close()
            raise
        if self._is_reply is None:
            line[1].close()
        else:
            self._kept, self._kept_until_s = line, asyncio.get_running_loop().time() + IDLE_LINE_S

    def _still_fit(self) -> Line | None:
        """The line that was kept, unless it is closed as far as can be seen from here, or old."""
        line, self._kept = self._kept, None
        if line is None:
            return None
        reader, writer = line
        if not (reader.at_eof() or writer.is_closing()) and asyncio.get_running_loop().time() < self._kept_until_s:
            return line
        writer.close()
        return None

    async def _reply(self, reader: asyncio.StreamReader, request: bytes) -> bytes:
        for _ in range(MOST_STRAYS):
            frame = await self._frame(reader)
            if self._is_reply is None or self._is_reply(request, frame):
                return frame
        raise NoAnswer(f"{self.base_url} answers something else")

    async def _frame(self, reader: asyncio.StreamReader) -> bytes:
        head = await reader.readexactly(LENGTH_BYTES)
        if LENGTH_BYTES + int.from_bytes(head, "big") > LONGEST_FRAME:
            raise NoAnswer(f"{self.base_url} announces more than {LONGEST_FRAME} bytes")
        return head + await reader.readexactly(int.from_bytes(head, "big"))


def _address(base_url: str) -> tuple[str, int]:
    """Host and port; raises ConfigError."""
    try:
        url = urlsplit(base_url)
        scheme, host, port = url.scheme, url.hostname, url.port
    except ValueError:  # brackets that do not close, a port that is none
        scheme, host, port = "", None, None
    if scheme != "tcp" or not host or not port:
        raise ConfigError(f"base_url = {base_url!r}: a framed line is tcp://host:port")
    return host, port
