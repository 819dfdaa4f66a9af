"""The preview as pixels: what was read is outlined where it is, and a still scene costs nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from terminal.model import Corners
from terminal.tui.halfblock import HalfBlocks, resized
from terminal.tui.levels import LEVELS, MARGIN, PAYMENT, Outline, Run, grey_of

SQUARE: Corners = ((40.0, 20.0), (120.0, 20.0), (120.0, 70.0), (40.0, 70.0))


def painted(blocks: HalfBlocks, rows: list[tuple[int, list[Run]]]) -> NDArray[np.int16]:
    """The levels as pixels, two a cell; -1 where a row did not change."""
    pixels = np.full((blocks.rows * 2, blocks.columns), -1, np.int16)
    for y, runs in rows:
        x = 0
        for cells, upper, lower in runs:
            pixels[2 * y, x : x + cells], pixels[2 * y + 1, x : x + cells] = upper, lower
            x += cells
        assert x == blocks.columns
    return pixels


def scene(seed: int = 0, sigma: float = 5.0) -> NDArray[np.uint8]:
    noise = np.random.default_rng(seed).normal(0, sigma, (90, 160))
    return np.clip(np.linspace(30, 220, 160)[None, :] + noise, 0, 255).astype(np.uint8)


@given(h=st.integers(1, 40), w=st.integers(1, 40), high=st.integers(1, 60), wide=st.integers(1, 60))
def test_resizing_takes_means_within_what_was_there(h: int, w: int, high: int, wide: int) -> None:
    grey = np.random.default_rng(h * 41 + w).integers(0, 256, (h, w), dtype=np.uint8)
    small = resized(grey, high, wide)
    assert small.shape == (high, wide)
    assert grey.min() <= small.min()
    assert small.max() <= grey.max()


def test_shrinking_equals_the_obvious_mean() -> None:
    grey = scene(3)
    obvious = grey.reshape(45, 2, 80, 2).astype(int).sum(axis=(1, 3)) // 4
    assert np.array_equal(resized(grey, 45, 80), obvious)


def test_a_picture_is_centred_with_margins() -> None:
    blocks = HalfBlocks(60, 15)
    pixels = painted(blocks, blocks.show(scene()))
    assert (pixels[:, :3] == MARGIN).all()
    assert (pixels[:, -3:] == MARGIN).all()
    assert (pixels[:, 4:56] < LEVELS).all()
    assert (np.diff(pixels[:, 4:56].mean(axis=0)) > -0.5).all(), "it grows brighter to the right, as the scene does"


def test_the_outline_goes_around_the_code_and_nowhere_else() -> None:
    blocks = HalfBlocks(50, 14)
    pixels = painted(blocks, blocks.show(scene(), [Outline(SQUARE, PAYMENT)]))
    scale, left = 28 / 90, (50 - int(160 * 28 / 90)) // 2
    ys, xs = np.nonzero(pixels == PAYMENT)
    assert abs(ys.min() - 20 * scale) <= 1
    assert abs(ys.max() - 70 * scale) <= 1
    assert abs(xs.min() - (40 * scale + left)) <= 1
    assert abs(xs.max() - (120 * scale + left)) <= 1
    inside = pixels[ys.min() + 1 : ys.max(), xs.min() + 1 : xs.max()]
    assert not (inside == PAYMENT).any()
    assert (pixels[ys.min(), xs.min() : xs.max() + 1] == PAYMENT).all()
    assert (pixels[ys.min() : ys.max() + 1, xs.max()] == PAYMENT).all()


def test_a_still_scene_with_sensor_noise_changes_no_row() -> None:
    blocks = HalfBlocks(50, 14)
    blocks.show(scene(0))
    assert [blocks.show(scene(seed)) for seed in range(1, 60)] == [[]] * 59


def test_what_moves_changes_its_own_rows_only() -> None:
    blocks = HalfBlocks(50, 14)
    grey = scene()
    blocks.show(grey)
    moved = grey.copy()
    moved[45:50] = 255 - moved[45:50]
    assert 0 < len(blocks.show(moved)) <= 3


@pytest.mark.parametrize(
    "corners",
    [
        ((float("nan"), 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),
        ((-1e9, 0.0), (1e9, 0.0), (1.0, 1.0), (0.0, 1.0)),
        ((-50.0, -50.0), (-40.0, -50.0), (-40.0, -40.0), (-50.0, -40.0)),
    ],
)
def test_corners_that_make_no_sense_draw_nothing(corners: Corners) -> None:
    blocks = HalfBlocks(50, 14)
    pixels = painted(blocks, blocks.show(scene(), [Outline(corners, PAYMENT)]))
    assert not (pixels == PAYMENT).any()


def test_a_place_of_one_cell_or_none_is_no_fault() -> None:
    assert len(HalfBlocks(1, 1).show(scene())) == 1


def test_greys_span_black_to_white() -> None:
    assert (grey_of(0), grey_of(LEVELS - 1)) == (0, 255)
