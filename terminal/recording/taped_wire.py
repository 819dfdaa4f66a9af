"""A till's own wires and carriers, overheard: what is asked, when it is answered, and what the answer meant."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from terminal.errors import NoBill, TransportError
from terminal.model import Answer, Order, Refund
from terminal.recording.loops import Gate
from terminal.recording.plain import plain
from terminal.recording.questions import (
    BILL,
    CLOSE_BATCH,
    SIGN_IN,
    Numbered,
    Put,
    Talk,
    abilities_of,
    number_of,
    with_abilities,
)
from terminal.recording.tape import FACT, IN
from terminal.recording.watch import Note
from terminal.scheme import BatchLine, BillLine, Closing, Fetching, Notified, Operation, Reply, Request
from terminal.till.performer import Acquirer, Carrier

T = TypeVar("T")


def _put(request: Request, operation: str, about: str = "") -> Put:
    return Put(request.method, request.path, request.headers, request.body, operation, about)


class TapedWire:
    def __init__(self, name: str, inner: Any, note: Note) -> None:
        self._name, self._inner, self._note = name, inner, note

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        return _put(self._inner.request(operation, order, now_s=now_s, nonce=nonce), operation, order.order_id)

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:
        request = self._inner.refund_request(operation, refund, now_s=now_s, nonce=nonce)
        return _put(request, operation, refund.refund_id)

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        return self._meant(reply, self._inner.answer(operation, order, reply, now_s=now_s))

    def _meant(self, reply: Reply, answer: Answer) -> Answer:
        self._note(FACT, "meant", {"number": number_of(reply), "answer": plain(answer)})
        return answer

    def _overheard(self, talk: Talk[T], nonces: "_Counted", kind: str) -> Talk[T]:
        """A conversation, noted down when it is over: how many nonces each request took, and what it led to."""
        drawn: list[int] = []
        ended: dict[str, Any] = {}
        try:
            request = next(talk)
            while True:
                drawn.append(nonces.since_asked())
                reply = yield _put(request, kind)
                request = talk.send(reply)
        except StopIteration as end:
            result: T = end.value
            ended = {"led_to": plain(result)}
            return result
        except NoBill as error:
            ended = {"no_bill": str(error)}
            raise
        finally:
            self._note(FACT, "talk", {"acquirer": self._name, "requests": drawn, **ended})


class _Counted:
    def __init__(self, nonces: Iterator[str]) -> None:
        self._nonces, self._drawn = nonces, 0

    def __iter__(self) -> Iterator[str]:
        for nonce in self._nonces:
            self._drawn += 1
            yield nonce

    def since_asked(self) -> int:
        drawn, self._drawn = self._drawn, 0
        return drawn


class _TapedHears(TapedWire):
    def notified(self, request: Request, *, now_s: int) -> Notified:
        notified: Notified = self._inner.notified(request, now_s=now_s)
        said = plain(replace(notified, reply=Reply(notified.reply.status, {})))
        self._note(FACT, "notified", {"acquirer": self._name, "notified": said})
        return notified


class _TapedSignsIn(TapedWire):
    def opening(self, *, now_s: int) -> Request | None:
        request = self._inner.opening(now_s=now_s)
        return request and _put(request, SIGN_IN)

    def opened(self, reply: Reply) -> Answer:
        return self._meant(reply, self._inner.opened(reply))


class _TapedBills(TapedWire):
    def bill(self, day: date, *, now_s: int, nonces: Iterator[str]) -> Fetching:
        counted = _Counted(nonces)
        return self._overheard(self._inner.bill(day, now_s=now_s, nonces=iter(counted)), counted, BILL)

    def read_bill(self, content: bytes) -> tuple[BillLine, ...]:
        lines: tuple[BillLine, ...] = self._inner.read_bill(content)
        return lines


class _TapedBatches(TapedWire):
    def begin(self, batch: str) -> None:
        self._inner.begin(batch)

    def close_batch(self, lines: Sequence[BatchLine], traces: Iterator[int]) -> Closing:
        return self._overheard(self._inner.close_batch(lines, traces), _Counted(iter(())), CLOSE_BATCH)


class TapedCarrier:
    def __init__(self, name: str, inner: Carrier, asked: Callable[[str, Request], int], gate: Gate, note: Note) -> None:
        self._name, self._inner, self._asked, self._gate, self._note = name, inner, asked, gate, note

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        number = self._asked(self._name, request)
        sent = {"method": request.method, "path": request.path.partition("?")[0], "bytes": len(request.body)}
        self._note(FACT, "sent", {"number": number, **sent})
        try:
            reply = await self._inner.exchange(request, timeout_s=timeout_s)
        except TransportError as error:
            failed = {"number": number, "how": type(error).__name__, "why": str(error)}
            await self._gate.turn(lambda: self._note(IN, "failed", failed))
            raise
        replied = {"number": number, "status": reply.status, "bytes": len(reply.body)}
        await self._gate.turn(lambda: self._note(IN, "replied", replied))
        return Numbered(reply.status, reply.headers, reply.body, number)

    async def close(self) -> None:
        await self._inner.close()


_KINDS: dict[str, type] = {
    "hears": _TapedHears,
    "signs_in": _TapedSignsIn,
    "bills": _TapedBills,
    "batches": _TapedBatches,
}


def taped(acquirer: Acquirer, asked: Callable[[str, Request], int], gate: Gate, note: Note) -> Acquirer:
    """An acquirer whose conversation goes on a tape; `asked` numbers a question."""
    wire = with_abilities(TapedWire, _KINDS, abilities_of(acquirer.wire))(acquirer.name, acquirer.wire, note)
    return replace(acquirer, wire=wire, carrier=TapedCarrier(acquirer.name, acquirer.carrier, asked, gate, note))
