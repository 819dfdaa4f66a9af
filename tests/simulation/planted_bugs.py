"""Bugs, planted one at a time into the till, to see whether the simulation finds them.

Each is a patch from outside, under the name of the rule that it breaks: the product has no switch for any of them. A
simulation that lets one live is blind in that place.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from firmware_sim.simulation.loop import SimClock
from firmware_sim.simulation.shop import Scenario
from firmware_sim.simulation.visit import Visit
from terminal.books import journal as books
from terminal.books import matching
from terminal.books.journal import Journal
from terminal.model import Answer, Order, PaymentCode, Reason, RefundState, State, Verdict
from terminal.payment import flow
from terminal.payment.actions import Ask, AskRefund, Flow, Wait, Woken, Write, WriteRefund
from terminal.scheme import Operation, Procedure
from terminal.schemes.wechat import signing, wire
from terminal.steps import Phase
from terminal.till import backlog, payments, refunds, splits
from terminal.till.counter import Counter
from terminal.till.till import Till

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]
WORDS = ("wechat",)


@dataclass(frozen=True, slots=True)
class Bug:
    name: str
    plant: Plant
    faults: str = "all"
    afternoons: int = 20  # within which it must be found
    acquirers: tuple[str, ...] = ()  # where the bug is one wallet's
    steered: tuple[Scenario, ...] = ()  # for what chance meets too seldom: played instead of drawn afternoons

    @contextmanager
    def planted(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            self.plant(patch)
            yield


# --- what a flow does and is told, changed on its way ----------------------------------------------------

Act = Callable[[Any], list[Any]]  # what an action is replaced by
Hear = Callable[[Any, Any], Any]  # what an action is answered with


def rewired(whole: Callable[..., Flow], act: Act = lambda one: [one], hear: Hear = lambda _, told: told) -> Any:
    def bugged(*args: Any, **named: Any) -> Flow:
        inner = whole(*args, **named)
        told = None
        while True:
            try:
                action = inner.send(told)
            except StopIteration as end:
                return end.value
            for one in act(action):
                told = hear(one, (yield one))

    return bugged


def late(whole: Callable[..., Flow], is_late: Callable[[Any], bool]) -> Any:
    """What should be written before is written after the next question."""

    def bugged(*args: Any, **named: Any) -> Flow:
        held: list[Any] = []

        def act(action: Any) -> list[Any]:
            if is_late(action):
                held.append(action)
                return []
            if held and isinstance(action, Ask | AskRefund):
                return [action, Again(held.pop())]
            return [action]

        inner, told = whole(*args, **named), None
        while True:
            try:
                action = inner.send(told)
            except StopIteration as end:
                return end.value
            told = None
            for one in act(action):
                if isinstance(one, Again):
                    yield one.action
                else:
                    told = yield one

    return bugged


@dataclass(frozen=True, slots=True)
class Again:
    action: Any


def with_procedure(whole: Callable[..., Flow], **changed: Any) -> Any:
    def bugged(*args: Any, **named: Any) -> Flow:
        return whole(*(replace(one, **changed) if isinstance(one, Procedure) else one for one in args), **named)

    return bugged


def in_all_flows(patch: Patch, change: Callable[[Callable[..., Flow]], Any]) -> None:
    for room, names in (
        (payments, ("pay", "show", "recover")),
        (refunds, ("refund",)),
        (backlog, ("finish", "finish_refund")),
    ):
        for name in names:
            patch.setattr(room, name, change(getattr(room, name)))


def no_answer(told: Any) -> bool:
    return isinstance(told, Answer) and told.reason is Reason.NO_ANSWER


# --- the bugs --------------------------------------------------------------------------------------------


def send_before_write(patch: Patch) -> None:
    def is_intent(action: Any) -> bool:
        return isinstance(action, Write) and action.state is State.INTENT

    for name in ("pay", "show"):
        patch.setattr(payments, name, late(getattr(payments, name), is_intent))


def undo_before_write(patch: Patch) -> None:
    in_all_flows(patch, lambda f: late(f, lambda a: isinstance(a, Write) and a.state is State.REVERSING))


def refund_before_write(patch: Patch) -> None:
    patch.setattr(refunds, "refund", late(refunds.refund, lambda a: isinstance(a, WriteRefund) and a.state.is_open))


def commits_are_not_synced(patch: Patch) -> None:
    whole = Journal._set_up

    def set_up(self: Journal, *args: Any) -> None:
        whole(self, *args)
        self._db.execute("pragma synchronous = normal")

    patch.setattr(Journal, "_set_up", set_up)


def no_answer_is_not_sent(patch: Patch) -> None:
    def hear(action: Any, told: Any) -> Any:
        return replace(told, reason=Reason.NOT_SENT) if no_answer(told) else told

    patch.setattr(payments, "pay", rewired(payments.pay, hear=hear))


def unknown_is_declined(patch: Patch) -> None:
    def hear(action: Any, told: Any) -> Any:
        is_unknown = isinstance(told, Answer) and told.verdict is Verdict.UNKNOWN and isinstance(action, Ask)
        return Answer(Verdict.DECLINED) if is_unknown else told

    patch.setattr(payments, "pay", with_procedure(rewired(payments.pay, hear=hear), decline_is_final=True))


def a_fault_of_the_host_is_a_refusal(patch: Patch) -> None:
    def hear(action: Any, told: Any) -> Any:
        is_fault = isinstance(told, Answer) and told.said in ("SYSTEM_ERROR", "SYSTEMERROR")
        return Answer(Verdict.DECLINED) if is_fault else told

    patch.setattr(payments, "pay", with_procedure(rewired(payments.pay, hear=hear), decline_is_final=True))


def decline_is_final(patch: Patch) -> None:
    patch.setattr(payments, "pay", with_procedure(payments.pay, decline_is_final=True))


def not_found_is_final(patch: Patch) -> None:
    def hear(action: Any, told: Any) -> Any:
        is_so = isinstance(told, Answer) and told.reason is Reason.NOT_FOUND and isinstance(action, Ask)
        return Answer(Verdict.DECLINED, Reason.NOT_FOUND) if is_so else told

    patch.setattr(payments, "pay", with_procedure(rewired(payments.pay, hear=hear), decline_is_final=True))


def no_horizon(patch: Patch) -> None:
    def look_back(*_: Any) -> Flow:
        return Answer(Verdict.REVERSED)
        yield

    patch.setattr(flow, "_look_back", look_back)


def short_horizon(patch: Patch) -> None:
    patch.setattr(backlog, "finish", with_procedure(backlog.finish, horizon_s=20))


def unreadable_look_back_is_proof(patch: Patch) -> None:
    def look_back(order: Order, procedure: Procedure, now: flow.Now, sent_s: float) -> Flow:
        while now() < sent_s + procedure.horizon_s:
            yield Wait(sent_s + procedure.horizon_s, order, Phase.CHECKING)
        answer = yield from flow._ask(Ask(Operation.QUERY, order, Phase.CHECKING))
        return Answer(Verdict.REVERSED) if answer.verdict is Verdict.UNKNOWN else answer

    patch.setattr(flow, "_look_back", look_back)
    short_horizon(patch)


def reversal_tried_once(patch: Patch) -> None:
    def reverse(order: Order, procedure: Procedure, now: flow.Now, sent_s: float, attempts: int | None) -> Flow:
        answer = yield from flow._undo(order, procedure, 1)
        yield Write(order, State.REVERSED, answer)
        return replace(answer, verdict=Verdict.REVERSED)

    patch.setattr(flow, "_reverse", reverse)
    no_horizon(patch)


def reversal_skipped(patch: Patch) -> None:
    def closes(action: Any) -> list[Any]:
        is_undoing = isinstance(action, Write) and action.state is State.REVERSING
        return [replace(action, state=State.CLOSED)] if is_undoing else [action]

    patch.setattr(payments, "pay", rewired(payments.pay, act=closes))
    patch.setattr(flow, "_take_back", _nothing)


def _nothing(*_: Any) -> Flow:
    return Answer(Verdict.REVERSED)
    yield


def cancelled_is_over(patch: Patch) -> None:
    whole = payments.pay

    def pay(order: Order, procedure: Procedure, now: flow.Now) -> Flow:
        inner, told = whole(order, procedure, now), None
        while True:
            try:
                told = yield inner.send(told)
            except StopIteration as end:
                return end.value
            if told is Woken.CANCELLED:
                yield Write(order, State.CLOSED, Answer(Verdict.DECLINED, Reason.CANCELLED))
                return Answer(Verdict.DECLINED, Reason.CANCELLED)

    patch.setattr(payments, "pay", pay)


def handed_to_a_person_at_once(patch: Patch) -> None:
    whole = flow._reverse
    patch.setattr(
        flow, "_reverse", lambda order, procedure, now, sent_s, attempts: whole(order, procedure, now, sent_s, 1)
    )


def approved_after_reversing(patch: Patch) -> None:
    def act(action: Any) -> list[Any]:
        late_success = isinstance(action, Write) and action.state is State.REVERSING
        paid = late_success and action.why.verdict is Verdict.APPROVED
        return [replace(action, state=State.APPROVED)] if paid else [action]

    patch.setitem(books._FROM, State.APPROVED, (State.INTENT, State.REVERSING, State.REVERSED))
    patch.setattr(backlog, "finish", rewired(backlog.finish, act=act))


def nothing_is_recovered(patch: Patch) -> None:
    patch.setattr(Till, "start", lambda self: None)


def refunds_are_not_recovered(patch: Patch) -> None:
    patch.setattr(backlog.Backlog, "take_up_refunds", lambda self: None)


def recovered_refund_gets_a_new_number(patch: Patch) -> None:
    whole = backlog.finish_refund

    def finish_refund(refund: Any, procedure: Procedure, now: flow.Now) -> Flow:
        again = replace(refund, refund_id=f"{refund.refund_id}N")
        return (
            yield from rewired(whole, act=lambda a: [replace(a, refund=refund)] if isinstance(a, WriteRefund) else [a])(
                again, procedure, now
            )
        )

    patch.setattr(backlog, "finish_refund", finish_refund)


def new_order_number_on_retry(patch: Patch) -> None:
    whole = payments.pay

    def pay(order: Order, procedure: Procedure, now: flow.Now) -> Flow:
        inner, told = whole(order, procedure, now), None
        while True:
            try:
                action = inner.send(told)
            except StopIteration as end:
                return end.value
            told = yield action
            if isinstance(action, Ask) and action.operation is Operation.PAY and no_answer(told):
                told = yield replace(action, order=replace(order, order_id=f"{order.order_id}N"))

    patch.setattr(payments, "pay", pay)


def new_refund_number_on_retry(patch: Patch) -> None:
    def act(action: Any) -> list[Any]:
        if isinstance(action, AskRefund) and action.round > 1:
            return [
                replace(action, refund=replace(action.refund, refund_id=f"{action.refund.refund_id}{action.round}"))
            ]
        return [action]

    for room, name in ((refunds, "refund"), (backlog, "finish_refund")):
        patch.setattr(room, name, rewired(getattr(room, name), act=act))


def unknown_refund_is_refused(patch: Patch) -> None:
    def hear(action: Any, told: Any) -> Any:
        is_open = isinstance(action, AskRefund) and isinstance(told, Answer) and told.verdict is Verdict.UNKNOWN
        return Answer(Verdict.DECLINED) if is_open else told

    patch.setattr(refunds, "refund", rewired(refunds.refund, hear=hear))


def a_refused_copy_is_a_refused_refund(patch: Patch) -> None:
    """The first thing that this simulation ever found: a refund that an earlier copy of the request had made."""

    patch.setattr(flow, "_ask_refund", flow._give_back)


def more_is_given_back_than_was_paid(patch: Patch) -> None:
    whole = Journal.begin_refund

    def begin_refund(self: Journal, refund: Any) -> None:
        try:
            whole(self, refund)
        except books.IllegalMove:
            body = {"refund_id": refund.refund_id, "minor": refund.money.minor}
            with self._transaction():
                self._append(refund.order.order_id, RefundState.ASKED.value, body)

    patch.setattr(Journal, "begin_refund", begin_refund)
    patch.setattr(Journal, "left_of", lambda self, attempt: attempt.money)


def a_code_is_charged_twice(patch: Patch) -> None:
    patch.setattr(Journal, "order_with_code", lambda self, digits: None)


def amounts_are_not_compared(patch: Patch) -> None:
    patch.setattr(wire.WechatWire, "_differs", lambda *_: False)


def signatures_are_not_checked(patch: Patch) -> None:
    patch.setattr(signing, "doubt", lambda *_: "")


def pending_is_paid(patch: Patch) -> None:
    def hear(action: Any, told: Any) -> Any:
        is_pending = isinstance(told, Answer) and told.verdict is Verdict.PENDING and not told.shown_code
        return replace(told, verdict=Verdict.APPROVED) if is_pending else told

    patch.setattr(payments, "pay", rewired(payments.pay, hear=hear))


def approved_and_not_written(patch: Patch) -> None:
    def act(action: Any) -> list[Any]:
        return [] if isinstance(action, Write) and action.state is State.APPROVED else [action]

    patch.setattr(payments, "pay", rewired(payments.pay, act=act))


def notification_alone_approves(patch: Patch) -> None:
    whole = backlog.Backlog.heard

    def heard(self: backlog.Backlog, notified: Any, acquirer: Any) -> None:
        attempt = self._journal.attempt(notified.order_id)
        if attempt is not None and attempt.state is State.INTENT:
            self._journal.move(notified.order_id, State.APPROVED, Answer(Verdict.APPROVED))
        whole(self, notified, acquirer)

    patch.setattr(backlog.Backlog, "heard", heard)


def nobody_compares_and_sets(patch: Patch) -> None:
    """With it, what the recovery of one order writes twice, and what comes late, is refused; without, it is not."""
    whole = Till.start

    def start(self: Till) -> None:
        whole(self)
        for attempt in self._journal.open_attempts():
            self._backlog.take_up(attempt.order_id)

    for state in books._FROM:
        patch.setitem(books._FROM, state, tuple(State))
    patch.setattr(Till, "start", start)


def kept_without_asking(patch: Patch) -> None:
    def recover(order: Order, procedure: Procedure, now: flow.Now, keep_until_s: float) -> Flow:
        if (yield from flow._is_kept(order, now, keep_until_s, Phase.FOUND)):
            yield Write(order, State.APPROVED, Answer(Verdict.APPROVED))
            return Answer(Verdict.APPROVED)
        yield Write(order, State.REVERSING, Answer(Verdict.UNKNOWN, Reason.POWER_CUT))
        return Answer(Verdict.UNKNOWN, Reason.POWER_CUT)

    patch.setattr(payments, "recover", recover)


def deadlines_by_the_wall_clock(patch: Patch) -> None:
    patch.setattr(SimClock, "monotonic", lambda self: self.wall() - self.start_wall_s)


def a_code_is_kept_in_the_books(patch: Patch) -> None:
    patch.setattr(PaymentCode, "masked", property(lambda self: self.digits))


def hashes_are_not_chained(patch: Patch) -> None:
    whole = Journal._append

    def append(self: Journal, *args: Any) -> int:
        before = self._prev
        seq = whole(self, *args)
        self._prev = before
        return seq

    patch.setattr(Journal, "_append", append)


def a_failed_write_is_forgotten(patch: Patch) -> None:
    """The approval is on the screen, and its commit was left to the next one."""
    whole = Journal.move

    def move(self: Journal, order_id: str, state: State, why: Answer) -> None:
        if state is not State.APPROVED:
            whole(self, order_id, state, why)

    patch.setattr(Journal, "move", move)


# The charge arrives after its undoing was acknowledged by a host that keeps no note of orders that never came.
LATE_COPIES = tuple(
    Scenario(
        f"late by {seconds} s",
        WORDS,
        ((Visit("wechat", 1250),),),
        habits={"tombstones": False},
        script={"line 1": f"late_request={seconds}"},
    )
    for seconds in (50, 60, 80, 100)
)


def sales_in_parts_are_forgotten(patch: Patch) -> None:
    patch.setattr(splits.Splits, "take_up", lambda self: None)


def a_part_is_the_whole(patch: Patch) -> None:
    patch.setattr(Counter, "part_paid", None)


def an_undoing_is_not_known_on_the_bill(patch: Patch) -> None:
    """What the simulation found when days were first settled in it: paid after all, given back, and told twice."""
    patch.setattr(matching, "_as_meant", lambda line: line)


def whatever_came_is_this_sale(patch: Patch) -> None:
    """Money at the static code, of another amount than what is due."""

    def offer(self: payments.Payments, order: Order, paid: Answer) -> None:
        if self._counter.phase is Phase.AWAIT_CODE:
            self._carry_on(order, flow.take(order, paid, self._clock.monotonic, self._clock.monotonic() + 60))

    patch.setattr(payments.Payments, "offer", offer)


BUGS = (
    Bug("send before write", send_before_write, "none"),
    Bug("undo before write", undo_before_write),
    Bug("refund before write", refund_before_write, "refunds"),
    Bug("commits not synced", commits_are_not_synced),
    Bug("no answer taken for not sent", no_answer_is_not_sent),
    Bug("unknown taken for declined", unknown_is_declined),
    Bug("the host's own fault taken for a refusal", a_fault_of_the_host_is_a_refusal, acquirers=("wechat",)),
    Bug("a decline is final", decline_is_final, afternoons=60, acquirers=("wechat", "wechat_v2")),
    Bug("no such order is final", not_found_is_final),
    Bug("no horizon", no_horizon, steered=LATE_COPIES),
    Bug("a horizon of twenty seconds", short_horizon, steered=LATE_COPIES),
    Bug(
        "an unreadable last look is proof",
        unreadable_look_back_is_proof,
        "late_request,cancel,lost_reply",
        afternoons=60,
        acquirers=("wechat", "wechat_v2"),
    ),
    Bug("a reversal is tried once", reversal_tried_once),
    Bug("the reversal is skipped", reversal_skipped),
    Bug("cancelled is over", cancelled_is_over),
    Bug("handed to a person at once", handed_to_a_person_at_once),
    Bug("approved after reversing", approved_after_reversing, steered=LATE_COPIES),
    Bug("nothing is recovered at start", nothing_is_recovered),
    Bug("refunds are not recovered", refunds_are_not_recovered),
    Bug("a recovered refund gets a new number", recovered_refund_gets_a_new_number),
    Bug("a new order number on retry", new_order_number_on_retry),
    Bug("a new refund number on retry", new_refund_number_on_retry),
    Bug("an unknown refund is refused", unknown_refund_is_refused),
    Bug("a refused copy is a refused refund", a_refused_copy_is_a_refused_refund, afternoons=60, acquirers=("wechat",)),
    Bug("more is given back than was paid", more_is_given_back_than_was_paid, "refunds"),
    Bug("a code is charged twice", a_code_is_charged_twice),
    Bug("amounts and orders are not compared", amounts_are_not_compared, acquirers=("wechat",)),
    Bug("signatures are not checked", signatures_are_not_checked, acquirers=("wechat",)),
    Bug("a password being typed is a payment", pending_is_paid, "types,gives_up"),
    Bug("goods before the books", approved_and_not_written, "none"),
    Bug("an approval is not written", a_failed_write_is_forgotten, "none"),
    Bug("a notification alone approves", notification_alone_approves, "shown"),
    Bug("nobody compares and sets", nobody_compares_and_sets),
    Bug("kept without asking", kept_without_asking),
    Bug("deadlines by the wall clock", deadlines_by_the_wall_clock),
    Bug("a code is kept in the books", a_code_is_kept_in_the_books, "none"),
    Bug("hashes are not chained", hashes_are_not_chained, "none"),
    Bug("sales in parts are forgotten at start", sales_in_parts_are_forgotten, "parts,power_cut", afternoons=60),
    Bug("whatever came is this sale", whatever_came_is_this_sale, "static", acquirers=("alipay", "unionpay")),
    Bug("a part is the whole", a_part_is_the_whole, "parts"),
    Bug(
        "an undoing is not known on the bill",
        an_undoing_is_not_known_on_the_bill,
        "settles,shown,cancel,lost_reply,late_reply,scans_late",
        afternoons=60,
        acquirers=("wechat",),
    ),
)
