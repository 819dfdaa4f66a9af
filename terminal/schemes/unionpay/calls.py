"""What a till asks of UnionPay, written and read by the same type, so both ends mean the same.

One kind of message for all: which call it is stands in `txnType` and `txnSubType`, and each call wants some fields.
Their spelling, lengths and patterns stand once, in one table.
"""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from enum import Enum

from terminal.schemes.fields import Fields, Malformed
from terminal.schemes.spelling import Spelling, Table, read, spelt
from terminal.schemes.unionpay.codes import MERCHANT_ID, ORDER_ID, PAYMENT_CODE, QUERY_ID, TERMINAL_ID

BACK, QUERIES = "/gateway/api/backTransReq.do", "/gateway/api/queryTrans.do"

# What every message says of itself. Another charset than UTF-8 is documented and not spoken here.
VERSION, ENCODING, SIGN_METHOD = "5.1.0", "UTF-8", "01"
HEADER = {"version": VERSION, "encoding": ENCODING, "signMethod": SIGN_METHOD, "bizType": "000000", "accessType": "0"}
CHANNELS = ("08", "07")  # a phone, a computer: nobody minds which


class Kind(Enum):
    """A call: txnType and txnSubType."""

    SALE = ("01", "06")  # a scanned code
    APPLY = ("01", "07")  # a code to be shown
    REVERSAL = ("99", "01")  # of a scanned code, by its order number, while nobody knows what became of it
    VOID = ("31", "00")  # of the whole, within the settlement day
    REFUND = ("04", "00")
    QUERY = ("00", "00")

    @property
    def path(self) -> str:
        return QUERIES if self is Kind.QUERY else BACK


TIME = re.compile(r"[0-9]{14}")
AMOUNT = re.compile(r"[1-9][0-9]{0,11}")
CURRENCY = re.compile(r"[0-9]{3}")

ASKED: Table = {
    "mer_id": Spelling("merId", 15, MERCHANT_ID),
    "order_id": Spelling("orderId", 40, ORDER_ID),
    "txn_time": Spelling("txnTime", 14, TIME),
    "amount": Spelling("txnAmt", 12, AMOUNT),
    "currency": Spelling("currencyCode", 3, CURRENCY),
    "qr_no": Spelling("qrNo", 20, PAYMENT_CODE),
    "term_id": Spelling("termId", 8, TERMINAL_ID),
    "back_url": Spelling("backUrl", 256),
    "pay_timeout": Spelling("payTimeout", 14, TIME),
    "orig_qry_id": Spelling("origQryId", 21, QUERY_ID),
    "orig_order_id": Spelling("origOrderId", 40, ORDER_ID),
    "orig_txn_time": Spelling("origTxnTime", 14, TIME),
}
_NAMED = {"mer_id", "order_id", "txn_time"}
WANTED: Mapping[Kind, Container[str]] = {
    Kind.SALE: _NAMED | {"amount", "currency", "qr_no", "back_url"},
    Kind.APPLY: _NAMED | {"amount", "currency", "back_url"},
    Kind.REVERSAL: _NAMED,
    Kind.VOID: _NAMED | {"amount", "back_url"},  # and the order, by either of its names
    Kind.REFUND: _NAMED | {"amount", "back_url"},
    Kind.QUERY: _NAMED,
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A call. An empty text is not sent; `amount` is in minor units. A refund names its order by either pair."""

    kind: Kind
    mer_id: str
    order_id: str
    txn_time: str  # of the order, in Beijing: the other half of its name
    amount: str = ""
    currency: str = ""
    qr_no: str = field(default="", repr=False)
    term_id: str = ""
    back_url: str = ""
    pay_timeout: str = ""
    orig_qry_id: str = ""
    orig_order_id: str = ""
    orig_txn_time: str = ""

    def fields(self) -> dict[str, str]:
        """As they are signed, but for the certificate's number and the signature."""
        txn_type, sub_type = self.kind.value
        head = {**HEADER, "channelType": CHANNELS[0], "txnType": txn_type, "txnSubType": sub_type}
        return head | spelt(self, ASKED)

    @classmethod
    def parse(cls, message: Mapping[str, str], path: str) -> "Ask":
        """Raises Malformed with the field that is missing or wrong."""
        fields = Fields(message)
        kind = _kind(fields, path)
        for name, value in HEADER.items():
            if fields.text(name, 16).upper() != value:
                raise Malformed(name, f"must be {value}")
        if fields.text("channelType", 2) not in CHANNELS:
            raise Malformed("channelType", f"must be one of {', '.join(CHANNELS)}")
        ask = cls(kind, **read(message, ASKED, WANTED[kind]))
        if kind in (Kind.VOID, Kind.REFUND) and not (ask.orig_qry_id or (ask.orig_order_id and ask.orig_txn_time)):
            raise Malformed("origQryId", "is missing, or origOrderId with origTxnTime")
        return ask


def _kind(fields: Fields, path: str) -> Kind:
    said = (fields.text("txnType", 2), fields.text("txnSubType", 2))
    for kind in Kind:
        if kind.value == said and kind.path == path:
            return kind
    raise Malformed("txnType", "and txnSubType name no call of this path")
