"""What Alipay answers: the node of each method, written and read by the same type at both ends.

What is shown or kept of them (codes, states, numbers) is taken as plain words only. Every node begins with `code`
and `msg`; one whose code is neither 10000 nor 10003 says in `sub_code` what was wrong.
"""

from dataclasses import dataclass

from terminal.schemes.alipay.codes import ORDER_NUMBER, TRADE_NUMBER, WORD, fen, fen_or_none, yuan
from terminal.schemes.fields import Fields, Malformed, to_json

SUCCESS = "10000"
IN_PROGRESS = "10003"  # order made, the payer confirms (trade.pay)
MESSAGES = {SUCCESS: "Success", IN_PROGRESS: " order success pay inprocess"}

_FLAG = {"Y": True, "N": False}
_LONGEST_URL = 1024


@dataclass(frozen=True, slots=True)
class TradeState:
    """What trade.pay and trade.query answer; the time is called otherwise by each, and only the latter has a state."""

    out_trade_no: str = ""
    trade_no: str = ""
    total: int | None = None  # fen
    trade_status: str = ""
    gmt_payment: str = ""
    send_pay_date: str = ""
    buyer_user_id: str = ""
    buyer_logon_id: str = ""
    code: str = SUCCESS

    def body(self) -> bytes:
        paid = yuan(self.total) if self.total is not None and (self.gmt_payment or self.send_pay_date) else "0.00"
        funds = [{"fund_channel": "ALIPAYACCOUNT", "amount": paid}] if paid != "0.00" else None
        return to_json(
            {
                "code": self.code,
                "msg": MESSAGES[self.code],
                "trade_no": self.trade_no,
                "out_trade_no": self.out_trade_no,
                "buyer_logon_id": self.buyer_logon_id,
                "buyer_user_id": self.buyer_user_id,
                "trade_status": self.trade_status,
                "total_amount": yuan(self.total) if self.total is not None else "",
                "receipt_amount": paid,
                "buyer_pay_amount": paid,
                "point_amount": "0.00",
                "invoice_amount": paid,
                "gmt_payment": self.gmt_payment,
                "send_pay_date": self.send_pay_date,
                "fund_bill_list": funds,
            }
        )

    @classmethod
    def parse(cls, fields: Fields) -> "TradeState":
        return cls(
            out_trade_no=fields.text_or_empty("out_trade_no", 64, ORDER_NUMBER),
            trade_no=fields.text_or_empty("trade_no", 64, TRADE_NUMBER),
            total=fen_or_none(fields, "total_amount"),
            trade_status=fields.text_or_empty("trade_status", 32, WORD),
            gmt_payment=fields.text_or_empty("gmt_payment", 32),
            send_pay_date=fields.text_or_empty("send_pay_date", 32),
            buyer_user_id=fields.text_or_empty("buyer_user_id", 28),
            buyer_logon_id=fields.text_or_empty("buyer_logon_id", 100),
            code=fields.text("code", 16, WORD),
        )


