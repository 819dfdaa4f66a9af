"""What the line does, and what that means for the money: only a connection that never stood is `NotSent`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from terminal.errors import ConfigError, NoAnswer, NotSent
from terminal.scheme import Reply, Request
from terminal.transport import framed
from terminal.transport.framed import FramedTransport

Speaker = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def frame(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text


def ask(text: bytes) -> Request:
    return Request("", "", {}, frame(text))


def same_number(request: bytes, reply: bytes) -> bool:
    """As a scheme would tell it: here by the first byte."""
    return request[2] == reply[2]


class Host:
    """Answers each frame with the pieces that `answers` makes of it, and counts its connections."""

    def __init__(self, answers: Callable[[bytes], list[bytes]]) -> None:
        self.answers = answers
        self.heard: list[bytes] = []
        self.connections = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.read(2):
                text = await reader.readexactly(int.from_bytes(head, "big"))
                self.heard.append(text)
                for piece in self.answers(text):
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def is_heard(self) -> None:
        async with asyncio.timeout(60):
            while not self.heard:
                await asyncio.sleep(0)


def echo(text: bytes) -> list[bytes]:
    return [frame(text)]


@asynccontextmanager
async def standing(host: Speaker, is_reply: framed.IsReply | None = None) -> AsyncIterator[FramedTransport]:
    server = await asyncio.start_server(host, "127.0.0.1", 0)
    transport = FramedTransport(f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}", is_reply)
    try:
        yield transport
    finally:
        await transport.close()
        server.close()


async def test_a_frame_goes_out_as_it_is_and_its_reply_comes_back_with_its_length() -> None:
    host = Host(echo)
    async with standing(host) as transport:
        assert await transport.exchange(ask(b"1 hello"), timeout_s=60) == Reply(0, {}, frame(b"1 hello"))
    assert host.heard == [b"1 hello"]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_a_reply_is_put_together_wherever_the_network_cut_it(size: int) -> None:
    whole = frame(b"1" + bytes(range(50)))
    host = Host(lambda _: [whole[at : at + size] for at in range(0, len(whole), size)])
    async with standing(host) as transport:
        assert (await transport.exchange(ask(b"1"), timeout_s=60)).body == whole


async def test_each_exchange_has_a_connection_of_its_own() -> None:
    host = Host(echo)
    async with standing(host) as transport:
        for _ in range(3):
            await transport.exchange(ask(b"1"), timeout_s=60)
    assert host.connections == 3


async def test_a_connection_may_be_kept() -> None:
    host = Host(echo)
    async with standing(host, same_number) as transport:
        for number in (b"1", b"2", b"3"):
            assert (await transport.exchange(ask(number), timeout_s=60)).body == frame(number)
    assert host.connections == 1


async def test_on_a_kept_line_a_reply_that_comes_twice_is_not_taken_for_the_next() -> None:
    host = Host(lambda text: [frame(text) * 2])
    async with standing(host, same_number) as transport:
        for number in (b"1", b"2", b"3"):
            assert (await transport.exchange(ask(number), timeout_s=60)).body == frame(number)
    assert host.connections == 1


async def test_what_comes_late_dies_with_its_connection() -> None:
    late = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        text = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
        if text == b"1 first":
            await late.wait()
        writer.write(frame(text))
        await reader.read()
        writer.close()

    async with standing(slow, same_number) as transport:
        with pytest.raises(NoAnswer):
            await transport.exchange(ask(b"1 first"), timeout_s=0.05)
        late.set()
        assert (await transport.exchange(ask(b"1 second"), timeout_s=60)).body == frame(b"1 second")


async def test_a_kept_line_that_the_host_has_closed_is_replaced() -> None:
    closed = asyncio.Event()

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        text = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
        writer.write(frame(text))
        writer.close()
        await writer.wait_closed()
        closed.set()

    async with standing(once, same_number) as transport:
        await transport.exchange(ask(b"1"), timeout_s=60)
        await asyncio.wait_for(closed.wait(), 5)
        kept = transport._kept
        assert kept
        await asyncio.wait_for(kept[0].read(), 5)  # the end of the connection has reached us
        assert (await transport.exchange(ask(b"2"), timeout_s=60)).body == frame(b"2")


async def test_a_kept_line_that_was_idle_for_long_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framed, "IDLE_LINE_S", 0.0)
    host = Host(echo)
    async with standing(host, same_number) as transport:
        for _ in range(2):
            await transport.exchange(ask(b"1"), timeout_s=60)
    assert host.connections == 2


async def test_a_host_that_answers_nothing_but_other_questions_is_given_up() -> None:
    host = Host(lambda _: [frame(b"9")] * 100)
    async with standing(host, same_number) as transport:
        with pytest.raises(NoAnswer, match="something else"):
            await transport.exchange(ask(b"1"), timeout_s=60)


async def test_a_port_where_nobody_listens_is_not_sent() -> None:
    server = await asyncio.start_server(Host(echo), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(NotSent):
        await FramedTransport(f"tcp://127.0.0.1:{port}").exchange(ask(b"1"), timeout_s=60)


async def test_a_connection_that_does_not_stand_in_time_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio, "open_connection", never)
    with pytest.raises(NotSent):
        await FramedTransport("tcp://127.0.0.1:9").exchange(ask(b"1"), timeout_s=0.05)


@pytest.mark.parametrize(
    "answers",
    [
        lambda _: [],  # silence
        lambda text: [frame(text)[:-1]],  # half of it
        lambda _: [b"\0"],
        lambda _: [b"\xff\xff"],  # more than any answer has
    ],
)
async def test_anything_but_a_whole_reply_is_no_answer(answers: Callable[[bytes], list[bytes]]) -> None:
    host = Host(answers)
    async with standing(host) as transport:
        with pytest.raises(NoAnswer):
            await transport.exchange(ask(b"1 hello"), timeout_s=0.1)
    assert host.heard == [b"1 hello"]  # once


async def test_a_host_that_hangs_up_without_a_word_is_no_answer() -> None:
    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(2)
        writer.transport.abort()

    async with standing(rude) as transport:
        with pytest.raises(NoAnswer):
            await transport.exchange(ask(b"1"), timeout_s=60)


async def test_exchanges_wait_for_each_other() -> None:
    speaking = 0

    async def alone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal speaking
        speaking += 1
        text = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
        assert speaking == 1
        for _ in range(20):  # time enough for another to interrupt
            await asyncio.sleep(0)
        speaking -= 1
        writer.write(frame(text))
        writer.close()

    async with standing(alone) as transport:
        asked = [ask(b"%d" % number) for number in range(5)]
        replies = await asyncio.gather(*(transport.exchange(one, timeout_s=60) for one in asked))
    assert [reply.body for reply in replies] == [one.body for one in asked]


async def test_whoever_waits_too_long_for_the_line_has_sent_nothing() -> None:
    host = Host(lambda _: [])
    async with standing(host) as transport:
        first = asyncio.create_task(transport.exchange(ask(b"1"), timeout_s=0.5))
        await host.is_heard()
        with pytest.raises(NotSent):
            await transport.exchange(ask(b"2"), timeout_s=0.05)
        with pytest.raises(NoAnswer):
            await first
    assert host.heard == [b"1"]


async def test_an_exchange_that_is_called_off_leaves_no_line_behind() -> None:
    host = Host(lambda _: [])
    async with standing(host, same_number) as transport:
        task = asyncio.create_task(transport.exchange(ask(b"1"), timeout_s=60))
        await host.is_heard()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert transport._kept is None
        host.answers = echo
        assert (await transport.exchange(ask(b"2"), timeout_s=60)).body == frame(b"2")


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:9000", "http://127.0.0.1:9000", "tcp://127.0.0.1", "tcp://[1:9", "tcp://a:x"]
)
def test_an_address_that_is_none_is_told_what_one_is(url: str) -> None:
    with pytest.raises(ConfigError, match="tcp://host:port"):
        FramedTransport(url)
