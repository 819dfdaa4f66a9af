"""The characters that best explain a blurred line, found for the symbol as a whole.

Blur is linear, so a symbol's line is the sum of its fixed bars' and its characters' blurred bars, and its squared
distance from what was seen is a sum of one term a place and one term for every two neighbours. The best sequence
is then found exactly by dynamic programming (G. Ungerboeck's form of sequence estimation, 1974), under any blur
that reaches no further than the next character.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from terminal.vision.linear.blur import MARGIN, PER_MODULE, Blur, Cells, kernel, sharp, spread
from terminal.vision.linear.layout import Layout, Paths
from terminal.vision.linear.tables import Bits

MOST_PATHS = 1000

Scores = NDArray[np.float64]
Pair = tuple[int, int, int]  # the alphabets of a place and the next, and how many cells apart they begin


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A layout under one blur: the line that each choice would leave, and what neighbours have in common.

    `fixed` (N,) is the line of the fixed bars, `templates[a]` (C, L) those of alphabet a, `energies[a]` (C,) their
    squares; `seen[a]` says at which places it stands and in which (places, L) cells it is seen there;
    `joint[pair]` (C, C') is twice the overlap of neighbours.
    """

    layout: Layout
    fixed: Cells
    templates: tuple[Cells, ...]
    energies: tuple[Cells, ...]
    seen: dict[int, tuple[list[int], NDArray[np.intp]]]
    joint: dict[Pair, Scores]

    @classmethod
    def of(cls, layout: Layout, blur: Blur) -> "Model":
        weights = kernel(blur)
        templates = tuple(spread(cells + blur.growth * change, weights) for cells, change in _alphabets(layout))
        energies = tuple(np.square(rows).sum(axis=1) for rows in templates)
        joint = {(a, b, apart): 2 * _overlap(templates[a], templates[b], apart) for a, b, apart in set(pairs(layout))}
        first = (MARGIN - 1) * PER_MODULE - weights.size // 2
        starts = first + np.array(layout.offsets) * PER_MODULE
        seen = {}
        for alphabet, rows in enumerate(templates):
            places = [i for i, a in enumerate(layout.which) if a == alphabet]
            seen[alphabet] = places, starts[places, None] + np.arange(rows.shape[1])
        return cls(layout, line_of(layout.fixed, blur), templates, energies, seen, joint)


def pairs(layout: Layout) -> list[Pair]:
    """The kinds of neighbours that the places of a layout make, in order."""
    cells = [offset * PER_MODULE for offset in layout.offsets]
    return [
        (a, b, after - before)
        for a, b, before, after in zip(layout.which, layout.which[1:], cells, cells[1:], strict=False)
    ]


@cache
def _alphabets(layout: Layout) -> list[tuple[Cells, Cells]]:
    return [sharp(rows) for rows in layout.alphabets]


def line_of(drawn: Bits, blur: Blur) -> Cells:
    """The (N,) darkness of (modules,) bars with MARGIN modules of light around them."""
    cells, change = sharp(drawn)
    return blurred(cells + blur.growth * change, blur)


def blurred(cells: Cells, blur: Blur) -> Cells:
    """What `sharp` gave for a whole symbol, as a line with MARGIN modules of light around it."""
    margin = (MARGIN - 1) * PER_MODULE
    line = np.zeros(cells.size + 2 * margin)
    weights = kernel(blur)
    reach = weights.size // 2
    line[margin - reach : line.size - margin + reach] = np.convolve(cells, weights)
    return line


def _overlap(a: Cells, b: Cells, apart: int) -> Scores:
    shared = a.shape[1] - apart
    return np.asarray(a[:, apart:] @ b[:, :shared].T) if shared > 0 else np.zeros((len(a), len(b)))


def gains(model: Model, lines: Cells) -> list[Scores]:
    """For (H, N) lines the gain of each choice at each place: (H, C) by how much it alone nears the line."""
    rest = lines - model.fixed
    found: dict[int, Scores] = {}
    for alphabet, (places, cells) in model.seen.items():
        rows = model.templates[alphabet]
        gain = 2 * (rest[:, cells].reshape(-1, rows.shape[1]) @ rows.T) - model.energies[alphabet]
        found.update(zip(places, gain.reshape(len(rest), len(places), -1).transpose(1, 0, 2), strict=True))
    return [found[i] for i in range(len(found))]


def best(model: Model, line: Cells) -> tuple[Paths, float]:
    """The best path (n,) of one (N,) line, of all that can be drawn, and its squared distance."""
    gain, *more = [one[0] for one in gains(model, line[None])]
    total, came = gain, []
    for gain, pair in zip(more, pairs(model.layout), strict=True):
        steps = total[:, None] - model.joint[pair]
        came.append(steps.argmax(axis=0))
        total = steps[came[-1], np.arange(gain.size)] + gain
    path = [int(total.argmax())]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    return np.array(path[::-1]), float(np.square(line - model.fixed).sum() - total.max())


def near_best(model: Model, line: Cells, within: float) -> tuple[Paths, Scores]:
    """All paths (P, n) whose squared distance (P,) from one (N,) line is at most `within` over the best, nearest first.

    Where they are more than MOST_PATHS `within` shrinks as it must: up to the last distance none is missing.
    """
    gain = [one[0] for one in gains(model, line[None])]
    onward = _onward(gain, model)
    totals, paths = gain[0], np.arange(gain[0].size)[:, None]
    least = float((totals + onward[0]).max()) - within
    for i, ahead in enumerate(onward):
        if i:
            joint = model.joint[pairs(model.layout)[i - 1]]
            grown = totals[:, None] - joint[paths[:, -1]] + gain[i]
            row, choice = np.divmod(np.arange(grown.size), gain[i].size)
            totals, paths = grown.ravel(), np.column_stack([paths[row], choice])
        bounds = totals + np.tile(ahead, len(totals) // ahead.size)
        order = np.flatnonzero(bounds >= least)
        order = order[np.argsort(-bounds[order], kind="stable")]
        if order.size > MOST_PATHS:
            order = order[:MOST_PATHS]
            least = float(bounds[order[-1]])
        totals, paths = totals[order], paths[order]
    return paths, np.square(line - model.fixed).sum() - totals


def _onward(gain: list[Scores], model: Model) -> list[Scores]:
    """For each choice at each place, the most that the places after it can add."""
    onward = [np.zeros_like(gain[-1])]
    for here, pair in zip(gain[:0:-1], pairs(model.layout)[::-1], strict=True):
        onward.append((here + onward[-1] - model.joint[pair]).max(axis=1))
    return onward[::-1]
