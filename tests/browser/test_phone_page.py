"""A whole payment, both ways, between a till and the phone page in a real browser, on the pixels of both."""

import asyncio
import io
import queue
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from firmware_sim.control import ask
from firmware_sim.devices.chromium import Browser, Tab
from firmware_sim.phones.held import PASSWORD
from terminal.clock import Clock
from terminal.compose import Counter
from terminal.config import from_table
from terminal.model import Channel, Scan
from terminal.money import Money
from terminal.schemes import SETTINGS
from terminal.steps import Event, Phase, Step
from terminal.till import TillThread
from terminal.tui.qr import picture
from terminal.vision.stills import read
from terminal.world import World

OUTCOME_WITHIN_S = 60.0


@dataclass
class Shop:
    """A till that has contracts with a world's acquirers."""

    till: TillThread
    control: str
    events: "queue.SimpleQueue[Event]" = field(default_factory=queue.SimpleQueue)

    def link(self) -> str:
        """To the page of the world's phones."""
        return str(ask(self.control, "phone/page", {})["url"])

    def until(self, wanted: Callable[[Step], bool]) -> Step:
        while True:
            event = self.events.get(timeout=OUTCOME_WITHIN_S)
            if isinstance(event, Step) and wanted(event):
                return event


@pytest.fixture(scope="module")
def world(keys: Path) -> Iterator[World]:
    world = World(keys, seed=1, clock=Clock())
    yield world
    world.stop()


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[Shop]:
    told: dict[str, Any] = {"acquirer": world.ready["config"]["acquirer"], "till": {"shop": "Saoma Demo Store"}}
    config = from_table(told, "the world's own settings", tmp_path, SETTINGS)
    with Counter(config, state=tmp_path, clock=Clock(), rng=random.SystemRandom(), is_demo=True) as counter:
        shop = Shop(counter.till, world.ready["control"])
        counter.till.subscribe(shop.events.put)
        yield shop


CODE = "document.querySelector('#digits').textContent.length > 15"


def _read(png: bytes) -> list[Scan]:
    """What our own reader finds in a picture."""
    grey = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
    return [Scan(one.text, Channel.CAMERA, 0.0, one.symbology, "screenshot") for one in read(grey)]


async def _take_out(tab: Tab, shop: Shop, wallet: str) -> None:
    await tab.open(shop.link())
    await tab.until(f"!!document.querySelector('#wallets button[value={wallet}]')")
    await tab.click(f"#wallets button[value={wallet}]")
    await tab.until(CODE)


@pytest.mark.parametrize("wallet", ["wechat", "alipay", "ccb"])
async def test_the_code_on_the_page_pays_at_the_till(browser: Browser, shop: Shop, wallet: str) -> None:
    async with browser.tab() as tab:
        await _take_out(tab, shop, wallet)
        shop.till.charge(Money(1250))
        shop.till.scanned(_read(await tab.screenshot()))
        await asyncio.to_thread(shop.until, lambda step: step.phase is Phase.APPROVED)
        assert "12.50" in await tab.until("document.querySelector('#news.paid')?.textContent")
        assert not tab.said


async def test_the_tills_code_is_paid_from_the_page(browser: Browser, shop: Shop, tmp_path: Path) -> None:
    async with browser.tab(360, 740, 2.0) as tab:
        await _take_out(tab, shop, "wechat")
        shop.till.show_code(Money(120_000), "wechat")
        shown = await asyncio.to_thread(shop.until, lambda step: bool(step.shown_code))
        photo = tmp_path / "counter.png"
        photo.write_bytes(picture(shown.shown_code))
        await tab.choose_file("#photo", photo)
        assert "1,200.00" in await tab.until(
            "!document.querySelector('#ask').hidden && asked && $('asked').textContent"
        )
        assert await tab.evaluate("document.activeElement.id") == "password"
        await tab.type("000000")
        await tab.press("Enter")
        await tab.until("$('tries').textContent.length > 0")
        await tab.type(PASSWORD)
        await tab.press("Enter")
        await asyncio.to_thread(shop.until, lambda step: step.phase is Phase.APPROVED)
        assert "1,200.00" in await tab.until("document.querySelector('#news.paid')?.textContent")
        assert not tab.said


async def test_it_is_at_ease_on_a_small_screen_in_both_languages_and_by_keyboard_alone(
    browser: Browser, shop: Shop
) -> None:
    async with browser.tab(360, 640) as tab:
        await tab.open(shop.link())
        await tab.until("document.querySelectorAll('#wallets button').length === 8")
        await tab.evaluate("document.querySelector('#wallets button').focus()")
        await tab.press("Enter")
        await tab.until(CODE)
        spoken = set()
        for _ in range(2):
            assert await tab.evaluate("document.documentElement.scrollWidth") == 360
            assert await tab.evaluate(
                "[...document.querySelectorAll('button')].every((one) => !one.offsetHeight || one.offsetHeight >= 44)"
            )
            spoken.add((await tab.evaluate("document.documentElement.lang"), await tab.text("#show-word")))
            await tab.click("#language")
        assert spoken == {("zh", "付款码"), ("en", "Payment code")}
        await tab.evaluate("$('card').focus()")
        await tab.press("Enter")
        await tab.until("$('card').classList.contains('large')")
        assert _read(await tab.screenshot()), "what fills the screen is read"
        await tab.press("Escape")
        await tab.until("!$('card').classList.contains('large')")


async def test_an_expired_link_and_a_page_loaded_again(browser: Browser, shop: Shop) -> None:
    async with browser.tab() as tab:
        link = shop.link()
        await tab.open(link)
        assert "token" not in await tab.evaluate("location.href")
        await tab.until("document.querySelectorAll('#wallets button').length === 8")
        await tab.click("#wallets button[value=pab]")
        code = await tab.until(f"{CODE} && $('digits').textContent")
        await tab.call("Page.reload")
        await tab.until(f"document.readyState === 'complete' && {CODE}")
        assert await tab.text("#digits") == code, "it is still the same phone"
        await tab.call("Network.clearBrowserCookies")
        await tab.open(link)
        assert "403" in await tab.text("body")
