"""A day's bills as WeChat Pay writes them (v2 downloadbill, v3 tradebill and fundflowbill), for both ends.

A header, rows, a second header and one row of totals. Every value of a row begins with a back-tick and a header's does
not, so values are told apart at `,` and back-tick together: a name of goods may hold commas.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from terminal.errors import NoBill
from terminal.money import CURRENCIES, Money
from terminal.scheme import BillKind, BillLine
from terminal.schemes.fields import Malformed
from terminal.schemes.gzipped import unpacked

BILL_TYPES = ("ALL", "SUCCESS", "REFUND")
TICK = "`"
END = "\r\n"
_DECIMAL = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,8})?")  # and nothing else that Decimal would read, NaN least of all


@dataclass(frozen=True, slots=True)
class Table:
    """A bill as it is written: columns, rows by column, and totals."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    totals: Mapping[str, str]

    def text(self) -> str:
        lines = [",".join(self.columns), *(_ticked(row[name] for name in self.columns) for row in self.rows)]
        return END.join([*lines, ",".join(self.totals), _ticked(self.totals.values()), ""])

    @classmethod
    def parse(cls, content: bytes) -> "Table":
        """Raises Malformed unless every row has every column and the totals come last."""
        lines = [line.removesuffix("\r") for line in _text(content).removesuffix("\n").split("\n")]
        if len(lines) < 3 or not lines[-1].startswith(TICK):  # noqa: PLR2004 - two headers and the totals
            raise Malformed("", "is not a bill")
        columns = tuple(lines[0].split(","))
        rows = tuple(_row(columns, line) for line in lines[1:-2])
        return cls(columns, rows, _row(tuple(lines[-2].split(",")), lines[-1]))


# --- what is in the columns ------------------------------------------------------------------------------

# The trade bill's, of type ALL (downloadbill page).
TRADE_COLUMNS = (
    "交易时间",
    "公众账号ID",
    "商户号",
    "特约商户号",
    "设备号",
    "微信订单号",
    "商户订单号",
    "用户标识",
    "交易类型",
    "交易状态",
    "付款银行",
    "货币种类",
    "应结订单金额",
    "代金券金额",
    "微信退款单号",
    "商户退款单号",
    "退款金额",
    "充值券退款金额",
    "退款类型",
    "退款状态",
    "商品名称",
    "商户数据包",
    "手续费",
    "费率",
    "订单金额",
    "申请退款金额",
    "费率备注",
)
TRADE_TOTALS = (
    "总交易单数",
    "应结订单总金额",
    "退款总金额",
    "充值券退款总金额",
    "手续费总金额",
    "订单总金额",
    "申请退款总金额",
)
REFUND_COLUMNS = frozenset(
    {"微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态", "申请退款金额"}
)
REFUND_TIMES = ("退款申请时间", "退款成功时间")  # only in the bill of refunds, before its other columns about them
# The fund-flow bill's (as integrators' parsers have them).
FLOW_COLUMNS = (
    "记账时间",
    "微信支付业务单号",
    "资金流水单号",
    "业务名称",
    "业务类型",
    "收支类型",
    "收支金额(元)",
    "账户结余(元)",
    "资金变更提交申请人",
    "备注",
    "业务凭证号",
)
FLOW_TOTALS = ("资金流水总笔数", "收入笔数", "收入金额", "支出笔数", "支出金额")
INCOME, EXPENSE = "收入", "支出"


@dataclass(frozen=True, slots=True)
class Trade:
    """A row of a trade bill: a payment, or a refund or reversal of one."""

    at: str  # yyyy-MM-dd HH:mm:ss in Beijing
    transaction_id: str
    order_id: str
    state: str  # SUCCESS, REFUND, REVOKED
    money: Money
    refund_id: str  # ours; empty or 0 where it is none
    refunded: Money
    fee: Decimal  # yuan; negative where it is given back


@dataclass(frozen=True, slots=True)
class Flow:
    """A row of a fund-flow bill: what came into the merchant's account or left it."""

    at: str
    transaction_id: str
    flow_id: str
    business: str
    money: Money  # negative where it left
    voucher: str  # our order's or refund's number


