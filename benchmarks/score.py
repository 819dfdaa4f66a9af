"""What counts as right: the rules by which every reader is judged, ours like the others.

Retail codes are compared as zero-padded GTIN-13, for the engines differ over their names: zbar calls a UPC-A an
EAN-13. Other texts are compared without white space, brackets and FNC1, for they differ over GS1 as well.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from terminal.model import Symbology
from terminal.vision.symbol import RETAIL, as_printed, gtin13

_IGNORED = re.compile(r"[\s\x1d()]")


@dataclass(frozen=True, slots=True)
class Found:
    """What a reader says is there."""

    symbology: Symbology
    text: str

    @property
    def value(self) -> str:
        """By which it is compared."""
        return value(self.symbology, self.text)


def value(symbology: str, text: str) -> str:
    """A text by which two spellings of one code are the same; `symbology` may be a name that we do not read."""
    if symbology in RETAIL and text.isdecimal():
        return gtin13(*as_printed(Symbology(symbology), text))
    return _IGNORED.sub("", text)


class Outcome(StrEnum):
    RIGHT = "right"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Judged:
    """One reader's answer to one picture: a picture may be right and misread at once."""

    outcome: Outcome
    wrong: tuple[Found, ...]


def judge(found: Iterable[Found], expected: frozenset[str], present: frozenset[str] = frozenset()) -> Judged:
    """`expected` holds the right spellings of the code; reading what else is `present` is no mistake and no merit."""
    answers = list(found)
    is_right = any(one.value in expected for one in answers)
    wrong = tuple(one for one in answers if one.value not in expected | present)
    return Judged(Outcome.RIGHT if is_right else Outcome.UNREAD, wrong)
