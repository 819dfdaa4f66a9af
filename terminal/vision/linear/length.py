"""First guesses for Code 128, of which not even the number of characters is known.

Each end tells, by its start or stop, how wide a module is there. The two may differ, as a code seen from the side is
finer at its far end; together they say how many modules lie between. Only the likeliest few lengths are decoded.
"""

from dataclasses import replace
from functools import cache
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from terminal.vision.linear import tables
from terminal.vision.linear.blur import MARGIN, PER_MODULE, Blur, Cells
from terminal.vision.linear.cells import Ruler, Warp, darkness, edges
from terminal.vision.linear.layout import code128_of
from terminal.vision.linear.search import Guess, even
from terminal.vision.linear.span import Span
from terminal.vision.linear.survey import BLURS, distances
from terminal.vision.linear.trellis import line_of

_LONGEST = 40  # characters between start and check
_MERGED = 0.3  # of the bars are still seen apart under the strongest blur
_OFFSETS = np.arange(-4, 5) * 0.25  # modules about the onset of the first and the last bar
_FINER = 1.04  # from one module width to the next that is tried
_TILTS = np.arange(-4, 5) * 0.04  # how much wider a module is at the first end than in the middle
_BOWS = np.arange(-4, 5) * 0.35  # modules
_START_SEEN = 11.0  # modules of the symbol in which a start is recognised
_STOP_SEEN = 13.5  # likewise a stop
_TRIED = 6
_GUESSES = 3
_LEAST_MISFIT = 0.001


def code128_guesses(ruler: Ruler, span: Span) -> list[Guess]:
    """The best few guesses in one span, upright and on the head."""
    counts = _counts(span)
    if not counts.size:
        return []
    found = [
        *_by_ends(ruler, span, counts, span.left, span.right),
        *_by_ends(ruler, span, counts, span.right, span.left),
    ]
    likely = sorted(found, key=lambda guess: guess.cost)[:_TRIED]
    scored = [one for guess in likely for one in _scored(ruler, span, guess)]
    return sorted(scored, key=lambda guess: guess.cost)[:_GUESSES]


