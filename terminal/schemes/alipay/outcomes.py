"""Alipay's words into ours. A word we have never met is a doubt to settle, not a refusal to believe.

`code` says how far a request got. All but 40004 are the gateway's and mean the same for every method: before 40004
nothing was looked at, at 20000 nobody knows. 40004 is the business's own no, and its `sub_code` means something only
beside the method it answers, so there is one table a method.

Sources: [1] open platform, public codes; [2] alipay.trade.pay; [3] .query; [4] .cancel; [5] .refund;
[6] .fastpay.refund.query; [7] codes met or recalled without a page to name.
"""

from collections.abc import Mapping

from terminal.model import Reason, Verdict
from terminal.scheme import Operation

Outcome = tuple[Verdict, Reason]

BUSINESS = "40004"

UNFAMILIAR: Outcome = (Verdict.UNKNOWN, Reason.BAD_REPLY)
PENDING: Outcome = (Verdict.PENDING, Reason.NONE)
ASK_AGAIN: Outcome = (Verdict.UNKNOWN, Reason.OTHER)
NOT_FOUND: Outcome = (Verdict.UNKNOWN, Reason.NOT_FOUND)
# To a charge a closed door proves that nothing ran; to a question it leaves things as unknown as they were.
TURNED_AWAY: Outcome = (Verdict.DECLINED, Reason.CONFIGURATION)
UNASKED: Outcome = (Verdict.UNKNOWN, Reason.CONFIGURATION)

# [3] Of a trade, whoever asked about it.
TRADE_STATES: Mapping[str, Outcome] = {
    "WAIT_BUYER_PAY": PENDING,
    "TRADE_SUCCESS": (Verdict.APPROVED, Reason.NONE),
    "TRADE_FINISHED": (Verdict.APPROVED, Reason.NONE),  # paid, and too old to be refunded
    "TRADE_CLOSED": (Verdict.DECLINED, Reason.ORDER_CLOSED),  # ran out, cancelled, or all given back
}

# [6]
REFUND_STATES: Mapping[str, Outcome] = {"REFUND_SUCCESS": (Verdict.APPROVED, Reason.NONE)}

# [1] What the gateway says of a request for money, and of a question.
_SHUT = ("40001", "40002", "40006", "20001")  # a parameter missing or invalid (the signature too); no right to ask
_BUSY: Mapping[str, Outcome] = {"20000": ASK_AGAIN}  # isp.unknow-error, aop.unknow-error, spelt so
GATEWAY: Mapping[str, Outcome] = {**_BUSY, **dict.fromkeys(_SHUT, TURNED_AWAY)}
GATEWAY_ASKED: Mapping[str, Outcome] = {**_BUSY, **dict.fromkeys(_SHUT, UNASKED)}
_ACTING = (Operation.PAY, Operation.SHOW, Operation.REFUND)

