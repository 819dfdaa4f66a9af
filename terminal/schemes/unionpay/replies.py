"""What UnionPay says, in a reply or a notice, written and read by the same type.

`respCode` is about the call, and 00 means no more than that it was understood. What became of the order is
`origRespCode`, which only a query brings. Whatever is not asked for here is read past, and signed all the same.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from terminal.schemes.spelling import Spelling, Table, read, spelt
from terminal.schemes.unionpay.calls import AMOUNT, CURRENCY, HEADER, TIME
from terminal.schemes.unionpay.codes import ANSWER_CODE, MERCHANT_CODE, MERCHANT_ID, ORDER_ID, QUERY_ID

_TYPE = re.compile(r"[0-9]{2}")
_RATE = re.compile(r"[0-9]{8}")
_DIGITS = re.compile(r"[0-9]+")
_SUB_CODE = re.compile(r"\[([1-9][0-9]{6})\]")  # respMsg ends with a finer code than respCode, noughts for none

SAID: Table = {
    "resp_code": Spelling("respCode", 2, ANSWER_CODE),
    "resp_msg": Spelling("respMsg", 256),
    "txn_type": Spelling("txnType", 2, _TYPE),
    "txn_sub_type": Spelling("txnSubType", 2, _TYPE),
    "mer_id": Spelling("merId", 15, MERCHANT_ID),
    "order_id": Spelling("orderId", 40, ORDER_ID),
    "txn_time": Spelling("txnTime", 14, TIME),
    "amount": Spelling("txnAmt", 12, AMOUNT),
    "currency": Spelling("currencyCode", 3, CURRENCY),
    "query_id": Spelling("queryId", 21, QUERY_ID),
    "orig_qry_id": Spelling("origQryId", 21, QUERY_ID),
    "orig_resp_code": Spelling("origRespCode", 2, ANSWER_CODE),
    "orig_resp_msg": Spelling("origRespMsg", 256),
    "qr_code": Spelling("qrCode", 512, MERCHANT_CODE),
    "trace_no": Spelling("traceNo", 6, _DIGITS),
    "trace_time": Spelling("traceTime", 10, _DIGITS),
    "settle_amount": Spelling("settleAmt", 12, AMOUNT),
    "settle_currency": Spelling("settleCurrencyCode", 3, CURRENCY),
    "settle_date": Spelling("settleDate", 4, _DIGITS),
    "exchange_rate": Spelling("exchangeRate", 8, _RATE),
    "exchange_date": Spelling("exchangeDate", 4, _DIGITS),
    "issuer_name": Spelling("payCardIssueName", 64),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A reply or a notice. What there is nothing to say about is empty; amounts are in minor units."""

    resp_code: str
    resp_msg: str = ""
    txn_type: str = ""
    txn_sub_type: str = ""
    mer_id: str = ""
    order_id: str = ""
    txn_time: str = ""
    amount: str = ""
    currency: str = ""
    query_id: str = ""
    orig_qry_id: str = ""
    orig_resp_code: str = ""
    orig_resp_msg: str = ""
    qr_code: str = ""
    trace_no: str = ""
    trace_time: str = ""
    settle_amount: str = ""
    settle_currency: str = ""
    settle_date: str = ""
    exchange_rate: str = ""  # eight digits, the first of which counts the decimals of the other seven
    exchange_date: str = ""
    issuer_name: str = ""

    def fields(self) -> dict[str, str]:
        """As they are signed, but for the certificate and the signature."""
        return HEADER | spelt(self, SAID)

    @classmethod
    def parse(cls, message: Mapping[str, str]) -> "Said":
        """Raises Malformed with the field that is missing or wrong."""
        return cls(**read(message, SAID, {"resp_code"}))

    @property
    def finer_code(self) -> str:
        """The code with the seven digits that its text ends with: `35[2040004]`; alone where there are none."""
        found = _SUB_CODE.search(self.resp_msg)
        return f"{self.resp_code}[{found[1]}]" if found else self.resp_code
