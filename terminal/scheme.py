"""What every wallet provides: how its codes are asked for money, what its replies mean, and how long to wait.

A `Wire` is pure: it turns an operation into a request and a reply into an `Answer`; it owns no socket, no clock
and no retry. The times and habits that a wallet's manual prescribes are data (`Procedure`), read by the flow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from terminal.model import Answer, Order, Refund


class Operation(StrEnum):
    PAY = "pay"  # charge a scanned code
    QUERY = "query"
    REVERSE = "reverse"  # close it if unpaid, give the money back if paid
    SHOW = "show"  # ask for a merchant code to show
    CLOSE = "close"
    REFUND = "refund"
    REFUND_QUERY = "refund_query"


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP-shaped request, byte for byte as it must be sent; `path` includes the query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


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


@dataclass(frozen=True, slots=True)
class Scheme:
    """A wallet: the key its codes and config go by, its name for people, and its documented habits."""

    key: str
    name: str
    procedure: Procedure


class Wire(Protocol):
    """A wallet's conversation, seen from the till. Both methods are pure and never raise on foreign bytes."""

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        """The request for PAY, QUERY, REVERSE, SHOW or CLOSE of this order."""
        ...

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:
        """The request for REFUND or REFUND_QUERY."""
        ...

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        """What the reply means; one that cannot be believed is `UNKNOWN` with its reason, never a failure."""
        ...
