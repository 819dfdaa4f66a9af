"""An aggregated front end as a merchant meets it: one interface, and the codes of WeChat Pay, Alipay and UnionPay.

The acquirer sees by the code which network it is of; the reply says in `trade_type` who paid. What is done with
orders and money is every acquirer's (`acquiring.py`).
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from firmware_sim.faults import SOUND, Act, Fault, Faults, Spoil
from firmware_sim.hosts import acquiring
from firmware_sim.hosts import qra_words as words
from firmware_sim.hosts.acquiring import Acquirer, Asked, Habits
from firmware_sim.hosts.host import Host
from firmware_sim.hosts.qra_keys import Keys
from firmware_sim.hosts.qra_words import Refused
from firmware_sim.issuing import DAY_S
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Kind, Purchase, Refusal, Returned, State
from terminal.clock import Clock
from terminal.scheme import Operation, Reply, Request
from terminal.schemes import flat_xml
from terminal.schemes.fields import Malformed
from terminal.schemes.qra.calls import PATH, Ask, Service
from terminal.schemes.qra.codes import TAKES
from terminal.schemes.qra.replies import WELL, Said
from terminal.schemes.qra.wire import CONTENT_TYPE, CURRENCY, OPERATIONS

HABITS = Habits(reverse_within_s=DAY_S, refund_within_s=30 * DAY_S)  # the shortest of the wallets behind
FAILED = "1"
STRANGER = "400"


class QraHost(Host):
    name = "qra"
    late_s = 35.0  # it is listened to for half a minute
    ladder_s = (15.0, 60.0, 300.0, 600.0, 1800.0)  # ours: the interface's notes say "several times"

    def __init__(
        self,
        ledger: Ledger,
        keys: Keys,
        clock: Clock,
        faults: Faults,
        habits: Habits = HABITS,
        rng: Random | None = None,
    ) -> None:
        super().__init__(clock, faults)
        self._ledger = ledger
        self._keys = keys
        self._rng = rng or secrets.SystemRandom()
        self.acquirer = Acquirer(
            ledger, clock, keys.mch_id, institution=self.name, host=self.name, takes=TAKES, habits=habits
        )
        self._calls: Mapping[Service, Callable[[Ask, Fault], Said]] = {
            Service.MICROPAY: self._micropay,
            Service.NATIVE: self._native,
            Service.QUERY: self._query,
            Service.REVERSE: self._reverse,
            Service.CLOSE: self._close,
            Service.REFUND: self._refund,
            Service.REFUND_QUERY: self._refund_query,
        }

    def serves(self, path: str) -> bool:
        return path.partition("?")[0] == PATH

    def operation(self, request: Request) -> Operation | None:
        ask = self._asked_for(request)
        return OPERATIONS[ask.service] if ask else None

    def amount(self, request: Request) -> int | None:
        ask = self._asked_for(request)
        return int(ask.total_fee) if ask and ask.total_fee else None

    def answer(self, request: Request, fault: Fault = SOUND) -> Reply:
        try:
            message = flat_xml.read(request.body)
            if not flat_xml.is_signed(message, self._keys.key):
                return self._stranger(request, "签名错误", "the sign is not made with this merchant's key")
            ask = Ask.parse(message)
            said = self._spoilt(self._carry_out(ask, fault), fault.spoil)
        except acquiring.Refused as refused:
            wallet = self._wallet_of(request)
            said = self._refused(request, words.refused(refused.why, self.operation(request), str(refused), wallet))
        except Refused as refused:
            said = self._refused(request, refused)
        except Malformed as error:
            if not error.field:  # no message at all
                return self._stranger(request, "XML格式错误", str(error))
            said = self._refused(request, Refused("PARAM_ERROR", str(error), f"参数错误[{error.field}]"))
        if fault.spoil is Spoil.FAULT:
            said = self._failure("SYSTEMERROR", words.TEXTS["SYSTEMERROR"])
        return self._reply(said, fault.spoil)

    def refuse(self, request: Request, why: str) -> Reply:
        refused = words.refused(why, self.operation(request), acquiring.plain(why), self._wallet_of(request))
        return self._reply(self._refused(request, refused), Spoil.NOTHING)

    def merchant_config(self) -> dict[str, Any]:
        return {"scheme": "qra", "mch_id": self._keys.mch_id, "key": str(self._keys.key_file), "takes": list(TAKES)}

    def credentials(self) -> dict[str, Any]:
        return {"mch_id": self._keys.mch_id, "key": self._keys.key, "key_file": str(self._keys.key_file), "path": PATH}

    # What is told without being asked.

    def notice(self, purchase: Purchase, returned: Returned | None, fault: Fault = SOUND) -> Request:
        said = self._paid(purchase) if returned is None else self._given_back(purchase, returned)
        body = self._signed(self._spoilt(said, fault.spoil), fault.spoil)
        return Request("POST", "", {"Content-Type": CONTENT_TYPE}, body)

    def heard(self, reply: Reply) -> bool:
        return reply.status == 200 and reply.body.strip() == b"success"  # noqa: PLR2004 - HTTP's "OK"

    # The calls.

    def _carry_out(self, ask: Ask, fault: Fault) -> Said:
        if ask.mch_id != self._keys.mch_id:
            raise Refused("MCHID_NOT_EXIST", "mch_id is not the merchant whose key this is")
        return self._calls[ask.service](ask, fault)

    def _micropay(self, ask: Ask, fault: Fault) -> Said:
        content = " ".join(replace(ask, nonce_str="").fields().values())
        asked = Asked(ask.out_trade_no, int(ask.total_fee), content, CURRENCY, memo=ask.attach)
        purchase = self.acquirer.charge(asked, ask.auth_code, wants_password=fault.act is Act.ASK_PASSWORD)
        if purchase.state is not State.PAID:
            raise Refused("USERPAYING", "the customer is asked for the password")
        return self._paid(purchase)

    def _native(self, ask: Ask, _: Fault) -> Said:
        content = " ".join(replace(ask, nonce_str="", time_start="", time_expire="").fields().values())
        asked = Asked(ask.out_trade_no, int(ask.total_fee), content, CURRENCY, ask.notify_url, memo=ask.attach)
        token = self._ledger.hash(f"{ask.mch_id} {ask.out_trade_no}")[:32]
        code = words.MERCHANT_CODE.format(mch_id=ask.mch_id, token=token)
        purchase = self.acquirer.show(asked, code, words.expiry(ask, self.acquirer.now()))
        if purchase.state is State.PAID:
            raise acquiring.Refused(Refusal.ORDER_PAID)
        return replace(self._well(), out_trade_no=purchase.order_no, code_url=purchase.shown_as or "")

    def _query(self, ask: Ask, _: Fault) -> Said:
        purchase = self.acquirer.as_queried(self._found(ask))
        waits = purchase.state is State.OPEN and bool(purchase.customer)
        said = replace(self._told(purchase), trade_state=words.state(purchase, waits_for_password=waits))
        return said if purchase.paid_s is None else replace(self._paid(purchase), trade_state=said.trade_state)

    def _reverse(self, ask: Ask, _: Fault) -> Said:
        self.acquirer.reverse(ask.out_trade_no)
        return self._well()

    def _close(self, ask: Ask, _: Fault) -> Said:
        self.acquirer.close(ask.out_trade_no)
        return self._well()

    def _refund(self, ask: Ask, _: Fault) -> Said:
        purchase = self._found(ask)
        fee, total = int(ask.refund_fee), int(ask.total_fee)
        return self._given_back(purchase, self.acquirer.refund(purchase, ask.out_refund_no, fee, total=total))

    def _refund_query(self, ask: Ask, _: Fault) -> Said:
        purchase, returned = self.acquirer.find_refund(ask.out_refund_no)
        return replace(
            self._told(purchase),
            refund_count="1",
            out_refund_no_0=returned.refund_no,
            refund_id_0=words.refund_id(returned),
            refund_fee_0=str(returned.amount),
            refund_status_0=words.refund_state(returned, self.clock.wall()),
        )

    # What they share.

    def _asked_for(self, request: Request) -> Ask | None:
        try:
            return Ask.parse(flat_xml.read(request.body))
        except Malformed:
            return None

    def _found(self, ask: Ask) -> Purchase:
        if ask.out_trade_no:
            return self.acquirer.find(ask.out_trade_no)
        match = words.TRANSACTION_ID.fullmatch(ask.transaction_id)
        return self.acquirer.numbered(int(match["number"]) if match else 0)

    def _wallet_of(self, request: Request) -> str:
        """Whose code a request is about, so that a refusal is in that wallet's words; empty where nobody's."""
        ask = self._asked_for(request)
        shown = self._ledger.shown(ask.auth_code) if ask and ask.auth_code else None
        customer = self._ledger.customer(shown.customer) if shown else None
        return customer.wallet if customer else ""

    # What is said.

    def _well(self) -> Said:
        return Said(WELL, result_code=WELL, mch_id=self._keys.mch_id, nonce_str=self._nonce())

    def _told(self, purchase: Purchase) -> Said:
        number = words.transaction_id(purchase)
        return replace(self._well(), out_trade_no=purchase.order_no, transaction_id=number, attach=purchase.memo)

    def _paid(self, purchase: Purchase) -> Said:
        customer = self._ledger.customer(purchase.customer)
        assert customer, "what is paid, a customer of the ledger's paid"
        return replace(
            self._told(purchase),
            pay_result=WELL,
            trade_type=words.trade_type(customer.wallet, shown=purchase.kind is Kind.SHOWN),
            out_transaction_id=f"{purchase.number:028}",
            total_fee=str(purchase.amount),
            fee_type=purchase.currency,
            bank_type=customer.wallet.upper(),
            time_end=words.time_end(purchase.paid_s),
        )

    def _given_back(self, purchase: Purchase, returned: Returned) -> Said:
        said = replace(self._told(purchase), out_refund_no=returned.refund_no, refund_id=words.refund_id(returned))
        return replace(said, refund_fee=str(returned.amount))

    def _failure(self, code: str, text: str) -> Said:
        needs_query = "Y" if code in ("USERPAYING", "SYSTEMERROR") else "N"
        failed = replace(self._well(), result_code=FAILED, code="9999999")
        return replace(failed, err_code=code, err_msg=text, need_query=needs_query)

    def _refused(self, request: Request, refused: Refused) -> Said:
        self.tell(request, refused.code, str(refused))
        return self._failure(refused.code, refused.text)

    def _stranger(self, request: Request, text: str, plain: str) -> Reply:
        """To who cannot be known, nothing is signed."""
        self.tell(request, STRANGER, plain)
        return _xml(flat_xml.write(Said(STRANGER, text).fields()))

    def _spoilt(self, said: Said, spoil: Spoil) -> Said:
        if spoil is Spoil.AMOUNT and said.total_fee:
            return replace(said, total_fee=str(int(said.total_fee) + 1))
        if spoil is Spoil.WORD:
            return replace(said, pay_result="99", trade_state=words.ODD if said.trade_state else "")
        return said

    def _reply(self, said: Said, spoil: Spoil) -> Reply:
        return _xml(self._signed(said, spoil))

    def _signed(self, said: Said, spoil: Spoil) -> bytes:
        key = "0" * len(self._keys.key) if spoil is Spoil.SIGNATURE else self._keys.key
        return flat_xml.write(flat_xml.signed(said.fields(), key))

    def _nonce(self) -> str:
        return f"{self._rng.getrandbits(128):032x}"


def _xml(body: bytes) -> Reply:
    return Reply(200, {"content-type": CONTENT_TYPE}, body)
