"""A receipt as a value: the facts of one payment, and the lines they make on any paper, in Chinese or English."""

from collections.abc import Iterator, Mapping
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
class Sold:
    """One line of goods, as text: "0.350 kg x 8.80"."""

    name: str
    counted: str
    amount: str
    off: str = ""  # what came off, which `amount` is without


@dataclass(frozen=True, slots=True)
class Bill:
    """What was bought. `taxes` are within the total, by their percent."""

    goods: tuple[Sold, ...]
    total: Money
    discount: Money
    tip: Money
    taxes: tuple[tuple[int, Money], ...]


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
    is_lesson: bool = False  # nor was any meant to: somebody practised at a real counter
    settled: str = ""  # what the shop is paid, where that is another currency, and at which rate
    rate: str = ""
    operator: str = ""  # by number
    bill: Bill | None = None  # where goods were scanned


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
        "lesson": "训练 - 未收款",
        "training": "演示 · 非真实资金",
        "copy": "重印副本",
        "wallet": "支付方式",
        "code": "付款码",
        "settled": "结算金额",
        "rate": "汇率",
        "order": "订单号",
        "transaction": "交易单号",
        "terminal": "终端号",
        "operator": "收银员",
        "time": "时间",
        "discount": "优惠",
        "tip": "小费",
        "total": "合计",
        "tax": "其中税额",
        "bye": "谢谢惠顾",
    },
    "en": {
        "lesson": "TRAINING - NO PAYMENT",
        "training": "DEMO - NO REAL MONEY",
        "copy": "COPY",
        "wallet": "Paid with",
        "code": "Code",
        "settled": "Settled as",
        "rate": "Rate",
        "order": "Order",
        "transaction": "Transaction",
        "terminal": "Terminal",
        "operator": "Cashier",
        "time": "Time",
        "discount": "Discount",
        "tip": "Tip",
        "total": "Total",
        "tax": "Tax included",
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
        "operator": receipt.operator,
        "time": f"{receipt.paid_at:%Y-%m-%d %H:%M:%S}",
    }
    return [
        Text(receipt.shop, Align.CENTRE, big=True),
        *_marks(receipt),
        *(_bill(receipt.bill, words) if receipt.bill else ()),
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


def _bill(bill: Bill, words: Mapping[str, str]) -> Iterator[Line]:
    """Each thing on two lines, for names are long; then what it all comes to, and the tax that is in it."""
    yield Rule()
    for sold in bill.goods:
        yield Text(sold.name)
        yield Pair(f"  {sold.counted} {sold.off}".rstrip(), sold.amount)
    yield Rule()
    for name, money in (("discount", bill.discount), ("tip", bill.tip)):
        if money.minor:
            yield Pair(words[name], f"{'-' * (name == 'discount')}{money.decimal}")
    yield Pair(words["total"], amount(bill.total))
    yield from (Pair(f"{words['tax']} {percent}%", tax.decimal) for percent, tax in bill.taxes if tax.minor)


def _marks(receipt: Receipt) -> list[Line]:
    """What keeps this paper from being taken for something else."""
    words = WORDS[receipt.language]
    marks = (
        [words["lesson"]] * receipt.is_lesson
        + [words["training"]] * receipt.is_training
        + [words["copy"]] * receipt.is_copy
    )
    return [Text(f"*** {mark} ***", Align.CENTRE) for mark in marks]


def amount(money: Money) -> str:
    """As paper can show it: with the currency's sign, or its code where the printer lacks that."""
    sign = printable(money.currency.sign)
    return f"{money.currency.code} {money.decimal}" if LACKING in sign or not sign else sign + money.decimal
