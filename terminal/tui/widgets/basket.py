"""The basket: a line for each thing, prices under one another, and the chosen line always in view."""

from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message

from terminal.tui.goods import Goods, Row
from terminal.tui.text import clean, fitted, shown
from terminal.tui.widgets.part import Part

MARK = ">"  # a shape, not only a colour
_NUMBER, _QUANTITY, _MONEY = 3, 6, 10  # cells; an amount that wants more gets them from the name
_WIDE = 60  # cells, from which on the price of one stands there too


class BasketPane(Part[Goods]):
    @dataclass
    class Chosen(Message):
        """A line was pressed."""

        line: int

    def draw(self, value: Goods) -> Content:
        wide = max((cell_len(text) + 1 for row in value.rows for text in (row.each, row.amount)), default=0)
        money = max(_MONEY, wide)
        head = self._row(" ", value.heading, money).stylize("$key-name")
        first = self._first(value)
        rows = [
            self._row(MARK if place == value.cursor else " ", row, money, is_chosen=place == value.cursor)
            for place, row in enumerate(value.rows[first : first + self._room], first)
        ]
        return Content("\n").join([head, *rows][: self.size.height])

    @property
    def _room(self) -> int:
        return max(1, self.size.height - 1)

    def _first(self, value: Goods) -> int:
        """The row at the top: the newest are seen, unless an older one is chosen."""
        newest = max(0, len(value.rows) - self._room)
        return max(min(newest, value.cursor), value.cursor - self._room + 1)

    def _row(self, mark: str, row: Row, cells: int, *, is_chosen: bool = False) -> Content:
        """`cells` are those of an amount."""
        money = [row.each, row.amount] if self.size.width >= _WIDE else [row.amount]
        right = _to_the_right(row.quantity, _QUANTITY) + "".join(_to_the_right(one, cells) for one in money) + " "
        left = mark + fitted(row.number, _NUMBER) + " "
        room = max(0, self.size.width - cell_len(left) - cell_len(right))
        line = shown(left + fitted(row.name, room) + right, self.size.width)
        return line.stylize("reverse") if is_chosen else line

    def on_click(self, event: events.Click) -> None:
        if self._shows is not None:
            line = self._first(self._shows) + event.y - 1
            if event.y > 0 and line < len(self._shows.rows):
                self.post_message(self.Chosen(line))


def _to_the_right(text: str, cells: int) -> str:
    text = clean(text)
    return fitted(" " * max(0, cells - cell_len(text)) + text, cells)
