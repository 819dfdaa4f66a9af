"""A payment from intent to an ending that is safe to write in the books.

Sans-IO: generators that yield what they want done (`actions.py`). All the branching of a payment stands here and
nowhere else. The rules are those of design 7 and docs/money.md:

- the intent is written before a byte leaves, the undoing before it is asked for;
- an answer that cannot be believed is a question, not a refusal: query, and at the end of the wallet's own
  documented time undo;
- after the decision to undo, a payment is never approved again, whatever arrives late;
- "undone" is provisional until no copy of the pay request can take effect any more (the horizon).
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from itertools import chain, repeat

from terminal.model import Answer, Order, Reason, Refund, RefundState, State, Verdict, undoing_number
from terminal.payment.actions import Ask, AskRefund, Flow, Told, Wait, Woken, Write, WriteRefund
from terminal.scheme import Operation, Procedure
from terminal.steps import Phase

Now = Callable[[], float]

FOREGROUND_REVERSALS = 3  # while the customer stands there; after that the till goes on by itself
FOREGROUND_REFUNDS = 3
UNDOINGS = 5  # that an acquirer acknowledges and then denies; pay requests have no more stray copies than that
_HEARSAY = (Reason.BAD_SIGNATURE, Reason.BAD_REPLY, Reason.MISMATCH)  # nothing in such a reply is believed

# A reply to a question that says nothing of what was asked: the question is still open.
_NOT_TOLD = (*_HEARSAY, Reason.NO_ANSWER, Reason.NOT_SENT, Reason.TOO_OFTEN, Reason.CONFIGURATION)


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
    for _ in range(UNDOINGS):
        if state is State.REVERSING:
            answer = yield from _reverse(order, procedure, now, sent_s, attempts=None)
            if answer.verdict is not Verdict.REVERSED:
                yield Write(order, State.MANUAL, answer)
                return answer
            if answer.reason is Reason.REFUNDED:  # it was there, and what was paid has gone back: nothing can follow
                yield Write(order, State.CLOSED, answer)
                return answer
        answer = yield from _look_back(order, procedure, now, sent_s)
        if answer.verdict in (Verdict.REVERSED, Verdict.DECLINED):
            yield Write(order, State.CLOSED, answer)
            return answer
        yield Write(order, State.REVERSING, answer)  # a stray copy of the request was carried out after all
        state, sent_s = State.REVERSING, now()
    yield Write(order, State.MANUAL, answer)
    return answer


def recover(order: Order, procedure: Procedure, now: Now, keep_until_s: float) -> Flow:
    """An attempt found open at start: the cashier may keep it if it was paid, until `keep_until_s`; else it is undone.

    Whoever waits at the counter decides, not the till: nobody knows whether the goods were handed over.
    """
    answer = Answer(Verdict.UNKNOWN, Reason.POWER_CUT)
    if procedure.can_query:
        answer = yield from _ask(Ask(Operation.QUERY, order, Phase.CHECKING))
        order = _learnt(order, answer)
    if answer.verdict is Verdict.APPROVED and (yield from _is_kept(order, now, keep_until_s, Phase.FOUND)):
        yield Write(order, State.APPROVED, answer)
        return answer
    yield Write(order, State.REVERSING, Answer(Verdict.UNKNOWN, Reason.POWER_CUT, answer.said))
    return (yield from _take_back(order, Reason.POWER_CUT, procedure, now, now()))


def confirm(order: Order, procedure: Procedure, now: Now) -> Flow:
    """Whether an order of somebody else's making was paid as is said: asked until it is known, or the time is over."""
    answer = yield from _ask(Ask(Operation.QUERY, order, Phase.CHECKING))
    return (yield from _find_out(order, answer, procedure, now, now() + procedure.give_up_s))


def take(order: Order, paid: Answer, now: Now, until_s: float) -> Flow:
    """A payment by the shop's static code that may be the waiting sale's: where the cashier says so, until `until_s`.

    Nothing is undone: what is not taken is somebody else's, or for a person to give back.
    """
    if not (yield from _is_kept(order, now, until_s, Phase.RECEIVED)):
        return Answer(Verdict.DECLINED, Reason.CANCELLED)
    yield Write(order, State.INTENT, Answer(Verdict.PENDING))
    yield Write(order, State.APPROVED, paid)
    return paid


def _is_kept(order: Order, now: Now, until_s: float, phase: Phase) -> Generator[Wait, Told, bool]:
    woken: Told = Woken.NUDGED
    while woken is Woken.NUDGED and now() < until_s:
        woken = yield Wait(until_s, order, phase, ends_s=until_s)
    return woken is Woken.KEPT


def look_again(order: Order, procedure: Procedure, now: Now) -> Flow:
    """An order that was undone for good, and somebody says that it was paid: ask, and undo it again if it was."""
    answer = yield from _ask(Ask(Operation.QUERY, order, Phase.CHECKING))
    if answer.verdict is not Verdict.APPROVED:
        return answer
    yield Write(order, State.REVERSING, answer)
    return (yield from finish(order, State.REVERSING, procedure, now, now()))


def refund(refund: Refund, procedure: Procedure, now: Now) -> Flow:
    """Give money back for an approved order. What is left open is `finish_refund`'s work."""
    yield WriteRefund(refund, RefundState.ASKED, Answer(Verdict.PENDING))
    return (yield from _refund(refund, procedure, now, rounds=FOREGROUND_REFUNDS))


