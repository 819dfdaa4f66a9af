"""UnionPay's answer codes into our words. A code we have never met is a doubt to settle, not a refusal to believe.

`respCode` answers a call and `origRespCode` tells of an order, in one numbering: 01 to 09 are of the platform, 10 to
29 of format and signature, 30 to 59 of business, 60 to 89 of the cardholder and the issuer. A code means something
only beside what it answers: 34 to a query says nothing about a request that is still on its way.

Sources: [1] answer codes as several merchants' source lists them, in UnionPay's own texts (S); [2] its published
examples for QR: 00 is acceptance only, 03, 04 and 05 are asked about, A6 counts as done (S); what is not there is
ours (U): how a doubt is read.
"""

from collections.abc import Mapping

from terminal.model import Reason, Verdict
from terminal.scheme import Operation

Outcome = tuple[Verdict, Reason]

UNFAMILIAR: Outcome = (Verdict.UNKNOWN, Reason.BAD_REPLY)
PENDING: Outcome = (Verdict.PENDING, Reason.NONE)
ASK_AGAIN: Outcome = (Verdict.UNKNOWN, Reason.OTHER)
NOT_THERE = "35[2040004]"  # 35 is "not there, or not in that state"; the finer code says which

# [1] What keeps an order from being paid, said to the call itself or of the order later.
DECLINES: Mapping[str, Outcome] = {
    code: (Verdict.DECLINED, reason)
    for reason, codes in {
        Reason.CODE_EXPIRED: ("80",),  # the token behind the code
        Reason.CODE_INVALID: ("61", "86", "88", "89"),  # 86: in the wrong state, used or too old; 88: no such code
        Reason.INSUFFICIENT_FUNDS: ("64", "90"),
        Reason.LIMIT_EXCEEDED: ("33", "81", "87"),
        Reason.CUSTOMER_GAVE_UP: ("65", "66", "69", "71", "91"),  # password wrong, not typed in time, not recognised
        Reason.ACCOUNT_BLOCKED: ("63", "67", "73"),
        Reason.RISK: ("38",),
        Reason.NOT_ALLOWED: ("31", "32", "39", "40", "43", "44", "62", "68", "72", "76", "77", "78", "79"),
        Reason.CONFIGURATION: ("10", "11", "13", "14", "92", "93", "94", "95", "96"),  # from 92: the business licence
        Reason.OTHER: ("01", "02", "30", "60", "85"),
    }.items()
    for code in codes
}

# [1] Nobody knows yet: too busy, no answer from behind, being worked at.
_UNSETTLED: Mapping[str, Outcome] = {
    **dict.fromkeys(("03", "04", "06", "99"), ASK_AGAIN),
    "37": (Verdict.UNKNOWN, Reason.TOO_OFTEN),
}
_WORKING: Mapping[str, Outcome] = dict.fromkeys(("05", "70", "82", "83"), PENDING)  # 70, 82: the customer's turn

# [2] Of an order or a refund, by a query or a notice.
STATES: Mapping[str, Outcome] = {
    **DECLINES,
    **_UNSETTLED,
    **_WORKING,
    "00": (Verdict.APPROVED, Reason.NONE),
    "A6": (Verdict.APPROVED, Reason.NONE),
    # Charged, but after its time, or charged and not booked: the money has moved and the order is not paid.
    **dict.fromkeys(("42", "74", "75"), ASK_AGAIN),
    "45": (Verdict.UNKNOWN, Reason.REFUNDED),
    "46": (Verdict.REVERSED, Reason.NONE),
}

# [2] "Accepted" is no more than that. Our numbers are never used twice, so what used one (12) is an earlier copy of
# our own request.
PAY: Mapping[str, Outcome] = {**DECLINES, **_UNSETTLED, **_WORKING, "00": PENDING, "12": ASK_AGAIN}

_MISCONFIGURED: Mapping[str, Outcome] = dict.fromkeys(
    ("10", "11", "13", "14", "31", "32", "43"), (Verdict.UNKNOWN, Reason.CONFIGURATION)
)

# A refused question leaves the payment as unknown as it was.
QUERY: Mapping[str, Outcome] = {
    **_UNSETTLED,
    "05": ASK_AGAIN,
    **_MISCONFIGURED,
    **dict.fromkeys(("34", NOT_THERE), (Verdict.UNKNOWN, Reason.NOT_FOUND)),
}

# A reversal names the order itself, so it may be asked for again and again.
REVERSE: Mapping[str, Outcome] = {
    **QUERY,
    "00": (Verdict.REVERSED, Reason.NONE),
    "45": (Verdict.REVERSED, Reason.REFUNDED),
    "46": (Verdict.REVERSED, Reason.NONE),  # done before
    # Nothing there to undo. A copy of the charge may still arrive: the horizon decides, not this.
    **dict.fromkeys(("34", NOT_THERE), (Verdict.REVERSED, Reason.NOT_FOUND)),
    "12": ASK_AGAIN,
    "35": ASK_AGAIN,
    "39": (Verdict.UNKNOWN, Reason.NOT_ALLOWED),  # past the settlement day by their clock, and soon by ours
}

# 45 may be this refund's own earlier copy, and 12 is: the refund itself is asked about then.
REFUND: Mapping[str, Outcome] = {
    **DECLINES,
    **_UNSETTLED,
    **_WORKING,
    "00": PENDING,
    **dict.fromkeys(("12", "45"), ASK_AGAIN),
    **dict.fromkeys(("34", NOT_THERE), (Verdict.DECLINED, Reason.NOT_FOUND)),
    **dict.fromkeys(("35", "36", "46"), (Verdict.DECLINED, Reason.NOT_ALLOWED)),
}

# 39: the settlement day is over by their clock; what was paid in it is for a refund.
VOID: Mapping[str, Outcome] = {**REFUND, "39": (Verdict.DECLINED, Reason.NOT_ALLOWED)}

ANSWERS: Mapping[Operation, Mapping[str, Outcome]] = {
    Operation.PAY: PAY,
    Operation.SHOW: PAY,
    Operation.QUERY: QUERY,
    Operation.REVERSE: REVERSE,
    Operation.CLOSE: QUERY,  # which it is: there is no call to take a shown code down
    Operation.VOID: VOID,
    Operation.REFUND: REFUND,
    Operation.REFUND_QUERY: QUERY,
}


def of_state(code: str) -> Outcome:
    return STATES.get(code, UNFAMILIAR)


def of_answer(operation: Operation, code: str, finer_code: str) -> Outcome:
    """What `respCode` says to a call; the finer code decides where the table knows it."""
    table = ANSWERS[operation]
    return table.get(finer_code) or table.get(code, UNFAMILIAR)
