"""A line of grey cut into cells that are a fixed part of a module, as darkness between 0 (paper) and about 1 (ink)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from terminal.vision.linear.blur import MARGIN, PER_MODULE, Cells
from terminal.vision.linear.profile import Line
from terminal.vision.linear.span import Span


@dataclass(frozen=True, slots=True)
class Ruler:
    """A line that can be cut quickly, anywhere: `sums` (N + 1,) of its pixels, with paper for ever on both sides."""

    sums: Cells
    margin: int

    @classmethod
    def of(cls, line: Line) -> "Ruler":
        margin = line.size
        padded = np.pad(line.astype(np.float64), margin, mode="edge")
        return cls(np.concatenate([[0.0], np.cumsum(padded)]), margin)

    def cut(self, edges: Cells) -> Cells:
        """The mean grey between neighbours of (..., K + 1) places, (..., K)."""
        sums = np.interp(edges + self.margin, np.arange(self.sums.size), self.sums)
        return np.asarray(np.diff(sums, axis=-1) / np.diff(edges, axis=-1))


@dataclass(frozen=True, slots=True)
class Warp:
    """How the modules of a symbol lie between its ends, which stay where they are.

    Seen from the side a module is 1 + `tilt` times as wide at the first end as on average; `bow` and `skew` are what
    else the surface does, in modules aside at the middle and at the quarters.
    """

    tilt: float = 0.0
    bow: float = 0.0
    skew: float = 0.0


def edges(ends: NDArray[np.float64], modules: int, warp: Warp) -> Cells:
    """Where the cells of symbols from ends[:, 0] to ends[:, 1] begin and end, (H, K + 1), margins included.

    The cells of a symbol that stands on its head run from right to left, which `cut` allows.
    """
    u = np.arange(-MARGIN * PER_MODULE, (modules + MARGIN) * PER_MODULE + 1) / (PER_MODULE * modules)
    u = u * (1 + warp.tilt) / (1 + warp.tilt * u)
    inside = np.clip(u, 0, 1)
    at = u + (warp.bow * bow_of(inside) + warp.skew * skew_of(inside)) / modules
    return np.asarray(ends[:, :1] + (ends[:, 1:] - ends[:, :1]) * at)


def bow_of(u: Cells) -> Cells:
    """1 in the middle of 0 to 1, 0 at the ends."""
    return 4 * u * (1 - u)


def skew_of(u: Cells) -> Cells:
    """About 1 at the first quarter, -1 at the third."""
    return 10.4 * u * (1 - u) * (1 - 2 * u)


def darkness(ruler: Ruler, span: Span, places: Cells) -> Cells:
    """(..., K) part of the paper's light that is missing; 0 beyond the paper that is known to be even."""
    grey = ruler.cut(places)
    middle = (places[..., 1:] + places[..., :-1]) / 2
    light = np.interp(middle, [span.left, span.right], span.light)
    is_known = (middle > span.clear[0]) & (middle < span.clear[1])
    return np.where(is_known, 1 - grey / light, 0.0)
