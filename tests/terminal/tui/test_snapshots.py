"""Every screen in both languages as it was last approved: cells with their colours, 80 x 24 (with a keypad 100 x 24).

A picture is text. Under a row stands what its cells look like, `column ink/ground`, where that is not as in the row
above. `make snapshots` takes all of them anew; look at what changed before it is kept.
"""

import asyncio
import contextlib
import difflib
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip
from textual.widgets import Input
from textual.worker import WorkerCancelled

from terminal.basket.basket import Item, Picked, basket_of
from terminal.basket.catalogue import Catalogue
from terminal.books.listing import Listing
from terminal.books.settlement import totals
from terminal.model import Corners, Reason, State
from terminal.money import Money
from terminal.operators import Operator, Pin, Role
from terminal.steps import (
    DeviceKind,
    HeldBasket,
    Laid,
    Notice,
    OpenAttempt,
    Phase,
    Preview,
    SeenCode,
    Settling,
    Split,
    Stage,
    Tried,
)
from terminal.till.due import Due
from terminal.tui.looks import Looks
from terminal.tui.seat import Staff
from terminal.tui.wording import LANGUAGES

KEPT = Path(__file__).parent / "snapshots"
TAKE_ANEW = "SAOMA_SNAPSHOTS"  # in the environment: what is seen now is right
LOOK_S, WITHIN_S = 0.02, 30.0
SQUARE: Corners = ((400.0, 200.0), (800.0, 200.0), (800.0, 560.0), (400.0, 560.0))
Walk = Callable[[Any, "Album"], Awaitable[None]]
WATER, PASTE = (
    Item("06903148091449", "矿泉水", "Water", Money(250)),
    Item("06920734704057", "牙膏", "Toothpaste", Money(1290)),
)
TOMATO = Item("101", "番茄", "Tomatoes", Money(880), "kg", 9)
LAID = Laid(basket_of([Picked(WATER, 2), Picked(TOMATO, 350), Picked(PASTE)]), touched=2, can_undo=True)
HELD = HeldBasket(1, 1_763_812_800_000, basket_of([Picked(PASTE)]))
CASHIER = Operator("700001", "Li", Role.CASHIER, Pin.of("4711", bytes(16)))
MERCHANT_CODE = "https://qr.example/" + "0" * 40


# --- a picture of cells -----------------------------------------------------------------------------------


def drawn(strips: Sequence[Strip]) -> Iterator[str]:
    above = ""
    for strip in strips:
        yield f"|{strip.text}|"
        if (looks := " ".join(runs(strip))) != above:
            yield f": {looks}"
            above = looks


def runs(strip: Strip) -> Iterator[str]:
    """Where a look begins, and the look; blanks have no ink."""
    column, before = 0, ""
    for text, style, _ in strip:
        look = named(style or Style.null())
        if look != before and not (text.isspace() and ground(look) == ground(before)):
            yield f"{column} {look}"
            before = look
        column += cell_len(text)


def named(style: Style) -> str:
    """ink/ground in hexadecimal, and what else there is to it."""
    ink, back = (one.get_truecolor().hex[1:] if one else "-" for one in (style.color, style.bgcolor))
    marks = {"b": style.bold, "d": style.dim, "i": style.italic, "u": style.underline, "r": style.reverse}
    return f"{ink}/{back}" + "".join(f"+{mark}" for mark, is_so in marks.items() if is_so)


def ground(look: str) -> str:
    return look.partition("/")[2].replace("+b", "")


