"""A code that a phone reads off the terminal: dark on light with its quiet zone, whatever the theme.

Half blocks: a cell is one module wide and two high. What fits is tried from the most forgiving to the least; a code
that does not fit is not drawn, for half a code is none. numpy and the screen library stay out of here.
"""

import io

import segno

PIXELS = 6  # of a module, in a picture
QUIET, NARROW = 4, 2  # modules around the code: the standard's, and what still reads where all around is light
_WAYS = (("m", QUIET), ("l", QUIET), ("l", NARROW))

Cells = tuple[tuple[bool, bool], ...]  # one row: is the upper module dark, is the lower


def drawn(text: str, columns: int, rows: int) -> tuple[Cells, ...]:
    """The code's rows of cells, centred on nothing: empty where it is larger than `columns` x `rows`."""
    for error, quiet in _WAYS:
        code = _cells(text, error, quiet)
        if len(code[0]) <= columns and len(code) <= rows:
            return code
    return ()


def wanted(text: str) -> tuple[int, int]:
    """Columns and rows that the smallest way takes."""
    error, quiet = _WAYS[-1]
    code = _cells(text, error, quiet)
    return len(code[0]), len(code)


def picture(text: str) -> bytes:
    """The code as a PNG: for paper, and for whoever cannot look at a terminal."""
    file = io.BytesIO()
    error, quiet = _WAYS[0]
    _code(text, error).save(file, kind="png", scale=PIXELS, border=quiet)
    return file.getvalue()


def _code(text: str, error: str) -> segno.QRCode:
    # Never a Micro QR: short texts would become one, and wallets do not read them.
    return segno.make(text, error=error, micro=False)


def _cells(text: str, error: str, quiet: int) -> tuple[Cells, ...]:
    modules = [[bool(module) for module in row] for row in _code(text, error).matrix_iter(border=quiet)]
    if len(modules) % 2:
        modules.append([False] * len(modules[0]))
    return tuple(tuple(zip(*pair, strict=True)) for pair in zip(modules[::2], modules[1::2], strict=True))