def finish_refund(refund: Refund, procedure: Procedure, now: Now) -> Flow:
    """Carry a refund to its end, for as long as it takes: the same number moves the money once."""
    return (yield from _refund(refund, procedure, now, rounds=None))


def _refund(refund: Refund, procedure: Procedure, now: Now, rounds: int | None) -> Flow:
    for round_, pause_s in enumerate(_pauses(procedure), start=1):
        answer = yield from _ask_refund(refund, procedure, Phase.REFUNDING, round_)
        if answer.verdict is Verdict.APPROVED:
            yield WriteRefund(refund, RefundState.DONE, answer)
            return answer
        if answer.verdict is Verdict.DECLINED:
            yield WriteRefund(refund, RefundState.REFUSED, answer)
            return answer
        if round_ == rounds:
            return answer
        yield Wait(now() + pause_s, refund.order, Phase.REFUNDING, round_)
    raise AssertionError("the pauses never end")


def _find_out(order: Order, answer: Answer, procedure: Procedure, now: Now, ends_s: float) -> Flow:
    """Ask until it is known, cancelled, or the documented time is over; the last question is asked at its end."""
    questions = _questions(answer, procedure)
    shown_code = answer.shown_code
    round_ = 0
    while answer.verdict.in_doubt and answer.reason is not Reason.MISMATCH and now() < ends_s:
        round_ += 1
        phase = _waiting(answer, shown_code)
        woken = yield Wait(min(now() + next(questions), ends_s), order, phase, round_, ends_s, shown_code)
        if woken is Woken.CANCELLED:
            phase, shown_code = Phase.CHECKING, ""  # off the screen before the last question is asked
        answer = yield from _ask(Ask(Operation.QUERY, order, phase, round_, ends_s, shown_code))
        order = _learnt(order, answer)
        if woken is Woken.CANCELLED and answer.verdict is not Verdict.APPROVED:
            # A customer who paid just before the cashier gave up has paid; otherwise the cashier's word holds.
            return Answer(Verdict.UNKNOWN, Reason.CANCELLED, answer.said, answer.transaction_id)
    if answer.verdict is Verdict.PENDING:
        return Answer(Verdict.UNKNOWN, Reason.TIMED_OUT, answer.said, order.transaction_id)
    return answer if answer.transaction_id else replace(answer, transaction_id=order.transaction_id)


def _questions(answer: Answer, procedure: Procedure) -> Iterator[float]:
    """The pauses before each question: as the manual counts them, or evenly after a first one."""
    if procedure.query_ladder_s and not answer.shown_code:
        return chain(procedure.query_ladder_s, repeat(procedure.query_ladder_s[-1]))
    first_s = procedure.first_query_s if answer.verdict is Verdict.UNKNOWN else procedure.query_every_s
    return chain((first_s,), repeat(procedure.query_every_s))


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
        answer = yield from _undo(order, procedure, round_)
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


def _undo(order: Order, procedure: Procedure, round_: int) -> Flow:
    """One attempt: a scanned code is reversed, a shown one closed, and what is paid for good is given back."""
    operation = Operation.CLOSE if order.shown else Operation.REVERSE
    answer = yield from _ask(Ask(operation, order, Phase.REVERSING, round_))
    if answer.verdict is not Verdict.APPROVED:
        return answer
    # The same number whenever it is asked again: the money goes back once.
    refund = Refund(undoing_number(order.order_id), _learnt(order, answer), order.money)
    answer = yield from _ask_refund(refund, procedure, Phase.REVERSING, round_)
    given_back = answer.verdict is Verdict.APPROVED
    return replace(answer, verdict=Verdict.REVERSED, reason=Reason.REFUNDED) if given_back else answer


def _ask_refund(refund: Refund, procedure: Procedure, phase: Phase, round_: int) -> Flow:
    """Ask for it, and unless it was given, what became of it: a refusal may be of a copy of what was carried out."""
    said = yield from _give_back(refund, procedure, phase, round_)
    if said.verdict is Verdict.APPROVED or said.reason is Reason.NOT_SENT:
        return said
    answer = yield from _ask(AskRefund(Operation.REFUND_QUERY, refund, phase, round_))
    is_told = answer.verdict in (Verdict.APPROVED, Verdict.PENDING) or answer.reason in _NOT_TOLD
    return answer if said.verdict.in_doubt or is_told else said


def _give_back(refund: Refund, procedure: Procedure, phase: Phase, round_: int) -> Flow:
    """By a void where there is one for it; a void that is refused may come too late, and a refund does not."""
    if _can_be_voided(refund, procedure):
        answer = yield from _ask(AskRefund(Operation.VOID, refund, phase, round_))
        if answer.verdict is not Verdict.DECLINED:
            return answer
    return (yield from _ask(AskRefund(Operation.REFUND, refund, phase, round_)))


def _can_be_voided(refund: Refund, procedure: Procedure) -> bool:
    """The whole, asked for on the payment's own day. By the times in the books, so that a repeat is the same call."""
    order = refund.order
    same_day = procedure.day(refund.begun_s or order.begun_s) == procedure.day(order.begun_s)
    return procedure.can_void and refund.money == order.money and same_day


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
    if answer.transaction_id in ("", order.transaction_id) or answer.reason in _HEARSAY:
        return order
    return replace(order, transaction_id=answer.transaction_id)


def _ask(action: Ask | AskRefund) -> Flow:
    answer: Told = yield action
    assert isinstance(answer, Answer), f"{action} was answered by {answer!r}"
    return answer
