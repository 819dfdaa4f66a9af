"""A preview as a real picture, on terminals that show sixels: rows of six pixels, one colour after another.

Such a picture lies on the text and not in it. Cells that are written anew erase it, so the one who sends it has to know
when that happened. What it costs is kept down: a still scene is sent once, and no picture is larger than `MOST`. See
DEC's "VT330/VT340 Programmer Reference Manual", volume 2, chapter 14.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from terminal.tui.halfblock import Steady, fit, trace
from terminal.tui.levels import COLOURS, OUTLINES, Outline

GREYS = 16  # fewer than half blocks have: each is a pass over every row of six pixels
MOST = 270, 480  # pixels, down and across
_BAND = 6  # pixels one below another, the upper the lowest bit
_BLANK = ord("?")  # a letter stands for so many more than this
_SHORT = 3  # letters that are as short as their count
_LINES = sorted(OUTLINES)
_BEGIN, _END = "\x1bP0;1q", "\x1b\\"  # what is not drawn stays as it is


class Sixels:
    """A picture on `columns` x `rows` cells of `cell` pixels (across, down), which remembers what it shows."""

    def __init__(self, columns: int, rows: int, cell: tuple[int, int]) -> None:
        self._columns, self._rows, self.cell = columns, rows, cell
        self._room = min(rows * cell[1], MOST[0]), min(columns * cell[0], MOST[1])
        self._steady = Steady()
        self._canvas: NDArray[np.int16] | None = None

    def show(self, grey: NDArray[np.uint8], outlines: Iterable[Outline], *, anew: bool) -> str:
        """What draws the (h, w) uint8 picture, the cursor being on the first cell; empty where it is, unless `anew`."""
        canvas = self._steady(grey.astype(np.int16)) * GREYS // 256
        for outline in outlines:
            trace(canvas, np.array(outline.corners), GREYS + _LINES.index(outline.level))
        is_same = self._canvas is not None and np.array_equal(canvas, self._canvas)
        self._canvas = canvas
        return "" if is_same and not anew else self._in_the_middle(canvas)

    def _in_the_middle(self, canvas: NDArray[np.int16]) -> str:
        height, width = fit(canvas.shape[0], canvas.shape[1], *self._room)
        right, down = (self._columns - width // self.cell[0]) // 2, (self._rows - height // self.cell[1]) // 2
        return f"\x1b[{right}C" * bool(right) + f"\x1b[{down}B" * bool(down) + encoded(canvas, height, width)


def encoded(canvas: NDArray[np.int16], height: int, width: int) -> str:
    """Colours (h, w), enlarged to about `height`, and `width` below 1000: greys, and from `GREYS` on outlines.

    What is enlarged needs no more work across: its runs only become longer.
    """
    height = max(height // _BAND, 1) * _BAND
    ys, xs = np.arange(height) * canvas.shape[0] // height, np.arange(width) * canvas.shape[1] // width
    columns, edges = np.unique(xs, return_index=True)
    rows = canvas[ys][:, columns]
    sixels = np.zeros((height // _BAND, GREYS + len(_LINES), len(columns)), np.uint8)
    for bit in range(_BAND):
        sixels[np.arange(height // _BAND)[:, None], rows[bit::_BAND], np.arange(len(columns))] |= 1 << bit
    is_used = sixels.any(axis=2)
    drawn = _drawn(sixels[is_used], np.append(edges, width), *np.nonzero(is_used))
    return f'{_BEGIN}"1;1;{width};{height}{_palette()}{drawn}{_END}'


def _drawn(rows: NDArray[np.uint8], edges: NDArray[np.intp], bands: NDArray[np.intp], colours: NDArray[np.intp]) -> str:
    """Each row of sixels as its colour and its runs. All at once: a run is nine bytes, of which 0 is none."""
    begins = np.diff(rows, axis=1, prepend=rows[:, :1] ^ 1) != 0
    row, start = np.nonzero(begins)
    is_first = start == 0
    is_last = np.append(is_first[1:], True)
    end = np.where(is_last, rows.shape[1], np.append(start[1:], 0))
    count = edges[end] - edges[start]
    letter = rows[row, start] + np.uint8(_BLANK)
    text = np.zeros((len(row), 9), np.uint8)
    new_band = np.diff(bands, prepend=bands[0]) != 0
    text[is_first, 0] = np.where(new_band, ord("-"), ord("$"))  # down to the next band, or back to its begin
    text[is_first, 1] = ord("#")
    text[is_first, 2], text[is_first, 3] = colours // 10 + ord("0"), colours % 10 + ord("0")
    is_long = count > _SHORT
    text[is_long, 4] = ord("!")
    for place, unit in ((5, 100), (6, 10), (7, 1)):
        shown = is_long & (count >= unit)
        text[shown, place] = count[shown] // unit % 10 + ord("0")
    for place, least in ((6, 3), (7, 2), (8, 1)):
        shown = (count >= least) & (~is_long | (place == 8))  # noqa: PLR2004 - the last place
        text[shown, place] = letter[shown]
    text[is_last & (letter == _BLANK)] = 0  # nothing is drawn there
    return bytes(text[text != 0]).decode("ascii")


def _palette() -> str:
    """Colours by number, in hundredths of red, green and blue."""
    greys = [(level * 100 // (GREYS - 1),) * 3 for level in range(GREYS)]
    lines = [tuple(part * 100 // 255 for part in COLOURS[level]) for level in _LINES]
    return "".join(f"#{number};2;{r};{g};{b}" for number, (r, g, b) in enumerate([*greys, *lines]))
