"""Charts as SVG, written by hand: three figures do not need a plotting library."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from pathlib import Path
from xml.sax.saxutils import escape

_OURS, _THEIRS, _PALE = "#d4380d", "#5b7083", "#d9dfe5"
_WIDTH = 720
_LABEL = (100, 14)  # the room that a reader's name takes
_TICKS = 8
_STYLE = "font-family='sans-serif' font-size='13' fill='#2b2f33'"


@dataclass(frozen=True, slots=True)
class Dot:
    """A reader in a scatter: `x` is what it costs, `y` what it reads in percent."""

    name: str
    x: float
    y: float
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A reader along a ladder: (x, y) points, y in percent."""

    name: str
    points: list[tuple[float, float]]
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """A row of two bars: the best peer's and ours, both in percent."""

    name: str
    theirs: float
    ours: float


def scatter(title: str, x_title: str, y_title: str, dots: Sequence[Dot]) -> str:
    """Dots over a logarithmic x: up is better, left is better."""
    left, top, width, height = 70, 50, _WIDTH - 200, 330
    low, high = floor(log10(min(dot.x for dot in dots))), max(1, ceil(log10(max(dot.x for dot in dots))))
    bottom = min(90, 10 * floor(min(dot.y for dot in dots) / 10))
    parts = [_text(left, 24, title, bold=True)]
    for power in range(low, high + 1):
        x = left + width * (power - low) / (high - low)
        parts += [_rule(x, top, x, top + height), _text(x, top + height + 18, f"{10.0**power:g}", anchor="middle")]
    for share in range(bottom, 101, 10):
        y = top + height * (100 - share) / (100 - bottom)
        parts += [_rule(left, y, left + width, y), _text(left - 8, y + 4, f"{share}", anchor="end")]
    labels: list[tuple[float, float]] = []
    for dot in dots:
        x = left + width * (log10(dot.x) - low) / (high - low)
        y = top + height * (100 - dot.y) / (100 - bottom)
        labels.append(_free((x + 10, y + 4), labels))
        parts += [_circle(x, y, dot.is_ours), _text(*labels[-1], dot.name, colour=_colour(dot.is_ours))]
    parts += [_text(left + width / 2, top + height + 40, x_title, anchor="middle"), _text(8, 42, y_title)]
    return _svg(top + height + 56, parts)


def curves(title: str, x_title: str, y_title: str, lines: Sequence[Line]) -> str:
    """Lines over what gets worse to the right."""
    left, top, width, height = 70, 50, _WIDTH - 200, 260
    low, high = min(x for line in lines for x, _ in line.points), max(x for line in lines for x, _ in line.points)
    parts = [_text(left, 24, title, bold=True), _text(8, 42, y_title)]
    for share in range(0, 101, 25):
        y = top + height * (100 - share) / 100
        parts += [_rule(left, y, left + width, y), _text(left - 8, y + 4, f"{share}", anchor="end")]
    for x, _ in lines[0].points[:: 1 + len(lines[0].points) // _TICKS]:
        place = left + width * (x - low) / (high - low)
        parts.append(_text(place, top + height + 18, f"{x:.3g}", anchor="middle"))
    labels: list[tuple[float, float]] = []
    for line in sorted(lines, key=lambda one: one.is_ours):
        at = [(left + width * (x - low) / (high - low), top + height * (100 - y) / 100) for x, y in line.points]
        parts.append(_polyline(at, line.is_ours))
        x, y = next((place for place, (_, share) in zip(at, line.points, strict=True) if share < 50), at[-1])  # noqa: PLR2004
        labels.append(_free((x + 8, y - 8), labels))
        parts.append(_text(*labels[-1], line.name, colour=_colour(line.is_ours)))
    parts.append(_text(left + width / 2, top + height + 40, x_title, anchor="middle"))
    return _svg(top + height + 56, parts)


def pairs(title: str, rows: Sequence[Pair], theirs: str) -> str:
    """Two horizontal bars a row, the best peer's above ours."""
    left, top, width, step = 110, 66, _WIDTH - 190, 40
    parts = [_text(12, 24, title, bold=True), _text(12, 46, theirs, colour=_THEIRS)]
    parts.append(_text(left + 260, 46, "saoma", colour=_OURS))
    for index, row in enumerate(rows):
        y = top + index * step
        parts.append(_text(left - 8, y + 18, row.name, anchor="end"))
        for offset, share, colour in ((0, row.theirs, _THEIRS), (14, row.ours, _OURS)):
            parts += [_box(left, y + offset, width, 11, _PALE), _box(left, y + offset, width * share / 100, 11, colour)]
            parts.append(_text(left + width + 8, y + offset + 10, f"{share:.0f} %", colour=colour))
    return _svg(top + step * len(rows) + 10, parts)


def shares(title: str, rows: Sequence[tuple[str, float]], unit: str) -> str:
    """One horizontal bar a row, as long as its value."""
    left, top, width, step = 150, 46, _WIDTH - 270, 26
    longest = max((size for _, size in rows), default=0.0) or 1.0
    parts = [_text(12, 24, title, bold=True)]
    for index, (name, size) in enumerate(rows):
        y = top + index * step
        parts += [_text(left - 8, y + 14, name, anchor="end"), _box(left, y + 2, width * size / longest, 15, _OURS)]
        parts.append(_text(left + width * size / longest + 8, y + 14, f"{size:.1f} {unit}"))
    return _svg(top + step * len(rows) + 10, parts)


def write(folder: Path, name: str, svg: str) -> None:
    """One figure into a folder that is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.svg").write_text(svg, encoding="utf-8")


def _free(place: tuple[float, float], taken: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The place for a label, or the next one below that no other label covers."""
    x, y = place
    while any(abs(x - other_x) < _LABEL[0] and abs(y - other_y) < _LABEL[1] for other_x, other_y in taken):
        y += _LABEL[1]
    return x, y


def _svg(height: float, parts: Sequence[str]) -> str:
    head = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {height:.0f}' {_STYLE}>"
    return "\n".join((head, _box(0, 0, _WIDTH, height, "#ffffff"), *parts, "</svg>\n"))


def _colour(is_ours: bool) -> str:
    return _OURS if is_ours else _THEIRS


def _text(x: float, y: float, words: str, *, anchor: str = "start", bold: bool = False, colour: str = "") -> str:
    extra = " font-weight='bold'" if bold else ""
    extra += f" fill='{colour}'" if colour else ""
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}'{extra}>{escape(words)}</text>"


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{_PALE}'/>"


def _circle(x: float, y: float, is_ours: bool) -> str:
    return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='6' fill='{_colour(is_ours)}'/>"


def _polyline(points: Sequence[tuple[float, float]], is_ours: bool) -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f"<polyline points='{places}' fill='none' stroke='{_colour(is_ours)}' stroke-width='{3 if is_ours else 2}'/>"


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f"<rect x='{x:.1f}' y='{y:.1f}' width='{max(0.0, width):.1f}' height='{height}' fill='{colour}'/>"
