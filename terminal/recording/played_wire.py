"""Wires and carriers of a replayed till: they know of each reply what it meant, and bring it when the tape does."""

from asyncio import Future
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, cast

from terminal.errors import NoBill
from terminal.model import Answer, Order, Refund
from terminal.recording.plain import read
from terminal.recording.questions import BILL, CLOSE_BATCH, SIGN_IN, Put, Talk, number_of, with_abilities
from terminal.recording.tape import Line
from terminal.scheme import BatchLine, BillLine, Closed, Closing, Fetching, Notified, Operation, Reply, Request, Wire


class Score:
    """What is known beforehand of how the acquirers of a tape will answer."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.answers: dict[int, Answer] = {}
        self.notified: deque[Notified] = deque()
        self.talks: defaultdict[str, deque[Line]] = defaultdict(deque)
        self.operations: defaultdict[str, deque[str]] = defaultdict(deque)
        for line in lines:
            match line:
                case {"fact": "meant"}:
                    self.answers[line["number"]] = read(Answer, line["answer"])
                case {"fact": "notified"}:
                    self.notified.append(read(Notified, line["notified"]))
                case {"fact": "talk"}:
                    self.talks[line["acquirer"]].append(line)
                case {"out": "asked"}:
                    self.operations[line["acquirer"]].append(line["operation"])


class PlayedWire:
    """Says what the wire on the tape said."""

    def __init__(self, name: str, score: Score) -> None:
        self._name, self._score = name, score

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:  # noqa: ARG002
        return _asking(operation, order.order_id)

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:  # noqa: ARG002
        return _asking(operation, refund.refund_id)

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:  # noqa: ARG002
        """Raises KeyError where the real wire fell over."""
        return self._score.answers[number_of(reply)]

    def _retold(self, result: Any, nonces: Iterator[str], kind: str) -> Talk[Any]:
        talks = self._score.talks[self._name]
        while not talks:  # the tape was cut before this talk came to its end
            yield _asking(kind)
        talk = talks.popleft()
        for drawn in talk["requests"]:
            for _ in range(drawn):
                next(nonces)
            yield _asking(kind)
        if "no_bill" in talk:
            raise NoBill(talk["no_bill"])
        return read(result, talk["led_to"])


class _PlayedHears(PlayedWire):
    def notified(self, request: Request, *, now_s: int) -> Notified:  # noqa: ARG002
        return self._score.notified.popleft()


class _PlayedSignsIn(PlayedWire):
    def opening(self, *, now_s: int) -> Request | None:  # noqa: ARG002
        comes = self._score.operations[self._name]
        return _asking(SIGN_IN) if comes and comes[0] == SIGN_IN else None

    def opened(self, reply: Reply) -> Answer:
        return self._score.answers[number_of(reply)]


class _PlayedBills(PlayedWire):
    def bill(self, day: date, *, now_s: int, nonces: Iterator[str]) -> Fetching:  # noqa: ARG002
        return self._retold(tuple[BillLine, ...], nonces, BILL)

    def read_bill(self, content: bytes) -> tuple[BillLine, ...]:  # noqa: ARG002
        raise NoBill("a replayed till reads no files")


class _PlayedBatches(PlayedWire):
    def begin(self, batch: str) -> None:
        """It is the same as on the tape."""

    def close_batch(self, lines: Sequence[BatchLine], traces: Iterator[int]) -> Closing:  # noqa: ARG002
        return self._retold(Closed, iter(()), CLOSE_BATCH)


class PlayedCarrier:
    """Waits until the tape brings the answer. `asked` numbers a question and gives where its outcome will stand."""

    def __init__(self, name: str, score: Score, asked: Callable[[str, Request], Future[Reply]]) -> None:
        self._name, self._score, self._asked = name, score, asked

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:  # noqa: ARG002
        outcome = self._asked(self._name, request)
        with suppress(IndexError):  # more is asked than on the tape: whoever compares has seen it already
            self._score.operations[self._name].popleft()
        return await outcome

    async def close(self) -> None:
        """There is nothing to hang up."""


_KINDS: dict[str, type] = {
    "hears": _PlayedHears,
    "signs_in": _PlayedSignsIn,
    "bills": _PlayedBills,
    "batches": _PlayedBatches,
}


def played_wire(name: str, abilities: tuple[str, ...], score: Score) -> Wire:
    """With the abilities that the wire on the tape had."""
    return cast(Wire, with_abilities(PlayedWire, _KINDS, abilities)(name, score))


def _asking(operation: str, about: str = "") -> Put:
    return Put("", "", {}, b"", operation, about)
