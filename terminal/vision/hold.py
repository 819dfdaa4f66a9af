"""Is this still the code that was read? Its picture says so, for a tenth of what reading it again costs.

So a code held up is read once and then only watched: while a hand moves it about, while a blur passes over it, and on
its way out, when it moves too fast to be read. A swept picture is held against the one that was read, swept as far.

Of matrix codes the middle half is compared, where finder patterns, which all codes share, have no part: of 120 pairs
of payment codes that differ in a single digit none came to more than 0.7. Of bars it is the line across them: of 1500
pairs of other codes, swept by up to 55 pixels, none came to more than 0.9, though of those that differ in one digit an
eighth did. A line does not tell how far it moved along its bars, and so a small picture says where they are.
"""

from dataclasses import dataclass, replace
from math import ceil, hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from terminal.model import Corners, Point, Symbol
from terminal.vision import rectify
from terminal.vision.symbol import MATRIX, Affine, Grey

_SAME = 0.92  # correlation
_CLEARLY_SAME = 0.95  # what has come to look otherwise had better be read again, if it can be
_THERE = 0.7  # of what only says where bars are, and not which
_PERHAPS = 0.5  # of what is looked at again
_SIDE, _SMALLEST = 96, 16  # pixels
_PART = 4  # a picture is compared but for a fourth at each side, which is how far it may have moved
_QUIET_PART = 9  # and a line but for the quiet zones
_ALONG, _ROWS = 24, 16  # pixels of bars to either side of their middle, and how many rows they become
_AROUND = 2.0  # of the size of bars
_STILL = 4  # pixels of the picture that a code in a hand may be off its way
_OPEN = (0.5, 1.0, 0.25)  # of the time between two frames the shutter may be open
_SLOW = 2.0  # pixels of the frame from one to the next
_SOFT = (5.0, 5.0)  # pixels of the frame
_FAINT = 1.0  # grey levels: nothing to compare

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Pixels (h, w) float32, and the 2x3 matrix that carries their (x, y) to the frame.

    `reach` is how many pixels what is in the middle may have moved in x and y.
    """

    pixels: Plane
    to_frame: Affine
    reach: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """How a code looked when it was read; `around` is there for bars."""

    code: View
    around: View | None


def likeness(grey: Grey, symbol: Symbol) -> Likeness:
    """Of a symbol in a (H, W) uint8 frame."""
    return Likeness(_code(grey, symbol), None if symbol.symbology in MATRIX else _picture(grey, symbol, _AROUND))


def still(grey: Grey, then: Likeness, symbol: Symbol) -> Symbol | None:
    """The symbol where it is now, if it is sharp and hardly off the place that it is given with; else None."""
    return _moved(symbol, _off(then.code.pixels, then.code, _code(grey, symbol), _STILL, _CLEARLY_SAME))


def swept(grey: Grey, then: Likeness, symbol: Symbol, velocity: Point) -> Symbol | None:
    """The same for a symbol that may be blurred by its own way, and far off its place.

    `velocity` is by how many pixels of the frame it moved since the last one, as far as was to be seen then.
    """
    there, x, y = symbol, *velocity
    if then.around and (off := _off_swept(then.around, _picture(grey, symbol, _AROUND), velocity, _THERE)):
        there, x, y = replace(symbol, corners=moved(symbol.corners, off)), x + off[0], y + off[1]
    return _moved(there, _off_swept(then.code, _code(grey, there), (x, y), _SAME))


def _moved(symbol: Symbol, by: Point | None) -> Symbol | None:
    return None if by is None else replace(symbol, corners=moved(symbol.corners, by))


def moved(corners: Corners, by: Point) -> Corners:
    """The corners elsewhere."""
    first, second, third, fourth = ((x + by[0], y + by[1]) for x, y in corners)
    return first, second, third, fourth


# --- what is compared --------------------------------------------------------------------------------------


def _code(grey: Grey, symbol: Symbol) -> View:
    """What tells a symbol from others."""
    if symbol.symbology in MATRIX:
        return _picture(grey, symbol)
    crop = rectify.upright(grey, rectify.line(symbol, _ALONG), _ROWS)
    line = np.asarray(cv2.reduce(crop.pixels, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F), dtype=np.float32)
    return View(line, crop.to_frame, (line.shape[1] // _QUIET_PART, 0))


def _picture(grey: Grey, symbol: Symbol, times: float = 1.0) -> View:
    """The upright box around a symbol, so many times larger each way, made small; beyond the frame's edge, the edge."""
    xs, ys = [x for x, _ in symbol.corners], [y for _, y in symbol.corners]
    width, height = (max(_SMALLEST, round(times * (max(ends) - min(ends)))) for ends in (xs, ys))
    x, y = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
    scale = max(1.0, max(width, height) / _SIDE)
    pixels = cv2.getRectSubPix(grey, (width, height), (x, y))
    small = np.asarray(cv2.resize(pixels, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA), np.float32)
    to_frame = np.array([[scale, 0.0, x - (width - scale) / 2], [0.0, scale, y - (height - scale) / 2]])
    return View(small, to_frame, (small.shape[1] // _PART, small.shape[0] // _PART))


# --- comparing ---------------------------------------------------------------------------------------------


def _off_swept(then: View, now: View, velocity: Point, least: float) -> Point | None:
    """First where it may be, then, with the velocity that this comes to, whether it is the same."""
    reach = max(then.reach)
    x, y = _off(_smeared(then, *_sweeps(*velocity)[0]), then, now, reach, _PERHAPS) or (0.0, 0.0)
    sweeps = _sweeps(velocity[0] + x, velocity[1] + y)
    offs = (_off(_smeared(then, *sweep), then, now, reach, least) for sweep in sweeps)
    return next((off for off in offs if off), None)


def _sweeps(x: float, y: float) -> list[Point]:
    """By how many pixels of the frame what moves so far may be smeared, the likeliest first; what stands still may have
    come out of focus."""
    return [(x * share, y * share) for share in _OPEN] if hypot(x, y) > _SLOW else [(x, y), _SOFT]


def _off(pixels: Plane, then: View, now: View, reach: int, least: float) -> Point | None:
    """By how many pixels of the frame `now` has the middle of `pixels`, which are as `then`'s, off its place.

    None where the likeness within `reach` of that place is under `least`.
    """
    if then.pixels.shape != now.pixels.shape:
        return None
    x, y = then.reach
    near_x, near_y = min(reach, x), min(reach, y)
    height, width = pixels.shape
    middle = pixels[y : height - y, x : width - x]
    around = now.pixels[y - near_y : height - y + near_y, x - near_x : width - x + near_x]
    if not middle.size or np.ptp(middle) < _FAINT or np.ptp(around) < _FAINT:
        return None
    scores = np.asarray(cv2.matchTemplate(around, middle, cv2.TM_CCOEFF_NORMED), np.float32)
    _, best, _, (right, down) = cv2.minMaxLoc(scores)
    if best < least:
        return None
    off = right - near_x + _vertex(scores[down], right), down - near_y + _vertex(scores[:, right], down)
    off_x, off_y = now.to_frame[:, :2] @ off
    return float(off_x), float(off_y)


def _vertex(scores: Plane, best: int) -> float:
    """How far from the best of (n,) scores the parabola through it and its neighbours has its vertex."""
    if not 0 < best < len(scores) - 1:
        return 0.0
    before, at, after = (float(score) for score in scores[best - 1 : best + 2])
    return (after - before) / (2 * (2 * at - before - after)) if 2 * at > before + after else 0.0


def _smeared(then: View, sweep_x: float, sweep_y: float) -> Plane:
    """The remembered picture as if it had moved so many pixels of the frame while the shutter was open."""
    (xx, xy), (yx, yy) = then.to_frame[:, :2].tolist()
    area = xx * yy - xy * yx
    x, y = (yy * sweep_x - xy * sweep_y) / area, (xx * sweep_y - yx * sweep_x) / area
    return np.asarray(cv2.sepFilter2D(then.pixels, -1, _mean_over(abs(x)), _mean_over(abs(y))), dtype=np.float32)


def _mean_over(pixels: float) -> Plane:
    """The kernel of a mean over so many pixels and one more, whose ends count in part."""
    side = ceil(pixels / 2)
    kernel = np.ones(2 * side + 1, np.float32)
    if side:
        kernel[0] = kernel[-1] = (pixels + 2) / 2 - side
    return np.asarray(kernel / kernel.sum())
