"""Where might a code be? Strong gradients, summed over blocks: bars run one way, a matrix runs two.

The structure tensor of a block (the mean of the gradient's outer product) says both: its trace is how much edge
there is, its eigenvectors which way, and how unequal they are is the coherence. See J. Bigun and G. Granlund,
"Optimal orientation detection of linear symmetry" (1987).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from math import atan2, cos, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from terminal.model import Point
from terminal.vision.box import Box
from terminal.vision.symbol import Grey

BLOCK = 8  # pixels; a payment code held up to a counter camera has modules of 2 to 6
_EVERY = 2  # pixels each way: the gradient is taken from all of them, its products from one in four
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
    `angle_rad` is the direction across, 0 for upright bars, growing clockwise. A matrix is boxed upright. `bias` is 1
    where all edges run along y, -1 where they run along x.
    """

    kind: Kind
    box: Box
    strength: float
    centre: Point
    angle_rad: float
    half_across: float
    half_along: float
    bias: float = 0.0

    def placed(self, scale: int = 1, x: int = 0, y: int = 0) -> "Region":
        """The region where the frame has it, when it was found in a part that begins at (x, y), so much smaller."""
        return replace(
            self,
            box=self.box.scaled(scale).moved(x, y),
            centre=(self.centre[0] * scale + x, self.centre[1] * scale + y),
            half_across=self.half_across * scale,
            half_along=self.half_along * scale,
        )


@dataclass(frozen=True, slots=True)
class Tensor:
    """Per block, all (H // 8, W // 8) float32: mean squared gradient, and coherence times it along two doubled axes.

    `difference` and `twice` are energy times coherence times the cosine and the sine of twice the direction across.
    """

    energy: Plane
    difference: Plane
    twice: Plane

    @property
    def coherence(self) -> Plane:
        """0 where edges run every way, 1 where all run one way."""
        strength = np.hypot(self.difference, self.twice) / np.maximum(self.energy, np.float32(1e-6))
        return np.asarray(strength, dtype=np.float32)

    def angle(self, blocks: Blocks) -> float:
        """The main direction across, in radians, weighted by energy and coherence; angles are doubled because a
        direction has no sign."""
        return atan2(float(self.twice[blocks].sum()), float(self.difference[blocks].sum())) / 2


def tensor(grey: Grey) -> Tensor:
    """The smoothed structure tensor of a (H, W) uint8 picture, both sides at least 8; 1/4 of the gradients are used."""
    rows, columns = grey.shape[0] // BLOCK, grey.shape[1] // BLOCK
    gradients = cv2.spatialGradient(grey[: rows * BLOCK, : columns * BLOCK])
    size = columns * BLOCK // _EVERY, rows * BLOCK // _EVERY
    dx, dy = (cv2.resize(one, size, interpolation=cv2.INTER_NEAREST) for one in gradients)
    products = (cv2.multiply(a, b, dtype=cv2.CV_32F) for a, b in ((dx, dx), (dy, dy), (dx, dy)))
    xx, yy, xy = (_blocks(np.asarray(product, dtype=np.float32), columns, rows) for product in products)
    return Tensor(xx + yy, xx - yy, 2 * xy)


def regions(grey: Grey, known: Iterable[Box] = ()) -> list[Region]:
    """Places outside the `known` ones that look like codes in a (H, W) uint8 picture, the most striking first."""
    if min(grey.shape) < 2 * BLOCK:
        return []
    field = tensor(grey)
    strongest = float(np.partition(field.energy, -max(1, field.energy.size // 50), axis=None)[-1])
    lively = field.energy > max(_FAINT, _RELATIVE * strongest)
    for box in known:
        box.scaled(1 / BLOCK).within(lively).of(lively)[:] = False
    if np.count_nonzero(lively) < _FEWEST_BLOCKS:
        return []
    one_way = field.coherence > _ONE_WAY
    bars = [_bars(field, blocks) for blocks in _components(lively & one_way)]
    matrices = [_matrix(field, blocks) for blocks in _components(lively & ~one_way)]
    return sorted([*filter(None, bars), *matrices], key=lambda region: -region.strength)


def _blocks(product: Plane, columns: int, rows: int) -> Plane:
    """Means over blocks, smoothed over their neighbours."""
    means = cv2.resize(product, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.blur(means, (_SMOOTH, _SMOOTH)), dtype=np.float32)


def _components(mask: NDArray[np.bool_]) -> Iterator[Blocks]:
    """The blocks (rows, columns) of each connected piece that is large enough to be a code."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=4)
    for i in range(1, count):
        left, top, width, height, area = stats[i].tolist()
        if area >= _FEWEST_BLOCKS:
            rows, columns = np.nonzero(labels[top : top + height, left : left + width] == i)
            yield rows + top, columns + left


def _bars(field: Tensor, blocks: Blocks) -> Region | None:
    """The blocks of a piece that agree with its main direction within 22 degrees, if they are enough."""
    angle = field.angle(blocks)
    difference, twice = field.difference[blocks], field.twice[blocks]
    agree = difference * cos(2 * angle) + twice * sin(2 * angle) > cos(pi / 4) * np.hypot(difference, twice)
    ys, xs = blocks[0][agree], blocks[1][agree]
    return _bar_region(field, (ys, xs)) if len(ys) >= _FEWEST_BLOCKS else None


def _bar_region(field: Tensor, blocks: Blocks) -> Region:
    angle = field.angle(blocks)
    ys, xs = blocks
    x, y = (xs + 0.5) * BLOCK, (ys + 0.5) * BLOCK
    across, along = x * cos(angle) + y * sin(angle), y * cos(angle) - x * sin(angle)
    first, last, top, bottom = (float(end) for end in (across.min(), across.max(), along.min(), along.max()))
    middle_across, middle_along = (first + last) / 2, (top + bottom) / 2
    centre = (
        middle_across * cos(angle) - middle_along * sin(angle),
        middle_across * sin(angle) + middle_along * cos(angle),
    )
    half_across, half_along = (last - first + BLOCK) / 2, (bottom - top + BLOCK) / 2
    return Region(
        Kind.BARS, _box(blocks), _strength(field, blocks), centre, angle, half_across, half_along, _bias(field, blocks)
    )


def _matrix(field: Tensor, blocks: Blocks) -> Region:
    box = _box(blocks)
    centre = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
    half_width, half_height = (box.right - box.left) / 2, (box.bottom - box.top) / 2
    return Region(
        Kind.MATRIX, box, _strength(field, blocks), centre, 0.0, half_width, half_height, _bias(field, blocks)
    )


def _strength(field: Tensor, blocks: Blocks) -> float:
    return float(field.energy[blocks].sum())


def _bias(field: Tensor, blocks: Blocks) -> float:
    return float(field.difference[blocks].sum()) / max(1e-6, _strength(field, blocks))


def _box(blocks: Blocks) -> Box:
    ys, xs = blocks
    return Box(int(xs.min()) * BLOCK, int(ys.min()) * BLOCK, (int(xs.max()) + 1) * BLOCK, (int(ys.max()) + 1) * BLOCK)
