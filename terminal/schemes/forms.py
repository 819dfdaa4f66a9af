"""Percent-encoded forms, read as `urllib.parse.parse_qsl` reads them, for hosts that do so all day.

Most of what stands in a wallet's form has nothing escaped in it: that is taken as it is, which is half of the work.
"""

from urllib.parse import unquote_plus


def pairs(text: str, most: int, *, strict: bool = False) -> list[tuple[str, str]]:
    """Names and values in their order, empty ones too.

    Raises ValueError for more than `most`, for escapes that are not UTF-8 and, if `strict`, for a part without `=`.
    """
    parts = text.split("&")
    if len(parts) > most:
        raise ValueError(f"more than {most} fields")
    if strict and not all("=" in part for part in parts):
        raise ValueError("a part without =")
    cut = (part.partition("=") for part in parts if part)
    return [(_unescaped(name), _unescaped(value)) for name, _, value in cut]


def _unescaped(text: str) -> str:
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text
