"""A receipt as a value: the facts of one payment, and the lines they make on any paper, in Chinese or English."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from terminal.model import Verdict
from terminal.money import Money
from terminal.receipt.columns import LACKING, printable


class Align(StrEnum):
    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    align: Align = Align.LEFT
    big: bool = False  # twice as wide and as high


@dataclass(frozen=True, slots=True)
class Pair:
    """A name at the left edge and its value at the right one."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True, slots=True)
class QrCode:
    data: str


@dataclass(frozen=True, slots=True)
class Feed:
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Cut:
    pass


@dataclass(frozen=True, slots=True)
class OpenDrawer:
    """A pulse to the drawer that hangs on the printer."""


Line = Text | Pair | Rule | QrCode | Feed | Cut | OpenDrawer


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says. `code` is masked already; `paid_at` is the shop's own wall time."""

    shop: str
    terminal_id: str
    order_id: str
    wallet: str
    code: str
    money: Money
    verdict: Verdict
    transaction_id: str
    paid_at: datetime
    language: str = "zh"
    is_copy: bool = False
    is_training: bool = False  # no real money moved
    settled: str = ""  # what the shop is paid, where that is another currency, and at which rate
    rate: str = ""


VERDICTS = {
    "zh": {
        Verdict.APPROVED: "支付成功",
        Verdict.DECLINED: "支付失败 未扣款",
        Verdict.REVERSED: "已撤销 未扣款",
        Verdict.PENDING: "等待顾客确认",
        Verdict.UNKNOWN: "结果未知 请勿重复收款",
    },
    "en": {
        Verdict.APPROVED: "PAID",
        Verdict.DECLINED: "DECLINED, not charged",
        Verdict.REVERSED: "REVERSED, not charged",
        Verdict.PENDING: "WAITING FOR CUSTOMER",
        Verdict.UNKNOWN: "UNKNOWN: do not charge again",
    },
}
WORDS = {
    "zh": {
        "training": "演示 · 非真实资金",
        "copy": "重印副本",
        "wallet": "支付方式",
        "code": "付款码",
        "settled": "结算金额",
        "rate": "汇率",
        "order": "订单号",
        "transaction": "交易单号",
        "terminal": "终端号",
        "time": "时间",
        "bye": "谢谢惠顾",
    },
    "en": {
        "training": "DEMO - NO REAL MONEY",
        "copy": "COPY",
        "wallet": "Paid with",
        "code": "Code",
        "settled": "Settled as",
        "rate": "Rate",
        "order": "Order",
        "transaction": "Transaction",
        "terminal": "Terminal",
        "time": "Time",
        "bye": "Thank you",
    },
}


def lines(receipt: Receipt) -> list[Line]:
    """The receipt from top to bottom, cut at the end; the QR holds the order id, to find the payment again."""
    words = WORDS[receipt.language]
    facts = {
        "wallet": receipt.wallet,
        "code": receipt.code,
        "settled": receipt.settled,
        "rate": receipt.rate,
        "order": receipt.order_id,
        "transaction": receipt.transaction_id,
        "terminal": receipt.terminal_id,
        "time": f"{receipt.paid_at:%Y-%m-%d %H:%M:%S}",
    }
    return [
        Text(receipt.shop, Align.CENTRE, big=True),
        *_marks(receipt),
        Rule(),
        Text(VERDICTS[receipt.language][receipt.verdict], Align.CENTRE),
        Text(amount(receipt.money), Align.CENTRE, big=True),
        Rule(),
        *(Pair(words[name], fact) for name, fact in facts.items() if fact),
        Rule(),
        Feed(),
        QrCode(receipt.order_id),
        Feed(),
        Text(words["bye"], Align.CENTRE),
        Feed(),
        Cut(),
    ]


def _marks(receipt: Receipt) -> list[Line]:
    """What keeps this paper from being taken for something else."""
    words = WORDS[receipt.language]
    marks = [words["training"]] * receipt.is_training + [words["copy"]] * receipt.is_copy
    return [Text(f"*** {mark} ***", Align.CENTRE) for mark in marks]


def amount(money: Money) -> str:
    """As paper can show it: with the currency's sign, or its code where the printer lacks that."""
    sign = printable(money.currency.sign)
    return f"{money.currency.code} {money.decimal}" if LACKING in sign or not sign else sign + money.decimal
