"""A day's bills of a WeChat Pay merchant, made from the books when somebody asks (v2 and v3 write the same text).

Ready after nine in the morning of the next day and kept for three months. The fee is in the bills alone: the ledger's
merchants have their money whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum

from firmware_sim.hosts import wechat_words as words
from firmware_sim.hosts.wechat_keys import Keys
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Purchase, Returned, State
from terminal.money import CURRENCIES, Money
from terminal.scheme import BEIJING
from terminal.schemes.beijing import moment
from terminal.schemes.tenpay_bills import (
    EXPENSE,
    FLOW_COLUMNS,
    FLOW_TOTALS,
    INCOME,
    REFUND_COLUMNS,
    REFUND_TIMES,
    TRADE_COLUMNS,
    TRADE_TOTALS,
    Table,
)

READY_AT = time(9, tzinfo=BEIJING)
KEPT_FOR = timedelta(days=92)
OFFERED_S = 300.0
RATE_PERMILLE = 6  # "0.60%": the usual one of a direct merchant


class Why(Enum):
    """Why there is no bill, as v3 puts it."""

    NONE = "账单不存在"
    NOT_YET = "账单生成中"
    TOO_OLD = "账单已超过三个月"


PLAIN = {
    Why.NONE: "no money moved that day",
    Why.NOT_YET: "a bill is ready at nine in the morning of the next day",
    Why.TOO_OLD: "bills are kept for three months",
}


class NoBill(Exception):
    """There is none, and why."""

    def __init__(self, why: Why) -> None:
        super().__init__(PLAIN[why])
        self.why = why


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the books: an order paid, part of one given back, or one undone (then `returned` is None too)."""

    at_s: float
    purchase: Purchase
    state: str  # SUCCESS, REFUND, REVOKED
    returned: Returned | None = None

    @property
    def given_back(self) -> int:
        if self.returned:
            return self.returned.amount
        return self.purchase.amount if self.state == "REVOKED" else 0

    @property
    def fee(self) -> int:
        """In fen, rounded half up; negative where it is given back."""
        return -_fee(self.given_back) if self.given_back else _fee(self.purchase.amount)


class Bills:
    """Makes bills, and keeps those that were offered for five minutes."""

    def __init__(self, ledger: Ledger, keys: Keys) -> None:
        self._ledger = ledger
        self._keys = keys
        self._offered: dict[str, tuple[float, bytes]] = {}

    def keep(self, token: str, content: bytes, now_s: float) -> None:
        self._offered = {key: kept for key, kept in self._offered.items() if kept[0] >= now_s}
        self._offered[token] = (now_s + OFFERED_S, content)

    def fetch(self, token: str, now_s: float) -> bytes | None:
        ends_s, content = self._offered.get(token, (0.0, b""))
        return content if ends_s >= now_s else None

    def trades(self, merchant: str, day: date, bill_type: str, now_s: float) -> bytes:
        """The trade bill's text; raises NoBill."""
        events = [event for event in self._of(merchant, day, now_s) if _is_of(event, bill_type)]
        if not events:
            raise NoBill(Why.NONE)
        columns = _columns(bill_type)
        rows = [self._trade(event) for event in events]
        kept = tuple({name: row[name] for name in columns} for row in rows)
        return Table(columns, kept, _trade_totals(events)).text().encode()

    def flows(self, merchant: str, day: date, now_s: float) -> bytes:
        """The fund-flow bill's text; raises NoBill."""
        _ready(day, now_s)
        rows, balance = [], 0
        for event in _events(self._ledger, merchant):
            for row, amount in _flow(event):
                balance += amount
                if moment(event.at_s).date() == day:
                    rows.append({**row, "账户结余(元)": _yuan(balance), "资金变更提交申请人": f"{self._keys.mchid}API"})
        if not rows:
            raise NoBill(Why.NONE)
        return Table(FLOW_COLUMNS, tuple(rows), _flow_totals(rows)).text().encode()

    def _of(self, merchant: str, day: date, now_s: float) -> list[Event]:
        _ready(day, now_s)
        return [event for event in _events(self._ledger, merchant) if moment(event.at_s).date() == day]

    def _trade(self, event: Event) -> dict[str, str]:
        purchase, returned, memo = event.purchase, event.returned, words.Memo.of(event.purchase)
        whose, is_payment = self._keys.whose(purchase.merchant), not event.given_back
        refund_no = returned.refund_no if returned else purchase.order_no  # ours to choose for what was reversed
        values = {
            "交易时间": _moment(event.at_s),
            "公众账号ID": whose.appid,
            "商户号": whose.mchid,
            "特约商户号": whose.sub_mchid or "0",
            "设备号": memo.device,
            "微信订单号": words.transaction_id(purchase),
            "商户订单号": purchase.order_no,
            "用户标识": words.openid(purchase.customer),
            "交易类型": words.TRADE_TYPES[purchase.kind],
            "交易状态": event.state,
            "付款银行": "OTHERS",
            "货币种类": purchase.currency,
            "应结订单金额": _yuan(purchase.amount if is_payment else 0),
            "代金券金额": _yuan(0),
            "微信退款单号": "0" if is_payment else words.refund_id(returned) if returned else "",
            "商户退款单号": "0" if is_payment else refund_no,
            "退款金额": _yuan(event.given_back),
            "充值券退款金额": _yuan(0),
            "退款类型": "" if is_payment else "ORIGINAL",
            "退款状态": "" if is_payment else "SUCCESS",
            "商品名称": memo.goods,
            "商户数据包": memo.attach,
            "手续费": _five(event.fee),
            "费率": f"{RATE_PERMILLE / 10:.2f}%",
            "订单金额": _yuan(purchase.amount if is_payment else 0),
            "申请退款金额": _yuan(event.given_back),
            "费率备注": "",
        }
        done_s = returned.done_s if returned else event.at_s
        return values | dict(zip(REFUND_TIMES, (_moment(event.at_s), _moment(done_s)), strict=True))


