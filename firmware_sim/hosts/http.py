"""Puts hosts behind HTTP on this machine, and plays on the wire what a fault wants done to a reply.

The body is taken as the raw bytes that were signed (aiohttp takes a mebibyte at most), the path as it was sent. Only
loopback is ever listened on.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import web

from firmware_sim.faults import Delivery
from firmware_sim.hosts.host import Host, Played
from terminal.scheme import Reply, Request

ADDRESS = "127.0.0.1"
NOTHING_HERE = Reply(404, {"content-type": "application/json"}, b'{"code":"NOT_FOUND","message":"no host serves this"}')


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is up; `url` is what an SDK takes as its gateway."""

    url: str
    _runner: web.ServerRunner

    async def close(self) -> None:
        await self._runner.cleanup()


async def serve(hosts: Sequence[Host], port: int = 0) -> Running:
    """Serve the hosts on a port of 127.0.0.1, any free one for 0; raises OSError where it is taken."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        return await _handle(hosts, request)

    # A reply that never comes holds its connection open; closing the server need not wait for it. Some SDKs put a
    # payment code into the path, so paths are not logged.
    server = web.Server(handle, handler_cancellation=True, access_log=None)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, ADDRESS, port)
    try:
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    return Running(f"http://{ADDRESS}:{runner.addresses[0][1]}", runner)


async def _handle(hosts: Sequence[Host], incoming: web.BaseRequest) -> web.StreamResponse:
    request = Request(incoming.method, _target(incoming), _headers(incoming), await incoming.read())
    host = next((host for host in hosts if host.serves(request.path)), None)
    if host is None:
        return _response(NOTHING_HERE)
    return await _deliver(host, incoming, host.play(request))


def _target(incoming: web.BaseRequest) -> str:
    """The path and query as they were sent and signed; some SDKs send the whole URL."""
    target = incoming.raw_path
    if target.startswith("/"):
        return target
    url = urlsplit(target)
    return f"{url.path}?{url.query}" if url.query else url.path


def _headers(incoming: web.BaseRequest) -> dict[str, str]:
    return {name.lower(): value for name, value in incoming.headers.items()}


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, headers=reply.headers, body=reply.body)


async def _deliver(host: Host, incoming: web.BaseRequest, played: Played) -> web.StreamResponse:
    match played:
        case Played(Reply() as reply, Delivery.WHOLE):
            return _response(reply)
        case Played(Reply() as reply, Delivery.LATE):
            await host.clock.sleep(host.late_s)
            return _response(reply)
        case Played(Reply() as reply, Delivery.CUT):
            return _by_hand(incoming, raw(reply)[: -(len(reply.body) // 2) - 1])
        case Played(Reply() as reply, Delivery.TWICE):
            return _by_hand(incoming, raw(reply) * 2)
        case Played(Reply() as reply, Delivery.SPLIT):
            return await _in_drops(incoming, raw(reply))
        case Played(_, Delivery.SILENCE):
            await asyncio.Event().wait()  # until the caller gives up, which cancels this handler, or the world ends
    return _by_hand(incoming, b"")


def _by_hand(incoming: web.BaseRequest, content: bytes) -> web.StreamResponse:
    """Write these very bytes and close the connection: what no proper HTTP server would do."""
    if incoming.transport is not None:
        incoming.transport.write(content)
        incoming.transport.close()
    return web.Response()  # goes nowhere


async def _in_drops(incoming: web.BaseRequest, content: bytes) -> web.StreamResponse:
    """A byte at a time, each in a segment of its own (aiohttp's sockets do not wait for more), and then close."""
    for index in range(len(content)):
        if incoming.transport is not None:
            incoming.transport.write(content[index : index + 1])
            await asyncio.sleep(0)
    return _by_hand(incoming, b"")


def raw(reply: Reply) -> bytes:
    """As it goes over the wire."""
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in {**reply.headers, "content-length": len(reply.body)}.items()]
    return "\r\n".join([*lines, "", ""]).encode() + reply.body
