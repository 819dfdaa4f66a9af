"""Rows of values as columns for people, under their names."""

from collections.abc import Iterator, Mapping, Sequence


def columns(rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """A heading and the rows, each as wide as its widest value; `rows` all have the first one's names."""
    if not rows:
        return
    names = list(rows[0])
    lines = [names, *([_said(row[name]) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(value.ljust(width) for value, width in zip(line, widths, strict=True)).rstrip()


def _said(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
