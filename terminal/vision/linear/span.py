"""Where on a line a symbol may begin and end: between two stretches of even light, with lively bars in between.

Under blur the first bar is a slope, so an end is known to about a module; `fit` finds it exactly.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from terminal.vision.linear.profile import Line

_FLAT = 0.07  # of the steepest steps: less than that is paper
_LEAST_FLAT = 3  # pixels
_LEAST_QUIET = 0.025  # of the symbol's width: the margin beside it
_MOST_GAP = 0.10  # of the symbol's width: the widest space inside it
_SHORTEST = 40  # pixels
_ONSET = 0.22  # of the way from light to dark: where the first bar is taken to begin
_DIP = 0.12  # of the contrast: what a camera's sharpening does inside a wide bar stays under it
_SAME = 0.015  # of the width
_LIVELY = 0.5  # of the liveliest: of 141 photographs none was read in a span of less than 0.6
_MOST_SPANS = 4

Flat = tuple[int, int]  # from, to


@dataclass(frozen=True, slots=True)
class Span:
    """A symbol from about `left` to `right` (pixels of the line, whose first pixel is 0 to 1).

    `light` is the grey of the paper at either end; it is even as far as `clear[0]` and `clear[1]`.
    """

    left: float
    right: float
    light: tuple[float, float]
    clear: tuple[float, float]
    energy: float
    bars: int

    @property
    def width(self) -> float:
        return self.right - self.left


def spans(line: Line) -> Iterator[Span]:
    """The likeliest spans of a (N,) line, the liveliest first."""
    smooth = cv2.GaussianBlur(line[None], (0, 0), 1.0)[0]
    steps = np.abs(np.diff(smooth, append=smooth[-1]))
    energy = np.concatenate([[0.0], np.cumsum(np.square(steps))])
    kept: list[Span] = []
    for before, after in sorted(_pairs(_flats(steps)), key=lambda one: energy[one[0][1]] - energy[one[1][0]]):
        lively = float(energy[after[0]] - energy[before[1]])
        if len(kept) == _MOST_SPANS or (kept and lively < _LIVELY * kept[0].energy):
            break
        span = _span(line, before, after, lively)
        if span and not any(_is_same(span, other) for other in kept):
            kept.append(span)
            yield span


def _is_same(one: Span, other: Span) -> bool:
    return max(abs(one.left - other.left), abs(one.right - other.right)) < _SAME * other.width


def _pairs(flats: list[Flat]) -> Iterator[tuple[Flat, Flat]]:
    """Any two stretches that are wide enough for what lies between them, in which there is no wide gap."""
    for i, before in enumerate(flats):
        widest = 0
        for after in flats[i + 1 :]:
            width = after[0] - before[1]
            quiet = min(before[1] - before[0], after[1] - after[0])
            if width >= _SHORTEST and quiet >= _LEAST_QUIET * width and widest <= _MOST_GAP * width:
                yield before, after
            widest = max(widest, after[1] - after[0])


def _flats(steps: Line) -> list[Flat]:
    """Stretches (from, to) without steps; the borders of the line count as paper of no width."""
    lively = steps > _FLAT * np.percentile(steps, 95)
    changes = np.flatnonzero(np.diff(np.concatenate([[True], lively, [True]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(changes[::2], changes[1::2], strict=True) if b - a >= _LEAST_FLAT]


def _span(line: Line, before: Flat, after: Flat, energy: float) -> Span | None:
    inside = line[before[1] : after[0]]
    light = float(np.median(line[before[0] : before[1]])), float(np.median(line[after[0] : after[1]]))
    near = inside[: inside.size // 3], inside[::-1][: inside.size // 3]  # where light is about what it is at that end
    if any(paper <= (float(part.min()) + float(part.max())) / 2 for paper, part in zip(light, near, strict=True)):
        return None
    left = before[1] + _onset(near[0], light[0])
    right = after[0] - _onset(near[1], light[1])
    return Span(left, right, light, (float(before[0]), float(after[1])), energy, _bars(inside))


def _bars(inside: Line) -> int:
    """How many bars can be told apart: dips between rises."""
    least = _DIP * float(np.ptp(inside))
    count, top, low, falling = 0, float(inside[0]), float(inside[0]), True
    for value in inside[np.flatnonzero(np.diff(np.sign(np.diff(inside))) != 0) + 1].tolist():
        if falling:
            low = min(low, value)
            if value > low + least:
                count, falling, top = count + 1, False, value
        else:
            top = max(top, value)
            if value < top - least:
                falling, low = True, value
    return count + falling


def _onset(inside: Line, light: float) -> float:
    """Pixels from the start of `inside` to where it has first gone that far towards dark."""
    level = light - _ONSET * (light - float(np.percentile(inside, 5)))
    first = int(np.argmax(inside < level))
    if first == 0:
        return 0.0
    above, below = float(inside[first - 1]), float(inside[first])
    return first - 0.5 + (above - level) / (above - below)
