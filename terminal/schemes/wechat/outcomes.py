"""WeChat Pay's words into ours. A word we have never met is a doubt to settle, not a refusal to believe.

An error code means something only beside the call it answers: ORDER_NOT_EXIST to a query says nothing about a
request that is still on its way, and a query that was refused says nothing about the payment. So there is one
table a call. v3 spells with underscores what v2 ran together, and both are met.

Sources: [1] v2 micropay, error table (2025-08-14); [2] v3 query; [3] v2 reverse; [4] v3 refund.
"""

from collections.abc import Mapping

from terminal.model import Reason, Verdict
from terminal.scheme import Operation
from terminal.schemes.tenpay import ASK_AGAIN, PENDING, UNFAMILIAR, Outcome

# [4]
REFUND_STATES: Mapping[str, Outcome] = {
    "SUCCESS": (Verdict.APPROVED, Reason.NONE),
    "PROCESSING": PENDING,
    "CLOSED": (Verdict.DECLINED, Reason.ORDER_CLOSED),
    "ABNORMAL": (Verdict.UNKNOWN, Reason.OTHER),  # the customer's account would not take it: for a person
}

# [1] Answers to the charge itself.
PAY: Mapping[str, Outcome] = {
    "USERPAYING": PENDING,
    "USER_PAYING": PENDING,
    "SYSTEMERROR": ASK_AGAIN,
    "SYSTEM_ERROR": ASK_AGAIN,
    "BANKERROR": ASK_AGAIN,
    "BANK_ERROR": ASK_AGAIN,
    "ORDERPAID": ASK_AGAIN,
    "ORDER_PAID": ASK_AGAIN,
    # Our numbers are never used twice, so what used this one is an earlier copy of our own request.
    "OUT_TRADE_NO_USED": ASK_AGAIN,
    "FREQUENCY_LIMITED": (Verdict.UNKNOWN, Reason.TOO_OFTEN),
    "AUTHCODEEXPIRE": (Verdict.DECLINED, Reason.CODE_EXPIRED),
    "AUTH_CODE_EXPIRE": (Verdict.DECLINED, Reason.CODE_EXPIRED),
    "AUTH_CODE_ERROR": (Verdict.DECLINED, Reason.CODE_INVALID),
    "AUTH_CODE_INVALID": (Verdict.DECLINED, Reason.CODE_INVALID),  # used ones and old ones too, in the wild
    "NOTENOUGH": (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
    "NOT_ENOUGH": (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
    "NOTSUPORTCARD": (Verdict.DECLINED, Reason.NOT_ALLOWED),  # spelt so
    "BUYER_MISMATCH": (Verdict.DECLINED, Reason.NOT_ALLOWED),
    "RULE_LIMIT": (Verdict.DECLINED, Reason.LIMIT_EXCEEDED),
    "ACCOUNT_ERROR": (Verdict.DECLINED, Reason.ACCOUNT_BLOCKED),
    "TRADE_ERROR": (Verdict.DECLINED, Reason.OTHER),
    "ORDERCLOSED": (Verdict.DECLINED, Reason.ORDER_CLOSED),
    "ORDER_CLOSED": (Verdict.DECLINED, Reason.ORDER_CLOSED),
    "ORDERREVERSED": (Verdict.DECLINED, Reason.ORDER_CLOSED),
    "ORDER_REVERSED": (Verdict.DECLINED, Reason.ORDER_CLOSED),
    **dict.fromkeys(
        (
            "SIGN_ERROR",
            "PARAM_ERROR",
            "INVALID_REQUEST",
            "NO_AUTH",
            "NOAUTH",
            "LACK_PARAMS",
            "APPID_NOT_EXIST",
            "MCHID_NOT_EXIST",
            "APPID_MCHID_NOT_MATCH",
            "MCH_NOT_EXISTS",
        ),
        (Verdict.DECLINED, Reason.CONFIGURATION),
    ),
}

_MISCONFIGURED: Mapping[str, Outcome] = dict.fromkeys(
    ("SIGN_ERROR", "PARAM_ERROR", "INVALID_REQUEST", "NO_AUTH", "NOAUTH"), (Verdict.UNKNOWN, Reason.CONFIGURATION)
)
_BUSY: Mapping[str, Outcome] = {
    "SYSTEMERROR": ASK_AGAIN,
    "SYSTEM_ERROR": ASK_AGAIN,
    "BANK_ERROR": ASK_AGAIN,
    "FREQUENCY_LIMITED": (Verdict.UNKNOWN, Reason.TOO_OFTEN),
}
_NOT_FOUND = ("ORDERNOTEXIST", "ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS")

# [2] A refused question leaves the payment as unknown as it was.
QUERY: Mapping[str, Outcome] = {
    **_BUSY,
    **_MISCONFIGURED,
    **dict.fromkeys(_NOT_FOUND, (Verdict.UNKNOWN, Reason.NOT_FOUND)),
}

# [3] "No answer or an error: call it again" - so only a closed door is final.
REVERSE: Mapping[str, Outcome] = {
    **_BUSY,
    **_MISCONFIGURED,
    # Nothing there to undo. A copy of the charge may still arrive: the horizon decides, not this.
    **dict.fromkeys(_NOT_FOUND, (Verdict.REVERSED, Reason.NOT_FOUND)),
    "USERPAYING": ASK_AGAIN,
    "TRADE_ERROR": ASK_AGAIN,
    "REVERSE_EXPIRE": (Verdict.DECLINED, Reason.NOT_ALLOWED),  # over seven days: only a refund helps
}

CLOSE: Mapping[str, Outcome] = {
    **REVERSE,
    # Too late to close it: what is to be undone is a payment now.
    "ORDERPAID": (Verdict.APPROVED, Reason.NONE),
    "ORDER_PAID": (Verdict.APPROVED, Reason.NONE),
    "ORDERCLOSED": (Verdict.REVERSED, Reason.NONE),
    "ORDER_CLOSED": (Verdict.REVERSED, Reason.NONE),
}

# [4]
REFUND: Mapping[str, Outcome] = {
    **_BUSY,
    "BIZERR_NEED_RETRY": ASK_AGAIN,
    "BIZERR_NEED_RETRY_ERROR": ASK_AGAIN,
    "NOTENOUGH": (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
    "NOT_ENOUGH": (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
    "USER_ACCOUNT_ABNORMAL": (Verdict.DECLINED, Reason.ACCOUNT_BLOCKED),
    "TRADE_OVERDUE": (Verdict.DECLINED, Reason.NOT_ALLOWED),
    "INVALID_REQUEST": (Verdict.DECLINED, Reason.NOT_ALLOWED),
    **dict.fromkeys(("SIGN_ERROR", "PARAM_ERROR", "NO_AUTH"), (Verdict.DECLINED, Reason.CONFIGURATION)),
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


def of_refund(status: str) -> Outcome:
    return REFUND_STATES.get(status, UNFAMILIAR)


def of_refusal(operation: Operation, code: str) -> Outcome:
    return REFUSALS[operation].get(code, UNFAMILIAR)
