"""The acquirer behind a POS line: sign-in, sale, void, refund, reversal, settlement with batch upload, echo, sign-off.

What is done with orders and money is every acquirer's (`acquiring.py`). A payment is known here by terminal, batch and
trace, for the line carries no order number of a shop's. While a customer types a password there is no reply yet.
"""

from collections.abc import Callable, Mapping
from random import Random, SystemRandom
from typing import Any

from firmware_sim.faults import SOUND, Act, Fault, Faults, Spoil
from firmware_sim.hosts import acquiring
from firmware_sim.hosts import unionpay_pos_words as words
from firmware_sim.hosts.acquiring import Acquirer, Asked, Habits, Refused
from firmware_sim.hosts.host import HELD, NOTHING, Host
from firmware_sim.hosts.unionpay_pos_batch import Batches
from firmware_sim.hosts.unionpay_pos_gate import Gate
from firmware_sim.hosts.unionpay_pos_keys import Keys
from firmware_sim.issuing import DAY_S
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Purchase, Refusal, State
from terminal.clock import Clock
from terminal.money import CNY
from terminal.scheme import Line, Operation, Reply, Request
from terminal.schemes.fields import Malformed
from terminal.schemes.unionpay_pos import dialect, elements
from terminal.schemes.unionpay_pos.calls import Call, batch_of, call_of
from terminal.schemes.unionpay_pos.codes import PAYMENT_CODE
from terminal.schemes.unionpay_pos.dialect import Dialect, Message, Received

DIALOG_S = 50.0  # a password that is not typed by then is refused, before the terminal stops listening
OPERATIONS = {
    Call.SALE: Operation.PAY,
    Call.REVERSAL: Operation.REVERSE,
    Call.VOID: Operation.VOID,
    Call.REFUND: Operation.REFUND,
}

Said = dict[int, str]
WELL: Said = {39: words.APPROVED}


