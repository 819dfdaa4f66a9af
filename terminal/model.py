"""The words everyone uses: small, frozen, and knowing nothing but money.

Payment codes spend money, so the fields that hold them stay out of `repr`, and what is shown is `masked`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from terminal.money import Money

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]
NOWHERE: Corners = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))


def masked(code: str) -> str:
    """A code as it may be shown: two first and four last characters, never the middle."""
    return code if len(code) <= 6 else f"{code[:2]}{'*' * (len(code) - 6)}{code[-4:]}"  # noqa: PLR2004


# --- what the counter sees -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One grey picture: (H, W) uint8, the monotonic second it was taken, and from where."""

    grey: "NDArray[np.uint8]" = field(repr=False)
    taken_s: float
    source: str


class Symbology(StrEnum):
    """How a code is printed. The values are the names users type and read."""

    QR = "QR"
    MICRO_QR = "MicroQR"
    CODE128 = "Code128"
    EAN13 = "EAN-13"
    EAN8 = "EAN-8"
    UPCA = "UPC-A"
    UPCE = "UPC-E"
    ITF = "ITF"
    CODE39 = "Code39"
    CODABAR = "Codabar"
    DATA_MATRIX = "DataMatrix"
    PDF417 = "PDF417"
    AZTEC = "Aztec"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A code found in a picture.

    `aim` is its AIM identifier (ISO/IEC 15424) such as `]Q1`; `corners` are (x, y) in pixels of the frame,
    clockwise from the symbol's own top left; `read_by` names the engine and the step that read it.
    """

    text: str = field(repr=False)
    raw: bytes = field(repr=False)
    symbology: Symbology
    aim: str
    corners: Corners = NOWHERE
    read_by: str = ""


class Unread(StrEnum):
    """Why a code that somebody holds up is not read, as far as the picture tells."""

    TOO_NEAR = "too_near"  # or cut off by the edge
    TOO_FAR = "too_far"
    TOO_DARK = "too_dark"
    GLARE = "glare"
    BLURRED = "blurred"  # or moving
    TWO_CODES = "two_codes"


class Channel(StrEnum):
    """How a text came in: a 19-digit number that was typed may be a card, one that was scanned may not."""

    CAMERA = "camera"
    SCANNER = "scanner"
    KEYBOARD = "keyboard"


@dataclass(frozen=True, slots=True)
class Scan:
    """A code that the counter meant: what was read, by which kind of device, when (monotonic seconds)."""

    text: str = field(repr=False)
    channel: Channel
    taken_s: float
    symbology: Symbology | None = None
    source: str = ""


# --- what a code means -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PaymentCode:
    """A customer's one-time code (CPM). `scheme` is whose rules it follows: `wechat`, `alipay`, `unionpay`…"""

    scheme: str
    digits: str = field(repr=False)
    name: str = ""  # as printed for people: "WeChat Pay"

    @property
    def masked(self) -> str:
        return masked(self.digits)


@dataclass(frozen=True, slots=True)
class Goods:
    """A retail code as a zero-padded 14-digit GTIN."""

    gtin: str


@dataclass(frozen=True, slots=True)
class MerchantCode:
    """A code that a shop shows (MPM): nothing for a till to charge."""

    scheme: str
    kind: str  # "order", "personal", "static", "emv"
    name: str = ""


@dataclass(frozen=True, slots=True)
class NotOurs:
    """A text that is none of ours, named for what it is; `hint` is what a cashier should do about it."""

    kind: str  # a stable key: "web_link", "typed_card", "too_long", "unknown_digits", "text"…
    hint: str = ""


Meaning = PaymentCode | Goods | MerchantCode | NotOurs


# --- a payment -------------------------------------------------------------------------------------------


class Verdict(StrEnum):
    """What is known of a payment."""

    APPROVED = "approved"
    DECLINED = "declined"
    REVERSED = "reversed"
    PENDING = "pending"  # the customer is typing a password
    UNKNOWN = "unknown"  # no answer that can be believed: the money may have moved

    @property
    def in_doubt(self) -> bool:
        return self in (Verdict.PENDING, Verdict.UNKNOWN)


