"""What a till asks of Alipay: each method's `biz_content`, written and read by the same type at both ends.

Field names, lengths and what must be there are those of the open platform's method pages; their spelling stays in
here. A message knows only itself: what to do about it is the till's or the host's business.
"""

import re
from dataclasses import dataclass, field

from terminal.schemes.alipay.codes import LIFE, ORDER_NUMBER, TRADE_NUMBER, fen, yuan
from terminal.schemes.fields import Fields, Malformed, to_json

BAR_CODE = "bar_code"
FACE_TO_FACE = "FACE_TO_FACE_PAYMENT"

_BILL_TYPES = re.compile("trade|signcustomer")
_BILL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")


@dataclass(frozen=True, slots=True)
class Pay:
    """alipay.trade.pay: charge a scanned code."""

    out_trade_no: str
    auth_code: str = field(repr=False)
    subject: str
    total: int  # fen
    timeout_express: str = ""  # the order's life, "3m"
    terminal_id: str = ""
    store_id: str = ""
    seller_id: str = ""

    def body(self) -> bytes:
        return to_json(
            {
                "out_trade_no": self.out_trade_no,
                "scene": BAR_CODE,
                "auth_code": self.auth_code,
                "product_code": FACE_TO_FACE,
                "subject": self.subject,
                "total_amount": yuan(self.total),
                "timeout_express": self.timeout_express,
                "terminal_id": self.terminal_id,
                "store_id": self.store_id,
                "seller_id": self.seller_id,
            }
        )

    @classmethod
    def parse(cls, body: bytes) -> "Pay":
        fields = Fields.parse(body)
        if fields.text("scene", 32) != BAR_CODE:
            raise Malformed("scene", f"must be {BAR_CODE}")
        return cls(
            out_trade_no=fields.text("out_trade_no", 64, ORDER_NUMBER),
            auth_code=fields.text("auth_code", 64),
            subject=fields.text("subject", 256),
            total=fen(fields, "total_amount"),
            timeout_express=fields.text_or_empty("timeout_express", 6, LIFE),
            terminal_id=fields.text_or_empty("terminal_id", 32),
            store_id=fields.text_or_empty("store_id", 32),
            seller_id=fields.text_or_empty("seller_id", 28),
        )


@dataclass(frozen=True, slots=True)
class Precreate:
    """alipay.trade.precreate: ask for a merchant code to show."""

    out_trade_no: str
    subject: str
    total: int  # fen
    code_life: str = ""  # of the code, from now: "2m"
    timeout_express: str = ""  # of the order, which is made when somebody scans
    terminal_id: str = ""
    store_id: str = ""
    seller_id: str = ""

    def body(self) -> bytes:
        return to_json(
            {
                "out_trade_no": self.out_trade_no,
                "subject": self.subject,
                "total_amount": yuan(self.total),
                "qr_code_timeout_express": self.code_life,
                "timeout_express": self.timeout_express,
                "terminal_id": self.terminal_id,
                "store_id": self.store_id,
                "seller_id": self.seller_id,
            }
        )

    @classmethod
    def parse(cls, body: bytes) -> "Precreate":
        fields = Fields.parse(body)
        return cls(
            out_trade_no=fields.text("out_trade_no", 64, ORDER_NUMBER),
            subject=fields.text("subject", 256),
            total=fen(fields, "total_amount"),
            code_life=fields.text_or_empty("qr_code_timeout_express", 6, LIFE),
            timeout_express=fields.text_or_empty("timeout_express", 6, LIFE),
            terminal_id=fields.text_or_empty("terminal_id", 32),
            store_id=fields.text_or_empty("store_id", 32),
            seller_id=fields.text_or_empty("seller_id", 28),
        )


@dataclass(frozen=True, slots=True)
class Trade:
    """alipay.trade.query, .cancel and .close: which trade is meant, by our number or by theirs, which goes first."""

    out_trade_no: str = ""
    trade_no: str = ""

    def body(self) -> bytes:
        return to_json({"out_trade_no": self.out_trade_no, "trade_no": self.trade_no})

    @classmethod
    def parse(cls, body: bytes) -> "Trade":
        return cls.of(Fields.parse(body))

    @classmethod
    def of(cls, fields: Fields) -> "Trade":
        trade_no = fields.text_or_empty("trade_no", 64, TRADE_NUMBER)
        if trade_no:
            return cls(fields.text_or_empty("out_trade_no", 64, ORDER_NUMBER), trade_no)
        return cls(fields.text("out_trade_no", 64, ORDER_NUMBER))


@dataclass(frozen=True, slots=True)
class AskRefund:
    """alipay.trade.refund: `out_request_no` makes a repeat the same refund; without it only the whole goes back."""

    trade: Trade
    amount: int  # fen
    out_request_no: str = ""
    reason: str = ""

    def body(self) -> bytes:
        return to_json(
            {
                "out_trade_no": self.trade.out_trade_no,
                "trade_no": self.trade.trade_no,
                "refund_amount": yuan(self.amount),
                "out_request_no": self.out_request_no,
                "refund_reason": self.reason,
            }
        )

    @classmethod
    def parse(cls, body: bytes) -> "AskRefund":
        fields = Fields.parse(body)
        return cls(
            trade=Trade.of(fields),
            amount=fen(fields, "refund_amount"),
            out_request_no=fields.text_or_empty("out_request_no", 64, ORDER_NUMBER),
            reason=fields.text_or_empty("refund_reason", 256),
        )


@dataclass(frozen=True, slots=True)
class AskRefundState:
    """alipay.trade.fastpay.refund.query."""

    trade: Trade
    out_request_no: str

    def body(self) -> bytes:
        return to_json(
            {
                "out_trade_no": self.trade.out_trade_no,
                "trade_no": self.trade.trade_no,
                "out_request_no": self.out_request_no,
            }
        )

    @classmethod
    def parse(cls, body: bytes) -> "AskRefundState":
        fields = Fields.parse(body)
        return cls(Trade.of(fields), fields.text("out_request_no", 64, ORDER_NUMBER))


@dataclass(frozen=True, slots=True)
class AskBill:
    """alipay.data.dataservice.bill.downloadurl.query: a day's (`2026-11-23`) or a month's (`2026-11`) bill."""

    bill_date: str
    bill_type: str = "trade"

    def body(self) -> bytes:
        return to_json({"bill_type": self.bill_type, "bill_date": self.bill_date})

    @classmethod
    def parse(cls, body: bytes) -> "AskBill":
        fields = Fields.parse(body)
        return cls(
            bill_date=fields.text("bill_date", 10, _BILL_DATE), bill_type=fields.text("bill_type", 16, _BILL_TYPES)
        )
