"""Many guesses at once: about how far each line is from the best symbol, under every blur that may be met.

The trellis is thinned for this: of a neighbour only the few modules count that lie next to it, which is nearly all
that blur sees of it. Code 128 then has 8 states in place of 103.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from terminal.vision.linear.blur import MARGIN, PER_MODULE, Blur, Cells, parts
from terminal.vision.linear.layout import Alphabet, Layout, Pair
from terminal.vision.linear.tables import Bits
from terminal.vision.linear.trellis import Letters, Model, line_of

MOVED = Blur(0.5, motion=2.2)
BLURS = (Blur(0.35), Blur(0.7), Blur(1.05), Blur(1.4), MOVED)
COARSE = 2  # cells in one
_NEXT = 4  # modules of a neighbour

Scores = NDArray[np.float32]


def distances(layouts: Sequence[Layout], lines: Cells) -> Scores:
    """About the squared distance (B, H) of (B, H, N / COARSE) lines from their best path, row b of them under BLURS[b].

    The layouts share the lines out among them in order. They may differ in the number of their places; beyond the end
    of a shorter symbol its lines are 0.
    """
    each = lines.shape[1] // len(layouts)
    longest = max(layouts, key=lambda layout: layout.modules)
    lasts = np.repeat([len(one.offsets) - 1 for one in layouts], each)
    rough = np.ascontiguousarray(lines.swapaxes(1, 2), np.float32)
    fixed, known = _beside([_survey(one).fixed for one in layouts], each), [_survey(one).known for one in layouts]
    best = np.zeros(lines.shape[:2], np.float32)
    for i, total in enumerate(_totals(longest, _seen(_survey(longest), rough) - _beside(known, each))):
        if (lasts == i).any():
            best = np.where(lasts == i, total.max(axis=0), best)
    return np.asarray(COARSE * np.square(rough - fixed).sum(axis=1) - best)


def _seen(survey: "_Survey", rough: Scores) -> Scores:
    """(B, places, K, H): how much there is of each part of a character at each place of (B, n, H) lines.

    Many small products: each is too small to wake the threads of the library that multiplies.
    """
    return np.asarray(survey.parts[:, None] @ rough[:, survey.seen])


def _totals(layout: Layout, seen: Scores) -> Iterator[Scores]:
    """Place by place, by how much the best path up to there that ends in each character nears the line: (C, B, H)."""
    survey = _survey(layout)
    blurs, count, parts, lines = seen.shape
    at_place = seen.transpose(1, 2, 0, 3).reshape(count, parts, blurs * lines)
    before: Scores | None = None
    for i, alphabet in enumerate(layout.which):
        total = (survey.spelling[alphabet] @ at_place[i]).reshape(-1, blurs, lines) - survey.energies[alphabet]
        if before is not None:
            total += _onward(before, survey.thin[layout.pairs[i - 1]])
        yield total
        before = total


def _onward(total: Scores, thin: "_Thin") -> Scores:
    """What the likeliest characters before it add to each next one, from (C, B, H) to (C', B, H)."""
    tails = np.maximum.reduceat(total, thin.firsts, axis=0)
    return np.asarray((tails[:, None] - thin.joint).max(axis=0)[thin.heads])


def _beside(arrays: list[Scores], each: int) -> Scores:
    """(B, n, ..., 1) arrays, `each` so many times, side by side, the shorter ones padded with 0."""
    first, *beyond = arrays[0].shape[0], *arrays[0].shape[2:-1]
    put = np.zeros((first, max(one.shape[1] for one in arrays), *beyond, len(arrays) * each), np.float32)
    for i, one in enumerate(arrays):
        put[:, : one.shape[1], ..., i * each : (i + 1) * each] = one
    return put


def coarse(cells: Cells) -> Cells:
    """(..., n) cells as (..., n / COARSE)."""
    return np.asarray(cells.reshape(*cells.shape[:-1], -1, COARSE).mean(axis=-1))


def model_of(layout: Layout, blur: Blur) -> Model:
    """The model under one of BLURS, of letters that are kept."""
    return Model.of(layout, blur, _letters(layout.alphabets, frozenset(layout.pairs))[BLURS.index(blur)])


@dataclass(frozen=True, slots=True, eq=False)
class _Thin:
    """What neighbours have in common by the last modules of one and the first of the next alone.

    The characters stand in the order of their last modules: `firsts` says where each sort begins. `heads` is the sort
    of the next by its first modules; `joint` (tails, heads, B, 1) is the mean over their members, under each blur.
    """

    firsts: NDArray[np.intp]
    heads: NDArray[np.intp]
    joint: Scores


@dataclass(frozen=True, slots=True, eq=False)
class _Survey:
    """The models under all of BLURS in one: `parts` (B, K, L) twice their parts, of a common length.

    `known` (B, places, K, 1) is what `parts` see of the fixed bars, `fixed` (B, N, 1) those bars' lines.
    """

    seen: NDArray[np.intp]  # (places, L)
    parts: Scores
    known: Scores
    fixed: Scores
    spelling: tuple[Scores, ...]  # (C, K)
    energies: tuple[Scores, ...]  # (C, B, 1)
    thin: dict[Pair, _Thin]


@cache
def _survey(layout: Layout) -> _Survey:
    letters = _coarse_letters(layout.alphabets, frozenset(layout.pairs))
    parts = np.stack([one.parts for one in letters])
    fixed = np.stack([coarse(line_of(layout.fixed, blur)) for blur in BLURS])[..., None]
    beside = (parts.shape[-1] - layout.alphabets[0].width * PER_MODULE // COARSE) // 2
    starts = PER_MODULE * (MARGIN + np.array(layout.offsets)) // COARSE - beside
    seen = starts[:, None] + np.arange(parts.shape[-1])
    orders = [np.argsort(_tails(alphabet), kind="stable") for alphabet in layout.alphabets]
    energies = (np.stack([one.energies[a][order] for one in letters], axis=1) for a, order in enumerate(orders))
    return _Survey(
        seen,
        (2 * COARSE * parts).astype(np.float32),
        (2 * COARSE * parts[:, None] @ fixed[:, seen]).astype(np.float32),
        fixed.astype(np.float32),
        tuple(letters[0].spelling[a][order].astype(np.float32) for a, order in enumerate(orders)),
        tuple(one[..., None].astype(np.float32) for one in energies),
        _thin(layout.alphabets, frozenset(layout.pairs)),
    )


@cache
def _letters(alphabets: tuple[Alphabet, ...], pairs: frozenset[Pair]) -> list[Letters]:
    """Under each of BLURS; one list for Code 128 of any length."""
    return [Letters.of(alphabets, pairs, parts(alphabets[0].width, blur)) for blur in BLURS]


@cache
def _coarse_letters(alphabets: tuple[Alphabet, ...], pairs: frozenset[Pair]) -> list[Letters]:
    """The same in coarse cells, their parts of one length."""
    width = alphabets[0].width
    fine = [parts(width, blur) for blur in BLURS]
    length = max(lines.shape[1] for lines in fine)
    length += (length - width * PER_MODULE) % (2 * COARSE)
    return [Letters.of(alphabets, pairs, coarse(_centred(lines, length)), COARSE) for lines in fine]


def _centred(lines: Cells, length: int) -> Cells:
    beside = (length - lines.shape[1]) // 2
    return np.pad(lines, ((0, 0), (beside, beside)))


@cache
def _thin(alphabets: tuple[Alphabet, ...], pairs: frozenset[Pair]) -> dict[Pair, _Thin]:
    letters = _coarse_letters(alphabets, pairs)
    return {
        pair: _thinned(alphabets[pair[0]], alphabets[pair[1]], np.stack([one.joint[pair] for one in letters]))
        for pair in pairs
    }


def _thinned(before: Alphabet, after: Alphabet, joints: Cells) -> _Thin:
    tails, heads = _tails(before), _sorts(after.rows[:, :_NEXT])
    of_tail, of_head = _members(tails), _members(heads)
    joint = of_tail.T @ joints.swapaxes(1, 2) @ of_head  # (B, tails, heads)
    firsts = np.searchsorted(np.sort(tails), np.arange(of_tail.shape[1]))
    order = np.argsort(_tails(after), kind="stable")
    return _Thin(firsts, heads[order], np.moveaxis(joint, 0, 2)[..., None].astype(np.float32))


def _tails(alphabet: Alphabet) -> NDArray[np.intp]:
    return _sorts(alphabet.rows[:, -_NEXT:])


def _sorts(rows: Bits) -> NDArray[np.intp]:
    return np.unique(rows, axis=0, return_inverse=True)[1].ravel()


def _members(sorts: NDArray[np.intp]) -> Cells:
    """(C, S): for each sort the mean over its members."""
    belongs = sorts[:, None] == np.arange(sorts.max() + 1)
    return np.asarray(belongs / belongs.sum(axis=0))
