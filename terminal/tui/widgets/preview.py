"""The camera's picture, live, at its own pace: it pulls the newest, may drop any, and never queues.

What it costs was measured for each way of doing it: runs of equal cells as segments of a bounded set of styles,
refreshing only the rows that changed, without line filters.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

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

from terminal.model import Corners
from terminal.steps import Preview, SeenCode
from terminal.tui.levels import COLOURS, LEVELS, LOCATED, MARGIN, OTHER, OUTLINES, PAYMENT, Outline, Run, grey_of
from terminal.tui.text import centred
from terminal.tui.wording import Texts

if TYPE_CHECKING:
    from terminal.tui.halfblock import HalfBlocks
    from terminal.tui.sixel import Sixels

BEHIND = 2  # writes waiting for the terminal: more, and it is not reading as fast as we draw
STEADY = 1.5  # pictures a second: a rate that moves by less is still the same
SIXELS_EVERY_S = 0.2  # at most: each is some tens of kilobytes, and much work for a terminal
PICTURE_ID = 113  # the terminal's name for it, and the colour number of the cells that stand for it
_COLOURS = COLOURS | {level: (grey_of(level),) * 3 for level in range(LEVELS)}
_RAMP, _OUTLINE = " .:-=+*%@", "#"  # darkness to brightness where there are no blocks, and a code's outline


class PreviewPane(Widget):
    """Half blocks, with the codes outlined; the last line names what was read, or says why nothing was."""

    def __init__(self, newest: Callable[[], Preview | None], texts: Texts) -> None:
        super().__init__()
        self._newest = newest
        self._texts = texts
        self._shown: Preview | None = None
        self._columns = self._rows = 0
        self._blocks: HalfBlocks | None = None
        self._is_sent = False  # the picture, and its cells are drawn
        self._sixels: Sixels | None = None
        self._is_written_over = True  # the cells that sixels lie on
        self._sixels_s = 0.0  # when the last of them were taken
        self._strips: list[Strip] = []
        self._caption = self._instead = ""
        self._palette: dict[tuple[int, int], Style] = {}
        self._fps, self._camera_up = 0.0, True
        self._awaits, self._rate = "", 0
        self._beat: Timer | None = None

    def pace(self, fps: float, *, camera_up: bool, instead: str, awaits: str, texts: Texts) -> None:
        """How often to look, whether there is anything to look at, what to say where there is not, and what of it is
        waited for."""
        self._texts, self._camera_up, self._awaits = texts, camera_up, awaits
        if instead != self._instead:
            self._instead = instead
            self.refresh()
        if fps != self._fps:
            self._fps = fps
            if self._beat:
                self._beat.stop()
            self._beat = self.set_interval(1 / fps, self.look) if fps else None
            self.look()  # a phase began: show what began it

    def rest(self) -> None:
        """Look no more until there is a pace again."""
        self._fps = 0.0
        if self._beat:
            self._beat.stop()

    def look(self) -> None:
        """Show the newest picture if it is another, somebody sees it, and the terminal keeps up."""
        if not self.is_attached or not self.screen.is_active or not self.size or backlog(self.app) > BEHIND:
            return
        newest = self._newest() if self._camera_up else None
        if newest is not self._shown:
            self._shown = newest
            self._draw(newest)

    def on_resize(self, event: events.Resize) -> None:
        self._columns, self._rows = event.size.width, max(0, event.size.height - 1)
        self._blocks = self._sixels = None
        self._is_sent = False
        self._strips = [Strip.blank(self._columns)] * self._rows
        self._draw(self._shown)

    def render_line(self, y: int) -> Strip:
        width, style = self.size.width, self.visual_style.rich_style
        if y == self.size.height - 1:
            return Strip([Segment(centred(self._caption, width), style)])
        if self._shown is None:
            text = self._instead if y == (self.size.height - 1) // 2 else ""
            return Strip([Segment(centred(text, width), style)])
        return self._strips[y] if y < len(self._strips) else Strip.blank(width)

    def render_lines(self, crop: Region) -> list[Strip]:
        self._is_written_over = True
        return super().render_lines(crop)

    def get_line_filters(self) -> list[LineFilter]:
        """None: the colours are final, and the filters would walk every segment."""
        return []

    def _draw(self, preview: Preview | None) -> None:
        self._label(self._caption_of(preview) if preview else "")
        if preview is None or not self._rows or not self._columns:
            self._blocks = self._sixels = None  # nothing of it is on screen now
            self._is_sent = False
            self.refresh()
            return
        outlines = [_outline(corners, LOCATED, preview.scale) for corners in preview.located]
        outlines += [_outline(one.corners, PAYMENT if one.is_payment else OTHER, preview.scale) for one in preview.seen]
        if self.app.has_class("-pictures"):
            self._send(preview, outlines)
        elif cell := sixel_cell(self.app):
            self._lay_sixels(preview, outlines, cell)
        else:
            self._draw_blocks(preview, outlines)

    def _draw_blocks(self, preview: Preview, outlines: list[Outline]) -> None:
        if self._blocks is None:
            from terminal.tui.halfblock import HalfBlocks  # noqa: PLC0415 - loads numpy: not before there is a picture

            self._blocks = HalfBlocks(self._columns, self._rows)
        draw = self._letter if self.app.has_class("-plain") else self._segment
        for y, runs in self._blocks.show(preview.pixels, outlines):
            self._strips[y] = Strip([draw(run) for run in runs], self._columns)
            self.refresh(Region(0, y, self._columns, 1))

    def _send(self, preview: Preview, outlines: list[Outline]) -> None:
        """The picture goes beside the text; its cells stay what they are."""
        from terminal.tui import kitty  # noqa: PLC0415 - loads numpy, as above

        columns, rows = min(self._columns, kitty.MOST_CELLS), min(self._rows, kitty.MOST_CELLS)
        send_raw(self.app, kitty.sent(preview.pixels, outlines, PICTURE_ID, columns, rows))
        if not self._is_sent:
            self._is_sent = True
            style = Style(color=Color.from_ansi(PICTURE_ID))
            self._strips[:rows] = [Strip([Segment(kitty.cells(y, columns), style)], columns) for y in range(rows)]
            self.refresh()

    def _lay_sixels(self, preview: Preview, outlines: list[Outline], cell: tuple[int, int]) -> None:
        """The picture lies on empty cells. Wherever they may have been written anew it is sent again."""
        from terminal.tui.sixel import Sixels  # noqa: PLC0415 - loads numpy, as above

        if self._sixels is None or self._sixels.cell != cell:
            self._blocks, self._sixels = None, Sixels(self._columns, self._rows, cell)
            self._strips = [Strip([self._segment((self._columns, MARGIN, MARGIN))])] * self._rows
            self.refresh()
        elif not 0.0 <= preview.taken_s - self._sixels_s < SIXELS_EVERY_S:
            drawn = self._sixels.show(preview.pixels, outlines, anew=self._is_written_over)
            self._sixels_s, self._is_written_over = preview.taken_s, False
            if drawn:
                x, y = self.content_region.offset
                send_raw(self.app, f"\x1b7\x1b[{y + 1};{x + 1}H{drawn}\x1b8")

    def _caption_of(self, preview: Preview) -> str:
        """Why nothing is read, else what was read, else what is waited for and how many pictures a second come."""
        if preview.unread:
            return self._texts(f"unread.{preview.unread}")
        if preview.seen:
            return self._named(preview.seen)
        if abs(preview.frames_per_s - self._rate) > STEADY:
            self._rate = round(preview.frames_per_s)
        return self._texts("common.frames", awaits=self._awaits, rate=self._rate)

    def _named(self, seen: tuple[SeenCode, ...]) -> str:
        paying = " + ".join(code.label for code in seen if code.is_payment)
        others = [code.label for code in seen if not code.is_payment]
        return "   ".join([self._texts("common.seen_payment", label=paying)] * bool(paying) + others)

    def _label(self, caption: str) -> None:
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

    def _letter(self, run: Run) -> Segment:
        """A cell as one letter, the denser the brighter; an outline keeps its colour."""
        cells, upper, lower = run
        level = max(upper, lower) if max(upper, lower) >= LEVELS else (upper + lower) // 2
        letter = _OUTLINE if level in OUTLINES else " " if level == MARGIN else _RAMP[level * len(_RAMP) // LEVELS]
        return Segment(
            letter * cells, Style(color=_colour(level)) if letter == _OUTLINE else self.visual_style.rich_style
        )


def backlog(app: App[object]) -> int:
    """Writes that wait for the terminal. A private place of the library, so looked up here only, and carefully."""
    writer = getattr(app._driver, "_writer_thread", None)  # noqa: SLF001
    queue = getattr(writer, "_queue", None)
    return queue.qsize() if queue is not None else 0


def send_raw(app: App[object], data: str) -> None:
    """Send something to the terminal that is no text, between two paintings. As private as the place above."""
    send = getattr(app._driver, "write", None)  # noqa: SLF001
    if send is not None:
        send(data)


def sixel_cell(app: App[object]) -> tuple[int, int] | None:
    """A cell's pixels, across and down, where the terminal has said that it shows sixels."""
    cell: tuple[int, int] | None = getattr(app._driver, "sixel_cell", None)  # noqa: SLF001
    return cell


def _outline(corners: Corners, level: int, scale: float) -> Outline:
    a, b, c, d = ((x * scale, y * scale) for x, y in corners)
    return Outline((a, b, c, d), level)


def _colour(level: int) -> Color:
    return Color.from_rgb(*_COLOURS[level])
