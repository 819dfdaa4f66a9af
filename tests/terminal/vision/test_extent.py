from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.model import Symbology
from terminal.vision import extent, rectify
from terminal.vision.accept import middle
from terminal.vision.engines import load
from terminal.vision.locate import Kind, regions
from terminal.vision.options import Options
from terminal.vision.stills import look_at
from terminal.vision.symbol import Reading

Grey = NDArray[np.uint8]
Draw = Callable[..., Grey]
Turn = Callable[[Grey, float], Grey]
CODE = "134567890123456789"


def read(picture: Grey) -> tuple[Reading, extent.Region, rectify.Crop]:
    place = next(one for one in regions(picture) if one.kind is Kind.BARS)
    crop = rectify.upright(picture, place)
    return look_at(crop, load().present[:1], Options())[0], place, crop


@pytest.mark.parametrize("degrees", [0, 20, 110, 200])
def test_bars_are_as_high_as_they_are_printed(degrees: int, draw: Draw, turn: Turn) -> None:
    picture = turn(draw(Symbology.CODE128, CODE), degrees)  # 90 pixels high
    reading, place, crop = read(cv2.GaussianBlur(picture, (0, 0), 1.0))
    high = extent.as_high_as(reading, extent.trimmed(place, crop, reading)).symbol
    first, second, _, fourth = (np.array(corner) for corner in high.corners)
    assert np.hypot(*(fourth - first)) == pytest.approx(90, abs=14)
    assert np.hypot(*(second - first)) == pytest.approx(400, abs=12)
    assert middle(high.corners) == pytest.approx((picture.shape[1] / 2, picture.shape[0] / 2), abs=8)
    across, down = second - first, fourth - first
    assert across[0] * down[1] - across[1] * down[0] > 0, "clockwise, as the symbol stands"
    assert np.cos(np.arctan2(across[1], across[0]) + np.radians(degrees)) > 0.99


def test_other_edges_of_that_direction_are_no_part_of_them(draw: Draw) -> None:
    """Like the frame of a phone's screen below its bars."""
    code = draw(Symbology.CODE128, CODE, module=2)
    page = np.full((460, 420), 255, np.uint8)
    page[20 : 20 + code.shape[0], 40 : 40 + code.shape[1]] = code
    page[104:, 60:75] = page[104:, 300:330] = 40
    reading, place, crop = read(page)
    trimmed = extent.trimmed(place, crop, reading)
    assert place.half_along > 40
    assert trimmed.half_along == pytest.approx(30, abs=10)
    assert trimmed.centre[1] == pytest.approx(78, abs=10)


@pytest.mark.parametrize("away", [-1000, 1000])
def test_bars_that_were_read_beside_a_place_leave_it_as_it_is(away: int, draw: Draw, turn: Turn) -> None:
    """Two packs side by side: the box around a slanting place holds more than the place."""
    reading, place, crop = read(turn(draw(Symbology.CODE128, CODE), 20))
    first, second, third, fourth = ((x + away, y) for x, y in reading.symbol.corners)
    beside = replace(reading, symbol=replace(reading.symbol, corners=(first, second, third, fourth)))
    assert extent.trimmed(place, crop, beside) == place


def test_bars_that_were_read_are_a_place_again(draw: Draw, turn: Turn) -> None:
    reading, place, crop = read(turn(draw(Symbology.CODE128, CODE), 20))
    high = extent.as_high_as(reading, extent.trimmed(place, crop, reading))
    again = extent.bars(high.symbol)
    assert extent.as_high_as(high, again).symbol.corners == pytest.approx(np.array(high.symbol.corners), abs=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_rows_are_alike_as_far_as_plain_loops_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    line, other = rng.integers(0, 256, 60), rng.integers(0, 256, 60)
    top, bottom = sorted(int(row) for row in rng.choice(np.arange(3, 38), 2, replace=False))
    pixels = np.array([line if top <= row < bottom + 3 else other for row in range(44)]).astype(np.uint8)
    means = cv2.blur(pixels, (1, 5))
    at = (top + bottom + 3) // 2
    first = last = at
    while first > 0 and np.corrcoef(means[first - 1], means[at])[0, 1] >= 0.6:
        first -= 1
    while last < 43 and np.corrcoef(means[last + 1], means[at])[0, 1] >= 0.6:
        last += 1
    assert extent._alike(pixels, at) == (first, last + 1)
