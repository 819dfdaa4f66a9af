"""The end of a POS's batch: settle, and where the totals are not the host's, upload what the till has.

A generator like every flow: it yields requests and is sent replies, so whoever has a line performs it. After an upload
the host's word stands; either way the batch is closed and the next begins.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from terminal.scheme import Reply, Request
from terminal.schemes.fields import Malformed
from terminal.schemes.unionpay_pos import dialect, elements, outcomes
from terminal.schemes.unionpay_pos.calls import Desk
from terminal.schemes.unionpay_pos.codes import next_batch
from terminal.schemes.unionpay_pos.dialect import Message
from terminal.schemes.unionpay_pos.elements import Balance, Item, Totals
from terminal.schemes.unionpay_pos.replies import is_reply_to, response


class SignedIn(Protocol):
    """What closing a batch needs of the wire."""

    desk: Desk

    def plain(self, message: Message) -> Request: ...
    def begin(self, batch: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Closed:
    """How it went; `balance` is ERROR where the batch is still open, and `said` is then why."""

    balance: Balance
    said: str


Closing = Generator[Request, Reply, Closed]


class _NotTaken(Exception):
    """The host did not take a message; the batch stays as it is and may be closed again."""


def close_batch(wire: SignedIn, items: Sequence[Item], traces: Iterator[int]) -> Closing:
    """Close the batch with `items`, everything that was approved in it. No attempt of it may be open any more."""
    try:
        settled = yield from _said(wire, wire.desk.settlement(next(traces), Totals.of(items)))
        _, balance = elements.parse_totals(settled[48])
        if balance is Balance.UNEQUAL:
            for part in elements.upload_elements(items):
                yield from _said(wire, wire.desk.upload(next(traces), part))
            yield from _said(wire, wire.desk.upload_end(next(traces), len(items)))
    except (_NotTaken, Malformed) as error:
        return Closed(Balance.ERROR, str(error))
    if balance in (Balance.EQUAL, Balance.UNEQUAL):
        wire.begin(next_batch(wire.desk.batch))
    return Closed(balance, response(settled))


def _said(wire: SignedIn, message: Message) -> Generator[Request, Reply, Message]:
    request = wire.plain(message)
    reply = yield request
    if not is_reply_to(request.body, reply.body):
        raise _NotTaken("a reply to something else")
    said = dialect.read(reply.body).message
    if response(said) not in outcomes.SUCCESS:
        raise _NotTaken(response(said))
    return said
