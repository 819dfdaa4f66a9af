"""A list with a cursor, one line a row. It never takes the focus: its screen has the keys, and it the finger."""

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message

from terminal.tui.text import shown
from terminal.tui.widgets.part import Part

MARK = "> "  # before the row of the cursor: a shape, not only a colour


@dataclass(frozen=True, slots=True)
class RowsShown:
    """`cursor` is the chosen one of `lines`, of which there are as many as fit; `empty` stands where there are none."""

    heading: str
    lines: tuple[str, ...]
    cursor: int = 0
    empty: tuple[str, ...] = ()


class Rows(Part[RowsShown]):
    @dataclass
    class Picked(Message):
        """A row was pressed."""

        index: int

    @dataclass
    class Scrolled(Message):
        """The wheel was turned by so many rows."""

        by: int

    @dataclass
    class Sized(Message):
        """There is room for more rows, or fewer, or for longer ones."""

    @property
    def room(self) -> int:
        """How many rows fit under the heading."""
        return max(self.size.height - 1, 1)

    @property
    def columns(self) -> int:
        """How many cells a row may have."""
        return max(self.size.width - len(MARK) - 1, 1)

    def draw(self, value: RowsShown) -> Content:
        head = shown(" " * len(MARK) + value.heading, self.size.width).stylize("bold $key-name")
        if not value.lines:
            return Content("\n").join([head, *(shown("  " + line, self.size.width) for line in ("", *value.empty))])
        return Content("\n").join([head, *(self._row(value, index) for index in range(len(value.lines)))])

    def _row(self, value: RowsShown, index: int) -> Content:
        is_chosen = index == value.cursor
        row = shown((MARK if is_chosen else " " * len(MARK)) + value.lines[index], self.size.width)
        return row.stylize("reverse") if is_chosen else row

    def on_resize(self) -> None:
        self.post_message(self.Sized())

    def on_click(self, event: events.Click) -> None:
        index = event.y - 1
        if self._shows and 0 <= index < len(self._shows.lines):
            self.post_message(self.Picked(index))

    def on_mouse_scroll_down(self) -> None:
        self.post_message(self.Scrolled(1))

    def on_mouse_scroll_up(self) -> None:
        self.post_message(self.Scrolled(-1))
