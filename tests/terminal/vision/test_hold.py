from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.model import Corners, Symbol, Symbology
from terminal.vision import hold

Grey = NDArray[np.uint8]
Draw = Callable[..., Grey]
CODE, OTHER = "134567890123456789", "134567890123456780"
PLACE = 200, 150  # of a code's left top in its frame
QUIET = 28  # pixels of paper around a code of modules of two
MATRIX_AND_BARS = [Symbology.QR, Symbology.CODE128]


def frame(code: Grey, seed: int, x: int = 0, y: int = 0, sweep: tuple[int, int] = (1, 1), lens: float = 1.2) -> Grey:
    """A code on a grey counter, moved by (x, y) and swept, as a camera sees it."""
    left, top = PLACE[0] + x, PLACE[1] + y
    picture = np.full((480, 720), 120, np.uint8)
    picture[top : top + code.shape[0], left : left + code.shape[1]] = code
    blurred = cv2.blur(cv2.GaussianBlur(picture, (0, 0), lens), sweep)
    noise = np.random.default_rng(seed).normal(0, 4, picture.shape)
    return np.clip(blurred * 0.6 + 20 + noise, 0, 255).astype(np.uint8)


def symbol(symbology: Symbology, code: Grey, x: float = 0, y: float = 0) -> Symbol:
    """Where the code is, without its quiet zone, moved by (x, y)."""
    left, top = PLACE[0] + QUIET + x, PLACE[1] + QUIET + y
    right, bottom = left + code.shape[1] - 2 * QUIET, top + code.shape[0] - 2 * QUIET
    corners: Corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Symbol(CODE, CODE.encode(), symbology, "", corners, "cut")


def way(now: Symbol | None, then: Symbol) -> tuple[float, float] | None:
    return now and (now.corners[0][0] - then.corners[0][0], now.corners[0][1] - then.corners[0][1])


@pytest.mark.parametrize(("x", "y"), [(0, 0), (3, 0), (-3, 0)])
@pytest.mark.parametrize("symbology", MATRIX_AND_BARS)
def test_a_code_in_a_hand_is_known_again_where_it_moved_to(symbology: Symbology, x: int, y: int, draw: Draw) -> None:
    code = draw(symbology, CODE, module=2)
    then = symbol(symbology, code)
    looks = hold.likeness(frame(code, 1), then)
    assert way(hold.still(frame(code, 2, x, y), looks, then), then) == pytest.approx((x, y), abs=0.6)


@pytest.mark.parametrize("symbology", MATRIX_AND_BARS)
def test_another_code_in_its_place_is_not_taken_for_it(symbology: Symbology, draw: Draw) -> None:
    rng, code = np.random.default_rng(3), draw(symbology, CODE, module=2)
    then = symbol(symbology, code)
    looks = hold.likeness(frame(code, 1), then)
    for seed in range(20):
        digits = "13" + "".join(map(str, rng.integers(0, 10, 16)))
        other = frame(cv2.resize(draw(symbology, digits, module=2), code.shape[::-1]), seed)
        assert hold.still(other, looks, then) is None
        assert hold.swept(other, looks, then, (0, 0)) is None


def test_a_qr_of_which_one_digit_changed_is_another(draw: Draw) -> None:
    code = draw(Symbology.QR, CODE, module=2)
    then = symbol(Symbology.QR, code)
    looks = hold.likeness(frame(code, 1), then)
    assert hold.still(frame(draw(Symbology.QR, OTHER, module=2), 2), looks, then) is None


def test_bars_of_which_four_digits_changed_are_others(draw: Draw) -> None:
    code = draw(Symbology.CODE128, CODE, module=2)
    then = symbol(Symbology.CODE128, code)
    looks = hold.likeness(frame(code, 1), then)
    assert hold.still(frame(draw(Symbology.CODE128, "134567890123450000", module=2), 2), looks, then) is None


