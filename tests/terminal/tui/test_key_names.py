"""Other keys in the configuration: no screen and no sentence goes on naming the old ones, in either language."""

import re
from collections.abc import Iterator
from itertools import product
from string import Formatter, ascii_lowercase
from typing import Any

import pytest

from terminal.basket.basket import Item, Picked, basket_of
from terminal.money import Money
from terminal.steps import Laid, Notice, Phase
from terminal.tui.commands import COMMANDS
from terminal.tui.keymap import OVER, cap, keys_over, remapped
from terminal.tui.looks import Looks
from terminal.tui.screens.charts import ChartsScreen
from terminal.tui.screens.help import HelpScreen
from terminal.tui.screens.journal import JournalScreen
from terminal.tui.screens.payment import PaymentScreen
from terminal.tui.screens.refund import RefundScreen
from terminal.tui.screens.settle import SettleScreen
from terminal.tui.wording import LANGUAGES, Language, Texts

IDS = [command.id for command in COMMANDS]
ODD = [f"{carrier}+{letter}" for carrier, letter in product(("alt", "ctrl+alt"), ascii_lowercase)]
ELSEWHERE = remapped(COMMANDS, {name: (key,) for name, key in zip(IDS, ODD, strict=False)})
# Names of keys as sentences and bars have them, but for signs that are no keys wherever they stand.
OLD = {cap(key) for command in COMMANDS for key in command.keys[:2]} - {"-", "/", "<--"}
SIGNS = {name for name in OLD if not name[-1].isalnum()}
ENDINGS = {"Esc", "Enter"}  # close and take, on every screen that lies over the sale
# Screens with keys of their own, which are not commands of the sale, and what stands there.
OWN = {
    "help.": ENDINGS,
    "devices.": ENDINGS | {"T", "+", "?"},
    "sign_on.": ENDINGS,
    "choose.": ENDINGS,
    "payments.": ENDINGS,
    "refund.": ENDINGS,
    "settle.": ENDINGS,
}
SODA = Item("06903148091449", "汽水", "Soda", Money(250))
EMPTY, LAID = Laid(), Laid(basket_of([Picked(SODA)]), 0, can_undo=True)


def named(text: str) -> Iterator[str]:
    """The old keys that a text names."""
    words = set(text.split())
    for name in OLD:
        if name in words if name in SIGNS else re.search(rf"(?<![\w+^]){re.escape(name)}(?![\w+])", text):
            yield name


def filled(texts: Texts, key: str) -> str:
    """The sentence with something in the place of each fact."""
    said = texts._catalogue.gettext(key)
    facts = {name for _, name, _, _ in Formatter().parse(said) if name and "[" not in name}
    return texts(key, **dict.fromkeys(facts, "1"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_names_an_old_key(language: Language) -> None:
    texts = Texts(language, ELSEWHERE)
    keys = [key for key in texts._catalogue._catalog if isinstance(key, str) and key]
    assert len(keys) > 500
    own = {key: next((keys for begins, keys in OWN.items() if key.startswith(begins)), set()) for key in keys}
    stale = {key: set(named(filled(texts, key))) - own[key] for key in keys}
    assert {key: names for key, names in stale.items() if names} == {}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_moment_of_a_sale_shows_an_old_key(desk: Any, till: Any, language: Language) -> None:
    wrong: list[str] = []
    async with desk(size=(120, 40), language=language, looks=Looks(commands=ELSEWHERE)) as at:
        for phase, laid in [(Phase.IDLE, EMPTY), *((phase, LAID) for phase in Phase)]:
            till.say(laid)
            till.say(till.step(phase, lasts_s=90.0))
            at.app.sale_screen.hear(Notice("code.goods", "6903148091449"))
            await at.settled()
            wrong += [f"{phase}: {name}" for name in named(at.text)]
        at.app.action_help()
        await at.settled()
        assert isinstance(at.app.screen, HelpScreen)
        wrong += [f"help: {name}" for name in set(named(at.text)) - ENDINGS]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_screens_over_the_sale_have_the_new_keys_too(
    desk: Any, till: Any, books: Any, language: Language
) -> None:
    books(3)
    new = {command.id: command.keys[0] for command in ELSEWHERE}
    async with desk(language=language, looks=Looks(commands=ELSEWHERE)) as at:
        await at.press(new["journal"])
        await at.until(lambda: "POS-3" in at.text)
        assert not set(named(at.text)) - ENDINGS - {"Tab"}
        await at.press("f6", "f9", "f10", "f2")
        assert isinstance(at.app.screen, JournalScreen), "the old ones do nothing"
        await at.press(new["charts"])
        await at.until(lambda: isinstance(at.app.screen, ChartsScreen))
        await at.press(new["charts"], new["settle"])
        await at.until(lambda: isinstance(at.app.screen, SettleScreen))
        await at.press(new["settle"], "enter")
        await at.until(lambda: isinstance(at.app.screen, PaymentScreen) and "POS-3" in at.text)
        assert not set(named(at.text)) - ENDINGS
        await at.press(new["refund"])
        await at.until(lambda: isinstance(at.app.screen, RefundScreen))
        assert not set(named(at.text)) - ENDINGS
        await at.press(new["journal"])
        await at.until(lambda: not isinstance(at.app.screen, RefundScreen))


def test_where_letters_are_typed_a_letter_is_no_key() -> None:
    assert keys_over(COMMANDS) == OVER
    moved = remapped(COMMANDS, {"refund": ("w", "ctrl+w"), "journal": ("z",), "charts": ("ctrl+g",)})
    assert keys_over(moved) == {"charts": "ctrl+g", "refund": "ctrl+w", "journal": "f9", "settle": "f10"}


def test_an_old_key_would_be_found() -> None:
    assert set(named("type it, then press F12 / Enter or ^Q")) == {"F12", "Enter", "^Q"}
    assert set(named("按 Shift+F3 再按 * 键")) == {"Shift+F3", "*"}
    assert not set(named("SCN- NET+ ^Alt+Q Alt+U F13 1.50"))
