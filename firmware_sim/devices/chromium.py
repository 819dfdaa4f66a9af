"""A headless Chromium, spoken to in its own DevTools protocol: what a test needs of it, and no driver besides.

Every wait is for a condition and has a deadline. Where there is no Chromium, `CHROMIUM` is None.
"""

import asyncio
import base64
import itertools
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # root may not have one; it sees pages of ours alone
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
WITHIN_S = 60.0
LOOK_S = 0.05
MIDDLE = """(() => {
    const one = document.querySelector(%s);
    one.scrollIntoView({block: "center"});
    const {x, y, width, height} = one.getBoundingClientRect();
    return [x + width / 2, y + height / 2];
})()"""
WINDOWS_CODES = {"Enter": 13, "Escape": 27, "Tab": 9, **{f"F{number}": 111 + number for number in range(1, 13)}}


class Tab:
    """One page. What is evaluated may be a promise."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.said: list[str] = []  # what the console was told, errors above all

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(WITHIN_S):
            while True:
                message = await self._socket.receive_json()
                if message.get("id") == number:
                    assert "error" not in message, message["error"]
                    result: dict[str, Any] = message["result"]
                    return result
                self._hear(message)

    async def open(self, url: str) -> None:
        await self.call("Page.navigate", url=url)
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    async def evaluate(self, expression: str) -> Any:
        told = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    async def until(self, condition: str) -> Any:
        """Wait until an expression is true, and return what it is then."""
        async with asyncio.timeout(WITHIN_S):
            while not (now := await self.evaluate(condition)):
                await asyncio.sleep(LOOK_S)
        return now

    async def text(self, selector: str) -> str:
        found: str = await self.evaluate(f"document.querySelector({json.dumps(selector)}).textContent")
        return found

    async def click(self, selector: str) -> None:
        """In the middle of it, as a finger would; it must be in view and on top."""
        x, y = await self.evaluate(MIDDLE % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def press(self, key: str) -> None:
        """A key by its name in DevTools, as "F12", or a character."""
        told = {"key": key, "code": key, "windowsVirtualKeyCode": WINDOWS_CODES.get(key, ord(key[0].upper()))}
        text = {"text": "\r" if key == "Enter" else key} if key == "Enter" or len(key) == 1 else {}
        await self.call("Input.dispatchKeyEvent", type="keyDown", **told, **text)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **told)

    async def type(self, text: str) -> None:
        for character in text:
            await self.press(character)

    async def choose_file(self, selector: str, file: Path) -> None:
        root = await self.call("DOM.getDocument")
        node = await self.call("DOM.querySelector", nodeId=root["root"]["nodeId"], selector=selector)
        await self.call("DOM.setFileInputFiles", files=[str(file)], nodeId=node["nodeId"])

    async def screenshot(self) -> bytes:
        """A PNG of what is in the window."""
        return base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])

    async def resize(self, width: int, height: int, scale: float = 1.0) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False
        )

    def _hear(self, message: dict[str, Any]) -> None:
        if message["method"] == "Runtime.exceptionThrown":
            self.said.append(json.dumps(message["params"]["exceptionDetails"])[:500])
        if message["method"] == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
            self.said.append(message["params"]["entry"]["text"])


class Browser:
    """A running Chromium with a profile of its own."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    @asynccontextmanager
    async def tab(self, width: int = 1000, height: int = 800, scale: float = 1.0) -> AsyncIterator[Tab]:
        async with self._session.put(f"{self._url}/json/new?about:blank") as reply:
            target = await reply.json(content_type=None)
        async with self._session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            tab = Tab(socket)
            for domain in ("Page", "Runtime", "Log", "DOM"):
                await tab.call(f"{domain}.enable")
            await tab.resize(width, height, scale)
            yield tab
            await tab.call("Page.close")


@asynccontextmanager
async def chromium(profile: Path, *flags: str) -> AsyncIterator[Browser]:
    """Start one, and end it."""
    assert CHROMIUM, "a test that needs Chromium is skipped where there is none"
    words = [CHROMIUM, *FLAGS, *flags, f"--user-data-dir={profile}", "about:blank"]
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*words, stdout=quiet, stderr=quiet)
    try:
        port = await _port(profile / "DevToolsActivePort")
        async with aiohttp.ClientSession() as session:
            yield Browser(session, f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        await process.wait()


async def _port(file: Path) -> str:
    """Where it listens, once it has said so in its profile."""
    async with asyncio.timeout(WITHIN_S):
        while not (file.exists() and "\n" in file.read_text()):
            await asyncio.sleep(LOOK_S)
    return file.read_text().splitlines()[0]
