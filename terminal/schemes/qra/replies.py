"""What the front end says, in a reply or a notice, written and read by the same type.

`status` is about the message, `result_code` about the business, both "0" where well; only then does `trade_state` or
`pay_result` tell of the order. Whatever is not asked for here is read past, and signed all the same.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from terminal.schemes.qra.calls import AMOUNT, HEADER, NONCE, TIME
from terminal.schemes.qra.codes import MERCHANT_CODE, MERCHANT_ID, ORDER_NUMBER, TRANSACTION_ID, WORD
from terminal.schemes.spelling import Spelling, Table, read, spelt

WELL = "0"
_RESULT = re.compile(r"[0-9]{1,4}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_TRADE_TYPE = re.compile(r"pay(?:\.[a-z]+){2,4}")

SAID: Table = {
    "status": Spelling("status", 4, _RESULT),
    "message": Spelling("message", 256),
    "code": Spelling("code", 16, WORD),
    "result_code": Spelling("result_code", 4, _RESULT),
    "mch_id": Spelling("mch_id", 32, MERCHANT_ID),
    "nonce_str": Spelling("nonce_str", 32, NONCE),
    "err_code": Spelling("err_code", 64, WORD),
    "err_msg": Spelling("err_msg", 256),
    "need_query": Spelling("need_query", 1, re.compile("[YN]")),
    "pay_result": Spelling("pay_result", 4, _RESULT),
    "trade_state": Spelling("trade_state", 32, WORD),
    "trade_type": Spelling("trade_type", 64, _TRADE_TYPE),
    "transaction_id": Spelling("transaction_id", 32, TRANSACTION_ID),
    "out_transaction_id": Spelling("out_transaction_id", 64, TRANSACTION_ID),
    "out_trade_no": Spelling("out_trade_no", 32, ORDER_NUMBER),
    "total_fee": Spelling("total_fee", 12, AMOUNT),
    "fee_type": Spelling("fee_type", 3, _CURRENCY),
    "bank_type": Spelling("bank_type", 32),
    "attach": Spelling("attach", 127),
    "time_end": Spelling("time_end", 14, TIME),
    "code_url": Spelling("code_url", 512, MERCHANT_CODE),
    "out_refund_no": Spelling("out_refund_no", 32, ORDER_NUMBER),
    "refund_id": Spelling("refund_id", 32, TRANSACTION_ID),
    "refund_fee": Spelling("refund_fee", 12, AMOUNT),
    "refund_count": Spelling("refund_count", 3, _RESULT),
    "out_refund_no_0": Spelling("out_refund_no_0", 32, ORDER_NUMBER),
    "refund_id_0": Spelling("refund_id_0", 32, TRANSACTION_ID),
    "refund_fee_0": Spelling("refund_fee_0", 12, AMOUNT),
    "refund_status_0": Spelling("refund_status_0", 32, WORD),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A reply or a notice. What there is nothing to say about is empty; amounts are in fen."""

    status: str
    message: str = ""
    code: str = ""
    result_code: str = ""
    mch_id: str = ""
    nonce_str: str = ""
    err_code: str = ""
    err_msg: str = ""
    need_query: str = ""
    pay_result: str = ""
    trade_state: str = ""
    trade_type: str = ""
    transaction_id: str = ""
    out_transaction_id: str = ""
    out_trade_no: str = ""
    total_fee: str = ""
    fee_type: str = ""
    bank_type: str = ""
    attach: str = ""
    time_end: str = ""
    code_url: str = ""
    out_refund_no: str = ""
    refund_id: str = ""
    refund_fee: str = ""
    refund_count: str = ""
    out_refund_no_0: str = ""
    refund_id_0: str = ""
    refund_fee_0: str = ""
    refund_status_0: str = ""

    def fields(self) -> dict[str, str]:
        """As they are signed."""
        return {**HEADER, **spelt(self, SAID)}

    @classmethod
    def parse(cls, message: Mapping[str, str]) -> "Said":
        """Raises Malformed with the field that is missing or wrong."""
        return cls(**read(message, SAID, {"status"}))

    @property
    def is_well(self) -> bool:
        return (self.status, self.result_code) == (WELL, WELL)
