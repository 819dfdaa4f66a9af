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
from itertools import chain, repeat

from terminal.model import Answer, Order, Reason, State, Verdict
from terminal.payment.actions import Ask, Flow, Told, Wait, Woken, Write
from terminal.scheme import Operation, Procedure
from terminal.steps import Phase

Now = Callable[[], float]

FOREGROUND_REVERSALS = 3  # while the customer stands there; after that the till goes on by itself


def pay(order: Order, procedure: Procedure, now: Now) -> Flow:
    """Charge a scanned code. Returns what the cashier may act upon; what is left to undo is `finish`'s work."""
    yield Write(order, State.INTENT, Answer(Verdict.PENDING))
    sent_s = now()
    answer = yield from _ask(Ask(Operation.PAY, order, Phase.PROCESSING, ends_s=sent_s + procedure.give_up_s))
    if answer.reason is Reason.NOT_SENT:
        yield Write(order, State.CLOSED, answer)  # nothing reached the acquirer: there is nothing to undo
        return Answer(Verdict.DECLINED, Reason.NOT_SENT)
    answer = yield from _find_out(order, answer, procedure, now, sent_s)
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


def _find_out(order: Order, answer: Answer, procedure: Procedure, now: Now, sent_s: float) -> Flow:
    """Ask until it is known, cancelled, or the documented time is over; the last question is asked at its end."""
    ends_s = sent_s + procedure.give_up_s
    pause_s = procedure.first_query_s if answer.verdict is Verdict.UNKNOWN else procedure.query_every_s
    round_ = 0
    while answer.verdict.in_doubt and answer.reason is not Reason.MISMATCH and now() < ends_s:
        round_ += 1
        phase = Phase.CONFIRMING if answer.verdict is Verdict.PENDING else Phase.CHECKING
        woken = yield Wait(min(now() + pause_s, ends_s), order, phase, round_, ends_s)
        answer = yield from _ask(Ask(Operation.QUERY, order, phase, round_, ends_s))
        if woken is Woken.CANCELLED and answer.verdict is not Verdict.APPROVED:
            # A customer who paid just before the cashier gave up has paid; otherwise the cashier's word holds.
            return Answer(Verdict.UNKNOWN, Reason.CANCELLED, answer.said, answer.transaction_id)
        pause_s = procedure.query_every_s
    if answer.verdict is Verdict.PENDING:
        return Answer(Verdict.UNKNOWN, Reason.TIMED_OUT, answer.said, answer.transaction_id)
    return answer


def _take_back(order: Order, why: Reason, procedure: Procedure, now: Now, sent_s: float) -> Flow:
    """The first few attempts to undo, with the cashier looking on."""
    answer = yield from _reverse(order, procedure, now, sent_s, attempts=FOREGROUND_REVERSALS)
    verdict = Verdict.REVERSED if answer.verdict is Verdict.REVERSED else Verdict.UNKNOWN
    return Answer(verdict, why or answer.reason, answer.said, answer.transaction_id)


def _reverse(order: Order, procedure: Procedure, now: Now, sent_s: float, attempts: int | None) -> Flow:
    """Ask to undo, again and again; for ever where `attempts` is None. Writes REVERSED when it is acknowledged."""
    ends_s = sent_s + procedure.reverse_window_s
    earliest_s = sent_s + procedure.reverse_not_before_s
    for round_, pause_s in enumerate(_pauses(procedure), start=1):
        while now() < earliest_s:  # nobody can hurry this
            yield Wait(earliest_s, order, Phase.REVERSING, round_, earliest_s)
        answer = yield from _ask(Ask(Operation.REVERSE, order, Phase.REVERSING, round_))
        if answer.verdict is Verdict.REVERSED and not answer.again:
            yield Write(order, State.REVERSED, answer)
            return answer
        if answer.verdict is Verdict.DECLINED:
            return answer  # the acquirer will not undo it: a person must
        if now() >= ends_s or round_ == attempts:
            return Answer(Verdict.UNKNOWN, answer.reason, answer.said, answer.transaction_id)
        earliest_s = now() + pause_s
    raise AssertionError("the pauses never end")


def _look_back(order: Order, procedure: Procedure, now: Now, sent_s: float) -> Flow:
    """After the horizon, ask once more whether it stayed undone; an unreadable answer is asked again."""
    next_s = sent_s + procedure.horizon_s
    for round_, pause_s in enumerate(_pauses(procedure), start=1):
        while now() < next_s:
            yield Wait(next_s, order, Phase.CHECKING, round_, next_s)
        answer = yield from _ask(Ask(Operation.QUERY, order, Phase.CHECKING, round_))
        if answer.reason is Reason.NOT_FOUND:  # past the horizon, and only then, this is proof
            return Answer(Verdict.REVERSED, answer.reason, answer.said)
        if answer.verdict is not Verdict.UNKNOWN:
            return answer
        next_s = now() + pause_s
    raise AssertionError("the pauses never end")


def _pauses(procedure: Procedure) -> Iterator[float]:
    return chain(procedure.reverse_again_s, repeat(procedure.reverse_again_s[-1]))


def _ask(action: Ask) -> Flow:
    answer: Told = yield action
    assert isinstance(answer, Answer), f"{action} was answered by {answer!r}"
    return answer