class Reason(StrEnum):
    """Why, in our words; each wallet's `outcomes.py` maps its own codes to these."""

    NONE = ""
    CODE_EXPIRED = "code_expired"
    CODE_USED = "code_used"
    CODE_INVALID = "code_invalid"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    LIMIT_EXCEEDED = "limit_exceeded"
    CUSTOMER_GAVE_UP = "customer_gave_up"  # wrong password, dialog closed
    ACCOUNT_BLOCKED = "account_blocked"
    RISK = "risk"
    NOT_ALLOWED = "not_allowed"  # this merchant, this method
    CONFIGURATION = "configuration"  # our keys, ids or parameters: call support
    ORDER_CLOSED = "order_closed"
    NOT_FOUND = "not_found"  # no such order there: never proof that none will come
    REFUNDED = "refunded"  # it was paid, and the money has gone back since
    TOO_OFTEN = "too_often"
    NOT_SENT = "not_sent"  # nothing left the till
    NO_ANSWER = "no_answer"
    BAD_REPLY = "bad_reply"  # unreadable, unfamiliar or from nobody we know
    BAD_SIGNATURE = "bad_signature"
    MISMATCH = "mismatch"  # another amount, currency or order than we asked for
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"  # by the cashier
    POWER_CUT = "power_cut"  # found open at start
    OTHER = "other"


class State(StrEnum):
    """Where an attempt stands in the journal. docs/money.md draws the moves between them."""

    INTENT = "INTENT"  # written before a byte leaves: from here on money may move
    APPROVED = "APPROVED"
    REVERSING = "REVERSING"  # decided to undo: never approved again
    REVERSED = "REVERSED"  # the acquirer says undone; provisional until the horizon has passed
    CLOSED = "CLOSED"  # undone for good, or never sent
    MANUAL = "MANUAL"  # automation gave up: a person decides

    @property
    def is_open(self) -> bool:
        """Still owed an ending by the till itself."""
        return self in (State.INTENT, State.REVERSING, State.REVERSED)


class RefundState(StrEnum):
    """Where a refund stands in the journal. Its names differ from every `State`: both are kinds of entries."""

    ASKED = "REFUND_ASKED"  # written before a byte leaves
    DONE = "REFUND_DONE"
    REFUSED = "REFUND_REFUSED"
    MANUAL = "REFUND_MANUAL"  # automation gave up: a person decides

    @property
    def is_open(self) -> bool:
        return self is RefundState.ASKED

    @property
    def holds_money(self) -> bool:
        """It counts against what is left of its order: given back, or perhaps."""
        return self is not RefundState.REFUSED


@dataclass(frozen=True, slots=True)
class Order:
    """One attempt to pay one sale. `order_id` is ours and the idempotency key on every wire."""

    order_id: str
    sale_id: str
    money: Money
    code: PaymentCode | None = None  # None for a shown order, and once restored from the journal, which keeps none
    acquirer: str = ""
    description: str = ""
    shown: bool = False  # the customer scans our code (MPM), else we scan theirs (CPM)
    begun_s: int = 0  # Unix seconds when it was made; some wires name an order by this time too
    trace: int = 0  # 1 to 999999, running with every attempt of this terminal: ISO 8583's audit number
    transaction_id: str = ""  # the acquirer's own number, once it is known


def undoing_number(order_id: str) -> str:
    """Of the refund that undoes an order, where nothing else does: the same whenever it is asked for."""
    return f"{order_id}R"


@dataclass(frozen=True, slots=True)
class Refund:
    """Money to give back for an approved order; `refund_id` is ours and makes a repeat the same refund."""

    refund_id: str
    order: Order
    money: Money
    reason: str = ""
    begun_s: int = 0  # Unix seconds when it was made, where a wire names a refund by this time too; 0: not known
    trace: int = 0  # 1 to 999999, out of the same run as the orders', where a wire numbers its messages


@dataclass(frozen=True, slots=True)
class Answer:
    """What an acquirer's reply means. `said` is its own code or state, for the journal and support."""

    verdict: Verdict
    reason: Reason = Reason.NONE
    said: str = ""
    transaction_id: str = ""
    again: bool = False  # the acquirer asks for the same call once more (WeChat v2 recall=Y, Alipay retry_flag=Y)
    shown_code: str = ""  # the merchant code to draw, where one was asked for
    settled: Money | None = None  # what the shop is paid for it where that is another currency…
    rate: str = ""  # …and at which quoted rate, as decimal text; both hold for the refunds too
    payer: str = ""  # whose customer paid (a bank, a wallet), where the acquirer says: for the receipt


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal: appended, never changed."""

    seq: int
    boot: int
    wall_ms: int
    order_id: str
    kind: str  # a State's value, or "BOOT", "PENDING", "RECEIPT", "EVIDENCE"
    body: Mapping[str, object]
    hash: bytes = field(repr=False, default=b"")