def read_trades(content: bytes) -> tuple[Trade, ...]:
    """A trade bill, unpacked, of any type; raises Malformed with the row and column that cannot be read."""
    return tuple(_Row(row, place).trade() for place, row in enumerate(Table.parse(content).rows, start=1))


_KINDS = {"SUCCESS": BillKind.SALE, "REFUND": BillKind.REFUND, "REVOKED": BillKind.REVERSAL}


def bill_line(trade: Trade) -> BillLine:
    """A row in neutral words; raises Malformed for a state that we do not know."""
    kind = _KINDS.get(trade.state)
    if kind is None:
        raise Malformed("交易状态", "is a state we do not know")
    is_refund = kind is BillKind.REFUND
    return BillLine(
        kind,
        trade.order_id,
        trade.refunded if is_refund else trade.money,
        trade.refund_id if is_refund else "",
        trade.transaction_id,
        trade.fee,
        trade.at,
    )


def read_bill(content: bytes) -> tuple[BillLine, ...]:
    """A trade bill as a merchant gets it, GZIP or plain, in neutral words; raises NoBill."""
    try:
        return tuple(map(bill_line, read_trades(unpacked(content))))
    except Malformed as error:
        raise NoBill(f"WeChat Pay's bill cannot be believed: {error}") from error


def read_flows(content: bytes) -> tuple[Flow, ...]:
    """A fund-flow bill, unpacked; raises Malformed with the row and column that cannot be read."""
    return tuple(_Row(row, place).flow() for place, row in enumerate(Table.parse(content).rows, start=1))


class _Row:
    """One row, whose getters say where in the bill they failed."""

    def __init__(self, values: Mapping[str, str], place: int) -> None:
        self._values = values
        self._place = place

    def trade(self) -> Trade:
        currency = self._text("货币种类")
        return Trade(
            at=self._text("交易时间"),
            transaction_id=self._text("微信订单号"),
            order_id=self._text("商户订单号"),
            state=self._text("交易状态"),
            money=self._money("订单金额", currency),
            refund_id=self._values.get("商户退款单号", ""),
            refunded=self._money("退款金额", currency) if "退款金额" in self._values else self._none(currency),
            fee=self._decimal("手续费"),
        )

    def flow(self) -> Flow:
        amount, is_income = self._money("收支金额(元)", "CNY"), self._text("收支类型") == INCOME
        return Flow(
            at=self._text("记账时间"),
            transaction_id=self._text("微信支付业务单号"),
            flow_id=self._text("资金流水单号"),
            business=self._text("业务类型"),
            money=amount if is_income else Money(-amount.minor),
            voucher=self._text("业务凭证号"),
        )

    def _text(self, column: str) -> str:
        if column not in self._values:
            raise Malformed(self._where(column), "is missing")
        return self._values[column]

    def _money(self, column: str, currency: str) -> Money:
        text = self._text(column)
        try:
            return Money.parse(text, CURRENCIES[currency])
        except (KeyError, ValueError) as error:
            raise Malformed(self._where(column), "is no amount of a currency we know") from error

    def _none(self, currency: str) -> Money:
        return Money(0, CURRENCIES[currency])

    def _decimal(self, column: str) -> Decimal:
        text = self._text(column)
        if not _DECIMAL.fullmatch(text):
            raise Malformed(self._where(column), "is no number")
        return Decimal(text)

    def _where(self, column: str) -> str:
        return f"row {self._place}, {column}"


def _ticked(values: Iterable[str]) -> str:
    return ",".join(TICK + value for value in values)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed("", "is not UTF-8") from error


def _row(columns: tuple[str, ...], line: str) -> dict[str, str]:
    values = line.removeprefix(TICK).split("," + TICK)
    if not line.startswith(TICK) or len(values) != len(columns):
        raise Malformed("", f"has a row that is not {len(columns)} values with a back-tick each")
    return dict(zip(columns, values, strict=True))
