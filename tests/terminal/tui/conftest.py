"""A till that does as it is told, for the screen's tests: it keeps what was asked of it and says what the test says."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual import events
from textual.pilot import Pilot

from terminal.basket.basket import Item
from terminal.basket.catalogue import Catalogue
from terminal.basket.handling import Handling
from terminal.books.conversation import ConversationLog, Exchange, beside
from terminal.books.journal import Journal
from terminal.books.listing import Group, Listing, Page, Story, Wanted
from terminal.clock import Clock
from terminal.model import Answer, Corners, Entry, Order, PaymentCode, Reason, State, Verdict
from terminal.money import Money
from terminal.steps import DeviceKind, DeviceState, Event, Laid, Phase, Preview, SeenCode, Snapshot, Step
from terminal.till.due import Due
from terminal.tui.app import PosApp
from terminal.tui.widgets.keys import Keys
from terminal.tui.wording import Language

WALL_S = 1_763_812_800.0
MONEY = Money(1250)
NOT_THERE = "/dev/ttyACM0 is not there: plug the scanner in"
# What is spelled the same in both languages: keycaps, marks of the status bar, units, names of things.
ASCII_WORDS = frozenset(
    re.findall(
        r"\w+",
        """English Esc Enter Tab Del Space PgUp PgDn CAM SCN PRN NET DSP SND CNY PIN SKU PLU GTIN saoma json doctor
        operator add run training Test Shop POS WeChat Pay Alipay UnionPay QuickPass ttyACM dev camera reconcile
        Shift Down""",
    )
)
FACTS = re.compile(r"POS\w+|tcp://\S+|/dev/\S+|\d+|WeChat Pay|camera 0|aplay|13\*+4321|NOTENOUGH|20\d\d-\S+")
LATIN = re.compile(r"[A-Za-z]{3,}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class HandClock(Clock):
    """Moves only when a test says so."""

    now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


class FakeTill:
    """Moves only when told to, so that a test sees what the screen does before the till has answered."""

    def __init__(self) -> None:
        self.clock = HandClock(start_wall_s=WALL_S)
        self.asked: list[object] = []
        self.goods = Catalogue(())
        self.journal: list[Entry] = []
        self.books: Path | None = None  # a real journal, for the screens that leaf through it
        self.due: list[Due] = []
        self.receipt = "RECEIPT"
        self.picture: Preview | None = None
        self.is_ringing = True
        self.state = Snapshot(Step(Phase.IDLE), devices())
        self.listeners: list[Callable[[Event], None]] = []

    def preview(self) -> Preview | None:
        return self.picture

    def rings(self) -> bool:
        return self.is_ringing

    def mute(self) -> bool:
        self.is_ringing = not self.is_ringing
        return not self.is_ringing

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def snapshot(self) -> Snapshot:
        return self.state

    def charge(self, money: Money) -> None:
        self.asked.append(("charge", money))

    def show_code(self, money: Money) -> None:
        self.asked.append(("show_code", money))

    def charge_due(self) -> None:
        self.asked.append("charge_due")

    def show_due(self) -> None:
        self.asked.append("show_due")

    def handle(self, handling: Handling) -> None:
        self.asked.append(handling)

    def search(self, text: str) -> list[Item]:
        return self.goods.search(text)

    def cancel(self) -> None:
        self.asked.append("cancel")

    def give_back_parts(self) -> None:
        self.asked.append("give_back_parts")

    def keep(self) -> None:
        self.asked.append("keep")

    def query_now(self) -> None:
        self.asked.append("query_now")

    def dismiss(self) -> None:
        self.asked.append("dismiss")
        self.say(Step(Phase.IDLE))

    def typed(self, text: str) -> None:
        self.asked.append(("typed", text))

    def reprint(self, order_id: str = "") -> None:
        self.asked.append(("reprint", order_id) if order_id else "reprint")

    def refund(self, order_id: str, money: Money) -> None:
        self.asked.append(("refund", order_id, money))

    def settle(self, acquirer: str = "") -> None:
        self.asked.append(("settle", acquirer))

    def page(self, wanted: Wanted, first: int, size: int) -> Page:
        if self.books is None:
            return Page((), 0)
        with closing(Listing(self.books)) as books:
            return books.page(wanted, first, size)

    def story(self, order_id: str) -> Story | None:
        if self.books is None:
            return None
        with closing(Listing(self.books)) as books:
            return books.story(order_id)

    def groups(self, begins_ms: int, ends_ms: int) -> list[Group]:
        if self.books is None:
            return []
        with closing(Listing(self.books)) as books:
            return books.groups(begins_ms, ends_ms)

    def dues(self) -> list[Due]:
        return self.due

    def sign_on(self, operator: str) -> None:
        self.asked.append(("sign_on", operator))

    def permitted(self, act: str, by: str) -> None:
        self.asked.append(("permitted", act, by))

    @property
    def testable(self) -> tuple[tuple[DeviceKind, str], ...]:
        return ((DeviceKind.CAMERA, "camera 0"), (DeviceKind.PRINTER, "tcp://printer"), (DeviceKind.SOUND, "aplay"))

    def test_device(self, kind: DeviceKind, name: str) -> None:
        self.asked.append(("test", kind, name))

    def entries(self, limit: int) -> list[Entry]:
        return self.journal[-limit:]

    def receipt_text(self, order_id: str) -> str:
        return self.receipt

    def say(self, event: Event) -> None:
        """Take on what a step says, and tell the screen."""
        if isinstance(event, Step):
            self.state = replace(self.state, step=event)
        if isinstance(event, Laid):
            self.state = replace(self.state, laid=event)
        for listener in tuple(self.listeners):
            listener(event)

    def step(self, phase: Phase, *, lasts_s: float | None = None, reason: Reason = Reason.NONE, said: str = "") -> Step:
        """A sale of 12.50 in this phase, as the till would show it."""
        now_s = self.clock.monotonic()
        deadline_s = None if lasts_s is None else now_s + lasts_s
        if phase is Phase.IDLE:
            return Step(phase)
        return Step(phase, MONEY, "POS100001A7", "WeChat Pay", "13************4321", reason, said, deadline_s, now_s, 2)


def devices(*, camera_up: bool = True) -> tuple[DeviceState, ...]:
    return (
        DeviceState(DeviceKind.ACQUIRER, "WeChat Pay", up=True),
        DeviceState(DeviceKind.CAMERA, "camera 0", camera_up, "" if camera_up else "unplugged"),
        DeviceState(DeviceKind.SCANNER, "/dev/ttyACM0", up=False, detail=NOT_THERE),
        DeviceState(DeviceKind.PRINTER, "tcp://printer", up=True),
    )


def picture(*, seed: int = 1, corners: Corners | None = None, label: str = "QR 13***4321") -> Preview:
    """A small grey picture of 160 x 90 with a little noise, and perhaps a payment code in it."""
    noise = np.random.default_rng(seed).normal(0, 3, (90, 160))
    scene = np.linspace(40, 200, 160)[None, :] + noise
    seen = (SeenCode(corners, label, is_payment=True),) if corners else ()
    return Preview(scene.clip(0, 255).astype(np.uint8), 0.125, seen, 0.0)


def strange(text: str, language: Language) -> set[str]:
    """Words that are not of this language."""
    text = FACTS.sub(" ", text)
    if language == "en":
        return {line.strip() for line in text.replace("中文", "").splitlines() if CHINESE.search(line)}
    return {word for word in LATIN.findall(text) if not any(known.startswith(word) for known in ASCII_WORDS)}


class Desk:
    """A running screen, its till, and hands and eyes for both."""

    def __init__(self, app: PosApp, pilot: Pilot[None], till: FakeTill) -> None:
        self.app, self.pilot, self.till = app, pilot, till

    @property
    def text(self) -> str:
        """What stands on the screen, line by line."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    def strange(self, language: Language) -> set[str]:
        return strange(self.text, language)

    async def until(self, holds: Callable[[], object], within_s: float = 180.0) -> None:
        """Wait for a condition, with a deadline."""
        ends_s = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < ends_s, f"still waiting; on the screen:\n{self.text}"
            await asyncio.sleep(0.02)

    async def sees(self, *words: str) -> None:
        await self.until(lambda: all(word in self.text for word in words))

    async def settled(self) -> None:
        """Every key that was withheld is through, and what followed is drawn."""
        await self.pilot.pause()
        if self.app._wedge._held:
            await self.until(lambda: not self.app._wedge._held)
            await self.pilot.pause()

    async def touch(self, title: str) -> None:
        """The key of this title, by mouse or finger."""
        here = [keys for keys in self.app.screen.query(Keys) if keys.region]
        keys, slot = next((keys, slot) for keys in here for slot, cap in keys.shown if cap[1] == title)
        place = keys.place(slot)
        await self.pilot.click(keys, offset=place.offset + keys.content_region.offset - keys.region.offset)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """By hand: one key after another, each understood before the next."""
        for key in keys:
            self.key(key, at_s=self.app.last_key_s + 1.0)
            await self.settled()

    def key(self, key: str, *, at_s: float) -> None:
        """A key as the terminal's input reports it, with the moment it came."""
        event = events.Key(
            key, {"enter": "\r", "question_mark": "?", "plus": "+"}.get(key, key if len(key) == 1 else None)
        )
        event.time = at_s
        self.app.post_message(event)

    def burst(self, text: str, *, gap_s: float, end: str = "enter") -> None:
        """A keyboard wedge types."""
        start_s = self.app.last_key_s + 1.0
        for index, key in enumerate([*text, end]):
            self.key(key, at_s=start_s + index * gap_s)


