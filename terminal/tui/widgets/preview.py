"""The camera's picture, live, at its own pace: it pulls the newest, may drop any, and never queues.

What it costs was measured for each way of doing it: runs of equal cells as segments of a bounded set of styles,
refreshing only the rows that changed, without line filters.
"""

from collections.abc import Callable

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import App
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from terminal.steps import Preview, SeenCode
from terminal.tui.halfblock import LEVELS, MARGIN, OTHER, PAYMENT, HalfBlocks, Outline, Run, grey_of
from terminal.tui.text import centred
from terminal.tui.wording import Texts

BEHIND = 2  # writes waiting for the terminal: more, and it is not reading as fast as we draw
_COLOURS = {PAYMENT: (64, 255, 112), OTHER: (255, 176, 32), MARGIN: (16, 21, 27)}
_COLOURS |= {level: (grey_of(level),) * 3 for level in range(LEVELS)}


class PreviewPane(Widget):
    """Half blocks, with the codes that were read outlined, and named in the last line."""

    def __init__(self, newest: Callable[[], Preview | None], texts: Texts) -> None:
        super().__init__()
        self._newest = newest
        self._texts = texts
        self._shown: Preview | None = None
        self._blocks = HalfBlocks(0, 0)
        self._strips: list[Strip] = []
        self._caption = self._instead = ""
        self._palette: dict[tuple[int, int], Style] = {}
        self._fps, self._camera_up = 0.0, True
        self._beat: Timer | None = None

    def pace(self, fps: float, *, camera_up: bool, instead: str, texts: Texts) -> None:
        """How often to look, whether there is anything to look at, and what to say where there is not."""
        self._texts, self._camera_up = texts, camera_up
        if instead != self._instead:
            self._instead = instead
            self.refresh()
        if fps != self._fps:
            self._fps = fps
            if self._beat:
                self._beat.stop()
            self._beat = self.set_interval(1 / fps, self.look) if fps else None
            self.look()  # a phase began: show what began it

    def look(self) -> None:
        """Show the newest picture if it is another, somebody sees it, and the terminal keeps up."""
        if not self.is_attached or not self.screen.is_active or not self.size or backlog(self.app) > BEHIND:
            return
        newest = self._newest() if self._camera_up else None
        if newest is not self._shown:
            self._shown = newest
            self._draw(newest)

    def on_resize(self, event: events.Resize) -> None:
        self._blocks = HalfBlocks(event.size.width, max(0, event.size.height - 1))
        self._strips = [Strip.blank(event.size.width)] * self._blocks.rows
        self._draw(self._shown)

    def render_line(self, y: int) -> Strip:
        width, style = self.size.width, self.visual_style.rich_style
        if y == self.size.height - 1:
            return Strip([Segment(centred(self._caption, width), style)])
        if self._shown is None:
            text = self._instead if y == (self.size.height - 1) // 2 else ""
            return Strip([Segment(centred(text, width), style)])
        return self._strips[y] if y < len(self._strips) else Strip.blank(width)

    def get_line_filters(self) -> list[LineFilter]:
        """None: the colours are final, and the filters would walk every segment."""
        return []

    def _draw(self, preview: Preview | None) -> None:
        self._label(preview.seen if preview else ())
        if preview is None or not self._blocks.rows or not self._blocks.columns:
            self._blocks = HalfBlocks(self._blocks.columns, self._blocks.rows)  # nothing of it is on screen now
            self.refresh()
            return
        outlines = [_outline(seen, preview.scale) for seen in preview.seen]
        for y, runs in self._blocks.show(preview.pixels, outlines):
            self._strips[y] = Strip([self._segment(run) for run in runs], self._blocks.columns)
            self.refresh(Region(0, y, self._blocks.columns, 1))

    def _label(self, seen: tuple[SeenCode, ...]) -> None:
        paying = " + ".join(code.label for code in seen if code.is_payment)
        others = [code.label for code in seen if not code.is_payment]
        caption = "   ".join([self._texts("common.seen_payment", label=paying)] * bool(paying) + others)
        if caption != self._caption:
            self._caption = caption
            self.refresh(Region(0, self.size.height - 1, self.size.width, 1))

    def _segment(self, run: Run) -> Segment:
        cells, upper, lower = run
        style = self._palette.get((upper, lower))
        if style is None:
            style = Style(color=_colour(upper), bgcolor=_colour(lower))
            self._palette[upper, lower] = style
        return Segment((" " if upper == lower else "▀") * cells, style)


def backlog(app: App[object]) -> int:
    """Writes that wait for the terminal. A private place of the library, so looked up here only, and carefully."""
    writer = getattr(app._driver, "_writer_thread", None)  # noqa: SLF001
    queue = getattr(writer, "_queue", None)
    return queue.qsize() if queue is not None else 0


def _outline(seen: SeenCode, scale: float) -> Outline:
    a, b, c, d = ((x * scale, y * scale) for x, y in seen.corners)
    return Outline((a, b, c, d), PAYMENT if seen.is_payment else OTHER)


def _colour(level: int) -> Color:
    return Color.from_rgb(*_COLOURS[level])
