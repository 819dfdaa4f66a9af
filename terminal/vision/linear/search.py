"""First guesses: where exactly a symbol may begin and end, which way round it stands, and how blurred it is.

Every guess is cut, decoded as a whole and scored by the part of the line that it leaves unexplained, all at once.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from terminal.vision.linear.blur import MARGIN, PER_MODULE, Blur, Cells
from terminal.vision.linear.cells import Ruler, Warp, darkness, edges
from terminal.vision.linear.layout import Layout
from terminal.vision.linear.span import Span
from terminal.vision.linear.survey import BLURS, distances

FINEST = 0.9  # pixels to a module, under which nothing is tried
_MERGED = 0.2  # of the bars are still seen apart under the strongest blur
_ENDS = (-0.45, 0.0, 0.45)  # modules about the onset of the first and the last bar
_BOWS = (-1.2, 0.0, 1.2)  # modules
_GUESSES = 3


@dataclass(frozen=True, slots=True)
class Guess:
    """A symbol from `ends[0]` to `ends[1]` on the line (the second is the smaller where it stands on its head).

    The less a guess `costs` the likelier it is; only costs of one search can be compared.
    """

    layout: Layout
    ends: tuple[float, float]
    warp: Warp
    blur: Blur
    cost: float


def guesses(ruler: Ruler, span: Span, layout: Layout) -> list[Guess]:
    """The best few guesses for one layout in one span."""
    if span.width < FINEST * layout.modules or not _MERGED * layout.bars <= span.bars <= layout.bars + 2:
        return []
    ends = _ends(span, layout.modules)
    warps = [Warp(bow=bow) for bow in _BOWS]
    places = np.concatenate([edges(ends, layout.modules, warp) for warp in warps])
    lines = even(darkness(ruler, span, places), layout)
    unexplained = distances(layout, lines) / np.square(lines).sum(axis=1)  # (B, H)
    found = []
    for blur, costs in zip(BLURS, unexplained, strict=True):
        warp, i = divmod(int(costs.argmin()), len(ends))
        found.append(Guess(layout, (float(ends[i, 0]), float(ends[i, 1])), warps[warp], blur, float(costs.min())))
    return sorted(found, key=lambda guess: guess.cost)[:_GUESSES]


def _ends(span: Span, modules: int) -> NDArray[np.float64]:
    """(H, 2) pairs of ends, upright and on their heads."""
    module = span.width / modules
    pairs = np.array([(span.left + a * module, span.right + b * module) for a, b in product(_ENDS, _ENDS)])
    return np.concatenate([pairs, pairs[:, ::-1]])


def even(lines: Cells, layout: Layout) -> Cells:
    """Scaled so that as much is dark as in the average symbol: what is fully black is not to be seen under blur."""
    inside = lines[..., MARGIN * PER_MODULE : -MARGIN * PER_MODULE].mean(axis=-1, keepdims=True)
    return np.asarray(lines * (layout.fill / np.maximum(inside, 1e-3)))