# [2] Answers to the charge itself.
PAY: Mapping[str, Outcome] = {
    "ACQ.SYSTEM_ERROR": ASK_AGAIN,
    "ACQ.TRADE_HAS_SUCCESS": ASK_AGAIN,
    # Our numbers are never used twice, so what used this one is an earlier copy of our own request.
    "ACQ.CONTEXT_INCONSISTENT": ASK_AGAIN,
    "ACQ.TRADE_HAS_CLOSE": (Verdict.DECLINED, Reason.ORDER_CLOSED),
    "ACQ.PAYMENT_AUTH_CODE_INVALID": (Verdict.DECLINED, Reason.CODE_INVALID),  # old and used ones too
    "ACQ.AUTH_TOKEN_IS_NOT_EXIST": (Verdict.DECLINED, Reason.CODE_INVALID),  # the same advice: a fresh code [7]
    "ACQ.BUYER_BALANCE_NOT_ENOUGH": (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
    "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH": (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
    "ACQ.ERROR_BALANCE_PAYMENT_DISABLE": (Verdict.DECLINED, Reason.ACCOUNT_BLOCKED),
    "ACQ.BUYER_SELLER_EQUAL": (Verdict.DECLINED, Reason.NOT_ALLOWED),
    "ACQ.TOTAL_FEE_EXCEED": (Verdict.DECLINED, Reason.LIMIT_EXCEEDED),
    "ACQ.PAYMENT_REQUEST_HAS_RISK": (Verdict.DECLINED, Reason.RISK),
    "ACQ.PAYMENT_FAIL": (Verdict.DECLINED, Reason.OTHER),
    "ACQ.PULL_MOBILE_CASHIER_FAIL": (Verdict.DECLINED, Reason.OTHER),  # the phone was not to be reached
    **dict.fromkeys(
        ("ACQ.INVALID_PARAMETER", "ACQ.ACCESS_FORBIDDEN", "ACQ.EXIST_FORBIDDEN_WORD", "ACQ.INVALID_STORE_ID"),
        TURNED_AWAY,
    ),
}

# [3]
QUERY: Mapping[str, Outcome] = {
    "ACQ.SYSTEM_ERROR": ASK_AGAIN,
    "ACQ.INVALID_PARAMETER": UNASKED,
    "ACQ.TRADE_NOT_EXIST": NOT_FOUND,
}

# [4] Closes what is unpaid and gives back what is paid. What says that it never will is for a person.
CANCEL: Mapping[str, Outcome] = {
    "ACQ.SYSTEM_ERROR": ASK_AGAIN,
    "AQC.SYSTEM_ERROR": ASK_AGAIN,  # spelt so on that page
    "ACQ.TRADE_STATUS_ERROR": ASK_AGAIN,
    "ACQ.INVALID_PARAMETER": UNASKED,
    # Nothing there to undo. A copy of the charge may still arrive: the horizon decides, not this.
    "ACQ.TRADE_NOT_EXIST": (Verdict.REVERSED, Reason.NOT_FOUND),
    # "Put money into the account and cancel again": the attempts go on, and their alarm calls somebody.
    "ACQ.SELLER_BALANCE_NOT_ENOUGH": (Verdict.UNKNOWN, Reason.INSUFFICIENT_FUNDS),
    **dict.fromkeys(
        (
            "ACQ.CANCEL_NOT_ALLOWED",
            "ACQ.TRADE_CANCEL_TIME_OUT",  # only a refund helps
            "ACQ.REASON_TRADE_BEEN_FREEZEN",
            "ACQ.REASON_TRADE_REFUND_FEE_ERR",  # something has been given back already
            "ACQ.REASON_TRADE_STATUS_INVALID",
            "ACQ.TRADE_HAS_FINISHED",
        ),
        (Verdict.DECLINED, Reason.NOT_ALLOWED),
    ),
}

# [5]
REFUND: Mapping[str, Outcome] = {
    "ACQ.SYSTEM_ERROR": ASK_AGAIN,
    "ACQ.INVALID_PARAMETER": TURNED_AWAY,
    "ACQ.TRADE_NOT_EXIST": (Verdict.DECLINED, Reason.NOT_FOUND),
    "ACQ.SELLER_BALANCE_NOT_ENOUGH": (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
    **dict.fromkeys(
        (
            "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
            "ACQ.REASON_TRADE_REFUND_FEE_ERR",
            "ACQ.REASON_TRADE_STATUS_INVALID",
            "ACQ.TRADE_STATUS_ERROR",
            "ACQ.TRADE_HAS_FINISHED",
            "ACQ.DISCORDANT_REPEAT_REQUEST",  # another refund of this number [7]
        ),
        (Verdict.DECLINED, Reason.NOT_ALLOWED),
    ),
}

REFUSALS: Mapping[Operation, Mapping[str, Outcome]] = {
    Operation.PAY: PAY,
    Operation.SHOW: PAY,
    Operation.QUERY: QUERY,
    Operation.REVERSE: CANCEL,
    Operation.CLOSE: CANCEL,
    Operation.REFUND: REFUND,
    Operation.REFUND_QUERY: QUERY,
}

# Gateway errors that may come unsigned, for it cannot tell whose key to answer with, or will not talk to a stranger.
STRANGER = frozenset(
    {
        "isv.missing-app-id",
        "isv.invalid-app-id",
        "isv.missing-signature",
        "isv.invalid-signature",
        "isv.missing-signature-type",
        "isv.invalid-signature-type",
    }
)


def of_trade(trade_status: str) -> Outcome:
    return TRADE_STATES.get(trade_status, UNFAMILIAR)


def of_refund(refund_status: str) -> Outcome:
    return REFUND_STATES.get(refund_status, UNFAMILIAR)


def of_refusal(operation: Operation, code: str, sub_code: str) -> Outcome:
    if code == BUSINESS:
        return REFUSALS[operation].get(sub_code, UNFAMILIAR)
    return (GATEWAY if operation in _ACTING else GATEWAY_ASKED).get(code, UNFAMILIAR)
