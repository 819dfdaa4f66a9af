"""Alipay's gateway as a merchant meets it: pay, precreate, query, cancel, refund, close, notifications, bills.

Every request must be signed by the app and every reply is signed by the platform, refusals too, but for strangers.
What is done with orders and money is every acquirer's (`acquiring.py`); what is said of it is in `alipay_words.py`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from firmware_sim.faults import SOUND, Act, Fault, Faults, Spoil
from firmware_sim.hosts import acquiring
from firmware_sim.hosts import alipay_words as words
from firmware_sim.hosts.acquiring import Acquirer, Asked, Habits, Plate
from firmware_sim.hosts.alipay_bills import BILL_PATH, BillDesk
from firmware_sim.hosts.alipay_gate import Gate
from firmware_sim.hosts.alipay_keys import Keys
from firmware_sim.hosts.alipay_words import Refused
from firmware_sim.hosts.host import Host
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Kind, Purchase, Refusal, Returned, State
from firmware_sim.place import Place
from terminal.clock import Clock
from terminal.scheme import Operation, Reply, Request
from terminal.schemes.alipay import wire
from terminal.schemes.alipay.calls import AskBill, AskRefund, AskRefundState, Pay, Precreate, Trade
from terminal.schemes.alipay.codes import ORDER_URL, PAYMENT_CODE, beijing, fen
from terminal.schemes.alipay.notices import TradeNotice
from terminal.schemes.alipay.replies import Cancelled, Closed, Failure, QrCode, Refunded, RefundState
from terminal.schemes.alipay.wire import Call
from terminal.schemes.fields import Fields, Malformed

# "The same day and 15 minutes" in the overseas product; for this one no page was found (alipay/__init__.py).
HABITS = Habits(dialog_s=180.0, reverse_within_s=words.DAY_S)

STATIC_URL = "https://qr.alipay.com/shop"  # ours: of merchants' own codes only the host was seen


class AlipayHost(Host):
    name = "alipay"
    ladder_s = (240.0, 600.0, 600.0, 3600.0, 7200.0, 21600.0, 54000.0)  # 4m, 10m, 10m, 1h, 2h, 6h, 15h

    def __init__(self, ledger: Ledger, keys: Keys, clock: Clock, faults: Faults, habits: Habits | None = None) -> None:
        super().__init__(clock, faults)
        self._ledger = ledger
        self._keys = keys
        self._gate = Gate(keys)
        self.acquirer = Acquirer(
            ledger, clock, keys.seller_id, institution="alipay", host=self.name, habits=habits or HABITS
        )
        self._bills = BillDesk(ledger, self.acquirer, keys.seller_id, clock)
        self._methods: Mapping[str, Callable[[Call, Fault], bytes]] = {
            wire.METHODS[Operation.PAY]: self._pay,
            wire.METHODS[Operation.SHOW]: self._precreate,
            wire.METHODS[Operation.QUERY]: self._query,
            wire.CANCEL: self._cancel,
            wire.CLOSE: self._close,
            wire.METHODS[Operation.REFUND]: self._refund,
            wire.METHODS[Operation.REFUND_QUERY]: self._refund_query,
        }

    # What a request is.

    def serves(self, path: str) -> bool:
        return path.partition("?")[0] in (wire.PATH, BILL_PATH)

    def operation(self, request: Request) -> Operation | None:
        """A cancel closes a shown order and reverses a charged one."""
        call = _read(request)
        if call.method == wire.CLOSE or (call.method == wire.CANCEL and self._is_shown(call)):
            return Operation.CLOSE
        return call.operation

    def amount(self, request: Request) -> int | None:
        try:
            return fen(Fields.parse(_read(request).content), "total_amount")
        except Malformed:
            return None

    # What is answered.

    def answer(self, request: Request, fault: Fault = SOUND) -> Reply:
        if request.path.startswith(BILL_PATH):
            return self._bills.file(request.path)
        try:
            call, node = self._carry_out(request, fault)
        except acquiring.Refused as refused:
            return self._refused(request, words.refused(refused.why, self.operation(request)), str(refused))
        except Refused as refused:
            return self._refused(request, refused, refused.failure.sub_msg)
        except Malformed as error:
            return self._refused(request, Refused("ACQ.INVALID_PARAMETER", str(error)), str(error))
        if fault.spoil is Spoil.FAULT:
            node = Refused("isp.unknow-error").failure.body()
        if fault.spoil is Spoil.WORD:
            node = Failure(words.ODD, "Odd").body()
        return self._gate.reply(call, wire.node_name(call.method), node, fault.spoil)

    def refuse(self, request: Request, why: str) -> Reply:
        return self._refused(request, words.refused(why, self.operation(request)), acquiring.plain(why))

    def merchant_config(self) -> dict[str, Any]:
        files = self._keys.files
        return {
            "scheme": "alipay",
            "app_id": self._keys.app_id,
            "private_key": str(files.app_key),
            "public_key": str(files.alipay_public_key),
            "seller_id": self._keys.seller_id,
        }

    def credentials(self) -> dict[str, Any]:
        files = self._keys.files
        return {
            "gateway": wire.PATH,
            "app_id": self._keys.app_id,
            "seller_id": self._keys.seller_id,
            "private_key": str(files.app_key),
            "private_key_pkcs1": str(files.app_key_pkcs1),
            "alipay_public_key": str(files.alipay_public_key),
            "app_certificate": str(files.app_certificate),
            "alipay_certificate": str(files.alipay_certificate),
            "root_certificate": str(files.root_certificate),
        }

    def _carry_out(self, request: Request, fault: Fault) -> tuple[Call, bytes]:
        call = wire.read_call(request)
        if call is None:
            raise Refused("isv.invalid-method", "网关仅支持GET与POST")
        if not call.method:
            raise Refused("isv.missing-method")
        self._gate.admit(call)
        if call.method == wire.BILL:
            return call, self._bills.offered(AskBill.parse(call.content).bill_date, _host_header(request))
        if call.method not in self._methods:
            raise Refused("isv.invalid-method")
        return call, self._methods[call.method](call, fault)

    def _refused(self, request: Request, refused: Refused, plain: str) -> Reply:
        self.tell(request, refused.failure.sub_code, plain)
        call, node = _read(request), refused.failure.body()
        name = wire.answer_name(call.method)
        return self._gate.unsigned(name, node) if refused.is_stranger else self._gate.reply(call, name, node)

    def _is_shown(self, call: Call) -> bool:
        try:
            return self._found(Trade.parse(call.content)).kind is Kind.SHOWN
        except (Malformed, acquiring.Refused):
            return False

    # Asking for money.

    def _pay(self, call: Call, fault: Fault) -> bytes:
        ask = Pay.parse(call.content)
        self._own(ask.seller_id)
        if not PAYMENT_CODE.fullmatch(ask.auth_code):
            raise acquiring.Refused(Refusal.CODE_INVALID)
        asked = Asked(ask.out_trade_no, ask.total, repr(ask), notify_url=_notify_url(call), memo=ask.subject)
        purchase = self.acquirer.charge(asked, ask.auth_code, wants_password=fault.act is Act.ASK_PASSWORD)
        return words.paid(_spoilt(purchase, fault)).body()

    def _precreate(self, call: Call, _: Fault) -> bytes:
        ask = Precreate.parse(call.content)
        self._own(ask.seller_id)
        asked = Asked(ask.out_trade_no, ask.total, repr(ask), notify_url=_notify_url(call), memo=ask.subject)
        token = self._ledger.hash(f"{self._keys.app_id} {ask.out_trade_no}")[:24]
        expires_s = self.clock.wall() + words.life_s(ask.code_life or ask.timeout_express)
        purchase = self.acquirer.show(asked, ORDER_URL + token, expires_s)
        if purchase.state is State.PAID:
            raise acquiring.Refused(Refusal.ORDER_PAID)
        assert purchase.shown_as, "a shown order has a code"
        return QrCode(purchase.order_no, purchase.shown_as).body()

    def plate(self, notify_url: str, place: Place) -> Plate:
        text = STATIC_URL + self._ledger.hash(f"{self._keys.app_id} plate")[:16]
        return self.acquirer.plate(text, notify_url, memo=lambda _: place.shop)

    # Asking and undoing.

    def _query(self, call: Call, fault: Fault) -> bytes:
        purchase = self.acquirer.as_queried(self._traded(Trade.parse(call.content)))
        return words.queried(_spoilt(purchase, fault), self.clock.wall()).body()

    def _cancel(self, call: Call, _: Fault) -> bytes:
        ask = Trade.parse(call.content)
        order_no = self._found(ask).order_no if ask.trade_no else ask.out_trade_no
        purchase = self._cancelled(order_no)
        if not words.has_trade(purchase):
            return Cancelled(order_no).body()
        action = "close" if purchase.paid_s is None else "refund"
        return Cancelled(order_no, action=action, trade_no=words.trade_no(purchase)).body()

    def _cancelled(self, order_no: str) -> Purchase:
        """What has been given back in part is no longer cancelled; what never came is, whatever that means."""
        try:
            purchase = self.acquirer.find(order_no)
        except acquiring.Refused:
            return self.acquirer.cancel(order_no)
        if purchase.state is State.PAID and purchase.refunded:
            raise Refused("ACQ.REASON_TRADE_REFUND_FEE_ERR")
        return self.acquirer.cancel(order_no)

    def _close(self, call: Call, _: Fault) -> bytes:
        purchase = self._traded(Trade.parse(call.content))
        if purchase.state is not State.OPEN:
            raise Refused("ACQ.TRADE_STATUS_ERROR")
        self.acquirer.cancel(purchase.order_no)
        return Closed(purchase.order_no, words.trade_no(purchase)).body()

    # Giving back.

    def _refund(self, call: Call, _: Fault) -> bytes:
        ask = AskRefund.parse(call.content)
        purchase = self._traded(ask.trade)
        if not ask.out_request_no and ask.amount != purchase.amount:
            raise Refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
        before = purchase.refunded
        number = words.refund_no(purchase, ask.out_request_no or purchase.order_no)
        returned = self.acquirer.refund(purchase, number, ask.amount, notify_url=purchase.notify_url)
        now = self.acquirer.find(purchase.order_no)
        return Refunded(
            out_trade_no=now.order_no,
            trade_no=words.trade_no(now),
            refund_fee=now.refunded,
            fund_change=now.refunded > before and returned.done_s <= self.clock.wall(),
            gmt_refund_pay=beijing(returned.done_s),
            buyer_user_id=words.buyer_id(now.customer),
            buyer_logon_id=words.logon_id(now.customer),
        ).body()

    def _refund_query(self, call: Call, _: Fault) -> bytes:
        ask = AskRefundState.parse(call.content)
        purchase = self._traded(ask.trade)
        try:
            purchase, returned = self.acquirer.find_refund(words.refund_no(purchase, ask.out_request_no))
        except acquiring.Refused:
            return RefundState().body()
        return words.refund_state(purchase, returned, self.clock.wall()).body()

    # Telling the shop.

    def notice(self, purchase: Purchase, returned: Returned | None, fault: Fault = SOUND) -> Request:
        now_s = self.clock.wall()
        shown = _spoilt(purchase, fault)
        notice = TradeNotice(
            notify_id=self._ledger.hash(f"notice {purchase.number} {returned.number if returned else ''}")[:34],
            notify_time=beijing(now_s),
            app_id=self._keys.app_id,
            seller_id=self._keys.seller_id,
            trade_no=words.trade_no(shown),
            out_trade_no=shown.order_no,
            trade_status=words.ODD if fault.spoil is Spoil.WORD else words.trade_status(shown, now_s),
            total=shown.amount,
            gmt_create=beijing(shown.created_s),
            gmt_payment=beijing(shown.paid_s or shown.created_s),
            gmt_refund=beijing(returned.done_s) if returned else "",
            refund_fee=shown.refunded if returned else None,
            buyer_id=words.buyer_id(shown.customer),
            buyer_logon_id=words.logon_id(shown.customer),
            subject=shown.memo,
        )
        body = notice.body(self._keys.alipay_key)
        if fault.spoil is Spoil.SIGNATURE:
            body = body.replace(b"&version=1.0", b"&version=1.1")
        return Request("POST", "", {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}, body)

    def heard(self, reply: Reply) -> bool:
        return reply.body.strip() == wire.HEARD.body

    # Whose order.

    def _own(self, seller_id: str) -> None:
        if seller_id not in ("", self._keys.seller_id):
            raise Refused("ACQ.INVALID_PARAMETER", "seller_id is not this app's")

    def _found(self, ask: Trade) -> Purchase:
        """By their number where there is one, "which goes first"."""
        if not ask.trade_no:
            return self.acquirer.find(ask.out_trade_no)
        match = words.TRADE_NO.fullmatch(ask.trade_no)
        purchase = self.acquirer.numbered(int(match["number"]) if match else 0)
        if words.trade_no(purchase) != ask.trade_no:
            raise acquiring.Refused(Refusal.NO_SUCH_ORDER)
        return purchase

    def _traded(self, ask: Trade) -> Purchase:
        purchase = self._found(ask)
        if not words.has_trade(purchase):
            raise acquiring.Refused(Refusal.NO_SUCH_ORDER)
        return purchase


def _read(request: Request) -> Call:
    """The request's parameters, none where they cannot be read."""
    try:
        return wire.read_call(request) or Call({})
    except Malformed:
        return Call({})


def _host_header(request: Request) -> str:
    """Where the caller found us: what an address of ours begins with."""
    return next((value for name, value in request.headers.items() if name.lower() == "host"), "127.0.0.1")


def _notify_url(call: Call) -> str:
    return call.parameters.get("notify_url", "")


def _spoilt(purchase: Purchase, fault: Fault) -> Purchase:
    return purchase._replace(amount=purchase.amount + 1) if fault.spoil is Spoil.AMOUNT else purchase
