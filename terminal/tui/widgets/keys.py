"""Keys on the screen: the bar of commands that are live, and the keypad in a telephone's order."""

from textual.app import ComposeResult
from textual.containers import Grid
from textual.content import Content
from textual.widgets import Static

from terminal.tui.bridge import Extra
from terminal.tui.commands import SLOTS, Command
from terminal.tui.text import clean
from terminal.tui.wording import Texts

Cap = tuple[str, str, str]  # label, title, action
NO_KEY: Cap = ("", "", "")


class KeyCap(Static):
    """A key for mouse and finger. It never takes the focus, so a scanner's Enter cannot press it."""

    def __init__(self, cap: Cap = NO_KEY, *, classes: str = "") -> None:
        super().__init__(_face(cap), classes=classes)
        self._cap = cap

    def show(self, cap: Cap) -> None:
        if cap != self._cap:
            self._cap = cap
            self.update(_face(cap), layout=False)

    async def on_click(self) -> None:
        if action := self._cap[2]:
            await self.run_action(action)


class KeyBar(Grid):
    """Two rows of six. A key that is not live leaves its place empty."""

    def __init__(self) -> None:
        super().__init__()
        self._keys = [KeyCap(classes="command") for _ in range(SLOTS)]

    def compose(self) -> ComposeResult:
        yield from self._keys

    def show(self, caps: dict[int, Cap]) -> None:
        for slot, key in enumerate(self._keys):
            key.show(caps.get(slot, NO_KEY))


class Keypad(Grid):
    """1 2 3 on top, as on every payment terminal."""

    KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "00", "0")

    def compose(self) -> ComposeResult:
        for digits in self.KEYS:
            yield KeyCap(("", digits, f"screen.digit('{digits}')"), classes="digit")
        yield KeyCap(("", "<--", "screen.erase"), classes="digit")


def cap_of(command: Command, texts: Texts) -> Cap:
    return command.label, texts(f"command.{command.id}"), command.action


def extra_cap(extra: Extra, texts: Texts) -> Cap:
    return extra.key.upper(), extra_title(extra, texts), f"app.extra('{extra.id}')"


def extra_title(extra: Extra, texts: Texts) -> str:
    return extra.title_zh if texts.language == "zh" else extra.title_en


def _face(cap: Cap) -> Content:
    label, title, _ = cap
    name = Content.styled(clean(label), "$key-name") + " " if label else Content("")
    return name + Content.styled(clean(title), "bold")
