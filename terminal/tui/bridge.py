"""The screen's side of the till: what may be asked of it, and how its events get onto the screen's own loop.

Commands go in and return at once; answers come back as events. The screen keeps no money state: whoever opens
asks `snapshot`, and losing the screen loses nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from textual.message import Message

from terminal.basket.basket import Item
from terminal.basket.handling import Handling
from terminal.books.listing import Group, Page, Story, Wanted
from terminal.clock import Clock
from terminal.model import Entry
from terminal.money import Money
from terminal.steps import DeviceKind, Event, Preview, Snapshot, Step
from terminal.till.due import Due


class TillPort(Protocol):
    """The till, from another thread. Nothing here blocks but what says that it may take a while."""

    @property
    def clock(self) -> Clock:
        """Deadlines are on its `monotonic`."""
        ...

    def preview(self) -> Preview | None:
        """The newest picture."""
        ...

    def rings(self) -> bool:
        """Whether the terminal's bell is to ring at an outcome, for want of anything that plays."""
        ...

    def mute(self) -> bool:
        """Silence outcomes, or let them be heard again; whether they are silent now."""
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

    def charge_due(self) -> None:
        """Pay was pressed for all that is due: the goods, or the rest of what is paid in part."""
        ...

    def show_due(self) -> None:
        """Show a code of ours for all that is due."""
        ...

    def handle(self, handling: Handling) -> None:
        """What a cashier does with goods."""
        ...

    def search(self, text: str) -> list[Item]:
        """Items of the catalogue by name or number."""
        ...

    def cancel(self) -> None:
        """Before anything was sent the sale is gone; after that it is asked for and taken back."""
        ...

    def give_back_parts(self) -> None:
        """The rest of a sale that is paid in part will not be paid: every part goes back."""
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

    def reprint(self, order_id: str = "") -> None:
        """A receipt again, the last one where it does not say which, marked as a copy."""
        ...

    def refund(self, order_id: str, money: Money) -> None:
        """Give back all or part of an earlier payment. The till refuses more than is left."""
        ...

    def settle(self, acquirer: str = "") -> None:
        """End the day of one acquirer, or of all. The till refuses while it is paying."""
        ...

    def page(self, wanted: Wanted, first: int, size: int) -> Page:
        """Payments from the journal. May take a while, and so may these."""
        ...

    def story(self, order_id: str) -> Story | None:
        """All that is known of a payment; None for an order that is not in the books."""
        ...

    def groups(self, begins_ms: int, ends_ms: int) -> list[Group]:
        """What was begun between two moments (Unix milliseconds), added up by hour, wallet and state."""
        ...

    def dues(self) -> list[Due]:
        """What each acquirer's day has come to before it is settled."""
        ...

    def sign_on(self, operator: str) -> None:
        """Whoever sells from now on, by number; empty: nobody, or a till without operators."""
        ...

    def permitted(self, act: str, by: str) -> None:
        """Somebody let the cashier do one thing, for the books."""
        ...

    @property
    def testable(self) -> Sequence[tuple[DeviceKind, str]]:
        """The devices that can be tried out."""
        ...

    def test_device(self, kind: DeviceKind, name: str) -> None:
        """Try one out: the answer comes as `Tried`, or a notice says why not."""
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
