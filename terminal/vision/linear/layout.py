"""What a symbology allows, as data for the decoder: fixed bars, places for characters, which rows of them hold.

Everything is drawn from the symbol's own left to right. A path is one choice of character for every place.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from terminal.model import Symbology
from terminal.vision.linear import code128, tables
from terminal.vision.linear.blur import PER_MODULE
from terminal.vision.linear.tables import Bits
from terminal.vision.symbol import AIM, as_printed, gtin13, has_valid_check_digit

Paths = NDArray[np.intp]
Said = tuple[Symbology, str, str]  # symbology, text, AIM identifier
Pair = tuple[int, int, int]  # the alphabets of a place and the next, and how many cells apart they begin

_EAN13_PARITY = np.array([[letter == "G" for letter in row] for row in tables.EAN13_PARITY])
_UPCE_PARITY = np.array([[letter == "G" for letter in row] for row in tables.UPCE_PARITY])
_FIRST_G = len(tables.L_DIGITS)  # of the left digits, the choices before are of set L


@dataclass(frozen=True, eq=False)
class Alphabet:
    """The characters that may stand in one place, as rows (C, 7 or 11) of modules."""

    rows: Bits

    @property
    def width(self) -> int:
        return int(self.rows.shape[1])

    @cached_property
    def spelling(self) -> NDArray[np.float64]:
        """(C, 2 * width + 1): which modules of each character are dark, then at which of their ends light changes."""
        padded = np.pad(self.rows.astype(np.float64), ((0, 0), (1, 1)))
        return np.hstack([self.rows, np.abs(np.diff(padded, axis=1))])


@dataclass(frozen=True, eq=False)
class Layout:
    """One shape of symbol, `modules` wide.

    `fixed` (modules,) holds the guards, with nothing where characters stand. Place i begins at module `offsets[i]`
    and takes one of the characters of `alphabets[which[i]]`. `holds` says of (P, n) paths which pass every
    check that can be computed, `say` what a path that holds means, or None if it means nothing.
    """

    modules: int
    fixed: Bits
    offsets: tuple[int, ...]
    alphabets: tuple[Alphabet, ...]
    which: tuple[int, ...]
    holds: Callable[[Paths], NDArray[np.bool_]]
    say: Callable[[Paths], Said | None]

    def bits_of(self, path: Paths) -> Bits:
        """The (modules,) bars of one path."""
        drawn = self.fixed.copy()
        drawn[self._places] = [self.alphabets[i].rows[choice] for i, choice in zip(self.which, path, strict=True)]
        return drawn

    @cached_property
    def _places(self) -> NDArray[np.intp]:
        """(n, width): the modules of each place."""
        return np.array(self.offsets)[:, None] + np.arange(self.alphabets[0].width)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The kinds of neighbours that the places make, in order."""
        cells = [offset * PER_MODULE for offset in self.offsets]
        return tuple(zip(self.which, self.which[1:], np.diff(cells).tolist(), strict=False))

    @cached_property
    def spelled(self) -> float:
        """How many nats it takes to say which character stands in each place."""
        return sum(float(np.log(len(self.alphabets[i].rows))) for i in self.which)

    @cached_property
    def fill(self) -> float:
        """The part of the symbol that is dark, on average over the characters."""
        dark = float(self.fixed.sum()) + sum(float(self.alphabets[i].rows.sum(axis=1).mean()) for i in self.which)
        return dark / self.modules

    @cached_property
    def bars(self) -> int:
        """How many bars there are, whatever the characters."""
        first = self.bits_of(np.zeros(len(self.offsets), np.intp))
        return int(np.count_nonzero(np.diff(first.astype(np.int8), prepend=0) == 1))


_L_DIGITS, _R_DIGITS = Alphabet(tables.L_DIGITS), Alphabet(tables.R_DIGITS)
_LEFT_DIGITS = Alphabet(np.concatenate([tables.L_DIGITS, tables.G_DIGITS]))
_STARTS, _CHARACTERS = Alphabet(tables.CODE128[103:]), Alphabet(tables.CODE128[:103])


@cache
def ean13() -> Layout:
    """EAN-13, and UPC-A as one that begins with 0."""
    offsets = tuple(range(3, 45, 7)) + tuple(range(50, 92, 7))
    alphabets = (_L_DIGITS, _LEFT_DIGITS, _R_DIGITS)
    fixed = _fixed(95, {0: tables.GUARD, 45: tables.MIDDLE, 92: tables.GUARD})
    return Layout(95, fixed, offsets, alphabets, (0,) + (1,) * 5 + (2,) * 6, _ean13_holds, _ean13_says)


