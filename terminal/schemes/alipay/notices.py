"""What Alipay tells a shop at its own address: a form, signed by the platform, sent until it is answered `success`."""

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from terminal import crypto
from terminal.schemes.alipay.codes import ORDER_NUMBER, TRADE_NUMBER, WORD, fen, yuan
from terminal.schemes.alipay.signing import SIGN_TYPE, form, notice_text, read_form, signed_notice
from terminal.schemes.fields import Fields, Malformed

TYPE = "trade_status_sync"


@dataclass(frozen=True, slots=True)
class TradeNotice:
    """A change of a trade's state."""

    notify_id: str
    notify_time: str
    app_id: str
    seller_id: str
    trade_no: str
    out_trade_no: str
    trade_status: str
    total: int  # fen
    gmt_create: str
    gmt_payment: str = ""
    gmt_refund: str = ""
    refund_fee: int | None = None
    buyer_id: str = ""
    buyer_logon_id: str = ""
    subject: str = ""

    def body(self, key: RSAPrivateKey) -> bytes:
        """As it is posted."""
        said = {
            "notify_type": TYPE,
            "notify_id": self.notify_id,
            "notify_time": self.notify_time,
            "charset": "utf-8",
            "version": "1.0",
            "app_id": self.app_id,
            "seller_id": self.seller_id,
            "buyer_id": self.buyer_id,
            "buyer_logon_id": self.buyer_logon_id,
            "trade_no": self.trade_no,
            "out_trade_no": self.out_trade_no,
            "trade_status": self.trade_status,
            "subject": self.subject,
            "gmt_create": self.gmt_create,
            "gmt_payment": self.gmt_payment,
            "gmt_refund": self.gmt_refund,
            "refund_fee": yuan(self.refund_fee) if self.refund_fee is not None else "",
            "point_amount": "0.00",
            **dict.fromkeys(("total_amount", "receipt_amount", "invoice_amount", "buyer_pay_amount"), yuan(self.total)),
            "fund_bill_list": f'[{{"amount":"{yuan(self.total)}","fundChannel":"ALIPAYACCOUNT"}}]',
        }
        return form(signed_notice({name: value for name, value in said.items() if value}, key))

    @classmethod
    def read(cls, body: bytes, keys: Mapping[str, RSAPublicKey]) -> "TradeNotice":
        """Raises Malformed unless one of the platform's keys signed it: a notice does not say which."""
        said = read_form(body)
        if said.get("sign_type") != SIGN_TYPE or said.get("notify_type") != TYPE:
            raise Malformed("notify_type", f"must be {TYPE}, signed with {SIGN_TYPE}")
        message = notice_text(said)
        if not any(crypto.rsa_verifies(key, message, said.get("sign", "")) for key in keys.values()):
            raise Malformed("sign", "is not the platform's")
        return cls._of(Fields(said))

    @classmethod
    def _of(cls, fields: Fields) -> "TradeNotice":
        return cls(
            notify_id=fields.text("notify_id", 128, WORD),
            notify_time=fields.text("notify_time", 32),
            app_id=fields.text("app_id", 32, WORD),
            seller_id=fields.text_or_empty("seller_id", 30, WORD),
            trade_no=fields.text("trade_no", 64, TRADE_NUMBER),
            out_trade_no=fields.text("out_trade_no", 64, ORDER_NUMBER),
            trade_status=fields.text("trade_status", 32, WORD),
            total=fen(fields, "total_amount"),
            gmt_create=fields.text_or_empty("gmt_create", 32),
            gmt_payment=fields.text_or_empty("gmt_payment", 32),
            gmt_refund=fields.text_or_empty("gmt_refund", 32),
            refund_fee=fen(fields, "refund_fee", least=0) if "refund_fee" in fields else None,
            buyer_id=fields.text_or_empty("buyer_id", 28),
            buyer_logon_id=fields.text_or_empty("buyer_logon_id", 100),
            subject=fields.text_or_empty("subject", 256),
        )
