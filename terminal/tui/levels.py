"""What a preview's pixels are made of: greys, and the colours of outlines. Without numpy, so that a screen can stand
before it is loaded.
"""

from dataclasses import dataclass

from terminal.model import Corners

LEVELS = 26  # greys; few enough that the styles stay few, many enough for a face
PAYMENT, OTHER, MARGIN, LOCATED = LEVELS, LEVELS + 1, LEVELS + 2, LEVELS + 3  # colours that are not greys
OUTLINES = frozenset({PAYMENT, OTHER, LOCATED})
COLOURS = {PAYMENT: (64, 255, 112), OTHER: (255, 176, 32), MARGIN: (16, 21, 27), LOCATED: (96, 160, 255)}

Run = tuple[int, int, int]  # cells, upper level, lower level


@dataclass(frozen=True, slots=True)
class Outline:
    """A polygon in pixels of the small grey picture, and the colour to draw it in."""

    corners: Corners
    level: int


def grey_of(level: int) -> int:
    """The grey, 0..255, that stands for a level."""
    return level * 255 // (LEVELS - 1)
