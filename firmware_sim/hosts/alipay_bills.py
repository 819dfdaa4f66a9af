"""A day's bill as Alipay packs it: a zip of two GBK tables, made of what the ledger has."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from firmware_sim.hosts import alipay_words as words
from firmware_sim.hosts.acquiring import Acquirer
from firmware_sim.hosts.alipay_words import Refused
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Purchase, Returned, State
from terminal.clock import Clock
from terminal.money import Money
from terminal.scheme import Reply
from terminal.schemes.alipay.bills import COLUMNS, DETAILS, ENCODING, SUMMARY, Kind
from terminal.schemes.alipay.codes import beijing
from terminal.schemes.alipay.replies import BillUrl

BILL_PATH = "/downloadBillFile.resource"
LINK_S = 30.0  # how long a link is good for
READY_S = 33 * 3600.0  # since the day began: nine the next morning

FEE_PER_10000 = 60  # 0.6 %, of each payment by itself (usual for who signs up directly; no page was found)
LINE = "#-----------------------------------------{}-----------------------------------------"
NEWLINE = "\r\n"


@dataclass(frozen=True, slots=True)
class Line:
    """A payment, or money given back: `amount` in fen, negative for the latter."""

    purchase: Purchase
    amount: int
    done_s: float
    request_no: str = ""

    @property
    def fee(self) -> int:
        return -((self.amount * FEE_PER_10000 + 5000) // 10000) if self.amount > 0 else 0

    def cells(self) -> dict[str, str]:
        """What there is to say; every other column is empty."""
        received = Money(self.amount).decimal
        return {
            "支付宝交易号": f"{words.trade_no(self.purchase)}\t",
            "商户订单号": f"{self.purchase.order_no}\t",
            "业务类型": Kind.PAYMENT if self.amount > 0 else Kind.REFUND,
            "商品名称": self.purchase.memo.replace(",", " ").replace('"', " "),
            "创建时间": beijing(self.purchase.created_s),
            "完成时间": beijing(self.done_s),
            "订单金额（元）": received,
            "商家实收（元）": received,
            "退款批次号/请求号": f"{self.request_no}\t" if self.request_no else "",
            "服务费（元）": Money(self.fee).decimal,
            **dict.fromkeys(ZEROES, "0.00"),
        }


ZEROES = tuple(name for name in COLUMNS if name.endswith("（元）") and name[:3] not in ("订单金", "商家实", "服务费"))


def lines(purchase: Purchase, refunds: Iterable[Returned]) -> list[Line]:
    """What a bill says of an order. The ledger keeps no time of a cancel: it is told with the payment it undid."""
    if purchase.paid_s is None:
        return []
    given_back = [Line(purchase, -one.amount, one.done_s, words.request_no(one)) for one in refunds]
    rest = purchase.amount + sum(line.amount for line in given_back)
    if purchase.state is State.REVERSED and rest:
        given_back.append(Line(purchase, -rest, purchase.paid_s))
    return [Line(purchase, purchase.amount, purchase.paid_s), *given_back]


def pack(day: str, seller_id: str, rows: Sequence[Line]) -> bytes:
    """The bill of `day` (`2026-11-23`)."""
    name = f"{seller_id}_{day.replace('-', '')}"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}_{DETAILS}", _details(day, seller_id, rows).encode(ENCODING, "replace"))
        archive.writestr(f"{name}_{SUMMARY}", _summary(day, seller_id, rows).encode(ENCODING, "replace"))
    return packed.getvalue()


class BillDesk:
    """Offers bills by links that are soon dead, and hands them out."""

    def __init__(self, ledger: Ledger, acquirer: Acquirer, seller_id: str, clock: Clock) -> None:
        self._ledger = ledger
        self._acquirer = acquirer
        self._seller_id = seller_id
        self._clock = clock
        self._links: dict[str, tuple[str, float]] = {}  # day and end of life, by token

    def offered(self, day: str, host: str) -> bytes:
        """The node that says where the bill of a day or a month can be fetched; raises Refused for none."""
        now_s = self._clock.wall()
        if beijing(now_s - READY_S)[: len(day)] < day:
            raise Refused("BILL_NOT_EXIST")
        if not self._lines(day):
            raise Refused("NO_BILL_DATA")
        self._links = {token: link for token, link in self._links.items() if link[1] >= now_s}
        token = self._ledger.hash(f"bill {day} {now_s}")
        self._links[token] = (day, now_s + LINK_S)
        return BillUrl(f"http://{host}{BILL_PATH}?bizType=trade&fileType=csv.zip&token={token}").body()

    def file(self, path: str) -> Reply:
        """What a link leads to."""
        day, ends_s = self._links.get(path.rpartition("token=")[2], ("", 0.0))
        if self._clock.wall() > ends_s:
            return Reply(404, {"content-type": "text/plain"}, b"this link is nobody's, or older than half a minute")
        return Reply(200, {"content-type": "application/zip"}, pack(day, self._seller_id, self._lines(day)))

    def _lines(self, day: str) -> list[Line]:
        """What happened in a day or a month, by Beijing's time."""
        self._acquirer.now()
        orders = self._ledger.purchases(self._seller_id)
        found = [line for order in orders for line in lines(order, self._acquirer.refunds(order))]
        return [line for line in found if beijing(line.done_s).startswith(day)]


def _head(day: str, seller_id: str, title: str) -> list[str]:
    return [
        f"#支付宝{title}查询",
        f"#账号：[{seller_id}]",
        f"#起始日期：[{day} 00:00:00]   终止日期：[{day} 23:59:59]",
        LINE.format(f"{title}列表"),
    ]


def _details(day: str, seller_id: str, rows: Sequence[Line]) -> str:
    table = [",".join(COLUMNS), *(",".join(row.cells().get(name, "") for name in COLUMNS) for row in rows)]
    end = [LINE.format("业务明细列表结束"), *_totals(rows)]
    return NEWLINE.join([*_head(day, seller_id, "业务明细"), *table, *end, ""])


def _summary(day: str, seller_id: str, rows: Sequence[Line]) -> str:
    end = LINE.format("业务汇总列表结束")
    return NEWLINE.join([*_head(day, seller_id, "业务汇总"), end, *_totals(rows), ""])


def _totals(rows: Sequence[Line]) -> list[str]:
    paid = [row.amount for row in rows if row.amount > 0]
    back = [row.amount for row in rows if row.amount < 0]
    return [
        f"#交易合计：{len(paid)}笔，商家实收共{Money(sum(paid)).decimal}元",
        f"#退款合计：{len(back)}笔，商家实收退款共{Money(sum(back)).decimal}元",
    ]
