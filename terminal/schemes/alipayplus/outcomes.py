"""Alipay+'s result codes into ours. A code we have never met is a doubt to settle, whatever its status says.

One table a call: a refused question says nothing about the payment. Sources: [1] Alipay+ and Antom API pages;
[2] an acquirer's list of the pay call's codes; [3] recalled, or by analogy.
"""

from collections.abc import Mapping

from terminal.model import Reason, Verdict
from terminal.scheme import Operation

Outcome = tuple[Verdict, Reason]

UNFAMILIAR: Outcome = (Verdict.UNKNOWN, Reason.BAD_REPLY)
ASK_AGAIN: Outcome = (Verdict.UNKNOWN, Reason.OTHER)
PENDING: Outcome = (Verdict.PENDING, Reason.NONE)

_CONFIGURATION = (
    "PARAM_ILLEGAL",  # [1]
    "KEY_NOT_FOUND",  # [1]
    "ACCESS_DENIED",  # [1]
    "MERCHANT_NOT_REGISTERED",  # [1]
    "INVALID_SIGNATURE",  # [1]
    "INVALID_CLIENT",  # [3]
    "INVALID_API",  # [3]
)
_BUSY: Mapping[str, Outcome] = {
    "UNKNOWN_EXCEPTION": ASK_AGAIN,  # [1] status U
    "REQUEST_TRAFFIC_EXCEED_LIMIT": (Verdict.UNKNOWN, Reason.TOO_OFTEN),  # [1] status U
}
_MISCONFIGURED: Mapping[str, Outcome] = dict.fromkeys(_CONFIGURATION, (Verdict.UNKNOWN, Reason.CONFIGURATION))

# Answers to the charge itself, and what an inquiry says that a payment has come to.
PAY: Mapping[str, Outcome] = {
    **_BUSY,
    "PAYMENT_IN_PROCESS": PENDING,  # [1]
    # Our ids are never used twice, so what used this one is an earlier copy of our own request.
    "REPEAT_REQ_INCONSISTENT": ASK_AGAIN,  # [2]
    "INVALID_PAYMENT_CODE": (Verdict.DECLINED, Reason.CODE_INVALID),  # [3]
    "USER_BALANCE_NOT_ENOUGH": (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),  # [1]
    "USER_AMOUNT_EXCEED_LIMIT": (Verdict.DECLINED, Reason.LIMIT_EXCEEDED),  # [2]
    "PAYMENT_AMOUNT_EXCEED_LIMIT": (Verdict.DECLINED, Reason.LIMIT_EXCEEDED),  # [2]
    "PAYMENT_COUNT_EXCEED_LIMIT": (Verdict.DECLINED, Reason.LIMIT_EXCEEDED),  # [2]
    "RISK_REJECT": (Verdict.DECLINED, Reason.RISK),  # [1]
    "USER_PAYMENT_VERIFICATION_FAILED": (Verdict.DECLINED, Reason.CUSTOMER_GAVE_UP),  # [1]
    "USER_STATUS_ABNORMAL": (Verdict.DECLINED, Reason.ACCOUNT_BLOCKED),  # [2]
    "USER_NOT_EXIST": (Verdict.DECLINED, Reason.ACCOUNT_BLOCKED),  # [2]
    "UNAVAILABLE_PAYMENT_METHOD": (Verdict.DECLINED, Reason.NOT_ALLOWED),  # [1]
    "BUSINESS_NOT_SUPPORT": (Verdict.DECLINED, Reason.NOT_ALLOWED),  # [2]
    "CURRENCY_NOT_SUPPORT": (Verdict.DECLINED, Reason.NOT_ALLOWED),  # [2]
    "ORDER_IS_CLOSED": (Verdict.DECLINED, Reason.ORDER_CLOSED),  # [2]
    "PROCESS_FAIL": (Verdict.DECLINED, Reason.OTHER),  # [1] "do not retry"
    **dict.fromkeys(_CONFIGURATION, (Verdict.DECLINED, Reason.CONFIGURATION)),
}

INQUIRY: Mapping[str, Outcome] = {
    **_BUSY,
    **_MISCONFIGURED,
    "ORDER_NOT_EXIST": (Verdict.UNKNOWN, Reason.NOT_FOUND),  # [1]
}

CANCEL: Mapping[str, Outcome] = {
    **_BUSY,
    **_MISCONFIGURED,
    # Nothing there to undo. A copy of the charge may still arrive: the horizon decides, not this.
    "ORDER_NOT_EXIST": (Verdict.REVERSED, Reason.NOT_FOUND),  # [1]
    "PROCESS_FAIL": (Verdict.DECLINED, Reason.NOT_ALLOWED),  # [1] something has been refunded already
    "CANCEL_WINDOW_EXCEED": (Verdict.DECLINED, Reason.NOT_ALLOWED),  # [3]
}

REFUND: Mapping[str, Outcome] = {
    **_BUSY,
    "REFUND_IN_PROCESS": PENDING,  # [3]
    "ORDER_NOT_EXIST": (Verdict.DECLINED, Reason.NOT_FOUND),  # [1]
    "MERCHANT_BALANCE_NOT_ENOUGH": (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),  # [3]
    "PROCESS_FAIL": (Verdict.DECLINED, Reason.OTHER),  # [1]
    **dict.fromkeys(
        (
            "REFUND_AMOUNT_EXCEED",  # [3]
            "REFUND_WINDOW_EXCEED",  # [3]
            "ORDER_STATUS_INVALID",  # [3]
            "ORDER_IS_CLOSED",  # [2]
            "REPEAT_REQ_INCONSISTENT",  # [2]
        ),
        (Verdict.DECLINED, Reason.NOT_ALLOWED),
    ),
    **dict.fromkeys(_CONFIGURATION, (Verdict.DECLINED, Reason.CONFIGURATION)),
}

REFUSALS: Mapping[Operation, Mapping[str, Outcome]] = {
    Operation.PAY: PAY,
    Operation.QUERY: INQUIRY,
    Operation.REVERSE: CANCEL,
    Operation.REFUND: REFUND,
    Operation.REFUND_QUERY: REFUND,
}


def of_refusal(operation: Operation, code: str) -> Outcome:
    return REFUSALS[operation].get(code, UNFAMILIAR)


def of_payment(status: str, code: str) -> Outcome:
    """What an inquiry says that the payment has come to."""
    if (status, code) == ("S", "SUCCESS"):
        return Verdict.APPROVED, Reason.NONE
    return PAY.get(code, UNFAMILIAR)
