"""Whoever stands by while the till talks to an acquirer, and keeps what was said: masked, for the wire view."""

from terminal.books.conversation import ConversationLog, Exchange
from terminal.clock import Clock
from terminal.model import Answer, Order, Refund
from terminal.scheme import Notified, Operation, Reply, Request
from terminal.schemes.told import told

NOTICE = "notice"  # the acquirer called, and the till answered


class Witness:
    """Of one acquirer; belongs to the till's loop."""

    def __init__(self, log: ConversationLog, clock: Clock, acquirer: str) -> None:
        self._log = log
        self._clock = clock
        self._acquirer = acquirer

    def close(self) -> None:
        self._log.close()

    def asked(
        self,
        operation: Operation,
        about: Order | Refund,
        request: Request,
        reply: Reply | Answer,
        answer: Answer,
        since_s: float,
    ) -> None:
        """The till asked at `since_s` on its monotonic clock; where no reply came, `reply` is why."""
        order = about.order if isinstance(about, Refund) else about
        code = order.code.digits if order.code else ""
        wall_s, took_s = self._clock.wall(), self._clock.monotonic() - since_s
        self._log.keep(
            Exchange(
                order.order_id,
                _ms(wall_s - took_s),
                _ms(took_s),
                self._acquirer,
                operation,
                request.method,
                _place(request),
                told(request.path, request.body, code),
                reply.status if isinstance(reply, Reply) else 0,
                told("", reply.body, code) if isinstance(reply, Reply) else {},
                tuple(part for part in (answer.verdict, answer.reason) if part),
            )
        )

    def heard(self, request: Request, notified: Notified) -> None:
        """The acquirer called about an order."""
        wall_ms, reply = _ms(self._clock.wall()), notified.reply
        place = (notified.order_id, wall_ms, 0, self._acquirer, NOTICE, request.method, _place(request))
        asked, said = told(request.path, request.body), told("", reply.body)
        self._log.keep(Exchange(*place, asked, reply.status, said, ()))


def _place(request: Request) -> str:
    return request.path.partition("?")[0]


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
