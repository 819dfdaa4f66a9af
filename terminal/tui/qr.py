"""A code that a phone reads off the terminal: dark on light with its quiet zone, whatever the theme.

Half blocks: a cell is one module wide and two high. What fits is tried from the most forgiving to the least; a code
that does not fit is not drawn, for half a code is none. numpy and the screen library stay out of here.
"""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import segno

PIXELS = 6  # of a module, in a picture
QUIET, NARROW = 4, 2  # modules around the code: the standard's, and what still reads where all around is light
_WAYS = (("m", QUIET), ("l", QUIET), ("l", NARROW))
_DARK_ON_LIGHT, _PLAIN = "\x1b[30;107m", "\x1b[0m"
_HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}

Cells = tuple[tuple[bool, bool], ...]  # one row: is the upper module dark, is the lower


def drawn(text: str, columns: int, rows: int) -> tuple[Cells, ...]:
    """The code's rows of cells, centred on nothing: empty where it is larger than `columns` x `rows`."""
    for error, quiet in _WAYS:
        code = _cells(text, error, quiet)
        if len(code[0]) <= columns and len(code) <= rows:
            return code
    return ()


def drawn_wide(text: str, columns: int, rows: int) -> tuple[Cells, ...]:
    """The same without half blocks: two cells side by side are a module, for which four times the area is needed."""
    return tuple(row for pair in drawn(text, columns // 2, rows // 2) for row in _unfolded(pair))


def wanted(text: str, *, wide: bool = False) -> tuple[int, int]:
    """Columns and rows that the smallest way takes."""
    error, quiet = _WAYS[-1]
    code = _cells(text, error, quiet)
    return (2 * len(code[0]), 2 * len(code)) if wide else (len(code[0]), len(code))


def as_lines(text: str) -> list[str]:
    """The code for a terminal that has no screen of ours, a line at a time, with the colours it needs."""
    rows = _cells(text, *_WAYS[0])
    return [f"{_DARK_ON_LIGHT}{''.join(_HALVES[cell] for cell in row)}{_PLAIN}" for row in rows]


def picture(text: str) -> bytes:
    """The code as a PNG: for paper, and for whoever cannot look at a terminal."""
    file = io.BytesIO()
    error, quiet = _WAYS[0]
    _code(text, error).save(file, kind="png", scale=PIXELS, border=quiet)
    return file.getvalue()


def _unfolded(row: Cells) -> tuple[Cells, Cells]:
    upper = tuple((dark, dark) for dark, _ in row for _ in range(2))
    lower = tuple((dark, dark) for _, dark in row for _ in range(2))
    return upper, lower


def _code(text: str, error: str) -> "segno.QRCode":
    import segno  # noqa: PLC0415 - only where a code is shown

    # Never a Micro QR: short texts would become one, and wallets do not read them.
    return segno.make(text, error=error, micro=False)


def _cells(text: str, error: str, quiet: int) -> tuple[Cells, ...]:
    modules = [[bool(module) for module in row] for row in _code(text, error).matrix_iter(border=quiet)]
    if len(modules) % 2:
        modules.append([False] * len(modules[0]))
    return tuple(tuple(zip(*pair, strict=True)) for pair in zip(modules[::2], modules[1::2], strict=True))