class TimedApp(PosApp):
    """Remembers when the last key came, so that a test's hand can type at its own pace on a busy machine."""

    last_key_s = 0.0

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            self.last_key_s = max(self.last_key_s, event.time)
        await super().on_event(event)


@pytest.fixture
def till() -> FakeTill:
    return FakeTill()


@pytest.fixture
def desk(till: FakeTill) -> Callable[..., AbstractAsyncContextManager[Desk]]:
    """Opens the screen: `async with desk(size=(80, 24), language="en") as at:`."""

    @asynccontextmanager
    async def opened(*, size: tuple[int, int] = (80, 24), **options: Any) -> AsyncIterator[Desk]:
        app = TimedApp(till, **{"language": "en", "shop": "Test Shop"} | options)
        app.theme = "saoma-dark"
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield Desk(app, pilot, till)

    return opened


@pytest.fixture
def books(till: FakeTill, tmp_path: Path) -> Iterator[Callable[..., Journal]]:
    """Real books of so many paid orders, POS-1 being the oldest, and what was said about them."""
    kept: list[Journal] = []

    def opened(orders: int = 3, *, said: str = "SUCCESS", scheme: str = "wechat") -> Journal:
        till.books = tmp_path / f"books{len(kept)}" / "journal.db"
        at_s = [WALL_S - 60.0 * orders]
        journal = Journal(till.books, wall=lambda: at_s[0], monotonic=lambda: at_s[0])
        kept.append(journal)
        log = ConversationLog(beside(till.books))
        for number in range(1, orders + 1):
            at_s[0] += 60.0
            code = PaymentCode(scheme, f"13456789012345{number:04}")
            order = Order(f"POS-{number}", f"S{number}", Money(1250 * number), code, scheme)
            journal.begin(order)
            journal.move(order.order_id, State.APPROVED, Answer(Verdict.APPROVED, said=said))
            place = (order.order_id, round(at_s[0] * 1000), 12, scheme, "pay", "POST", "/v3/pay")
            log.keep(Exchange(*place, {"payer.auth_code": code.masked, said: said}, 200, {"said": said}, ("approved",)))
        log.close()
        return journal

    yield opened
    for journal in kept:
        journal.close()


@pytest.fixture(name="strange")
def words_of_the_other_language() -> Callable[[str, Language], set[str]]:
    return strange


@pytest.fixture
def make_picture() -> Callable[..., Preview]:
    return picture
