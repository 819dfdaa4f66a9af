"""The conversation with UnionPay's open platform 5.1.0: what the till asks, and what it believes.

Sans-IO. A call is answered at once by "accepted", and a query tells later what became of it. An order is named by its
number and the time it was made. A reply is believed only when UnionPay signed it and when it speaks of the order, the
merchant and the amount that were asked about.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from terminal.codes.emv.universal import Shop, universal_code
from terminal.exchange import Rate
from terminal.model import Answer, Order, Reason, Refund, Verdict
from terminal.money import BY_NUMBER, Money
from terminal.scheme import Notified, Operation, Reply, Request
from terminal.schemes.beijing import moment, read_stamp, stamp
from terminal.schemes.fields import Malformed
from terminal.schemes.unionpay import form, outcomes, signing
from terminal.schemes.unionpay.calls import Ask, Kind
from terminal.schemes.unionpay.codes import SHOWN_LIFE_S
from terminal.schemes.unionpay.credentials import Credentials
from terminal.schemes.unionpay.replies import Said

KINDS: Mapping[Operation, Kind] = {
    Operation.PAY: Kind.SALE,
    Operation.SHOW: Kind.APPLY,
    Operation.QUERY: Kind.QUERY,
    Operation.REVERSE: Kind.REVERSAL,  # within the settlement day; after it, what was paid is for a refund
    Operation.CLOSE: Kind.QUERY,  # there is no call to take a shown code down: it runs out, and is asked about
    Operation.VOID: Kind.VOID,
    Operation.REFUND: Kind.REFUND,
    Operation.REFUND_QUERY: Kind.QUERY,
}
OPERATIONS: Mapping[Kind, Operation] = {
    Kind.SALE: Operation.PAY,
    Kind.APPLY: Operation.SHOW,
    Kind.QUERY: Operation.QUERY,
    Kind.REVERSAL: Operation.REVERSE,
    Kind.VOID: Operation.VOID,
    Kind.REFUND: Operation.REFUND,
}
DAY_BEGINS = timedelta(hours=1)  # the settlement day runs from 23:00 to 23:00
UNDER_WAY_S = 60  # ours: how long a payment may take that a customer began while the code could still be paid

HEARD = Reply(200, {"content-type": "text/plain"}, b"ok")  # 200 or 302 within ten seconds; else it is told again
NOT_HEARD = Reply(400, {"content-type": "text/plain"}, b"not signed by UnionPay, or not for this merchant")


def settlement_day(unix_s: float) -> date:
    return (moment(unix_s) + DAY_BEGINS).date()


# --- the till's end --------------------------------------------------------------------------------------


class UnionpayWire:
    """`terminal.scheme.Wire` for one merchant, and `Hears`."""

    def __init__(
        self, credentials: Credentials, *, terminal_id: str, notify_url: str, card: Shop | None = None
    ) -> None:
        """`terminal_id` is eight digits or letters of the shop's own; `notify_url` hears of what was paid.

        With a `card` an order is shown by the code that every wallet can pay, and not by UnionPay's own.
        """
        self._credentials = credentials
        self._terminal_id = terminal_id
        self._notify_url = notify_url
        self._card = card

    # A message of this wire is dated by the order's own time and needs no nonce.

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:  # noqa: ARG002
        too_late = operation is Operation.REVERSE and settlement_day(now_s) > settlement_day(order.begun_s)
        kind = Kind.QUERY if too_late else KINDS[operation]
        ask = Ask(kind, self._credentials.mer_id, order.order_id, stamp(order.begun_s))
        return self._signed(self._sale(ask, order) if ask.kind in (Kind.SALE, Kind.APPLY) else ask)

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:  # noqa: ARG002
        ask = Ask(KINDS[operation], self._credentials.mer_id, refund.refund_id, stamp(_begun_s(refund)))
        return self._signed(ask if ask.kind is Kind.QUERY else self._giving_back(ask, refund))

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        if reply.status != 200:  # noqa: PLR2004 - HTTP's "OK": this gateway says everything else in the body
            return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, f"HTTP {reply.status}")
        try:
            message = form.read_plain(reply.body)
            if doubt := self._doubt(message, now_s):
                return Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, doubt)
            said = Said.parse(message)
        except Malformed as error:
            return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, str(error))
        return self._believed(operation, order, said, now_s)

    def notified(self, request: Request, *, now_s: int) -> Notified:
        try:
            message = form.read_form(request.body)
            said = Said.parse(message)
        except Malformed:
            return Notified("", NOT_HEARD)
        if self._doubt(message, now_s) or said.mer_id != self._credentials.mer_id:
            return Notified("", NOT_HEARD)
        of_a_sale = said.txn_type == Kind.SALE.value[0]  # a refund is told under its own number
        if not of_a_sale:
            return Notified("", HEARD)
        return Notified(said.order_id, HEARD, _paid(said), _time(said), may_be_static=True)

    # What the request says.

    def _sale(self, ask: Ask, order: Order) -> Ask:
        assert order.shown or order.code, "a code is charged once, by the attempt that scanned it"
        return Ask(
            ask.kind,
            ask.mer_id,
            ask.order_id,
            ask.txn_time,
            amount=str(order.money.minor),
            currency=order.money.currency.numeric,
            qr_no=order.code.digits if order.code else "",
            term_id=self._terminal_id,
            back_url=self._notify_url,
            pay_timeout=stamp(order.begun_s + SHOWN_LIFE_S) if order.shown else "",
        )

    def _giving_back(self, ask: Ask, refund: Refund) -> Ask:
        """A void or a refund: under one number, so once."""
        order = refund.order
        return Ask(
            ask.kind,
            ask.mer_id,
            ask.order_id,
            ask.txn_time,
            amount=str(refund.money.minor),
            back_url=self._notify_url,
            orig_qry_id=order.transaction_id,
            orig_order_id="" if order.transaction_id else order.order_id,
            orig_txn_time="" if order.transaction_id else stamp(order.begun_s),
        )

    def _signed(self, ask: Ask) -> Request:
        mine = self._credentials
        fields = ask.fields() | {signing.CERTIFICATE_NUMBER: mine.cert_id}
        body = form.write_form(signing.signed(fields, mine.private_key))
        return Request("POST", ask.kind.path, {"Content-Type": form.CONTENT_TYPE}, body)

    # What the reply says.

    def _doubt(self, message: Mapping[str, str], now_s: int) -> str:
        return signing.doubt(message, self._credentials.authorities, self._credentials.signer, now_s)

    def _believed(self, operation: Operation, order: Order | Refund, said: Said, now_s: int) -> Answer:
        if said.resp_code == "00" and (KINDS.get(operation) is Kind.QUERY or said.orig_resp_code):
            code, (verdict, reason) = said.orig_resp_code, outcomes.of_state(said.orig_resp_code)
        else:
            code, (verdict, reason) = said.finer_code, outcomes.of_answer(operation, said.resp_code, said.finer_code)
        if self._differs(order, said, verdict):
            verdict, reason = Verdict.UNKNOWN, Reason.MISMATCH
        answer = Answer(verdict, reason, code, said.query_id, payer=said.issuer_name)
        if verdict is Verdict.APPROVED and (rate := _rate(order, said)):
            settled = Money(int(said.settle_amount), rate.quote)
            answer = replace(answer, settled=settled, rate=format(rate.price, "f"))
        match operation:
            case Operation.SHOW:
                return self._shown(order, answer, said)
            case Operation.REVERSE:
                return _undone(answer)
            case Operation.CLOSE:
                return _closed(order, answer, now_s)
        return answer

    def _shown(self, order: Order | Refund, answer: Answer, said: Said) -> Answer:
        assert isinstance(order, Order), "an order is shown"
        if answer.verdict is not Verdict.PENDING:
            return answer
        if not said.qr_code:
            return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, "accepted without a qrCode")
        shown = universal_code(order.order_id, order.money, self._card) if self._card else said.qr_code
        return replace(answer, shown_code=shown)

    def _differs(self, order: Order | Refund, said: Said, verdict: Verdict) -> bool:
        """Whether it speaks of something else; what decides must name its order, a success its amount too."""
        begun_s = _begun_s(order) if isinstance(order, Refund) else order.begun_s
        asked = {
            "mer_id": self._credentials.mer_id,
            "order_id": order.refund_id if isinstance(order, Refund) else order.order_id,
            "txn_time": stamp(begun_s),
            "amount": str(order.money.minor),
            "currency": order.money.currency.numeric,
        }
        needed = {"mer_id", "order_id", "txn_time"} if not verdict.in_doubt else set()
        if verdict is Verdict.APPROVED:
            needed = set(asked)
        return any(getattr(said, name) != asked[name] for name in asked if name in needed or getattr(said, name))


def _rate(order: Order | Refund, said: Said) -> Rate | None:
    """At what the money was changed into the shop's own currency; None where it was not, or it is not said."""
    quote = BY_NUMBER.get(said.settle_currency)
    if quote is None or quote == order.money.currency or not (said.settle_amount and said.exchange_rate):
        return None
    try:
        return Rate.from_iso8583(said.exchange_rate, order.money.currency, quote)
    except ValueError:
        return None


