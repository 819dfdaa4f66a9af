"""A widget that shows one value and repaints only when it becomes another: an idle till writes nothing."""

from typing import Generic, TypeVar

from textual.content import Content
from textual.widget import Widget

Value = TypeVar("Value")


class Part(Widget, Generic[Value]):
    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 the library's own name
        super().__init__(id=id)
        self._shows: Value | None = None

    def show(self, value: Value | None) -> None:
        """This, or nothing."""
        if value != self._shows:
            self._shows = value
            self.refresh()

    @property
    def strong(self) -> str:
        """The style of what matters most. On sixteen colours bold means bright, and bright black is grey."""
        return "" if self.app.native_ansi_color else "bold"

    @property
    def plain(self) -> bool:
        """Whether block glyphs are to be done without."""
        return self.app.has_class("-plain")

    def render(self) -> Content:
        return Content("") if self._shows is None or not self.size else self.draw(self._shows)

    def draw(self, value: Value) -> Content:
        """The value on `self.size` cells."""
        raise NotImplementedError
