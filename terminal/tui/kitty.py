"""A preview as a real picture, on terminals that speak kitty's graphics protocol with Unicode placeholders.

The picture is sent beside the text, and shown wherever placeholder letters stand: cells like any others, which the
screen library moves, covers and clears without knowing. Kitty's protocol without placeholders has no such cells and
gets half blocks; sixels have none either (`sixel.py`). See "Unicode placeholders" in kitty's documentation.
"""

import base64
import struct
import zlib
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from terminal.tui.halfblock import trace
from terminal.tui.levels import COLOURS, OUTLINES, Outline

GREYS = 240  # of a palette of 256; the rest is for outlines
MOST_CELLS = 64  # each way: as many as there are marks
_CHUNK = 4096  # the protocol's longest piece
_FAST = 1  # zlib's level: a picture is looked at for a tenth of a second
_PLACEHOLDER = "\U0010eeee"
# The n-th mark on a placeholder names row or column n (kitty, rowcolumn-diacritics.txt).
_MARKS = (
    "\u0305\u030d\u030e\u0310\u0312\u033d\u033e\u033f\u0346\u034a\u034b\u034c\u0350\u0351\u0352\u0357"
    "\u035b\u0363\u0364\u0365\u0366\u0367\u0368\u0369\u036a\u036b\u036c\u036d\u036e\u036f\u0483\u0484"
    "\u0485\u0486\u0487\u0592\u0593\u0594\u0595\u0597\u0598\u0599\u059c\u059d\u059e\u059f\u05a0\u05a1"
    "\u05a8\u05a9\u05ab\u05ac\u05af\u05c4\u0610\u0611\u0612\u0613\u0614\u0615\u0616\u0617\u0657\u0658"
)


def sent(grey: NDArray[np.uint8], outlines: Iterable[Outline], picture_id: int, columns: int, rows: int) -> str:
    """What makes the terminal show a (h, w) uint8 picture on that many cells, in place of the one before."""
    data = base64.standard_b64encode(_png(grey, outlines)).decode()
    pieces = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)]
    head = f"a=T,U=1,q=2,f=100,i={picture_id},c={columns},r={rows},"
    return "".join(
        f"\x1b_G{'' if index else head}m={int(index < len(pieces) - 1)};{piece}\x1b\\"
        for index, piece in enumerate(pieces)
    )


def gone(picture_id: int) -> str:
    """What makes the terminal forget it."""
    return f"\x1b_Ga=d,d=I,q=2,i={picture_id}\x1b\\"


def cells(row: int, columns: int) -> str:
    """The letters of a row; they have to be written in the palette's colour number `picture_id`."""
    return "".join(_PLACEHOLDER + _MARKS[row] + mark for mark in _MARKS[:columns])


def _png(grey: NDArray[np.uint8], outlines: Iterable[Outline]) -> bytes:
    """One byte a pixel (PNG, 2nd edition, section 11: IHDR, PLTE, IDAT, IEND)."""
    canvas = (grey.astype(np.int16) * GREYS) // 256
    for outline in outlines:
        trace(canvas, np.array(outline.corners), GREYS + sorted(OUTLINES).index(outline.level))
    height, width = canvas.shape
    lines = np.pad(canvas.astype(np.uint8), ((0, 0), (1, 0)))  # each begins with its filter: none
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        (b"IHDR", head),
        (b"PLTE", bytes(_palette())),
        (b"IDAT", zlib.compress(lines.tobytes(), _FAST)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def _palette() -> Iterator[int]:
    for level in range(GREYS):
        yield from (level * 255 // (GREYS - 1),) * 3
    for level in sorted(OUTLINES):
        yield from COLOURS[level]
