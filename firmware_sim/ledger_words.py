"""What the acquirers' books are written in: customers, orders, refunds, notices. Neutral words, small and frozen."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """Where an order stands with the acquirer."""

    OPEN = "open"  # waits for the customer
    PAID = "paid"
    FAILED = "failed"
    CLOSED = "closed"  # ran out, or was closed before anybody paid
    REVERSED = "reversed"


class Kind(StrEnum):
    """Who scanned whom."""

    CHARGED = "charged"  # the shop scanned the customer's code (CPM)
    SHOWN = "shown"  # the customer scans the shop's (MPM)


class Refusal(StrEnum):
    """Why an acquirer, or the issuer behind it, will not. Each wallet's host has its own code for each."""

    # Charging a code.
    CODE_INVALID = "code_invalid"
    CODE_EXPIRED = "code_expired"
    CODE_SPENT = "code_spent"
    # What the issuer thinks.
    INSUFFICIENT_FUNDS = "insufficient_funds"
    OVER_LIMIT = "over_limit"
    OVER_DAY_LIMIT = "over_day_limit"
    BLOCKED = "blocked"
    RISK = "risk"
    NOT_ALLOWED = "not_allowed"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - what was typed was none
    NOT_TYPED = "not_typed"
    REFUSED = "refused"
    # Orders.
    CURRENCY = "currency"
    ORDER_TAKEN = "order_taken"
    ORDER_PAID = "order_paid"
    ORDER_CLOSED = "order_closed"
    ORDER_REVERSED = "order_reversed"
    NO_SUCH_ORDER = "no_such_order"
    WRONG_KIND = "wrong_kind"
    TOO_SOON = "too_soon"
    TOO_LATE = "too_late"
    # Giving back.
    NOT_PAID = "not_paid"
    TOO_MUCH = "too_much"
    TOO_MANY = "too_many"
    REFUND_TAKEN = "refund_taken"
    NO_SUCH_REFUND = "no_such_refund"


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody with a wallet, what their issuer thinks of them, and how they behave when a password is wanted."""

    id: str
    needs_password: bool = False
    types_after_s: float | None = 8.0  # None: never
    types_wrong: bool = False
    wallet: str = "wechat"  # a key of `wallets.WALLETS`
    refused_as: str = ""  # what their issuer always answers: a neutral Refusal, or a host's own code


@dataclass(frozen=True, slots=True)
class ShownCode:
    customer: str
    shown_s: float
    spent: bool


class Purchase(NamedTuple):
    """An order as an acquirer keeps it: a row of the ledger's. `content` is a hash of what a repeat must ask too.

    A tuple, for each call makes several: a frozen dataclass of twenty fields takes several times as long.
    """

    number: int  # the acquirer's own
    merchant: str
    order_no: str
    kind: Kind
    content: str
    amount: int  # minor units
    currency: str
    created_s: float
    acquirer: str  # the institution whose merchant this is: "wechat", "unionpay"…
    state: State = State.OPEN
    customer: str = ""
    refusal: str = ""  # why it failed, so that a repeat is refused alike
    paid_s: float | None = None
    due_s: float | None = None  # when an open order ends by itself, and how
    due_state: State = State.FAILED
    shown_as: str | None = None  # the text of the merchant code that a phone may scan
    refunded: int = 0
    host: str = ""  # which host took it, and so in whose words its notices are
    notify_url: str = ""
    memo: str = ""  # what that host alone needs to know of it, in a form of its own


@dataclass(frozen=True, slots=True)
class Returned:
    """A refund as an acquirer keeps it; the money moves at once, and the customer has it at `done_s`."""

    number: int
    merchant: str
    refund_no: str
    purchase: int
    amount: int
    created_s: float
    done_s: float


@dataclass(frozen=True, slots=True)
class Notice:
    """What a shop is to be told at its own address, until it says that it has heard."""

    number: int
    purchase: int
    refund: int | None  # None: that the order was paid
    url: str
    created_s: float
    due_s: float
    tries: int


@dataclass(frozen=True, slots=True)
class Line:
    """One order in a merchant's books: `net` is what the merchant has of it, in minor units."""

    order_no: str
    net: int
    state: State
    amount: int
    refunded: int
    paid_s: float | None
