"""A line of grey cut into cells that are a fixed part of a module, as darkness between 0 (paper) and about 1 (ink)."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from terminal.vision.linear.blur import MARGIN, PER_MODULE, Cells
from terminal.vision.linear.profile import Line
from terminal.vision.linear.span import Span


@dataclass(frozen=True, slots=True, eq=False)
class Ruler:
    """A line around one span, to be cut anywhere: the darkness up to each of its `places`, from left to right.

    Darkness is the part of the paper's light that is missing; it is 0 beyond the paper that is known to be even.
    """

    places: Cells
    sums: Cells

    @classmethod
    def of(cls, line: Line, span: Span) -> "Ruler":
        middle = np.arange(line.size) + 0.5
        light = np.interp(middle, [span.left, span.right], span.light)
        is_known = (middle > span.clear[0]) & (middle < span.clear[1])
        dark = np.where(is_known, 1 - line / light, 0.0)
        return cls(np.arange(line.size + 1.0), np.concatenate([[0.0], np.cumsum(dark)]))

    def cut(self, edges: Cells) -> Cells:
        """The mean darkness between neighbours of (..., K + 1) places, (..., K)."""
        sums = np.interp(edges, self.places, self.sums)
        return np.asarray((sums[..., 1:] - sums[..., :-1]) / (edges[..., 1:] - edges[..., :-1]))


@dataclass(frozen=True, slots=True)
class Warp:
    """How the modules of a symbol lie between its ends, which stay where they are.

    Seen from the side a module is 1 + `tilt` times as wide at the first end as on average; `bow` and `skew` are what
    else the surface does, in modules aside at the middle and at the quarters.
    """

    tilt: float = 0.0
    bow: float = 0.0
    skew: float = 0.0


def edges(ends: NDArray[np.float64], modules: int, warp: Warp, step: int = 1) -> Cells:
    """Where cells (or every `step` of them) of symbols with (..., 2) ends begin and end, (..., K + 1), with margins.

    The cells of a symbol that stands on its head run from right to left, which `cut` allows.
    """
    u, bow, skew = _unwarped(modules, step) if not warp.tilt else _tilted(modules, step, warp.tilt)
    at = u + (warp.bow * bow + warp.skew * skew) / modules
    return np.asarray(ends[..., :1] + (ends[..., 1:] - ends[..., :1]) * at)


def _tilted(modules: int, step: int, tilt: float) -> tuple[Cells, Cells, Cells]:
    """(K + 1,) places from 0 at the first end to 1 at the last, and how far a bow and a skew move each."""
    u = np.arange(-MARGIN * PER_MODULE, (modules + MARGIN) * PER_MODULE + 1, step) / (PER_MODULE * modules)
    u = u * (1 + tilt) / (1 + tilt * u)
    inside = np.clip(u, 0, 1)
    return u, bow_of(inside), skew_of(inside)


@cache
def _unwarped(modules: int, step: int) -> tuple[Cells, Cells, Cells]:
    return _tilted(modules, step, 0.0)


def bow_of(u: Cells) -> Cells:
    """1 in the middle of 0 to 1, 0 at the ends."""
    return 4 * u * (1 - u)


def skew_of(u: Cells) -> Cells:
    """About 1 at the first quarter, -1 at the third."""
    return 10.4 * u * (1 - u) * (1 - 2 * u)
