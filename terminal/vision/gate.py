"""Is anything new in view? A counter camera sees nothing for most of its life, and this is what that costs.

The picture comes already small (one pixel in eight each way). It is held against a background that creeps towards
it by one grey level at a time, the approximate median of A. Manzanera and J. Richefeu (2004): a phone held still stays
new for many seconds, the afternoon light is never news.

A camera is never quite still, and on an edge a pixel's way to the side is many grey levels. Such pixels differ alone or
in lines, a phone's differ in a heap: what differs alone is no news, and that pixel is allowed as much from then on.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from terminal.vision.box import Box
from terminal.vision.symbol import Grey

_DIFFERENT = 24  # grey levels; sensor noise of a dim counter stays under 5
_MOST = 100  # grey levels that a pixel on an edge may come to be allowed
_SPARE = 16  # grey levels that it is allowed beyond what it differed by
_HEAP = 5  # pixels each way
_FEWEST = 11  # of 25 that differ in a heap: more than a line two pixels wide has
_FEWEST_AT_ALL = 40  # the smallest code that is read from a counter's camera has a hundred
_CREEP_EVERY = 4  # frames
_FORGET_EVERY = 64  # frames in which an allowance shrinks by one level


class Gate:
    """Keeps the background and its working arrays; allocates only when the size changes or something is new."""

    _background: Grey
    _now: Grey
    _differs: NDArray[np.bool_]

    def __init__(self) -> None:
        self._seen = 0
        self._allocate((0, 0))

    def differs(self, small: Grey) -> bool:
        """Whether enough of the next (h, w) uint8 picture differs for something to be new in it; hardly ever.

        The first picture, and the first of another size, is new as a whole.
        """
        if small.shape != self._background.shape:
            self._allocate(small.shape)
            np.copyto(self._background, small)
            return True
        self._is_first = False
        np.copyto(self._now, small)
        self._compare()
        self._seen += 1
        if self._seen % _CREEP_EVERY == 0:
            self._creep()
        return int(np.count_nonzero(self._differs)) >= _FEWEST_AT_ALL

    def heaps(self) -> list[Box]:
        """What is new in that picture, in its own pixels: where at least 11 of 25 differ.

        What differs elsewhere is allowed to in future.
        """
        if self._is_first:
            return [Box(0, 0, self._background.shape[1], self._background.shape[0])]
        counts = cv2.boxFilter(
            self._differs.view(np.uint8), -1, (_HEAP, _HEAP), normalize=False, borderType=cv2.BORDER_CONSTANT
        )
        heaps = np.asarray(counts >= _FEWEST, dtype=np.uint8)
        near = cv2.dilate(heaps, np.ones((_HEAP, _HEAP), np.uint8))
        apart = np.logical_and(self._differs, np.equal(near, 0))
        np.minimum(self._high, _MOST - _SPARE, out=self._high)
        np.add(self._high, _SPARE, out=self._allowed, where=apart)
        return _boxes(heaps)

    def _compare(self) -> None:
        np.maximum(self._now, self._background, out=self._high)
        np.minimum(self._now, self._background, out=self._low)
        np.subtract(self._high, self._low, out=self._high)
        np.greater(self._high, self._allowed, out=self._differs)

    def _creep(self) -> None:
        np.greater(self._now, self._background, out=self._above)
        np.less(self._now, self._background, out=self._below)
        np.add(self._background, self._above.view(np.uint8), out=self._background)
        np.subtract(self._background, self._below.view(np.uint8), out=self._background)
        if self._seen % _FORGET_EVERY == 0:
            np.maximum(np.subtract(self._allowed, 1, out=self._low), _DIFFERENT, out=self._allowed)

    def _allocate(self, shape: tuple[int, ...]) -> None:
        self._is_first = True
        self._background, self._now, self._high, self._low = (np.empty(shape, np.uint8) for _ in range(4))
        self._differs, self._above, self._below = (np.empty(shape, np.bool_) for _ in range(3))
        self._allowed = np.full(shape, _DIFFERENT, np.uint8)


def _boxes(heaps: NDArray[np.uint8]) -> list[Box]:
    """Around each connected heap."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(heaps)
    return [Box(left, top, left + width, top + height) for left, top, width, height, _ in stats[1:count].tolist()]
