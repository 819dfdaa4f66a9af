"""When is a reading believed? By agreement of independent readers or by a margin, never because it was repeated.

What misleads an engine in one row of blurred bars misleads it in all: of 15 000 drawn codes zxing-cpp read 2 797
right and 23 wrong, 12 of these on more than fifty rows; zbar once told the same wrong EAN-13 on 142 lines. What helps
is to look at the bars otherwise: the same strip twice as wide confirmed 1 052 of zxing-cpp's right readings and none
of its wrong ones, and of zbar's, where 30 lines had agreed, 1 974 right and none wrong (40 lines alone: 1 975 and 4).
Crops that show the bars as they are do not count as different: of 12 000 codes zxing-cpp read 5 wrong in two of them
alike, and none in two that show them otherwise. Both engines agreed on 2 155 right and on 2 wrong ones, both out of
sharpened bars; what our own reader says by 20 nats was right 1 964 times of as many.

A matrix code corrects its own errors: one clean read does. Code 128 with its one check character does not: on a
blurred phone zxing-cpp read the same wrong payment code in three frames. Our own reader knows by how much the bars
speak for its answer rather than for any other, and is believed by that alone.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from terminal.model import Corners, Point, Symbol, Symbology
from terminal.vision.options import Options
from terminal.vision.symbol import MATRIX, RETAIL, Reading, has_valid_check_digit

_VIEWS_ENOUGH = 2  # zxing-cpp alone
_LINES_ENOUGH = 30  # zbar alone, from as many views
_LINES_TO_SEE = 3  # for zbar to have seen it in a view
_LINES_TO_AGREE = 8  # where zxing-cpp said the same of sharpened bars, which may mislead both
MARGIN_ENOUGH = 20  # our own reader alone: nats
_MARGIN_FOR_CODE128 = 30  # a stripe of glare hides two of its characters, and its check is as good for others
_MARGIN_TO_AGREE = 5  # and where another engine said the same
_SPARE_ENOUGH = 50  # percent; Micro QR out of nothing had none to spare
# A carpet reads as Code 39 "T", an arm as ITF "00"; a Codabar counts its start and stop.
_SHORTEST = {Symbology.CODE39: 4, Symbology.ITF: 6, Symbology.CODABAR: 6}
SELF_CORRECTING = MATRIX - {Symbology.MICRO_QR}
_PRINTED_DIGITS = {Symbology.EAN13: 13, Symbology.EAN8: 8, Symbology.UPCA: 12, Symbology.UPCE: 8}
_NEAR = 6.0  # pixels
# What a crop shows, by the step that made it; every other step shows the bars as they are.
_VIEWS = {"along": "wide", "stretched": "wide", "sharpened": "sharpened", "sharper": "sharper"}
_SHARPENED = frozenset({"sharpened", "sharper"})

Value = tuple[Symbology, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """All that was read for one value, and how strongly that speaks for it."""

    readings: tuple[Reading, ...]

    @property
    def symbol(self) -> Symbol:
        """The reading to report: zxing-cpp's where there is one, as it sees FNC1, ECI and bytes."""
        best = min(self.readings, key=lambda reading: (reading.engine != "zxing", -reading.quality))
        return best.symbol

    @property
    def symbology(self) -> Symbology:
        return self.readings[0].symbol.symbology

    @property
    def engines(self) -> int:
        """How many say so; our own reader always has a best guess, which is no reading."""
        return len({r.engine for r in self.readings if r.engine != "own" or r.quality >= _MARGIN_TO_AGREE})

    @property
    def lines(self) -> int:
        return max((reading.quality for reading in self.readings if reading.engine == "zbar"), default=0)

    @property
    def margin(self) -> int:
        """By how much our own reader prefers the value to any other."""
        return max((reading.quality for reading in self.readings if reading.engine == "own"), default=0)

    @property
    def spare(self) -> int:
        """Percent of a matrix code's error correction that was not needed."""
        return max((reading.quality for reading in self.readings if reading.engine == "zxing"), default=0)

    def views(self, engine: str, least: int = 0) -> frozenset[str]:
        """In what different looks an engine has read it; a crop cut elsewhere or cleared shows the same once more."""
        read = (one for one in self.readings if one.engine == engine and one.quality >= least)
        return frozenset(_VIEWS.get(one.symbol.read_by.partition(" ")[0], "as it is") for one in read)

    @property
    def is_agreed(self) -> bool:
        """Two engines say so, and not only because the same sharpening misled both."""
        is_seen = self.lines >= _LINES_TO_AGREE or self.margin >= _MARGIN_TO_AGREE
        return self.engines > 1 and (is_seen or not self.views("zxing") <= _SHARPENED)

    @property
    def is_sure(self) -> bool:
        return (
            self.symbology in SELF_CORRECTING
            or self.is_agreed
            or len(self.views("zxing")) >= _VIEWS_ENOUGH
            or (self.lines >= _LINES_ENOUGH and len(self.views("zbar", _LINES_TO_SEE)) >= _VIEWS_ENOUGH)
            or self.margin >= (_MARGIN_FOR_CODE128 if self.symbology is Symbology.CODE128 else MARGIN_ENOUGH)
            or self.spare >= _SPARE_ENOUGH
        )

    @property
    def weight(self) -> tuple[int, int, int, int]:
        """What decides between two values read in one place."""
        return self.engines, len(self.views("zxing")), self.lines, len(self.symbol.text)


