"""What to look for and how hard: everything about reading that a till decides and pixels do not."""

from dataclasses import dataclass
from enum import StrEnum

from terminal.model import Symbology

# What lies on a counter: payment codes and goods.
COUNTER = frozenset(
    {
        Symbology.QR,
        Symbology.CODE128,
        Symbology.EAN13,
        Symbology.EAN8,
        Symbology.UPCA,
        Symbology.UPCE,
        Symbology.ITF,
        Symbology.CODE39,
    }
)
# What a payment code is printed in.
PAYMENT = frozenset({Symbology.QR, Symbology.CODE128})


class EngineChoice(StrEnum):
    AUTO = "auto"
    ZBAR = "zbar"
    ZXING = "zxing"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Options:
    """`itf_lengths` keeps ITF to whole codes: it reads parts of itself as shorter ones; empty allows any length.

    `budget` is how many crops the engines may be given for one picture after the first look at it.
    """

    symbologies: frozenset[Symbology] = COUNTER
    engine: EngineChoice = EngineChoice.AUTO
    itf_lengths: frozenset[int] = frozenset({14})
    budget: int = 48
