"""Serves the till to one browser on this machine: textual-serve's terminal, behind our gate, with one seat.

textual-serve starts a process for each tab, asks for nobody's leave, and takes its fonts from another's server. Here a
link lets one browser in, every socket says which page asks, there is one till and so one tab, and nothing comes from
elsewhere. A tab that is closed ends its process as a closed terminal would: what was on its way is in the journal.
"""

import asyncio
import shlex
import signal
from collections.abc import Callable, Sequence
from http import HTTPStatus
from importlib.resources import files

from aiohttp import WSCloseCode, web
from textual_serve.app_service import AppService
from textual_serve.server import Server

from terminal.transport.gate import Gate

LOOPBACK = "127.0.0.1"
LEAVES_WITHIN_S = 6.0  # a tab that was closed or loaded again: its till ends, and the next one begins
# The terminal puts its styles into the page itself, and its cursor is a picture.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FILES = {
    "/": ("till.html", "text/html"),
    "/till.js": ("till.js", "text/javascript"),
    "/till.css": ("till.css", "text/css"),
}


class TillServer(Server):
    """`command` draws the till in a terminal; it is started when the page is opened."""

    def __init__(self, command: Sequence[str]) -> None:
        super().__init__(shlex.join(command))
        self._gate = Gate(POLICY)
        self._seat = asyncio.Lock()
        self._sockets: set[web.WebSocketResponse] = set()

    async def run(self, port: int, say: Callable[[str], None]) -> None:
        """Serve until a signal; `say` is told the link. Raises OSError for a port that is taken."""
        runner = web.AppRunner(await self._make_app(), access_log=None, shutdown_timeout=LEAVES_WITHIN_S)
        await runner.setup()
        try:
            site = web.TCPSite(runner, LOOPBACK, port)
            await site.start()
            say(self._gate.link(f"http://{LOOPBACK}:{site.port}"))
            await _told_to_end()
        finally:
            await runner.cleanup()

    async def _make_app(self) -> web.Application:
        app = web.Application()
        self._gate.guard(app)
        app.add_routes([web.get(path, _file) for path in FILES])
        app.add_routes([web.get("/favicon.ico", _no_icon), web.get("/seat", self._who_sits)])
        app.add_routes([web.get("/ws", self.handle_websocket), web.static("/static", self.statics_path)])
        app.on_shutdown.append(self.on_shutdown)
        return app

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One tab at a time: the next one waits until the till of the last has ended, for a while."""
        try:
            async with asyncio.timeout(LEAVES_WITHIN_S):
                await self._seat.acquire()
        except TimeoutError as error:
            raise web.HTTPConflict from error
        try:
            return await super().handle_websocket(request)
        finally:
            self._seat.release()

    async def _process_messages(self, websocket: web.WebSocketResponse, app_service: AppService) -> None:
        self._sockets.add(websocket)
        try:
            await super()._process_messages(websocket, app_service)
        finally:
            self._sockets.remove(websocket)

    async def on_shutdown(self, app: web.Application) -> None:  # noqa: ARG002 - aiohttp gives it
        for socket in tuple(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _who_sits(self, _request: web.Request) -> web.Response:
        return web.json_response({"taken": self._seat.locked()})


async def _file(request: web.Request) -> web.Response:
    name, kind = FILES[request.path]
    return web.Response(text=files("terminal.tui.served").joinpath(name).read_text("utf-8"), content_type=kind)


async def _no_icon(_request: web.Request) -> web.Response:
    """Browsers ask for one without being told to."""
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _told_to_end() -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