class Album:
    """The pictures of one walk: the kept ones to hold against what is seen, or new ones to keep."""

    def __init__(self, path: Path) -> None:
        self._path, self._taken = path, dict[str, str]()
        self._is_new = TAKE_ANEW in os.environ
        pages = path.read_text(encoding="utf-8").split("== ")[1:] if path.exists() else []
        self._kept = {name: picture.rstrip() for name, _, picture in (page.partition("\n") for page in pages)}

    async def take(self, at: Any, name: str) -> None:
        """Once nothing moves any more; and where there is one to compare with, once it is like that."""
        ends_s, now, before = time.monotonic() + WITHIN_S, "", "?"
        while now != before or not (self._is_new or now == self._kept.get(name) or time.monotonic() > ends_s):
            await asyncio.sleep(LOOK_S)
            before, now = now, await picture(at)
        self._taken[name] = now
        if not self._is_new and now != self._kept.get(name):
            lines = difflib.unified_diff(self._kept.get(name, "").splitlines(), now.splitlines(), "kept", "seen", n=1)
            pytest.fail(f"{self._path.name}: {name} is not as it was (make snapshots)\n" + "\n".join(lines), False)

    def close(self) -> None:
        """At the end of the walk: every kept picture was come by."""
        if self._is_new:
            pages = [f"== {name}\n{picture}\n" for name, picture in self._taken.items()]
            self._path.write_text("\n".join(pages), encoding="utf-8")
        else:
            assert self._taken.keys() == self._kept.keys()


async def picture(at: Any) -> str:
    for blinking in at.app.screen.query(Input):
        blinking.cursor_blink = False
    await at.settled()
    for worker in list(at.app.workers):
        with contextlib.suppress(WorkerCancelled):  # its screen has closed
            await worker.wait()
    await at.settled()
    return "\n".join(drawn(at.app.screen._compositor.render_strips()))


# --- the walks --------------------------------------------------------------------------------------------


async def sale(at: Any, album: Album) -> None:
    """Everything but the end of a payment."""
    at.till.say(Notice("settle.agrees", "wechat 2025-11-21: 7"))
    for phase in Phase:
        if not phase.is_outcome:
            shown_code = MERCHANT_CODE if phase is Phase.SHOWING else ""
            split = Split(Money(2000), Money(750)) if phase is Phase.PART_PAID else None
            at.till.say(replace(at.till.step(phase, lasts_s=90.0), shown_code=shown_code, split=split))
            await album.take(at, phase)
    at.till.say(at.till.step(Phase.AWAIT_CODE, lasts_s=90.0))
    at.till.picture = Preview(np.full((90, 160), 128, np.uint8), 0.125, (SeenCode(SQUARE, "QR 13***4321", True),), 0.0)
    await album.take(at, "payment code seen")
    at.till.picture = None
    await at.press(*"1345")
    await album.take(at, "payment code typed")
    at.till.say(at.till.step(Phase.IDLE))
    await at.press(*"1250")
    await album.take(at, "amount typed")


async def outcomes(at: Any, album: Album) -> None:
    for phase in Phase:
        if phase.is_outcome:
            reason = Reason.INSUFFICIENT_FUNDS if phase is Phase.DECLINED else Reason.NONE
            at.till.say(at.till.step(phase, reason=reason, said="NOTENOUGH"))
            await album.take(at, phase)


async def goods(at: Any, album: Album) -> None:
    at.till.goods = Catalogue((WATER, TOMATO, PASTE))
    at.till.say(LAID)
    await album.take(at, "basket")
    await at.press(*"10", "f4")
    await album.take(at, "discount")
    await at.press("escape", "slash", "1")
    await album.take(at, "look-up")
    await at.press("escape", "f12")
    await album.take(at, "tip")
    await at.press("escape")
    at.till.say(at.till.step(Phase.PROCESSING, lasts_s=90.0))
    await album.take(at, "basket being paid")
    at.till.say(at.till.step(Phase.IDLE))
    at.till.say(Laid(held=(HELD, replace(HELD, number=2, basket=LAID.basket))))
    await at.press("f7")
    await album.take(at, "held baskets")


async def keypad(at: Any, album: Album) -> None:
    """The sale with keys to touch beside it."""
    await album.take(at, "nothing yet")
    at.till.say(LAID)
    await at.press("3")
    await album.take(at, "goods, and a digit")
    await at.press("backspace")
    at.till.say(at.till.step(Phase.AWAIT_CODE, lasts_s=90.0))
    await album.take(at, "a payment code is awaited")


