"""First guesses: where exactly a symbol may begin and end, which way round it stands, and how blurred it is.

Every guess is cut, decoded as a whole and scored by the part of the line that it leaves unexplained, all at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from terminal.vision.linear.blur import MARGIN, PER_MODULE, Blur, Cells
from terminal.vision.linear.cells import Ruler, Warp, edges
from terminal.vision.linear.layout import Layout
from terminal.vision.linear.span import Span
from terminal.vision.linear.survey import BLURS, COARSE, distances

FINEST = 0.9  # pixels to a module, under which nothing is tried
FLAT, BENT = (0.0,), (-2.0, -1.0, 1.0, 2.0)  # bows in modules
FINELY_BENT = (-2.5, -1.8, -1.2, -0.6, 0.6, 1.2, 1.8, 2.5)
SCALES = (0.84, 1.0, 1.16)  # a product's digits may be a fifth darker or lighter than the average
_OFF = (-0.35, 0.35)  # modules about where the first and the last bar should begin
_MERGED = 0.2  # of the bars are still seen apart under the strongest blur
_LEAST_MISFIT = 0.001
# Modules between where the first bar begins to show under each blur (`span`) and where it begins: as measured.
_EASE = np.array([0.07 + 0.8 * np.hypot(blur.sigma, blur.motion / np.sqrt(12)) for blur in BLURS])


@dataclass(frozen=True, slots=True)
class Guess:
    """A symbol from `ends[0]` to `ends[1]` on the line (the second is the smaller where it stands on its head).

    `scale` is how much darker it is than `even` makes it. `unexplained` is the part of the line's energy that the best
    such symbol leaves. The less a guess costs, in nats to spell the symbol and to tell what it leaves, the likelier.
    """

    place: "Place"
    ends: tuple[float, float]
    warp: Warp
    blur: Blur
    scale: float
    unexplained: float
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a symbol may lie: its `ends` (B, H, 2) under each of BLURS, and how much wider it is at the first.

    Its ink may be so many `scales` times what `even` makes of it.
    """

    layout: Layout
    ends: NDArray[np.float64]
    tilt: float = 0.0
    scales: tuple[float, ...] = (1.0,)


def places(span: Span, layout: Layout, scales: tuple[float, ...] = SCALES) -> list[Place]:
    """Where a symbol of this width may lie in the span, if it may at all."""
    is_possible = span.width >= FINEST * layout.modules and _MERGED * layout.bars <= span.bars <= layout.bars + 2
    return [Place(layout, _ends(span, layout.modules), scales=scales)] if is_possible else []


def guesses(ruler: Ruler, span: Span, where: Sequence[Place], bows: Sequence[float]) -> list[Guess]:
    """The best guess for each of some places, which have as many ends each; the best first."""
    cut = [_cut(ruler, place, bows) for place in where]
    _, each, _ = cut[0].shape
    lines = np.zeros((len(BLURS), len(cut) * each, max(one.shape[2] for one in cut)))
    for i, one in enumerate(cut):
        lines[:, i * each : (i + 1) * each, : one.shape[2]] = one
    unexplained = distances([place.layout for place in where], lines) / (COARSE * np.square(lines).sum(axis=2))
    parts = np.split(unexplained, len(where), axis=1)
    return sorted((_best(span, place, bows, part) for place, part in zip(where, parts, strict=True)), key=_cost)


def _cut(ruler: Ruler, place: Place, bows: Sequence[float]) -> Cells:
    """(B, scales * bows * H, N): the line with the place in its middle."""
    at = [edges(place.ends, place.layout.modules, Warp(place.tilt, bow), COARSE) for bow in bows]
    lines = even(ruler.cut(np.concatenate(at, axis=1)), place.layout, PER_MODULE // COARSE)
    return np.concatenate([lines * scale for scale in place.scales], axis=1)


def _best(span: Span, place: Place, bows: Sequence[float], unexplained: Cells) -> Guess:
    """The guess that leaves least, of (B, scales * bows * H)."""
    shape = len(BLURS), len(place.scales), len(bows), place.ends.shape[1]
    blur, scale, bow, i = (int(one) for one in np.unravel_index(unexplained.argmin(), shape))
    first, last = place.ends[blur, i].tolist()
    least = max(0.0, float(unexplained.min()))
    cost = float(span.width / 2 * np.log(least + _LEAST_MISFIT) + place.layout.spelled)
    return Guess(place, (first, last), Warp(place.tilt, bows[bow]), BLURS[blur], place.scales[scale], least, cost)


def _cost(guess: Guess) -> float:
    return guess.cost


def _ends(span: Span, modules: int) -> NDArray[np.float64]:
    """(B, H, 2) pairs of ends, upright and on their heads: the more blur, the earlier the light begins to fade."""
    module = span.width / (modules + 2 * _EASE)  # (B,)
    first = span.left + (_EASE[:, None] + _OFF) * module[:, None]  # (B, off)
    last = span.right - (_EASE[:, None] + _OFF) * module[:, None]
    pairs = np.stack(np.broadcast_arrays(first[:, :, None], last[:, None]), axis=-1).reshape(len(BLURS), -1, 2)
    return np.concatenate([pairs, pairs[..., ::-1]], axis=1)


def even(lines: Cells, layout: Layout, per_module: int = PER_MODULE) -> Cells:
    """Scaled so that as much is dark as in the average symbol: what is fully black is not to be seen under blur."""
    inside = lines[..., MARGIN * per_module : -MARGIN * per_module].mean(axis=-1, keepdims=True)
    return np.asarray(lines * (layout.fill / np.maximum(inside, 1e-3)))
