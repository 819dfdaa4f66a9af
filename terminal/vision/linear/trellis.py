"""The characters that best explain a blurred line, found for the symbol as a whole.

Blur is linear, so a symbol's line is the sum of its fixed bars' and its characters' blurred bars, and its squared
distance from what was seen is a sum of one term a place and one term for every two neighbours. The best sequence
is then found exactly by dynamic programming (G. Ungerboeck's form of sequence estimation, 1974), under any blur
that reaches no further than the next character.

A character's line is in turn the sum of its modules' lines. What was seen is therefore compared with a dozen blurred
modules at each place, and never with a hundred characters.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from terminal.vision.linear.blur import MARGIN, PER_MODULE, Blur, Cells, blurred, drawn, kernel, parts
from terminal.vision.linear.layout import Alphabet, Layout, Pair, Paths
from terminal.vision.linear.tables import Bits

MOST_PATHS = 1000

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Letters:
    """What alphabets leave under one blur, wherever they stand.

    `parts` (K, L) are the lines of the K parts of a character; `spelling[a]` (C, K) says which of them each character
    of alphabet a has; `energies[a]` (C,) are the squares of the characters' lines, `joint[pair]` (C', C) twice the
    overlap of a character with one before it.
    """

    parts: Cells
    spelling: tuple[Cells, ...]
    energies: tuple[Cells, ...]
    joint: dict[Pair, Scores]

    @classmethod
    def of(cls, alphabets: tuple[Alphabet, ...], pairs: frozenset[Pair], lines: Cells, step: int = 1) -> "Letters":
        """From the `parts` that these (K, L) lines are, in cells `step` times as long."""
        spelling = tuple(one.spelling[:, : len(lines)] for one in alphabets)
        overlap = {apart: 2 * step * _overlap(lines, apart // step) for apart in {apart for _, _, apart in pairs}}
        joint = {(a, b, apart): spelling[b] @ overlap[apart].T @ spelling[a].T for a, b, apart in pairs}
        alone = step * (lines @ lines.T)
        energies = tuple(((rows @ alone) * rows).sum(axis=1) for rows in spelling)
        return cls(lines, spelling, energies, joint)


def _overlap(lines: Cells, apart: int) -> Cells:
    shared = max(0, lines.shape[1] - apart)
    return np.asarray(lines[:, lines.shape[1] - shared :] @ lines[:, :shared].T)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A layout under one blur: its letters, the line (N,) of its fixed bars, and where on it each place is seen."""

    layout: Layout
    letters: Letters
    fixed: Cells
    seen: NDArray[np.intp]  # (places, L) cells

    @classmethod
    def of(cls, layout: Layout, blur: Blur, letters: Letters | None = None) -> "Model":
        letters = letters or Letters.of(
            layout.alphabets, frozenset(layout.pairs), parts(layout.alphabets[0].width, blur)
        )
        length = letters.parts.shape[1]
        first = (MARGIN - 1) * PER_MODULE - kernel(blur).size // 2
        starts = first + np.array(layout.offsets) * PER_MODULE
        return cls(layout, letters, line_of(layout.fixed, blur), starts[:, None] + np.arange(length))


def line_of(bars: Bits, blur: Blur) -> Cells:
    """The (N,) darkness of (modules,) bars with MARGIN modules of light around them."""
    return blurred(drawn(bars, blur.growth), blur)


def gains(model: Model, lines: Cells) -> list[Scores]:
    """For (H, N) lines the gain of each choice at each place: (H, C) by how much it alone nears the line."""
    letters = model.letters
    alike = 2 * (np.take(lines - model.fixed, model.seen, axis=1) @ letters.parts.T)  # (H, places, K)
    return [
        np.asarray(alike[:, i] @ letters.spelling[a].T - letters.energies[a]) for i, a in enumerate(model.layout.which)
    ]


def best(model: Model, line: Cells) -> tuple[Paths, float]:
    """The best path (n,) of one (N,) line, of all that can be drawn, and its squared distance."""
    total, *more = [one[0] for one in gains(model, line[None])]
    came = []
    for gain, pair in zip(more, model.layout.pairs, strict=True):
        steps = total - model.letters.joint[pair]
        came.append(steps.argmax(axis=1))
        total = steps[np.arange(gain.size), came[-1]] + gain
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
    totals, paths = gain[0][None], np.empty((1, 0), np.intp)
    least = float((gain[0] + onward[0]).max()) - within
    for i, ahead in enumerate(onward):
        if i:
            joint = model.letters.joint[model.layout.pairs[i - 1]]
            totals = totals[:, None] - joint.T[paths[:, -1]] + gain[i]
        bounds = (totals + ahead).ravel()
        order = np.flatnonzero(bounds >= least)
        order = order[np.argsort(-bounds[order], kind="stable")]
        if order.size > MOST_PATHS:
            order = order[:MOST_PATHS]
            least = float(bounds[order[-1]])
        row, choice = np.divmod(order, ahead.size)
        totals, paths = totals.ravel()[order], np.column_stack([paths[row], choice])
    return paths, np.square(line - model.fixed).sum() - totals


def _onward(gain: list[Scores], model: Model) -> list[Scores]:
    """For each choice at each place, the most that the places after it can add."""
    onward = [np.zeros_like(gain[-1])]
    for here, pair in zip(gain[:0:-1], model.layout.pairs[::-1], strict=True):
        onward.append((here + onward[-1] - model.letters.joint[pair].T).max(axis=1))
    return onward[::-1]
