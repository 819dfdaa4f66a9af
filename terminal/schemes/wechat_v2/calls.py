"""What a till asks of WeChat Pay v2, each written and read by the same type, so both ends mean the same.

Field names, lengths and what must be there are those of the v2 call pages; their spelling stays in here. Whose
merchant it is, nonce and signature are the same for all and are put around these by `wire.py`.
"""

from dataclasses import dataclass, field

from terminal.schemes.fields import Fields, Malformed
from terminal.schemes.tenpay import ORDER_NUMBER, REFUND_NUMBER, WORD

NATIVE = "NATIVE"
BILL_TYPES = ("ALL", "SUCCESS", "REFUND")


@dataclass(frozen=True, slots=True)
class MicroPay:
    """/pay/micropay: charge a scanned code."""

    body: str
    out_trade_no: str
    auth_code: str = field(repr=False)
    total_fee: int  # fen
    fee_type: str
    spbill_create_ip: str
    device_info: str = ""
    attach: str = ""

    def fields(self) -> dict[str, str]:
        return {
            "body": self.body,
            "out_trade_no": self.out_trade_no,
            "auth_code": self.auth_code,
            "total_fee": str(self.total_fee),
            "fee_type": self.fee_type,
            "spbill_create_ip": self.spbill_create_ip,
            "device_info": self.device_info,
            "attach": self.attach,
        }

    @classmethod
    def read(cls, fields: Fields) -> "MicroPay":
        return cls(
            body=fields.text("body", 127),
            out_trade_no=fields.text("out_trade_no", 32, ORDER_NUMBER),
            auth_code=fields.text("auth_code", 128),
            total_fee=fields.digits("total_fee", least=1),
            fee_type=fields.text_or_empty("fee_type", 16) or "CNY",
            spbill_create_ip=fields.text("spbill_create_ip", 64),
            device_info=fields.text_or_empty("device_info", 32),
            attach=fields.text_or_empty("attach", 127),
        )


@dataclass(frozen=True, slots=True)
class UnifiedOrder:
    """/pay/unifiedorder, of which we know NATIVE: ask for a merchant code to show."""

    body: str
    out_trade_no: str
    total_fee: int
    fee_type: str
    spbill_create_ip: str
    notify_url: str
    product_id: str
    time_expire: str = ""  # yyyyMMddHHmmss in Beijing
    device_info: str = ""
    attach: str = ""

    def fields(self) -> dict[str, str]:
        return {
            "body": self.body,
            "out_trade_no": self.out_trade_no,
            "total_fee": str(self.total_fee),
            "fee_type": self.fee_type,
            "spbill_create_ip": self.spbill_create_ip,
            "notify_url": self.notify_url,
            "trade_type": NATIVE,
            "product_id": self.product_id,
            "time_expire": self.time_expire,
            "device_info": self.device_info,
            "attach": self.attach,
        }

    @classmethod
    def read(cls, fields: Fields) -> "UnifiedOrder":
        if fields.text("trade_type", 16) != NATIVE:
            raise Malformed("trade_type", f"must be {NATIVE}: no other is offered here")
        return cls(
            body=fields.text("body", 127),
            out_trade_no=fields.text("out_trade_no", 32, ORDER_NUMBER),
            total_fee=fields.digits("total_fee", least=1),
            fee_type=fields.text_or_empty("fee_type", 16) or "CNY",
            spbill_create_ip=fields.text("spbill_create_ip", 64),
            notify_url=fields.text("notify_url", 256),
            product_id=fields.text("product_id", 32),
            time_expire=fields.text_or_empty("time_expire", 14),
            device_info=fields.text_or_empty("device_info", 32),
            attach=fields.text_or_empty("attach", 127),
        )


@dataclass(frozen=True, slots=True)
class Named:
    """An order by our number, or by theirs, which goes first: what orderquery, reverse and closeorder ask about."""

    out_trade_no: str = ""
    transaction_id: str = ""

    def fields(self) -> dict[str, str]:
        return {"transaction_id": self.transaction_id, "out_trade_no": self.out_trade_no}

    @classmethod
    def read(cls, fields: Fields) -> "Named":
        if transaction_id := fields.text_or_empty("transaction_id", 32, WORD):
            return cls(transaction_id=transaction_id)
        return cls(fields.text("out_trade_no", 32, ORDER_NUMBER))


@dataclass(frozen=True, slots=True)
class AskRefund:
    """/secapi/pay/refund."""

    order: Named
    out_refund_no: str
    refund_fee: int  # fen, of which `total_fee` was paid
    total_fee: int
    fee_type: str
    refund_desc: str = ""

    def fields(self) -> dict[str, str]:
        return {
            **self.order.fields(),
            "out_refund_no": self.out_refund_no,
            "total_fee": str(self.total_fee),
            "refund_fee": str(self.refund_fee),
            "refund_fee_type": self.fee_type,
            "refund_desc": self.refund_desc,
        }

    @classmethod
    def read(cls, fields: Fields) -> "AskRefund":
        return cls(
            order=Named.read(fields),
            out_refund_no=fields.text("out_refund_no", 64, REFUND_NUMBER),
            refund_fee=fields.digits("refund_fee", least=1),
            total_fee=fields.digits("total_fee", least=1),
            fee_type=fields.text_or_empty("refund_fee_type", 8) or "CNY",
            refund_desc=fields.text_or_empty("refund_desc", 80),
        )


@dataclass(frozen=True, slots=True)
class AskRefunds:
    """/pay/refundquery: one refund by either number, or all of an order's; the first that is given counts."""

    refund_id: str = ""
    out_refund_no: str = ""
    order: Named = Named()

    def fields(self) -> dict[str, str]:
        return {"refund_id": self.refund_id, "out_refund_no": self.out_refund_no, **self.order.fields()}

    @classmethod
    def read(cls, fields: Fields) -> "AskRefunds":
        if refund_id := fields.text_or_empty("refund_id", 32, WORD):
            return cls(refund_id=refund_id)
        if out_refund_no := fields.text_or_empty("out_refund_no", 64, REFUND_NUMBER):
            return cls(out_refund_no=out_refund_no)
        return cls(order=Named.read(fields))


@dataclass(frozen=True, slots=True)
class AskBill:
    """/pay/downloadbill: one day's orders as text."""

    bill_date: str  # yyyyMMdd
    bill_type: str = "ALL"
    tar_type: str = ""  # GZIP, or as it is

    def fields(self) -> dict[str, str]:
        return {"bill_date": self.bill_date, "bill_type": self.bill_type, "tar_type": self.tar_type}

    @classmethod
    def read(cls, fields: Fields) -> "AskBill":
        return cls(
            bill_date=fields.text("bill_date", 8),
            bill_type=fields.text_or_empty("bill_type", 8) or "ALL",
            tar_type=fields.text_or_empty("tar_type", 8),
        )


@dataclass(frozen=True, slots=True)
class AskOpenid:
    """/tools/authcodetoopenid: whose code it is, without spending it."""

    auth_code: str = field(repr=False)

    def fields(self) -> dict[str, str]:
        return {"auth_code": self.auth_code}

    @classmethod
    def read(cls, fields: Fields) -> "AskOpenid":
        return cls(fields.text("auth_code", 128))
