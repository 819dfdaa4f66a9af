"""A till's questions, put to one of our hosts without a network: what the tests of most hosts begin with."""

from collections.abc import Iterator
from typing import Any

from terminal.model import Answer, Order, Refund
from terminal.scheme import Operation, Reply, Request


class Asks:
    """For a shop that has these."""

    wire: Any
    host: Any
    clock: Any
    _numbers: Iterator[int]

    def request(self, operation: Operation, about: Order | Refund) -> Request:
        now_s, nonce = int(self.clock.wall()), f"nonce{next(self._numbers)}"
        if isinstance(about, Refund):
            request: Request = self.wire.refund_request(operation, about, now_s=now_s, nonce=nonce)
        else:
            request = self.wire.request(operation, about, now_s=now_s, nonce=nonce)
        return request

    def reply(self, operation: Operation, about: Order | Refund) -> Reply:
        reply: Reply | None = self.host.play(self.request(operation, about)).reply
        assert reply
        return reply

    def ask(self, operation: Operation, about: Order | Refund) -> Answer:
        answer: Answer = self.wire.answer(operation, about, self.reply(operation, about), now_s=int(self.clock.wall()))
        return answer