@dataclass(frozen=True, slots=True)
class QrCode:
    """What precreate answers."""

    out_trade_no: str
    qr_code: str

    def body(self) -> bytes:
        return _node({"out_trade_no": self.out_trade_no, "qr_code": self.qr_code})

    @classmethod
    def parse(cls, fields: Fields) -> "QrCode":
        return cls(fields.text("out_trade_no", 64, ORDER_NUMBER), fields.text("qr_code", _LONGEST_URL))


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What cancel answers. `action` is `close` or `refund`, and absent where there was nothing to undo."""

    out_trade_no: str
    retry: bool = False
    action: str = ""
    trade_no: str = ""

    def body(self) -> bytes:
        flag = "Y" if self.retry else "N"
        numbers = {"trade_no": self.trade_no, "out_trade_no": self.out_trade_no}
        return _node({**numbers, "retry_flag": flag, "action": self.action})

    @classmethod
    def parse(cls, fields: Fields) -> "Cancelled":
        return cls(
            out_trade_no=fields.text("out_trade_no", 64, ORDER_NUMBER),
            retry=_flag(fields, "retry_flag"),
            action=fields.text_or_empty("action", 10, WORD),
            trade_no=fields.text_or_empty("trade_no", 64, TRADE_NUMBER),
        )


@dataclass(frozen=True, slots=True)
class Closed:
    """What close answers."""

    out_trade_no: str
    trade_no: str

    def body(self) -> bytes:
        return _node({"trade_no": self.trade_no, "out_trade_no": self.out_trade_no})


@dataclass(frozen=True, slots=True)
class Refunded:
    """What refund answers: all that has gone back of the trade so far, and whether this call moved any of it."""

    out_trade_no: str
    trade_no: str
    refund_fee: int  # fen, of all refunds together
    fund_change: bool
    gmt_refund_pay: str = ""
    buyer_user_id: str = ""
    buyer_logon_id: str = ""

    def body(self) -> bytes:
        return _node(
            {
                "trade_no": self.trade_no,
                "out_trade_no": self.out_trade_no,
                "buyer_logon_id": self.buyer_logon_id,
                "buyer_user_id": self.buyer_user_id,
                "fund_change": "Y" if self.fund_change else "N",
                "refund_fee": yuan(self.refund_fee),
                "gmt_refund_pay": self.gmt_refund_pay,
            }
        )

    @classmethod
    def parse(cls, fields: Fields) -> "Refunded":
        return cls(
            out_trade_no=fields.text("out_trade_no", 64, ORDER_NUMBER),
            trade_no=fields.text("trade_no", 64, TRADE_NUMBER),
            refund_fee=fen(fields, "refund_fee", least=0),
            fund_change=_flag(fields, "fund_change"),
            gmt_refund_pay=fields.text_or_empty("gmt_refund_pay", 32),
            buyer_user_id=fields.text_or_empty("buyer_user_id", 28),
            buyer_logon_id=fields.text_or_empty("buyer_logon_id", 100),
        )


@dataclass(frozen=True, slots=True)
class RefundState:
    """What fastpay.refund.query answers; all empty where there is no such refund, which is a success to Alipay."""

    out_trade_no: str = ""
    trade_no: str = ""
    out_request_no: str = ""
    refund_amount: int | None = None  # fen
    total: int | None = None  # fen, of the trade
    refund_status: str = ""

    def body(self) -> bytes:
        return _node(
            {
                "trade_no": self.trade_no,
                "out_trade_no": self.out_trade_no,
                "out_request_no": self.out_request_no,
                "total_amount": yuan(self.total) if self.total is not None else "",
                "refund_amount": yuan(self.refund_amount) if self.refund_amount is not None else "",
                "refund_status": self.refund_status,
            }
        )

    @classmethod
    def parse(cls, fields: Fields) -> "RefundState":
        return cls(
            out_trade_no=fields.text_or_empty("out_trade_no", 64, ORDER_NUMBER),
            trade_no=fields.text_or_empty("trade_no", 64, TRADE_NUMBER),
            out_request_no=fields.text_or_empty("out_request_no", 64, ORDER_NUMBER),
            refund_amount=fen_or_none(fields, "refund_amount"),
            total=fen_or_none(fields, "total_amount"),
            refund_status=fields.text_or_empty("refund_status", 32, WORD),
        )


@dataclass(frozen=True, slots=True)
class BillUrl:
    """Where a bill can be fetched, for half a minute."""

    bill_download_url: str

    def body(self) -> bytes:
        return _node({"bill_download_url": self.bill_download_url})

    @classmethod
    def parse(cls, fields: Fields) -> "BillUrl":
        return cls(fields.text("bill_download_url", _LONGEST_URL))


@dataclass(frozen=True, slots=True)
class Failure:
    """A node that says no: `code` says how far it got, `sub_code` what was wrong."""

    code: str
    msg: str
    sub_code: str = ""
    sub_msg: str = ""

    def body(self) -> bytes:
        return to_json({"code": self.code, "msg": self.msg, "sub_code": self.sub_code, "sub_msg": self.sub_msg})

    @classmethod
    def parse(cls, fields: Fields) -> "Failure":
        return cls(
            code=fields.text("code", 16, WORD),
            msg=fields.text_or_empty("msg", 256),
            sub_code=fields.text_or_empty("sub_code", 128, WORD),
            # Where a signature was wrong, the text that should have been signed stands in here, escaped.
            sub_msg=fields.text_or_empty("sub_msg", 65536),
        )


def _node(said: dict[str, object]) -> bytes:
    return to_json({"code": SUCCESS, "msg": MESSAGES[SUCCESS], **said})


def _flag(fields: Fields, name: str) -> bool:
    value = fields.text(name, 1)
    if value not in _FLAG:
        raise Malformed(name, "must be Y or N")
    return _FLAG[value]
