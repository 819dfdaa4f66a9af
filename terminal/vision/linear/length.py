"""First guesses for Code 128, of which not even the number of characters is known.

Each end tells, by its start or stop, how wide a module is there. The two may differ, as a code seen from the side is
finer at its far end; together they say how many modules lie between. Only the likeliest few lengths are decoded.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from terminal.vision.linear import tables
from terminal.vision.linear.blur import MARGIN, PER_MODULE, Blur, Cells
from terminal.vision.linear.cells import Ruler
from terminal.vision.linear.layout import code128_of
from terminal.vision.linear.search import Place
from terminal.vision.linear.span import Span
from terminal.vision.linear.survey import BLURS, COARSE, coarse
from terminal.vision.linear.trellis import line_of

_LONGEST = 40  # characters between start and check
_MERGED = 0.3  # of the bars are still seen apart under the strongest blur
_OFFSETS = np.arange(-2, 7) * 0.25  # modules from where light begins to fade to where the first and the last bar begin
_FINER = 1.04  # from one module width to the next that is tried
_TILTS = np.arange(-4, 5) * 0.04  # how much wider a module is at the first end than in the middle
_OUTSIDE = 3  # modules of paper by which a start or a stop is recognised
_START_SEEN, _STOP_SEEN = 11, 13  # likewise modules of the symbol
_TRIED = 8
_LEAST_MISFIT = 0.001


def code128_places(ruler: Ruler, span: Span) -> list[Place]:
    """Where a Code 128 may lie in the span, and how long it may be; the likeliest first."""
    counts = _counts(span)
    if not counts.size:
        return []
    likeliest = sorted(_lengths(ruler, span, counts), key=lambda one: one.misfit)[:_TRIED]
    return [
        Place(code128_of(one.characters), np.stack([one.start, one.stop], axis=1)[:, None], one.tilt)
        for one in likeliest
    ]


class _Length(NamedTuple):
    """A number of characters with the places (B,) under each of BLURS where start and stop suit it, and how badly."""

    misfit: float
    characters: int
    tilt: float
    start: Cells
    stop: Cells


def _counts(span: Span) -> NDArray[np.intp]:
    """The numbers of characters that the bars seen allow: three bars each, and ten in start, check and stop."""
    fewest = max(1, -(-(span.bars - 2 - 10) // 3))
    most = min(_LONGEST, int((span.bars / _MERGED - 10) / 3), int((span.width - 35) / 11))
    return np.arange(fewest, most + 1)


def _lengths(ruler: Ruler, span: Span, counts: NDArray[np.intp]) -> Iterator[_Length]:
    """For each number of characters, either way round, what suits start and stop best."""
    means = span.width / (11 * counts + 35)
    widths = _widths(means)
    left, right = span.left + _OFFSETS * widths[:, None], span.right - _OFFSETS * widths[:, None]
    at_left, at_right = _inward(ruler, left, widths), _inward(ruler, right, -widths)
    of_first = _nearest(widths, means[:, None] * (1 + _TILTS))  # (counts, tilts)
    of_last = _nearest(widths, means[:, None] / (1 + _TILTS))
    for first, last, at_first, at_last in ((left, right, at_left, at_right), (right, left, at_right, at_left)):
        start, start_cost = _best_place(at_first[..., : _start_lines().shape[-1]], first, _start_lines())
        stop, stop_cost = _best_place(at_last, last, _stop_lines())
        costs = widths[of_first] * start_cost[:, of_first] + widths[of_last] * stop_cost[:, of_last]
        least = costs.min(axis=0)  # (counts, tilts)
        for i, tilt in enumerate(least.argmin(axis=1)):
            places = start[:, of_first[i, tilt]], stop[:, of_last[i, tilt]]
            yield _Length(float(least[i, tilt]), int(counts[i]), float(_TILTS[tilt]), *places)


def _widths(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Module widths (W,) from a little under the least mean to a little over the largest."""
    finest, widest = means.min() * (1 + _TILTS[0]), means.max() * (1 + _TILTS[-1])
    steps = int(np.ceil(np.log(widest / finest) / np.log(_FINER))) + 1
    return np.asarray(finest * _FINER ** np.arange(steps))


def _nearest(widths: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.intp]:
    at = np.rint(np.log(wanted / widths[0]) / np.log(_FINER)).astype(np.intp)
    nearest: NDArray[np.intp] = np.clip(at, 0, widths.size - 1)
    return nearest


def _inward(ruler: Ruler, places: NDArray[np.float64], module: NDArray[np.float64]) -> Cells:
    """(W, O, cells) of darkness about each of (W, O) places, from the paper into the symbol."""
    steps = np.arange(-_OUTSIDE * PER_MODULE, _STOP_SEEN * PER_MODULE + 1, COARSE) / PER_MODULE
    return ruler.cut(places[..., None] + module[:, None, None] * steps)


def _best_place(windows: Cells, places: NDArray[np.float64], lines: Cells) -> tuple[Cells, Cells]:
    """Of (W, O) places the likeliest under each blur, (B, W), and the logarithm of what it leaves unexplained."""
    misfit = _misfit(windows, lines)
    best = misfit.argmin(axis=2)
    least = np.take_along_axis(misfit, best[..., None], axis=2)[..., 0]
    return places[np.arange(len(places)), best], np.log(least + _LEAST_MISFIT)


def _misfit(windows: Cells, lines: Cells) -> Cells:
    """(B, W, O): the part of each window that the best of (B, c, cells) lines leaves unexplained, at any contrast."""
    alike = windows @ lines.reshape(-1, lines.shape[-1]).T  # one small product a width
    most = np.square(alike).reshape(*windows.shape[:2], *lines.shape[:2]).max(axis=3)
    return np.moveaxis(1 - most / np.maximum(np.square(windows).sum(axis=2), 1e-9)[..., None], 2, 0)


@cache
def _start_lines() -> Cells:
    """(B, 3, cells): the three starts and the first module of the next bar, as seen from the paper, under each blur."""
    drawn = np.array([np.append(start, 1) for start in tables.CODE128[103:]])
    return _scaled([[_from_paper(one, blur, _START_SEEN) for one in drawn] for blur in BLURS])


@cache
def _stop_lines() -> Cells:
    """(B, 1, cells): the stop likewise, from its own end."""
    return _scaled([[_from_paper(tables.STOP[::-1], blur, _STOP_SEEN)] for blur in BLURS])


def _from_paper(drawn: tables.Bits, blur: Blur, seen: int) -> Cells:
    first = (MARGIN - _OUTSIDE) * PER_MODULE
    return coarse(line_of(drawn, blur)[first : first + (_OUTSIDE + seen) * PER_MODULE])


def _scaled(lines: list[list[Cells]]) -> Cells:
    stacked = np.array(lines)
    return np.asarray(stacked / np.linalg.norm(stacked, axis=2, keepdims=True))
