"""The screen's side of the till: what may be asked of it, and how its events get onto the screen's own loop.

Commands go in and return at once; answers come back as events. The screen keeps no money state: whoever opens
asks `snapshot`, and losing the screen loses nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from textual.message import Message

from terminal.clock import Clock
from terminal.model import Entry
from terminal.money import Money
from terminal.steps import Event, Preview, Snapshot, Step


class TillPort(Protocol):
    """The till, from another thread. Nothing here blocks but `entries` and `receipt_text`."""

    @property
    def clock(self) -> Clock:
        """Deadlines are on its `monotonic`."""
        ...

    def preview(self) -> Preview | None:
        """The newest picture."""
        ...

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Have `listener` called on the till's thread with every event, until the returned function is called."""
        ...

    def snapshot(self) -> Snapshot: ...

    def charge(self, money: Money) -> None:
        """Pay was pressed. The till refuses a second one."""
        ...

    def show_code(self, money: Money) -> None:
        """Show a code of ours for a customer to scan."""
        ...

    def cancel(self) -> None:
        """Before anything was sent the sale is gone; after that it is asked for and taken back."""
        ...

    def keep(self) -> None:
        """The payment that was found at start is still wanted."""
        ...

    def query_now(self) -> None:
        """Ask the acquirer now, not at the next round."""
        ...

    def dismiss(self) -> None:
        """Leave an outcome. Nothing happens in any other phase."""
        ...

    def typed(self, text: str) -> None:
        """A code came from the keyboard."""
        ...

    def reprint(self) -> None:
        """The last receipt again, marked as a copy."""
        ...

    def entries(self, limit: int) -> list[Entry]:
        """The journal's newest entries, oldest first. May take a while: call it from a worker thread."""
        ...

    def receipt_text(self, order_id: str) -> str:
        """An order's receipt as plain text. May take a while."""
        ...


@dataclass(frozen=True, slots=True)
class Extra:
    """A command that only this house has, such as the demo's next customer. `run` must return at once."""

    key: str
    id: str
    title_en: str
    title_zh: str
    run: Callable[[], None]


@dataclass
class TillSaid(Message):
    """An event of the till, on the screen's loop."""

    event: Event

    def can_replace(self, message: Message) -> bool:
        """Of two steps in the queue the later is enough: a screen that was held up shows what is, not what was."""
        return isinstance(message, TillSaid) and isinstance(self.event, Step) and isinstance(message.event, Step)
