"""WeChat Pay v3 as a merchant meets it: codepay, native, queries, reverse, close, refunds, bills, notices.

Every request must be signed by the merchant and every reply is signed by the platform, refusals too. What is done
with orders and money is every acquirer's (`acquiring.py`); what is said of it is in `wechat_words.py`. The merchant is
also a service provider, whose merchant's orders are kept apart under the partner paths.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random, SystemRandom
from typing import Any

from firmware_sim.faults import SOUND, Act, Fault, Faults, Spoil
from firmware_sim.hosts import acquiring
from firmware_sim.hosts import wechat_words as words
from firmware_sim.hosts.acquiring import Acquirer, Asked, Habits
from firmware_sim.hosts.host import Host
from firmware_sim.hosts.pki import VALID_FROM, VALID_TO
from firmware_sim.hosts.wechat_bills import Bills, NoBill, Why
from firmware_sim.hosts.wechat_gate import Gate
from firmware_sim.hosts.wechat_keys import Keys
from firmware_sim.hosts.wechat_words import Memo, Refused
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Purchase, Refusal, Returned, State
from terminal.clock import Clock
from terminal.scheme import Operation, Reply, Request
from terminal.schemes.fields import Fields, Malformed
from terminal.schemes.gzipped import packed
from terminal.schemes.tenpay import PAYMENT_CODE, rfc3339
from terminal.schemes.wechat.bill_offer import Offer
from terminal.schemes.wechat.calls import AskRefund, CodePay, Native, Undo
from terminal.schemes.wechat.merchant import Merchant
from terminal.schemes.wechat.notices import PAID, REFUNDED, Notice
from terminal.schemes.wechat.paths import (
    BILL_FILE,
    CERTIFICATES,
    FLOW_BILL,
    PATHS,
    QUERY_BY_ID,
    TRADE_BILL,
    Call,
    Endpoint,
    read_call,
)
from terminal.schemes.wechat.replies import CodeUrl, PlatformCertificates, RefundState, Transaction

HEARD = (200, 204)
NO_BILLS = {
    Why.NONE: "NO_STATEMENT_EXIST",
    Why.NOT_YET: "STATEMENT_CREATING",
    Why.TOO_OLD: "INVALID_REQUEST",
}
SUMMARIES = {PAID: "支付成功", REFUNDED: "退款成功"}


@dataclass(frozen=True, slots=True)
class Said:
    """What is answered, before it is signed; a file never is."""

    status: int
    body: bytes = b""
    is_signed: bool = True


class WechatHost(Host):
    name = "wechat"
    ladder_s: tuple[float, ...] = words.LADDER_S

    def __init__(
        self,
        ledger: Ledger,
        keys: Keys,
        clock: Clock,
        faults: Faults,
        habits: Habits | None = None,
        rng: Random | None = None,
    ) -> None:
        super().__init__(clock, faults)
        self._ledger = ledger
        self._keys = keys
        self.acquirer = Acquirer(ledger, clock, keys.mchid, institution="wechat", host=self.name, habits=habits)
        self.partners = Acquirer(ledger, clock, keys.sub_mchid, institution="wechat", host=self.name, habits=habits)
        self._gate = Gate(keys, rng or SystemRandom())
        self._bills = Bills(ledger, keys)
        self._calls: Mapping[Endpoint, Callable[[Call, Request, Fault], Said]] = {
            PATHS[Operation.PAY]: self._codepay,
            PATHS[Operation.SHOW]: self._native,
            PATHS[Operation.QUERY]: self._query,
            QUERY_BY_ID: self._query,
            PATHS[Operation.REVERSE]: self._reverse,
            PATHS[Operation.CLOSE]: self._close,
            PATHS[Operation.REFUND]: self._refund,
            PATHS[Operation.REFUND_QUERY]: self._refund_query,
            CERTIFICATES: self._certificates,
            TRADE_BILL: self._bill,
            FLOW_BILL: self._bill,
            BILL_FILE: self._bill_file,
        }

    def serves(self, path: str) -> bool:
        return path.startswith("/v3/")

    def operation(self, request: Request) -> Operation | None:
        call = read_call(request)
        return call.operation if call else None

    def amount(self, request: Request) -> int | None:
        try:
            return Fields.parse(request.body).inner("amount").integer("total")
        except Malformed:
            return None

    def answer(self, request: Request, fault: Fault = SOUND) -> Reply:
        try:
            said = self._carry_out(request, fault)
        except acquiring.Refused as refused:
            said = self._refused(request, words.refused(refused.why, self.operation(request)), str(refused))
        except Refused as refused:
            said = self._refused(request, refused, str(refused))
        except Malformed as error:
            said = self._refused(request, Refused("PARAM_ERROR", str(error), field=error.field), str(error))
        if fault.spoil is Spoil.FAULT:
            said = Said(500, Refused("SYSTEM_ERROR").failure.body())
        if not said.is_signed:
            return Reply(said.status, {"content-type": "application/octet-stream"}, said.body)
        return self._gate.signed(request, said.status, said.body, self.clock.wall(), fault.spoil)

    def refuse(self, request: Request, why: str) -> Reply:
        said = self._refused(request, words.refused(why, self.operation(request)), acquiring.plain(why))
        return self._gate.signed(request, said.status, said.body, self.clock.wall(), Spoil.NOTHING)

    def merchant_config(self) -> dict[str, Any]:
        return self._keys.for_till()

    def credentials(self) -> dict[str, Any]:
        return self._keys.for_sdk()

    # Telling shops.

    def notice(self, purchase: Purchase, returned: Returned | None, fault: Fault = SOUND) -> Request:
        now_s = self.clock.wall()
        event = REFUNDED if returned else PAID
        plain = self._refund_state(purchase, returned).told(self._keys.whose(purchase.merchant)) if returned else b""
        notice = Notice(
            id=self._gate.token(),
            create_time=rfc3339(now_s),
            event_type=event,
            summary=SUMMARIES[event],
            plain=plain or self._spoilt(purchase, fault).body(),
        )
        return self._gate.notice(notice, now_s, fault.spoil)

    def heard(self, reply: Reply) -> bool:
        return reply.status in HEARD

    # Within.

    def _carry_out(self, request: Request, fault: Fault) -> Said:
        self._gate.authenticate(request, self.clock.wall())
        call = read_call(request)
        if call is None:
            raise Refused("NOT_FOUND", plain="there is no such call")
        return self._calls[call.endpoint](call, request, fault)

    def _refused(self, request: Request, refused: Refused, plain: str) -> Said:
        self.tell(request, refused.failure.code, plain)
        return Said(refused.status, refused.failure.body())

    def _own(self, call: Call, said: Merchant) -> Acquirer:
        """Whose orders are meant, by the path, for calls that name the merchant in full."""
        known = self._known(call)
        if said != known and said != replace(known, sub_appid=""):
            raise Refused("APPID_MCHID_NOT_MATCH", plain="another appid or merchant than the path and keys are of")
        return self.partners if call.is_partners else self.acquirer

    def _mine(self, call: Call, said: Merchant) -> Acquirer:
        """The same for calls that leave out the appids."""
        if said.query() != self._known(call).query():
            raise Refused(
                "PARAM_ERROR", "商户号与签名不一致", plain="another merchant than signed the request", field="mchid"
            )
        return self.partners if call.is_partners else self.acquirer

    def _known(self, call: Call) -> Merchant:
        return self._keys.partners if call.is_partners else self._keys.own

    # Asking for money.

    def _codepay(self, call: Call, request: Request, fault: Fault) -> Said:
        ask = CodePay.parse(request.body)
        acquirer = self._own(call, ask.merchant)
        if not PAYMENT_CODE.fullmatch(ask.auth_code):
            raise Refused("AUTH_CODE_ERROR", plain="not the shape of this wallet's codes")
        memo = Memo(ask.description, ask.attach, ask.device_id)
        asked = Asked(ask.out_trade_no, ask.total, repr(ask), ask.currency, memo=memo.text())
        purchase = acquirer.charge(asked, ask.auth_code, wants_password=fault.act is Act.ASK_PASSWORD)
        return Said(200, self._spoilt(purchase, fault).body())

    def _native(self, call: Call, request: Request, _: Fault) -> Said:
        ask = Native.parse(request.body)
        acquirer = self._own(call, ask.merchant)
        # A repeat gets the code that is being shown already, and that one's time.
        content, memo = repr(replace(ask, time_expire="")), Memo(ask.description, ask.attach)
        asked = Asked(ask.out_trade_no, ask.total, content, ask.currency, ask.notify_url, memo=memo.text())
        shown_as = words.code_url(self._ledger, acquirer.merchant, ask.out_trade_no)
        purchase = acquirer.show(asked, shown_as, words.expiry(ask.time_expire, self.clock.wall()))
        if purchase.state is State.PAID:
            raise acquiring.Refused(Refusal.ORDER_PAID)
        assert purchase.shown_as, "a shown order has a code"
        return Said(200, CodeUrl(purchase.shown_as).body())

    # Asking and undoing.

    def _query(self, call: Call, _: Request, fault: Fault) -> Said:
        acquirer = self._mine(call, Merchant.parse_any(Fields(call.named)))
        purchase = self._found(acquirer, call.out_trade_no, call.named.get("transaction_id", ""))
        return Said(200, self._spoilt(acquirer.as_queried(purchase), fault).body())

    def _reverse(self, call: Call, request: Request, fault: Fault) -> Said:
        acquirer = self._own(call, Undo.parse(request.body).merchant)
        return Said(200, self._spoilt(acquirer.reverse(call.out_trade_no), fault).body())

    def _close(self, call: Call, request: Request, _: Fault) -> Said:
        self._mine(call, Undo.parse(request.body).merchant).close(call.out_trade_no)
        return Said(204)

    # Giving back.

    def _refund(self, _: Call, request: Request, __: Fault) -> Said:
        ask = AskRefund.parse(request.body)
        acquirer = self._by_sub_mchid(ask.sub_mchid)
        purchase = self._found(acquirer, ask.out_trade_no, ask.transaction_id)
        if ask.currency != purchase.currency:
            raise acquiring.Refused(Refusal.CURRENCY)
        returned = acquirer.refund(purchase, ask.out_refund_no, ask.refund, total=ask.total, notify_url=ask.notify_url)
        return Said(200, self._refund_state(purchase, returned).body())

    def _refund_query(self, call: Call, _: Request, __: Fault) -> Said:
        acquirer = self._by_sub_mchid(call.named.get("sub_mchid", ""))
        return Said(200, self._refund_state(*acquirer.find_refund(call.named["out_refund_no"])).body())

    def _by_sub_mchid(self, sub_mchid: str) -> Acquirer:
        """Refunds and bills have one path for both kinds of merchant."""
        if sub_mchid not in ("", self._keys.sub_mchid):
            raise Refused(
                "PARAM_ERROR",
                "子商户号与服务商不匹配",
                plain="not a merchant of this service provider",
                field="sub_mchid",
            )
        return self.partners if sub_mchid else self.acquirer

    # Bills and certificates.

    def _bill(self, call: Call, request: Request, _: Fault) -> Said:
        acquirer = self._by_sub_mchid(call.named.get("sub_mchid", ""))
        now_s = acquirer.now()
        day = words.bill_day(call.named.get("bill_date", ""))
        try:
            if call.endpoint == TRADE_BILL:
                bill = self._bills.trades(acquirer.merchant, day, words.bill_type(call.named), now_s)
            else:
                bill = self._bills.flows(acquirer.merchant, day, now_s)
        except NoBill as error:
            raise Refused(NO_BILLS[error.why], error.why.value, plain=str(error)) from error
        token = self._gate.token()
        self._bills.keep(token, packed(bill) if words.wants_gzip(call.named) else bill, now_s)
        host = request.headers.get("host", "127.0.0.1")
        return Said(200, Offer.of(bill, f"http://{host}{BILL_FILE[1]}?token={token}").body())

    def _bill_file(self, call: Call, _: Request, __: Fault) -> Said:
        content = self._bills.fetch(call.named.get("token", ""), self.clock.wall())
        if content is None:
            raise Refused("INVALID_REQUEST", "账单下载链接已过期", plain="no bill is offered at this address any more")
        return Said(200, content, is_signed=False)

    def _certificates(self, _: Call, __: Request, ___: Fault) -> Said:
        keys = self._keys
        certificates = PlatformCertificates(
            {keys.platform_serial: keys.platform_certificate},
            rfc3339(VALID_FROM.timestamp()),
            rfc3339(VALID_TO.timestamp()),
        )
        return Said(200, certificates.body(keys.apiv3_key, self._gate.sealing_nonce()))

    # What is said.

    def _found(self, acquirer: Acquirer, out_trade_no: str, transaction_id: str) -> Purchase:
        if out_trade_no:
            return acquirer.find(out_trade_no)
        return words.numbered(acquirer, transaction_id)

    def _spoilt(self, purchase: Purchase, fault: Fault) -> Transaction:
        said = words.transaction(purchase, self._keys.whose(purchase.merchant))
        if fault.spoil is Spoil.AMOUNT and said.total is not None:
            said = replace(said, total=said.total + 1)
        if fault.spoil is Spoil.WORD:
            said = replace(said, trade_state=words.ODD)
        return said

    def _refund_state(self, purchase: Purchase, returned: Returned) -> RefundState:
        return words.refund_state(purchase, returned, self.clock.wall())
