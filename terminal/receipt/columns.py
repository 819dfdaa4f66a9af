"""Text as a Chinese receipt printer counts it: one column for ASCII, two for the rest, and nothing it cannot print.

Printers take two-byte GBK, not all of GB18030, and a width on paper is the length of those bytes; a screen's idea of
wide and narrow differs (the curly quotes, `…`, `①` are two columns here).
"""

import unicodedata

# The yen sign has no place in GBK; the full-width one is what Chinese printers print.
REPLACED = {"¥": "￥"}
LACKING = "?"


def printable(text: str) -> str:
    """What paper can show of a text from outside: no control character, nothing that GBK lacks."""
    return "".join(_printable(character) for character in unicodedata.normalize("NFC", text))


def encoded(text: str) -> bytes:
    """Bytes for the printer: only printable ASCII and two-byte GBK, so that no text can hold a command."""
    return printable(text).encode("gbk")


def width(text: str) -> int:
    """Columns on paper."""
    return len(encoded(text))


def wrapped(text: str, columns: int) -> list[str]:
    """Lines of at most so many columns, cut at the column: order numbers have no words."""
    lines, line, room = [], "", columns
    for character in printable(text):
        if width(character) > room:
            lines.append(line.rstrip())
            line, room = "", columns
        line += character
        room -= width(character)
    return [*lines, line]


def centred(text: str, columns: int) -> str:
    return " " * ((columns - width(text)) // 2) + text


def to_the_right(text: str, columns: int) -> str:
    return " " * (columns - width(text)) + text


def apart(left: str, right: str, columns: int) -> list[str]:
    """One line with both at its ends, or two where they do not fit side by side with a space between."""
    left, right = printable(left), printable(right)
    if width(left) + 1 + width(right) <= columns:
        return [left + to_the_right(right, columns - width(left))]
    return [*wrapped(left, columns), *(to_the_right(part, columns) for part in wrapped(right, columns))]


def _printable(character: str) -> str:
    character = REPLACED.get(character, character)
    if not character.isprintable():
        return LACKING
    try:
        character.encode("gbk")
    except UnicodeEncodeError:
        return LACKING
    return character
