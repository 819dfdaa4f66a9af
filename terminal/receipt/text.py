"""A receipt as plain text, for a screen, a log or a mail. Its QR is left out: the order number stands in words."""

from collections.abc import Sequence

from terminal.receipt import columns as paper
from terminal.receipt.lines import Align, Feed, Line, Pair, Rule, Text


def as_text(lines: Sequence[Line], columns: int = 32) -> str:
    """One string of lines at most `columns` wide on paper (32 or 48), no spaces at their ends."""
    return "\n".join(row.rstrip() for line in lines for row in _rows(line, columns))


def _rows(line: Line, columns: int) -> list[str]:
    match line:
        case Text(text, align, big):
            return [_aligned(row, align, columns) for row in paper.wrapped(text, columns // 2 if big else columns)]
        case Pair(left, right):
            return paper.apart(left, right, columns)
        case Rule():
            return ["-" * columns]
        case Feed(count):
            return [""] * count
        case _:
            return []


def _aligned(text: str, align: Align, columns: int) -> str:
    match align:
        case Align.CENTRE:
            return paper.centred(text, columns)
        case Align.RIGHT:
            return paper.to_the_right(text, columns)
        case Align.LEFT:
            return text
