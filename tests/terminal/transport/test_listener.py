"""What acquirers call to say arrives as it was sent, and what we answer goes back as it was meant."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack

import aiohttp
import pytest

from terminal.errors import ConfigError
from terminal.scheme import Reply, Request
from terminal.transport.listener import MOST, Listener, path_of


class Ear:
    def __init__(self) -> None:
        self.heard: list[tuple[str, Request]] = []

    def __call__(self, name: str, request: Request) -> Reply:
        self.heard.append((name, request))
        return Reply(200, {"content-type": "text/plain"}, b"success")


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener("127.0.0.1:0")
    yield listener
    await listener.close()


async def test_a_call_is_handed_on_byte_for_byte_under_its_acquirers_name(listener: Listener) -> None:
    ear = Ear()
    await listener.start(ear)
    async with (
        aiohttp.ClientSession() as session,
        session.post(listener.url + path_of("wechat"), data=b'{"a":1}', headers={"Wechatpay-Nonce": "n"}) as reply,
    ):
        assert (reply.status, await reply.read()) == (200, b"success")
    ((name, request),) = ear.heard
    assert (name, request.method, request.body) == ("wechat", "POST", b'{"a":1}')
    assert request.headers["wechatpay-nonce"] == "n"


async def test_other_paths_are_not_ours_and_cost_no_line_of_the_log(
    listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ear = Ear()
    await listener.start(ear)
    async with aiohttp.ClientSession() as session, session.get(listener.url + "/admin") as reply:
        assert reply.status == 404
    assert ear.heard == []
    assert caplog.messages == []


async def test_a_flood_is_refused_and_never_handed_on(listener: Listener) -> None:
    ear = Ear()
    await listener.start(ear)
    async with (
        aiohttp.ClientSession() as session,
        session.post(listener.url + path_of("wechat"), data=b"x" * (1 << 21)) as reply,
    ):
        assert reply.status == 413
    assert ear.heard == []


def is_open(connection: socket.socket) -> bool:
    """Whether the other end still holds on to it."""
    connection.setblocking(False)
    try:
        return connection.recv(4096) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


async def test_strangers_who_hold_on_use_up_few_connections_and_keep_nobody_out(
    listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    ear = Ear()
    await listener.start(ear)
    host, _, port = listener.url.removeprefix("http://").partition(":")
    begun = b"POST /notify/wechat HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\n"
    with ExitStack() as stack:
        strangers = []
        for number in range(3 * MOST):
            strangers.append(stack.enter_context(socket.create_connection((host, int(port)))))
            strangers[-1].sendall(begun if number % 2 else b"P")
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.1)
        assert 0 < sum(map(is_open, strangers)) <= MOST
        async with (
            aiohttp.ClientSession() as session,
            session.post(listener.url + path_of("wechat"), data=b"paid") as reply,
        ):
            assert (reply.status, await reply.read()) == (200, b"success")
    assert [request.body for _, request in ear.heard] == [b"paid"]
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING], (
        "nobody's hanging up is a fault of ours"
    )


@pytest.mark.parametrize("address", ["", "8098", "127.0.0.1:http", "127.0.0.1:99999", "256.0.0.1:1"])
def test_an_address_that_cannot_be_had_is_named(address: str) -> None:
    with pytest.raises(ConfigError, match=r"till\.listen"):
        Listener(address)


async def test_an_address_that_is_taken_is_named(listener: Listener) -> None:
    with pytest.raises(ConfigError, match="in use"):
        Listener(listener.url.removeprefix("http://"))
