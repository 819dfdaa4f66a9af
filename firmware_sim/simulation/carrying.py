"""Flows carried through by a loop's call backs: what `Performer.perform` does in a coroutine, for who has no tasks.

What is written, asked and made of a reply is the performer's own; here is only who waits for what.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from firmware_sim.simulation.line import Said
from firmware_sim.simulation.loop import Due, SimLoop
from terminal.clock import Clock
from terminal.errors import JournalError, NotSent
from terminal.model import Answer, Order, Reason, Refund, Verdict
from terminal.payment.actions import Ask, AskRefund, Flow, Told, Wait, Woken, Write, WriteRefund
from terminal.scheme import Operation, Reply, Request
from terminal.till.performer import Acquirer, Performer

Pausing = Ask | AskRefund | Wait
_WRITES = Write, WriteRefund  # once: a union is made anew wherever it stands


class Calls(Protocol):
    """A carrier that calls back."""

    def send(self, request: Request, timeout_s: float, told: Callable[[Said], None]) -> object: ...


@dataclass(slots=True, eq=False)
class Carried:
    """A flow under way, and why it is to be woken where it was while it did not wait."""

    flow: Flow
    acquirer: Acquirer
    then: Callable[[Answer], None]
    refused: Callable[[JournalError], None]  # by the books
    is_shown: bool
    rung: Woken | None = None
    timer: Due | None = None


class Carrier:
    """Carries flows through for as long as the power is on. `show` is told what the cashier's flow waits for."""

    def __init__(
        self,
        performer: Performer,
        lines: Mapping[str, Calls],
        clock: Clock,
        loop: SimLoop,
        show: Callable[[Pausing], None],
    ) -> None:
        self._performer = performer
        self._lines = lines
        self._clock = clock
        self._loop = loop
        self._show = show
        self.is_on = True

    def begin(self, carried: Carried) -> None:
        self._loop.call_soon(self._go_on, carried, None)

    def _go_on(self, carried: Carried, told: Told) -> None:
        """To the next thing that takes time, as `Performer.perform` does."""
        while self.is_on:
            try:
                action = carried.flow.send(told)
                if isinstance(action, _WRITES):
                    self._performer.write(action)
                    told = None
                    continue
                if carried.is_shown:
                    self._show(action)
            except StopIteration as end:
                carried.then(end.value)
            except JournalError as error:
                carried.refused(error)
            else:
                self._begin(carried, action)
            return

    def _begin(self, carried: Carried, action: Pausing) -> None:
        if isinstance(action, Wait):
            self._wait(carried, action.until_s - self._clock.monotonic())
            return
        asked = action.order if isinstance(action, Ask) else action.refund
        request = self._performer.request(carried.acquirer.wire, action.operation, asked)
        told = partial(self._answered, carried, action.operation, asked)
        self._lines[carried.acquirer.name].send(request, carried.acquirer.procedure.answer_within_s, told)

    def _answered(self, carried: Carried, operation: Operation, asked: Order | Refund, said: Said) -> None:
        if not self.is_on:
            return
        if isinstance(said, Reply):
            try:
                answer = self._performer.answer(carried.acquirer, operation, asked, said)
            except JournalError as error:  # the evidence would not go into the books
                carried.refused(error)
                return
        else:
            answer = Answer(Verdict.UNKNOWN, Reason.NOT_SENT if isinstance(said, NotSent) else Reason.NO_ANSWER)
        self._go_on(carried, answer)

    def _wait(self, carried: Carried, seconds: float) -> None:
        if carried.rung is None:
            carried.timer = self._loop.call_later(max(0.0, seconds), self._woken, carried)
        else:
            self._woken(carried)

    def ring(self, carried: Carried, why: Woken) -> None:
        """As a performer's bell: rung twice is rung once, and a cancelling is not forgotten for what comes after it."""
        if carried.rung not in (Woken.CANCELLED, Woken.KEPT):
            carried.rung = why
        if carried.timer is not None:
            carried.timer.cancel()
            carried.timer = None
            self._loop.call_soon(self._woken, carried)

    def _woken(self, carried: Carried) -> None:
        why, carried.rung, carried.timer = carried.rung or Woken.ELAPSED, None, None
        self._go_on(carried, why)
