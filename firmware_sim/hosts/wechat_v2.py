"""WeChat Pay v2 as a merchant meets it: micropay, unifiedorder, queries, reverse, close, refunds, the bill, notices.

The same acquirer as `wechat.py`, with the same orders, behind the older interface: every answer is HTTP 200, signed
with the shared key in the way the request was. A client certificate for /secapi is TLS's business, which is not spoken
on this machine.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random, SystemRandom
from typing import Any

from firmware_sim.faults import SOUND, Act, Fault, Faults, Spoil
from firmware_sim.hosts import acquiring
from firmware_sim.hosts import wechat_v2_words as words
from firmware_sim.hosts import wechat_words as common
from firmware_sim.hosts.acquiring import Acquirer, Asked, Habits
from firmware_sim.hosts.host import Host
from firmware_sim.hosts.wechat_bills import Bills, NoBill, Why
from firmware_sim.hosts.wechat_keys import Keys
from firmware_sim.hosts.wechat_v2_gate import Gate, turned_away
from firmware_sim.hosts.wechat_v2_words import Refused, TurnedAway
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Purchase, Refusal, Returned, State
from terminal.clock import Clock
from terminal.scheme import Operation, Reply, Request
from terminal.schemes import flat_xml
from terminal.schemes.fields import Fields, Malformed
from terminal.schemes.flat_xml import SignType
from terminal.schemes.gzipped import GZIP, packed
from terminal.schemes.tenpay import PAYMENT_CODE
from terminal.schemes.wechat_v2.calls import (
    BILL_TYPES,
    AskBill,
    AskOpenid,
    AskRefund,
    AskRefunds,
    MicroPay,
    Named,
    UnifiedOrder,
)
from terminal.schemes.wechat_v2.credentials import Merchant
from terminal.schemes.wechat_v2.replies import FAIL, SUCCESS, CodeUrl, Transaction, Undone
from terminal.schemes.wechat_v2.wire import (
    DOWNLOAD_BILL,
    OPENID,
    OPERATIONS,
    PATHS,
    Signing,
)

LONGEST_NONCE = 32
# What downloadbill says instead of a bill; the texts are theirs, of the codes but the first we are not sure.
NO_BILLS = {
    Why.NONE: ("No Bill Exist", "20002"),
    Why.NOT_YET: ("Bill Creating", "20003"),
    Why.TOO_OLD: ("invalid bill_date", "20001"),
}

Said = dict[str, str]


class WechatV2Host(Host):
    name = "wechat_v2"
    ladder_s: tuple[float, ...] = common.LADDER_S

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
        self._gate = Gate(keys, rng or SystemRandom())
        self.acquirer = Acquirer(ledger, clock, keys.mchid, institution="wechat", host=self.name, habits=habits)
        self.partners = Acquirer(ledger, clock, keys.sub_mchid, institution="wechat", host=self.name, habits=habits)
        self._bills = Bills(ledger, keys)
        self._calls: Mapping[str, Callable[[Acquirer, Fields, Fault], Said]] = {
            PATHS[Operation.PAY]: self._micropay,
            PATHS[Operation.SHOW]: self._unifiedorder,
            PATHS[Operation.QUERY]: self._orderquery,
            PATHS[Operation.REVERSE]: self._reverse,
            PATHS[Operation.CLOSE]: self._closeorder,
            PATHS[Operation.REFUND]: self._refund,
            PATHS[Operation.REFUND_QUERY]: self._refundquery,
            OPENID: self._openid,
        }

    def serves(self, path: str) -> bool:
        return path in OPERATIONS

    def operation(self, request: Request) -> Operation | None:
        return OPERATIONS.get(request.path)

    def amount(self, request: Request) -> int | None:
        try:
            return Fields(flat_xml.read(request.body)).digits("total_fee")
        except Malformed:
            return None

    def answer(self, request: Request, fault: Fault = SOUND) -> Reply:
        try:
            signing = self._gate.let_in(request)
            if request.path == DOWNLOAD_BILL:
                return self._downloadbill(signing)
            said = self._carry_out(request, Fields(signing.fields), fault)
        except TurnedAway as error:
            self.tell(request, error.text, str(error))
            return turned_away(error)
        if fault.spoil is Spoil.FAULT:
            said = _failed(Refused("SYSTEMERROR"), self.operation(request))
        return self._gate.signed(said, signing.fields, signing.kind, fault.spoil)

    def refuse(self, request: Request, why: str) -> Reply:
        try:
            signing = self._gate.let_in(request)
        except TurnedAway as error:
            return turned_away(error)
        said = self._refused(request, words.refused(why, self.operation(request)), acquiring.plain(why))
        return self._gate.signed(said, signing.fields, signing.kind)

    def merchant_config(self) -> dict[str, Any]:
        return self._keys.for_v2_till()

    def credentials(self) -> dict[str, Any]:
        return self._keys.for_v2_sdk()

    # Telling shops.

    def notice(self, purchase: Purchase, returned: Returned | None, fault: Fault = SOUND) -> Request:  # noqa: ARG002
        """That an order was paid, signed as it was asked for. (Of refunds v2 tells who names an address: not here.)"""
        whose, kind = self._keys.whose(purchase.merchant), SignType(common.Memo.of(purchase).sign_type)
        merchant = Merchant(whose.mchid, whose.appid, whose.sub_mchid, whose.sub_appid)
        said = {"result_code": SUCCESS, **self._paid(purchase, fault).fields()}
        reply = self._gate.signed(said, merchant.fields(), kind, fault.spoil)
        return Request("POST", "", reply.headers, reply.body)

    def heard(self, reply: Reply) -> bool:
        try:
            return reply.status == 200 and flat_xml.read(reply.body).get("return_code") == SUCCESS  # noqa: PLR2004
        except Malformed:
            return False

    # Within.

    def _carry_out(self, request: Request, fields: Fields, fault: Fault) -> Said:
        try:
            return {"result_code": SUCCESS, **self._calls[request.path](self._acquirer(fields), fields, fault)}
        except acquiring.Refused as error:
            return self._refused(request, words.refused(error.why, self.operation(request)), str(error))
        except Refused as error:
            return self._refused(request, error, str(error))
        except Malformed as error:
            return self._refused(request, words.malformed(error), str(error))

    def _acquirer(self, fields: Fields) -> Acquirer:
        """Whose orders are meant: the merchant's own, or those of the merchant it is a service provider for."""
        fields.text("nonce_str", LONGEST_NONCE)
        keys, said = self._keys, Merchant.read(fields)
        if said.mch_id != keys.mchid or said.sub_mch_id not in ("", keys.sub_mchid):
            raise Refused("MCHID_NOT_EXIST", plain="no such merchant, or none of this service provider's")
        if said.appid != keys.appid or said.sub_appid not in ("", keys.sub_appid):
            raise Refused("APPID_MCHID_NOT_MATCH", plain="the appid is not this merchant's")
        return self.partners if said.sub_mch_id else self.acquirer

    def _refused(self, request: Request, refused: Refused, plain: str) -> Said:
        self.tell(request, refused.failure.err_code, plain)
        return _failed(refused, self.operation(request))

    # Asking for money.

    def _micropay(self, acquirer: Acquirer, fields: Fields, fault: Fault) -> Said:
        ask = MicroPay.read(fields)
        if not PAYMENT_CODE.fullmatch(ask.auth_code):
            raise Refused("AUTH_CODE_ERROR", plain="not the shape of this wallet's codes")
        memo = common.Memo(ask.body, ask.attach, ask.device_info)
        asked = Asked(ask.out_trade_no, ask.total_fee, str(ask.fields()), ask.fee_type, memo=memo.text())
        purchase = acquirer.charge(asked, ask.auth_code, wants_password=fault.act is Act.ASK_PASSWORD)
        if purchase.state is State.OPEN:
            raise Refused("USERPAYING", plain="the customer is typing a password")
        if fault.spoil is Spoil.WORD:
            raise Refused(common.ODD, plain="as it was told to")
        return self._paid(purchase, fault).fields()

    def _unifiedorder(self, acquirer: Acquirer, fields: Fields, _: Fault) -> Said:
        ask = UnifiedOrder.read(fields)
        expires_s = words.expiry(ask.time_expire, acquirer.now())
        sign_type = fields.text_or_empty("sign_type", LONGEST_NONCE) or SignType.MD5
        memo = common.Memo(ask.body, ask.attach, ask.device_info, sign_type)
        # A repeat gets the code that is being shown already, and that one's time.
        content = str(replace(ask, time_expire="").fields())
        asked = Asked(ask.out_trade_no, ask.total_fee, content, ask.fee_type, ask.notify_url, memo=memo.text())
        shown_as = common.code_url(self._ledger, acquirer.merchant, ask.out_trade_no)
        purchase = acquirer.show(asked, shown_as, expires_s)
        if purchase.state is State.PAID:
            raise acquiring.Refused(Refusal.ORDER_PAID)
        assert purchase.shown_as, "a shown order has a code"
        return CodeUrl(purchase.shown_as, f"wx{purchase.number:034}").fields()

    # Asking and undoing.

    def _orderquery(self, acquirer: Acquirer, fields: Fields, fault: Fault) -> Said:
        return self._spoilt(acquirer.as_queried(self._found(acquirer, Named.read(fields))), fault).fields()

    def _reverse(self, acquirer: Acquirer, fields: Fields, _: Fault) -> Said:
        ask = Named.read(fields)
        acquirer.reverse(ask.out_trade_no or self._found(acquirer, ask).order_no)
        return Undone().fields()

    def _closeorder(self, acquirer: Acquirer, fields: Fields, _: Fault) -> Said:
        order_no = Named.read(fields).out_trade_no
        if acquirer.find(order_no).state is State.CLOSED:
            raise acquiring.Refused(Refusal.ORDER_CLOSED)
        acquirer.close(order_no)
        return {}

    # Giving back.

    def _refund(self, acquirer: Acquirer, fields: Fields, _: Fault) -> Said:
        ask = AskRefund.read(fields)
        purchase = self._found(acquirer, ask.order)
        if ask.fee_type != purchase.currency:
            raise acquiring.Refused(Refusal.CURRENCY)
        returned = acquirer.refund(purchase, ask.out_refund_no, ask.refund_fee, total=ask.total_fee)
        return words.accepted(purchase, returned).fields()

    def _refundquery(self, acquirer: Acquirer, fields: Fields, _: Fault) -> Said:
        ask = AskRefunds.read(fields)
        if number := ask.out_refund_no or self._refund_no(ask.refund_id):
            purchase, returned = acquirer.find_refund(number)
            listed = [returned]
        else:
            purchase = self._found(acquirer, ask.order)
            listed = acquirer.refunds(purchase)
        if not listed:
            raise acquiring.Refused(Refusal.NO_SUCH_REFUND)
        return words.refunds(purchase, listed, self.clock.wall()).fields()

    # The rest.

    def _openid(self, _: Acquirer, fields: Fields, __: Fault) -> Said:
        shown = self._ledger.shown(AskOpenid.read(fields).auth_code)
        if shown is None:
            raise acquiring.Refused(Refusal.CODE_INVALID)
        return {"openid": common.openid(shown.customer)}

    def _downloadbill(self, signing: Signing) -> Reply:
        """The bill's text, or unsigned XML that says why there is none."""
        try:
            acquirer = self._acquirer(Fields(signing.fields))
            ask = AskBill.read(Fields(signing.fields))
            day = words.moment(ask.bill_date, "bill_date", "%Y%m%d").date()
            if ask.bill_type not in BILL_TYPES:
                raise TurnedAway("invalid bill_type", f"bill_type must be one of {', '.join(BILL_TYPES)}", "20001")
            bill = self._bills.trades(acquirer.merchant, day, ask.bill_type, acquirer.now())
        except (Malformed, Refused) as error:
            raise TurnedAway("data format error", str(error), "20001") from error
        except NoBill as error:
            text, code = NO_BILLS[error.why]
            raise TurnedAway(text, str(error), code) from error
        if ask.tar_type == GZIP:
            return Reply(200, {"content-type": "application/x-gzip"}, packed(bill))
        return Reply(200, {"content-type": "text/plain; charset=utf-8"}, bill)

    @staticmethod
    def _found(acquirer: Acquirer, ask: Named) -> Purchase:
        if ask.transaction_id:
            return common.numbered(acquirer, ask.transaction_id)
        return acquirer.find(ask.out_trade_no)

    def _refund_no(self, refund_id: str) -> str:
        """The merchant's number of a refund that is named by ours; raises acquiring.Refused where there is none."""
        if not refund_id:
            return ""
        match = common.REFUND_ID.fullmatch(refund_id)
        returned = self._ledger.returned(int(match["number"])) if match else None
        if returned is None:
            raise acquiring.Refused(Refusal.NO_SUCH_REFUND)
        return returned.refund_no

    def _paid(self, purchase: Purchase, fault: Fault) -> Transaction:
        """As micropay and a notice say it, which name no state: it is paid."""
        return replace(self._spoilt(purchase, fault), trade_state="", trade_state_desc="")

    def _spoilt(self, purchase: Purchase, fault: Fault) -> Transaction:
        said = words.transaction(purchase)
        if fault.spoil is Spoil.AMOUNT and said.total_fee is not None:
            said = replace(said, total_fee=said.total_fee + 1)
        if fault.spoil is Spoil.WORD:
            said = replace(said, trade_state=common.ODD)
        return said


def _failed(refused: Refused, operation: Operation | None) -> Said:
    said = {"result_code": FAIL, **refused.failure.fields()}
    if operation is Operation.REVERSE:
        said |= Undone(recall=refused.failure.err_code in words.RECALLED).fields()
    return said
