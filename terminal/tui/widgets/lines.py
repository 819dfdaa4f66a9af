"""The plain parts: lines of text, the status bar and the state line."""

from rich.cells import cell_len
from textual.content import Content

from terminal.tui.text import clean, shown, shown_lines
from terminal.tui.view import Headline, Status
from terminal.tui.widgets.part import Part


class Lines(Part[tuple[str, ...]]):
    """Lines of text, cut to the width."""

    def draw(self, value: tuple[str, ...]) -> Content:
        return shown_lines(value[: self.size.height], self.size.width)


class StatusBar(Part[Status]):
    """Whose till this is, what is plugged in (`+`) or not (`-`), what is still open, and the time."""

    def draw(self, value: Status) -> Content:
        left = f" {value.shop}  {value.demo}"
        marks = [
            Content.styled(f"{mark.label}{'+' if mark.up else '-'}", "" if mark.up else "reverse")
            for mark in value.marks
        ]
        right = Content(" ").join([shown(value.open_attempts), *marks, shown(value.clock), Content("")])
        return shown(left, max(0, self.size.width - right.cell_length)) + right


class StateLine(Part[Headline]):
    """What is happening now, always in the same place, with the time that is left as a bar and in seconds."""

    WIDE = 96  # columns from which the bar is long

    def draw(self, value: Headline) -> Content:
        word = f" {clean(value.word)} "
        rest = self._bar(value) if value.fraction is not None else ""
        room = max(0, self.size.width - cell_len(word) - cell_len(rest))
        return shown(word).stylize(self.strong) + shown(f" {value.instruction}", room) + shown(rest)

    def _bar(self, value: Headline) -> str:
        length = 20 if self.size.width >= self.WIDE else 10
        filled = round((value.fraction or 0) * length)
        return f" [{'█' * filled}{' ' * (length - filled)}] {value.seconds:>5} "