async def books(at: Any, album: Album) -> None:
    await at.press("f9")
    await album.take(at, "journal")
    await at.press("tab", "tab", *"0002")
    await album.take(at, "journal searched")
    await at.press("escape", "enter")
    await album.take(at, "payment")
    await at.press("end")
    await album.take(at, "payment, the wire")
    await at.press("enter")
    await album.take(at, "receipt")
    await at.press("escape", "f6")
    await album.take(at, "refund")
    await at.press(*"1000", "enter")
    await album.take(at, "refund asked")
    await at.press("escape", "escape", "escape", "escape", "g")
    await album.take(at, "charts")
    await at.press("escape", "f10")
    await album.take(at, "settlement")
    at.till.state = replace(at.till.state, settling=Settling("wechat", 1, 2, Stage.MATCHING))
    at.till.say(at.till.state.settling)
    await album.take(at, "settlement running")


async def nothing(at: Any, album: Album) -> None:
    """What an empty screen says."""
    for key in ("f9", "f10", "g", "minus"):
        await at.press(key)
        await album.take(at, type(at.app.screen).__name__)
        await at.press("escape")


async def counter(at: Any, album: Album) -> None:
    await album.take(at, "lock")
    await at.press(*"700001", "enter", *"0000", "enter")
    await album.take(at, "lock, wrong")
    await at.press(*"700001", "enter", *"4711", "enter")
    await album.take(at, "signed on, training")
    await at.press("f11")
    await album.take(at, "devices")
    at.till.say(
        Tried(DeviceKind.CAMERA, "camera 0", passed=False, said="no picture has come from it yet", took_ms=12.0)
    )
    await album.take(at, "devices, tried")
    await at.press("escape", "f1")
    await album.take(at, "help")
    await at.press("escape", "ctrl+p")
    await album.take(at, "palette")
    await at.press("escape", "ctrl+q")
    await album.take(at, "somebody who may")
    await at.press("escape")
    at.till.say(at.till.step(Phase.PROCESSING))
    await at.press("f1")
    await album.take(at, "help while paying")
    at.till.say(at.till.step(Phase.UNKNOWN))
    at.till.state = replace(at.till.state, open_attempts=(OpenAttempt("POS100001A7", Money(1250), State.INTENT, 90.0),))
    await album.take(at, "unknown, an attempt open")


ALONE: dict[str, Any] = {}
WALKS = [
    ("sale", sale, ALONE),
    ("outcomes", outcomes, ALONE),
    ("goods", goods, {"looks": Looks(tips=(5, 10))}),
    ("keypad", keypad, {"size": (100, 24), "looks": Looks(keypad=True)}),
    ("books", books, ALONE),
    ("nothing", nothing, ALONE),
    ("counter", counter, {"staff": Staff((CASHIER,), training=True)}),
]


@pytest.fixture(autouse=True)
def anywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same time of day and the same colours on every machine."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "walk", "options"), WALKS, ids=[name for name, _, _ in WALKS])
async def test_every_screen_is_as_it_was_approved(
    desk: Any, till: Any, request: pytest.FixtureRequest, language: str, name: str, walk: Walk, options: dict[str, Any]
) -> None:
    if walk is books:
        kept_books(till, request.getfixturevalue("books"))
    album = Album(KEPT / f"{name}.{language}.txt")
    async with desk(language=language, **options) as at:
        await walk(at, album)
    album.close()


@pytest.mark.parametrize("theme", ["contrast", "mono"])
async def test_every_outcome_is_as_it_was_approved_for_every_eye(desk: Any, till: Any, theme: str) -> None:
    album = Album(KEPT / f"outcomes.{theme}.txt")
    async with desk() as at:
        at.app.theme = f"saoma-{theme}"
        await outcomes(at, album)
    album.close()


def kept_books(till: Any, books: Callable[..., Any]) -> None:
    books(3)
    with closing(Listing(till.books)) as listing:
        sums = totals(listing.attempts(), ())
    till.due = [Due("wechat", "WeChat Pay", date(2025, 11, 21), sums, (), (), None, closes_batch=False)]