def _paid(said: Said) -> Money | None:
    currency = BY_NUMBER.get(said.currency)
    return Money(int(said.amount), currency) if said.amount and currency else None


def _time(said: Said) -> int:
    """When the order was made; nought for what is no time, and then no question finds the order."""
    try:
        return read_stamp(said.txn_time)
    except ValueError:
        return 0


def _begun_s(refund: Refund) -> int:
    """When the refund was made; one that the till asks for by itself, undoing an order, takes the order's time."""
    return refund.begun_s or refund.order.begun_s


def _undone(answer: Answer) -> Answer:
    """What is paid stays so, and is for a refund; what never was, or is no more, needs no undoing."""
    if answer.verdict is Verdict.DECLINED or answer.reason is Reason.REFUNDED:
        return replace(answer, verdict=Verdict.REVERSED)
    return replace(answer, verdict=Verdict.UNKNOWN) if answer.verdict is Verdict.PENDING else answer


def _closed(order: Order | Refund, answer: Answer, now_s: int) -> Answer:
    """A shown code is down once it cannot be paid any more and nobody has begun to."""
    assert isinstance(order, Order), "an order is closed"
    unpaid = answer.verdict is Verdict.PENDING or answer.reason is Reason.NOT_FOUND
    over = now_s >= order.begun_s + SHOWN_LIFE_S + UNDER_WAY_S
    return replace(answer, verdict=Verdict.REVERSED) if unpaid and over else _undone(answer)
