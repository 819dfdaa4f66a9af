from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.model import Symbology
from terminal.vision import rectify
from terminal.vision.box import Box
from terminal.vision.engines import load
from terminal.vision.locate import Kind, Region, regions
from terminal.vision.options import COUNTER

Grey = NDArray[np.uint8]
Draw = Callable[..., Grey]
Turn = Callable[[Grey, float], Grey]
TEXT = "134567890123456789"


def bars(picture: Grey) -> Region:
    return next(one for one in regions(picture) if one.kind is Kind.BARS)


@pytest.mark.parametrize("degrees", [25, 45, 65, 115, 155])
@pytest.mark.parametrize("step", [rectify.upright, rectify.stretched])
def test_leaning_bars_are_read_once_they_stand_upright(
    degrees: int, step: Callable[[Grey, Region], rectify.Crop], draw: Draw, turn: Turn
) -> None:
    picture = turn(draw(Symbology.CODE128, TEXT, module=2), degrees)
    crop = step(picture, bars(picture))
    for engine in load().present:
        assert [one.symbol.text for one in engine.read(crop.pixels, COUNTER)] == [TEXT]


@pytest.mark.parametrize("step", [rectify.upright, rectify.stretched])
def test_a_crops_pixels_are_those_of_the_frame_where_its_matrix_says(
    step: Callable[[Grey, Region], rectify.Crop], draw: Draw, turn: Turn
) -> None:
    """Each pixel fetched by hand, one at a time, from the four around its place in the frame."""
    picture = turn(draw(Symbology.CODE128, TEXT), 30)
    crop = step(picture, bars(picture))
    rng = np.random.default_rng(5)
    for _ in range(300):
        x, y = rng.integers(crop.pixels.shape[1]), rng.integers(crop.pixels.shape[0])
        u, v = crop.to_frame @ (x, y, 1)
        if not (0 <= u < picture.shape[1] - 1 and 0 <= v < picture.shape[0] - 1):
            continue
        left, top = int(u), int(v)
        across, down = u - left, v - top
        (a, b), (c, d) = picture[top : top + 2, left : left + 2].astype(float)
        by_hand = (a * (1 - across) + b * across) * (1 - down) + (c * (1 - across) + d * across) * down
        assert crop.pixels[y, x] == pytest.approx(by_hand, abs=10)  # OpenCV rounds places to 1/32 of a pixel


def test_a_cut_is_a_view_that_knows_where_it_came_from() -> None:
    grey = np.arange(600, dtype=np.uint16).reshape(20, 30).astype(np.uint8)
    crop = rectify.cut(grey, Box(5, 7, 15, 17))
    assert np.shares_memory(crop.pixels, grey)
    assert tuple(crop.to_frame @ (0, 0, 1)) == (5, 7)


def test_only_bars_are_striped(draw: Draw) -> None:
    shortest = draw(Symbology.UPCE, "01234531")
    assert rectify.is_striped(rectify.upright(shortest, bars(shortest)))
    edge = np.full((200, 300), 220, np.uint8)
    edge[:, 150:] = 30
    assert not rectify.is_striped(rectify.upright(edge, bars(edge)))


def test_the_number_of_stripes_is_the_number_of_edges(draw: Draw) -> None:
    code = draw(Symbology.EAN13, "6901234567892")
    edges = np.count_nonzero(np.diff(code[code.shape[0] // 2].astype(int)))
    assert edges == 60  # 30 bars (ISO/IEC 15420)
    assert rectify.stripes(rectify.whole(code)) == edges


@pytest.mark.parametrize("step", [rectify.cleared, rectify.evened])
def test_light_that_falls_off_is_evened_out(step: Callable[[rectify.Crop], rectify.Crop], draw: Draw) -> None:
    code = draw(Symbology.QR, TEXT, module=5)
    shade = np.linspace(1.0, 0.12, code.shape[1])
    dim = cv2.GaussianBlur((code * shade).astype(np.uint8), (0, 0), 1)
    crop = step(rectify.whole(dim))
    right = slice(code.shape[1] * 3 // 5, code.shape[1] - 80)
    assert np.ptp(crop.pixels[80:-80, right]) > np.ptp(dim[80:-80, right])
    assert crop.pixels.shape == dim.shape
    assert crop.step.startswith("whole ")
