"""What the till says while it works: facts for a screen, a log or a test, never orders.

Every deadline is an absolute time on the till's clock (`Clock.monotonic`), so whoever shows it counts down by
itself and a lost message never freezes a bar.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from terminal.basket.basket import Basket
from terminal.model import Corners, Reason, RefundState, State, Unread
from terminal.money import CNY, Currency, Money

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Phase(StrEnum):
    """What a cashier sees of a sale, one at a time."""

    IDLE = "idle"  # enter an amount
    HELD = "held"  # a payment code was shown before an amount was entered; kept for half a minute
    AWAIT_CODE = "await_code"  # amount entered: show the payment code
    PROCESSING = "processing"  # the acquirer is asked
    SHOWING = "showing"  # our code is on the screen: the customer scans it
    CONFIRMING = "confirming"  # the customer types a password
    CHECKING = "checking"  # no believable answer: asking what became of it
    REVERSING = "reversing"  # taking it back
    FOUND = "found"  # paid before the till stopped: does the cashier still want it?
    RECEIVED = "received"  # paid by the shop's static code: is it what this sale waits for?
    PART_PAID = "part_paid"  # a part of the sale is paid, the rest is due: goods are not handed over yet
    REFUNDING = "refunding"  # giving money back for an earlier sale
    APPROVED = "approved"
    DECLINED = "declined"  # nothing was charged
    REVERSED = "reversed"  # taken back, nothing was charged
    REFUNDED = "refunded"
    REFUSED = "refused"  # no refund: the money stays where it was
    UNKNOWN = "unknown"  # still not known: the till goes on asking, do not charge again

    @property
    def is_paying(self) -> bool:
        """A payment is under way: a second Pay is refused."""
        return self in _PAYING

    @property
    def is_outcome(self) -> bool:
        return self in _OUTCOMES


_PAYING = frozenset(
    {
        Phase.PROCESSING,
        Phase.SHOWING,
        Phase.CONFIRMING,
        Phase.CHECKING,
        Phase.REVERSING,
        Phase.FOUND,
        Phase.RECEIVED,
        Phase.REFUNDING,
    }
)
_OUTCOMES = frozenset({Phase.APPROVED, Phase.DECLINED, Phase.REVERSED, Phase.REFUNDED, Phase.REFUSED, Phase.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Split:
    """How far a sale that is paid in parts has come."""

    total: Money
    paid: Money

    @property
    def rest(self) -> Money:
        return self.total - self.paid


@dataclass(frozen=True, slots=True)
class Step:
    """The sale moved on."""

    phase: Phase
    money: Money | None = None
    order_id: str = ""
    wallet: str = ""  # "WeChat Pay"
    code: str = ""  # masked
    reason: Reason = Reason.NONE
    said: str = ""  # the acquirer's own word, for support
    deadline_s: float | None = None  # when this phase ends by itself
    since_s: float = 0.0
    round: int = 0  # which query or which attempt to undo
    shown_code: str = ""  # the merchant code to draw while SHOWING
    settled: Money | None = None  # what the shop is paid, where that is another currency
    split: Split | None = None  # of a sale that is paid in parts; `money` is then the part's


class DeviceKind(StrEnum):
    CAMERA = "camera"
    SCANNER = "scanner"
    PRINTER = "printer"
    DISPLAY = "display"
    ACQUIRER = "acquirer"
    SOUND = "sound"


@dataclass(frozen=True, slots=True)
class DeviceState:
    """A device came, went, or has something to say."""

    kind: DeviceKind
    name: str
    up: bool
    detail: str = ""  # for a person: what is wrong and the way out
    since_s: float = field(default=0.0, compare=False)  # the wall second in which it came or went; the board's


@dataclass(frozen=True, slots=True)
class Tried:
    """A device was tried out."""

    kind: DeviceKind
    name: str
    passed: bool
    said: str  # for a person
    took_ms: float


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a cashier should know that moves nothing: `key` names the sentence, `detail` fills it."""

    key: str  # "code.goods", "code.web_link", "pay.already", "code.used", "code.two"… as `notice.*` in the catalogues
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """An attempt, of this sale or an earlier one, reached a state that is in the books."""

    order_id: str
    state: State | RefundState


class Stage(StrEnum):
    """How far the settling of one acquirer's day has come."""

    CLOSING = "closing"  # a batch is closed, line by line where it has to be
    FETCHING = "fetching"  # the bill is on its way
    MATCHING = "matching"  # the bill is held against the books
    DONE = "done"  # it is in the books how it went, or a notice has said why there was no settling


@dataclass(frozen=True, slots=True)
class Settling:
    """The end of the day moved on: the `number`-th of `count` acquirers, from 1."""

    acquirer: str
    number: int
    count: int
    stage: Stage
    exchanges: int = 0  # with the acquirer so far, in this stage


@dataclass(frozen=True, slots=True)
class HeldBasket:
    """A customer's goods, while another is served."""

    number: int  # by which it is asked for
    begun_ms: int  # Unix milliseconds when its first piece was laid down: by this the books know it
    basket: Basket


@dataclass(frozen=True, slots=True)
class Laid:
    """The goods at the counter changed: all of them, as they are now."""

    basket: Basket = field(default_factory=Basket)
    touched: int | None = None  # the line that changed last
    times: int = 1  # how many of it the next thing that is laid down stands for; of what is weighed, grams
    unpriced: str = ""  # a GTIN that no catalogue has: it waits for a typed price
    held: tuple[HeldBasket, ...] = ()
    can_undo: bool = False


Event = Step | DeviceState | Notice | Moved | Settling | Tried | Laid


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """An attempt that is still owed an ending."""

    order_id: str
    money: Money
    state: State
    age_s: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where things stand, for a screen that has just opened."""

    step: Step
    devices: tuple[DeviceState, ...] = ()
    open_attempts: tuple[OpenAttempt, ...] = ()
    approved_count: int = 0
    approved_total: Money | None = None
    currency: Currency = CNY  # what this till counts in
    settling: Settling | None = None  # while there is any
    laid: Laid = field(default_factory=Laid)
    said: Notice | None = None  # the last thing


@dataclass(frozen=True, slots=True)
class SeenCode:
    """A code in the camera's view, for the preview's outline; corners in pixels of the full frame."""

    corners: Corners
    label: str  # symbology and masked text
    is_payment: bool


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """The newest picture, already small: (h, w) uint8 grey, with what was read in it.

    `located` are places that look like codes and were not read; `unread` says why nothing was read for a second.
    `scale` is small pixels per frame pixel: multiply corners by it before drawing.
    """

    pixels: "NDArray[np.uint8]" = field(repr=False)
    scale: float
    seen: tuple[SeenCode, ...]
    taken_s: float  # the machine's monotonic seconds
    frames_per_s: float = 0.0
    located: tuple[Corners, ...] = ()
    unread: Unread | None = None
