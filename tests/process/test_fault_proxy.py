"""The proxy passes bytes unchanged, and ends connections where it was told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import fault_proxy as proxy
import pytest

WITHIN_S = 60.0


ALL = bytes(range(256)) * 20


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """A server that says back what it is told, until it is told no more."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(await reader.read())
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def said_back(port: int, data: bytes) -> bytes:
    async with asyncio.timeout(WITHIN_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(data)
            writer.write_eof()
            return await reader.read()
        finally:
            writer.close()


async def spoilt(port: int, fault: object) -> bytes:
    with proxy.FaultProxy(lambda: fault) as between:
        return await said_back(await asyncio.to_thread(between.before, "127.0.0.1", port), ALL)


@pytest.mark.parametrize(
    "fault", [proxy.Fault(), proxy.Fault(proxy.Way(piece=7), proxy.Way(piece=1000, delay_s=0.001))]
)
async def test_what_passes_is_not_changed(echo: int, fault: object) -> None:
    assert await spoilt(echo, fault) == ALL


@pytest.mark.parametrize("end", [proxy.End.CLOSE, proxy.End.HALF])
async def test_a_reply_is_cut_at_the_byte(echo: int, end: object) -> None:
    assert await spoilt(echo, proxy.Fault(back=proxy.Way(cut_after=100, end=end))) == ALL[:100]


async def test_a_connection_is_reset(echo: int) -> None:
    with pytest.raises(ConnectionResetError):
        await spoilt(echo, proxy.Fault(back=proxy.Way(cut_after=0, end=proxy.End.RESET)))


async def test_a_reply_is_swallowed(echo: int) -> None:
    assert await spoilt(echo, proxy.Fault(back=proxy.Way(cut_after=10, end=proxy.End.SWALLOW))) == ALL[:10]


async def test_a_connection_is_refused(echo: int) -> None:
    heard = b""
    with suppress(OSError):  # a reset, or no connection any more; or a plain end, where nothing had been sent yet
        heard = await spoilt(echo, proxy.Fault(refused=True))
    assert heard == b""
