from collections.abc import Callable
from math import hypot

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.model import Corners, Symbology
from terminal.vision.bulge import Bulge, flattened, without
from terminal.vision.engines import load
from terminal.vision.stills import read

Grey = NDArray[np.uint8]
Draw = Callable[..., Grey]
TEXT = "https://example.com/a-code-on-a-shirt/" * 3


def bent(code: Grey, inward: float, x0: float, y0: float) -> Grey:
    """The code as cloth shows it that is pulled at its corners (more than 0) or filled out (less)."""
    side = code.shape[0]
    x, y = np.meshgrid(*[np.linspace(-1.1, 1.1, side, dtype=np.float32)] * 2)
    further = 1 - inward * ((x - x0) ** 2 + (y - y0) ** 2)
    to_x, to_y = ((x - x0) * further + x0 + 1) * side / 2, ((y - y0) * further + y0 + 1) * side / 2
    return np.asarray(cv2.remap(code, to_x, to_y, cv2.INTER_LINEAR, borderValue=255), np.uint8)


@pytest.mark.parametrize(
    ("inward", "x0", "y0"), [(0.06, 0, 0.5), (0.06, 0, -0.5), (0.06, 0.5, 0), (-0.2, 0, 0), (-0.2, 0, 0.5)]
)
def test_a_qr_on_cloth_is_read_though_no_engine_reads_it(inward: float, x0: float, y0: float, draw: Draw) -> None:
    picture = bent(draw(Symbology.QR, TEXT, module=6), inward, x0, y0)
    assert all(engine.read(picture, frozenset({Symbology.QR})) == [] for engine in load().present)
    (symbol,) = read(picture)
    assert (symbol.text, symbol.read_by) == (TEXT, "zxing flattened")
    ends = [(0, 0), (1, 0), (1, 1), (0, 1)]
    dark = [
        np.flatnonzero((picture < 128).any(axis=axis))[[0, -1]] for axis in (0, 1)
    ]  # left and right, top and bottom
    off = [hypot(x - dark[0][i], y - dark[1][j]) for (x, y), (i, j) in zip(symbol.corners, ends, strict=True)]
    assert max(off) < 0.1 * picture.shape[0]


def test_without_a_bulge_the_picture_stays_as_it_is() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (40, 60)).astype(np.uint8)
    smooth = cv2.GaussianBlur(picture, (0, 0), 3)
    same = without(smooth, Bulge(0, 0, 0.0))
    assert same.shape == smooth.shape
    assert np.abs(same[2:-2, 2:-2].astype(int) - smooth[2:-2, 2:-2]).max() <= 6  # pixels are points, not squares


def test_the_middle_of_the_bulge_stays_and_its_edges_move() -> None:
    picture = np.tile(np.arange(0, 200, 2, dtype=np.uint8), (100, 1))
    flat = without(picture, Bulge(0, 0, 0.1)).astype(int)
    assert abs(flat[50, 50] - picture[50, 50]) <= 2
    assert flat[50, 5] < picture[50, 5] - 5
    assert flat[50, 95] > picture[50, 95] + 5


@pytest.mark.parametrize(
    "corners", [((-90, -90), (-20, -90), (-20, -20), (-90, -20)), ((3, 3), (9, 3), (9, 9), (3, 9))]
)
def test_a_place_outside_the_picture_or_without_size_gives_nothing(corners: Corners) -> None:
    assert list(flattened(np.zeros((12, 12), np.uint8), corners)) == []
