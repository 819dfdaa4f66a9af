"""The front end's words into ours. A word we have never met is a doubt to settle, not a refusal to believe.

It passes on what the wallets behind it said, so one table holds WeChat Pay's codes as v2 spells them, Alipay's with
and without their `ACQ.`, and UnionPay's two digits. `need_query` stands above them all: where it is not plainly N, the
order must be asked about.

Sources: [1] the interface's own field notes (S); [2] terminals that speak it (S); [3] WeChat Pay v2, Alipay and
UnionPay for their own codes.
"""

from collections.abc import Mapping

from terminal.model import Reason, Verdict
from terminal.scheme import Operation

Outcome = tuple[Verdict, Reason]

UNFAMILIAR: Outcome = (Verdict.UNKNOWN, Reason.BAD_REPLY)
PENDING: Outcome = (Verdict.PENDING, Reason.NONE)
ASK_AGAIN: Outcome = (Verdict.UNKNOWN, Reason.OTHER)
PAID: Outcome = (Verdict.APPROVED, Reason.NONE)

# [1] The older notes spell what is undone REVERSE and REVOK, the newer REVOKED.
TRADE_STATES: Mapping[str, Outcome] = {
    "SUCCESS": PAID,
    "NOTPAY": PENDING,
    "USERPAYING": PENDING,
    "PAYERROR": (Verdict.DECLINED, Reason.CUSTOMER_GAVE_UP),
    "CLOSED": (Verdict.DECLINED, Reason.ORDER_CLOSED),
    **dict.fromkeys(("REVERSE", "REVOK", "REVOKED"), (Verdict.REVERSED, Reason.NONE)),
    "REFUND": (Verdict.UNKNOWN, Reason.REFUNDED),
}

# [1]
REFUND_STATES: Mapping[str, Outcome] = {
    "SUCCESS": PAID,
    "PROCESSING": PENDING,
    "FAIL": (Verdict.DECLINED, Reason.OTHER),
    "NOTSURE": ASK_AGAIN,  # "not sure: ask for it again under the same number"
    "CHANGE": (Verdict.UNKNOWN, Reason.OTHER),  # the customer's account would not take it: for a person
}

# [2] Nobody knows yet.
_UNSETTLED: Mapping[str, Outcome] = {
    **dict.fromkeys(("USERPAYING", "10003", "05"), PENDING),
    **dict.fromkeys(
        ("SYSTEMERROR", "BANKERROR", "System error", "ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "03", "04", "06"),
        ASK_AGAIN,
    ),
    # Our numbers are never used twice, so what used this one is an earlier copy of our own request.
    **dict.fromkeys(("ORDERPAID", "OUT_TRADE_NO_USED", "12"), ASK_AGAIN),
}

_DECLINES: Mapping[Reason, tuple[str, ...]] = {
    Reason.CODE_EXPIRED: ("AUTHCODEEXPIRE",),
    Reason.CODE_INVALID: ("AUTH_CODE_ERROR", "AUTH_CODE_INVALID", "ACQ.PAYMENT_AUTH_CODE_INVALID", "86", "88"),
    Reason.INSUFFICIENT_FUNDS: ("NOTENOUGH", "ACQ.BUYER_BALANCE_NOT_ENOUGH", "64", "90"),
    Reason.LIMIT_EXCEEDED: ("RULE_LIMIT", "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", "33", "81", "87"),
    Reason.ACCOUNT_BLOCKED: ("ACCOUNT_ERROR", "ACQ.BUYER_ENABLE_STATUS_FORBID", "63"),
    Reason.CUSTOMER_GAVE_UP: ("65", "69"),
    Reason.RISK: ("ACQ.PAYMENT_REQUEST_HAS_RISK", "38"),
    Reason.NOT_ALLOWED: ("NOTSUPORTCARD", "BUYER_MISMATCH", "ACQ.TRADE_BUYER_NOT_MATCH", "NOAUTH", "62"),
    Reason.ORDER_CLOSED: ("ORDERCLOSED", "ORDERREVERSED", "ACQ.TRADE_HAS_CLOSE"),
    Reason.CONFIGURATION: ("SIGNERROR", "PARAM_ERROR", "LACK_PARAMS", "MCHID_NOT_EXIST", "XML_FORMAT_ERROR"),
    Reason.OTHER: ("TRADE_ERROR", "60"),
}
PAY: Mapping[str, Outcome] = {
    **_UNSETTLED,
    **{code: (Verdict.DECLINED, reason) for reason, codes in _DECLINES.items() for code in codes},
}

_NOT_FOUND = ("ORDERNOTEXIST", "ORDER_NOT_EXIST", "ACQ.TRADE_NOT_EXIST", "34")
_MISCONFIGURED: Mapping[str, Outcome] = dict.fromkeys(
    _DECLINES[Reason.CONFIGURATION], (Verdict.UNKNOWN, Reason.CONFIGURATION)
)

# A refused question leaves the payment as unknown as it was.
QUERY: Mapping[str, Outcome] = {
    **dict.fromkeys(_UNSETTLED, ASK_AGAIN),
    **_MISCONFIGURED,
    **dict.fromkeys(_NOT_FOUND, (Verdict.UNKNOWN, Reason.NOT_FOUND)),
    "REFUNDNOTEXIST": (Verdict.UNKNOWN, Reason.NOT_FOUND),
}
REVERSE: Mapping[str, Outcome] = {
    **QUERY,
    # Nothing there to undo. A copy of the charge may still arrive: the horizon decides, not this.
    **dict.fromkeys(_NOT_FOUND, (Verdict.REVERSED, Reason.NOT_FOUND)),
    **dict.fromkeys(("ORDERREVERSED", "ORDERCLOSED"), (Verdict.REVERSED, Reason.NONE)),
    "REVERSE_EXPIRE": (Verdict.DECLINED, Reason.NOT_ALLOWED),
}
CLOSE: Mapping[str, Outcome] = {**REVERSE, "ORDERPAID": PAID}  # which is what the flow must give back
REFUND: Mapping[str, Outcome] = {
    **dict.fromkeys(_UNSETTLED, ASK_AGAIN),
    "NOTENOUGH": (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
    **dict.fromkeys(("TRADE_ERROR", "TRADE_OVERDUE", "INVALID_REQUEST"), (Verdict.DECLINED, Reason.NOT_ALLOWED)),
    **dict.fromkeys(_MISCONFIGURED, (Verdict.DECLINED, Reason.CONFIGURATION)),
    **dict.fromkeys(_NOT_FOUND, (Verdict.DECLINED, Reason.NOT_FOUND)),
}

REFUSALS: Mapping[Operation, Mapping[str, Outcome]] = {
    Operation.PAY: PAY,
    Operation.SHOW: PAY,
    Operation.QUERY: QUERY,
    Operation.REVERSE: REVERSE,
    Operation.CLOSE: CLOSE,
    Operation.REFUND: REFUND,
    Operation.REFUND_QUERY: QUERY,
}


def of_state(trade_state: str) -> Outcome:
    return TRADE_STATES.get(trade_state, UNFAMILIAR)


def of_refund(status: str) -> Outcome:
    return REFUND_STATES.get(status, UNFAMILIAR)


def of_refusal(operation: Operation, code: str, *, needs_query: bool) -> Outcome:
    """What an err_code means; a charge that the front end says must be asked about is never a plain refusal."""
    outcome = REFUSALS[operation].get(code, UNFAMILIAR)
    if operation is Operation.PAY and needs_query and outcome[0] is Verdict.DECLINED:
        return ASK_AGAIN
    return outcome
