"""Beside a demo's till: the panel of `tui.tour`, and the narrator's line below it. It looks; it is told nothing."""

from collections.abc import Callable, Mapping, Sequence

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from terminal.tui.bridge import Extra
from terminal.tui.keymap import cap
from terminal.tui.text import clean, shown
from terminal.tui.tour import Kind, Row, Scene, rows, told
from terminal.tui.widgets.keys import extra_title
from terminal.tui.widgets.lines import Lines
from terminal.tui.widgets.part import Part
from terminal.tui.wording import Texts

LOOKS_S = 0.25
WIDE = 100  # columns from which the panel is there unasked
_STYLES: Mapping[Kind, str] = {
    "title": "bold $key-name",
    "text": "",
    "out": "$key-name",
    "in": "",
    "bad": "reverse",
    "keys": "$quiet",
}


class Panel(Part[tuple[Row, ...]]):
    def draw(self, value: tuple[Row, ...]) -> Content:
        return Content("\n").join(self._row(row) for row in value)

    def _row(self, row: Row) -> Content:
        text = clean(row.text)
        line = shown(text, min(self.size.width, cell_len(text)))
        return line.stylize(_STYLES[row.kind]) if text else line


class Beside(Widget):
    """`scene` is asked four times a second. `keys` are the demo's own, `panel_key` shows and hides this."""

    def __init__(self, scene: Callable[[], Scene], keys: Sequence[Extra], panel_key: str) -> None:
        super().__init__()
        self._scene = scene
        self._keys = keys
        self._caps = {"panel": cap(panel_key)} | {one.id.removeprefix("demo."): cap(one.key) for one in keys}
        self._wanted: bool | None = None  # nobody has said: by the width
        self._panel, self.narrator = Panel(), Lines(id="narrator")
        self._texts: Texts | None = None

    def compose(self) -> ComposeResult:
        yield self._panel

    def on_mount(self) -> None:
        self.set_interval(LOOKS_S, self.look)

    def speak(self, texts: Texts) -> None:
        """From now on in this language."""
        self._texts = texts
        if self.is_attached:
            self.look()

    def toggle(self) -> None:
        """The panel is wanted, or is in the way."""
        self._wanted = not self.display
        self.look()

    def look(self) -> None:
        """Show how things stand."""
        if self._texts is None or not self.screen.is_active:
            return
        scene, (width, height) = self._scene(), self._panel.size
        is_wide, is_code = self.app.size.width >= WIDE, bool(scene.step.shown_code)
        self.display = (is_wide if self._wanted is None else self._wanted) and (is_wide or not is_code)
        self.screen.set_class(self.display, "-beside")
        self.screen.set_class(is_code, "-code")  # which wants much room
        keys = [(cap(extra.key), extra_title(extra, self._texts)) for extra in self._keys]
        self._panel.show(tuple(rows(scene, keys, self._texts, width, height)))
        self.narrator.show((f" {told(scene, self._texts, **self._caps)}",))
