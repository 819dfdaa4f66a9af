"""A payment from intent to an ending that is safe to write in the books.

Sans-IO: generators that yield what they want done (`actions.py`). All the branching of a payment stands here and
nowhere else. The rules are those of design 7 and docs/money.md:

- the intent is written before a byte leaves, the undoing before it is asked for;
- an answer that cannot be believed is a question, not a refusal: query, and at the end of the wallet's own
  documented time undo;
- after the decision to undo, a payment is never approved again, whatever arrives late;
- "undone" is provisional until no copy of the pay request can take effect any more (the horizon).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, repeat

from terminal.model import Answer, Order, Reason, Refund, State, Verdict
from terminal.payment.actions import Ask, AskRefund, Flow, Told, Wait, Woken, Write
from terminal.scheme import Operation, Procedure
from terminal.steps import Phase

Now = Callable[[], float]

FOREGROUND_REVERSALS = 3  # while the customer stands there; after that the till goes on by itself
_HEARSAY = (Reason.BAD_SIGNATURE, Reason.BAD_REPLY, Reason.MISMATCH)  # nothing in such a reply is believed


def pay(order: Order, procedure: Procedure, now: Now) -> Flow:
    """Charge a scanned code. Returns what the cashier may act upon; what is left to undo is `finish`'s work."""
    return (yield from _attempt(order, Operation.PAY, procedure, now, procedure.give_up_s))


def show(order: Order, procedure: Procedure, now: Now) -> Flow:
    """Show a code of ours and wait for a customer to pay it: everything else is as in `pay`."""
    return (yield from _attempt(order, Operation.SHOW, procedure, now, procedure.show_for_s))


def _attempt(order: Order, operation: Operation, procedure: Procedure, now: Now, lasts_s: float) -> Flow:
    yield Write(order, State.INTENT, Answer(Verdict.PENDING))
    sent_s = now()
    answer = yield from _ask(Ask(operation, order, Phase.PROCESSING, ends_s=sent_s + lasts_s))
    if answer.reason is Reason.NOT_SENT:
        yield Write(order, State.CLOSED, answer)  # nothing reached the acquirer: there is nothing to undo
        return Answer(Verdict.DECLINED, Reason.NOT_SENT)
    if procedure.can_query and (answer.shown_code or not order.shown):  # nobody can pay a code that is not seen
        answer = yield from _find_out(order, answer, procedure, now, sent_s + lasts_s)
    order = _learnt(order, answer)
    if answer.verdict is Verdict.APPROVED:
        yield Write(order, State.APPROVED, answer)
        return answer
    if answer.verdict is Verdict.DECLINED and procedure.decline_is_final:
        yield Write(order, State.CLOSED, answer)
        return answer
    yield Write(order, State.REVERSING, answer)
    if answer.verdict is Verdict.DECLINED:
        return answer  # closing the order can wait until the customer has left
    return (yield from _take_back(order, answer.reason, procedure, now, sent_s))


def finish(order: Order, state: State, procedure: Procedure, now: Now, sent_s: float) -> Flow:
    """Carry an attempt that is not to be approved to its end, for as long as it takes.

    For what `pay` left behind, and for what was found open at start: a sale that nobody stands at any more.
    `sent_s` is when the pay request was last sent; after a restart, now: waiting longer is safe.
    """
    if state is State.INTENT:
        yield Write(order, State.REVERSING, Answer(Verdict.UNKNOWN, Reason.POWER_CUT))
        state = State.REVERSING
    while True:
        if state is State.REVERSING:
            answer = yield from _reverse(order, procedure, now, sent_s, attempts=None)
            if answer.verdict is not Verdict.REVERSED:
                yield Write(order, State.MANUAL, answer)
                return answer
        answer = yield from _look_back(order, procedure, now, sent_s)
        if answer.verdict in (Verdict.REVERSED, Verdict.DECLINED):
            yield Write(order, State.CLOSED, answer)
            return answer
        yield Write(order, State.REVERSING, answer)  # a stray copy of the request was carried out after all
        state = State.REVERSING


def _find_out(order: Order, answer: Answer, procedure: Procedure, now: Now, ends_s: float) -> Flow:
    """Ask until it is known, cancelled, or the documented time is over; the last question is asked at its end."""
    pause_s = procedure.first_query_s if answer.verdict is Verdict.UNKNOWN else procedure.query_every_s
    shown_code = answer.shown_code
    round_ = 0
    while answer.verdict.in_doubt and answer.reason is not Reason.MISMATCH and now() < ends_s:
        round_ += 1
        phase = _waiting(answer, shown_code)
        woken = yield Wait(min(now() + pause_s, ends_s), order, phase, round_, ends_s, shown_code)
        if woken is Woken.CANCELLED:
            phase, shown_code = Phase.CHECKING, ""  # off the screen before the last question is asked
        answer = yield from _ask(Ask(Operation.QUERY, order, phase, round_, ends_s, shown_code))
        order = _learnt(order, answer)
        if woken is Woken.CANCELLED and answer.verdict is not Verdict.APPROVED:
            # A customer who paid just before the cashier gave up has paid; otherwise the cashier's word holds.
            return Answer(Verdict.UNKNOWN, Reason.CANCELLED, answer.said, answer.transaction_id)
        pause_s = procedure.query_every_s
    if answer.verdict is Verdict.PENDING:
        return Answer(Verdict.UNKNOWN, Reason.TIMED_OUT, answer.said, order.transaction_id)
    return replace(answer, transaction_id=answer.transaction_id or order.transaction_id)