@cache
def ean8() -> Layout:
    offsets = tuple(range(3, 31, 7)) + tuple(range(36, 64, 7))
    fixed = _fixed(67, {0: tables.GUARD, 31: tables.MIDDLE, 64: tables.GUARD})
    alphabets = (_L_DIGITS, _R_DIGITS)
    return Layout(67, fixed, offsets, alphabets, (0,) * 4 + (1,) * 4, _ean8_holds, _ean8_says)


@cache
def upce() -> Layout:
    fixed = _fixed(51, {0: tables.GUARD, 45: tables.UPCE_END})
    return Layout(51, fixed, tuple(range(3, 45, 7)), (_LEFT_DIGITS,), (0,) * 6, _upce_holds, _upce_says)


@cache
def code128_of(characters: int) -> Layout:
    """Code 128 of that many characters between start and check."""
    count = characters + 2
    modules = 11 * count + 13
    fixed = _fixed(modules, {11 * count: tables.STOP})
    offsets = tuple(range(0, 11 * count, 11))
    which = (0,) + (1,) * (count - 1)
    return Layout(modules, fixed, offsets, (_STARTS, _CHARACTERS), which, _code128_holds, _code128_says)


def _fixed(modules: int, parts: dict[int, Bits]) -> Bits:
    drawn = np.zeros(modules, np.uint8)
    for offset, part in parts.items():
        drawn[offset : offset + part.size] = part
    return drawn


def _matching(parity: NDArray[np.bool_], table: NDArray[np.bool_]) -> NDArray[np.intp]:
    """For (P, 6) parities their row in a (10, 6) table, or -1."""
    same = (parity[:, None] == table[None]).all(axis=2)
    return np.where(same.any(axis=1), same.argmax(axis=1), -1)


def _ean13_holds(paths: Paths) -> NDArray[np.bool_]:
    first = _matching(paths[:, :6] >= _FIRST_G, _EAN13_PARITY)
    weights = np.array([3, 1] * 6)
    holds: NDArray[np.bool_] = (first >= 0) & ((first + (paths % 10) @ weights) % 10 == 0)
    return holds


def _ean13_says(path: Paths) -> Said:
    first = _matching(path[None, :6] >= _FIRST_G, _EAN13_PARITY)[0]
    symbology, text = as_printed(Symbology.EAN13, f"{first}{_digits(path)}")
    return symbology, text, AIM[symbology]


def _ean8_holds(paths: Paths) -> NDArray[np.bool_]:
    holds: NDArray[np.bool_] = paths @ np.array([3, 1] * 4) % 10 == 0
    return holds


def _ean8_says(path: Paths) -> Said:
    return Symbology.EAN8, _digits(path), AIM[Symbology.EAN8]


def _upce_holds(paths: Paths) -> NDArray[np.bool_]:
    """The parity is one of those that spell a check digit, and it is the right one."""
    holds: NDArray[np.bool_] = np.array([_upce_digits(path) is not None for path in paths], np.bool_)
    return holds


def _upce_says(path: Paths) -> Said | None:
    digits = _upce_digits(path)
    return (Symbology.UPCE, digits, AIM[Symbology.UPCE]) if digits else None


def _upce_digits(path: Paths) -> str | None:
    for system, parity in ((0, path >= _FIRST_G), (1, path < _FIRST_G)):
        check = _matching(parity[None], _UPCE_PARITY)[0]
        digits = f"{system}{_digits(path)}{check}"
        if check >= 0 and has_valid_check_digit(gtin13(Symbology.UPCE, digits)):
            return digits
    return None


def _code128_holds(paths: Paths) -> NDArray[np.bool_]:
    return code128.has_valid_check(_with_start(paths))


def _code128_says(path: Paths) -> Said | None:
    read = code128.text_of([int(one) for one in _with_start(path[None])[0]])
    return (Symbology.CODE128, read[0], "]C1" if read[1] else AIM[Symbology.CODE128]) if read else None


def _with_start(paths: Paths) -> Paths:
    """The first place chooses among the three starts only."""
    return np.concatenate([paths[:, :1] + code128.START_A, paths[:, 1:]], axis=1)


def _digits(path: Paths) -> str:
    return "".join(str(choice % 10) for choice in path)
