"""The conversation with WeChat Pay v2: what the till asks and believes, and how a host finds out what is asked.

Sans-IO. One table of paths serves both ends. A reply is believed when it carries the signature that only the two
holders of the key can make, and speaks of the merchant, the order and the amount that were asked about. v2 signs no
time and repeats no nonce of ours, and its reply to `reverse` names no order: that it answers *this* request is what
TLS is trusted for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from terminal.errors import NoBill
from terminal.model import Answer, Order, Reason, Refund, Verdict
from terminal.scheme import BillLine, Fetching, Notified, Operation, Reply, Request
from terminal.schemes import flat_xml
from terminal.schemes.beijing import stamp
from terminal.schemes.fields import Fields, Malformed, money_told
from terminal.schemes.flat_xml import SignType
from terminal.schemes.gzipped import GZIP
from terminal.schemes.tenpay import (
    ASK_AGAIN,
    NATIVE_URL,
    ORDER_NUMBER,
    SHOWN_LIFE_S,
    UNFAMILIAR,
    of_state,
)
from terminal.schemes.tenpay_bills import read_bill
from terminal.schemes.wechat_v2 import outcomes
from terminal.schemes.wechat_v2.calls import AskBill, AskRefund, AskRefunds, MicroPay, Named, UnifiedOrder
from terminal.schemes.wechat_v2.credentials import Credentials
from terminal.schemes.wechat_v2.replies import FAIL, SUCCESS, Accepted, CodeUrl, Failure, Refunds, Transaction, Undone

PATHS: Mapping[Operation, str] = {
    Operation.PAY: "/pay/micropay",
    Operation.SHOW: "/pay/unifiedorder",
    Operation.QUERY: "/pay/orderquery",
    Operation.REVERSE: "/secapi/pay/reverse",
    Operation.CLOSE: "/pay/closeorder",
    Operation.REFUND: "/secapi/pay/refund",
    Operation.REFUND_QUERY: "/pay/refundquery",
}
DOWNLOAD_BILL = "/pay/downloadbill"
OPENID = "/tools/authcodetoopenid"
OPERATIONS: Mapping[str, Operation | None] = {
    **{path: operation for operation, path in PATHS.items()},
    DOWNLOAD_BILL: None,
    OPENID: None,
}

CONTENT_TYPE = "text/xml; charset=utf-8"
ALWAYS_SAID = ("appid", "mch_id")  # of who is spoken of; the rest only to service providers
LONGEST_BODY = 127
CURRENCY = "CNY"  # where `fee_type` is absent
OK = 200
NOTHING_SOLD = "No Bill Exist"  # no money moved that day (downloadbill page)
# What is turned away at the door is not signed and has a text for a reason. A wrong key is the commonest mistake of a
# till's first day, and nothing can have moved: see `_turned_away`.
WRONG_SIGNATURE = "签名错误"


def pack(fields: Mapping[str, str], key: str, kind: SignType) -> bytes:
    """Fields as either end sends them: what XML cannot spell left out, then signed."""
    said = {name: flat_xml.holdable(text).strip() for name, text in fields.items()}
    return flat_xml.write(flat_xml.signed(said, key, kind))


# --- the till's end --------------------------------------------------------------------------------------


class WechatV2Wire:
    """`terminal.scheme.Wire` and `Hears` for one merchant."""

    def __init__(self, credentials: Credentials, *, device: str, ip: str, notify_url: str) -> None:
        self._credentials = credentials
        self._device = device
        self._ip = ip
        self._notify_url = notify_url

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        return self._signed(PATHS[operation], self._order_fields(operation, order, now_s), nonce)

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:  # noqa: ARG002
        asked = AskRefunds(out_refund_no=refund.refund_id) if operation is Operation.REFUND_QUERY else _refund(refund)
        return self._signed(PATHS[operation], asked.fields(), nonce)

    def bill_request(self, bill: AskBill, *, nonce: str) -> Request:
        """The reply is the bill's text (`schemes.tenpay_bills` reads it), or XML that says why there is none."""
        return self._signed(DOWNLOAD_BILL, bill.fields(), nonce)

    def bill(self, day: date, *, now_s: int, nonces: Iterator[str]) -> Fetching:  # noqa: ARG002 - v2 signs no time
        """`terminal.scheme.Bills`. Neither the bill nor the refusal of one is signed: TLS is trusted for it."""
        reply = yield self.bill_request(AskBill(f"{day:%Y%m%d}", tar_type=GZIP), nonce=next(nonces))
        if not reply.body.lstrip().startswith(b"<"):
            return self.read_bill(reply.body)
        try:
            why = flat_xml.read(reply.body).get("return_msg", "")
        except Malformed as error:
            raise NoBill(f"WeChat Pay's answer about its bill of {day} is no answer: {error}") from error
        if why == NOTHING_SOLD:
            return ()
        raise NoBill(f"WeChat Pay has no bill of {day}: {why}")

    def read_bill(self, content: bytes) -> tuple[BillLine, ...]:
        return read_bill(content)

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:  # noqa: ARG002
        if reply.status != OK:
            return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, f"HTTP {reply.status}")
        try:
            return self._read(operation, order, flat_xml.read(reply.body))
        except Malformed as error:
            return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, str(error))

    def notified(self, request: Request, *, now_s: int) -> Notified:  # noqa: ARG002 - a v2 notice says no time
        try:
            said = flat_xml.read(request.body)
            if self._doubt(said) or said.get("return_code") != SUCCESS:
                return Notified("", _told(FAIL, "not believed"))
            told = Fields(said)
            fee = told.digits("total_fee") if "total_fee" in told else None
            paid = money_told(fee, told.text_or_empty("fee_type", 16) or CURRENCY)
            return Notified(told.text("out_trade_no", 32, ORDER_NUMBER), _told(SUCCESS, "OK"), paid)
        except Malformed as error:
            return Notified("", _told(FAIL, str(error)))

    # What the request says.

    def _order_fields(self, operation: Operation, order: Order, now_s: int) -> dict[str, str]:
        body = (order.description or "Sale")[:LONGEST_BODY]
        total, currency = order.money.minor, order.money.currency.code
        match operation:
            case Operation.PAY:
                assert order.code, "a code is charged once, by the attempt that scanned it"
                code = order.code.digits
                return MicroPay(body, order.order_id, code, total, currency, self._ip, self._device).fields()
            case Operation.SHOW:
                return UnifiedOrder(
                    body=body,
                    out_trade_no=order.order_id,
                    total_fee=total,
                    fee_type=currency,
                    spbill_create_ip=self._ip,
                    notify_url=self._notify_url,
                    product_id=order.order_id,
                    time_expire=stamp(now_s + SHOWN_LIFE_S),
                    device_info=self._device,
                ).fields()
            case _:
                return Named(order.order_id).fields()

    def _signed(self, path: str, fields: Mapping[str, str], nonce: str) -> Request:
        mine = self._credentials
        said = {**mine.merchant.fields(), "nonce_str": nonce, "sign_type": mine.sign_type, **fields}
        return Request("POST", path, {"Content-Type": CONTENT_TYPE}, pack(said, mine.api_key, mine.sign_type))

    # What the reply says.

    def _read(self, operation: Operation, order: Order | Refund, said: Mapping[str, str]) -> Answer:
        if said.get("return_code") != SUCCESS:
            return _turned_away(operation, said.get("return_msg", ""))
        if reason := self._doubt(said):
            return Answer(Verdict.UNKNOWN, reason)
        fields = Fields(said)
        if operation is Operation.REVERSE and Undone.read(fields).recall:
            return Answer(*ASK_AGAIN, said="recall=Y", again=True)
        if said.get("result_code") != SUCCESS:
            code = Failure.read(fields).err_code
            return Answer(*outcomes.of_refusal(operation, code), said=code)
        if isinstance(order, Refund):
            return _refund_answer(operation, order, fields)
        return _order_answer(operation, order, fields)

    def _doubt(self, said: Mapping[str, str]) -> Reason:
        """Why a message cannot be believed; NONE where it can."""
        mine = self._credentials
        if not flat_xml.is_signed(said, mine.api_key, mine.sign_type):
            return Reason.BAD_SIGNATURE
        who = mine.merchant.fields()
        is_ours = all(said.get(name, "") == who[name] for name in who if name in said or name in ALWAYS_SAID)
        return Reason.NONE if is_ours else Reason.MISMATCH


