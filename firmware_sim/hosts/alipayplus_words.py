"""What an Alipay+ host says: result codes with their statuses and texts, and what a payment has come to."""

import re
from collections.abc import Mapping

from firmware_sim.ledger_words import Purchase, Refusal, State
from terminal.scheme import Operation
from terminal.schemes.alipayplus.codes import Amount, iso8601
from terminal.schemes.alipayplus.replies import FAILED, IN_PROCESS, OPEN, SUCCEEDED, Payment, Result

PAYMENT_ID = re.compile(r"[0-9]{8}1940108001001(?P<number>[0-9]{19})")
ODD = Result(FAILED, "SAOMA_ODD_CODE")  # a code that no page has, for the fault of that name

TEXTS = {
    "INVALID_PAYMENT_CODE": "The payment code is invalid or expired.",
    "USER_BALANCE_NOT_ENOUGH": "The user balance is not enough.",
    "USER_AMOUNT_EXCEED_LIMIT": "The amount exceeds the user's limit.",
    "USER_STATUS_ABNORMAL": "The user status is abnormal.",
    "RISK_REJECT": "Rejected by risk control.",
    "UNAVAILABLE_PAYMENT_METHOD": "The payment method is unavailable.",
    "USER_PAYMENT_VERIFICATION_FAILED": "The user did not pass the verification.",
    "CURRENCY_NOT_SUPPORT": "The currency is not supported.",
    "REPEAT_REQ_INCONSISTENT": "A repeated request is inconsistent.",
    "ORDER_IS_CLOSED": "The order is closed.",
    "ORDER_NOT_EXIST": "The order does not exist.",
    "ORDER_STATUS_INVALID": "The order status does not allow this.",
    "CANCEL_WINDOW_EXCEED": "The cancel window is over: refund instead.",
    "REFUND_WINDOW_EXCEED": "The refund window is over.",
    "REFUND_AMOUNT_EXCEED": "More than is left of the payment.",
    "REFUND_IN_PROCESS": "The refund is being processed.",
    "PROCESS_FAIL": "A general business failure. Do not retry.",
    "PARAM_ILLEGAL": "Illegal parameters.",
    "INVALID_SIGNATURE": "The signature is invalid.",
    "INVALID_CLIENT": "The client is invalid.",
    "INVALID_API": "The called API is invalid.",
    IN_PROCESS: "The payment is being processed.",
    "UNKNOWN_EXCEPTION": "Unknown exception.",
}
UNKNOWN = ("UNKNOWN_EXCEPTION", "REQUEST_TRAFFIC_EXCEED_LIMIT", "REFUND_IN_PROCESS", IN_PROCESS)  # of status U

# The neutral refusals in Alipay+'s words; where a call has another word for one, that follows below.
WORDS: Mapping[Refusal, str] = {
    Refusal.CODE_INVALID: "INVALID_PAYMENT_CODE",
    Refusal.CODE_EXPIRED: "INVALID_PAYMENT_CODE",
    Refusal.CODE_SPENT: "INVALID_PAYMENT_CODE",
    Refusal.INSUFFICIENT_FUNDS: "USER_BALANCE_NOT_ENOUGH",
    Refusal.OVER_LIMIT: "USER_AMOUNT_EXCEED_LIMIT",
    Refusal.OVER_DAY_LIMIT: "USER_AMOUNT_EXCEED_LIMIT",
    Refusal.BLOCKED: "USER_STATUS_ABNORMAL",
    Refusal.RISK: "RISK_REJECT",
    Refusal.NOT_ALLOWED: "UNAVAILABLE_PAYMENT_METHOD",
    Refusal.WRONG_PASSWORD: "USER_PAYMENT_VERIFICATION_FAILED",
    Refusal.NOT_TYPED: "USER_PAYMENT_VERIFICATION_FAILED",
    Refusal.REFUSED: "PROCESS_FAIL",
    Refusal.CURRENCY: "CURRENCY_NOT_SUPPORT",
    Refusal.ORDER_TAKEN: "REPEAT_REQ_INCONSISTENT",
    Refusal.ORDER_PAID: "REPEAT_REQ_INCONSISTENT",
    Refusal.ORDER_CLOSED: "ORDER_IS_CLOSED",
    Refusal.ORDER_REVERSED: "ORDER_IS_CLOSED",
    Refusal.NO_SUCH_ORDER: "ORDER_NOT_EXIST",
    Refusal.WRONG_KIND: "PROCESS_FAIL",
    Refusal.TOO_SOON: "PROCESS_FAIL",
    Refusal.TOO_LATE: "CANCEL_WINDOW_EXCEED",
    Refusal.NOT_PAID: "ORDER_STATUS_INVALID",
    Refusal.TOO_MUCH: "REFUND_AMOUNT_EXCEED",
    Refusal.TOO_MANY: "PROCESS_FAIL",
    Refusal.REFUND_TAKEN: "REPEAT_REQ_INCONSISTENT",
    Refusal.NO_SUCH_REFUND: "ORDER_NOT_EXIST",
}
WORDS_OF: Mapping[Operation | None, Mapping[Refusal, str]] = {
    Operation.REFUND: {Refusal.TOO_LATE: "REFUND_WINDOW_EXCEED"}
}


class Refused(Exception):
    """Ends a call from wherever it was found wanting."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.result = result(code, text)


def result(code: str, text: str = "") -> Result:
    """A code as it stands in a reply, with its own status."""
    return Result(OPEN if code in UNKNOWN else FAILED, code, text or TEXTS.get(code, ""))


def refused(why: str, operation: Operation | None) -> Refused:
    """A neutral refusal in this wallet's words for the call; anything else is a code of its own already."""
    if why not in list(Refusal):
        return Refused(why)
    return Refused({**WORDS, **WORDS_OF.get(operation, {})}[Refusal(why)])


# Payments.


def payment_id(purchase: Purchase) -> str:
    """Forty digits: the day, thirteen that say no more than that it is one, the ledger's own number."""
    day = iso8601(purchase.created_s)[:10].replace("-", "")
    return f"{day}1940108001001{purchase.number:019}"


def outcome(purchase: Purchase) -> Result:
    """What a payment has come to; what was given back in part or whole was paid all the same."""
    if purchase.state is State.OPEN:
        return result(IN_PROCESS)
    if purchase.state is State.PAID:
        return SUCCEEDED
    if purchase.state is State.FAILED:
        return refused(purchase.refusal, Operation.PAY).result
    return result("ORDER_IS_CLOSED")


def paid(purchase: Purchase) -> Payment:
    """As pay answers: paid, or waiting for the payer."""
    return _payment(purchase, outcome(purchase))


def queried(purchase: Purchase) -> Payment:
    """As inquiryPayment answers: the call went well, whatever the payment has come to."""
    return _payment(purchase, SUCCEEDED, outcome(purchase))


def _payment(purchase: Purchase, call: Result, came_to: Result | None = None) -> Payment:
    return Payment(
        result=call,
        request_id=purchase.order_no,
        payment_id=payment_id(purchase),
        amount=Amount(purchase.currency, purchase.amount),
        time=iso8601(purchase.paid_s) if purchase.paid_s is not None else "",
        outcome=came_to,
    )