class PosHost(Host):
    name = "unionpay_pos"
    line = Line.FRAMED
    late_s = 70.0  # it listens for a minute

    def __init__(
        self,
        ledger: Ledger,
        keys: Keys,
        clock: Clock,
        faults: Faults,
        habits: Habits | None = None,
        rng: Random | None = None,
        spoken: Dialect | None = None,
    ) -> None:
        super().__init__(clock, faults)
        habits = habits or Habits(dialog_s=DIALOG_S, reverse_within_s=DAY_S)
        self.acquirer = Acquirer(ledger, clock, keys.merchant_no, institution="unionpay", host=self.name, habits=habits)
        self._ledger = ledger
        self._keys = keys
        self._spoken = spoken or Dialect()
        self._gate = Gate(keys, self._spoken, rng or SystemRandom())
        self.batches = Batches(ledger, self.acquirer, keys)
        self._calls: Mapping[Call, Callable[[Message, Fault], Said | None]] = {
            Call.SIGN_IN: self._sign_in,
            Call.SALE: self._sale,
            Call.VOID: self._void,
            Call.REFUND: self._refund,
            Call.REVERSAL: self._reversal,
            Call.SETTLEMENT: self._settlement,
            Call.UPLOAD: self._upload,
            Call.UPLOAD_END: self._upload_end,
            Call.SIGN_OFF: self._sign_off,
            Call.ECHO: lambda _, __: WELL,
        }

    def serves(self, path: str) -> bool:
        return not path  # a frame has none

    def operation(self, request: Request) -> Operation | None:
        received = _received(request)
        call = call_of(received.message) if received else None
        return OPERATIONS.get(call) if call else None

    def amount(self, request: Request) -> int | None:
        received = _received(request)
        return int(received.message[4] or 0) if received else None

    def answer(self, request: Request, fault: Fault = SOUND) -> Reply:
        try:
            received = dialect.read(request.body)
        except Malformed as error:
            self.tell(request, "nothing", f"it is no message: {error}")
            return NOTHING
        said = self._said(request, received, fault)
        return HELD if said is None else self._gate.reply(received, said, self.clock.wall(), fault.spoil)

    def refuse(self, request: Request, why: str) -> Reply:
        received = _received(request)
        if received is None:
            return NOTHING
        said = self._refused(request, words.response(why), acquiring.plain(why))
        return self._gate.reply(received, said, self.clock.wall(), Spoil.NOTHING)

    def merchant_config(self) -> dict[str, Any]:
        return {
            "scheme": self.name,
            "terminal_no": self._keys.terminal_no,
            "merchant_no": self._keys.merchant_no,
            "master_key": str(self._keys.files.master_key),
            "tpdu": self._spoken.tpdu,
            "header": self._spoken.header,
            "code_element": self._spoken.code_element,
            "mac": self._spoken.mac.value,
            "de60_suffix": self._spoken.de60_suffix,
        }

    def credentials(self) -> dict[str, Any]:
        return {
            "terminal_no": self._keys.terminal_no,
            "merchant_no": self._keys.merchant_no,
            "master_key": self._keys.master_key.hex().upper(),
            "master_key_file": str(self._keys.files.master_key),
        }

    def _said(self, request: Request, received: Received, fault: Fault) -> Said | None:
        """The elements of the answer, DE 39 among them; None while there is none yet."""
        try:
            call = self._gate.admit(received)
            return self._calls[call](received.message, fault)
        except Refused as refused:
            response = words.response(refused.why)
            return self._refused(request, response, words.PLAIN.get(refused.why) or str(refused))
        except Malformed as error:
            return self._refused(request, words.FORMAT, str(error))

    def _refused(self, request: Request, response: str, plain: str) -> Said:
        self.tell(request, response, plain)
        return {39: response}

    # The line.

    def _sign_in(self, _: Message, __: Fault) -> Said:
        kind = Call.SIGN_IN.value
        return WELL | {60: f"{kind.type}{self._keys.batch}{kind.network}", 62: self._gate.sign_in()}

    def _sign_off(self, _: Message, __: Fault) -> Said:
        self._gate.sign_off()
        return WELL

    # Payments.

    def _sale(self, message: Message, fault: Fault) -> Said | None:
        code, amount = self._tag(message, elements.CODE_TAG), _amount(message)
        if not PAYMENT_CODE.fullmatch(code):
            raise Refused(Refusal.CODE_INVALID)
        if message[49] != CNY.numeric:
            raise Refused(Refusal.CURRENCY)
        asked = Asked(self._number(message), amount, f"{amount} {code}")
        purchase = self.acquirer.charge(asked, code, wants_password=fault.act is Act.ASK_PASSWORD)
        if purchase.state is State.OPEN:
            return None
        customer = self._ledger.customer(purchase.customer)
        assert customer, "only customers of the ledger's pay"
        return WELL | self._voucher(purchase) | words.paid(purchase, customer.wallet)

    def _reversal(self, message: Message, _: Fault) -> Said:
        """Known by batch, trace and amount: a till that was restarted has no code to name."""
        number, amount = self._number(message), _amount(message)
        purchase = self._ledger.find(self._keys.merchant_no, number)
        if purchase and purchase.amount not in (0, amount):
            raise Refused(words.WRONG_ORIGINAL)
        if not self.acquirer.reverse(number).amount:  # it never came, and from now on it cannot
            raise Refused(words.NO_ORIGINAL)
        return WELL

    def _void(self, message: Message, _: Fault) -> Said:
        purchase = self._original(message)
        batch, _trace = elements.parse_original(message[61])
        if batch != self._keys.batch:
            raise Refused(Refusal.TOO_LATE)
        if _amount(message) != purchase.amount:
            raise Refused(words.WRONG_ORIGINAL)
        return self._give_back(message, purchase)

    def _refund(self, message: Message, _: Fault) -> Said:
        return self._give_back(message, self._original(message))

    def _original(self, message: Message) -> Purchase:
        """The sale that is meant, by batch and trace; the voucher, where it is said, must be that one's."""
        batch, trace = elements.parse_original(message[61])
        purchase = self.acquirer.find(words.order_no(self._keys.terminal_no, batch, f"{trace:06}"))
        is_said = bool(message[self._spoken.code_element])
        if is_said and self._tag(message, elements.VOUCHER_TAG) != words.voucher(purchase):
            raise Refused(words.NO_ORIGINAL)
        return purchase

    def _give_back(self, message: Message, purchase: Purchase) -> Said:
        self.acquirer.refund(purchase, self._number(message), _amount(message))
        return WELL | self._voucher(purchase)

    def _voucher(self, purchase: Purchase) -> Said:
        return {self._spoken.code_element: elements.tagged({elements.VOUCHER_TAG: words.voucher(purchase)})}

    def _tag(self, message: Message, tag: str) -> str:
        number = self._spoken.code_element
        tags = elements.parse_tagged(number, message[number])
        if tag not in tags:
            raise Malformed(f"DE {number}", f"must have {tag}")
        return tags[tag]

    def _number(self, message: Message) -> str:
        return words.order_no(self._keys.terminal_no, batch_of(message), message[11])

    # The end of the batch.

    def _settlement(self, message: Message, _: Fault) -> Said:
        return WELL | self.batches.settle(message)

    def _upload(self, message: Message, _: Fault) -> Said:
        self.batches.upload(message)
        return WELL

    def _upload_end(self, message: Message, _: Fault) -> Said:
        self.batches.end(message)
        return WELL


def _received(request: Request) -> Received | None:
    try:
        return dialect.read(request.body)
    except Malformed:
        return None


def _amount(message: Message) -> int:
    if not message[4]:
        raise Malformed("DE 4", "is missing")
    if not int(message[4]):
        raise Refused(words.INVALID_AMOUNT)
    return int(message[4])
