"""The customer's side of the screen: a merchant code, drawn so that a phone reads it."""

from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter
from textual.strip import Strip
from textual.widget import Widget

from terminal.tui.qr import Cells, drawn, drawn_wide, wanted
from terminal.tui.text import centred
from terminal.tui.wording import Texts

_INK, _PAPER = "#000000", "#ffffff"  # never a theme's: a phone wants black on white


class QrCard(Widget):
    """Fills its place with white, so that the quiet zone goes on to the edge."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._text = ""
        self._rows: tuple[Cells, ...] = ()

    def show(self, text: str, texts: Texts) -> None:
        if (text, texts) != (self._text, self._texts):
            self._text, self._texts = text, texts
            self._redraw()

    def on_resize(self) -> None:
        self._redraw()

    def get_line_filters(self) -> list[LineFilter]:
        """None: dimmed or tinted it would not be read."""
        return []

    def render_line(self, y: int) -> Strip:
        width, paper = self.size.width, Style(color=_INK, bgcolor=_PAPER)
        if not self._text:
            return Strip.blank(width)
        if not self._rows:
            columns, rows = wanted(self._text, wide=self._wide)
            words = self._texts("common.code_too_large", columns=columns, rows=rows)
            return Strip([Segment(centred(words if y == self.size.height // 2 else "", width), paper)])
        top = (self.size.height - len(self._rows)) // 2
        if not top <= y < top + len(self._rows):
            return Strip([Segment(" " * width, paper)])
        row = self._rows[y - top]
        left = (width - len(row)) // 2
        cells = [_cell(upper, lower) for upper, lower in row]
        return Strip([Segment(" " * left, paper), *cells, Segment(" " * (width - left - len(row)), paper)], width)

    def _redraw(self) -> None:
        draw = drawn_wide if self._wide else drawn
        self._rows = draw(self._text, self.size.width, self.size.height) if self._text and self.size else ()
        self.refresh()

    @property
    def _wide(self) -> bool:
        """Without half blocks: spaces alone, which any font has."""
        return self.app.has_class("-plain")


def _cell(upper: bool, lower: bool) -> Segment:
    """Equal halves are a space: no glyph, so no seam."""
    style = Style(color=_INK if upper else _PAPER, bgcolor=_INK if lower else _PAPER)
    return Segment(" " if upper is lower else "▀", style)
