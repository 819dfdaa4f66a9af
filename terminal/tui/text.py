"""Outside text on the screen: shown, never obeyed.

Codes, product names, nicknames and hosts' messages are hostile. Markup in them would crash a widget or become a
link, and control characters would reach the cashier's terminal. `shown` is the only way such text gets on screen.
"""

from rich.cells import cell_len, set_cell_size
from textual.content import Content

_SPACES = {"\u3000": "  ", "\u00a0": " "}  # not printable to Python, yet usual in Chinese product names
_SELECTORS = range(0xFE00, 0xFE10)  # variation selectors: they change a glyph's width behind our back


def clean(text: str) -> str:
    """The text with everything that steers a terminal, or hides, as a question mark."""
    return "".join(_clean(character) for character in text)


def fitted(text: str, cells: int) -> str:
    """Cleaned, and cut or padded to exactly `cells` columns."""
    text = clean(text)
    return (
        set_cell_size(text, cells) if cell_len(text) <= cells else set_cell_size(text, max(cells - 1, 0)) + "~"[:cells]
    )


def shown(text: str, cells: int | None = None) -> Content:
    """One line for a widget, exactly `cells` wide if given."""
    return Content(clean(text) if cells is None else fitted(text, cells))


def shown_lines(lines: tuple[str, ...] | list[str], cells: int | None = None) -> Content:
    """Lines for a widget, each cut to `cells` if given."""
    return Content("\n").join(shown(line, cells) for line in lines)


def folded(text: str, cells: int, indent: int = 0) -> list[str]:
    """Cleaned, in lines of so many columns; those after the first stand `indent` columns in."""
    lines, line = [], ""
    for letter in clean(text):
        if cell_len(line + letter) > max(cells, indent + 2):
            lines.append(line.rstrip())
            line = " " * indent
        line += letter
    return [*lines, line]


def centred(text: str, cells: int) -> str:
    """Cleaned and in the middle of `cells` columns."""
    text = clean(text)
    return fitted(" " * max(0, (cells - cell_len(text)) // 2) + text, cells)


def _clean(character: str) -> str:
    if ord(character) in _SELECTORS:
        return "?"
    return _SPACES.get(character) or (character if character.isprintable() else "?")
