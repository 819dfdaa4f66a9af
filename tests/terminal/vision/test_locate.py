from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.model import Symbology
from terminal.vision.box import Box
from terminal.vision.locate import BLOCK, Kind, regions, tensor

Grey = NDArray[np.uint8]
Draw = Callable[..., Grey]
Turn = Callable[[Grey, float], Grey]


def slow_gradient(grey: Grey) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sobel by its definition, the border mirrored without repeating its pixel."""
    padded = np.pad(grey.astype(float), 1, mode="reflect")
    dx, dy = np.zeros(grey.shape), np.zeros(grey.shape)
    for y in range(grey.shape[0]):
        for x in range(grey.shape[1]):
            around = padded[y : y + 3, x : x + 3]
            dx[y, x] = (around[:, 2] - around[:, 0]) @ (1, 2, 1)
            dy[y, x] = (around[2] - around[0]) @ (1, 2, 1)
    return dx, dy


def slow_block_means(product: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of every second product in every second row."""
    rows, columns = product.shape[0] // BLOCK, product.shape[1] // BLOCK
    means = np.array(
        [
            [product[y * BLOCK : (y + 1) * BLOCK : 2, x * BLOCK : (x + 1) * BLOCK : 2].mean() for x in range(columns)]
            for y in range(rows)
        ]
    )
    padded = np.pad(means, 2, mode="reflect")
    return np.array([[padded[y : y + 5, x : x + 5].mean() for x in range(columns)] for y in range(rows)])


def test_the_tensor_is_what_its_definition_says() -> None:
    grey = np.random.default_rng(3).integers(0, 256, (53, 70)).astype(np.uint8)
    dx, dy = slow_gradient(grey[:48, :64])
    # Inside a larger picture the last row's and column's neighbours are pixels, not a mirror image.
    xx, yy, xy = slow_block_means(dx * dx), slow_block_means(dy * dy), slow_block_means(dx * dy)
    field = tensor(np.ascontiguousarray(grey[:48, :64]))
    np.testing.assert_allclose(field.energy, xx + yy, rtol=1e-3)
    np.testing.assert_allclose(field.coherence, np.hypot(xx - yy, 2 * xy) / (xx + yy), atol=1e-4)
    np.testing.assert_allclose(field.difference, xx - yy, atol=1e-3 * (xx + yy).max())
    np.testing.assert_allclose(field.twice, 2 * xy, atol=1e-3 * (xx + yy).max())


@pytest.mark.parametrize("degrees", [0, 20, 45, 70, 90, 110, 160])
def test_bars_are_found_with_their_direction(degrees: int, draw: Draw, turn: Turn) -> None:
    picture = turn(draw(Symbology.CODE128, "134567890123456789"), degrees)
    region = next(one for one in regions(picture) if one.kind is Kind.BARS)
    middle = (picture.shape[1] / 2, picture.shape[0] / 2)
    assert region.centre == pytest.approx(middle, abs=12)
    assert np.cos(2 * (region.angle_rad + np.radians(degrees))) > np.cos(np.radians(4))  # OpenCV turns anticlockwise
    assert region.half_across == pytest.approx(200, abs=25)  # 134 modules of 3 pixels
    assert region.half_along == pytest.approx(45, abs=20)


def test_a_qr_is_found_as_a_matrix_in_its_place(draw: Draw) -> None:
    paper = np.full((400, 600), 255, np.uint8)
    code = draw(Symbology.QR, "134567890123456789", module=4)
    paper[100 : 100 + code.shape[0], 300 : 300 + code.shape[1]] = code
    region = regions(paper)[0]
    assert region.kind is Kind.MATRIX
    assert region.centre == pytest.approx((300 + code.shape[1] / 2, 100 + code.shape[0] / 2), abs=12)


@pytest.mark.parametrize("shape", [(1, 1), (15, 400), (400, 15), (16, 16)])
def test_an_even_or_tiny_picture_holds_no_code(shape: tuple[int, int]) -> None:
    assert regions(np.full(shape, 128, np.uint8)) == []


def test_a_region_of_a_part_is_moved_to_where_the_frame_has_it(draw: Draw) -> None:
    region = regions(draw(Symbology.CODE128, "134567890123456789"))[0]
    there = region.placed(1, 100, 50)
    assert there.centre == (region.centre[0] + 100, region.centre[1] + 50)
    assert (there.box.left, there.box.top) == (region.box.left + 100, region.box.top + 50)


def test_what_is_known_already_is_not_located_again(draw: Draw) -> None:
    paper = np.full((300, 900), 255, np.uint8)
    code = draw(Symbology.CODE128, "134567890123456789", module=2)
    for left in (20, 480):
        paper[60 : 60 + code.shape[0], left : left + code.shape[1]] = code
    assert len([one for one in regions(paper) if one.kind is Kind.BARS]) == 2
    (other,) = [one for one in regions(paper, [Box(0, 0, 450, 300)]) if one.kind is Kind.BARS]
    assert other.centre[0] > 480


@pytest.mark.parametrize(("size", "sign"), [((21, 1), -1), ((1, 21), 1)])
def test_a_code_swept_along_x_has_its_edges_along_x(size: tuple[int, int], sign: int, draw: Draw) -> None:
    swept = cv2.blur(draw(Symbology.QR, "134567890123456789", module=6), size)
    assert sign * regions(swept)[0].bias > 0.33
    assert abs(regions(draw(Symbology.QR, "134567890123456789", module=6))[0].bias) < 0.2
