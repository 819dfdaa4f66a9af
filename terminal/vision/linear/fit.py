"""A guess made exact: decode, draw what was decoded, see in what the drawing differs from the line, correct, again.

Light, contrast and their slow change, both ends, a bow, blur and the growth of the bars are corrected together, by
least squares on how the drawing changes with each (Gauss-Newton, held to plausible sizes).
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from terminal.vision.linear import trellis
from terminal.vision.linear.blur import MARGIN, PER_MODULE, Blur, Cells, sharp
from terminal.vision.linear.cells import Ruler, Warp, bow_of, darkness, edges, skew_of
from terminal.vision.linear.layout import Layout, Paths
from terminal.vision.linear.search import Guess, even
from terminal.vision.linear.span import Span
from terminal.vision.linear.survey import model_of
from terminal.vision.linear.tables import Bits
from terminal.vision.linear.trellis import Model, blurred, line_of

_ROUNDS = 6
_SETTLED = 0.95  # of the distance before: less gain than that ends the rounds
_HOPELESS = 0.25  # noise, after two rounds
_SWING = 0.4  # the strength of bars, as a part of the contrast
_PLACED = 26.0  # nats: two for each of the thirteen quantities that are fitted
_LEAST_NOISE = 0.01  # of the contrast: a drawing without noise is not known better than this

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
    """A decoded line: `line` (N,) is 0 on paper and 1 in ink, `noise` what the drawing of `path` leaves of it.

    `independent` is the part of the cells that the pixels could tell apart.
    """

    layout: Layout
    pose: Pose
    model: Model
    line: Cells
    path: Paths
    noise: float
    independent: float

    @property
    def spare(self) -> float:
        """How many nats such a line can tell beyond those that spell this path and place it.

        Anything can be spelled on a line that tells less: the capacity of a channel whose response is the blur
        (C. Shannon, 1948), up to the frequency at which the bars drown in the noise.
        """
        clear = np.log(max(1.0, _SWING / self.noise))
        variance = self.pose.blur.sigma**2 + self.pose.blur.motion**2 / 12
        highest = min(0.5, float(np.sqrt(clear / 2) / np.pi / np.sqrt(variance)))  # cycles a module
        flat = clear - 2 * variance * (np.pi * highest) ** 2 / 3  # the mean of what falls with the square
        capacity = 2 * highest * self.layout.modules * flat
        spelled = sum(float(np.log(len(self.layout.alphabets[a]))) for a in self.layout.which)
        return float(capacity - spelled - _PLACED)


def fit(ruler: Ruler, span: Span, guess: Guess) -> Fit:
    """The guess after a few rounds, until what is decoded no longer changes nor comes nearer."""
    layout, pose = guess.layout, Pose(guess.ends, guess.warp, guess.blur)
    line = even(_seen(ruler, span, layout, pose), layout)
    model, before, nearest = model_of(layout, pose.blur), None, np.inf
    for _ in range(_ROUNDS):
        path, _ = trellis.best(model, line)
        pose, line = _corrected(ruler, span, layout, pose, layout.bits_of(path))
        model = Model.of(layout, pose.blur)
        distance = float(np.square(line - line_of(layout.bits_of(path), pose.blur)).sum())
        is_settled = before is not None and (path == before).all() and distance > _SETTLED * nearest
        if is_settled or (before is not None and distance > _HOPELESS**2 * line.size):
            break
        before, nearest = path, min(nearest, distance)
    path, distance = trellis.best(model, line)
    noise = max(_LEAST_NOISE, float(np.sqrt(max(0.0, distance) / line.size)))
    cells_a_pixel = layout.modules * PER_MODULE / abs(pose.ends[1] - pose.ends[0])
    return Fit(layout, pose, model, line, path, noise, min(1.0, 1 / cells_a_pixel))


def _seen(ruler: Ruler, span: Span, layout: Layout, pose: Pose) -> Cells:
    seen: Cells = darkness(ruler, span, edges(np.array([pose.ends]), layout.modules, pose.warp))[0]
    return seen


def _corrected(ruler: Ruler, span: Span, layout: Layout, pose: Pose, drawn: Bits) -> tuple[Pose, Cells]:
    seen = _seen(ruler, span, layout, pose)
    cells, by_growth = sharp(drawn)
    line = blurred(cells + pose.blur.growth * by_growth, pose.blur)
    basis = _basis(layout.modules)
    plain = np.concatenate([basis, basis * line])
    contrast = np.linalg.solve(plain @ plain.T + 1e-6 * np.eye(len(plain)), plain @ seen)
    gain = contrast[3:] @ basis
    changes = np.concatenate([plain, gain * _changes(line, blurred(by_growth, pose.blur), pose.blur)])
    rest = seen - contrast @ plain
    noise = max(_LEAST_NOISE, float(np.sqrt(np.square(rest).mean()))) * contrast[3]
    normal = changes @ changes.T + np.diag(np.square(noise / _PLAUSIBLE))
    step = np.linalg.solve(normal, changes @ rest)
    contrast = contrast + step[:6]
    moved = _moved(pose, layout.modules, step[6:])
    seen = _seen(ruler, span, layout, moved)
    return moved, np.asarray((seen - contrast[:3] @ basis) / (contrast[3:] @ basis))


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
    slope = np.gradient(line) * PER_MODULE
    bend = np.gradient(slope) * PER_MODULE
    modules = line.size // PER_MODULE - 2 * MARGIN
    u = (_basis(modules)[1] + 1) / 2
    by_motion = bend * blur.motion / 12
    return np.stack(
        [slope * (1 - u), slope * u, slope * bow_of(u), slope * skew_of(u), bend * blur.sigma, by_growth, by_motion]
    )


def _moved(pose: Pose, modules: int, step: NDArray[np.float64]) -> Pose:
    first, last, bow, skew, sigma, growth, motion = (float(one) for one in np.clip(step, -0.6, 0.6))
    module = (pose.ends[1] - pose.ends[0]) / modules
    warp = replace(pose.warp, bow=pose.warp.bow - bow, skew=pose.warp.skew - skew)
    blur = Blur(
        sigma=float(np.clip(pose.blur.sigma + sigma, 0.15, 1.9)),
        motion=float(np.clip(pose.blur.motion + motion, 0.3, 4.0)) if pose.blur.motion else 0.0,
        growth=float(np.clip(pose.blur.growth + growth, -0.4, 0.4)),
    )
    return Pose((pose.ends[0] - first * module, pose.ends[1] - last * module), warp, blur)
