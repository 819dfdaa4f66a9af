"""Alipay's bill, held to a literal one, and to bytes that are none."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.schemes.alipay import bills
from terminal.schemes.alipay.bills import COLUMNS, Kind, Row
from terminal.schemes.fields import Malformed

# As downloaded bills look: four lines for people, the header, rows with tabs behind the numbers, lines for people.
BILL = """#支付宝业务明细查询
#账号：[20880012345678900156]
#起始日期：[2026年11月23日 00:00:00]   终止日期：[2026年11月24日 00:00:00]
#-----------------------------------------业务明细列表----------------------------------------
支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,\
支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,\
退款批次号/请求号,服务费（元）,分润（元）,备注
2026112322001400001400000001\t,POS0100001\t,交易,"牛奶, 面包",2026-11-23 10:13:18,2026-11-23 10:13:20,7,,,POS01\t,小*\
,12.34,12.34,0.00,0.00,0.00,0.00,0.00,,0.00,0.00,,-0.07,0.00,
2026112322001400001400000001\t,POS0100001\t,退款,牛奶,2026-11-23 11:00:00,2026-11-23 11:00:01,7,,,POS01\t,小*\
,-2.34,-2.34,0.00,0.00,0.00,0.00,0.00,,0.00,0.00,R0001\t,0.00,0.00,碎了
#-----------------------------------------业务明细列表结束------------------------------------
#交易合计：1笔，商家实收共12.34元，商家优惠共0.00元
#退款合计：1笔，商家实收退款共-2.34元，商家优惠退款共0.00元
#导出时间：[2026年11月24日 10:15:30]
"""
ROWS = [
    Row("2026112322001400001400000001", "POS0100001", Kind.PAYMENT, "", "2026-11-23 10:13:20", 1234, 1234, -7),
    Row("2026112322001400001400000001", "POS0100001", Kind.REFUND, "R0001", "2026-11-23 11:00:01", -234, -234, 0),
]
DETAILS, SUMMARY = "2088001_20261123_业务明细.csv", "2088001_20261123_业务明细(汇总).csv"


def _packed(content: bytes, name: str = DETAILS, **others: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
        archive.writestr(SUMMARY, "#".encode("gbk"))
        for other, text in others.items():
            archive.writestr(other, text)
    return packed.getvalue()


def test_the_details_are_read() -> None:
    assert bills.read(_packed(BILL.encode("gbk"))) == ROWS
    assert bills.read(_packed(BILL.replace("\n", "\r\n").encode("gbk"))) == ROWS
    assert len(COLUMNS) == 25


def test_a_name_that_a_chinese_archiver_wrote_is_read_too() -> None:
    name = DETAILS.encode("gbk")
    packed = _packed(BILL.encode("gbk"), "x" * len(name)).replace(b"x" * len(name), name)
    assert bills.read(packed) == ROWS


def test_a_day_without_a_sale_has_no_rows() -> None:
    lines = [line for line in BILL.splitlines() if not line.startswith("2026")]
    assert bills.read(_packed("\n".join(lines).encode("gbk"))) == []


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("#-----------------------------------------业务明细列表结束", "#", "has no line"),  # cut off, or another thing
        ("商户订单号,", "", "documented columns"),
        ("完成时间", "完成日期", "documented columns"),
        (",12.34,12.34,", ",12.34,", "another form"),
        (",12.34,12.34,", ",12.345,12.34,", "another form"),
        (",12.34,12.34,", ",１2.34,12.34,", "another form"),
        (",交易,", ",充值,", "another form"),
    ],
)
def test_a_bill_of_another_form_is_refused(old: str, new: str, why: str) -> None:
    assert old in BILL
    with pytest.raises(Malformed, match=why):
        bills.read(_packed(BILL.replace(old, new).encode("gbk")))


def test_what_is_no_bill_is_refused() -> None:
    whole = _packed(BILL.encode("gbk"))
    with pytest.raises(Malformed, match="not GBK"):
        bills.read(_packed(BILL.encode("utf-8") + b"\xff\xff"))
    with pytest.raises(Malformed, match="does not hold one file"):
        bills.read(_packed(BILL.encode("gbk"), "elsewhere.csv"))
    with pytest.raises(Malformed, match="does not hold one file"):
        bills.read(_packed(b"", **{f"{index}.csv": b"" for index in range(bills.MOST_FILES)}))
    for broken in (b"", b"PK", whole[: len(whole) // 2], whole[:60] + b"\x00" * 20 + whole[80:]):
        with pytest.raises(Malformed, match="not a zip file"):
            bills.read(broken)


def test_a_bomb_is_not_unpacked() -> None:
    """More than is taken, in a few kilobytes."""
    bomb = _packed(b"\x00" * (bills.MOST_BYTES + 1))
    assert len(bomb) < bills.MOST_BYTES // 500
    with pytest.raises(Malformed, match="longer than"):
        bills.read(bomb)


@given(st.binary(max_size=300), st.integers(0, 2000))
def test_no_bytes_make_the_reader_stumble(noise: bytes, place: int) -> None:
    whole = _packed(BILL.encode("gbk"))
    for packed in (noise, whole[:place] + noise + whole[place + len(noise) :], _packed(noise)):
        try:
            rows = bills.read(packed)
        except Malformed:
            continue
        assert all(isinstance(row, Row) for row in rows)


@given(st.text(max_size=200), st.integers(0, 2000))
def test_no_text_makes_the_reader_stumble(noise: str, place: int) -> None:
    text = BILL[:place] + noise + BILL[place + len(noise) :]
    try:
        rows = bills.read(_packed(text.encode("gbk", "replace")))
    except Malformed:
        return
    assert all(isinstance(row, Row) for row in rows)
