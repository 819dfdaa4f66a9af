"""Does what a flow asks: writes in the journal, asks acquirers, waits, and shows where things stand.

The flow decides; this only carries out. One performer serves the payment at the counter and the ones that are
finished in the background.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.errors import DeviceError, JournalError, NoAnswer, NotSent
from terminal.model import Answer, Order, Reason, Refund, RefundState, State, Verdict
from terminal.payment.actions import Ask, AskRefund, Flow, Told, Wait, Woken, Write, WriteRefund
from terminal.scheme import Operation, Procedure, Reply, Request, SignsIn, Wire
from terminal.steps import DeviceKind, DeviceState, Step
from terminal.till.witness import Witness

# Replies that nobody should have sent: kept with the order, for the person who asks later.
_SUSPICIOUS = (Reason.BAD_SIGNATURE, Reason.MISMATCH, Reason.BAD_REPLY)
_NO_REACH = (Reason.BAD_SIGNATURE, Reason.BAD_REPLY, Reason.NOT_SENT, Reason.NO_ANSWER)


class Carrier(Protocol):
    """How bytes reach an acquirer."""

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        """Send once; raises NotSent or NoAnswer."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Acquirer:
    """Who we are connected to: its words, its times, its line."""

    name: str
    wire: Wire
    procedure: Procedure
    carrier: Carrier
    title: str = ""  # for people: "WeChat Pay"
    fee_rate: Decimal | None = None  # of each unit taken, by the contract; None: nobody said
    witness: Witness | None = None  # of what is said on the line
    opens: SignsIn | None = field(init=False, repr=False)  # the wire, where it is one that is signed in to

    def __post_init__(self) -> None:
        # Known from here on: whether an object follows a protocol takes as long to find out as an entry to write.
        object.__setattr__(self, "opens", self.wire if isinstance(self.wire, SignsIn) else None)

    def wallet_of(self, order: Order) -> str:
        """What the customer pays with, as far as the till can tell."""
        return order.code.name if order.code else self.title or self.name


class Bell:
    """Wakes a payment that is waiting: the cashier cancels, or asks to look again."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._why = Woken.ELAPSED

    def ring(self, why: Woken) -> None:
        if self._why not in (Woken.CANCELLED, Woken.KEPT):
            self._why = why
        self._rung.set()

    async def wait(self, seconds: float) -> Woken:
        """Until rung or `seconds` real seconds have passed."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):  # not wait_for, which on 3.11 may swallow a cancellation
                await self._rung.wait()
        except TimeoutError:
            return Woken.ELAPSED
        why, self._why = self._why, Woken.ELAPSED
        self._rung.clear()
        return why


def cut_short(is_written: Callable[[], bool]) -> Answer:
    """What is known of what was asked when the books failed: that nothing was sent only where nothing was written."""
    try:
        written = is_written()
    except JournalError:
        written = True
    return Answer(Verdict.UNKNOWN) if written else Answer(Verdict.DECLINED, Reason.NOT_SENT)


