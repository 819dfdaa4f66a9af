"""The conversation with an aggregated front end: one interface for the codes of WeChat Pay, Alipay and UnionPay.

Sans-IO. XML signed with a shared key, as WeChat Pay v2 was. Which wallet a code is of is the acquirer's to see; the
reply tells in `trade_type` who paid. A reply is believed only when it is signed with the key and speaks of the order,
the merchant and the amount that were asked about.
"""

from collections.abc import Mapping
from dataclasses import replace

from terminal.model import Answer, Order, Reason, Refund, Verdict
from terminal.scheme import Notified, Operation, Reply, Request
from terminal.schemes import flat_xml
from terminal.schemes.beijing import stamp
from terminal.schemes.fields import Malformed, money_told
from terminal.schemes.qra import outcomes
from terminal.schemes.qra.calls import PATH, Ask, Service
from terminal.schemes.qra.codes import PAYERS, SHOWN_LIFE_S
from terminal.schemes.qra.credentials import Credentials
from terminal.schemes.qra.replies import WELL, Said

SERVICES: Mapping[Operation, Service] = {
    Operation.PAY: Service.MICROPAY,
    Operation.SHOW: Service.NATIVE,
    Operation.QUERY: Service.QUERY,
    Operation.REVERSE: Service.REVERSE,
    Operation.CLOSE: Service.CLOSE,
    Operation.REFUND: Service.REFUND,
    Operation.REFUND_QUERY: Service.REFUND_QUERY,
}
OPERATIONS: Mapping[Service, Operation] = {service: operation for operation, service in SERVICES.items()}

CONTENT_TYPE = "text/xml;charset=UTF-8"
LONGEST_DESCRIPTION = 127
LONGEST_NONCE = 32
CURRENCY = "CNY"  # the interface knows no other

HEARD = Reply(200, {"content-type": "text/plain"}, b"success")
NOT_HEARD = Reply(200, {"content-type": "text/plain"}, b"fail")


class QraWire:
    """`terminal.scheme.Wire` for one merchant, and `Hears`."""

    def __init__(self, credentials: Credentials, *, address: str, terminal_id: str, notify_url: str) -> None:
        """`address` is the till's own, as the acquirer's risk control wants to know it."""
        self._credentials = credentials
        self._address = address
        self._terminal_id = terminal_id
        self._notify_url = notify_url

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        ask = Ask(SERVICES[operation], self._credentials.mch_id, nonce[:LONGEST_NONCE], order.order_id)
        return self._signed(self._sale(ask, order, now_s) if operation in (Operation.PAY, Operation.SHOW) else ask)

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:  # noqa: ARG002
        order, mine = refund.order, self._credentials.mch_id
        ask = Ask(SERVICES[operation], mine, nonce[:LONGEST_NONCE], order.order_id, out_refund_no=refund.refund_id)
        if operation is Operation.REFUND:
            total, part = str(order.money.minor), str(refund.money.minor)
            ask = replace(ask, total_fee=total, refund_fee=part, op_user_id=mine)
        return self._signed(ask)

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:  # noqa: ARG002
        if reply.status != 200:  # noqa: PLR2004 - HTTP's "OK": this gateway says everything else in the body
            return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, f"HTTP {reply.status}")
        try:
            message = flat_xml.read(reply.body)
            if not flat_xml.is_signed(message, self._credentials.key):
                return Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, _transport(message))
            said = Said.parse(message)
        except Malformed as error:
            return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, str(error))
        return self._believed(operation, order, said)

    def notified(self, request: Request, *, now_s: int) -> Notified:  # noqa: ARG002
        try:
            message = flat_xml.read(request.body)
            said = Said.parse(message)
        except Malformed:
            return Notified("", NOT_HEARD)
        if not flat_xml.is_signed(message, self._credentials.key) or said.mch_id != self._credentials.mch_id:
            return Notified("", NOT_HEARD)
        if said.out_refund_no:
            return Notified("", HEARD)
        fee = int(said.total_fee) if said.total_fee else None
        return Notified(said.out_trade_no, HEARD, money_told(fee, said.fee_type or CURRENCY))

    # What the request says.

    def _sale(self, ask: Ask, order: Order, now_s: int) -> Ask:
        assert order.shown or order.code, "a code is charged once, by the attempt that scanned it"
        ask = replace(
            ask,
            body=flat_xml.holdable(order.description)[:LONGEST_DESCRIPTION] or "Sale",
            total_fee=str(order.money.minor),
            mch_create_ip=self._address,
            device_info=self._terminal_id,
        )
        if order.code:
            return replace(ask, auth_code=order.code.digits)
        expires = stamp(order.begun_s + SHOWN_LIFE_S)
        return replace(ask, notify_url=self._notify_url, time_start=stamp(now_s), time_expire=expires)

    def _signed(self, ask: Ask) -> Request:
        body = flat_xml.write(flat_xml.signed(ask.fields(), self._credentials.key))
        return Request("POST", PATH, {"Content-Type": CONTENT_TYPE}, body)

    # What the reply says.

    def _believed(self, operation: Operation, order: Order | Refund, said: Said) -> Answer:
        if said.mch_id != self._credentials.mch_id:
            return Answer(Verdict.UNKNOWN, Reason.MISMATCH, "another merchant's")
        if said.status != WELL:
            return Answer(Verdict.UNKNOWN, Reason.CONFIGURATION, f"status {said.status}")
        if not said.is_well:
            outcome = outcomes.of_refusal(operation, said.err_code, needs_query=said.need_query != "N")
            return Answer(*outcome, said.err_code, said.transaction_id)
        if isinstance(order, Refund):
            return _refund_answer(operation, order, said)
        return _order_answer(operation, order, said)


