"""Why is something that looks like a code not read? So that a cashier knows what to tell the customer.

Asked only after a second in which nothing was read, of what was located. Each threshold was set on drawn scenes: codes
that the reader reads are on the one side of it, codes that it does not read on the other. Where none is crossed nothing
is said, for a wrong tip is worse than none.
"""

from collections import Counter, deque
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from terminal.model import Unread
from terminal.vision.box import Box, merged
from terminal.vision.locate import Region
from terminal.vision.symbol import Grey

_PATIENCE = 24  # frames in vain before anybody wonders
_EVERY = 8  # frames from one look to the next
_LOOKS = 3  # the reason that most of so many looks gave
_DARKEST = 64  # grey levels: a code whose paper is no lighter drowns in the noise of a small sensor
_AT_EDGE = 20  # pixels: a code needs its quiet zone, four modules of five pixels
_LARGE = 150  # pixels: what is smaller and stands at the edge is the rest of something else
_ONE_THING = 64  # pixels: places nearer to each other than twice this are parts of one thing
_LOW, _HIGH, _STEEP = 5, 95, 98  # percentiles
_SOFT = 7.0  # pixels from dark to light; in focus it takes 4, and QR with modules of six pixels stops at 8
_SMALL = (150, 250)  # pixels, each way at most: modules of QR fall under two pixels, narrow bars under 1.5
_GRID = 24  # cells each way: a cell is about a module of the codes that customers show
_WHITE = 250  # grey levels
_LIVELY = 4.0  # grey levels from pixel to pixel, on the mean of a cell
_GLARE = 3  # cells whose neighbours are all white, amid others that are none: codes have no such place

Plane = NDArray[np.float32]


class Wondering:
    """Remembers the last few answers, so that one odd frame changes nothing."""

    def __init__(self) -> None:
        self._answers = deque[Unread | None](maxlen=_LOOKS)
        self._due = 0

    @property
    def answer(self) -> Unread | None:
        return Counter(self._answers).most_common(1)[0][0] if self._answers else None

    def wonder(self, grey: Grey, places: Sequence[Region], frame: int, vain: int) -> None:
        """Nothing was read in these places, nor in the `vain` frames before this one."""
        if vain >= _PATIENCE and frame >= self._due:
            self._due = frame + _EVERY
            self._answers.append(why_unread(grey, places))

    def forget(self, small: Grey) -> None:
        """Nobody is there: but nobody would be seen in the dark, either."""
        self._answers.clear()
        if is_dark(small):
            self._answers.append(Unread.TOO_DARK)

    def is_read(self) -> None:
        self._answers.clear()


def is_dark(small: Grey) -> bool:
    """Whether a whole (h, w) uint8 picture, small as the gate has it, is too dark for anything to be read in it."""
    return small.size > 0 and int(small.max()) < _DARKEST


def why_unread(grey: Grey, places: Sequence[Region]) -> Unread | None:
    """The likeliest reason why nothing was read in the most striking of the places that were located in the frame."""
    if not places:
        return None
    box = max(places, key=lambda one: one.strength).box.within(grey)
    part = box.of(grey)
    low, high = np.percentile(part[::2, ::2], (_LOW, _HIGH))
    if high < _DARKEST:
        return Unread.TOO_DARK
    if box.size >= _LARGE and _is_cut(box, grey):
        return Unread.TOO_NEAR
    thing = next(one for one in merged(one.box.grown(_ONE_THING) for one in places) if one.meets(box))
    if _has_glare(thing.within(grey).of(grey)):
        return Unread.GLARE
    if (high - low) / max(1.0, float(np.percentile(_steps(part), _STEEP))) > _SOFT:
        return Unread.BLURRED
    return Unread.TOO_FAR if _is_small(box) else None


def _is_cut(box: Box, grey: Grey) -> bool:
    """Whether a box reaches an edge of the frame."""
    return box.grown(_AT_EDGE).within(grey) != box.grown(_AT_EDGE)


def _is_small(box: Box) -> bool:
    sides = box.right - box.left, box.bottom - box.top
    return min(sides) < _SMALL[0] and max(sides) < _SMALL[1]


def _steps(part: Grey) -> Plane:
    """(h, w) float32: by how many grey levels the picture changes from pixel to pixel, its noise smoothed."""
    dx, dy = cv2.spatialGradient(part)  # eight times as much, of a smoothed picture
    return np.asarray(cv2.magnitude(dx.astype(np.float32), dy.astype(np.float32)) / 8, np.float32)


def _has_glare(part: Grey) -> bool:
    """Whether there is a white place in the midst of the code, wider than any of its own."""
    cells = cv2.resize(part, (_GRID, _GRID), interpolation=cv2.INTER_AREA)
    lively = cv2.resize(_steps(part), (_GRID, _GRID), interpolation=cv2.INTER_AREA) > _LIVELY
    white = cv2.erode((cells >= _WHITE).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    amid = np.logical_and.reduce([_seen_from(lively, axis, is_back) for axis in (0, 1) for is_back in (False, True)])
    return int(np.count_nonzero(white & amid)) >= _GLARE


def _seen_from(lively: NDArray[np.bool_], axis: int, is_back: bool) -> NDArray[np.bool_]:
    """Where something lively lies further on along an axis, or further back."""
    along = np.flip(lively, axis) if is_back else lively
    seen = np.logical_or.accumulate(along, axis=axis)
    return np.flip(seen, axis) if is_back else seen
