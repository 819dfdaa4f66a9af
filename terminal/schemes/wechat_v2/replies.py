"""What WeChat Pay v2 answers, each written and read by the same type, so both ends mean the same.

What is shown or kept of them (states, codes, numbers) is taken as plain words only.
"""

from dataclasses import dataclass

from terminal.schemes.fields import Fields, Malformed
from terminal.schemes.tenpay import WORD

SUCCESS, FAIL = "SUCCESS", "FAIL"
MOST_REFUNDS = 50  # of one order


@dataclass(frozen=True, slots=True)
class Transaction:
    """What micropay, orderquery and a payment notice say; only orderquery says a `trade_state`."""

    out_trade_no: str
    trade_state: str = ""
    trade_state_desc: str = ""
    transaction_id: str = ""
    trade_type: str = ""
    openid: str = ""
    bank_type: str = ""
    total_fee: int | None = None
    fee_type: str = ""
    attach: str = ""
    time_end: str = ""

    def fields(self) -> dict[str, str]:
        fee = "" if self.total_fee is None else str(self.total_fee)
        return {
            "trade_state": self.trade_state,
            "trade_state_desc": self.trade_state_desc,
            "out_trade_no": self.out_trade_no,
            "transaction_id": self.transaction_id,
            "trade_type": self.trade_type,
            "openid": self.openid,
            "is_subscribe": "N" if self.openid else "",
            "bank_type": self.bank_type,
            "total_fee": fee,
            "cash_fee": fee,
            "fee_type": self.fee_type,
            "attach": self.attach,
            "time_end": self.time_end,
        }

    @classmethod
    def read(cls, fields: Fields) -> "Transaction":
        return cls(
            out_trade_no=fields.text_or_empty("out_trade_no", 32),
            trade_state=fields.text_or_empty("trade_state", 32, WORD),
            trade_state_desc=fields.text_or_empty("trade_state_desc", 256),
            transaction_id=fields.text_or_empty("transaction_id", 32, WORD),
            trade_type=fields.text_or_empty("trade_type", 16),
            openid=fields.text_or_empty("openid", 128),
            bank_type=fields.text_or_empty("bank_type", 32),
            total_fee=fields.digits("total_fee") if "total_fee" in fields else None,
            fee_type=fields.text_or_empty("fee_type", 16),
            attach=fields.text_or_empty("attach", 128),
            time_end=fields.text_or_empty("time_end", 14),
        )


@dataclass(frozen=True, slots=True)
class CodeUrl:
    """What unifiedorder answers for NATIVE."""

    code_url: str
    prepay_id: str = ""
    trade_type: str = "NATIVE"

    def fields(self) -> dict[str, str]:
        return {"trade_type": self.trade_type, "prepay_id": self.prepay_id, "code_url": self.code_url}

    @classmethod
    def read(cls, fields: Fields) -> "CodeUrl":
        return cls(fields.text("code_url", 512), fields.text_or_empty("prepay_id", 64))


@dataclass(frozen=True, slots=True)
class Undone:
    """What reverse answers: whether it must be called again. It names no order."""

    recall: bool = False

    def fields(self) -> dict[str, str]:
        return {"recall": "Y" if self.recall else "N"}

    @classmethod
    def read(cls, fields: Fields) -> "Undone":
        return cls(fields.text_or_empty("recall", 32) == "Y")


@dataclass(frozen=True, slots=True)
class Accepted:
    """What refund answers: taken in, not carried out yet."""

    out_trade_no: str
    transaction_id: str
    out_refund_no: str
    refund_id: str
    refund_fee: int
    total_fee: int

    def fields(self) -> dict[str, str]:
        return {
            "transaction_id": self.transaction_id,
            "out_trade_no": self.out_trade_no,
            "out_refund_no": self.out_refund_no,
            "refund_id": self.refund_id,
            "refund_fee": str(self.refund_fee),
            "total_fee": str(self.total_fee),
            "cash_fee": str(self.total_fee),
            "cash_refund_fee": str(self.refund_fee),
        }

    @classmethod
    def read(cls, fields: Fields) -> "Accepted":
        return cls(
            out_trade_no=fields.text("out_trade_no", 32),
            transaction_id=fields.text("transaction_id", 32, WORD),
            out_refund_no=fields.text("out_refund_no", 64),
            refund_id=fields.text("refund_id", 32, WORD),
            refund_fee=fields.digits("refund_fee"),
            total_fee=fields.digits("total_fee"),
        )


@dataclass(frozen=True, slots=True)
class RefundState:
    """One refund of refundquery's list: SUCCESS, PROCESSING, REFUNDCLOSE or CHANGE."""

    out_refund_no: str
    refund_id: str
    refund_fee: int
    status: str
    success_time: str = ""  # yyyy-MM-dd HH:mm:ss in Beijing

    def fields(self, index: int) -> dict[str, str]:
        return {
            f"out_refund_no_{index}": self.out_refund_no,
            f"refund_id_{index}": self.refund_id,
            f"refund_channel_{index}": "ORIGINAL",
            f"refund_fee_{index}": str(self.refund_fee),
            f"refund_status_{index}": self.status,
            f"refund_recv_accout_{index}": "支付用户零钱",  # spelt so
            f"refund_success_time_{index}": self.success_time,
        }

    @classmethod
    def read(cls, fields: Fields, index: int) -> "RefundState":
        return cls(
            out_refund_no=fields.text(f"out_refund_no_{index}", 64),
            refund_id=fields.text(f"refund_id_{index}", 32, WORD),
            refund_fee=fields.digits(f"refund_fee_{index}"),
            status=fields.text(f"refund_status_{index}", 16, WORD),
            success_time=fields.text_or_empty(f"refund_success_time_{index}", 20),
        )


@dataclass(frozen=True, slots=True)
class Refunds:
    """What refundquery answers: an order's refunds in fields that end `_0`, `_1` and so on."""

    out_trade_no: str
    transaction_id: str
    total_fee: int
    refunds: tuple[RefundState, ...]

    def fields(self) -> dict[str, str]:
        said = {
            "transaction_id": self.transaction_id,
            "out_trade_no": self.out_trade_no,
            "total_fee": str(self.total_fee),
            "cash_fee": str(self.total_fee),
            "refund_fee": str(sum(one.refund_fee for one in self.refunds)),
            "refund_count": str(len(self.refunds)),
        }
        return said | {name: text for index, one in enumerate(self.refunds) for name, text in one.fields(index).items()}

    @classmethod
    def read(cls, fields: Fields) -> "Refunds":
        count = fields.digits("refund_count")
        if count > MOST_REFUNDS:
            raise Malformed("refund_count", f"must be at most {MOST_REFUNDS}")
        return cls(
            out_trade_no=fields.text("out_trade_no", 32),
            transaction_id=fields.text("transaction_id", 32, WORD),
            total_fee=fields.digits("total_fee"),
            refunds=tuple(RefundState.read(fields, index) for index in range(count)),
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """A refusal of the business: signed, unlike what is turned away at the door."""

    err_code: str
    err_code_des: str = ""

    def fields(self) -> dict[str, str]:
        return {"err_code": self.err_code, "err_code_des": self.err_code_des}

    @classmethod
    def read(cls, fields: Fields) -> "Failure":
        return cls(fields.text("err_code", 32, WORD), fields.text_or_empty("err_code_des", 256))