def _refund(refund: Refund) -> AskRefund:
    order, money = refund.order, refund.order.money
    return AskRefund(
        order=Named(order.order_id),
        out_refund_no=refund.refund_id,
        refund_fee=refund.money.minor,
        total_fee=money.minor,
        fee_type=money.currency.code,
        refund_desc=refund.reason,
    )


def _turned_away(operation: Operation, why: str) -> Answer:
    """At the door: unsigned, as the gateway could not tell who asked.

    It is no reply, with one exception: whoever signs with a wrong key is turned away before an order is looked at. Were
    it forged, a declined order is still closed by a reverse that only a signed reply ends.
    """
    if operation in (Operation.PAY, Operation.SHOW) and why == WRONG_SIGNATURE:
        return Answer(*outcomes.of_refusal(operation, "SIGNERROR"), said="SIGNERROR")
    return Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, "return_code is not SUCCESS")


def _order_answer(operation: Operation, order: Order, fields: Fields) -> Answer:
    match operation:
        case Operation.SHOW:
            return _shown(CodeUrl.read(fields))
        case Operation.REVERSE | Operation.CLOSE:
            return Answer(Verdict.REVERSED, said=SUCCESS)
    transaction = Transaction.read(fields)
    state = transaction.trade_state or (SUCCESS if operation is Operation.PAY else "")
    verdict, reason = of_state(state) if state else UNFAMILIAR
    if _differs(order, transaction, verdict):
        verdict, reason = Verdict.UNKNOWN, Reason.MISMATCH
    return Answer(verdict, reason, state, transaction.transaction_id)


