"""What an acquirer asks of Alipay+, each written and read by the same type, so both ends mean the same.

Field names and lengths are those of the API pages; all scalars are text. A message knows only itself.
"""

from dataclasses import dataclass, field

from terminal.schemes.alipayplus.codes import REQUEST_ID, WORD, Amount
from terminal.schemes.fields import Fields, Malformed, to_json

WALLET = "CONNECT_WALLET"
PAYMENT_CODE = "PaymentCode"


@dataclass(frozen=True, slots=True)
class Shop:
    """Who sells: what a customer's wallet shows of the shop."""

    merchant_id: str
    merchant_name: str
    mcc: str
    store_id: str
    store_name: str
    terminal_id: str

    def said(self) -> dict[str, object]:
        store = {"referenceStoreId": self.store_id, "storeName": self.store_name, "storeMCC": self.mcc}
        merchant = {"referenceMerchantId": self.merchant_id, "merchantName": self.merchant_name}
        return {**merchant, "merchantMCC": self.mcc, "store": store}


@dataclass(frozen=True, slots=True)
class Pay:
    """payments/pay, user-presented: charge a scanned code."""

    request_id: str
    code: str = field(repr=False)
    amount: Amount
    description: str
    shop: Shop | None = None  # this and the time it is asked: for the customer's wallet, the host does not look at it
    asked: str = ""  # ISO 8601
    expires: str = ""  # ISO 8601
    notify_url: str = ""
    settlement_currency: str = ""

    def body(self) -> bytes:
        return to_json(
            {
                "productCode": "IN_STORE_PAYMENT",
                "paymentRequestId": self.request_id,
                "order": {
                    "referenceOrderId": self.request_id,
                    "orderDescription": self.description,
                    "orderAmount": self.amount.said(),
                    "merchant": self.shop.said() if self.shop else None,
                    "env": self._env(),
                },
                "paymentAmount": self.amount.said(),
                "paymentMethod": {"paymentMethodType": WALLET, "paymentMethodId": self.code},
                "paymentFactor": {"isInStorePayment": "true", "inStorePaymentScenario": PAYMENT_CODE},
                "paymentExpiryTime": self.expires,
                "paymentNotifyUrl": self.notify_url,
                "settlementStrategy": {"settlementCurrency": self.settlement_currency},
            }
        )

    def _env(self) -> dict[str, str]:
        return {
            "storeTerminalId": self.shop.terminal_id if self.shop else "",
            "storeTerminalRequestTime": self.asked,
        }

    @classmethod
    def parse(cls, body: bytes) -> "Pay":
        fields = Fields.parse(body)
        method, order = fields.inner("paymentMethod"), fields.inner("order")
        if method.text("paymentMethodType", 64) != WALLET:
            raise Malformed("paymentMethod.paymentMethodType", f"must be {WALLET}")
        if fields.inner("paymentFactor").text("inStorePaymentScenario", 64) != PAYMENT_CODE:
            raise Malformed("paymentFactor.inStorePaymentScenario", f"must be {PAYMENT_CODE}")
        return cls(
            request_id=fields.text("paymentRequestId", 64, REQUEST_ID),
            code=method.text("paymentMethodId", 128),
            amount=Amount.parse(fields, "paymentAmount"),
            description=order.text("orderDescription", 256),
            expires=fields.text_or_empty("paymentExpiryTime", 64),
            notify_url=fields.text_or_empty("paymentNotifyUrl", 1024),
            settlement_currency=fields.inner_or_empty("settlementStrategy").text_or_empty("settlementCurrency", 3),
        )


@dataclass(frozen=True, slots=True)
class Which:
    """inquiryPayment and cancelPayment: which payment, by our id or by theirs, which goes first."""

    request_id: str = ""
    payment_id: str = ""

    def body(self) -> bytes:
        return to_json(self.said())

    def said(self) -> dict[str, str]:
        return {"paymentRequestId": self.request_id, "paymentId": self.payment_id}

    @classmethod
    def parse(cls, body: bytes) -> "Which":
        return cls.of(Fields.parse(body))

    @classmethod
    def of(cls, fields: Fields) -> "Which":
        payment_id = fields.text_or_empty("paymentId", 64, WORD)
        if payment_id:
            return cls(fields.text_or_empty("paymentRequestId", 64, REQUEST_ID), payment_id)
        return cls(fields.text("paymentRequestId", 64, REQUEST_ID))


@dataclass(frozen=True, slots=True)
class AskRefund:
    """payments/refund: `refund_id` makes a repeat the same refund."""

    which: Which
    refund_id: str
    amount: Amount
    reason: str = ""

    def body(self) -> bytes:
        return to_json(
            {
                **self.which.said(),
                "refundRequestId": self.refund_id,
                "refundAmount": self.amount.said(),
                "refundReason": self.reason,
            }
        )

    @classmethod
    def parse(cls, body: bytes) -> "AskRefund":
        fields = Fields.parse(body)
        return cls(
            which=Which.of(fields),
            refund_id=fields.text("refundRequestId", 64, REQUEST_ID),
            amount=Amount.parse(fields, "refundAmount"),
            reason=fields.text_or_empty("refundReason", 256),
        )
