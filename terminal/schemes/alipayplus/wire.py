"""The conversation with Alipay+, for merchants abroad: what the till asks and believes, and what a host is asked.

Sans-IO. One table of paths serves both ends. A reply is believed only when the platform signed it, just now, for
this call, and when it speaks of the order and the amount that were asked about.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from terminal.model import Answer, Order, Reason, Refund, Verdict
from terminal.scheme import Operation, Reply, Request
from terminal.schemes.alipayplus import outcomes
from terminal.schemes.alipayplus.calls import AskRefund, Pay, Shop, Which
from terminal.schemes.alipayplus.codes import Amount, iso8601
from terminal.schemes.alipayplus.credentials import Credentials
from terminal.schemes.alipayplus.replies import Cancelled, Payment, Refunded, Result
from terminal.schemes.alipayplus.signing import Seal
from terminal.schemes.fields import Fields, Malformed

PREFIX = "/aps/api/v1/payments/"
# Antom's name for the same calls, and how its SDK rewrites them for client ids that begin SANDBOX_.
ANTOM = ("/ams/api/v1/payments/", "/ams/sandbox/api/v1/payments/")
PATHS: Mapping[Operation, str] = {
    Operation.PAY: f"{PREFIX}pay",
    Operation.QUERY: f"{PREFIX}inquiryPayment",
    Operation.REVERSE: f"{PREFIX}cancelPayment",
    Operation.REFUND: f"{PREFIX}refund",
    Operation.REFUND_QUERY: f"{PREFIX}refund",  # asked again by its id, it is the same refund and says how it stands
}

ORDER_LIFE_S = 180  # of an order that waits for a password
LONGEST_DESCRIPTION = 256


# --- the till's end --------------------------------------------------------------------------------------


class AlipayPlusWire:
    """`terminal.scheme.Wire` for one acquirer's client id. There are no merchant codes here."""

    def __init__(self, credentials: Credentials, shop: Shop, *, settlement_currency: str = "") -> None:
        self._credentials = credentials
        self._shop = shop
        self._settlement_currency = settlement_currency

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:  # noqa: ARG002
        if operation is Operation.PAY:
            return self._signed(operation, self._pay(order, now_s), now_s)
        return self._signed(operation, Which(order.order_id).body(), now_s)

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:  # noqa: ARG002
        which = Which(refund.order.order_id)
        ask = AskRefund(which, refund.refund_id, Amount.of(refund.money), refund.reason)
        return self._signed(operation, ask.body(), now_s)

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        if reply.status != 200:  # noqa: PLR2004 - HTTP's "OK", with which this gateway says everything
            return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, f"HTTP {reply.status}")
        if doubt := self._doubt(operation, reply, now_s):
            return Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, doubt)
        try:
            return _meaning(operation, order, Fields.parse(reply.body))
        except Malformed as error:
            return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, str(error))

    def _pay(self, order: Order, now_s: int) -> bytes:
        assert order.code, "a code is charged once, by the attempt that scanned it"
        return Pay(
            request_id=order.order_id,
            code=order.code.digits,
            amount=Amount.of(order.money),
            description=(order.description or "Sale")[:LONGEST_DESCRIPTION],
            shop=self._shop,
            asked=iso8601(now_s),
            expires=iso8601(now_s + ORDER_LIFE_S),
            settlement_currency=self._settlement_currency,
        ).body()

    def _signed(self, operation: Operation, body: bytes, now_s: int) -> Request:
        mine, path = self._credentials, PATHS[operation]
        seal = Seal.made(mine.private_key, mine.client_id, path, now_s, body)
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "Client-Id": mine.client_id,
            "Request-Time": seal.time,
            "Signature": seal.header,
        }
        return Request("POST", path, headers, body)

    def _doubt(self, operation: Operation, reply: Reply, now_s: int) -> str:
        mine = self._credentials
        try:
            seal = Seal.parse(reply.headers, "response-time")
        except Malformed as error:
            return str(error)
        if seal.client_id != mine.client_id:
            return "an answer to another client"
        return seal.doubt(mine.platform_key, PATHS[operation], reply.body, now_s)


# What a signed reply says.


def _meaning(operation: Operation, about: Order | Refund, fields: Fields) -> Answer:
    result = Result.parse(fields)
    if not result.is_success:
        return Answer(*outcomes.of_refusal(operation, result.code), result.code)
    if isinstance(about, Refund):
        return _refunded(about, Refunded.parse(fields))
    if operation is Operation.REVERSE:
        return _undone(about, Cancelled.parse(fields))
    payment = Payment.parse(fields)
    if operation is Operation.PAY:
        return _payment(about, payment, payment.result)
    if payment.outcome is None:
        raise Malformed("paymentResult", "is missing")
    return _payment(about, payment, payment.outcome)


def _payment(order: Order, payment: Payment, outcome: Result) -> Answer:
    """What decides must name its order, a success its amount too."""
    verdict, reason = outcomes.of_payment(outcome.status, outcome.code)
    other_order = payment.request_id != order.order_id and bool(payment.request_id or not verdict.in_doubt)
    needs_amount = payment.amount is not None or verdict is Verdict.APPROVED
    if other_order or (needs_amount and payment.amount != Amount.of(order.money)):
        return Answer(Verdict.UNKNOWN, Reason.MISMATCH, outcome.code, payment.payment_id)
    if verdict is Verdict.APPROVED and not payment.payment_id:
        raise Malformed("paymentId", "is missing")
    return Answer(verdict, reason, outcome.code, payment.payment_id)


def _undone(order: Order, cancelled: Cancelled) -> Answer:
    """The page promises no more than a result: where the order is named, it must be this one."""
    if cancelled.request_id not in ("", order.order_id):
        return Answer(Verdict.UNKNOWN, Reason.MISMATCH, cancelled.result.code)
    return Answer(Verdict.REVERSED, said=cancelled.result.code, transaction_id=cancelled.payment_id)


def _refunded(refund: Refund, answer: Refunded) -> Answer:
    if (answer.request_id, answer.amount) != (refund.refund_id, Amount.of(refund.money)):
        return Answer(Verdict.UNKNOWN, Reason.MISMATCH, answer.result.code, answer.refund_id)
    return Answer(Verdict.APPROVED, said=answer.result.code, transaction_id=answer.refund_id)


# --- the host's end --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked, and by which path it was signed."""

    operation: Operation
    path: str


_VERBS = {
    "pay": Operation.PAY,
    "inquiryPayment": Operation.QUERY,
    "cancelPayment": Operation.REVERSE,
    "cancel": Operation.REVERSE,  # Antom's
    "refund": Operation.REFUND,
}


def read_call(request: Request) -> Call | None:
    """What is asked by method and path, or None for a path that is none of ours."""
    prefix = next((prefix for prefix in (PREFIX, *ANTOM) if request.path.startswith(prefix)), None)
    if prefix is None or request.method.upper() != "POST":
        return None
    operation = _VERBS.get(request.path.removeprefix(prefix))
    return Call(operation, request.path) if operation else None
