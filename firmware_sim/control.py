"""How the world is told what to do: JSON in, JSON out, over loopback HTTP.

Only `application/json` is taken, which no web page may post to us without being asked first.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

Handler = Callable[[dict[str, Any]], dict[str, Any]]
SlowHandler = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]  # for what cannot be answered at once

ANSWER_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Control:
    """A control address that is being listened on."""

    url: str
    _runner: web.ServerRunner

    async def close(self) -> None:
        await self._runner.cleanup()


async def listen(handlers: Mapping[str, Handler | SlowHandler], port: int = 0) -> Control:
    """Answer `POST /<name>` with what the handler of that name returns."""

    async def answer(request: web.BaseRequest) -> web.Response:
        handler = handlers.get(request.path.strip("/"))
        if handler is None or request.method != "POST":
            return web.json_response({"error": f"there is POST /{', /'.join(handlers)}"}, status=404)
        if request.content_type != "application/json":
            return web.json_response({"error": "send application/json"}, status=415)
        try:
            question = json.loads(await request.read() or b"{}")
            if not isinstance(question, dict):
                return web.json_response({"error": "send one JSON object"}, status=400)
            answered = handler(question)
            return web.json_response(answered if isinstance(answered, dict) else await answered)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    return Control(f"http://127.0.0.1:{runner.addresses[0][1]}", runner)


def ask(url: str, what: str, question: Mapping[str, object]) -> Any:
    """From the other side: what is answered; raises ValueError with what is wrong with the question, or OSError."""
    request = urllib.request.Request(  # noqa: S310 - a loopback address of ours
        f"{url}/{what}", json.dumps(question).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as reply:  # noqa: S310
            return json.load(reply)
    except urllib.error.HTTPError as error:
        raise ValueError(json.load(error)["error"]) from error
    except urllib.error.URLError as error:
        reason = getattr(error.reason, "strerror", None) or error.reason
        raise ConnectionError(f"{url}: no world answers there ({reason})") from error
