"""Bars that no engine reads: the whole symbol at once by maximum likelihood, believed by its margin.

`candidates` says all that a crop may hold, for agreement with other readers and other frames; `read_bars` only what is
sure by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from terminal.model import Corners, Symbology
from terminal.vision.linear import trellis
from terminal.vision.linear.fit import Fit, fit
from terminal.vision.linear.layout import Layout, Paths, Said
from terminal.vision.linear.leads import likely
from terminal.vision.linear.profile import Profile, profile
from terminal.vision.linear.survey import MOVED
from terminal.vision.symbol import Grey

SURE = 20.0  # nats: enough to believe a reading by itself
_PLENTY = 40.0  # to spare: a symbol that lies otherwise would not explain the line as well; so nobody looks for one
_RIVAL = 10.0  # of margin: less is no reading
_MISPRINT = 2.0  # a symbol whose checks fail is rare, so half as much must speak against it
_WITHIN = 40.0  # nats: rivals further off than this are not looked for
_SMALLEST = 24  # pixels across the bars


@dataclass(frozen=True, slots=True)
class BarsReading:
    """A symbol whose every check holds.

    `margin` is by how much (natural logarithm of the likelihood) it explains the line better than the best other symbol
    whose checks hold, at most 40; or twice by how much better than one whose checks do not, if that is less; `spare` is
    how much more (in the same measure) such a line can tell than it took to spell this symbol; `noise` is the part of
    the contrast left unexplained; `blur` is in modules. What `is_beyond` the blur that can be modelled speaks against
    others and not for itself. `corners` are (x, y) in the crop, clockwise from the symbol's own top left.
    """

    text: str = field(repr=False)
    symbology: Symbology
    aim: str
    corners: Corners
    margin: float
    spare: float
    noise: float
    blur: float
    is_beyond: bool = False

    @property
    def surety(self) -> float:
        """The lesser of margin and spare."""
        return 0.0 if self.is_beyond else min(self.margin, self.spare)

    @property
    def is_sure(self) -> bool:
        return self.surety >= SURE


def read_bars(grey: Grey, wanted: frozenset[Symbology]) -> list[BarsReading]:
    """The sure readings in a (H, W) uint8 crop whose bars stand upright to within 9 degrees."""
    return [one for one in candidates(grey, wanted) if one.is_sure]


def candidates(grey: Grey, wanted: frozenset[Symbology]) -> list[BarsReading]:
    """What the crop may hold, the surest first; once something is sure nothing more is looked for."""
    if grey.shape[0] < 1 or grey.shape[1] < _SMALLEST:
        return []
    straight = profile(grey)
    found: list[BarsReading] = []
    for reading in _readings(straight, wanted):
        found.append(reading)
        if reading.is_sure and reading.spare >= _PLENTY:
            break
    return sorted(_weighed(found), key=lambda one: one.surety, reverse=True)


def _weighed(found: list[BarsReading]) -> list[BarsReading]:
    """Each text once, as it explains most; its margin is no more than by how much it explains more than another."""
    by_text = {one.text: one for one in sorted(found, key=lambda one: one.spare)}
    rivals = [one for one in by_text.values() if one.margin >= _RIVAL]
    return [
        replace(one, margin=min([one.margin, *(one.spare - rival.spare for rival in rivals if rival is not one)]))
        for one in by_text.values()
    ]


def _readings(straight: Profile, wanted: frozenset[Symbology]) -> Iterator[BarsReading]:
    for ruler, guess in likely(straight.values, wanted):
        reading = _reading(fit(ruler, guess), straight)
        if reading:
            yield reading
            if (
                not guess.blur.motion
            ):  # out of focus a lens smears over a disc: a box beside the Gaussian is nearer to it
                again = _reading(fit(ruler, replace(guess, blur=MOVED)), straight)
                yield from [again] if again else []


def _reading(fitted: Fit, straight: Profile) -> BarsReading | None:
    """The likeliest path that holds and means something, if such a line can tell that much at all."""
    if fitted.spare < 0:
        return None
    nat = 2 * fitted.noise**2 / fitted.independent
    paths, distances = trellis.near_best(fitted.model, fitted.line, _WITHIN * nat)
    meaning = [(i, said) for i, said in _meanings(fitted.layout, paths)]
    if not meaning:
        return None
    best, (symbology, text, aim) = meaning[0]
    known = distances[-1] if len(paths) == trellis.MOST_PATHS else distances[0] + _WITHIN * nat
    rival = next((distances[i] for i, said in meaning if said != meaning[0][1]), known)
    nothing = next((away for i, away in enumerate(distances) if i != best), known)
    margin = float(min(rival - distances[best], _MISPRINT * (nothing - distances[best])) / nat)
    noise = max(fitted.noise, float(np.sqrt(max(0.0, distances[best]) / fitted.line.size)))
    return BarsReading(
        text,
        symbology,
        aim,
        _corners(fitted, straight),
        margin,
        fitted.spare,
        noise,
        fitted.pose.blur.sigma,
        fitted.is_beyond,
    )


def _meanings(layout: Layout, paths: Paths) -> Iterator[tuple[int, Said]]:
    for i in np.flatnonzero(layout.holds(paths)):
        said = layout.say(paths[i])
        if said:
            yield int(i), said


def _corners(fitted: Fit, straight: Profile) -> Corners:
    """A symbol that stands on its head has its own top left at the lower right."""
    first, last = fitted.pose.ends
    top, bottom = (0.0, float(straight.height)) if first < last else (float(straight.height), 0.0)
    return (
        straight.place(first, top),
        straight.place(last, top),
        straight.place(last, bottom),
        straight.place(first, bottom),
    )
