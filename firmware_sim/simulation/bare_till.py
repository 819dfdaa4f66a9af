"""A till without a screen, paper or tasks: what one does with money, for runs of very many payments.

It carries the till's own flows through, with the performer's own writing and asking, into the till's own journal. What
differs is who waits: a call back of the loop's in place of a coroutine. A test holds the two equal, entry by entry.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from firmware_sim.simulation.carrying import Calls, Carried, Carrier, Pausing
from firmware_sim.simulation.loop import Due, SimLoop
from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.codes.classify import classify
from terminal.errors import JournalError
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, RefundState, Scan, State, Verdict
from terminal.money import Money
from terminal.payment.actions import AskRefund, Flow, Woken
from terminal.payment.flow import finish, finish_refund, look_again, pay, recover, refund, show
from terminal.routing.route import Contract, route
from terminal.scheme import Hears, Reply, Request
from terminal.steps import Event, Moved, Phase, Step
from terminal.till.backlog import AGAIN_S
from terminal.till.counter import AWAIT_CODE_S
from terminal.till.numbers import Numbers
from terminal.till.payments import KEEP_S
from terminal.till.performer import Acquirer, Performer

PHASES = {Verdict.APPROVED: Phase.APPROVED, Verdict.DECLINED: Phase.DECLINED, Verdict.REVERSED: Phase.REVERSED}
REFUND_PHASES = {Verdict.APPROVED: Phase.REFUNDED, Verdict.DECLINED: Phase.REFUSED}


class BareTill:
    """As `terminal.till.Till`, as far as a simulated cashier and customer go. `lines` are the acquirers' carriers."""

    def __init__(
        self,
        *,
        terminal_id: str,
        journal: Journal,
        acquirers: Mapping[str, Acquirer],
        lines: Mapping[str, Calls],
        contracts: Sequence[Contract],
        clock: Clock,
        rng: random.Random,
        loop: SimLoop,
    ) -> None:
        self._journal = journal
        self._acquirers = acquirers
        self._contracts = contracts
        self._clock = clock
        self._loop = loop
        self._numbers = Numbers(terminal_id, journal, clock, rng)
        performer = Performer(journal, clock, rng, lambda _: None, self._moved)
        self._carrier = Carrier(performer, lines, clock, loop, self._show_action)
        self._tell: Callable[[Event], object] = lambda _: None
        self._carried: dict[str, Carried] = {}  # by order number
        self._here: Carried | None = None  # what the cashier sees
        self._sale = "", Money(0)
        self._awaits: Due | None = None  # a code
        self._step = Step(Phase.IDLE)

    # What a cashier does.

    def subscribe(self, listener: Callable[[Event], object]) -> None:
        self._tell = listener

    def start(self) -> None:
        """Take up what an earlier run left open, before the first customer."""
        for attempt in self._journal.open_attempts():
            age_s = max(0.0, self._clock.wall() - attempt.begun_ms / 1000)
            if attempt.state is State.INTENT and age_s < KEEP_S and self._here is None:
                keep_until_s = self._clock.monotonic() + KEEP_S - age_s
                order, procedure = attempt.order(), self._acquirers[attempt.acquirer].procedure
                self._pay(order, recover(order, procedure, self._clock.monotonic, keep_until_s))
            else:
                self._take_up(attempt.order_id)
        for line in self._journal.refunds():
            if line.state is RefundState.ASKED:
                self._finish_refund(line.refund(self._journal.transaction_id(line.attempt.order_id)))

    async def stop(self) -> None:
        """What is under way stays open in the journal."""
        self._carrier.is_on = False
        if self._awaits is not None:
            self._awaits.cancel()
        self._journal.close()

    def charge(self, money: Money) -> None:
        """Pay was pressed: the code comes next. While anything goes on, it is pressed in vain."""
        if self._is_free:
            self._sale = self._numbers.sale_id(), money
            self._show(Step(Phase.AWAIT_CODE, money))
            self._awaits = self._loop.call_later(AWAIT_CODE_S, self._no_code)

    def scanned(self, scans: Sequence[Scan]) -> None:
        for scan in scans:
            code = classify(scan.text, channel=scan.channel)
            if self._step.phase is Phase.AWAIT_CODE and isinstance(code, PaymentCode):
                self._charge(code)

    def _charge(self, code: PaymentCode) -> None:
        if self._journal.order_with_code(code.digits) is None:
            order = self._order(route(code, self._contracts).acquirer, code)
            self._pay(order, pay(order, self._acquirers[order.acquirer].procedure, self._clock.monotonic))

    def show_code(self, money: Money, acquirer: str) -> None:
        if self._is_free:
            self._sale = self._numbers.sale_id(), money
            order = self._order(acquirer, None)
            self._pay(order, show(order, self._acquirers[acquirer].procedure, self._clock.monotonic))

    def cancel(self) -> None:
        if self._here is not None:
            self._carrier.ring(self._here, Woken.CANCELLED)
        elif self._step.phase is Phase.AWAIT_CODE:
            self._no_code()

    def keep(self) -> None:
        if self._here is not None and self._step.phase is Phase.FOUND:
            self._carrier.ring(self._here, Woken.KEPT)

    def dismiss(self) -> None:
        if self._step.phase.is_outcome:
            self._show(Step(Phase.IDLE))

    def refund(self, order_id: str, money: Money, reason: str) -> None:
        attempt = self._journal.attempt(order_id)
        if attempt is None or attempt.state is not State.APPROVED or not self._is_free:
            return
        if 0 < money.minor <= self._journal.left_of(attempt).minor:
            asked = self._numbers.refund(attempt, money, reason)
            self._give_back(asked)

    def heard(self, name: str, request: Request) -> Reply:
        """An acquirer called: whoever carries the order asks now; where nobody does, it is looked into."""
        acquirer = self._acquirers[name]
        assert isinstance(acquirer.wire, Hears), "only those that are heard call"
        notified = acquirer.wire.notified(request, now_s=int(self._clock.wall()))
        order_id = notified.order_id
        if carried := self._carried.get(order_id):
            self._carrier.ring(carried, Woken.NUDGED)
        elif order_id:
            attempt = self._journal.attempt(order_id)
            state = attempt.state if attempt else None
            self._journal.note(order_id, "NOTIFIED", {"acquirer": name, "state": state or ""})
            if attempt is not None and state is State.CLOSED:
                order = attempt.order()
                self._finish(order, look_again(order, acquirer.procedure, self._clock.monotonic))
        return notified.reply

    # What is begun.

    def _no_code(self) -> None:
        """In time; or it was cancelled before one came."""
        if self._awaits is not None:
            self._awaits.cancel()
        self._show(Step(Phase.IDLE))

    @property
    def _is_free(self) -> bool:
        return not (self._step.phase.is_paying or self._step.phase in (Phase.AWAIT_CODE, Phase.UNKNOWN))

    def _order(self, acquirer: str, code: PaymentCode | None) -> Order:
        return self._numbers.order(*self._sale, acquirer, code)

    def _pay(self, order: Order, flow: Flow) -> None:
        begun_s = self._clock.monotonic()
        if self._awaits is not None:
            self._awaits.cancel()

        def ended(answer: Answer) -> None:
            self._here = None
            del self._carried[order.order_id]
            self._show(Step(PHASES.get(answer.verdict, Phase.UNKNOWN), order.money, order.order_id))
            if answer.verdict is not Verdict.APPROVED:
                self._take_up(order.order_id, begun_s)

        def refused(_: JournalError) -> None:
            written = self._journal.attempt(order.order_id) is not None
            ended(Answer(Verdict.UNKNOWN if written else Verdict.DECLINED, Reason.NOT_SENT))

        carried = Carried(flow, self._acquirers[order.acquirer], ended, refused, is_shown=True)
        self._here = self._carried[order.order_id] = carried
        self._show(Step(Phase.PROCESSING, order.money, order.order_id))
        self._carrier.begin(carried)

    def _give_back(self, asked: Refund) -> None:
        def ended(answer: Answer) -> None:
            self._here = None
            self._show(Step(REFUND_PHASES.get(answer.verdict, Phase.UNKNOWN), asked.money, asked.order.order_id))
            if self._step.phase is Phase.UNKNOWN:
                self._finish_refund(asked)

        def refused(_: JournalError) -> None:
            written = any(one.refund_id == asked.refund_id for one in self._journal.refunds(asked.order.order_id))
            ended(Answer(Verdict.UNKNOWN if written else Verdict.DECLINED, Reason.NOT_SENT))

        acquirer = self._acquirers[asked.order.acquirer]
        flow = refund(asked, acquirer.procedure, self._clock.monotonic)
        self._here = Carried(flow, acquirer, ended, refused, is_shown=True)
        self._show(Step(Phase.REFUNDING, asked.money, asked.order.order_id))
        self._carrier.begin(self._here)

    # What is owed an ending.

    def _take_up(self, order_id: str, sent_s: float | None = None) -> None:
        attempt = self._journal.attempt(order_id)
        if attempt is not None and attempt.state.is_open:
            order, now_s = attempt.order(), self._clock.monotonic
            procedure = self._acquirers[order.acquirer].procedure
            self._finish(order, finish(order, attempt.state, procedure, now_s, now_s() if sent_s is None else sent_s))

    def _finish(self, order: Order, flow: Flow) -> None:
        def ended(_: Answer) -> None:
            if self._carried.get(order.order_id) is carried:
                del self._carried[order.order_id]

        def refused(_: JournalError) -> None:
            ended(Answer(Verdict.UNKNOWN))
            self._loop.call_later(AGAIN_S, self._if_on, partial(self._take_up, order.order_id))

        carried = Carried(flow, self._acquirers[order.acquirer], ended, refused, is_shown=False)
        self._carried[order.order_id] = carried
        self._carrier.begin(carried)

    def _finish_refund(self, asked: Refund) -> None:
        def refused(_: JournalError) -> None:
            self._loop.call_later(AGAIN_S, self._if_on, partial(self._finish_refund, asked))

        acquirer = self._acquirers[asked.order.acquirer]
        flow = finish_refund(asked, acquirer.procedure, self._clock.monotonic)
        carried = Carried(flow, acquirer, lambda _: None, refused, is_shown=False)
        self._carrier.begin(carried)

    def _if_on(self, go_on: Callable[[], None]) -> None:
        if self._carrier.is_on:
            go_on()

    # What is said.

    def _moved(self, order: Order, state: State | RefundState, _: Answer) -> None:
        self._tell(Moved(order.order_id, state))
        if state is State.REVERSED and self._step.phase is Phase.UNKNOWN and self._step.order_id == order.order_id:
            self._show(Step(Phase.REVERSED, order.money, order.order_id))

    def _show_action(self, action: Pausing) -> None:
        shown_code = "" if isinstance(action, AskRefund) else action.shown_code
        if (action.phase, shown_code) != (self._step.phase, self._step.shown_code):
            self._show(Step(action.phase, action.order.money, action.order.order_id, shown_code=shown_code))

    def _show(self, step: Step) -> None:
        self._step = step
        self._tell(step)