def _events(ledger: Ledger, merchant: str) -> Iterator[Event]:
    """All that ever happened to a merchant's money, oldest first.

    When an order was undone the books do not say: that stands at the time it was paid.
    """
    found = []
    for purchase in ledger.purchases(merchant):
        if purchase.paid_s is None:
            continue
        found.append(Event(purchase.paid_s, purchase, "SUCCESS"))
        found += [Event(one.created_s, purchase, "REFUND", one) for one in ledger.refunds_of(purchase)]
        if purchase.state is State.REVERSED:
            found.append(Event(purchase.paid_s, purchase, "REVOKED"))
    yield from sorted(found, key=lambda event: event.at_s)


def _ready(day: date, now_s: float) -> None:
    now = moment(now_s)
    if now - timedelta(days=1) < datetime.combine(day, READY_AT):
        raise NoBill(Why.NOT_YET)
    if now.date() - day > KEPT_FOR:
        raise NoBill(Why.TOO_OLD)


def _is_of(event: Event, bill_type: str) -> bool:
    return bill_type == "ALL" or (event.state == "SUCCESS") == (bill_type == "SUCCESS")


def _columns(bill_type: str) -> tuple[str, ...]:
    if bill_type == "SUCCESS":
        return tuple(name for name in TRADE_COLUMNS if name not in REFUND_COLUMNS)
    if bill_type == "REFUND":
        place = TRADE_COLUMNS.index("微信退款单号")
        return TRADE_COLUMNS[:place] + REFUND_TIMES + TRADE_COLUMNS[place:]
    return TRADE_COLUMNS


def _trade_totals(events: Sequence[Event]) -> dict[str, str]:
    paid = sum(event.purchase.amount for event in events if not event.given_back)
    back = sum(event.given_back for event in events)
    fees = sum(event.fee for event in events)
    said = (str(len(events)), _yuan(paid), _yuan(back), _yuan(0), _five(fees), _yuan(paid), _yuan(back))
    return dict(zip(TRADE_TOTALS, said, strict=True))


def _flow(event: Event) -> Iterator[tuple[dict[str, str], int]]:
    """What an event did to the merchant's account, and by how much (fen)."""
    purchase, returned = event.purchase, event.returned
    number = words.transaction_id(purchase)
    if not event.given_back:
        yield _flow_row(event, number, "交易", purchase.amount, "", purchase.order_no), purchase.amount
        yield _flow_row(event, number, "扣除交易手续费", -event.fee, "", purchase.order_no), -event.fee
        return
    taken = event.given_back + event.fee
    note = f"退款总金额{_yuan(event.given_back)}元;含手续费{_yuan(-event.fee)}元"
    number = words.refund_id(returned) if returned else number
    voucher = returned.refund_no if returned else purchase.order_no
    yield _flow_row(event, number, "退款", -taken, note, voucher), -taken


def _flow_row(event: Event, number: str, business: str, amount: int, note: str, voucher: str) -> dict[str, str]:
    values = (
        _moment(event.at_s),
        number,
        words.transaction_id(event.purchase),
        business,
        business,
        INCOME if amount > 0 else EXPENSE,
        _yuan(abs(amount)),
        "",
        "",
        note,
        voucher,
    )
    return dict(zip(FLOW_COLUMNS, values, strict=True))


def _flow_totals(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    said = [str(len(rows))]
    for kind in (INCOME, EXPENSE):
        amounts = [Money.parse(row["收支金额(元)"]).minor for row in rows if row["收支类型"] == kind]
        said += [str(len(amounts)), _yuan(sum(amounts))]
    return dict(zip(FLOW_TOTALS, said, strict=True))


def _fee(amount: int) -> int:
    return (amount * RATE_PERMILLE + 500) // 1000


def _yuan(minor: int) -> str:
    return Money(minor, CURRENCIES["CNY"]).decimal


def _five(minor: int) -> str:
    """Fees are written with five decimals."""
    return f"{_yuan(minor)}000"


def _moment(unix_s: float) -> str:
    return moment(unix_s).strftime("%Y-%m-%d %H:%M:%S")
