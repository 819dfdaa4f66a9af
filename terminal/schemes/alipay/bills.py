"""Alipay's bill of a day or a month: a zip of GBK tables, read as hostile bytes.

Two files lie in it: the details, and a summary that only adds them up, so it is left alone. Rows stand between a
header and a line of dashes; what begins with `#` is for people. Order numbers carry tabs, refunds a minus.
"""

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from terminal.money import CNY, Money
from terminal.scheme import BillKind, BillLine
from terminal.schemes.fields import Malformed

ENCODING = "gbk"
DETAILS, SUMMARY = "业务明细.csv", "业务明细(汇总).csv"  # how the two names end
END = "列表结束"

COLUMNS = (
    "支付宝交易号",
    "商户订单号",
    "业务类型",
    "商品名称",
    "创建时间",
    "完成时间",
    "门店编号",
    "门店名称",
    "操作员",
    "终端号",
    "对方账户",
    "订单金额（元）",
    "商家实收（元）",
    "支付宝红包（元）",
    "集分宝（元）",
    "支付宝优惠（元）",
    "商家优惠（元）",
    "券核销金额（元）",
    "券名称",
    "商家红包消费金额（元）",
    "卡消费金额（元）",
    "退款批次号/请求号",
    "服务费（元）",
    "分润（元）",
    "备注",
)

MOST_FILES = 8
MOST_BYTES = 64 * 2**20  # unpacked, of one file: a quarter of a million rows
_NAMED_IN_UTF8 = 0x800  # APPNOTE.TXT 4.4.4, bit 11
# All that zipfile lets through of a damaged archive, names that are no text among them.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
)
_AMOUNT = re.compile(r"(-?)([0-9]{1,12}(?:\.[0-9]{1,2})?)")


class Kind(StrEnum):
    PAYMENT = "交易"
    REFUND = "退款"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the details. Amounts in fen, as the bill signs them: a refund and a fee are negative."""

    trade_no: str
    out_trade_no: str
    kind: Kind
    out_request_no: str
    finished: str  # Beijing's time, as written
    amount: int
    received: int
    fee: int


def read(packed: bytes) -> list[Row]:
    """The details of a downloaded bill, oldest first as written; raises Malformed for anything else."""
    return list(_rows(_details(packed)))


def line(row: Row) -> BillLine:
    """A row in neutral words. What goes back without a request number was cancelled."""
    kind = BillKind.SALE
    if row.kind is Kind.REFUND:
        kind = BillKind.REFUND if row.out_request_no else BillKind.REVERSAL
    return BillLine(
        kind,
        row.out_trade_no,
        Money(abs(row.amount)),
        row.out_request_no,
        row.trade_no,
        Decimal(-row.fee).scaleb(-CNY.exponent),
        row.finished,
    )


def _details(packed: bytes) -> str:
    try:
        content = _unpacked(packed)
    except Malformed:
        raise
    except _BROKEN as error:
        raise Malformed("the bill", "is not a zip file") from error
    if len(content) > MOST_BYTES:
        raise Malformed("the bill", f"is longer than {MOST_BYTES} bytes")
    try:
        return content.decode(ENCODING)
    except UnicodeDecodeError as error:
        raise Malformed("the bill", f"is not {ENCODING.upper()}") from error


def _unpacked(packed: bytes) -> bytes:
    """The one file of details; whatever size it claims to be, no more than a byte too much of it is unpacked."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        details = [info for info in archive.infolist() if _name(info).endswith(DETAILS)]
        if len(details) != 1 or len(archive.infolist()) > MOST_FILES:
            raise Malformed("the bill", f"does not hold one file …{DETAILS}")
        with archive.open(details[0]) as file:
            return file.read(MOST_BYTES + 1)


def _name(info: zipfile.ZipInfo) -> str:
    """A name that does not say it is UTF-8 is read by zipfile as cp437; a Chinese archiver meant GBK."""
    if info.flag_bits & _NAMED_IN_UTF8:
        return info.filename
    return info.filename.encode("cp437", "replace").decode(ENCODING, "replace")


def _rows(text: str) -> Iterator[Row]:
    lines = (line for line in io.StringIO(text) if not line.startswith("#") or END in line)
    table = csv.reader(_until_end(lines))
    try:
        if tuple(_cells(next(table, []))) != COLUMNS:
            raise Malformed("the bill", "does not begin with the documented columns")
        for cells in table:
            yield _row(dict(zip(COLUMNS, _cells(cells), strict=True)))
    except (csv.Error, ValueError) as error:
        raise error if isinstance(error, Malformed) else Malformed("the bill", "has a row of another form") from error


def _until_end(lines: Iterator[str]) -> Iterator[str]:
    """A bill that was cut short would pass for one in which less was sold: its end must be there."""
    for line in lines:
        if line.startswith("#"):
            return
        yield line
    raise Malformed("the bill", f"has no line {END}")


def _cells(cells: list[str]) -> list[str]:
    return [cell.strip() for cell in cells]


def _row(cells: dict[str, str]) -> Row:
    return Row(
        trade_no=cells["支付宝交易号"],
        out_trade_no=cells["商户订单号"],
        kind=Kind(cells["业务类型"]),
        out_request_no=cells["退款批次号/请求号"],
        finished=cells["完成时间"],
        amount=_fen(cells["订单金额（元）"]),
        received=_fen(cells["商家实收（元）"]),
        fee=_fen(cells["服务费（元）"]),
    )


def _fen(text: str) -> int:
    match = _AMOUNT.fullmatch(text)
    if not match:
        raise Malformed("the bill", "has an amount of another form")
    amount = Money.parse(match[2]).minor
    return -amount if match[1] else amount
