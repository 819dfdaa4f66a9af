"""What the line does, and what that means for the money: only a connection that never stood is `NotSent`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from terminal.errors import NoAnswer, NotSent
from terminal.scheme import Request
from terminal.transport.http import HttpTransport

Server = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PAY = Request("POST", "/v3/pay?x=%E4%B8%AD+1", {"Content-Type": "application/json"}, b'{"a":1}')
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Name: v\r\n\r\n{}"


class Host:
    """A server that does one thing to every connection, and remembers what came."""

    def __init__(self, answer: bytes, *, read_first: bool = True, stay: bool = False) -> None:
        self.answer, self.read_first, self.stay = answer, read_first, stay
        self.requests: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.read_first:
            head = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(head + await reader.readexactly(len(PAY.body)))
        writer.write(self.answer)
        await writer.drain()
        if self.stay:
            await reader.read()
        writer.close()


@asynccontextmanager
async def standing(host: Server) -> AsyncIterator[HttpTransport]:
    server = await asyncio.start_server(host, "127.0.0.1", 0)
    transport = HttpTransport(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    try:
        yield transport
    finally:
        await transport.close()
        server.close()


async def test_a_reply_comes_back_whole_and_the_request_went_out_as_it_was_signed() -> None:
    host = Host(OK)
    async with standing(host) as transport:
        reply = await transport.exchange(PAY, timeout_s=60)
    assert (reply.status, reply.body, reply.headers["x-name"]) == (200, b"{}", "v")
    assert host.requests[0].startswith(b"POST /v3/pay?x=%E4%B8%AD+1 HTTP/1.1\r\n")
    assert host.requests[0].endswith(PAY.body)


async def test_nobody_listening_is_not_sent() -> None:
    server = await asyncio.start_server(Host(OK), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    transport = HttpTransport(f"http://127.0.0.1:{port}")
    with pytest.raises(NotSent, match=str(port)):
        await transport.exchange(PAY, timeout_s=60)
    await transport.close()


async def test_a_name_that_does_not_exist_is_not_sent() -> None:
    transport = HttpTransport("http://acquirer.invalid")
    with pytest.raises(NotSent):
        await transport.exchange(PAY, timeout_s=60)
    await transport.close()


@pytest.mark.parametrize(
    "host",
    [
        Host(b"", read_first=False),
        Host(b""),
        Host(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
        Host(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
        Host(b"\x00\xff this is not HTTP\r\n\r\n"),
        Host(b"HTTP/1.1 2"),
        Host(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * (2 << 20)),
    ],
    ids=["closed at once", "closed without a word", "half a body", "half a chunk", "garbage", "half a line", "a flood"],
)
async def test_whatever_goes_wrong_once_a_byte_could_have_left_is_no_answer(host: Host) -> None:
    async with standing(host) as transport:
        with pytest.raises(NoAnswer):
            await transport.exchange(PAY, timeout_s=60)
    assert len(host.requests) <= 1, "never sent again"


async def test_silence_is_no_answer_when_the_time_is_over() -> None:
    async with standing(Host(b"", stay=True)) as transport:
        with pytest.raises(NoAnswer):
            await transport.exchange(PAY, timeout_s=0.1)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_does_not_carry_the_payment_anywhere(status: int) -> None:
    host = Host(f"HTTP/1.1 {status} Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n".encode())
    async with standing(host) as transport:
        reply = await transport.exchange(PAY, timeout_s=60)
    assert reply.status == status
    assert len(host.requests) == 1


async def test_an_address_that_cannot_be_reached_again_after_it_was_is_not_sent() -> None:
    server = await asyncio.start_server(Host(OK), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = HttpTransport(f"http://127.0.0.1:{port}")
    await transport.exchange(PAY, timeout_s=60)
    server.close()
    with pytest.raises((NotSent, NoAnswer)):
        await transport.exchange(PAY, timeout_s=60)
    await transport.close()


class InPieces(Host):
    """Answers a byte at a time, each in a segment of its own."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append(await reader.readuntil(b"\r\n\r\n"))
        for byte in self.answer:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()


async def test_a_reply_in_many_pieces_is_one_reply() -> None:
    body = b'{"trade_state":"SUCCESS"}'
    host = InPieces(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    async with standing(host) as transport:
        reply = await transport.exchange(PAY, timeout_s=60)
    assert reply.body == body
