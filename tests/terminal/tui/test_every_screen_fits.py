"""Every screen at 80 x 24 in both languages, as full as it gets: nothing is cut, and nothing is in the other language.

The screens are found by pressing every key that is live, so a new one is looked at without being named here.
"""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from rich.cells import cell_len
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Static

from terminal.basket.basket import Item, Picked, basket_of
from terminal.basket.catalogue import Catalogue
from terminal.model import Reason, State
from terminal.money import Money
from terminal.operators import Operator, Pin, Role
from terminal.steps import DeviceKind, DeviceState, HeldBasket, Laid, Notice, OpenAttempt, Phase, Snapshot, Step, Tried
from terminal.tui import text as text_module
from terminal.tui.commands import COMMANDS, Command
from terminal.tui.sale import Sale
from terminal.tui.screens.sale import SaleScreen
from terminal.tui.seat import Staff
from terminal.tui.widgets.keys import Keys
from terminal.tui.widgets.lines import Lines
from terminal.tui.wording import LANGUAGES, Language, Texts

CUT_BY_DESIGN = {"terminal.tui.devices"}  # what a device says: whole under the list
FAULT = "! "  # begins the same at the sale, as far as it has room there
Strange = Callable[[str, Language], set[str]]
AS_MANY_AS_FIT = {"info"}  # the last sales
STAYS = {"language", "leave"}  # commands that open nothing
ITEMS = (
    Item("06903148091449", "矿泉水", "Water", Money(250)),
    Item("06920734704057", "牙膏", "Toothpaste", Money(1290)),
    Item("101", "番茄", "Tomatoes", Money(880), "kg", 9),
)
BASKET = basket_of([Picked(ITEMS[0]), Picked(ITEMS[1]), Picked(ITEMS[2], 350)])
LAID = (Laid(), Laid(BASKET, 1, can_undo=True), Laid(held=(HeldBasket(1, 1_763_812_800_000, BASKET),)))
CLERK = Operator("700001", "Li", Role.CASHIER, Pin(bytes(16), bytes(32)))


class Cuts:
    """Remembers what `text.fitted` had to cut, wherever it is called from."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: list[tuple[str, int]] = []
        original = text_module.fitted

        def fitted(text: str, cells: int) -> str:
            if cell_len(text_module.clean(text).rstrip()) > cells > 0 and not text.startswith(FAULT):
                self.found.append((text, cells))
            return original(text, cells)

        for name, module in list(sys.modules.items()):
            if getattr(module, "fitted", None) is original and name not in CUT_BY_DESIGN:
                monkeypatch.setattr(module, "fitted", fitted)


@pytest.fixture
def cuts(monkeypatch: pytest.MonkeyPatch) -> Cuts:
    return Cuts(monkeypatch)


def too_long(screen: Screen[object]) -> Iterator[str]:
    """What the screen's own widgets cut: keys, sentences and lists."""
    for widget in screen.query("*"):
        if not widget.display or not widget.size or not widget.region:
            continue
        if isinstance(widget, Keys):
            for slot, (label, title, _) in widget.shown:
                if cell_len(f"{label} {title}".strip()) > widget.place(slot).width:
                    yield f"key {label} {title}: {widget.place(slot).width} cells"
        elif isinstance(widget, Static):
            wanted = widget.get_content_height(Size(80, 24), Size(80, 24), widget.content_size.width)
            if wanted > widget.content_size.height:
                yield f"{widget}: {widget.visual} wants {wanted} rows"
        elif (
            isinstance(widget, Lines)
            and widget.id not in AS_MANY_AS_FIT
            and widget._shows
            and len(widget._shows) > widget.size.height
        ):
            yield f"{widget}: {widget._shows[widget.size.height :]} left out"


def as_full_as_it_gets(till: Any, books: Any) -> None:
    books(8)
    waiting = tuple(OpenAttempt(f"POS10000{n}A7", Money(1250), State.INTENT, 90.0) for n in range(12))
    down = DeviceState(DeviceKind.SCANNER, "/dev/ttyACM0", up=False)
    till.goods = Catalogue(ITEMS)
    till.state = replace(till.state, open_attempts=waiting, devices=(*till.state.devices[:2], down))


async def looked_at(at: Any, cuts: Cuts, language: Language, where: str) -> list[str]:
    await at.settled()
    at.app.screen.refresh()
    await at.settled()
    words = [f"{where}: cut to {cells}: {text!r}" for text, cells in cuts.found]
    words += [f"{where}: {word}" for word in too_long(at.app.screen)]
    words += [f"{where}: not {language}: {word!r}" for word in sorted(at.strange(language))]
    cuts.found.clear()
    return words


