"""What a person found out about a payment or a refund that the till gave up: their word ends it, and is kept.

A payment left to a person ends as closed: the acquirer has nothing of it, or gave it back by another way. It never
becomes approved, for it was being undone; money that the acquirer kept after all is a new sale or a refund, by hand.
"""

from terminal.books.journal import Journal
from terminal.errors import IllegalMove
from terminal.model import Answer, RefundState, State, Verdict

_REFUND_ENDS = {
    "done": (RefundState.DONE, Verdict.APPROVED),
    "refused": (RefundState.REFUSED, Verdict.DECLINED),
}


def resolve(journal: Journal, number: str, because: str, *, refund_is: str = "") -> str:
    """End the order, or the refund, of this number; what was done, as a sentence.

    `refund_is` is "done" or "refused" for a refund, and nothing for an order. Raises IllegalMove for a number that
    nobody has, or that was not left to a person.
    """
    attempt = journal.attempt(number)
    if attempt is not None:
        if attempt.state is not State.MANUAL:
            raise IllegalMove(f"order {number} is {attempt.state}: only what is {State.MANUAL} is left to a person")
        journal.move(number, State.CLOSED, Answer(Verdict.REVERSED, said=because))
        return f"order {number} is closed: {because}"
    line = next((one for one in journal.refunds() if one.refund_id == number), None)
    if line is None:
        raise IllegalMove(f"no order and no refund {number}: `saoma journal list` names them")
    if line.state is not RefundState.MANUAL:
        raise IllegalMove(f"refund {number} is {line.state}: only what is {RefundState.MANUAL} is left to a person")
    if refund_is not in _REFUND_ENDS:
        raise IllegalMove(f"refund {number}: was the money given back? say --refund {' or '.join(_REFUND_ENDS)}")
    state, verdict = _REFUND_ENDS[refund_is]
    journal.move_refund(number, state, Answer(verdict, said=because))
    return f"refund {number} is {refund_is}: {because}"