def _waiting(answer: Answer, shown_code: str) -> Phase:
    """What a cashier sees while nothing is decided."""
    if shown_code:
        return Phase.SHOWING
    return Phase.CONFIRMING if answer.verdict is Verdict.PENDING else Phase.CHECKING


def _take_back(order: Order, why: Reason, procedure: Procedure, now: Now, sent_s: float) -> Flow:
    """The first few attempts to undo, with the cashier looking on."""
    answer = yield from _reverse(order, procedure, now, sent_s, attempts=FOREGROUND_REVERSALS)
    verdict = Verdict.REVERSED if answer.verdict is Verdict.REVERSED else Verdict.UNKNOWN
    return Answer(verdict, why or answer.reason, answer.said, answer.transaction_id)


def _reverse(order: Order, procedure: Procedure, now: Now, sent_s: float, attempts: int | None) -> Flow:
    """Ask to undo, again and again; for ever where `attempts` is None. Writes REVERSED when it is acknowledged."""
    ends_s = sent_s + procedure.reverse_window_s
    earliest_s = sent_s if order.shown else sent_s + procedure.reverse_not_before_s
    for round_, pause_s in enumerate(_pauses(procedure), start=1):
        while now() < earliest_s:  # nobody can hurry this
            yield Wait(earliest_s, order, Phase.REVERSING, round_, earliest_s)
        answer = yield from _undo(order, round_)
        order = _learnt(order, answer)
        if answer.verdict is Verdict.REVERSED and not answer.again:
            yield Write(order, State.REVERSED, answer)
            return answer
        if answer.verdict is Verdict.DECLINED:
            return answer  # the acquirer will not undo it: a person must
        if now() >= ends_s or round_ == attempts:
            return Answer(Verdict.UNKNOWN, answer.reason, answer.said, answer.transaction_id)
        earliest_s = now() + pause_s
    raise AssertionError("the pauses never end")


def _undo(order: Order, round_: int) -> Flow:
    """One attempt: a scanned code is reversed, a shown one closed, and given back where it was paid meanwhile."""
    if not order.shown:
        return (yield from _ask(Ask(Operation.REVERSE, order, Phase.REVERSING, round_)))
    answer = yield from _ask(Ask(Operation.CLOSE, order, Phase.REVERSING, round_))
    if answer.verdict is not Verdict.APPROVED:
        return answer
    # The same number whenever it is asked again: the money goes back once.
    refund = Refund(f"{order.order_id}R", _learnt(order, answer), order.money)
    answer = yield from _ask(AskRefund(refund, Phase.REVERSING, round_))
    return replace(answer, verdict=Verdict.REVERSED) if answer.verdict is Verdict.APPROVED else answer


def _look_back(order: Order, procedure: Procedure, now: Now, sent_s: float) -> Flow:
    """After the horizon, ask once more whether it stayed undone; an unreadable answer is asked again."""
    next_s = sent_s + procedure.horizon_s
    for round_, pause_s in enumerate(_pauses(procedure), start=1):
        while now() < next_s:
            yield Wait(next_s, order, Phase.CHECKING, round_, next_s)
        if not procedure.can_query:
            return Answer(Verdict.REVERSED)
        answer = yield from _ask(Ask(Operation.QUERY, order, Phase.CHECKING, round_))
        if answer.reason in (Reason.NOT_FOUND, Reason.REFUNDED):  # past the horizon, and only then, this is proof
            return Answer(Verdict.REVERSED, answer.reason, answer.said)
        if answer.verdict is not Verdict.UNKNOWN:
            return answer
        next_s = now() + pause_s
    raise AssertionError("the pauses never end")


def _pauses(procedure: Procedure) -> Iterator[float]:
    return chain(procedure.reverse_again_s, repeat(procedure.reverse_again_s[-1]))


def _learnt(order: Order, answer: Answer) -> Order:
    """The order with the acquirer's own number, once a reply that can be believed has said it."""
    if not answer.transaction_id or answer.reason in _HEARSAY:
        return order
    return replace(order, transaction_id=answer.transaction_id)


def _ask(action: Ask | AskRefund) -> Flow:
    answer: Told = yield action
    assert isinstance(answer, Answer), f"{action} was answered by {answer!r}"
    return answer
