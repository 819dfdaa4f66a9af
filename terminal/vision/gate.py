"""Is anything new in view? A counter camera sees nothing for most of its life, and this is what that costs.

The picture comes already small (one pixel in eight each way). It is held against a background that creeps towards
it by one grey level at a time, the approximate median of A. Manzanera and J. Richefeu (2004): a phone held still stays
new for many seconds, the afternoon light is never news.
"""

import numpy as np
from numpy.typing import NDArray

from terminal.vision.box import Box
from terminal.vision.symbol import Grey

_DIFFERENT = 24  # grey levels; sensor noise of a dim counter stays under 5
_FEWEST = 2  # different pixels in a row or column: one alone is noise
_CREEP_EVERY = 4  # frames


class Gate:
    """Keeps the background and its working arrays; allocates only when the picture's size changes."""

    def __init__(self) -> None:
        self._seen = 0
        self._allocate((0, 0))

    def changed(self, small: Grey) -> Box | None:
        """What is new in a (h, w) uint8 picture, in its own pixels; None if nothing is.

        The first picture, and the first of another size, is new as a whole.
        """
        if small.shape != self._background.shape:
            self._allocate(small.shape)
            np.copyto(self._background, small)
            return Box(0, 0, small.shape[1], small.shape[0])
        np.copyto(self._now, small)
        self._compare()
        self._seen += 1
        if self._seen % _CREEP_EVERY == 0:
            self._creep()
        return _box(self._differs)

    def _compare(self) -> None:
        np.maximum(self._now, self._background, out=self._high)
        np.minimum(self._now, self._background, out=self._low)
        np.subtract(self._high, self._low, out=self._high)
        np.greater(self._high, _DIFFERENT, out=self._differs)

    def _creep(self) -> None:
        np.greater(self._now, self._background, out=self._above)
        np.less(self._now, self._background, out=self._below)
        np.add(self._background, self._above.view(np.uint8), out=self._background)
        np.subtract(self._background, self._below.view(np.uint8), out=self._background)

    def _allocate(self, shape: tuple[int, ...]) -> None:
        self._background, self._now, self._high, self._low = (np.empty(shape, np.uint8) for _ in range(4))
        self._differs, self._above, self._below = (np.empty(shape, np.bool_) for _ in range(3))


def _box(differs: NDArray[np.bool_]) -> Box | None:
    """The rows and columns in which more than a stray pixel differs."""
    if np.count_nonzero(differs) < _FEWEST:
        return None
    rows = np.flatnonzero(np.count_nonzero(differs, axis=1) >= _FEWEST)
    columns = np.flatnonzero(np.count_nonzero(differs, axis=0) >= _FEWEST)
    if not rows.size or not columns.size:
        return None
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
