"""The code on the screen is a code: what two decoders read off its cells is what was to be shown."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import zxingcpp
from pyzbar import pyzbar

from firmware_sim.phones.eye import read_code
from terminal.money import Money
from terminal.steps import Phase
from terminal.tui.looks import Looks
from terminal.tui.qr import drawn, picture, wanted
from terminal.tui.widgets.qr import QrCard

ORDER = "weixin://wxpay/bizpayurl?pr=0a1b2c3d4e5f6a7b8c9d0e1f"
CELL = 8  # pixels of a module


def painted(card: QrCard) -> Any:
    """The widget's own cells as pixels: the upper half in the foreground, the lower behind it."""
    rows: list[list[int]] = []
    for y in range(card.size.height):
        upper: list[int] = []
        lower: list[int] = []
        for segment in card.render_line(y):
            assert segment.style
            assert segment.style.color
            assert segment.style.bgcolor
            behind = segment.style.bgcolor.get_truecolor().red
            front = segment.style.color.get_truecolor().red
            for character in segment.text:
                upper.append(front if character == "▀" else behind)
                lower.append(behind)
        rows += [upper, lower]
    return np.kron(np.array(rows, np.uint8), np.ones((CELL, CELL), np.uint8))


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (150, 42)], ids=str)
@pytest.mark.parametrize("theme", ["saoma-dark", "saoma-ansi", "textual-light"])
async def test_two_decoders_read_the_code_off_the_screen(desk: Any, till: Any, size: Any, theme: str) -> None:
    async with desk(size=size) as at:
        at.app.theme = theme
        till.say(replace(till.step(Phase.SHOWING, lasts_s=90.0), shown_code=ORDER))
        await at.sees("SCAN TO PAY")
        card = at.app.screen.query_one(QrCard)
        await at.until(lambda: card.size.height and zxingcpp.read_barcodes(painted(card)))
        pixels = painted(card)
    assert [one.text for one in zxingcpp.read_barcodes(pixels)] == [ORDER]
    assert [one.data.decode() for one in pyzbar.decode(pixels)] == [ORDER]


async def test_a_code_that_does_not_fit_is_not_drawn_in_part(desk: Any, till: Any) -> None:
    text = "0002010102121531" + "4" * 300
    columns, rows = wanted(text)
    async with desk(size=(80, 24)) as at:
        till.say(replace(till.step(Phase.SHOWING, lasts_s=90.0), shown_code=text))
        await at.sees(f"{columns} x {rows}")


async def test_the_code_goes_with_the_phase(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(replace(till.step(Phase.SHOWING, lasts_s=90.0), shown_code=ORDER))
        await at.sees("SCAN TO PAY")
        till.say(till.step(Phase.CHECKING, lasts_s=90.0))
        await at.sees("CHECKING")
        assert not at.app.screen.query_one(QrCard).display


async def test_show_hands_the_typed_amount_over_once(desk: Any, till: Any) -> None:
    async with desk() as at:
        await at.press(*"1250", "f8", "f8")
        assert till.asked == [("show_code", Money(1250))]


def test_a_short_text_never_becomes_a_micro_code() -> None:
    assert len(drawn("12345", 80, 24)[0]) >= 21 + 4


def test_the_quiet_zone_is_light_on_all_four_sides() -> None:
    code = drawn(ORDER, 80, 24)
    assert not any(upper or lower for row in (*code[:2], *code[-2:]) for upper, lower in row)
    assert not any(upper or lower for row in code for upper, lower in (*row[:4], *row[-4:]))


def test_a_picture_of_it_is_read_by_a_phone() -> None:
    text = "weixin://wxpay/bizpayurl?pr=Abc123"
    assert read_code(picture(text)) == text


async def test_without_half_blocks_the_code_is_still_read_off_the_screen(desk: Any, till: Any) -> None:
    async with desk(size=(160, 60), looks=Looks(plain=True)) as at:
        till.say(replace(till.step(Phase.SHOWING, lasts_s=90.0), shown_code=ORDER))
        card = at.app.screen.query_one(QrCard)
        await at.until(lambda: card._rows)
        assert "▀" not in at.text
        assert [one.text for one in zxingcpp.read_barcodes(painted(card))] == [ORDER]
