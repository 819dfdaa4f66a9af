"""A crop of upright bars as one line of grey: the mean along the bars, in which noise falls with the root of the rows.

Before rows are averaged they must lie on one another. What the deskew left over (a small slant, and the fan that
perspective makes of parallel bars) is found as that which leaves the averaged line sharpest. Rows that do not show
the bars (print below them, glare across them) are left out, and of the rest the middle half is averaged.
"""

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from terminal.vision.symbol import Affine, Grey

Line = NDArray[np.float32]
Plane = NDArray[np.float32]

_COARSE_BANDS = 8
_BANDS = 32
_MOST_SLANT = 0.16  # pixels aside per row: 9 degrees
_FAN = 0.09  # of the width, between the upper and the lower end
_FINER = (-0.66, -0.33, 0.0, 0.33, 0.66)  # of a step
_ALIKE = 0.5  # of the typical likeness: under it a band shows something else


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """`values` (N,) float32 grey along the middle of the bars, for crops of `height` rows.

    `to_crop` (3, 3) carries (x, y) of the straightened crop to the crop it came from.
    """

    values: Line
    height: int
    to_crop: Affine

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A point of the straightened crop, in pixels of the crop."""
        u, v, w = self.to_crop @ (x, y, 1.0)
        return float(u / w), float(v / w)


def profile(grey: Grey) -> Profile:
    """The line of a (H, W) uint8 crop whose bars stand upright to within 9 degrees."""
    height, width = grey.shape
    bands = _bands(grey, min(_COARSE_BANDS, height))
    slant, fan = _straightest(bands, height)
    to_crop = _carry(slant, fan, height, width)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    straight = cv2.warpPerspective(grey, to_crop, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return Profile(_robust_mean(_bands(np.asarray(straight, np.uint8), min(_BANDS, height))), height, to_crop)


def _bands(grey: Grey, count: int) -> Plane:
    """Means over `count` groups of rows, (count, W)."""
    return np.asarray(
        cv2.resize(grey.astype(np.float32), (grey.shape[1], count), interpolation=cv2.INTER_AREA), np.float32
    )


def _straightest(bands: Plane, height: int) -> tuple[float, float]:
    """Slant and fan by which the mean of the bands is sharpest: both coarsely, then one finely after the other."""
    half = np.asarray(cv2.resize(bands, (bands.shape[1] // 2, len(bands)), interpolation=cv2.INTER_AREA), np.float32)
    step = max(3.0 / height, 0.01)  # three pixels between the ends of the bars
    slants = np.arange(-_MOST_SLANT, _MOST_SLANT + step, step)
    slant, fan = _best(half, height / 2, list(product(slants.tolist(), (-_FAN, 0.0, _FAN))))
    around = [(slant + step * a, fan + _FAN / 2 * b) for a, b in product((-1, 0, 1), (-1, 0, 1))]
    slant, fan = _best(half, height / 2, around)
    slant, _ = _best(bands, height, [(slant + step * part, fan) for part in _FINER])
    return _best(bands, height, [(slant, fan + _FAN / 2 * part) for part in _FINER])


def _best(bands: Plane, height: float, tries: list[tuple[float, float]]) -> tuple[float, float]:
    return tries[int(_sharpness(bands, height, np.array(tries)).argmax())]


def _sharpness(bands: Plane, height: float, tries: NDArray[np.float64]) -> Line:
    """The energy of the steps in the mean of (B, W) bands, straightened by each of (T, 2) slants and fans: (T,)."""
    count, width = bands.shape
    y = (((np.arange(count) + 0.5) / count - 0.5)[:, None]).astype(np.float32)  # of the height, from the middle
    x = (np.arange(width) - (width - 1) / 2).astype(np.float32)
    slant, fan = (tries.T.astype(np.float32))[:, :, None, None]
    at = (x + height * slant * y) / (1 + fan * y) + np.float32((width - 1) / 2)  # (T, B, W)
    rows = np.broadcast_to(np.arange(count, dtype=np.float32)[:, None], at.shape)
    flat = at.reshape(-1, width), rows.reshape(-1, width)
    straight = cv2.remap(bands, *flat, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    lines = straight.reshape(at.shape).mean(axis=1)
    return np.asarray(np.square(np.diff(lines, axis=1)).sum(axis=1), np.float32)


def _carry(slant: float, fan: float, height: int, width: int) -> Affine:
    """Straightened pixels to crop pixels, about the middle of the crop."""
    x, y = (width - 1) / 2, (height - 1) / 2
    towards = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1.0]])
    back = np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])
    turn = np.array([[1, slant, 0], [0, 1, 0], [0, fan / height, 1.0]])
    return np.asarray(back @ turn @ towards)


def _robust_mean(bands: Plane) -> Line:
    """The mean of the middle half of the bands that show what most of them show."""
    steps = np.diff(bands, axis=1)
    middle = steps[len(steps) // 4 : len(steps) - len(steps) // 4].mean(axis=0)
    likeness = _correlation(steps, middle)
    likeness = _correlation(steps, steps[likeness >= _ALIKE * np.median(likeness)].mean(axis=0))
    kept = bands[likeness >= _ALIKE * np.percentile(likeness, 75)]
    drop = len(kept) // 4
    return np.asarray(np.sort(kept, axis=0)[drop : len(kept) - drop].mean(axis=0), np.float32)


def _correlation(rows: Plane, line: Line) -> Line:
    return np.asarray(rows @ line / np.maximum(np.linalg.norm(rows, axis=1), 1e-6), np.float32)
