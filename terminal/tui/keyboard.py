"""Keys, once it is known whose they are: a hand's go on to the screen, a scanner's are a code."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from textual import events
from textual.app import App
from textual.message import Message
from textual.timer import Timer

from terminal.tui.wedge import Wedge

_ENDINGS = {"enter": "\r", "tab": "\t"}


@dataclass
class Hush(Message):
    """No key came for longer than a scanner pauses."""

    after: events.Key


class KeyboardApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self._wedge: Wedge[events.Key] = Wedge()
        self._hush: Timer | None = None
        self._last_key: events.Key | None = None

    def scanned(self, code: str) -> None:
        """A scanner has typed this."""
        raise NotImplementedError

    def withheld(self, characters: str) -> None:
        """These came, and it is not known yet whose they are."""

    async def on_event(self, event: events.Event) -> None:
        """Let every event through, but keys only when they are known to be a hand's and not a scanner's."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        if self._hush:
            self._hush.stop()
        character = _ENDINGS.get(event.key) or (event.character if event.is_printable else None) or ""
        code, keys = self._wedge.feed(event, character, event.time)
        if code:
            self.scanned(code)
        self.withheld(self._wedge.held)
        await self._press(keys)
        self._last_key = event
        self._hush = self.set_timer(Wedge.GAP_S, partial(self.post_message, Hush(event)))

    async def on_hush(self, message: Hush) -> None:
        """It comes behind the keys that wait where drawing has held them up: with one of those it was none."""
        if message.after is self._last_key:
            await self._press(self._wedge.silence())

    async def _press(self, keys: Sequence[events.Key]) -> None:
        for key in keys:
            await super().on_event(key)
