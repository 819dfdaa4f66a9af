"""What a till asks of the front end, written and read by the same type, so both ends mean the same.

One kind of message for all: `service` says which call it is, and each call wants some fields. Their spelling, lengths
and patterns stand once, in one table.
"""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from terminal.schemes.fields import Malformed
from terminal.schemes.qra.codes import MERCHANT_ID, ORDER_NUMBER, PAYMENT_CODE, TRANSACTION_ID
from terminal.schemes.spelling import Spelling, Table, read, spelt

PATH = "/pay/gateway"

# What every message says of itself. An RSA signature is documented too, and not spoken here.
HEADER = {"version": "2.0", "charset": "UTF-8", "sign_type": "MD5"}


class Service(StrEnum):
    MICROPAY = "unified.trade.micropay"  # a scanned code
    NATIVE = "unified.trade.native"  # a code to be shown
    QUERY = "unified.trade.query"
    REVERSE = "unified.micropay.reverse"
    CLOSE = "unified.trade.close"
    REFUND = "unified.trade.refund"
    REFUND_QUERY = "unified.trade.refundquery"


AMOUNT = re.compile(r"[1-9][0-9]{0,11}")
TIME = re.compile(r"[0-9]{14}")
NONCE = re.compile(r"[0-9A-Za-z]{1,32}")
ADDRESS = re.compile(r"[0-9a-fA-F.:]{2,39}")

ASKED: Table = {
    "mch_id": Spelling("mch_id", 32, MERCHANT_ID),
    "nonce_str": Spelling("nonce_str", 32, NONCE),
    "out_trade_no": Spelling("out_trade_no", 32, ORDER_NUMBER),
    "transaction_id": Spelling("transaction_id", 32, TRANSACTION_ID),
    "body": Spelling("body", 127),
    "total_fee": Spelling("total_fee", 12, AMOUNT),
    "mch_create_ip": Spelling("mch_create_ip", 39, ADDRESS),
    "auth_code": Spelling("auth_code", 24, PAYMENT_CODE),
    "device_info": Spelling("device_info", 32),
    "attach": Spelling("attach", 127),
    "notify_url": Spelling("notify_url", 255),
    "time_start": Spelling("time_start", 14, TIME),
    "time_expire": Spelling("time_expire", 14, TIME),
    "out_refund_no": Spelling("out_refund_no", 32, ORDER_NUMBER),
    "refund_fee": Spelling("refund_fee", 12, AMOUNT),
    "op_user_id": Spelling("op_user_id", 32),
}
_ALL = {"mch_id", "nonce_str"}
_SALE = _ALL | {"out_trade_no", "body", "total_fee", "mch_create_ip"}
WANTED: Mapping[Service, Container[str]] = {
    Service.MICROPAY: _SALE | {"auth_code"},
    Service.NATIVE: _SALE | {"notify_url"},
    Service.QUERY: _ALL,  # and the order, by either of its numbers
    Service.REVERSE: _ALL | {"out_trade_no"},
    Service.CLOSE: _ALL | {"out_trade_no"},
    Service.REFUND: _ALL | {"out_refund_no", "total_fee", "refund_fee", "op_user_id"},
    Service.REFUND_QUERY: _ALL | {"out_refund_no"},
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A call. An empty text is not sent; amounts are in fen."""

    service: Service
    mch_id: str
    nonce_str: str
    out_trade_no: str = ""
    transaction_id: str = ""
    body: str = ""
    total_fee: str = ""
    mch_create_ip: str = ""
    auth_code: str = field(default="", repr=False)
    device_info: str = ""
    attach: str = ""
    notify_url: str = ""
    time_start: str = ""
    time_expire: str = ""
    out_refund_no: str = ""
    refund_fee: str = ""
    op_user_id: str = ""

    def fields(self) -> dict[str, str]:
        """As they are signed."""
        return {"service": str(self.service), **HEADER, **spelt(self, ASKED)}

    @classmethod
    def parse(cls, message: Mapping[str, str]) -> "Ask":
        """Raises Malformed with the field that is missing or wrong. Version, charset and sign_type may be left out."""
        service = _service(message)
        for name, value in HEADER.items():
            if message.get(name, value) != value:
                raise Malformed(name, f"must be {value}")
        ask = cls(service, **read(message, ASKED, WANTED[service]))
        if service in (Service.QUERY, Service.REFUND) and not (ask.out_trade_no or ask.transaction_id):
            raise Malformed("out_trade_no", "is missing, and transaction_id too")
        return ask


def _service(message: Mapping[str, str]) -> Service:
    try:
        return Service(message.get("service", ""))
    except ValueError as error:
        raise Malformed("service", "is none of those served") from error
