"""WeChat Pay v2's words into ours, one table a call, as an error code means something only beside the call it answers.

Sources: [1] micropay, error table (2025-08-14); [2] orderquery; [3] reverse; [4] refund; [5] closeorder;
[6] refundquery; the spelling is theirs. What is in no table is `UNFAMILIAR`: a doubt, never a refusal to believe.
"""

from collections.abc import Mapping

from terminal.model import Reason, Verdict
from terminal.scheme import Operation
from terminal.schemes.tenpay import ASK_AGAIN, PENDING, UNFAMILIAR, Outcome

MISCONFIGURED = (
    "NOAUTH",
    "SIGNERROR",
    "PARAM_ERROR",
    "LACK_PARAMS",
    "APPID_NOT_EXIST",
    "MCHID_NOT_EXIST",
    "APPID_MCHID_NOT_MATCH",
    "XML_FORMAT_ERROR",
    "NOT_UTF8",
    "REQUIRE_POST_METHOD",
    "POST_DATA_EMPTY",
    "INVALID_REQUEST",
)

# [1] Answers to the charge itself; unifiedorder's are among them.
PAY: Mapping[str, Outcome] = {
    "USERPAYING": PENDING,
    "SYSTEMERROR": ASK_AGAIN,
    "BANKERROR": ASK_AGAIN,
    "ORDERPAID": ASK_AGAIN,
    # Our numbers are never used twice, so what used this one is an earlier copy of our own request.
    "OUT_TRADE_NO_USED": ASK_AGAIN,
    "FREQUENCY_LIMITED": (Verdict.UNKNOWN, Reason.TOO_OFTEN),
    "AUTHCODEEXPIRE": (Verdict.DECLINED, Reason.CODE_EXPIRED),
    "AUTH_CODE_ERROR": (Verdict.DECLINED, Reason.CODE_INVALID),
    "AUTH_CODE_INVALID": (Verdict.DECLINED, Reason.CODE_INVALID),  # used ones and old ones too, in the wild
    "NOTENOUGH": (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
    "NOTSUPORTCARD": (Verdict.DECLINED, Reason.NOT_ALLOWED),  # spelt so
    "BUYER_MISMATCH": (Verdict.DECLINED, Reason.NOT_ALLOWED),
    "TRADE_ERROR": (Verdict.DECLINED, Reason.OTHER),
    "ORDERCLOSED": (Verdict.DECLINED, Reason.ORDER_CLOSED),
    "ORDERREVERSED": (Verdict.DECLINED, Reason.ORDER_CLOSED),
    **dict.fromkeys(MISCONFIGURED, (Verdict.DECLINED, Reason.CONFIGURATION)),
}

_LEFT_OPEN: Mapping[str, Outcome] = {
    "SYSTEMERROR": ASK_AGAIN,
    "FREQUENCY_LIMITED": (Verdict.UNKNOWN, Reason.TOO_OFTEN),
    **dict.fromkeys(MISCONFIGURED, (Verdict.UNKNOWN, Reason.CONFIGURATION)),
}

# [2] A refused question leaves the payment as unknown as it was.
QUERY: Mapping[str, Outcome] = {**_LEFT_OPEN, "ORDERNOTEXIST": (Verdict.UNKNOWN, Reason.NOT_FOUND)}

# [3] "No answer or an error: call it again" - so only a closed door is final.
REVERSE: Mapping[str, Outcome] = {
    **_LEFT_OPEN,
    "USERPAYING": ASK_AGAIN,
    "TRADE_ERROR": ASK_AGAIN,
    "INVALID_TRANSACTIONID": (Verdict.UNKNOWN, Reason.CONFIGURATION),
    # Nothing there to undo. A copy of the charge may still arrive: the horizon decides, not this.
    "ORDERNOTEXIST": (Verdict.REVERSED, Reason.NOT_FOUND),
    "REVERSE_EXPIRE": (Verdict.DECLINED, Reason.NOT_ALLOWED),  # over seven days: only a refund helps
}

# [5]
CLOSE: Mapping[str, Outcome] = {
    **_LEFT_OPEN,
    "ORDERPAID": (Verdict.APPROVED, Reason.NONE),  # too late to close it: what is to be undone is a payment now
    "ORDERNOTEXIST": (Verdict.REVERSED, Reason.NOT_FOUND),
    "ORDERCLOSED": (Verdict.REVERSED, Reason.NONE),
    "TRADE_STATE_ERROR": ASK_AGAIN,
}

# [4]
REFUND: Mapping[str, Outcome] = {
    **_LEFT_OPEN,
    **dict.fromkeys(MISCONFIGURED, (Verdict.DECLINED, Reason.CONFIGURATION)),
    "BIZERR_NEED_RETRY": ASK_AGAIN,
    "ERROR": ASK_AGAIN,  # "a business error, see its text": the same number asked again is the same refund
    "INVALID_REQ_TOO_MUCH": (Verdict.UNKNOWN, Reason.TOO_OFTEN),
    "NOTENOUGH": (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),  # in the merchant's account
    "USER_ACCOUNT_ABNORMAL": (Verdict.DECLINED, Reason.ACCOUNT_BLOCKED),
    "TRADE_OVERDUE": (Verdict.DECLINED, Reason.NOT_ALLOWED),
    "INVALID_REQUEST": (Verdict.DECLINED, Reason.NOT_ALLOWED),
    "INVALID_TRANSACTIONID": (Verdict.DECLINED, Reason.NOT_FOUND),
    "ORDERNOTEXIST": (Verdict.DECLINED, Reason.NOT_FOUND),
}

# [6]
REFUND_QUERY: Mapping[str, Outcome] = {**_LEFT_OPEN, "REFUNDNOTEXIST": (Verdict.UNKNOWN, Reason.NOT_FOUND)}

REFUND_STATES: Mapping[str, Outcome] = {
    "SUCCESS": (Verdict.APPROVED, Reason.NONE),
    "PROCESSING": PENDING,
    "REFUNDCLOSE": (Verdict.DECLINED, Reason.ORDER_CLOSED),
    "CHANGE": (Verdict.UNKNOWN, Reason.OTHER),  # the customer's card would not take it: for a person
}

REFUSALS: Mapping[Operation, Mapping[str, Outcome]] = {
    Operation.PAY: PAY,
    Operation.SHOW: PAY,
    Operation.QUERY: QUERY,
    Operation.REVERSE: REVERSE,
    Operation.CLOSE: CLOSE,
    Operation.REFUND: REFUND,
    Operation.REFUND_QUERY: REFUND_QUERY,
}


def of_refund(status: str) -> Outcome:
    return REFUND_STATES.get(status, UNFAMILIAR)


def of_refusal(operation: Operation, err_code: str) -> Outcome:
    return REFUSALS[operation].get(err_code, UNFAMILIAR)