@pytest.mark.parametrize(
    ("symbology", "x", "y"),
    [(Symbology.QR, 16, 0), (Symbology.QR, 0, -14), (Symbology.CODE128, 16, 0), (Symbology.CODE128, -20, 0)],
)
def test_a_code_on_its_way_out_is_known_again_however_swept(symbology: Symbology, x: int, y: int, draw: Draw) -> None:
    """It began to move in the frame before, at half that speed; the shutter is open for half the time."""
    code = draw(symbology, CODE, module=2)
    then = symbol(symbology, code)
    looks = hold.likeness(frame(code, 1), then)
    swept = frame(code, 2, x, y, (abs(x) // 2 + 1, abs(y) // 2 + 1))
    expected = replace(then, corners=hold.moved(then.corners, (x / 2, y / 2)))
    assert hold.still(swept, looks, expected) is None
    assert way(hold.swept(swept, looks, expected, (x / 2, y / 2)), then) == pytest.approx((x, y), abs=4)


def test_bars_are_followed_along_themselves(draw: Draw) -> None:
    code = draw(Symbology.CODE128, CODE, module=2)
    then = symbol(Symbology.CODE128, code)
    looks = hold.likeness(frame(code, 1), then)
    for y in (-20, 20):
        assert way(hold.swept(frame(code, 2, 0, y), looks, then, (0, 0)), then) == pytest.approx((0, y), abs=4)


@pytest.mark.parametrize("symbology", MATRIX_AND_BARS)
def test_another_code_is_not_taken_for_it_however_swept(symbology: Symbology, draw: Draw) -> None:
    rng, code = np.random.default_rng(4), draw(symbology, CODE, module=2)
    then = symbol(symbology, code)
    looks = hold.likeness(frame(code, 1), then)
    for seed in range(20):
        digits = "13" + "".join(map(str, rng.integers(0, 10, 16)))
        other = cv2.resize(draw(symbology, digits, module=2), code.shape[::-1])
        assert hold.swept(frame(other, seed, 12, 0, (7, 1)), looks, then, (12.0, 0.0)) is None


@pytest.mark.parametrize("symbology", MATRIX_AND_BARS)
def test_an_even_view_holds_nothing(symbology: Symbology, draw: Draw) -> None:
    code = draw(symbology, CODE, module=2)
    then = symbol(symbology, code)
    looks = hold.likeness(frame(code, 1), then)
    even = np.full((480, 720), 90, np.uint8)
    assert hold.still(even, looks, then) is None
    assert hold.swept(even, looks, then, (9, 9)) is None
    assert hold.still(frame(code, 1), hold.likeness(even, then), then) is None


def test_what_stands_beyond_the_edge_of_the_frame_gets_an_answer(draw: Draw) -> None:
    code = draw(Symbology.QR, CODE, module=2)
    looks = hold.likeness(frame(code, 1), symbol(Symbology.QR, code))
    for x, y in ((-400, 0), (900, 0), (0, 700), (-180, -130)):
        assert hold.still(frame(code, 2), looks, symbol(Symbology.QR, code, x, y)) is None


@pytest.mark.parametrize("seed", range(8))
def test_the_place_is_where_the_correlation_of_plain_loops_is_highest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    then = rng.integers(0, 256, (16, 24)).astype(np.float32)
    x, y = (int(one) for one in rng.integers(-3, 4, 2))
    now = np.roll(then, (y, x), axis=(0, 1)) * 0.5 + 30
    scores = {(dx, dy): correlation(then, now, dx, dy) for dx in range(-4, 5) for dy in range(-4, 5)}
    best = max(scores, key=lambda place: scores[place])
    views = (hold.View(pixels.astype(np.float32), np.eye(2, 3), (6, 4)) for pixels in (then, now))
    assert hold._off(then, *views, 4, 0.9) == pytest.approx(best, abs=0.5)
    assert best == (x, y)


def correlation(then: NDArray[np.float32], now: NDArray[np.float32], x: int, y: int) -> float:
    """Of the middle of one with the other, so far off; a fourth at each side is left out."""
    places = [(row, column) for row in range(4, 12) for column in range(6, 18)]
    one = np.array([then[row, column] for row, column in places])
    other = np.array([now[row + y, column + x] for row, column in places])
    return float(np.corrcoef(one, other)[0, 1])


@pytest.mark.parametrize("pixels", [0.0, 0.5, 1.0, 2.3, 7.0])
def test_a_mean_over_part_of_a_pixel_counts_it_in_part(pixels: float) -> None:
    kernel = hold._mean_over(pixels)
    assert kernel.sum() == pytest.approx(1)
    assert len(kernel) % 2 == 1
    np.testing.assert_allclose(kernel[1:-1] * (pixels + 1), 1, rtol=1e-5)
    assert 0 < kernel[0] * (pixels + 1) <= 1 + 1e-6
