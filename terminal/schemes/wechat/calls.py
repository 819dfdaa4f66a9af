"""The bodies of what a till asks of WeChat Pay v3, each written and read by the same type, so both ends mean the same.

Field names, lengths and what must be there are those of the v3 call pages; their spelling stays in here. A
message knows only itself: what to do about it is the till's or the host's business.
"""

from dataclasses import dataclass, field

from terminal.schemes.fields import Fields, to_json
from terminal.schemes.tenpay import ORDER_NUMBER, REFUND_NUMBER
from terminal.schemes.wechat.merchant import Merchant


@dataclass(frozen=True, slots=True)
class CodePay:
    """POST /v3/pay/transactions/codepay: charge a scanned code."""

    merchant: Merchant
    description: str
    out_trade_no: str
    auth_code: str = field(repr=False)
    total: int  # fen
    currency: str
    store_id: str
    device_id: str = ""
    attach: str = ""

    def body(self) -> bytes:
        return to_json(
            {
                **self.merchant.fields(),
                "description": self.description,
                "out_trade_no": self.out_trade_no,
                "attach": self.attach,
                "payer": {"auth_code": self.auth_code},
                "amount": {"total": self.total, "currency": self.currency},
                "scene_info": {"device_id": self.device_id, "store_info": {"id": self.store_id}},
            }
        )

    @classmethod
    def parse(cls, body: bytes) -> "CodePay":
        fields = Fields.parse(body)
        scene, amount = fields.inner("scene_info"), fields.inner("amount")
        store = scene.inner("store_info")
        return cls(
            merchant=Merchant.parse(fields),
            description=fields.text("description", 127),
            out_trade_no=fields.text("out_trade_no", 32, ORDER_NUMBER),
            auth_code=fields.inner("payer").text("auth_code", 32),
            total=amount.integer("total", least=1),
            currency=amount.text_or_empty("currency", 16) or "CNY",
            # The pages name the store now `id`, now `out_id`.
            store_id=store.text_or_empty("out_id", 32) or store.text("id", 32),
            device_id=scene.text_or_empty("device_id", 32),
            attach=fields.text_or_empty("attach", 128),
        )


@dataclass(frozen=True, slots=True)
class Native:
    """POST /v3/pay/transactions/native: ask for a merchant code to show."""

    merchant: Merchant
    description: str
    out_trade_no: str
    notify_url: str
    total: int
    currency: str
    time_expire: str = ""  # RFC 3339
    attach: str = ""

    def body(self) -> bytes:
        return to_json(
            {
                **self.merchant.fields(),
                "description": self.description,
                "out_trade_no": self.out_trade_no,
                "time_expire": self.time_expire,
                "attach": self.attach,
                "notify_url": self.notify_url,
                "amount": {"total": self.total, "currency": self.currency},
            }
        )

    @classmethod
    def parse(cls, body: bytes) -> "Native":
        fields = Fields.parse(body)
        return cls(
            merchant=Merchant.parse(fields),
            description=fields.text("description", 127),
            out_trade_no=fields.text("out_trade_no", 32, ORDER_NUMBER),
            notify_url=fields.text("notify_url", 255),
            total=fields.inner("amount").integer("total", least=1),
            currency=fields.inner("amount").text_or_empty("currency", 16) or "CNY",
            time_expire=fields.text_or_empty("time_expire", 64),
            attach=fields.text_or_empty("attach", 128),
        )


@dataclass(frozen=True, slots=True)
class Undo:
    """The body of `reverse`, and of `close`, which names no appid: whose order the path means."""

    merchant: Merchant

    def body(self) -> bytes:
        return to_json({**self.merchant.fields()})

    @classmethod
    def parse(cls, body: bytes) -> "Undo":
        return cls(Merchant.parse(Fields.parse(body)))


@dataclass(frozen=True, slots=True)
class AskRefund:
    """POST /v3/refund/domestic/refunds: the order by our number or by theirs."""

    out_refund_no: str
    refund: int  # fen, of which `total` was paid
    total: int
    currency: str
    out_trade_no: str = ""
    transaction_id: str = ""
    reason: str = ""
    notify_url: str = ""
    sub_mchid: str = ""  # the only thing that makes it a service provider's

    def body(self) -> bytes:
        return to_json(
            {
                "sub_mchid": self.sub_mchid,
                "out_trade_no": self.out_trade_no,
                "transaction_id": self.transaction_id,
                "out_refund_no": self.out_refund_no,
                "reason": self.reason,
                "notify_url": self.notify_url,
                "amount": {"refund": self.refund, "total": self.total, "currency": self.currency},
            }
        )

    @classmethod
    def parse(cls, body: bytes) -> "AskRefund":
        fields = Fields.parse(body)
        transaction_id = fields.text_or_empty("transaction_id", 32)
        return cls(
            out_refund_no=fields.text("out_refund_no", 64, REFUND_NUMBER),
            refund=fields.inner("amount").integer("refund", least=1),
            total=fields.inner("amount").integer("total", least=1),
            currency=fields.inner("amount").text("currency", 16),
            out_trade_no="" if transaction_id else fields.text("out_trade_no", 32, ORDER_NUMBER),
            transaction_id=transaction_id,
            reason=fields.text_or_empty("reason", 80),
            notify_url=fields.text_or_empty("notify_url", 256),
            sub_mchid=fields.text_or_empty("sub_mchid", 32),
        )
