"""How the world is told what to do: JSON in, JSON out, over loopback HTTP.

Only `application/json` is taken, which no web page may post to us without being asked first.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

Handler = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Control:
    """A control address that is being listened on."""

    url: str
    _runner: web.ServerRunner

    async def close(self) -> None:
        await self._runner.cleanup()


async def listen(handlers: Mapping[str, Handler], port: int = 0) -> Control:
    """Answer `POST /<name>` with what the handler of that name returns."""

    async def answer(request: web.BaseRequest) -> web.Response:
        handler = handlers.get(request.path.strip("/"))
        if handler is None or request.method != "POST":
            return web.json_response({"error": f"there is POST /{', /'.join(handlers)}"}, status=404)
        if request.content_type != "application/json":
            return web.json_response({"error": "send application/json"}, status=415)
        try:
            question = json.loads(await request.read() or b"{}")
            return web.json_response(handler(question))
        except (ValueError, KeyError, TypeError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    return Control(f"http://127.0.0.1:{runner.addresses[0][1]}", runner)
