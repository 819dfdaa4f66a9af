"""Hears what acquirers call to say: a small HTTP server that hands on requests, and nothing else.

What is heard is evidence and no more: whoever is behind it (`hear`) checks the signature and asks the acquirer.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from terminal.errors import ConfigError
from terminal.scheme import Reply, Request

if TYPE_CHECKING:
    from aiohttp import web

PATH = "/notify/"
CLOSES_WITHIN_S = 0.1
MOST = 64  # connections at once: acquirers make one for each call, and strangers shall not use up our files

Hear = Callable[[str, Request], Reply | Awaitable[Reply]]


class Listener:
    """An address that acquirers call, one path for each. It is held from the beginning, and heard once started."""

    def __init__(self, address: str) -> None:
        """Raises ConfigError for an address ("127.0.0.1:8098", port 0 for any) that cannot be had."""
        host, _, port = address.rpartition(":")
        if not host:
            raise ConfigError(f"till.listen = {address!r}: name the address too, as in '127.0.0.1:8098'")
        try:
            self._socket = socket.create_server((host, int(port)))
        except (OSError, ValueError, OverflowError) as error:
            raise ConfigError(f"till.listen = {address!r} cannot be listened on ({error})") from error
        self.url = f"http://{host}:{self._socket.getsockname()[1]}"
        self._server: "web.Server | None" = None  # noqa: UP037 - a till that listens nowhere does not load it
        self._listening: asyncio.Server | None = None

    async def start(self, hear: Hear) -> None:
        """Answer each `POST /notify/<acquirer>` with what `hear(acquirer, request)` returns."""
        from aiohttp import web  # noqa: PLC0415

        async def handle(incoming: web.BaseRequest) -> web.Response:
            if not incoming.path.startswith(PATH):
                return web.Response(status=404)
            headers = {name.lower(): value for name, value in incoming.headers.items()}
            try:
                body = await incoming.read()  # at most a mebibyte: the library answers 413 to more
            except ConnectionError:  # they have gone in the middle of it: no fault of ours to be logged
                return web.Response(status=400)
            name = incoming.path.removeprefix(PATH)
            answer = hear(name, Request(incoming.method, incoming.raw_path, headers, body))
            reply = answer if isinstance(answer, Reply) else await answer
            return web.Response(status=reply.status, headers=reply.headers, body=reply.body)

        # Without a line for each call: strangers shall not push what happened out of the log.
        server = self._server = web.Server(handle, access_log=None)

        def connected() -> asyncio.Protocol:
            known = [one for one in server.connections if one.transport is not None]
            if len(known) >= MOST:
                known[0].force_close()  # who came first: a call takes no time
            return server()

        self._listening = await asyncio.get_running_loop().create_server(connected, sock=self._socket)

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.close()
        if self._server is not None:
            await self._server.shutdown(CLOSES_WITHIN_S)
        self._socket.close()


def path_of(acquirer: str) -> str:
    return PATH + acquirer
