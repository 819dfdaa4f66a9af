"""What stands on the screen, as an SVG that is true to the cell.

The library's own screenshot counts characters where a terminal counts cells, so Chinese comes out squeezed. Here
every run starts at its own column, wide characters stand alone, and blocks are drawn as the rectangles they are.
"""

from collections.abc import Iterator, Sequence
from html import escape

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

CELL_W, CELL_H, FONT = 10, 20, 16.6  # pixels; DejaVu Sans Mono advances 0.602 of its size
INK, GROUND = "#e8edf2", "#10151b"  # where a style leaves it to the terminal
_FONTS = "'DejaVu Sans Mono','Noto Sans Mono CJK SC','Noto Sans CJK SC',Menlo,Consolas,monospace"
# Which part of a cell is inked: top and height, in cells.
_BLOCKS = {"█": (0.0, 1.0), "▀": (0.0, 0.5), "▄": (0.5, 0.5)}


def svg_of(strips: Sequence[Strip]) -> str:
    """A whole SVG document of the strips, one below the other."""
    width, height = max(strip.cell_length for strip in strips) * CELL_W, len(strips) * CELL_H
    body = "\n".join(element for y, strip in enumerate(strips) for element in _row(y, strip))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
        f'<rect width="{width}" height="{height}" fill="{GROUND}"/>\n'
        f'<g font-family="{_FONTS}" font-size="{FONT}" shape-rendering="crispEdges">\n'
        f"{body}\n</g>\n</svg>\n"
    )


def _row(y: int, strip: Strip) -> Iterator[str]:
    x = 0
    for text, style, _ in strip:
        ink, ground = _colours(style or Style.null())
        cells = cell_len(text)
        if ground != GROUND:
            yield _rect(x, y, cells, (0.0, 1.0), ground)
        for piece in _pieces(text):
            yield from _piece(x, y, piece, ink, style or Style.null())
            x += cell_len(piece)


def _pieces(text: str) -> Iterator[str]:
    """Runs of one kind of block, runs of spaces, single wide characters, and runs of everything else."""
    run = ""
    for character in text:
        alone = cell_len(character) != 1
        if run and (alone or cell_len(run[-1]) != 1 or _kind(run[-1]) != _kind(character)):
            yield run
            run = ""
        run += character
    if run:
        yield run


def _kind(character: str) -> str:
    return character if character in _BLOCKS or character == " " else ""


def _piece(x: int, y: int, piece: str, ink: str, style: Style) -> Iterator[str]:
    cells = cell_len(piece)
    if piece[0] in _BLOCKS:
        yield _rect(x, y, cells, _BLOCKS[piece[0]], ink)
    elif piece.strip():
        weight = ' font-weight="bold"' if style.bold else ""
        if cells == len(piece):
            place = f'x="{x * CELL_W}" textLength="{cells * CELL_W}" lengthAdjust="spacingAndGlyphs"'
        else:
            place = f'x="{(x + cells / 2) * CELL_W:g}" text-anchor="middle"'
        yield f'<text {place} y="{y * CELL_H + 15}" fill="{ink}"{weight}>{escape(piece)}</text>'


def _rect(x: int, y: int, cells: int, part: tuple[float, float], fill: str) -> str:
    top, height = part
    place = f'x="{x * CELL_W}" y="{(y + top) * CELL_H:g}"'
    return f'<rect {place} width="{cells * CELL_W}" height="{height * CELL_H:g}" fill="{fill}"/>'


def _colours(style: Style) -> tuple[str, str]:
    ink = style.color.get_truecolor().hex if style.color and not style.color.is_default else INK
    ground = style.bgcolor.get_truecolor().hex if style.bgcolor and not style.bgcolor.is_default else GROUND
    return (ground, ink) if style.reverse else (ink, ground)
