"""Are these still the same bars? The line across them says so, for a hundredth of what reading it again may cost.

It is what keeps a code in view that was read once, with pains, and while a blur passes over one that is easy.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from terminal.vision.symbol import Grey

_SAME = 0.93  # correlation; two codes of one kind and length come to 0.6
_WAY = 12  # pixels of the crop by which the bars may have moved across since

Line = NDArray[np.float32]


def line(crop: Grey) -> Line:
    """The mean along upright bars of a (h, w) uint8 crop: (w,) float32."""
    return np.asarray(crop.mean(axis=0, dtype=np.float32))


def moved(then: Line, now: Line) -> int | None:
    """By how many pixels `now` shows the bars of `then` further right; None if they are not the same."""
    if then.shape != now.shape or len(then) <= 4 * _WAY:
        return None
    middle = then[None, _WAY:-_WAY]
    if np.ptp(middle) < 1 or np.ptp(now) < 1:
        return None  # nothing to compare
    scores = cv2.matchTemplate(now[None], middle, cv2.TM_CCOEFF_NORMED)[0]
    best = int(np.argmax(scores))
    return best - _WAY if scores[best] >= _SAME else None
