"""Every message that a terminal sends, by one table: the till writes by it, and a host finds out what is asked.

DE 60 says with the message type and DE 3 which transaction it is: type 2, batch 6, network 3, and for payments what
the terminal can do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from terminal.model import PaymentCode
from terminal.money import Money
from terminal.schemes.unionpay_pos import elements
from terminal.schemes.unionpay_pos.codes import LAST_TRACE
from terminal.schemes.unionpay_pos.dialect import Dialect, Message
from terminal.schemes.unionpay_pos.elements import Original, Totals

SCANNED = "032"  # DE 22: a code was scanned, no PIN
NORMAL = "00"  # DE 25
# DE 39 of a reversal: why.
NO_REPLY, CANNOT_PROCESS, BAD_MAC, OTHER_CAUSE = "98", "96", "A0", "06"
_REPLY = 10  # the message type of a reply is its request's and this


@dataclass(frozen=True, slots=True)
class Kind:
    mti: str
    processing: str  # DE 3; empty where there is none
    type: str  # 60.1
    network: str  # 60.3
    is_payment: bool = False  # moves money: sealed by a MAC


class Call(Enum):
    SIGN_IN = Kind("0800", "", "00", "003")  # double-length keys, no track key
    SALE = Kind("0200", "000000", "22", "000", is_payment=True)
    VOID = Kind("0200", "200000", "23", "000", is_payment=True)
    REFUND = Kind("0220", "200000", "25", "000", is_payment=True)
    REVERSAL = Kind("0400", "000000", "22", "000", is_payment=True)  # of a sale
    SETTLEMENT = Kind("0500", "", "00", "201")
    UPLOAD = Kind("0320", "", "00", "201")
    UPLOAD_END = Kind("0320", "", "00", "202")  # the totals were not equal
    SIGN_OFF = Kind("0820", "", "00", "002")
    ECHO = Kind("0820", "", "00", "301")


_BY_KIND = {(one.value.mti, one.value.processing, one.value.type, one.value.network): one for one in Call}


def call_of(message: Message) -> Call | None:
    """Which call a message is; None for none of ours."""
    return _BY_KIND.get((message.mti, message[3], message[60][:2], message[60][8:11]))


def batch_of(message: Message) -> str:
    return message[60][2:8]


def reply_type(mti: str) -> str:
    return f"{int(mti) + _REPLY:04}"


@dataclass(frozen=True, slots=True)
class Desk:
    """One terminal of one merchant with its current batch: writes its messages. `trace` runs from 1 to 999999."""

    terminal_id: str
    merchant_id: str
    batch: str
    dialect: Dialect = field(default_factory=Dialect)
    operator: str = "01"

    def sign_in(self, trace: int) -> Message:
        return self._message(Call.SIGN_IN, trace, self._by_operator)

    def sale(self, trace: int, money: Money, code: PaymentCode) -> Message:
        return self._payment(Call.SALE, trace, money, self._code(code))

    def reversal(self, trace: int, money: Money, code: PaymentCode | None, why: str = NO_REPLY) -> Message:
        """Of the sale with this trace. After a restart its code is gone, and the host must know it by the rest."""
        return self._payment(Call.REVERSAL, trace, money, {39: why} | (self._code(code) if code else {}))

    def void(self, trace: int, money: Money, original: Original, original_trace: int) -> Message:
        """Of the whole of a sale in this batch."""
        return self._payment(Call.VOID, trace, money, self._original(original, original_trace))

    def refund(self, trace: int, money: Money, original: Original, original_trace: int) -> Message:
        return self._payment(Call.REFUND, trace, money, self._original(original, original_trace))

    def settlement(self, trace: int, totals: Totals) -> Message:
        more = {48: elements.totals_element(totals), 49: "156"} | self._by_operator
        return self._message(Call.SETTLEMENT, trace, more)

    def upload(self, trace: int, items: str) -> Message:
        """`items` is one of `elements.upload_elements`."""
        return self._message(Call.UPLOAD, trace, {48: items})

    def upload_end(self, trace: int, count: int) -> Message:
        return self._message(Call.UPLOAD_END, trace, {48: f"{count:04}"})

    def sign_off(self, trace: int) -> Message:
        return self._message(Call.SIGN_OFF, trace, {})

    def echo(self, trace: int) -> Message:
        return self._message(Call.ECHO, trace, {})

    @property
    def _by_operator(self) -> dict[int, str]:
        return {63: f"{self.operator} "}

    def _code(self, code: PaymentCode) -> dict[int, str]:
        return {self.dialect.code_element: elements.tagged({elements.CODE_TAG: code.digits})}

    def _original(self, original: Original, trace: int) -> dict[int, str]:
        named = {61: original.element(trace)}
        if original.reference:
            named[37] = original.reference
        if original.voucher:
            named[self.dialect.code_element] = elements.tagged({elements.VOUCHER_TAG: original.voucher})
        return named

    def _payment(self, call: Call, trace: int, money: Money, more: Mapping[int, str]) -> Message:
        always = {3: call.value.processing, 4: f"{money.minor:012}", 22: SCANNED, 25: NORMAL}
        return self._message(call, trace, {**always, 49: money.currency.numeric, **more})

    def _message(self, call: Call, trace: int, more: Mapping[int, str]) -> Message:
        assert 1 <= trace <= LAST_TRACE, "a trace has six digits and begins at one"
        kind = call.value
        suffix = self.dialect.de60_suffix if kind.is_payment else ""
        always = {11: f"{trace:06}", 41: self.terminal_id, 42: self.merchant_id}
        return Message(kind.mti, {**always, 60: f"{kind.type}{self.batch}{kind.network}{suffix}", **more})
