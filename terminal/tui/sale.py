"""What the sale screen knows, and how a key or an event changes it. Pure: the money is the till's, only the typed
digits are ours.
"""

from dataclasses import dataclass, replace
from typing import TypeGuard

from terminal.model import Entry
from terminal.money import Money
from terminal.steps import DeviceState, Event, Laid, Notice, Phase, Snapshot, Step
from terminal.tui.commands import AWAITING, EMPTY, ENTERING, GOODS, HELD, RESTING, UNDO

LONGEST_AMOUNT = 8  # digits: 999999.99
LONGEST_CODE = 64  # characters typed by hand
RUNS_ON_S = 1.0  # a digit so soon after a runaway amount is one more of it
_TOO_LONG = Notice("amount.too_long")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to read on the event line, and the wall second it was said."""

    event: Notice | DeviceState | Laid
    wall_s: float


@dataclass(frozen=True, slots=True)
class Sale:
    snapshot: Snapshot
    typed: str = ""
    remark: Remark | None = None
    entries: tuple[Entry, ...] = ()  # the journal's newest, oldest first
    pointed: int | None = None  # the line of the basket that was gone to; else it is the one that changed last

    @property
    def step(self) -> Step:
        return self.snapshot.step

    @property
    def phase(self) -> Phase:
        return self.snapshot.step.phase

    @property
    def typed_money(self) -> Money:
        return Money(int(self.typed or "0"), self.snapshot.currency)

    @property
    def line(self) -> int:
        """The line of the basket that keys are about."""
        laid = self.snapshot.laid
        last = max(0, len(laid.basket) - 1)
        wanted = laid.touched if self.pointed is None else self.pointed
        return last if wanted is None else min(wanted, last)

    @property
    def there(self) -> frozenset[str]:
        """What commands may need."""
        laid = self.snapshot.laid
        found = {
            GOODS: laid.basket.lines,
            EMPTY: not laid.basket.lines,
            HELD: laid.held,
            UNDO: laid.can_undo,
            RESTING: not self.typed,
        }
        return frozenset(name for name, is_there in found.items() if is_there)

    @property
    def money_is_open(self) -> bool:
        return self.phase.is_paying or self.phase is Phase.UNKNOWN or bool(self.snapshot.open_attempts)


def heard(sale: Sale, event: Event, snapshot: Snapshot, wall_s: float) -> Sale:
    """The sale after an event. The snapshot is at least as new as the event, so it is what counts."""
    remark = Remark(event, wall_s) if _is_news(event, sale.snapshot) else sale.remark
    if snapshot.laid.basket != sale.snapshot.laid.basket:
        sale = replace(sale, pointed=None)
    left, entered = sale.phase, snapshot.step.phase
    if left is entered:
        return replace(sale, snapshot=snapshot, remark=remark)
    keep = entered in ENTERING and left not in AWAITING
    return replace(sale, snapshot=snapshot, remark=remark, typed=sale.typed if keep else "")


def _is_news(event: Event, known: Snapshot) -> TypeGuard[Notice | DeviceState | Laid]:
    """A device is worth a line when it is down, or no longer down; goods when they have changed."""
    if isinstance(event, Laid):
        return event.basket.lines != known.laid.basket.lines and event.touched is not None
    if isinstance(event, DeviceState):
        was_down = any((one.kind, one.name, one.up) == (event.kind, event.name, False) for one in known.devices)
        return was_down or not event.up
    return isinstance(event, Notice)


def typed_digit(sale: Sale, digits: str, wall_s: float) -> Sale:
    """One digit more, or the keypad's two noughts. A runaway amount is refused whole: nobody meant it, nor its end."""
    if sale.phase in AWAITING:
        return replace(sale, typed=(sale.typed + digits)[:LONGEST_CODE])
    typed = (sale.typed + digits).lstrip("0")
    if len(typed) > LONGEST_AMOUNT or _runs_on(sale, wall_s):
        return replace(sale, typed="", remark=Remark(_TOO_LONG, wall_s))
    return replace(sale, typed=typed)


def _runs_on(sale: Sale, wall_s: float) -> bool:
    remark = None if sale.typed else sale.remark
    return remark is not None and remark.event == _TOO_LONG and 0 <= wall_s - remark.wall_s < RUNS_ON_S


def erased(sale: Sale) -> Sale:
    return replace(sale, typed=sale.typed[:-1])


def emptied(sale: Sale) -> Sale:
    return replace(sale, typed="")


def gone_to(sale: Sale, by: int) -> Sale:
    """So many lines of the basket up or down."""
    last = len(sale.snapshot.laid.basket) - 1
    return replace(sale, pointed=max(0, min(last, sale.line + by)))