class Performer:
    """Carries flows through, one step at a time."""

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        rng: random.Random,
        on_device: Callable[[DeviceState], None],
        on_move: Callable[[Order, State | RefundState, Answer], None],
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._rng = rng
        self._on_device = on_device
        self._on_move = on_move
        self._reachable: dict[str, bool] = {}

    async def perform(
        self, flow: Flow, acquirer: Acquirer, *, show: Callable[[Step], None] | None = None, bell: Bell | None = None
    ) -> Answer:
        """Run a flow to its answer. Raises JournalError where the books refuse; the attempt then stays open."""
        bell = bell or Bell()
        told: Told = None
        try:
            while True:
                action = flow.send(told)
                if show is not None and not isinstance(action, Write | WriteRefund):
                    show(self._step(action, acquirer))
                if isinstance(action, Write | WriteRefund):
                    self.write(action)
                    told = None
                elif isinstance(action, Ask):
                    told = await self._ask(acquirer, action.operation, action.order)
                elif isinstance(action, AskRefund):
                    told = await self._ask(acquirer, action.operation, action.refund)
                else:
                    told = await bell.wait(self._clock.real(action.until_s - self._clock.monotonic()))
        except StopIteration as end:
            answer: Answer = end.value
            return answer

    def write(self, action: Write | WriteRefund) -> None:
        """Into the books; when this returns it is on the disk, and told. Raises JournalError where they refuse."""
        match action:
            case Write(order, State.INTENT):
                self._journal.begin(order)
            case Write(order, state, why):
                self._journal.move(order.order_id, state, why)
            case WriteRefund(refund, RefundState.ASKED):
                self._journal.begin_refund(refund)
            case WriteRefund(refund, state, why):
                self._journal.move_refund(refund.refund_id, state, why)
        self._on_move(action.order, action.state, action.why)

    async def reach(self, acquirer: Acquirer, order: Order) -> str:
        """Asks after an order for the sake of being answered; raises DeviceError where that cannot be relied on.

        Where the line has no questions, opening it is all there is to try.
        """
        if acquirer.opens and (refused := await self._sign_in(acquirer, acquirer.opens)):
            raise DeviceError(f"the line does not open: {refused.said or refused.reason}")
        if not acquirer.procedure.can_query:
            return "the line is open"
        reply = await self._exchange(acquirer, self.request(acquirer.wire, Operation.QUERY, order))
        answer = (
            reply
            if isinstance(reply, Answer)
            else acquirer.wire.answer(Operation.QUERY, order, reply, now_s=int(self._clock.wall()))
        )
        if answer.reason in _NO_REACH:
            raise DeviceError(f"{answer.reason}: {answer.said}" if answer.said else str(answer.reason))
        return f"it answers: {answer.said or answer.reason or answer.verdict}"

    async def _ask(self, acquirer: Acquirer, operation: Operation, asked: Order | Refund) -> Answer:
        if acquirer.opens and (refused := await self._sign_in(acquirer, acquirer.opens)):
            return refused
        request, since_s = self.request(acquirer.wire, operation, asked), self._clock.monotonic()
        reply = await self._exchange(acquirer, request)
        answer = reply if isinstance(reply, Answer) else self.answer(acquirer, operation, asked, reply)
        if acquirer.witness:
            acquirer.witness.asked(operation, asked, request, reply, answer, since_s)
        return answer

    def answer(self, acquirer: Acquirer, operation: Operation, asked: Order | Refund, reply: Reply) -> Answer:
        """What a reply means; one that nobody should have sent is kept as evidence."""
        answer = acquirer.wire.answer(operation, asked, reply, now_s=int(self._clock.wall()))
        if answer.reason in _SUSPICIOUS:
            order_id = asked.order.order_id if isinstance(asked, Refund) else asked.order_id
            evidence = {"operation": operation, "reason": answer.reason, "said": answer.said}
            self._journal.note(order_id, "EVIDENCE", {**evidence, "status": reply.status})
        return answer

    def request(self, wire: Wire, operation: Operation, asked: Order | Refund) -> Request:
        """What is put on the wire."""
        nonce = f"{self._rng.getrandbits(128):032x}"
        now_s = int(self._clock.wall())
        if isinstance(asked, Refund):
            return wire.refund_request(operation, asked, now_s=now_s, nonce=nonce)
        return wire.request(operation, asked, now_s=now_s, nonce=nonce)

    async def _sign_in(self, acquirer: Acquirer, wire: SignsIn) -> Answer | None:
        """Opens the line where it is not; what keeps it closed. Nothing of the payment has been sent then."""
        request = wire.opening(now_s=int(self._clock.wall()))
        if request is None:
            return None
        reply = await self._exchange(acquirer, request)
        opened = reply if isinstance(reply, Answer) else wire.opened(reply)
        return None if opened.verdict is Verdict.APPROVED else Answer(Verdict.UNKNOWN, Reason.NOT_SENT, opened.said)

    async def _exchange(self, acquirer: Acquirer, request: Request) -> Reply | Answer:
        """The reply, or what it means that there is none."""
        timeout_s = self._clock.real(acquirer.procedure.answer_within_s)
        try:
            reply = await acquirer.carrier.exchange(request, timeout_s=timeout_s)
        except NotSent as error:
            self._reached(acquirer, False, str(error))
            return Answer(Verdict.UNKNOWN, Reason.NOT_SENT)
        except NoAnswer as error:
            self._reached(acquirer, False, str(error))
            return Answer(Verdict.UNKNOWN, Reason.NO_ANSWER)
        self._reached(acquirer, True, "")
        return reply

    def _reached(self, acquirer: Acquirer, up: bool, detail: str) -> None:
        if self._reachable.get(acquirer.name) != up:
            self._reachable[acquirer.name] = up
            self._on_device(DeviceState(DeviceKind.ACQUIRER, acquirer.name, up, detail))

    def _step(self, action: Ask | AskRefund | Wait, acquirer: Acquirer) -> Step:
        order = action.order
        return Step(
            action.phase,
            order.money,
            order.order_id,
            wallet=acquirer.wallet_of(order),
            code=order.code.masked if order.code else "",
            deadline_s=None if isinstance(action, AskRefund) else action.ends_s,
            since_s=self._clock.monotonic(),
            round=action.round,
            shown_code="" if isinstance(action, AskRefund) else action.shown_code,
        )
