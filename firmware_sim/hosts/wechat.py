"""WeChat Pay v3 as a merchant meets it: codepay, native, queries, reverse, close, refunds, certificates.

Every request must be signed by the merchant and every reply is signed by the platform, refusals too. Money is the
ledger's; what is wallet-like is here, and what is said in `wechat_words.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random, SystemRandom

from firmware_sim.faults import Faults, Spoil
from firmware_sim.hosts import wechat_words as words
from firmware_sim.hosts.host import Host
from firmware_sim.hosts.keys import VALID_FROM, VALID_TO, Keys
from firmware_sim.hosts.wechat_gate import Gate
from firmware_sim.hosts.wechat_words import CODEPAY, NATIVE, Profile, Refused
from firmware_sim.ledger import Customer, Ledger, Purchase, Returned, State
from terminal.clock import Clock
from terminal.scheme import Operation, Reply, Request
from terminal.schemes.fields import Malformed
from terminal.schemes.wechat import PROCEDURE
from terminal.schemes.wechat.calls import AskRefund, CodePay, Native, Undo
from terminal.schemes.wechat.codes import NATIVE_URL, PAYMENT_CODE
from terminal.schemes.wechat.replies import CodeUrl, Failure, PlatformCertificates
from terminal.schemes.wechat.wire import CERTIFICATES, PATHS, QUERY_BY_ID, Call, read_call, rfc3339

MOST_REFUNDS = 50  # of one order

Said = tuple[int, bytes]


class WechatHost(Host):
    def __init__(
        self,
        ledger: Ledger,
        keys: Keys,
        clock: Clock,
        faults: Faults,
        profile: Profile | None = None,
        rng: Random | None = None,
    ) -> None:
        super().__init__(clock, faults)
        self._ledger = ledger
        self._keys = keys
        self._profile = profile or Profile()
        self._gate = Gate(keys, rng or SystemRandom())
        self._calls: Mapping[tuple[str, str], Callable[[Call, bytes, Spoil], Said]] = {
            PATHS[Operation.PAY]: self._codepay,
            PATHS[Operation.SHOW]: self._native,
            PATHS[Operation.QUERY]: self._query,
            QUERY_BY_ID: self._query,
            PATHS[Operation.REVERSE]: self._reverse,
            PATHS[Operation.CLOSE]: self._close,
            PATHS[Operation.REFUND]: self._refund,
            PATHS[Operation.REFUND_QUERY]: self._refund_query,
            CERTIFICATES: self._certificates,
        }

    def serves(self, path: str) -> bool:
        return path.startswith("/v3/")

    def operation(self, request: Request) -> Operation | None:
        call = read_call(request)
        return call.operation if call else None

    def answer(self, request: Request, spoil: Spoil = Spoil.NOTHING) -> Reply:
        try:
            status, body = self._carry_out(request, spoil)
        except Refused as refused:
            status, body = refused.status, refused.failure.body()
        except Malformed as error:
            status, body = 400, Failure("PARAM_ERROR", str(error), error.field).body()
        if spoil is Spoil.STATUS:
            status, body = 500, Refused("SYSTEM_ERROR").failure.body()
        return self._gate.signed(request, status, body, self.clock.wall(), spoil)

    def _carry_out(self, request: Request, spoil: Spoil) -> Said:
        self._gate.authenticate(request, self.clock.wall())
        call = read_call(request)
        if call is None:
            raise Refused("NOT_FOUND")
        self._ledger.advance(self.clock.wall())
        return self._calls[call.endpoint](call, request.body, spoil)

    def _own(self, mchid: str, appid: str) -> None:
        if (mchid, appid) != (self._keys.mchid, self._keys.appid):
            raise Refused("APPID_MCHID_NOT_MATCH")

    # Charging a code.

    def _codepay(self, _: Call, body: bytes, spoil: Spoil) -> Said:
        ask = CodePay.parse(body)
        self._own(ask.mchid, ask.appid)
        words.only_cny(ask.currency)
        content = self._ledger.hash(ask.body().decode())
        purchase = self._known(ask.out_trade_no, content) or self._charge(ask, content)
        if purchase.refusal:
            raise Refused(purchase.refusal)
        return self._transaction(purchase, spoil)

    def _known(self, out_trade_no: str, content: str) -> Purchase | None:
        """An order of that number, which this request may only repeat."""
        purchase = self._ledger.find(self._keys.mchid, out_trade_no)
        if purchase is None:
            return None
        if purchase.state in (State.REVERSED, State.CLOSED):
            raise Refused("ORDER_REVERSED" if purchase.state is State.REVERSED else "ORDER_CLOSED")
        if purchase.content != content:
            raise Refused("OUT_TRADE_NO_USED")
        return purchase

    def _charge(self, ask: CodePay, content: str) -> Purchase:
        now_s = self.clock.wall()
        customer = self._customer_of(ask.auth_code, now_s)
        order = Purchase(
            number=0,
            merchant=ask.mchid,
            order_no=ask.out_trade_no,
            kind=CODEPAY,
            content=content,
            amount=ask.total,
            currency=ask.currency,
            created_s=now_s,
            customer=customer.id,
            attach=ask.attach,
        )
        asks_password = customer.needs_password or ask.total > self._profile.password_above_fen
        with self._ledger.together():
            self._ledger.spend(ask.auth_code)
            if asks_password:
                return self._ledger.add(self._with_dialog(order, customer))
            paid = self._ledger.pay(self._ledger.add(order), customer.id, now_s)
            return paid if paid.state is State.PAID else self._ledger.end(paid, State.FAILED, "NOT_ENOUGH")

    def _customer_of(self, auth_code: str, now_s: float) -> Customer:
        if not PAYMENT_CODE.fullmatch(auth_code):
            raise Refused("AUTH_CODE_ERROR")
        shown = self._ledger.shown(auth_code)
        if shown and shown.spent:
            raise Refused("AUTH_CODE_INVALID", "101 每个二维码仅限使用一次，请刷新再试")
        if not shown or now_s - shown.shown_s > self._profile.code_life_s:
            raise Refused("AUTH_CODE_INVALID")
        customer = self._ledger.customer(shown.customer)
        assert customer, "a code is shown by a customer of the ledger's"
        return customer

    def _with_dialog(self, order: Purchase, customer: Customer) -> Purchase:
        """How the password dialog will end, unless the order is undone before."""
        after_s = customer.types_after_s
        if after_s is None or after_s > self._profile.dialog_s:
            return replace(order, due_s=order.created_s + self._profile.dialog_s, due_state=State.FAILED)
        ends = State.FAILED if customer.types_wrong else State.PAID
        return replace(order, due_s=order.created_s + after_s, due_state=ends)

    # Showing a code.

    def _native(self, _: Call, body: bytes, __: Spoil) -> Said:
        ask = Native.parse(body)
        self._own(ask.mchid, ask.appid)
        words.only_cny(ask.currency)
        # A repeat gets the code that is being shown already, and that one's time.
        content = self._ledger.hash(replace(ask, time_expire="").body().decode())
        purchase = self._known(ask.out_trade_no, content) or self._show(ask, content)
        if purchase.state is State.PAID:
            raise Refused("ORDER_PAID")
        return 200, CodeUrl(f"{NATIVE_URL}{purchase.shown_as}").body()

    def _show(self, ask: Native, content: str) -> Purchase:
        now_s = self.clock.wall()
        return self._ledger.add(
            Purchase(
                number=0,
                merchant=ask.mchid,
                order_no=ask.out_trade_no,
                kind=NATIVE,
                content=content,
                amount=ask.total,
                currency=ask.currency,
                created_s=now_s,
                due_s=words.expiry(ask.time_expire, now_s),
                due_state=State.CLOSED,
                shown_as=self._ledger.hash(f"{ask.mchid} {ask.out_trade_no}")[:24],
                attach=ask.attach,
            )
        )

    # Asking and undoing.

    def _query(self, call: Call, _: bytes, spoil: Spoil) -> Said:
        self._mine(call.numbers.get("mchid", ""))
        purchase = self._found(call.out_trade_no, call.numbers.get("transaction_id", ""))
        if purchase is None:
            raise Refused("ORDER_NOT_EXIST")
        return self._transaction(purchase, spoil)

    def _reverse(self, call: Call, body: bytes, spoil: Spoil) -> Said:
        ask = Undo.parse(body)
        self._own(ask.mchid, ask.appid)
        now_s = self.clock.wall()
        purchase = self._ledger.find(ask.mchid, call.out_trade_no)
        if purchase is None:
            return self._transaction(self._undo_nothing(call.out_trade_no, now_s), spoil)
        if purchase.kind != CODEPAY:
            raise Refused("INVALID_REQUEST", "订单的支付场景不支持该请求")
        if now_s - purchase.created_s > PROCEDURE.reverse_window_s:
            raise Refused("REVERSE_EXPIRE")
        if purchase.state is not State.REVERSED:
            purchase = self._ledger.reverse(purchase)
        return self._transaction(purchase, spoil)

    def _undo_nothing(self, out_trade_no: str, now_s: float) -> Purchase:
        order = Purchase(0, self._keys.mchid, out_trade_no, CODEPAY, "", 0, "CNY", now_s, State.REVERSED)
        return self._ledger.add(order) if self._profile.tombstones else order

    def _close(self, call: Call, body: bytes, _: Spoil) -> Said:
        self._mine(Undo.parse(body).mchid)
        purchase = self._ledger.find(self._keys.mchid, call.out_trade_no)
        if purchase is None:
            raise Refused("ORDER_NOT_EXIST")
        if purchase.kind != NATIVE:
            raise Refused("INVALID_REQUEST", "订单的支付场景不支持该请求")
        if purchase.state is State.PAID:
            raise Refused("ORDER_PAID")
        if purchase.state is State.OPEN:
            self._ledger.end(purchase, State.CLOSED)
        return 204, b""

    # Giving back.

    def _refund(self, _: Call, body: bytes, __: Spoil) -> Said:
        ask = AskRefund.parse(body)
        words.only_cny(ask.currency)
        purchase = self._found(ask.out_trade_no, ask.transaction_id)
        if purchase is None:
            raise Refused("RESOURCE_NOT_EXISTS", "订单不存在")
        known = self._ledger.find_refund(self._keys.mchid, ask.out_refund_no)
        if known and (known.purchase, known.amount) != (purchase.number, ask.refund):
            raise Refused("INVALID_REQUEST", "退款单号已用于另一笔退款")
        return self._refund_state(purchase, known or self._give_back(purchase, ask))

    def _give_back(self, purchase: Purchase, ask: AskRefund) -> Returned:
        if purchase.state is not State.PAID:
            raise Refused("INVALID_REQUEST", "订单未支付，不能退款")
        if ask.total != purchase.amount or ask.refund > purchase.amount - purchase.refunded:
            raise Refused("INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
        if len(self._ledger.refunds_of(purchase)) >= MOST_REFUNDS:
            raise Refused("INVALID_REQUEST", "一笔订单最多退款50次")
        now_s = self.clock.wall()
        done_s = now_s + self._profile.refund_takes_s
        return self._ledger.refund(purchase, ask.out_refund_no, ask.refund, now_s, done_s)

    def _refund_query(self, call: Call, _: bytes, __: Spoil) -> Said:
        returned = self._ledger.find_refund(self._keys.mchid, call.numbers["out_refund_no"])
        if returned is None:
            raise Refused("RESOURCE_NOT_EXISTS")
        purchase = self._ledger.purchase(returned.purchase)
        assert purchase, "a refund is of an order of the ledger's"
        return self._refund_state(purchase, returned)

    # Certificates.

    def _certificates(self, _: Call, __: bytes, ___: Spoil) -> Said:
        keys = self._keys
        certificates = PlatformCertificates(
            {keys.platform_serial: keys.platform_certificate},
            rfc3339(VALID_FROM.timestamp()),
            rfc3339(VALID_TO.timestamp()),
        )
        return 200, certificates.body(keys.apiv3_key, self._gate.token()[:12])

    # What is said.

    def _mine(self, mchid: str) -> None:
        if mchid != self._keys.mchid:
            raise Refused("PARAM_ERROR", "商户号与签名不一致", field="mchid")

    def _found(self, out_trade_no: str, transaction_id: str) -> Purchase | None:
        if out_trade_no:
            return self._ledger.find(self._keys.mchid, out_trade_no)
        match = words.TRANSACTION_ID.fullmatch(transaction_id)
        purchase = self._ledger.purchase(int(match["number"])) if match else None
        return purchase if purchase and words.transaction_id(purchase) == transaction_id else None

    def _transaction(self, purchase: Purchase, spoil: Spoil) -> Said:
        said = words.transaction(purchase, self._keys.appid)
        if spoil is Spoil.AMOUNT and said.total is not None:
            said = replace(said, total=said.total + 1)
        return 200, said.body()

    def _refund_state(self, purchase: Purchase, returned: Returned) -> Said:
        return 200, words.refund_state(purchase, returned, self.clock.wall()).body()
