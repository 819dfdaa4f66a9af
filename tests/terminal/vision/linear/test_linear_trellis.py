"""The decoder against the obvious one, which draws every symbol there is and measures its distance."""

from itertools import product

import numpy as np
import pytest

from terminal.vision.linear import tables
from terminal.vision.linear.blur import MARGIN, PER_MODULE, Blur
from terminal.vision.linear.layout import Alphabet, Layout, code128_of, ean13
from terminal.vision.linear.survey import BLURS, coarse, distances
from terminal.vision.linear.trellis import Model, best, line_of, near_best

SMALL = Layout(
    29,
    np.concatenate([tables.GUARD, np.zeros(21, np.uint8), tables.MIDDLE]),
    (3, 10, 17),
    (Alphabet(tables.L_DIGITS),),
    (0, 0, 0),
    lambda paths: np.ones(len(paths), np.bool_),
    lambda path: None,
)


def noisy_line(layout: Layout, path: np.ndarray, blur: Blur, noise: float) -> np.ndarray:
    line = line_of(layout.bits_of(path), blur)
    return line + np.random.default_rng(7).normal(0, noise, line.size)


def path_of(layout: Layout, rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, [len(layout.alphabets[alphabet].rows) for alphabet in layout.which])


def smooth(rng: np.random.Generator, layout: Layout) -> np.ndarray:
    """Noise of pixels about as large as half a module."""
    return rng.normal(0, 0.05, 2 * (layout.modules + 2 * MARGIN)).repeat(PER_MODULE // 2)


def under_all(lines: np.ndarray) -> np.ndarray:
    """The same (H, N) lines for each of BLURS, as coarse as they are surveyed."""
    return np.stack([coarse(lines)] * len(BLURS))


@pytest.mark.parametrize("blur", [Blur(0.3), Blur(0.9, growth=0.2), Blur(0.4, motion=1.5, growth=-0.2)])
@pytest.mark.parametrize("noise", [0.0, 0.1, 0.3])
def test_the_best_and_the_near_best_are_those_that_drawing_every_symbol_finds(blur: Blur, noise: float) -> None:
    model = Model.of(SMALL, blur)
    line = noisy_line(SMALL, np.array([3, 1, 4]), blur, noise)
    every = [np.array(path) for path in product(range(10), repeat=3)]
    drawn = np.array([line_of(SMALL.bits_of(path), blur) for path in every])
    by_hand = np.square(line - drawn).sum(axis=1)
    order = np.argsort(by_hand)

    path, distance = best(model, line)
    assert path.tolist() == every[order[0]].tolist()
    assert distance == pytest.approx(by_hand[order[0]], abs=1e-6)

    within = float(by_hand[order[12]] - by_hand[order[0]]) + 1e-4
    expected = by_hand <= by_hand[order[0]] + within
    paths, near = near_best(model, line, within)
    assert {tuple(path) for path in paths.tolist()} == {tuple(path.tolist()) for path in np.array(every)[expected]}
    assert near == pytest.approx(np.sort(by_hand[expected]), abs=1e-6)


@pytest.mark.parametrize("layout", [ean13(), code128_of(6)])
@pytest.mark.parametrize("blur", BLURS[:4])
def test_a_survey_is_near_the_exact_distance_under_each_blur(layout: Layout, blur: Blur) -> None:
    rng = np.random.default_rng(5)
    paths = [path_of(layout, rng) for _ in range(6)]
    lines = np.stack([line_of(layout.bits_of(path), blur) + smooth(rng, layout) for path in paths])
    exact = np.array([best(Model.of(layout, blur), line)[1] for line in lines])
    found = distances([layout], under_all(lines))[BLURS.index(blur)]
    assert found == pytest.approx(exact, rel=0.35)


def test_layouts_of_several_lengths_are_surveyed_at_once_as_each_alone() -> None:
    rng = np.random.default_rng(6)
    layouts = [code128_of(count) for count in (4, 7, 5)]
    drawn = [under_all(np.stack([line_of(one.bits_of(path_of(one, rng)), Blur(0.7))] * 2)) for one in layouts]
    lines = np.zeros((len(BLURS), 6, max(one.shape[2] for one in drawn)))
    for i, one in enumerate(drawn):
        lines[:, 2 * i : 2 * i + 2, : one.shape[2]] = one
    alone = [distances([layout], one) for layout, one in zip(layouts, drawn, strict=True)]
    assert distances(layouts, lines) == pytest.approx(np.concatenate(alone, axis=1), abs=1e-3)


def test_where_too_many_are_near_the_nearest_are_kept() -> None:
    blur = Blur(1.2)
    model = Model.of(ean13(), blur)
    line = noisy_line(ean13(), np.arange(12) % 10, blur, 0.05)
    paths, near = near_best(model, line, within=5.0)
    assert len(paths) == 1000
    assert near[0] == pytest.approx(best(model, line)[1])
    assert (np.diff(near) >= 0).all()
