"""A sentence over as many lines as its place has, broken where it can be."""

from textual.content import Content

from terminal.tui.text import shown
from terminal.tui.widgets.part import Part


class Words(Part[str]):
    def draw(self, value: str) -> Content:
        return shown(value)
