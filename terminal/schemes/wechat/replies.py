"""The bodies of what WeChat Pay v3 answers, each written and read by the same type, so both ends mean the same.

What is shown or kept of them (states, codes, numbers) is taken as plain words only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from terminal import crypto
from terminal.schemes.fields import Fields, Malformed, to_json
from terminal.schemes.tenpay import WORD
from terminal.schemes.wechat.merchant import NOBODY, Merchant
from terminal.schemes.wechat.notices import ALGORITHM, unsealed

LONGEST_CERTIFICATE = 16384  # characters, sealed


@dataclass(frozen=True, slots=True)
class Transaction:
    """What codepay, the queries and `reverse` answer; while the payer types a password, little more than a state."""

    trade_state: str
    merchant: Merchant = NOBODY
    out_trade_no: str = ""
    transaction_id: str = ""
    trade_type: str = ""
    trade_state_desc: str = ""
    bank_type: str = ""
    attach: str = ""
    success_time: str = ""
    openid: str = ""
    total: int | None = None
    currency: str = ""

    def body(self) -> bytes:
        amount: dict[str, int | str | None] = {"total": self.total, "payer_total": self.total}
        amount |= {"currency": self.currency, "payer_currency": self.currency}
        return to_json(
            {
                **self.merchant.fields(),
                "out_trade_no": self.out_trade_no,
                "transaction_id": self.transaction_id,
                "trade_type": self.trade_type,
                "trade_state": self.trade_state,
                "trade_state_desc": self.trade_state_desc,
                "bank_type": self.bank_type,
                "attach": self.attach,
                "success_time": self.success_time,
                "payer": {"sp_openid" if self.merchant.sub_mchid else "openid": self.openid},
                "amount": amount if self.total is not None else None,
            }
        )

    @classmethod
    def parse(cls, body: bytes) -> "Transaction":
        fields = Fields.parse(body)
        amount, payer = fields.inner_or_empty("amount"), fields.inner_or_empty("payer")
        return cls(
            trade_state=fields.text("trade_state", 32, WORD),
            merchant=Merchant.parse_any(fields),
            out_trade_no=fields.text_or_empty("out_trade_no", 32),
            transaction_id=fields.text_or_empty("transaction_id", 32, WORD),
            trade_type=fields.text_or_empty("trade_type", 16),
            trade_state_desc=fields.text_or_empty("trade_state_desc", 256),
            bank_type=fields.text_or_empty("bank_type", 32),
            attach=fields.text_or_empty("attach", 128),
            success_time=fields.text_or_empty("success_time", 64),
            openid=payer.text_or_empty("sp_openid", 128) or payer.text_or_empty("openid", 128),
            total=amount.integer("total") if "total" in amount else None,
            currency=amount.text_or_empty("currency", 16),
        )


@dataclass(frozen=True, slots=True)
class CodeUrl:
    """What `native` answers."""

    code_url: str

    def body(self) -> bytes:
        return to_json({"code_url": self.code_url})

    @classmethod
    def parse(cls, body: bytes) -> "CodeUrl":
        return cls(Fields.parse(body).text("code_url", 512))


@dataclass(frozen=True, slots=True)
class RefundState:
    """What the refund calls answer: SUCCESS, PROCESSING, CLOSED or ABNORMAL."""

    status: str
    refund_id: str
    out_refund_no: str
    transaction_id: str
    out_trade_no: str
    refund: int
    total: int
    currency: str
    create_time: str
    success_time: str = ""
    channel: str = "ORIGINAL"
    user_received_account: str = "支付用户零钱"

    def body(self) -> bytes:
        amount = {"refund": self.refund, "total": self.total, "payer_refund": self.refund, "payer_total": self.total}
        return to_json(
            {
                "refund_id": self.refund_id,
                "out_refund_no": self.out_refund_no,
                "transaction_id": self.transaction_id,
                "out_trade_no": self.out_trade_no,
                "channel": self.channel,
                "user_received_account": self.user_received_account,
                "success_time": self.success_time,
                "create_time": self.create_time,
                "status": self.status,
                "amount": amount | {"currency": self.currency},
            }
        )

    def told(self, merchant: Merchant) -> bytes:
        """As a notice says it, which names the merchant and calls the status by another name."""
        whose = {name: value for name, value in merchant.fields().items() if name.endswith("mchid")}
        amount = {"total": self.total, "refund": self.refund, "payer_total": self.total, "payer_refund": self.refund}
        return to_json(
            {
                **whose,
                "transaction_id": self.transaction_id,
                "out_trade_no": self.out_trade_no,
                "refund_id": self.refund_id,
                "out_refund_no": self.out_refund_no,
                "refund_status": self.status,
                "success_time": self.success_time,
                "user_received_account": self.user_received_account,
                "amount": amount,
            }
        )

    @classmethod
    def parse(cls, body: bytes) -> "RefundState":
        fields = Fields.parse(body)
        amount = fields.inner("amount")
        return cls(
            status=fields.text("status", 32, WORD),
            refund_id=fields.text("refund_id", 32, WORD),
            out_refund_no=fields.text("out_refund_no", 64),
            transaction_id=fields.text("transaction_id", 32),
            out_trade_no=fields.text("out_trade_no", 32),
            refund=amount.integer("refund"),
            total=amount.integer("total"),
            currency=amount.text("currency", 16),
            create_time=fields.text("create_time", 64),
            success_time=fields.text_or_empty("success_time", 64),
            channel=fields.text_or_empty("channel", 16),
            user_received_account=fields.text_or_empty("user_received_account", 64),
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """The body of every reply that is not a 2xx; `field` is the one that was wrong."""

    code: str
    message: str
    field: str = ""

    def body(self) -> bytes:
        detail = {"field": self.field, "issue": self.message, "location": "body"} if self.field else {}
        return to_json({"code": self.code, "message": self.message, "detail": detail})

    @classmethod
    def parse(cls, body: bytes) -> "Failure":
        fields = Fields.parse(body)
        # `detail` is an object, a string or absent, from page to page: nothing is decided by it.
        return cls(fields.text("code", 64, WORD), fields.text_or_empty("message", 1024))


@dataclass(frozen=True, slots=True)
class PlatformCertificates:
    """GET /v3/certificates: PEM by serial number, each sealed with the merchant's APIv3 key on the wire."""

    by_serial: Mapping[str, bytes]
    effective_time: str = ""
    expire_time: str = ""

    ASSOCIATED = "certificate"

    def body(self, apiv3_key: bytes, nonce: str) -> bytes:
        return to_json(
            {
                "data": [
                    {
                        "serial_no": serial,
                        "effective_time": self.effective_time,
                        "expire_time": self.expire_time,
                        "encrypt_certificate": {
                            "algorithm": ALGORITHM,
                            "nonce": nonce,
                            "associated_data": self.ASSOCIATED,
                            "ciphertext": crypto.seal(apiv3_key, nonce.encode(), pem, self.ASSOCIATED.encode()),
                        },
                    }
                    for serial, pem in self.by_serial.items()
                ]
            }
        )


def platform_keys(body: bytes, apiv3_key: bytes) -> dict[str, RSAPublicKey]:
    """The keys in an answer to GET /v3/certificates, by serial number; raises Malformed.

    That answer may be signed with one of the very keys it brings: what vouches for it is that only the platform
    and the merchant hold the APIv3 key it is sealed with.
    """
    return dict(_unsealed(item, apiv3_key) for item in Fields.parse(body).each("data"))


def _unsealed(item: Fields, apiv3_key: bytes) -> tuple[str, RSAPublicKey]:
    pem = unsealed(item.inner("encrypt_certificate"), apiv3_key, LONGEST_CERTIFICATE)
    try:
        return crypto.certificate_serial(pem), crypto.load_public_key(pem)
    except ValueError as error:
        raise Malformed("encrypt_certificate", "holds no certificate") from error
