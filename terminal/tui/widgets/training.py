"""The row that says on every screen that nothing here is real."""

from rich.cells import cell_len
from textual.content import Content

from terminal.tui.text import shown
from terminal.tui.widgets.part import Part

STRIPE = "/ "


class TrainingStripe(Part[str]):
    """The word over and over between stripes, so that no part of the row can be read without it."""

    def draw(self, value: str) -> Content:
        piece = f" {value} {STRIPE * 4}"
        words = piece * (self.size.width // cell_len(piece))
        left = self.size.width - cell_len(words)
        return shown(words + (STRIPE * left)[:left])
