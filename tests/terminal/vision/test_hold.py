from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.model import Symbology
from terminal.vision import hold

Grey = NDArray[np.uint8]
Draw = Callable[..., Grey]


def seen(code: Grey, seed: int, shift: int = 0) -> Grey:
    """Blurred until no engine reads it, noisy, and further right."""
    rng = np.random.default_rng(seed)
    blurred = cv2.GaussianBlur(np.roll(code, shift, axis=1), (0, 0), 2.5)
    return np.clip(blurred * 0.7 + 20 + rng.normal(0, 6, code.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("shift", [-9, 0, 4])
def test_the_same_bars_are_known_again_where_they_moved_to(shift: int, draw: Draw) -> None:
    code = draw(Symbology.CODE128, "134567890123456789", module=2)
    then, now = hold.line(seen(code, 1)), hold.line(seen(code, 2, shift))
    assert hold.moved(then, now) == shift


def test_another_code_in_its_place_is_not_taken_for_it(draw: Draw) -> None:
    rng = np.random.default_rng(3)
    first = hold.line(seen(draw(Symbology.CODE128, "134567890123456789", module=2), 1))
    for seed in range(20):
        other = "13" + "".join(map(str, rng.integers(0, 10, 16)))
        assert hold.moved(first, hold.line(seen(draw(Symbology.CODE128, other, module=2), seed))) is None


def test_a_code_of_which_four_digits_changed_is_another(draw: Draw) -> None:
    first = hold.line(seen(draw(Symbology.CODE128, "134567890123456789", module=2), 1))
    other = hold.line(seen(draw(Symbology.CODE128, "134567890123450000", module=2), 2))
    assert hold.moved(first, other) is None


def test_an_empty_view_and_lines_of_other_lengths_hold_nothing(draw: Draw) -> None:
    line = hold.line(seen(draw(Symbology.EAN13, "6901234567892", module=2), 1))
    assert hold.moved(line, np.full_like(line, 90)) is None
    assert hold.moved(line, line[:-1]) is None
    assert hold.moved(line[:20], line[:20]) is None


def test_a_line_is_the_mean_along_the_bars() -> None:
    grey = np.random.default_rng(4).integers(0, 256, (9, 14)).astype(np.uint8)
    by_hand = [sum(int(grey[y, x]) for y in range(9)) / 9 for x in range(14)]
    np.testing.assert_allclose(hold.line(grey), by_hand, rtol=1e-5)