def _counts(span: Span) -> NDArray[np.intp]:
    """The numbers of characters that the bars seen allow: three bars each, and ten in start, check and stop."""
    fewest = max(1, -(-(span.bars - 2 - 10) // 3))
    most = min(_LONGEST, int((span.bars / _MERGED - 10) / 3), int((span.width - 35) / 11))
    return np.arange(fewest, most + 1)


def _by_ends(ruler: Ruler, span: Span, counts: NDArray[np.intp], first: float, last: float) -> list[Guess]:
    """For each number of characters the module widths, the places and the blur that suit start and stop best."""
    means = (last - first) / (11 * counts + 35)
    widths = _widths(means)
    starts, stops = first + _OFFSETS * widths[:, None], last + _OFFSETS * widths[:, None]
    at_start = _windows(ruler, span, starts, widths, -3.0, _START_SEEN)
    at_stop = _windows(ruler, span, stops, widths, -_STOP_SEEN, 3.0)
    of_first = _nearest(widths, means[:, None] * (1 + _TILTS))  # (counts, tilts)
    of_last = _nearest(widths, means[:, None] / (1 + _TILTS))
    found: list[Guess] = []
    for blur in BLURS:
        start, start_cost = _best_place(at_start, starts, _start_lines(blur))
        stop, stop_cost = _best_place(at_stop, stops, _stop_line(blur))
        costs = np.abs(widths)[of_first] * start_cost[of_first] + np.abs(widths)[of_last] * stop_cost[of_last]
        for i, tilt in enumerate(costs.argmin(axis=1)):
            ends = float(start[of_first[i, tilt]]), float(stop[of_last[i, tilt]])
            warp = Warp(tilt=float(_TILTS[tilt]))
            found.append(Guess(code128_of(int(counts[i])), ends, warp, blur, float(costs[i, tilt])))
    return [min(same, key=lambda guess: guess.cost) for same in _by_layout(found)]


def _by_layout(guesses: list[Guess]) -> list[list[Guess]]:
    return [list(same) for _, same in groupby(sorted(guesses, key=_modules), key=_modules)]


def _modules(guess: Guess) -> int:
    return guess.layout.modules


def _widths(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Module widths (W,) from a little under the least mean to a little over the largest, of the same sign."""
    finest, widest = np.abs(means).min() * (1 + _TILTS[0]), np.abs(means).max() * (1 + _TILTS[-1])
    steps = int(np.ceil(np.log(widest / finest) / np.log(_FINER))) + 1
    return np.asarray(np.copysign(finest * _FINER ** np.arange(steps), means[0]))


def _best_place(windows: Cells, places: NDArray[np.float64], lines: Cells) -> tuple[Cells, Cells]:
    """For each width (W,) the likeliest of (W, O) places, and the logarithm of what it leaves unexplained."""
    misfit = _misfit(windows, lines)
    best = misfit.argmin(axis=1)
    return places[np.arange(len(best)), best], np.log(misfit.min(axis=1) + _LEAST_MISFIT)


def _nearest(widths: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.intp]:
    at = np.rint(np.log(wanted / widths[0]) / np.log(_FINER)).astype(np.intp)
    nearest: NDArray[np.intp] = np.clip(at, 0, widths.size - 1)
    return nearest


def _scored(ruler: Ruler, span: Span, guess: Guess) -> list[Guess]:
    """The guess decoded under each blur: how well, against how many characters that took."""
    layout = guess.layout
    warps = [replace(guess.warp, bow=float(bow)) for bow in _BOWS]
    places = np.concatenate([edges(np.array([guess.ends]), layout.modules, warp) for warp in warps])
    lines = even(darkness(ruler, span, places), layout)
    unexplained = distances(layout, lines) / np.square(lines).sum(axis=1)
    pixels = min(span.width, layout.modules * PER_MODULE)
    costs = pixels / 2 * np.log(unexplained + _LEAST_MISFIT) + len(layout.offsets) * np.log(len(tables.CODE128))
    return [
        replace(guess, warp=warps[i], blur=blur, cost=float(cost[i]))
        for blur, cost, i in zip(BLURS, costs, costs.argmin(axis=1), strict=True)
    ]


def _windows(
    ruler: Ruler, span: Span, places: NDArray[np.float64], module: NDArray[np.float64], before: float, after: float
) -> Cells:
    """(W, O, cells) of darkness from `before` to `after` modules about each of (W, O) places."""
    steps = np.arange(round(before * PER_MODULE), round(after * PER_MODULE) + 1) / PER_MODULE
    at = places[..., None] + module[:, None, None] * steps
    return darkness(ruler, span, at)


def _misfit(windows: Cells, lines: Cells) -> Cells:
    """(W, O): the part of each window that the likeliest of (c, cells) lines leaves unexplained, at any contrast."""
    alike = np.square((windows @ lines.T) / np.linalg.norm(lines, axis=1)).max(axis=2)
    return np.asarray(1 - alike / np.maximum(np.square(windows).sum(axis=2), 1e-9))


@cache
def _start_lines(blur: Blur) -> Cells:
    """The three starts and the first module of the next bar, as `_windows` sees them."""
    drawn = np.array([np.append(start, 1) for start in tables.CODE128[103:]])
    first = (MARGIN - 3) * PER_MODULE
    return np.stack([line_of(one, blur)[first : first + round((3 + _START_SEEN) * PER_MODULE)] for one in drawn])


@cache
def _stop_line(blur: Blur) -> Cells:
    line = line_of(tables.STOP, blur)
    last = (MARGIN + 13 + 3) * PER_MODULE
    return line[None, last - round((3 + _STOP_SEEN) * PER_MODULE) : last]
