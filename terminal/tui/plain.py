"""Block and line glyphs as letters and grounds: for fonts that lack them, and for terminals that make them wide.

A full block is a space on a ground of the block's colour; lines are ASCII's own. One filter over all that is drawn,
so that no widget need know, but those whose picture would not survive it (the code, the preview, small digits).
"""

import re

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_SOLID = "█▀▄▐▌"
_BLOCKS = re.compile(f"([{_SOLID}]+)")
_OTHERS = str.maketrans(
    {chr(code): " " for code in range(0x2580, 0x25A0)}  # block elements: eighths, shades, quadrants
    | {chr(code): "+" for code in range(0x2500, 0x2580)}  # box drawing: corners and crossings
    | dict.fromkeys("─━═┄┅┈┉╌╍", "-")
    | dict.fromkeys("│┃║┆┇┊┋╎╏", "|")
    | {"…": "~", "●": "*", "○": "o", "•": "*", "▶": ">", "▼": "v"}
)


class PlainGlyphs(LineFilter):
    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        return [part for segment in segments for part in _plain(segment)]


def _plain(segment: Segment) -> list[Segment]:
    if segment.text.isascii() or segment.control:
        return [segment]
    parts = [part for part in _BLOCKS.split(segment.text) if part]
    return [_ground(part, segment.style) if part[0] in _SOLID else _letters(part, segment) for part in parts]


def _ground(blocks: str, style: Style | None) -> Segment:
    """Spaces in the colour that the blocks had: "reverse" where the terminal's own colours are meant."""
    style = style or Style()
    behind = Style(bgcolor=style.color) if style.color and not style.color.is_default else Style(reverse=True)
    return Segment(" " * len(blocks), style + behind)


def _letters(text: str, segment: Segment) -> Segment:
    return Segment(text.translate(_OTHERS), segment.style)
