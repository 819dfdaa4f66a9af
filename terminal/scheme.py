"""What every wallet provides: how its codes are asked for money, what its replies mean, and how long to wait.

A `Wire` is pure: it turns an operation into a request and a reply into an `Answer`; it owns no socket, no clock
and no retry. The times and habits that a wallet's manual prescribes are data (`Procedure`), read by the flow.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from terminal.model import Answer, Order, Refund
from terminal.money import Money

BEIJING = timezone(timedelta(hours=8))


def day_of(unix_s: float, begins_s: float = 0.0) -> date:
    """An acquirer's day at a moment; it begins so many seconds after midnight in Beijing."""
    return datetime.fromtimestamp(unix_s - begins_s, UTC).astimezone(BEIJING).date()


class Operation(StrEnum):
    PAY = "pay"  # charge a scanned code
    QUERY = "query"
    REVERSE = "reverse"  # close it if unpaid, give the money back if paid
    SHOW = "show"  # ask for a merchant code to show
    CLOSE = "close"
    VOID = "void"  # of a whole payment, while its settlement day or batch is open: as if it had never been
    REFUND = "refund"
    REFUND_QUERY = "refund_query"


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP-shaped request, byte for byte as it must be sent; `path` includes the query.

    On a framed line (ISO 8583 over TCP) there is only a body: the frame, its length prefix included.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)  # it may hold a payment code


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Procedure:
    """How long a wallet's own manual tells a till to wait, and what its acquirer promises (seconds)."""

    answer_within_s: float  # how long to listen for one reply
    first_query_s: float  # after a reply that leaves it open, or none
    query_every_s: float
    give_up_s: float  # since the pay call: then undo
    reverse_not_before_s: float  # since the pay call
    reverse_again_s: tuple[float, ...]  # pauses between attempts to undo; the last one repeats
    reverse_alarm_after: int  # attempts, then a person is told
    reverse_window_s: float  # after that only a refund helps
    horizon_s: float  # after the last byte sent: no copy of the pay request can take effect later than this
    decline_is_final: bool  # else a declined order is closed with a reverse, as a stray copy might still succeed
    can_query: bool = True  # a POS line has no question to ask: what is not known is reversed at once
    can_show: bool = True  # whether it has merchant codes at all
    show_for_s: float = 120.0  # how long a merchant code of ours stays on the screen
    query_ladder_s: tuple[float, ...] = ()  # pauses after a charge, where the manual gives them one by one instead
    day_begins_s: float = 0.0  # of the day it settles by, since midnight in Beijing: -3600 is eleven the evening before
    can_void: bool = False  # whether a whole payment of the same day is undone by a call of its own

    def day(self, unix_s: float) -> date:
        """The settlement day at a moment."""
        return day_of(unix_s, self.day_begins_s)


class Wire(Protocol):
    """A wallet's conversation, seen from the till. Both methods are pure and never raise on foreign bytes."""

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        """The request for PAY, QUERY, REVERSE, SHOW or CLOSE of this order."""
        ...

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:
        """The request for REFUND or REFUND_QUERY, and for VOID where the procedure has it."""
        ...

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        """What the reply means; one that cannot be believed is `UNKNOWN` with its reason, never a failure."""
        ...


@dataclass(frozen=True, slots=True)
class Notified:
    """What came of a notification: whose order to ask about (empty: nobody's), and what the acquirer is told.

    `paid` is the order's amount as it tells it, to be held against the books: where they differ, that is evidence.
    """

    order_id: str
    reply: Reply
    paid: Money | None = None
    begun_s: int = 0  # Unix seconds, where the wire names orders by this time too
    may_be_static: bool = False  # one that nobody here began: a customer may have made it at the shop's static code


@runtime_checkable
class Hears(Protocol):
    """A wire whose acquirer also calls us. A notification is evidence, never a verdict: it makes the till ask."""

    def notified(self, request: Request, *, now_s: int) -> Notified:
        """Whose order it speaks of, where its signature and its merchant are right."""
        ...


@runtime_checkable
class SignsIn(Protocol):
    """A wire that must be opened before it carries anything: a POS signs in for its working keys."""

    def opening(self, *, now_s: int) -> Request | None:
        """The request to be answered first; None while the line is open."""
        ...

    def opened(self, reply: Reply) -> Answer:
        """APPROVED where the reply has opened the line; otherwise why not."""
        ...


class BillKind(StrEnum):
    SALE = "sale"
    REFUND = "refund"
    REVERSAL = "reversal"  # of the whole order, by the till


@dataclass(frozen=True, slots=True)
class BillLine:
    """One row of an acquirer's bill in neutral words; amounts are positive whatever the row's sign."""

    kind: BillKind
    order_id: str
    money: Money
    refund_id: str = ""
    transaction_id: str = ""
    fee: Decimal | None = None  # major units, negative where it is given back; None where the bill has none
    at: str = ""  # as written


Fetching = Generator[Request, Reply, tuple[BillLine, ...]]


@runtime_checkable
class Bills(Protocol):
    """A wire whose acquirer has a bill of each day."""

    def bill(self, day: date, *, now_s: int, nonces: Iterator[str]) -> Fetching:
        """Fetch it: a conversation of one or more requests, each sent its reply. Empty where no money moved that day.

        Raises NoBill, out of the generator, with why there is none or why it cannot be believed.
        """
        ...

    def read_bill(self, content: bytes) -> tuple[BillLine, ...]:
        """The same from a file that somebody fetched by hand; raises NoBill."""
        ...


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One transaction that went well, as the till has it; `transaction_id` is what its answer said."""

    trace: int
    money: Money
    is_credit: bool  # given back
    transaction_id: str


@dataclass(frozen=True, slots=True)
class Closed:
    """How closing a batch went: `agrees` is None where it is still open, and `said` is then why."""

    agrees: bool | None
    said: str
    lines: int  # of the till's that were in it
    batch: str  # the one that is open now


Closing = Generator[Request, Reply, Closed]


@runtime_checkable
class Batches(Protocol):
    """A wire without bills, whose day is a batch that the till closes. Nothing of it may be open then."""

    def begin(self, batch: str) -> None:
        """The batch that what follows belongs to, as the books know it."""
        ...

    def close_batch(self, lines: Sequence[BatchLine], traces: Iterator[int]) -> Closing:
        """Close the batch with those of `lines` that are in it: a conversation as `Bills.bill` is. The line is open."""
        ...


class Line(StrEnum):
    """What carries a wallet's bytes."""

    HTTP = "http"
    FRAMED = "framed"  # two bytes of length, then the message, over TCP


@dataclass(frozen=True, slots=True)
class Till:
    """What a wire may need to know of the till it speaks for."""

    terminal_id: str
    notify_url: str  # a `.invalid` one is never called


@dataclass(frozen=True, slots=True)
class Scheme:
    """A wallet: the key its codes and config go by, its name for people, its habits, and how to speak to it.

    `settings` is the frozen dataclass of what a contract's `[[acquirer]]` table must say beside what all have;
    `connect` makes the wire from one (raising ConfigError for keys that cannot be used) and the till it is for.
    """

    key: str
    name: str
    procedure: Procedure
    settings: type[Any]
    connect: Callable[[Any, Till], Wire]
    line: Line = Line.HTTP
    takes: tuple[str, ...] = ()  # schemes whose codes go over it where the contract does not say; empty: its own
