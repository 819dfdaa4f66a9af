from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.model import Symbology
from terminal.vision import rectify
from terminal.vision.accept import middle
from terminal.vision.box import Box
from terminal.vision.engines import load
from terminal.vision.locate import Kind, Region, regions
from terminal.vision.options import COUNTER
from terminal.vision.symbol import placed

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


@pytest.mark.parametrize("step", ["sharpened", "sharper"])
def test_blurred_and_noisy_bars_are_read_once_they_are_sharpened(step: str, draw: Draw) -> None:
    code = cv2.GaussianBlur(draw(Symbology.EAN13, "6901234567892", module=2), (0, 0), 1.2)
    noisy = np.clip(code * 0.6 + 40 + np.random.default_rng(3).normal(0, 8, code.shape), 0, 255).astype(np.uint8)
    place = bars(noisy)
    for engine in load().present:
        assert engine.read(rectify.upright(noisy, place).pixels, COUNTER, thorough=False) == []
    sharp = rectify.sharpened(noisy, place, step)
    found = load().present[0].read(sharp.pixels, sharp.suits, thorough=False)
    assert [one.symbol.text for one in found] == ["6901234567892"]


@pytest.mark.parametrize("degrees", [0, 25, 160])
def test_bars_that_were_read_are_found_again_along_their_own_line(degrees: int, draw: Draw, turn: Turn) -> None:
    picture = turn(draw(Symbology.CODE128, TEXT, module=2), degrees)
    crop = rectify.upright(picture, bars(picture))
    reading = load().present[0].read(crop.pixels, COUNTER)[0]
    symbol = placed(reading, crop.to_frame, crop.step).symbol
    for again in (rectify.along(picture, symbol), rectify.again(picture, symbol, "upright")):
        assert [one.symbol.text for one in load().present[0].read(again.pixels, again.suits)] == [TEXT]
        x, y = again.to_frame @ (again.pixels.shape[1] / 2, again.pixels.shape[0] / 2, 1)
        assert (x, y) == pytest.approx(middle(symbol.corners), abs=2)


def test_a_matrix_that_was_read_is_cut_out_with_room_to_move(draw: Draw) -> None:
    paper = np.full((600, 800), 255, np.uint8)
    code = draw(Symbology.QR, TEXT, module=4)
    paper[200 : 200 + code.shape[0], 300 : 300 + code.shape[1]] = code
    symbol = load().present[0].read(paper, COUNTER)[0].symbol
    crop = rectify.again(paper, symbol, "cut")
    assert [one.symbol.text for one in load().present[0].read(crop.pixels, crop.suits)] == [TEXT]
    assert crop.pixels.size < 0.4 * paper.size


@pytest.mark.parametrize("make", [rectify.thinned, rectify.smaller])
def test_a_thinner_or_smaller_picture_knows_where_each_pixel_came_from(make: Callable[[Grey], rectify.Crop]) -> None:
    slope = np.add.outer(np.arange(900) // 8, np.arange(1300) // 12).astype(np.uint8)
    crop = make(slope)
    for x, y in [(3, 5), (100, 20), (200, 50)]:
        u, v = crop.to_frame @ (x, y, 1)
        assert crop.pixels[y, x] == pytest.approx(slope[round(v), round(u)], abs=1)


def test_a_band_is_rows_of_the_whole_width_through_the_symbol(draw: Draw) -> None:
    paper = np.full((500, 900), 255, np.uint8)
    code = draw(Symbology.EAN13, "6901234567892")
    paper[200 : 200 + code.shape[0], 300 : 300 + code.shape[1]] = code
    symbol = load().present[0].read(paper, COUNTER)[0].symbol
    crop = rectify.band(paper, symbol)
    assert np.shares_memory(crop.pixels, paper)
    assert crop.pixels.shape[1] == 900
    found = placed(load().present[0].read(crop.pixels, crop.suits, thorough=False)[0], crop.to_frame, "band").symbol
    assert found.text == symbol.text
    assert middle(found.corners) == pytest.approx(middle(symbol.corners), abs=5)


def test_rows_of_a_box_are_those_of_the_picture() -> None:
    grey = np.random.default_rng(1).integers(0, 256, (300, 200)).astype(np.uint8)
    crop = rectify.rows(grey, Box(50, 100, 120, 172))
    assert np.shares_memory(crop.pixels, grey)
    for row in range(len(crop.pixels)):
        x, y = crop.to_frame @ (7, row, 1)
        assert crop.pixels[row, 7] == grey[int(y), int(x)]
    assert rectify.rows(grey, Box(10, 290, 20, 291)).pixels.size


def test_a_halved_box_has_the_mean_of_four_pixels_in_place_of_each(draw: Draw) -> None:
    grey = np.random.default_rng(2).integers(0, 256, (90, 120)).astype(np.uint8)
    crop = rectify.halved(grey, Box(20, 10, 80, 70))
    assert crop.pixels.shape == (30, 30)
    for y, x in [(0, 0), (3, 17), (29, 29)]:
        frame_x, frame_y = crop.to_frame @ (x, y, 1)
        four = grey[int(frame_y) : int(frame_y) + 2, int(frame_x) : int(frame_x) + 2]
        assert four.mean() == pytest.approx(crop.pixels[y, x], abs=0.6)
    code = draw(Symbology.QR, TEXT, module=8)
    box = Box(0, 0, code.shape[1], code.shape[0])
    found = load().present[0].read(rectify.halved(code, box).pixels, COUNTER, thorough=False)
    assert [reading.symbol.text for reading in found] == [TEXT]


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
