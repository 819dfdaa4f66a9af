"""What stands over the sale for a while: the books, the devices. The app tells it what it tells the sale."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from textual.app import App
from textual.message import Message
from textual.screen import Screen

from terminal.errors import SaomaError
from terminal.operators import Act
from terminal.steps import Event
from terminal.tui.bridge import TillPort
from terminal.tui.widgets.keys import Cap, KeyBar
from terminal.tui.widgets.lines import Lines
from terminal.tui.wording import Texts


@dataclass
class Wants(Message):
    """The cashier wants what not everybody may: `run` does it, once somebody who may has said so."""

    act: Act
    run: Callable[[], None]


class Area(Screen[None]):
    """A title, something to look at, a line that says something, and the keys that work here.

    Nothing takes the focus, so a scanner's Enter presses nothing. A payment that comes forward closes it.
    """

    AUTO_FOCUS = ""

    def __init__(self, till: TillPort, texts: Texts) -> None:
        """Puts it together; `begin` says what is known at first."""
        super().__init__()
        self.set_classes(self.app.screen.classes)  # which say how large it is: else it would be laid out twice
        self._till = till
        self._texts = texts
        self._trouble = ""  # what keeps the books from being read: said instead of all else
        self._heading, self._said, self._keys = Lines(), Lines(), KeyBar()
        self._heading.add_class("title")
        self._said.add_class("hint")

    def begin(self, texts: Texts) -> None:
        """Be as new; what has to be looked up comes once it is on the screen."""
        self._trouble = ""
        self.speak(texts)

    def speak(self, texts: Texts) -> None:
        """Go on in another language."""
        self._texts = texts
        self.redraw()

    def hear(self, event: Event) -> None:
        """The till said something."""

    def redraw(self) -> None:
        """Show what is known now."""

    def action_back(self) -> None:
        self.dismiss()

    def _want(self, act: Act, run: Callable[[], None]) -> None:
        self.app.post_message(Wants(act, run))

    def _title(self, text: str) -> None:
        self._heading.show((f" {text}",))

    def _say(self, text: str) -> None:
        self._said.show((f" {self._trouble or text}",))

    def _could_not_read(self, error: SaomaError) -> None:
        self._trouble = self._texts("notice.journal.unreadable", detail=self._texts.heard(str(error)))
        self.redraw()

    def _caps(self, keys: Mapping[int, tuple[str, str, str]]) -> None:
        """Keys by their places: what stands on the cap, the name of its words, and what it does."""
        caps: dict[int, Cap] = {
            slot: (label, self._texts(f"cap.{name}"), f"screen.{action}")
            for slot, (label, name, action) in keys.items()
        }
        self._keys.show(caps)


def visit(app: App[object], kind: type[Area], till: TillPort, texts: Texts) -> None:
    """Open an area as new. It is kept while it is closed: to put it together takes thrice as long as to show it."""
    name = kind.__name__
    if not app.is_screen_installed(name):
        app.install_screen(kind(till, texts), name)
    area = app.get_screen(name, kind)
    area.begin(texts)
    if area not in app.screen_stack:  # where the palette lies over it, it may be asked for again
        app.push_screen(area)
