"""What is plugged in, how it is, and a key that tries it out. Plugs that are pulled are seen while it is open."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from terminal.steps import Event, Notice, Tried
from terminal.tui.bridge import TillPort
from terminal.tui.devices import device_lines, heading
from terminal.tui.screens.area import Area
from terminal.tui.view import RESTING_FPS, sentence
from terminal.tui.widgets.preview import PreviewPane
from terminal.tui.widgets.rows import Rows, RowsShown
from terminal.tui.widgets.words import Words
from terminal.tui.wording import Texts


class DevicesScreen(Area):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f11,v", "back", show=False),
        Binding("enter,t", "test", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
    ]

    def __init__(self, till: TillPort, texts: Texts) -> None:
        super().__init__(till, texts)
        self._rows, self._whole = Rows(), Words(id="whole")
        self._preview = PreviewPane(till.preview, texts)

    def compose(self) -> ComposeResult:
        yield self._heading
        with Horizontal():
            yield self._rows
            yield self._preview
        yield self._whole
        yield self._said
        yield self._keys

    def begin(self, texts: Texts) -> None:
        self._at = 0
        self._tried: list[Tried] = []
        self._news = ""
        super().begin(texts)

    def on_screen_resume(self) -> None:
        self.call_after_refresh(self.redraw)

    def on_screen_suspend(self) -> None:
        self._preview.rest()

    def on_resize(self) -> None:
        self.call_after_refresh(self.redraw)

    def hear(self, event: Event) -> None:
        """A device came or went, or was tried out."""
        if isinstance(event, Tried):
            others = [one for one in self._tried if (one.kind, one.name) != (event.kind, event.name)]
            self._tried = [*others, event]
            self._news = ""  # it stands in its row, and whole below
        elif isinstance(event, Notice) and event.key.startswith("test."):
            self._news = sentence(event, self._texts)
        self.redraw()

    def redraw(self) -> None:
        texts = self._texts
        lines = device_lines(self._till.snapshot().devices, self._till.testable, self._tried, texts)
        self._at = max(0, min(self._at, len(lines) - 1))
        shown = tuple(line.row(self._rows.columns) for line in lines)
        head = heading(texts, self._rows.columns)
        self._title(texts("devices.title"))
        self._rows.show(RowsShown(head, shown, self._at, texts.lines("devices.none")))
        self._whole.show(f"{lines[self._at].name}  {lines[self._at].said}" if lines else "")
        self._say(self._news or texts("devices.hint"))
        test = {11: ("Enter", "try", "test")} if lines else {}
        self._caps({6: ("Esc", "back", "back")} | test)
        instead = texts("common.no_camera")
        self._preview.pace(RESTING_FPS, camera_up=True, instead=instead, awaits="", texts=texts)

    def on_rows_picked(self, message: Rows.Picked) -> None:
        self._go(message.index)

    def on_rows_scrolled(self, message: Rows.Scrolled) -> None:
        self._go(self._at + message.by)

    def action_move(self, by: int) -> None:
        self._go(self._at + by)

    def action_test(self) -> None:
        lines = device_lines(self._till.snapshot().devices, self._till.testable, self._tried, self._texts)
        if lines:
            self._news = self._texts("devices.testing", name=lines[self._at].name)
            self._till.test_device(*lines[self._at].device)
            self.redraw()

    def _go(self, at: int) -> None:
        self._at, self._news = at, ""
        self.redraw()
