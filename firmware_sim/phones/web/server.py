"""Serves the page: three files, the questions that `desk.py` answers, and photographs that are looked at here.

Nothing listens before somebody asks for the page, and then on this machine alone, unless the local network was asked
for too. The page asks nothing of anybody but this server, and its policy lets it ask nobody else.
"""

import asyncio
import socket
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from aiohttp import web

from firmware_sim.phones.desk import Desk
from firmware_sim.phones.eye import read_code
from firmware_sim.phones.web.drawings import drawn
from terminal.transport.gate import Gate

LOOPBACK = "127.0.0.1"
SOMEWHERE = ("192.0.2.1", 9)  # an address for documentation: whoever would send there uses the local network's
MOST_BYTES = 12 << 20  # of a photograph: what the largest phone cameras make
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FILES = {
    "/": ("phone.html", "text/html"),
    "/phone.js": ("phone.js", "text/javascript"),
    "/phone.css": ("phone.css", "text/css"),
    "/words.json": ("words.json", "application/json"),
}


class Page:
    """The page of one world's phones."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._commands = desk.commands
        self._gate = Gate(POLICY)
        self._runner: web.AppRunner | None = None
        self._urls: dict[str, str] = {}  # by the address that is listened on
        self._opening = asyncio.Lock()
        self._looking = asyncio.Lock()  # one photograph at a time: each takes a core and some megabytes

    async def link(self, question: dict[str, Any]) -> dict[str, Any]:
        """An address that opens the page in one browser; from the local network where `lan` is true.

        Raises ValueError where there is none.
        """
        try:
            address = _own_address() if question.get("lan") is True else LOOPBACK
            async with self._opening:
                if address not in self._urls:
                    self._urls[address] = await self._listen(address)
        except OSError as error:
            raise ValueError(f"the page cannot be opened there: {error.strerror}") from error
        return {"url": self._gate.link(self._urls[address])}

    async def close(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _listen(self, address: str) -> str:
        if self._runner is None:
            self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.1)
            await self._runner.setup()
        site = web.TCPSite(self._runner, address, 0)
        await site.start()
        return f"http://{address}:{site.port}"

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=MOST_BYTES)
        self._gate.guard(app)
        app.add_routes([web.get(path, _file) for path in FILES])
        app.add_routes([web.get("/favicon.ico", _no_icon)])
        app.add_routes([web.post("/phone/{name}", self._ask), web.post("/photo", self._photo)])
        return app

    async def _ask(self, request: web.Request) -> web.Response:
        command = self._commands.get(f"phone/{request.match_info['name']}")
        if command is None:
            raise web.HTTPNotFound
        try:
            return _shown(command(await _question(request)))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            return _sorry(error)

    async def _photo(self, request: web.Request) -> web.Response:
        """A photograph of a shop's code, taken with the `phone` that the address names."""
        picture = await request.read()
        try:
            async with self._looking:
                text = await asyncio.to_thread(read_code, picture)
            return _shown(self._desk.scan({"phone": request.query["phone"], "text": text}))
        except (ValueError, KeyError) as error:
            return _sorry(error)


async def _question(request: web.Request) -> dict[str, Any]:
    question = await request.json()
    if not isinstance(question, dict):
        raise TypeError("send one JSON object")
    return question


async def _file(request: web.Request) -> web.Response:
    name, kind = FILES[request.path]
    text = files("firmware_sim.phones.web").joinpath(name).read_text("utf-8")
    return web.Response(text=text, content_type=kind)


async def _no_icon(_request: web.Request) -> web.Response:
    """Browsers ask for one without being told to."""
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _shown(answer: dict[str, Any]) -> web.Response:
    """What a phone shows, with its code drawn."""
    return web.json_response(answer | (dict(drawn(answer["code"])) if "code" in answer else {}))


def _sorry(error: Exception) -> web.Response:
    return web.json_response({"error": f"{error}"}, status=400)


def _own_address() -> str:
    """Ours on the local network; OSError where there is none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(SOMEWHERE)
        address: str = probe.getsockname()[0]
    return address
