"""A guess made exact: decode, draw what was decoded, see in what the drawing differs from the line, correct, again.

Light, contrast and their slow change, both ends, a bow, blur and the growth of the bars are corrected together, by
least squares on how the drawing changes with each (Gauss-Newton, held to plausible sizes).
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from terminal.vision.linear import trellis
from terminal.vision.linear.blur import MARGIN, PER_MODULE, Blur, Cells, blurred, sharp
from terminal.vision.linear.cells import Ruler, Warp, bow_of, edges, skew_of
from terminal.vision.linear.layout import Layout, Paths
from terminal.vision.linear.search import Guess, even
from terminal.vision.linear.survey import model_of
from terminal.vision.linear.tables import Bits
from terminal.vision.linear.trellis import Model, line_of

_MOST_SIGMA, _MOST_MOTION = 1.9, 4.0  # modules: more reaches beyond the next character
_ROUNDS = 6
_TO_SETTLE = 2  # corrections once what is decoded no longer changes
_LOCAL = 14 * PER_MODULE  # cells: a digit on either side
_WORST = 0.8  # of a dozen stretches of the same noise the worst looks worse than it is
_HOPED = 0.4  # of the noise after two rounds: more than the rounds to come have ever taken away
_SWING = 0.4  # the strength of bars, as a part of the contrast
_PLACED = 21.0  # nats: for the thirteen quantities that are fitted
_LEAST_NOISE = 0.01  # of the contrast: a drawing without noise is not known better than this
_SLOPE = np.array([PER_MODULE / 2, 0, -PER_MODULE / 2])  # per module, of a line of cells
_LITTLE = 1e-6 * np.eye(6)  # keeps a faint line solvable

# How far each may plausibly be off: paper and its slope and bend, contrast likewise, the ends, bow and skew in
# modules, blur, growth, motion.
_PLAUSIBLE = np.array([0.1, 0.1, 0.05, 0.3, 0.15, 0.1, 0.5, 0.5, 0.5, 0.3, 0.3, 0.15, 0.4])


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the symbol lies on the line and how blurred it is."""

    ends: tuple[float, float]
    warp: Warp
    blur: Blur


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A line (N,) that is 0 on paper and 1 in ink, and the model that suits it.

    `noise` is what the drawing of the likeliest path leaves of the line, there where it leaves most; `independent` is
    the part of the cells that the pixels could tell apart.
    """

    layout: Layout
    pose: Pose
    model: Model
    line: Cells
    noise: float
    independent: float

    @property
    def spare(self) -> float:
        """How many nats such a line can tell beyond those that spell this path and place it."""
        return _spare(self.layout, self.pose.blur, self.noise)

    @property
    def is_beyond(self) -> bool:
        """Whether the fit came up against the most blur there may be: the line is not quite what the model says."""
        return self.pose.blur.sigma >= _MOST_SIGMA or self.pose.blur.motion >= _MOST_MOTION


def _spare(layout: Layout, blur: Blur, noise: float) -> float:
    """Anything can be spelled on a line that tells less than it takes to spell it.

    What a line can tell is the capacity of a channel whose response is the blur (C. Shannon, 1948), up to the frequency
    at which the bars drown in the noise.
    """
    clear = np.log(max(1.0, _SWING / noise))
    variance = blur.sigma**2 + blur.motion**2 / 12
    highest = min(0.5, float(np.sqrt(clear / 2) / np.pi / np.sqrt(variance)))  # cycles a module
    flat = clear - 2 * variance * (np.pi * highest) ** 2 / 3  # the mean of what falls with the square
    capacity = 2 * highest * layout.modules * flat
    return float(capacity - layout.spelled - _PLACED)


def fit(ruler: Ruler, guess: Guess) -> Fit:
    """The guess after a few rounds, until what is decoded no longer changes."""
    layout, pose = guess.place.layout, Pose(guess.ends, guess.warp, guess.blur)
    seen = _seen(ruler, layout, pose)
    line, model = guess.scale * even(seen, layout), model_of(layout, pose.blur)
    before: Paths | None = None
    for count in range(_ROUNDS):
        path, _ = trellis.best(model, line)
        is_settled = before is not None and bool((path == before).all())
        bars, before = layout.bits_of(path), path
        for _ in range(_TO_SETTLE if is_settled else 1):
            pose, contrast = _corrected(layout, pose, seen, bars)
            seen = _seen(ruler, layout, pose)
        line = _levelled(seen, contrast, layout.modules)
        model = Model.of(layout, pose.blur)
        rest = np.square(line - line_of(bars, pose.blur))
        if is_settled or (count and _spare(layout, pose.blur, _HOPED * _noise(rest)) < 0):
            break
    cells_a_pixel = layout.modules * PER_MODULE / abs(pose.ends[1] - pose.ends[0])
    return Fit(layout, pose, model, line, _noise(rest), min(1.0, 1 / cells_a_pixel))


def _noise(rest: Cells) -> float:
    """From squared differences (N,): a glare or a dent that no pose explains counts as if it were everywhere."""
    locally = np.convolve(rest, np.full(_LOCAL, 1 / _LOCAL), "valid")
    return float(max(_LEAST_NOISE, np.sqrt(rest.mean()), _WORST * np.sqrt(locally.max())))


def _seen(ruler: Ruler, layout: Layout, pose: Pose) -> Cells:
    seen: Cells = ruler.cut(edges(np.array(pose.ends), layout.modules, pose.warp))
    return seen


def _levelled(seen: Cells, contrast: Cells, modules: int) -> Cells:
    """What was seen as 0 on paper and 1 in ink."""
    basis = _basis(modules)
    return np.asarray((seen - contrast[:3] @ basis) / (contrast[3:] @ basis))


def _corrected(layout: Layout, pose: Pose, seen: Cells, bars: Bits) -> tuple[Pose, Cells]:
    """The pose in which these bars explain better what was seen, and with what paper and contrast, (6,)."""
    cells, by_growth = sharp(bars)
    line = blurred(cells + pose.blur.growth * by_growth, pose.blur)
    basis = _basis(layout.modules)
    plain = np.concatenate([basis, basis * line])
    contrast = np.linalg.solve(plain @ plain.T + _LITTLE, plain @ seen)
    gain = contrast[3:] @ basis
    changes = np.concatenate([plain, gain * _changes(line, blurred(by_growth, pose.blur), pose.blur)])
    rest = seen - contrast @ plain
    noise = max(_LEAST_NOISE, float(np.sqrt(np.square(rest).mean()))) * contrast[3]
    normal = changes @ changes.T + np.diag(np.square(noise / _PLAUSIBLE))
    step = np.linalg.solve(normal, changes @ rest)
    return _moved(pose, layout.modules, step[6:]), contrast + step[:6]


@cache
def _basis(modules: int) -> Cells:
    """(3, N): what is constant along the symbol, what rises, what bends; the margins keep the value of the ends."""
    cells = (np.arange((modules + 2 * MARGIN) * PER_MODULE) + 0.5) / PER_MODULE - MARGIN
    t = np.clip(2 * cells / modules - 1, -1, 1)
    return np.stack([np.ones_like(t), t, 1.5 * t * t - 0.5])


def _changes(line: Cells, by_growth: Cells, blur: Blur) -> Cells:
    """(7, N): how the drawing changes with the first end, the last end, bow, skew, sigma, growth, motion.

    Blurring is diffusion: more of it changes a line by its second derivative.
    """
    slope = np.convolve(line, _SLOPE, "same")
    bend = np.convolve(slope, _SLOPE, "same")
    by_place = slope * _moves(line.size // PER_MODULE - 2 * MARGIN)
    return np.concatenate([by_place, [bend * blur.sigma, by_growth, bend * (blur.motion / 12)]])


@cache
def _moves(modules: int) -> Cells:
    """(4, N): how far each place goes with the first end, the last end, bow and skew."""
    u = (_basis(modules)[1] + 1) / 2
    return np.stack([1 - u, u, bow_of(u), skew_of(u)])


def _moved(pose: Pose, modules: int, step: NDArray[np.float64]) -> Pose:
    first, last, bow, skew, sigma, growth, motion = (float(one) for one in np.clip(step, -0.6, 0.6))
    module = (pose.ends[1] - pose.ends[0]) / modules
    warp = replace(pose.warp, bow=pose.warp.bow - bow, skew=pose.warp.skew - skew)
    blur = Blur(
        sigma=float(np.clip(pose.blur.sigma + sigma, 0.15, _MOST_SIGMA)),
        motion=float(np.clip(pose.blur.motion + motion, 0.3, _MOST_MOTION)) if pose.blur.motion else 0.0,
        growth=float(np.clip(pose.blur.growth + growth, -0.4, 0.4)),
    )
    return Pose((pose.ends[0] - first * module, pose.ends[1] - last * module), warp, blur)
