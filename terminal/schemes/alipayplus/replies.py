"""What Alipay+ answers, each written and read by the same type. Every reply has a `result`: how the call went."""

from dataclasses import dataclass

from terminal.schemes.alipayplus.codes import REQUEST_ID, WORD, Amount
from terminal.schemes.fields import Fields, to_json

DONE, FAILED, OPEN = "S", "F", "U"
SUCCESS = "SUCCESS"
IN_PROCESS = "PAYMENT_IN_PROCESS"
# How Antom's pages call what a payment has come to, beside a result of its own.
STATUSES = {DONE: "SUCCESS", FAILED: "FAIL", OPEN: "PROCESSING"}


@dataclass(frozen=True, slots=True)
class Result:
    """S done, F failed, U unknown, and why."""

    status: str
    code: str
    message: str = ""

    def said(self) -> dict[str, str]:
        return {"resultCode": self.code, "resultStatus": self.status, "resultMessage": self.message}

    def body(self) -> bytes:
        return to_json({"result": self.said()})

    @property
    def is_success(self) -> bool:
        return (self.status, self.code) == (DONE, SUCCESS)

    @classmethod
    def parse(cls, fields: Fields, name: str = "result") -> "Result":
        inner = fields.inner(name)
        return cls(
            inner.text("resultStatus", 1, WORD),
            inner.text("resultCode", 64, WORD),
            inner.text_or_empty("resultMessage", 256),
        )


SUCCEEDED = Result(DONE, SUCCESS, "Success")


@dataclass(frozen=True, slots=True)
class Payment:
    """What pay and inquiryPayment answer; in the latter `result` is the call's and `outcome` the payment's."""

    result: Result
    request_id: str = ""
    payment_id: str = ""
    amount: Amount | None = None
    time: str = ""
    outcome: Result | None = None

    def body(self) -> bytes:
        return to_json(
            {
                "result": self.result.said(),
                "paymentRequestId": self.request_id,
                "paymentId": self.payment_id,
                "paymentAmount": self.amount.said() if self.amount else None,
                "paymentTime": self.time,
                "paymentResult": self.outcome.said() if self.outcome else None,
                "paymentStatus": STATUSES[self.outcome.status] if self.outcome else "",
            }
        )

    @classmethod
    def parse(cls, fields: Fields) -> "Payment":
        return cls(
            result=Result.parse(fields),
            request_id=fields.text_or_empty("paymentRequestId", 64, REQUEST_ID),
            payment_id=fields.text_or_empty("paymentId", 64, WORD),
            amount=Amount.parse_any(fields, "paymentAmount"),
            time=fields.text_or_empty("paymentTime", 64),
            outcome=Result.parse(fields, "paymentResult") if "paymentResult" in fields else None,
        )


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What cancelPayment answers: little more than that it is done."""

    result: Result
    request_id: str = ""
    payment_id: str = ""
    time: str = ""

    def body(self) -> bytes:
        return to_json(
            {
                "result": self.result.said(),
                "paymentRequestId": self.request_id,
                "paymentId": self.payment_id,
                "cancelTime": self.time,
            }
        )

    @classmethod
    def parse(cls, fields: Fields) -> "Cancelled":
        return cls(
            Result.parse(fields),
            fields.text_or_empty("paymentRequestId", 64, REQUEST_ID),
            fields.text_or_empty("paymentId", 64, WORD),
            fields.text_or_empty("cancelTime", 64),
        )


@dataclass(frozen=True, slots=True)
class Refunded:
    """What refund answers."""

    result: Result
    request_id: str = ""  # of the refund
    refund_id: str = ""
    payment_id: str = ""
    amount: Amount | None = None
    time: str = ""

    def body(self) -> bytes:
        return to_json(
            {
                "result": self.result.said(),
                "refundRequestId": self.request_id,
                "refundId": self.refund_id,
                "paymentId": self.payment_id,
                "refundAmount": self.amount.said() if self.amount else None,
                "refundTime": self.time,
            }
        )

    @classmethod
    def parse(cls, fields: Fields) -> "Refunded":
        return cls(
            result=Result.parse(fields),
            request_id=fields.text_or_empty("refundRequestId", 64, REQUEST_ID),
            refund_id=fields.text_or_empty("refundId", 64, WORD),
            payment_id=fields.text_or_empty("paymentId", 64, WORD),
            amount=Amount.parse_any(fields, "refundAmount"),
            time=fields.text_or_empty("refundTime", 64),
        )
