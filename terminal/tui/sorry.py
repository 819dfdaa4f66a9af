"""A till that cannot open, where nobody would see a message but on the screen itself: in a browser."""

from textual.app import App, ComposeResult
from textual.widgets import Static

from terminal.tui.text import shown_lines
from terminal.tui.wording import LANGUAGES, Texts


class SorryApp(App[None]):
    """One sentence, until a key is pressed or the tab is closed. Nobody knows yet in which language: so in each."""

    CSS = "Screen { align: center middle; } Static { width: auto; max-width: 90%; }"

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self._sentence = sentence

    def compose(self) -> ComposeResult:
        said = dict.fromkeys(Texts(language).heard(self._sentence) for language in LANGUAGES)
        yield Static(shown_lines(list(said)), markup=False)

    def on_key(self) -> None:
        self.exit()
