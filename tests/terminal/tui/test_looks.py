"""How a counter wants its screen: theme, touch, plain glyphs, other keys. What cannot be is refused and explained."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terminal.config import ScreenConfig, load
from terminal.errors import ConfigError
from terminal.money import Money
from terminal.schemes import SETTINGS
from terminal.steps import Phase
from terminal.tui.bigtext import big
from terminal.tui.commands import COMMANDS
from terminal.tui.keymap import cap, remapped
from terminal.tui.looks import Looks, looks_of
from terminal.tui.themes import THEMES
from terminal.tui.widgets.keys import KeyBar
from terminal.tui.wording import LANGUAGES, Language, Texts

XTERM = {"TERM": "xterm-256color"}
ELEVEN = remapped(COMMANDS, {"pay": ("Ctrl+K", "K"), "journal": ("z",)})


# --- the configuration ------------------------------------------------------------------------------------


def test_screen_and_keys_are_read_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "till.toml"
    path.write_text('[screen]\ntheme = "light"\ntouch = true\nglyphs = "ascii"\n[keys]\npay = "k"\nerase = ["x"]\n')
    config = load(path, SETTINGS)
    looks = looks_of(config.screen, config.keys, tmp_path, dict(XTERM))
    assert (looks.theme, looks.touch, looks.plain, looks.latin) == ("light", True, True, False)
    assert {one.id: one.keys for one in looks.commands if one.id in {"pay", "erase"}} == {
        "pay": ("k",),
        "erase": ("x",),
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[screen]\ntheme = "pink"', ["screen.theme", "'pink'", "'contrast'"]),
        ("[keys]\npay = 11", ["keys.pay", "11", '"f11"']),
        ("keys = 3", ["keys", "a table"]),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, told: list[str]) -> None:
    path = tmp_path / "till.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(path, SETTINGS)
    assert all(part in str(caught.value) for part in told)


# --- keys -------------------------------------------------------------------------------------------------


def test_a_key_is_named_as_people_write_it() -> None:
    (pay,) = [one for one in ELEVEN if one.id == "pay"]
    assert pay.keys == ("ctrl+k", "K")
    assert [cap(key) for key in ("f11", "ctrl+k", "escape", "x")] == ["F11", "^K", "Esc", "X"]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"fly": ("f11",)}, "no such command; there are help"),
        ({"journal": ("f1",)}, "help and journal both want F1"),
        ({"pay": ("5",)}, "digits are amounts"),
        ({"pay": ()}, "one or more keys"),
    ],
)
def test_keys_that_cannot_be_are_refused(keys: dict[str, tuple[str, ...]], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        remapped(COMMANDS, keys)


def test_a_key_may_serve_two_commands_that_are_never_live_together() -> None:
    assert {one.id for one in remapped(COMMANDS, {"keep": ("k",), "submit": ("k",)}) if "k" in one.keys} >= {
        "keep",
        "submit",
    }


async def test_other_keys_work_and_stand_on_bar_help_and_palette(desk: Any, till: Any) -> None:
    async with desk(size=(100, 70), looks=Looks(commands=ELEVEN)) as at:
        await at.press("5", "0", "0")
        await at.sees("^K PAY", "Z Journal")
        await at.press("f12", "enter")
        assert till.asked == []
        await at.press("ctrl+k")
        assert till.asked == [("charge", Money(500))]
        await at.press("f1")
        await at.sees("^K", "PAY")
        await at.press("escape", "ctrl+p")
        await at.sees("Z  ")
        await at.press("escape", "z")
        await at.sees("JOURNAL")


async def test_sentences_name_the_keys_of_this_counter(desk: Any, till: Any) -> None:
    async with desk(looks=Looks(commands=ELEVEN)) as at:
        await at.sees("type the amount, then ^K / K")
        await at.press("ctrl+l")
        await at.sees("再按 ^K / K")
        await at.press("f1")
        await at.sees("按 ^K / K, 再请顾客")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_names_a_key_that_a_counter_may_have_moved(language: Language) -> None:
    raw = Texts(language)._catalogue._catalog
    assert [name for name, said in raw.items() if re.search(r"\bF\d+\b", str(said))] == []


# --- themes -----------------------------------------------------------------------------------------------


async def test_a_theme_chosen_on_the_screen_is_there_at_the_next_start(desk: Any, tmp_path: Path) -> None:
    looks = looks_of(ScreenConfig(), {}, tmp_path, dict(XTERM))
    async with desk(looks=looks) as at:
        await at.press("ctrl+p", *"high", "enter")
        await at.until(lambda: at.app.theme == "saoma-contrast")
    assert looks.chosen(THEMES, few_colours=False, no_colour=False) == "contrast"


def test_the_configured_theme_holds_and_a_poor_terminal_gets_one_of_its_own(tmp_path: Path) -> None:
    memory = tmp_path / "theme"
    memory.write_text("light\n")
    assert Looks("mono", memory=memory).chosen(THEMES, few_colours=True, no_colour=False) == "mono"
    assert Looks(memory=memory).chosen(THEMES, few_colours=True, no_colour=False) == "ansi"
    assert Looks(memory=memory).chosen(THEMES, few_colours=False, no_colour=True) == "mono"
    memory.write_text("no such thing")
    assert Looks(memory=memory).chosen(THEMES, few_colours=False, no_colour=False) == "dark"


@pytest.mark.parametrize("spoil", [lambda at: at.write_bytes(b"\xff\xfe\x00"), Path.mkdir], ids=["torn", "no file"])
def test_a_theme_that_cannot_be_kept_or_read_stops_no_till(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    memory = tmp_path / "theme"
    spoil(memory)
    assert Looks(memory=memory).chosen(THEMES, few_colours=False, no_colour=False) == "dark"
    Looks(memory=memory).remember("light")
    assert memory.is_dir() or memory.read_text() == "light\n"


# --- touch, plain glyphs, the kernel's console ------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (100, 30)], ids=str)
async def test_for_fingers_every_key_of_the_bar_is_three_rows_high(desk: Any, size: Any) -> None:
    async with desk(size=size, looks=Looks(touch=True)) as at:
        bar = at.app.screen.query_one(KeyBar)
        assert {bar.place(slot).height for slot, _ in bar.shown} == {3}
        assert len(at.text.splitlines()) == size[1]


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (150, 42)], ids=str)
async def test_plain_glyphs_are_ascii_but_for_the_currency_in_every_phase(
    desk: Any, till: Any, make_picture: Any, size: Any
) -> None:
    till.picture = make_picture(corners=((20.0, 20.0), (600.0, 20.0), (600.0, 400.0), (20.0, 400.0)))
    async with desk(size=size, looks=Looks(plain=True)) as at:
        for phase in Phase:
            till.say(till.step(phase, lasts_s=30.0))
            await at.settled()
            assert set(at.text) - set("\n¥中文") <= {chr(code) for code in range(32, 127)}, phase


def test_without_half_blocks_an_amount_is_narrow_rather_than_small() -> None:
    assert set("".join(big("¥12.50", 30, plain=True))) == {"█", " "}
    assert len(big("¥12.50", 30, plain=True)) == 5


async def test_the_kernels_console_speaks_english_and_says_why(desk: Any, tmp_path: Path) -> None:
    environ = {"TERM": "linux"}
    looks = looks_of(ScreenConfig(), {}, tmp_path, environ)
    assert environ["TEXTUAL_DISABLE_KITTY_KEY"] == "1"
    assert looks.plain
    async with desk(language="zh", looks=looks) as at:
        await at.sees("READY", "no Chinese letters")
        assert "中文" not in at.text
        await at.press("ctrl+l")
        await at.sees("READY", "Help")