def _differs(order: Order, transaction: Transaction, verdict: Verdict) -> bool:
    """Whether it speaks of another order; what decides must name its order, a success its amount too."""
    if transaction.out_trade_no != order.order_id and (transaction.out_trade_no or not verdict.in_doubt):
        return True
    currency = transaction.fee_type or CURRENCY
    said, asked = (transaction.total_fee, currency), (order.money.minor, order.money.currency.code)
    return said != asked and (verdict is Verdict.APPROVED or transaction.total_fee is not None)


def _shown(answer: CodeUrl) -> Answer:
    if not answer.code_url.startswith(NATIVE_URL):
        return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, "code_url of an unknown form")
    return Answer(Verdict.PENDING, said="NOTPAY", shown_code=answer.code_url)


def _refund_answer(operation: Operation, refund: Refund, fields: Fields) -> Answer:
    asked = (refund.order.order_id, refund.refund_id, refund.money.minor)
    if operation is Operation.REFUND:
        taken = Accepted.read(fields)
        if (taken.out_trade_no, taken.out_refund_no, taken.refund_fee) != asked:
            return Answer(Verdict.UNKNOWN, Reason.MISMATCH, SUCCESS, taken.refund_id)
        return Answer(Verdict.PENDING, said="ACCEPTED", transaction_id=taken.refund_id)  # "query how it went"
    listed = Refunds.read(fields)
    for one in listed.refunds:
        if (listed.out_trade_no, one.out_refund_no, one.refund_fee) == asked:
            return Answer(*outcomes.of_refund(one.status), said=one.status, transaction_id=one.refund_id)
    return Answer(Verdict.UNKNOWN, Reason.MISMATCH, "another refund")


def _told(code: str, message: str) -> Reply:
    """What a notice is answered with, unsigned: SUCCESS, or FAIL to hear of it again."""
    return Reply(OK, {"content-type": CONTENT_TYPE}, flat_xml.write({"return_code": code, "return_msg": message}))


# --- the host's end --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signing:
    """How a request is signed, which is how it is answered; `kind` is MD5 where it does not say."""

    fields: Mapping[str, str]
    kind: SignType

    @classmethod
    def read(cls, body: bytes) -> "Signing":
        """Raises Malformed."""
        said = flat_xml.read(body)
        try:
            return cls(said, SignType(said.get("sign_type") or SignType.MD5))
        except ValueError as error:
            raise Malformed("sign_type", f"must be {' or '.join(SignType)}") from error

    def is_by(self, key: str) -> bool:
        return flat_xml.is_signed(self.fields, key, self.kind)
