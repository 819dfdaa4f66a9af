"""A long text over the sale, and the keys that move it."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from terminal.tui.bridge import TillPort
from terminal.tui.screens.area import Area
from terminal.tui.wording import Texts


class Scrolled(Area):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "turn(-1)", show=False),
        Binding("pagedown,space", "turn(1)", show=False),
        Binding("home", "scroll(-100000)", show=False),
        Binding("end", "scroll(100000)", show=False),
    ]

    def __init__(self, till: TillPort, texts: Texts) -> None:
        super().__init__(till, texts)
        self._text = Static(markup=False)
        self._scroll = VerticalScroll(self._text, can_focus=False)

    def compose(self) -> ComposeResult:
        yield self._heading
        yield self._scroll
        yield self._said
        yield self._keys

    def begin(self, texts: Texts) -> None:
        self._text.update(Content(""))
        self._scroll.scroll_home(animate=False)
        super().begin(texts)

    @property
    def columns(self) -> int:
        """How many cells a line of the text may have."""
        return max(self.size.width - 4, 1)

    def action_scroll(self, lines: int) -> None:
        self._scroll.scroll_relative(y=lines, animate=False)

    def action_turn(self, pages: int) -> None:
        self._scroll.scroll_relative(y=pages * max(self._scroll.size.height - 1, 1), animate=False)
