"""Many guesses at once: about how far each line is from the best symbol, under every blur that may be met.

The trellis is thinned for this: of a neighbour only the few modules count that lie next to it, which is nearly all
that blur sees of it. Code 128 then has 8 states in place of 103.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from terminal.vision.linear.blur import Blur, Cells
from terminal.vision.linear.layout import Layout
from terminal.vision.linear.tables import Bits
from terminal.vision.linear.trellis import Model, Pair, Scores, gains, pairs

BLURS = (Blur(0.35), Blur(0.7), Blur(1.05), Blur(1.4), Blur(0.5, motion=2.2))
_SEEN = 4  # modules of a neighbour


def distances(layout: Layout, lines: Cells) -> Scores:
    """About the squared distance (B, H) of (H, N) lines from their best path under each of BLURS."""
    survey = _survey(layout)
    gain = [np.stack(one) for one in zip(*(gains(model, lines) for model in survey.models), strict=True)]  # (B, H, C)
    total = gain[0]
    for here, pair in zip(gain[1:], pairs(layout), strict=True):
        thin = survey.thin[pair]
        tails = np.maximum.reduceat(total[:, :, thin.order], thin.firsts, axis=2)
        heads = (tails[..., None] - thin.joint[:, None]).max(axis=2)
        total = heads[:, :, thin.heads] + here
    fixed = np.stack([np.square(lines - model.fixed).sum(axis=1) for model in survey.models])
    return np.asarray(fixed - total.max(axis=2))


@dataclass(frozen=True, slots=True, eq=False)
class _Thin:
    """What neighbours have in common by the last modules of one and the first of the next alone.

    `order` sorts characters by their last modules, `firsts` says where each sort begins, `heads` is the sort of the
    next by its first modules; `joint` (B, tails, heads) is the mean over their members, under each blur.
    """

    order: NDArray[np.intp]
    firsts: NDArray[np.intp]
    heads: NDArray[np.intp]
    joint: Scores


@dataclass(frozen=True, slots=True, eq=False)
class _Survey:
    models: tuple[Model, ...]
    thin: dict[Pair, _Thin]


def model_of(layout: Layout, blur: Blur) -> Model:
    """The model under one of BLURS, kept."""
    return _survey(layout).models[BLURS.index(blur)]


@cache
def _survey(layout: Layout) -> _Survey:
    models = tuple(Model.of(layout, blur) for blur in BLURS)
    return _Survey(models, {pair: _thinned(layout, models, pair) for pair in set(pairs(layout))})


def _thinned(layout: Layout, models: tuple[Model, ...], pair: Pair) -> _Thin:
    tails = _sorts(layout.alphabets[pair[0]][:, -_SEEN:])
    heads = _sorts(layout.alphabets[pair[1]][:, :_SEEN])
    of_tail, of_head = _members(tails), _members(heads)
    joint = np.stack([of_tail.T @ model.joint[pair] @ of_head for model in models])
    order = np.argsort(tails, kind="stable")
    return _Thin(order, np.searchsorted(tails[order], np.arange(of_tail.shape[1])), heads, joint)


def _sorts(rows: Bits) -> NDArray[np.intp]:
    return np.unique(rows, axis=0, return_inverse=True)[1].ravel()


def _members(sorts: NDArray[np.intp]) -> Scores:
    """(C, S): for each sort the mean over its members."""
    belongs = sorts[:, None] == np.arange(sorts.max() + 1)
    return np.asarray(belongs / belongs.sum(axis=0))