def _transport(message: Mapping[str, str]) -> str:
    """Why an unsigned reply has nothing more to say, as far as that can be shown."""
    return "not signed" if not message.get(flat_xml.SIGN) else "wrong signature"


def _order_answer(operation: Operation, order: Order, said: Said) -> Answer:
    word, (verdict, reason) = _outcome(operation, said)
    if _differs(order, said, verdict):
        verdict, reason = Verdict.UNKNOWN, Reason.MISMATCH
    answer = Answer(verdict, reason, word, said.transaction_id, payer=_payer(said.trade_type))
    if operation is not Operation.SHOW:
        return answer
    if not said.code_url:
        return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, "no code_url")
    return replace(answer, shown_code=said.code_url)


def _outcome(operation: Operation, said: Said) -> tuple[str, outcomes.Outcome]:
    """Their word and what it means, of a reply that is well."""
    match operation:
        case Operation.PAY:
            return f"pay_result {said.pay_result}", outcomes.PAID if said.pay_result == WELL else outcomes.UNFAMILIAR
        case Operation.SHOW:
            return "NOTPAY", outcomes.PENDING
        case Operation.QUERY:
            return said.trade_state, outcomes.of_state(said.trade_state)
    return "result_code 0", (Verdict.REVERSED, Reason.NONE)


def _differs(order: Order, said: Said, verdict: Verdict) -> bool:
    """Whether it speaks of another order; a success must name its order and its amount."""
    asked = {"out_trade_no": order.order_id, "total_fee": str(order.money.minor)}
    needed = set(asked) if verdict is Verdict.APPROVED else set()
    told = any(getattr(said, name) != asked[name] for name in asked if name in needed or getattr(said, name))
    return told or (said.fee_type or CURRENCY) != order.money.currency.code


def _payer(trade_type: str) -> str:
    """Who paid: the middle of `pay.weixin.micropay`."""
    return next((name for wallet, name in PAYERS.items() if f".{wallet}." in trade_type), "")


def _refund_answer(operation: Operation, refund: Refund, said: Said) -> Answer:
    if operation is Operation.REFUND:
        number, fee, word, outcome = said.out_refund_no, said.refund_fee, "result_code 0", outcomes.PENDING
    else:
        number, fee, word = said.out_refund_no_0, said.refund_fee_0, said.refund_status_0
        outcome = outcomes.of_refund(word)
    if (said.out_trade_no, number, fee) != (refund.order.order_id, refund.refund_id, str(refund.money.minor)):
        outcome = (Verdict.UNKNOWN, Reason.MISMATCH)
    return Answer(*outcome, word, said.refund_id or said.refund_id_0)
