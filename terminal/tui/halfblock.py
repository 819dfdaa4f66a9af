"""A grey picture as half blocks: one cell shows two pixels, the upper in the foreground, the lower behind it.

Made so that a still scene costs nothing: a pixel keeps its value until it has moved by more than sensor noise does,
and only rows that changed are given back, as runs of equal cells. numpy only; the widget turns runs into strips.
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from terminal.tui.levels import LEVELS, MARGIN, Outline, Run

_BASE = 32
_MOVED = 14  # of 255: hysteresis above what averaged sensor noise does
_LONGEST = 4  # a side reaching further than this many pictures is nonsense, not an outline

Scalar = TypeVar("Scalar", bound=np.generic)


class Steady:
    """Pixels (h, w) int16 in 0..255 that hardly moved stay as they were."""

    def __init__(self) -> None:
        self._pixels = np.zeros((0, 0), np.int16)

    def __call__(self, pixels: NDArray[np.int16]) -> NDArray[np.int16]:
        if self._pixels.shape == pixels.shape:
            moved = np.abs(pixels - self._pixels) > _MOVED
            pixels = np.where(moved, pixels, self._pixels)
        self._pixels = pixels
        return pixels


class HalfBlocks:
    """A picture of `columns` x `rows` cells that remembers what it shows."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self._steady = Steady()
        self._cells = np.full((rows, columns), -1, np.int16)

    def show(self, grey: NDArray[np.uint8], outlines: Iterable[Outline] = ()) -> list[tuple[int, list[Run]]]:
        """(h, w) uint8 of any size, fitted and centred: the rows that changed, each with its runs."""
        height, width = fit(grey.shape[0], grey.shape[1], self.rows * 2, self.columns)
        top, left = (self.rows * 2 - height) // 2, (self.columns - width) // 2
        canvas = np.full((self.rows * 2, self.columns), MARGIN, np.int16)
        canvas[top : top + height, left : left + width] = self._steady(resized(grey, height, width)) * LEVELS // 256
        for outline in outlines:
            corners = np.array(outline.corners) * (width / grey.shape[1], height / grey.shape[0]) + (left, top)
            trace(canvas, corners, outline.level)
        return self._changes(canvas[0::2] * _BASE + canvas[1::2])

    def _changes(self, cells: NDArray[np.int16]) -> list[tuple[int, list[Run]]]:
        changed = np.flatnonzero((cells != self._cells).any(axis=1))
        self._cells = cells
        return [(int(y), list(_runs(cells[y]))) for y in changed]


def resized(grey: NDArray[np.uint8], height: int, width: int) -> NDArray[np.int16]:
    """(height, width) int16 in 0..255: means of blocks where it shrinks, nearest where it grows."""
    ys, xs = np.arange(height) * grey.shape[0] // height, np.arange(width) * grey.shape[1] // width
    sums = np.add.reduceat(np.add.reduceat(grey, ys, axis=0, dtype=np.int32), xs, axis=1)
    areas = np.outer(_spans(ys, grey.shape[0]), _spans(xs, grey.shape[1]))
    means: NDArray[np.int16] = (sums // areas).astype(np.int16)
    return means


def _spans(starts: NDArray[np.intp], end: int) -> NDArray[np.intp]:
    """How many source pixels go into each: reduceat takes one where starts repeat."""
    return np.maximum(np.diff(starts, append=end), 1)


def fit(height: int, width: int, most_high: int, most_wide: int) -> tuple[int, int]:
    """The size in which a picture is as large as there is room."""
    scale = min(most_high / height, most_wide / width)
    return max(1, int(height * scale)), max(1, int(width * scale))


def trace(canvas: NDArray[np.int16], corners: NDArray[np.float64], level: int) -> None:
    """Draw the closed polygon, one pixel thin, where it lies on the canvas."""
    height, width = canvas.shape
    if not np.isfinite(corners).all() or np.abs(corners).max() > _LONGEST * max(canvas.shape):
        return
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        points = np.linspace(start, end, int(np.abs(end - start).max()) + 2)
        xs, ys = np.rint(points).astype(np.intp).T
        inside = (xs >= 0) & (xs < width) & (ys >= 0) & (ys < height)
        canvas[ys[inside], xs[inside]] = level


def _runs(row: NDArray[np.int16]) -> Iterator[Run]:
    edges = np.flatnonzero(np.diff(row)) + 1
    starts = np.concatenate(([0], edges)).tolist()
    ends = np.concatenate((edges, [len(row)])).tolist()
    for start, end, cell in zip(starts, ends, row[starts].tolist(), strict=True):
        yield end - start, cell // _BASE, cell % _BASE