async def back_to_sale(at: Any) -> None:
    while not isinstance(at.app.screen, SaleScreen):
        at.app.pop_screen()
        await at.settled()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_phase_of_a_sale_fits_in_its_own_language(
    desk: Any, till: Any, books: Any, cuts: Cuts, language: Language
) -> None:
    as_full_as_it_gets(till, books)
    wrong: list[str] = []
    async with desk(language=language) as at:
        for phase in Phase:
            for reason in Reason if phase is Phase.DECLINED else (Reason.NONE,):
                till.say(till.step(phase, lasts_s=90.0, reason=reason))
                wrong += await looked_at(at, cuts, language, f"{phase} {reason}")
    assert not wrong, "\n".join(dict.fromkeys(wrong))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_screen_that_a_key_opens_fits_in_its_own_language(
    desk: Any, till: Any, books: Any, cuts: Cuts, language: Language
) -> None:
    as_full_as_it_gets(till, books)
    wrong: list[str] = []
    async with desk(language=language) as at:
        for command in COMMANDS:
            if command.id in STAYS:
                continue
            phase, laid, typed = where_live(command)
            await begin(at, till.step(phase), laid)
            if typed:
                await at.press(typed)
            await at.press(command.keys[0])
            wrong += await looked_at(at, cuts, language, f"{phase}: {command.id}")
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def where_live(command: Command) -> tuple[Phase, Laid, str]:
    """The first circumstances in which it is; there are some for each."""
    return next(
        (phase, laid, typed)
        for phase, laid, typed in product(Phase, LAID, ("", "5"))
        if command.is_live(phase, typed, Sale(Snapshot(Step(phase), laid=laid), typed).there)
    )


async def begin(at: Any, step: Step, laid: Laid) -> None:
    """The sale screen in this phase with these goods, and nothing typed."""
    await back_to_sale(at)
    at.app.sale_screen._forget()
    at.till.state = replace(at.till.state, laid=laid)
    at.till.say(laid)
    at.till.say(step)
    await at.pilot.pause()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_help_fits_in_every_phase(desk: Any, till: Any, cuts: Cuts, language: Language) -> None:
    wrong: list[str] = []
    async with desk(language=language) as at:
        for phase in Phase:
            till.say(till.step(phase))
            await at.press("f1")
            wrong += await looked_at(at, cuts, language, f"help {phase}")
            await back_to_sale(at)
    assert not wrong, "\n".join(dict.fromkeys(wrong))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_signing_on_and_trying_a_device_fit(desk: Any, till: Any, cuts: Cuts, language: Language) -> None:
    wrong: list[str] = []
    async with desk(language=language, staff=Staff((CLERK,), training=True)) as at:
        wrong += await looked_at(at, cuts, language, "sign on")
        await at.press(*"700001", "enter", *"123456789012", "enter")
        await at.until(lambda: at.app.screen._said)
        wrong += await looked_at(at, cuts, language, "signed on")
    async with desk(language=language) as at:
        await at.press("f11")
        till.say(Tried(DeviceKind.CAMERA, "camera 0", passed=False, said="1234567890", took_ms=12_000.0))
        wrong += await looked_at(at, cuts, language, "devices")
    assert not wrong, "\n".join(dict.fromkeys(wrong))


# --- the catalogues ---------------------------------------------------------------------------------------


def keys(texts: Texts, begins: str) -> list[str]:
    return [key for key in texts._catalogue._catalog if isinstance(key, str) and key.startswith(begins)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notice_fits_the_event_line_with_a_detail(language: Language) -> None:
    texts = Texts(language)
    found = keys(texts, "notice.")
    assert len(found) > 40
    lines = {key: f" 12:34  {texts(key, detail='x' * 10, key='x' * 10)}" for key in found}
    assert {key: cell_len(line) for key, line in lines.items() if cell_len(line) > 80} == {}


def test_what_is_the_same_in_both_languages_is_so_by_its_nature(strange: Strange) -> None:
    here, there = (Texts(language)._catalogue for language in LANGUAGES)
    same = {key: said for key in keys(Texts("zh"), "") if key and (said := here.gettext(key)) == there.gettext(key)}
    assert {key: said for key, said in same.items() if strange(re.sub("{.*?}", " ", said), "zh")} == {}


def test_a_cut_and_a_stranger_would_be_found(cuts: Cuts, strange: Strange) -> None:
    text_module.fitted("too long a text", 5)
    assert cuts.found == [("too long a text", 5)]
    assert strange("金额 Amount CNY", "zh") == {"Amount"}
    assert strange("Amount 金额", "en") == {"Amount 金额"}
    assert not strange("Esc 返回  F12 收款", "zh")
    assert Notice("x").key == "x"
