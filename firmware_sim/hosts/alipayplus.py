"""Alipay+ as an acquirer abroad meets it: pay, inquiryPayment, cancelPayment, refund; by Antom's paths too.

Every request must be signed by the client and every reply is signed by the platform. What is done with orders and
money is every acquirer's (`acquiring.py`); what is said of it is in `alipayplus_words.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from firmware_sim.faults import SOUND, Act, Fault, Faults, Spoil
from firmware_sim.hosts import acquiring
from firmware_sim.hosts import alipayplus_words as words
from firmware_sim.hosts.acquiring import Acquirer, Asked, Habits
from firmware_sim.hosts.alipayplus_keys import Keys
from firmware_sim.hosts.alipayplus_words import Refused
from firmware_sim.hosts.host import Host
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Purchase, Refusal, State
from terminal.clock import Clock
from terminal.money import CURRENCIES
from terminal.scheme import Operation, Reply, Request
from terminal.schemes.alipayplus import signing, wire
from terminal.schemes.alipayplus.calls import AskRefund, Pay, Which
from terminal.schemes.alipayplus.codes import PAYMENT_CODE, Amount, iso8601, read_time
from terminal.schemes.alipayplus.replies import SUCCEEDED, Cancelled, Refunded
from terminal.schemes.alipayplus.signing import Seal
from terminal.schemes.fields import Fields, Malformed

DAY_S = 24 * 3600.0
HABITS = Habits(dialog_s=wire.ORDER_LIFE_S, reverse_within_s=DAY_S, currencies=tuple(CURRENCIES))


class AlipayPlusHost(Host):
    name = "alipayplus"

    def __init__(self, ledger: Ledger, keys: Keys, clock: Clock, faults: Faults, habits: Habits | None = None) -> None:
        super().__init__(clock, faults)
        self._keys = keys
        self.acquirer = Acquirer(
            ledger, clock, keys.client_id, institution="alipayplus", host=self.name, habits=habits or HABITS
        )
        self._calls: Mapping[Operation, Callable[[bytes, Fault], bytes]] = {
            Operation.PAY: self._pay,
            Operation.QUERY: self._inquiry,
            Operation.REVERSE: self._cancel,
            Operation.REFUND: self._refund,
        }

    # What a request is.

    def serves(self, path: str) -> bool:
        return path.startswith((wire.PREFIX, *wire.ANTOM))

    def operation(self, request: Request) -> Operation | None:
        call = wire.read_call(request)
        return call.operation if call else None

    def amount(self, request: Request) -> int | None:
        try:
            return Amount.parse(Fields.parse(request.body), "paymentAmount").value
        except Malformed:
            return None

    # What is answered.

    def answer(self, request: Request, fault: Fault = SOUND) -> Reply:
        try:
            body = self._carry_out(request, fault)
        except acquiring.Refused as refused:
            body = self._refused(request, words.refused(refused.why, self.operation(request)), str(refused))
        except Refused as refused:
            body = self._refused(request, refused, refused.result.message)
        except Malformed as error:
            body = self._refused(request, Refused("PARAM_ILLEGAL", str(error)), str(error))
        if fault.spoil is Spoil.FAULT:
            body = words.result("UNKNOWN_EXCEPTION").body()
        if fault.spoil is Spoil.WORD:
            body = words.ODD.body()
        reply = self._signed(request, body)
        return _with_bad_signature(reply) if fault.spoil is Spoil.SIGNATURE else reply

    def refuse(self, request: Request, why: str) -> Reply:
        refused = words.refused(why, self.operation(request))
        return self._signed(request, self._refused(request, refused, acquiring.plain(why)))

    def merchant_config(self) -> dict[str, Any]:
        files = self._keys.files
        return {
            "scheme": "alipayplus",
            "client_id": self._keys.client_id,
            "private_key": str(files.client_key),
            "public_key": str(files.platform_public_key),
            "merchant_id": "M0000000001",
            "merchant_name": "Saoma Demo Store",
        }

    def credentials(self) -> dict[str, Any]:
        files = self._keys.files
        return {
            "client_id": self._keys.client_id,
            "private_key": str(files.client_key),
            "private_key_pkcs1": str(files.client_key_pkcs1),
            "public_key": str(files.platform_public_key),
        }

    def _carry_out(self, request: Request, fault: Fault) -> bytes:
        call = wire.read_call(request)
        if call is None:
            raise Refused("INVALID_API")
        self._admit(request, call.path)
        return self._calls[call.operation](request.body, fault)

    def _admit(self, request: Request, path: str) -> None:
        """Raises Refused unless our client signed this very request, lately. A repeat is let in."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            seal = Seal.parse(headers, "request-time")
        except Malformed as error:
            raise Refused("INVALID_SIGNATURE", str(error)) from error
        if seal.client_id != self._keys.client_id:
            raise Refused("INVALID_CLIENT")
        if doubt := seal.doubt(self._keys.client_key, path, request.body, self.clock.wall()):
            raise Refused("INVALID_SIGNATURE", doubt)

    def _signed(self, request: Request, body: bytes) -> Reply:
        path = request.path.partition("?")[0]
        return signing.signed_reply(self._keys.platform_key, self._keys.client_id, path, self.clock.wall(), body)

    def _refused(self, request: Request, refused: Refused, plain: str) -> bytes:
        self.tell(request, refused.result.code, plain)
        return refused.result.body()

    # The calls.

    def _pay(self, body: bytes, fault: Fault) -> bytes:
        ask = Pay.parse(body)
        if not PAYMENT_CODE.fullmatch(ask.code):
            raise acquiring.Refused(Refusal.CODE_INVALID)
        content = f"{ask.code} {ask.amount} {ask.description}"  # not the expiry, which a repeat moves
        asked = Asked(ask.request_id, ask.amount.value, content, ask.amount.currency)
        purchase = self.acquirer.charge(asked, ask.code, wants_password=fault.act is Act.ASK_PASSWORD)
        return words.paid(_spoilt(purchase, fault)).body()

    def _inquiry(self, body: bytes, fault: Fault) -> bytes:
        purchase = self.acquirer.as_queried(self._found(Which.parse(body)))
        return words.queried(_spoilt(purchase, fault)).body()

    def _cancel(self, body: bytes, _: Fault) -> bytes:
        ask = Which.parse(body)
        request_id = self._found(ask).order_no if ask.payment_id else ask.request_id
        purchase = self._cancelled(request_id)
        payment_id = words.payment_id(purchase) if purchase.amount else ""  # there is none of what never came
        return Cancelled(SUCCEEDED, request_id, payment_id, iso8601(self.clock.wall())).body()

    def _cancelled(self, request_id: str) -> Purchase:
        """What has been given back in part is no longer cancelled; what never came is, whatever that means."""
        try:
            purchase = self.acquirer.find(request_id)
        except acquiring.Refused:
            return self.acquirer.cancel(request_id)
        if purchase.state is State.PAID and purchase.refunded:
            raise Refused("PROCESS_FAIL", "Already refunded: not to be cancelled.")
        return self.acquirer.cancel(request_id)

    def _refund(self, body: bytes, _: Fault) -> bytes:
        ask = AskRefund.parse(body)
        purchase = self._found(ask.which)
        if ask.amount.currency != purchase.currency:
            raise acquiring.Refused(Refusal.CURRENCY)
        returned = self.acquirer.refund(purchase, ask.refund_id, ask.amount.value)
        if returned.done_s > self.clock.wall():
            raise Refused("REFUND_IN_PROCESS")
        return Refunded(
            result=SUCCEEDED,
            request_id=ask.refund_id,
            refund_id=f"{words.payment_id(purchase)[:21]}{returned.number:019}",
            payment_id=words.payment_id(purchase),
            amount=ask.amount,
            time=iso8601(returned.done_s),
        ).body()

    def _found(self, ask: Which) -> Purchase:
        """By their id where there is one, which goes first."""
        if not ask.payment_id:
            return self._there(self.acquirer.find(ask.request_id))
        match = words.PAYMENT_ID.fullmatch(ask.payment_id)
        purchase = self.acquirer.numbered(int(match["number"]) if match else 0)
        if words.payment_id(purchase) != ask.payment_id:
            raise acquiring.Refused(Refusal.NO_SUCH_ORDER)
        return self._there(purchase)

    @staticmethod
    def _there(purchase: Purchase) -> Purchase:
        """What was cancelled before it came never is."""
        if not purchase.amount:
            raise acquiring.Refused(Refusal.NO_SUCH_ORDER)
        return purchase


def _spoilt(purchase: Purchase, fault: Fault) -> Purchase:
    return purchase._replace(amount=purchase.amount + 1) if fault.spoil is Spoil.AMOUNT else purchase


def _with_bad_signature(reply: Reply) -> Reply:
    """The same reply under another time than the one that was signed."""
    signed_s = read_time(reply.headers["response-time"])
    return replace(reply, headers={**reply.headers, "response-time": iso8601(signed_s + 1)})
