"""Amounts large enough for a glance from a step away: one font of 3 x 5 blocks, in three sizes.

Large, a block is two cells wide and one high, drawn with nothing but full blocks, which every console font has;
small, it is one cell wide and half a cell high. Where half blocks cannot be shown, narrow does: one cell of each.
"""

_GLYPHS = {
    "0": "### # # # # # # ###",
    "1": " #  ##   #   #  ###",
    "2": "###   # ### #   ###",
    "3": "###   # ###   # ###",
    "4": "# # # # ###   #   #",
    "5": "### #   ###   # ###",
    "6": "### #   ### # # ###",
    "7": "###   #   #   #   #",
    "8": "### # # ### # # ###",
    "9": "### # # ###   # ###",
    "¥": "# # # # ###  #  ###",
    "-": "        ###        ",
}
_POINT = (" ", " ", " ", " ", "#")
_HALVES = {"  ": " ", "# ": "▀", " #": "▄", "##": "█"}
LARGE, SMALL = 5, 3  # rows


def big(text: str, columns: int, rows: int = LARGE, *, plain: bool = False) -> list[str]:
    """`text` in the largest size that fits `columns` x `rows` cells; as it is where none does. `plain`: no halves."""
    for size, render in ((LARGE, _large), (LARGE, _narrow) if plain else (SMALL, _small)):
        lines = render(text)
        if size <= rows and len(lines[0]) <= columns:
            return lines
    return [text[:columns]]


def _bitmap(text: str) -> list[str]:
    """Five rows of '#' and ' ', a blank column between glyphs."""
    glyphs = [_glyph(character) for character in text]
    return [" ".join(glyph[row] for glyph in glyphs) for row in range(5)]


def _glyph(character: str) -> tuple[str, ...]:
    if character == ".":
        return _POINT
    drawing = _GLYPHS.get(character, " " * 19)
    return tuple(drawing[row * 4 : row * 4 + 3] for row in range(5))


def _large(text: str) -> list[str]:
    return [row.replace("#", "██").replace(" ", "  ") for row in _bitmap(text)]


def _narrow(text: str) -> list[str]:
    return [row.replace("#", "█") for row in _bitmap(text)]


def _small(text: str) -> list[str]:
    rows = [*_bitmap(text), ""]
    return [
        "".join(_HALVES[upper + lower] for upper, lower in zip(above, below.ljust(len(above)), strict=True))
        for above, below in zip(rows[::2], rows[1::2], strict=True)
    ]
