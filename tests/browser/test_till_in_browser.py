"""The till itself in a real browser: keys go in, pixels come out, and there is one till however many tabs."""

import asyncio
import io
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import numpy as np
import pytest
import zxingcpp
from PIL import Image

from firmware_sim.control import ask
from firmware_sim.devices.chromium import Browser, Tab
from firmware_sim.phones.held import PASSWORD
from firmware_sim.whereabouts import found
from terminal.clock import Clock
from terminal.compose import Counter
from terminal.config import Config
from terminal.tui.commands import BY_ID

pytest.importorskip("textual_serve", reason="the extra `web` is not installed")

WITHIN_S = 60.0
LOOK_S = 0.1
SHOW_CODE, PAY = BY_ID["show"].keys[0].upper(), BY_ID["pay"].keys[0].upper()
HAS_BEGUN = "!!document.body?.classList.contains('-first-byte')"
HAS_ENDED = "!!document.body?.classList.contains('-closed')"


@asynccontextmanager
async def _served(*words: str) -> AsyncIterator[str]:
    """`saoma WORDS --web`, and the link that it prints."""
    command = [sys.executable, "-m", "terminal", *words, "--lang", "en", "--web"]
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=quiet)
    assert process.stdout is not None
    try:
        yield (await asyncio.wait_for(process.stdout.readline(), WITHIN_S)).decode().strip()
    finally:
        process.send_signal(signal.SIGINT)
        said, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
        sys.stdout.write(said.decode())  # what a till that did not begin has said, for whoever wonders why
    assert process.returncode == 0


async def _begin(tab: Tab, link: str) -> None:
    await tab.open(link)
    await tab.until(f"{HAS_BEGUN} || {HAS_ENDED}")
    assert not await tab.evaluate(HAS_ENDED), "the till did not begin"


async def _photographed(tab: Tab, until: Callable[[np.ndarray], bool]) -> np.ndarray:
    """The first picture of the window, (height, width, 3) red green blue, of which something holds."""
    async with asyncio.timeout(WITHIN_S):
        while not until(picture := np.asarray(Image.open(io.BytesIO(await tab.screenshot())).convert("RGB"))):
            await asyncio.sleep(LOOK_S)
    return picture


def _is_green(picture: np.ndarray) -> bool:
    """As an approval is: flat, over most of the screen."""
    red, green, blue = (picture[..., channel].astype(int) for channel in range(3))
    return bool(((green > red + 40) & (green > blue + 20)).mean() > 0.3)


async def test_a_code_on_the_tills_page_is_paid(browser: Browser, tmp_path: Path) -> None:
    async with _served("demo", "--state", str(tmp_path), "--phone") as link, browser.tab(1000, 800) as tab:
        await _begin(tab, link)
        assert await tab.until("document.activeElement.className") == "xterm-helper-textarea", "no click is needed"
        await _photographed(tab, lambda picture: picture.std() > 20)
        await tab.type("120000")
        await tab.press(SHOW_CODE)
        shown = await _photographed(tab, lambda picture: len(zxingcpp.read_barcodes(picture)) == 1)
        (code,) = zxingcpp.read_barcodes(shown)
        control = await asyncio.to_thread(found, [tmp_path])
        wallet = "alipay" if "alipay" in code.text else "wechat"
        told = {"phone": ask(control, "phone/open", {"wallet": wallet})["phone"]}
        assert ask(control, "phone/scan", {**told, "text": code.text})["asks"]["amount"] == 120_000
        assert ask(control, "phone/agree", {**told, "password": PASSWORD})["news"]["happened"] == "paid"
        await _photographed(tab, _is_green)
        assert not tab.said


async def test_a_second_tab_is_told_and_a_tab_that_is_loaded_again_goes_on(browser: Browser, tmp_path: Path) -> None:
    async with _served("run", "--state", str(tmp_path)) as link, browser.tab() as tab:
        await _begin(tab, link)
        async with browser.tab() as second:
            await second.open(link.partition("?")[0])
            await second.until(HAS_ENDED)
            assert "another tab" in await second.until("document.querySelector('#ended.taken')?.innerText")
        await tab.evaluate("window.old = true")
        await tab.call("Page.reload")
        await tab.until(f"!window.old && {HAS_BEGUN}")
        await tab.call(
            "Input.dispatchKeyEvent", type="keyDown", key="q", code="KeyQ", modifiers=2, windowsVirtualKeyCode=81
        )
        await tab.until(HAS_ENDED)
        assert "has been closed" in await tab.until("document.querySelector('#ended:not(.taken)')?.innerText")


async def test_books_that_another_till_keeps_are_left_to_it(browser: Browser, tmp_path: Path) -> None:
    elsewhere = Counter(Config(), state=tmp_path, clock=Clock(), rng=random.Random(1), is_demo=False)
    with elsewhere:
        async with _served("run", "--state", str(tmp_path)) as link, browser.tab() as tab:
            await _begin(tab, link)
            said = await _photographed(tab, lambda picture: picture.std() > 0)
            assert (said == said[0, 0]).all(axis=2).mean() > 0.9, "one sentence, and no till"
            await tab.press("Escape")
            await tab.until(HAS_ENDED)
        assert elsewhere.is_alive()


async def test_nobody_else_gets_near_the_till(tmp_path: Path) -> None:
    async with _served("run", "--state", str(tmp_path)) as link, aiohttp.ClientSession() as stranger:
        url = link.partition("/?")[0]
        for path in ("/", "/ws", "/seat", "/static/js/textual.js", "/download/x"):
            assert (await stranger.get(url + path)).status == 403
        for origin in ({}, {"Origin": "http://evil.example"}, {"Origin": url}):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await stranger.ws_connect(f"{url}/ws", headers=origin)
    assert not (tmp_path / "journal.db").exists(), "no till was started"
