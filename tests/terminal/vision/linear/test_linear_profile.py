from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.model import Symbology
from terminal.vision.linear.cells import Ruler, Warp, edges
from terminal.vision.linear.profile import profile
from terminal.vision.linear.span import Span, spans

Grey = NDArray[np.uint8]
Draw = Callable[..., Grey]
CODE = Symbology.EAN13, "590123412345"


def likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.corrcoef(one, other)[0, 1])


@pytest.mark.parametrize("slant", [-0.14, -0.05, 0.03, 0.12])
@pytest.mark.parametrize("fan", [-0.1, 0.0, 0.1])
def test_slanted_and_fanned_bars_are_straightened_before_they_are_averaged(
    slant: float, fan: float, draw: Draw
) -> None:
    grey = draw(*CODE, rows=100)
    height, width = grey.shape
    centre = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1.0]])
    lean = np.linalg.inv(centre) @ np.array([[1, slant, 0], [0, 1, 0], [0, fan / height, 1.0]]) @ centre
    leaning = cv2.warpPerspective(grey, lean, (width, height), borderMode=cv2.BORDER_REPLICATE)
    assert likeness(profile(leaning).values, profile(grey).values) > 0.97


def test_a_glare_across_some_rows_is_left_out(draw: Draw) -> None:
    grey = draw(*CODE)
    dazzled = grey.copy()
    dazzled[20:35] = 255
    assert likeness(profile(dazzled).values, profile(grey).values) > 0.995


def test_a_place_on_the_line_is_known_in_the_crop(draw: Draw) -> None:
    grey = draw(*CODE, rows=100)
    height, width = grey.shape
    lean = np.array([[1, 0.1, -5.0], [0, 1, 0]])
    leaning = cv2.warpAffine(grey, lean, (width, height), borderMode=cv2.BORDER_REPLICATE)
    straight = profile(leaning)
    (top_x, _), (bottom_x, _) = straight.place(100, 0), straight.place(100, height)
    assert bottom_x - top_x == pytest.approx(0.1 * height, abs=2)


@pytest.mark.parametrize("sigma", [0.3, 1.0])
def test_the_span_of_a_symbol_is_found_to_a_module(sigma: float, draw: Draw) -> None:
    found = next(spans(profile(draw(*CODE, module=3, sigma=sigma)).values))
    assert found.left == pytest.approx(14 * 3, abs=4)
    assert found.right == pytest.approx((14 + 95) * 3, abs=4)


def test_the_bars_of_a_sharp_symbol_are_counted(draw: Draw) -> None:
    assert next(spans(profile(draw(*CODE, module=3, sigma=0.3)).values)).bars == 30


def test_plain_paper_has_no_span() -> None:
    assert list(spans(np.full(300, 200, np.float32))) == []


def test_cells_are_the_means_that_a_sum_over_fine_samples_finds() -> None:
    rng = np.random.default_rng(2)
    line = rng.integers(0, 201, 60).astype(np.float32)
    paper = Span(0.0, 60.0, (200.0, 200.0), (-1.0, 61.0), 1.0, 1)
    places = np.array([[5.0, 7.5, 9.25, 20.0]])
    fine = 1 - line.repeat(1000) / 200
    by_hand = [fine[round(a * 1000) : round(b * 1000)].mean() for a, b in zip(places[0], places[0, 1:], strict=False)]
    assert Ruler.of(line, paper).cut(places)[0] == pytest.approx(by_hand, abs=1e-4)


def test_cells_of_a_symbol_on_its_head_are_cut_from_right_to_left(draw: Draw) -> None:
    line = profile(draw(*CODE)).values
    ruler = Ruler.of(line, next(spans(line)))
    ends = np.array([[40.0, 270.0], [270.0, 40.0]])
    upright, on_its_head = ruler.cut(edges(ends, 95, Warp()))
    assert on_its_head == pytest.approx(upright[::-1])


def test_a_warp_keeps_the_ends_and_moves_the_middle() -> None:
    ends = np.array([[10.0, 200.0]])
    plain = edges(ends, 95, Warp())[0]
    bowed = edges(ends, 95, Warp(bow=2.0))[0]
    middle = plain.size // 2
    assert bowed[[28, -29]] == pytest.approx(plain[[28, -29]])
    assert bowed[middle] - plain[middle] == pytest.approx(2 * 190 / 95, abs=0.01)


def test_darkness_is_nothing_beyond_the_paper(draw: Draw) -> None:
    grey = draw(*CODE)
    grey[:, :20] = 0  # a black edge in the quiet zone
    line = profile(grey).values
    span = next(spans(line))
    places = edges(np.array([[span.left, span.right]]), 95, Warp())
    cells = Ruler.of(line, span).cut(places)[0]
    assert np.abs(cells[places[0, 1:] < span.clear[0]]).max() < 1e-9
    assert cells[places[0, 1:] > span.left].max() > 0.5