class Findings:
    """What has been read of one picture so far."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._readings: list[Reading] = []
        self.symbols: list[Symbol] = []

        self.doubtful: list[Symbol] = []

    def add(self, readings: Iterable[Reading]) -> None:
        if more := list(readings):
            self._readings += more
            self.symbols, self.doubtful = weighed(self._readings, self.options)

    @property
    def are_settled(self) -> bool:
        """Something was read, and nothing that was read is in doubt."""
        return bool(self.symbols) and not self.doubtful

    def cover(self, point: Point) -> bool:
        """Whether a symbol was read at this place of the frame."""
        return any(covers(symbol.corners, point) for symbol in self.symbols)


def candidates(readings: Iterable[Reading], options: Options) -> list[Candidate]:
    """The readings that are possible at all, by value, the best supported first."""
    by_value: dict[Value, list[Reading]] = defaultdict(list)
    for reading in readings:
        if is_possible(reading.symbol, options):
            by_value[reading.symbol.symbology, reading.symbol.text].append(reading)
    return sorted((Candidate(tuple(same)) for same in by_value.values()), key=lambda one: one.weight, reverse=True)


def weighed(readings: Iterable[Reading], options: Options) -> tuple[list[Symbol], list[Symbol]]:
    """The symbols to believe, each value once, one value in one place, the best supported first; and those in doubt."""
    sure: list[Candidate] = []
    doubtful: list[Candidate] = []
    for one in candidates(readings, options):
        if not one.is_sure:
            doubtful.append(one)
        elif not _is_beaten(one, sure):
            sure.append(one)
    return [_told(one) for one in sure], [one.symbol for one in doubtful if not _is_beaten(one, sure)]


def accepted(readings: Iterable[Reading], options: Options) -> list[Symbol]:
    """The symbols to believe."""
    return weighed(readings, options)[0]


def _is_beaten(one: Candidate, kept: Iterable[Candidate]) -> bool:
    return any(_is_same_place(one.symbol, other.symbol) for other in kept)


def is_possible(symbol: Symbol, options: Options) -> bool:
    """Whether a reading is of a wanted symbology and of a length and check that it can have."""
    symbology, text = symbol.symbology, symbol.text
    if symbology not in options.symbologies or len(text) < _SHORTEST.get(symbology, 1):
        return False
    if symbology is Symbology.ITF:
        return not options.itf_lengths or len(text) in options.itf_lengths
    if symbology in RETAIL:
        return len(text) == _PRINTED_DIGITS[symbology] and (symbology is Symbology.UPCE or has_valid_check_digit(text))
    return True


def _told(one: Candidate) -> Symbol:
    """The symbol, naming the engines that agree and the step that read it."""
    names = "+".join(sorted({reading.engine for reading in one.readings}))
    return replace(one.symbol, read_by=f"{names} {one.symbol.read_by}".strip())


def _is_same_place(one: Symbol, other: Symbol) -> bool:
    """Whether the middle of either lies on the other: bars are never printed over bars."""
    return (one.symbology in MATRIX) == (other.symbology in MATRIX) and (
        covers(one.corners, middle(other.corners)) or covers(other.corners, middle(one.corners))
    )


def value_of(symbol: Symbol) -> Value:
    """What makes two readings the same."""
    return symbol.symbology, symbol.text


def middle(corners: Corners) -> Point:
    """The middle of four corners."""
    return sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4


def covers(corners: Corners, point: Point) -> bool:
    """Within the corners or a few pixels of them: bars read on a single line have no height."""
    outline = np.array(corners, dtype=np.float32)
    return cv2.pointPolygonTest(outline, point, measureDist=True) >= -_NEAR
