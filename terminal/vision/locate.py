"""Where might a code be? Strong gradients, summed over blocks: bars run one way, a matrix runs two.

The structure tensor of a block (the mean of the gradient's outer product) says both: its trace is how much edge
there is, its eigenvectors which way, and how unequal they are is the coherence. See J. Bigun and G. Granlund,
"Optimal orientation detection of linear symmetry" (1987).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from terminal.model import Point
from terminal.vision.box import Box
from terminal.vision.symbol import Grey

BLOCK = 8  # pixels; a payment code held up to a counter camera has modules of 2 to 6
_SMOOTH = 5  # blocks: about the side of the smallest code
_FAINT = 150.0  # mean squared Sobel response under which a block is paper, skin or noise
_RELATIVE = 0.08  # of the strongest blocks in the picture: a sharp picture has no use for its faint edges
_ONE_WAY = 0.7  # coherence above which a place is bars
_FEWEST_BLOCKS = 12

Plane = NDArray[np.float32]
Blocks = tuple[NDArray[np.intp], NDArray[np.intp]]  # rows and columns of some of a picture's blocks


class Kind(StrEnum):
    BARS = "bars"
    MATRIX = "matrix"


@dataclass(frozen=True, slots=True)
class Region:
    """A place that looks like a code.

    It reaches `half_across` and `half_along` pixels from `centre` (x, y), across the bars and along them;
    `angle_rad` is the direction across, 0 for upright bars, growing clockwise. A matrix is boxed upright.
    """

    kind: Kind
    box: Box
    strength: float
    centre: Point
    angle_rad: float
    half_across: float
    half_along: float

    def moved(self, x: int, y: int) -> "Region":
        """The region where the frame has it, when it was found in a part that begins at (x, y)."""
        centre = self.centre[0] + x, self.centre[1] + y
        return replace(self, box=self.box.moved(x, y), centre=centre)


@dataclass(frozen=True, slots=True)
class Tensor:
    """Per block, all (H // 8, W // 8) float32: mean squared gradient, coherence 0 to 1, direction in radians."""

    energy: Plane
    coherence: Plane
    angle: Plane


def tensor(grey: Grey) -> Tensor:
    """The smoothed structure tensor of a (H, W) uint8 picture, both sides at least 8."""
    rows, columns = grey.shape[0] // BLOCK, grey.shape[1] // BLOCK
    whole = grey[: rows * BLOCK, : columns * BLOCK]
    dx = cv2.Sobel(whole, cv2.CV_32F, 1, 0)
    dy = cv2.Sobel(whole, cv2.CV_32F, 0, 1)
    xx, yy, xy = (_blocks(a * b, columns, rows) for a, b in ((dx, dx), (dy, dy), (dx, dy)))
    energy = xx + yy
    difference, twice = xx - yy, 2 * xy
    coherence = np.hypot(difference, twice) / np.maximum(energy, np.float32(1e-6))
    return Tensor(energy, coherence, np.arctan2(twice, difference) / 2)


def regions(grey: Grey) -> list[Region]:
    """Places that look like codes in a (H, W) uint8 picture, the most striking first."""
    if min(grey.shape) < 2 * BLOCK:
        return []
    field = tensor(grey)
    strongest = float(np.partition(field.energy, -max(1, field.energy.size // 50), axis=None)[-1])
    lively = field.energy > max(_FAINT, _RELATIVE * strongest)
    one_way = field.coherence > _ONE_WAY
    found = [*_bars(field, lively & one_way), *_matrices(field, lively & ~one_way)]
    return sorted(found, key=lambda region: -region.strength)


def _blocks(product: Plane, columns: int, rows: int) -> Plane:
    """Means over blocks, smoothed over their neighbours."""
    means = cv2.resize(product, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.blur(means, (_SMOOTH, _SMOOTH)), dtype=np.float32)


def _bars(field: Tensor, mask: NDArray[np.bool_]) -> list[Region]:
    return [_bar_region(field, ys, xs) for ys, xs in _components(mask) for ys, xs in _by_direction(field, ys, xs)]


def _components(mask: NDArray[np.bool_]) -> list[Blocks]:
    """The blocks (rows, columns) of each connected piece that is large enough to be a code."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    large = [i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] >= _FEWEST_BLOCKS]
    rows, columns = np.nonzero(np.isin(labels, large))
    return [(rows[labels[rows, columns] == i], columns[labels[rows, columns] == i]) for i in large]


def _by_direction(field: Tensor, ys: NDArray[np.intp], xs: NDArray[np.intp]) -> list[Blocks]:
    """The blocks of a piece that agree with its main direction within 22 degrees."""
    angle = _mean_angle(field, ys, xs)
    agree = np.cos(2 * (field.angle[ys, xs] - angle)) > np.cos(np.pi / 4)
    return [(ys[agree], xs[agree])] if int(agree.sum()) >= _FEWEST_BLOCKS else []


def _mean_angle(field: Tensor, ys: NDArray[np.intp], xs: NDArray[np.intp]) -> float:
    """The mean direction weighted by energy; doubled angles, for a direction has no sign."""
    weight, doubled = field.energy[ys, xs], 2 * field.angle[ys, xs]
    return float(np.arctan2((weight * np.sin(doubled)).sum(), (weight * np.cos(doubled)).sum())) / 2


def _bar_region(field: Tensor, ys: NDArray[np.intp], xs: NDArray[np.intp]) -> Region:
    angle = _mean_angle(field, ys, xs)
    x, y = (xs + 0.5) * BLOCK, (ys + 0.5) * BLOCK
    across = x * np.cos(angle) + y * np.sin(angle)
    along = y * np.cos(angle) - x * np.sin(angle)
    middle_across, middle_along = (across.max() + across.min()) / 2, (along.max() + along.min()) / 2
    centre = (
        float(middle_across * np.cos(angle) - middle_along * np.sin(angle)),
        float(middle_across * np.sin(angle) + middle_along * np.cos(angle)),
    )
    half_across = float(across.max() - across.min() + BLOCK) / 2
    half_along = float(along.max() - along.min() + BLOCK) / 2
    return Region(Kind.BARS, _box(ys, xs), float(field.energy[ys, xs].sum()), centre, angle, half_across, half_along)


def _matrices(field: Tensor, mask: NDArray[np.bool_]) -> list[Region]:
    return [_matrix_region(field, ys, xs) for ys, xs in _components(mask)]


def _matrix_region(field: Tensor, ys: NDArray[np.intp], xs: NDArray[np.intp]) -> Region:
    box = _box(ys, xs)
    centre = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
    half_width, half_height = (box.right - box.left) / 2, (box.bottom - box.top) / 2
    return Region(Kind.MATRIX, box, float(field.energy[ys, xs].sum()), centre, 0.0, half_width, half_height)


def _box(ys: NDArray[np.intp], xs: NDArray[np.intp]) -> Box:
    return Box(int(xs.min()) * BLOCK, int(ys.min()) * BLOCK, (int(xs.max()) + 1) * BLOCK, (int(ys.max()) + 1) * BLOCK)
