"""DE 39 into our words, one table a call. A code we have never met is a doubt to settle, not a refusal to believe.

The meanings are those of two terminals' own tables; what follows for a till is ours. Only a reply whose MAC is right
gets as far as these tables, except for the three codes that say that the keys are no longer the acquirer's.
"""

from collections.abc import Mapping

from terminal.model import Reason, Verdict
from terminal.scheme import Operation

Outcome = tuple[Verdict, Reason]

UNFAMILIAR: Outcome = (Verdict.UNKNOWN, Reason.BAD_REPLY)
ASK_AGAIN: Outcome = (Verdict.UNKNOWN, Reason.OTHER)
APPROVED: Outcome = (Verdict.APPROVED, Reason.NONE)
REVERSED: Outcome = (Verdict.REVERSED, Reason.NONE)

SUCCESS = ("00", "10", "11", "16", "A2", "A4", "A5", "A6")  # in part, VIP, track update, follow-up needed
SIGN_IN_AGAIN = ("A0", "99", "97")  # MAC, PIN block; a terminal that is not signed in
_NOBODY_KNOWS = ("68", "96", "98")  # issuer late, centre fault, no reply from the issuer

# Sure to have moved nothing, whatever was asked.
_REFUSED: Mapping[str, Outcome] = {
    **dict.fromkeys(("01", "02"), (Verdict.DECLINED, Reason.RISK)),  # call the issuer
    **dict.fromkeys(("04", "07", "41", "43"), (Verdict.DECLINED, Reason.ACCOUNT_BLOCKED)),  # capture the card
    **dict.fromkeys(("38", "75", "62", "A3"), (Verdict.DECLINED, Reason.ACCOUNT_BLOCKED)),
    **dict.fromkeys(("34", "59"), (Verdict.DECLINED, Reason.RISK)),
    **dict.fromkeys(("14", "15"), (Verdict.DECLINED, Reason.CODE_INVALID)),
    **dict.fromkeys(("12", "13", "40", "45", "57", "58", "A1"), (Verdict.DECLINED, Reason.NOT_ALLOWED)),
    **dict.fromkeys(("03", "30", "A7"), (Verdict.DECLINED, Reason.CONFIGURATION)),
    **dict.fromkeys(("61", "65"), (Verdict.DECLINED, Reason.LIMIT_EXCEEDED)),
    "51": (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
    "54": (Verdict.DECLINED, Reason.CODE_EXPIRED),
    "55": (Verdict.DECLINED, Reason.CUSTOMER_GAVE_UP),
    **dict.fromkeys(("22", "25"), (Verdict.DECLINED, Reason.NOT_FOUND)),
    "64": (Verdict.DECLINED, Reason.MISMATCH),
    **dict.fromkeys(("05", "06", "19", "20", "21", "23"), (Verdict.DECLINED, Reason.OTHER)),
    **dict.fromkeys(("90", "91", "92"), (Verdict.DECLINED, Reason.OTHER)),  # cut-over, issuer down, routing
}
_IN_DOUBT: Mapping[str, Outcome] = dict.fromkeys((*_NOBODY_KNOWS, *SIGN_IN_AGAIN), ASK_AGAIN)

PAY: Mapping[str, Outcome] = {
    **dict.fromkeys(SUCCESS, APPROVED),
    **_REFUSED,
    **_IN_DOUBT,
    "94": ASK_AGAIN,  # our traces run: what used this one is an earlier copy of our own request
}

REVERSE: Mapping[str, Outcome] = {
    **dict.fromkeys(SUCCESS, REVERSED),
    **_REFUSED,
    **_IN_DOUBT,
    # Nothing there to undo, and terminals count both as done. The horizon decides, not this.
    **dict.fromkeys(("25", "12"), (Verdict.REVERSED, Reason.NOT_FOUND)),
    # The centre's trouble of the moment is no answer to whether it is undone.
    **dict.fromkeys(("05", "06", "19", "22", "90", "91", "92", "94"), ASK_AGAIN),
}

# A void or a refund, and the same once more in place of the question that this line does not have.
REFUND: Mapping[str, Outcome] = PAY

TABLES: Mapping[Operation, Mapping[str, Outcome]] = {
    Operation.PAY: PAY,
    Operation.REVERSE: REVERSE,
    Operation.VOID: REFUND,
    Operation.REFUND: REFUND,
    Operation.REFUND_QUERY: REFUND,
}


def of(operation: Operation, response: str) -> Outcome:
    return TABLES[operation].get(response, UNFAMILIAR)
