"""Packs of goods: what is drawn can be read, and the truth about where it is holds."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from firmware_sim.drawing import codes
from firmware_sim.drawing.pack import Pack, draw_pack
from firmware_sim.drawing.phone import Look, Shown, Sticker, draw_phone

GTIN = "6901234567892"
CODE = "134567890123456789"


def kindly(rng: np.random.Generator) -> Look:
    return replace(Look.draw(rng), defocus=0.5, glare=0.0, brightness=1.0, width=380, height=780)


def texts(sticker: Sticker) -> set[str]:
    grey: NDArray[np.uint8] = cv2.cvtColor(sticker.pixels[..., :3], cv2.COLOR_BGR2GRAY).astype(np.uint8)
    return {found.text for found in zxingcpp.read_barcodes(grey)}


@pytest.mark.parametrize("bend", [0.0, 0.6, 1.0])
def test_the_code_on_a_box_and_on_a_can_is_read(bend: float) -> None:
    rng = np.random.default_rng(2)
    pack = replace(Pack.draw(rng), panel_width=380, width=520, height=560, bend=bend)
    assert GTIN in texts(draw_pack(GTIN, pack, kindly(rng), rng))


@pytest.mark.parametrize("bend", [0.0, 1.0])
def test_the_code_is_where_the_sticker_says(bend: float) -> None:
    rng = np.random.default_rng(3)
    pack = replace(Pack.draw(rng), panel_width=380, width=520, height=560, bend=bend)
    sticker = draw_pack(GTIN, pack, kindly(rng), rng)
    left, top, right, bottom = (round(edge) for edge in (*sticker.code_places[0][0], *sticker.code_places[0][2]))
    print_only = sticker.pixels.copy()
    print_only[top - 4 : bottom + 4, left - 4 : right + 4, :3] = 128
    assert GTIN not in texts(replace(sticker, pixels=print_only))
    only_code = np.full_like(sticker.pixels, 255)
    only_code[top:bottom, left:right] = sticker.pixels[top:bottom, left:right]
    assert GTIN in texts(replace(sticker, pixels=only_code))


def test_a_bend_narrows_the_bars_at_the_sides_and_darkens_them() -> None:
    flat, bent = (
        draw_pack(
            GTIN, Pack(500, 500, 380, bend, (90, 90, 90)), kindly(np.random.default_rng(1)), np.random.default_rng(1)
        )
        for bend in (0.0, 1.1)
    )
    assert np.ptp(bent.code_places[0][:, 0]) != np.ptp(flat.code_places[0][:, 0])
    assert bent.pixels[250, 30, 0] < flat.pixels[250, 30, 0]


@pytest.mark.parametrize(("shown", "count"), [(Shown.BOTH, 2), (Shown.BARS, 1), (Shown.QR, 1)])
def test_a_phone_shows_one_code_or_both(shown: Shown, count: int) -> None:
    sticker = draw_phone(CODE, "wechat", kindly(np.random.default_rng(4)), shown)
    assert len(sticker.code_places) == count
    assert texts(sticker) == {CODE}


def test_an_ean_is_drawn_with_its_check_digit_and_quiet_zones() -> None:
    line = codes.ean13(GTIN[:12])
    assert len(line) == 95 + 2 * codes.EAN_QUIET
    assert np.array_equal(line, codes.ean13(GTIN))
    assert (line[: codes.EAN_QUIET] == 255).all()
