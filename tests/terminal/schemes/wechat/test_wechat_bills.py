"""WeChat Pay's bills: what is read of them, what is written, and what is refused."""

import gzip
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.money import Money
from terminal.schemes.fields import Malformed
from terminal.schemes.gzipped import LARGEST, packed, unpacked
from terminal.schemes.tenpay_bills import TRADE_COLUMNS, TRADE_TOTALS, Flow, Table, Trade, read_flows, read_trades
from terminal.schemes.wechat.bill_offer import Offer

# The columns as the downloadbill page has them; the rows are ours.
TRADES = (
    "\ufeff交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,"
    "订单金额,申请退款金额,费率备注\r\n"
    "`2026-11-23 10:13:20,`wx1,`1600000000,`0,`POS01,`4200202611230000000000000001,`POS0100001,`o1,`MICROPAY,`SUCCESS,"
    "`OTHERS,`CNY,`12.34,`0.00,`0,`0,`0.00,`0.00,`,`,`milk, 2 x 1,5 l,`,`0.07000,`0.60%,`12.34,`0.00,`\r\n"
    "`2026-11-23 11:00:00,`wx1,`1600000000,`0,`POS01,`4200202611230000000000000001,`POS0100001,`o1,`MICROPAY,`REFUND,"
    "`OTHERS,`CNY,`0.00,`0.00,`50300000002026112300001,`R1,`2.34,`0.00,`ORIGINAL,`SUCCESS,`milk,`,`-0.01000,`0.60%,`0.00,"
    "`2.34,`\r\n"
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n"
    "`2,`12.34,`2.34,`0.00,`0.06000,`12.34,`2.34\r\n"
).encode()
FLOWS = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\n"
    "`2026-11-23 10:13:20,`4200,`4200,`交易,`交易,`收入,`12.34,`12.34,`1600000000API,`,`POS0100001\n"
    "`2026-11-23 11:00:00,`503,`4200,`退款,`退款,`支出,`2.33,`10.01,`1600000000API,"
    "`退款总金额2.34元;含手续费0.01元,`R1\n"
    "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n"
    "`2,`1,`12.34,`1,`2.33\n"
).encode()
EMPTY = (
    ",".join(TRADE_COLUMNS) + "\n" + ",".join(TRADE_TOTALS) + "\n`0,`0.00,`0.00,`0.00,`0.00,`0.00,`0.00\n"
).encode()


def test_a_trade_bill_is_read_row_by_row() -> None:
    paid, refunded = read_trades(TRADES)
    assert paid == Trade(
        at="2026-11-23 10:13:20",
        transaction_id="4200202611230000000000000001",
        order_id="POS0100001",
        state="SUCCESS",
        money=Money(1234),
        refund_id="0",
        refunded=Money(0),
        fee=Decimal("0.07"),
    )
    assert (refunded.state, refunded.refund_id, refunded.refunded) == ("REFUND", "R1", Money(234))
    assert refunded.fee == Decimal("-0.01")


def test_commas_in_a_name_part_no_values() -> None:
    table = Table.parse(TRADES)
    assert table.columns == TRADE_COLUMNS
    assert table.rows[0]["商品名称"] == "milk, 2 x 1,5 l"
    assert table.totals["退款总金额"] == "2.34"


def test_a_table_is_written_as_it_was_read() -> None:
    assert Table.parse(TRADES).text() == TRADES.decode("utf-8-sig")


def test_a_fund_flow_bill_is_read_with_its_signs() -> None:
    income, expense = read_flows(FLOWS)
    assert income == Flow("2026-11-23 10:13:20", "4200", "4200", "交易", Money(1234), "POS0100001")
    assert (expense.business, expense.money, expense.voucher) == ("退款", Money(-233), "R1")


def test_a_day_without_orders_has_no_rows() -> None:
    assert read_trades(EMPTY) == ()


@pytest.mark.parametrize(
    ("bill", "rule"),
    [
        (b"", "is not a bill"),
        (b"<xml><return_code>FAIL</return_code></xml>", "is not a bill"),
        (TRADES[: len(TRADES) // 2], "is not"),
        (b"\xff" + TRADES, "is not UTF-8"),
        (TRADES.replace(b"`MICROPAY,", b"MICROPAY,", 1), "27 values with a back-tick each"),
        (TRADES.replace("订单金额,申请".encode(), "金额,申请".encode(), 1), "row 1, 订单金额 is missing"),
        (TRADES.replace(b"`12.34,`0.00,`\r\n", b"`12.345,`0.00,`\r\n"), "row 1, 订单金额 is no amount"),
        (TRADES.replace(b"`CNY,`0.00", b"`XXX,`0.00"), "row 2, 订单金额 is no amount of a currency we know"),
        (TRADES.replace(b"-0.01000", b"free"), "row 2, 手续费 is no number"),
        (TRADES.replace(b"-0.01000", b"NaN"), "row 2, 手续费 is no number"),
        (TRADES.replace(b"-0.01000", b"1e999999"), "row 2, 手续费 is no number"),
    ],
)
def test_what_is_no_bill_is_refused_with_its_place(bill: bytes, rule: str) -> None:
    with pytest.raises(Malformed, match=rule):
        read_trades(bill)


@given(st.binary(max_size=300) | st.text(alphabet="`,\n\r0交易时间", max_size=200).map(str.encode))
def test_any_bytes_are_a_bill_or_malformed(content: bytes) -> None:
    for read in (read_trades, read_flows, unpacked):
        try:
            read(content)
        except Malformed:
            continue


# --- fetching --------------------------------------------------------------------------------------------


def test_an_offer_is_read_as_it_was_written() -> None:
    offer = Offer.of(TRADES, "http://127.0.0.1/v3/billdownload/file?token=T")
    assert Offer.parse(offer.body()) == offer
    assert offer.checked(packed(TRADES)) == offer.checked(TRADES) == TRADES
    assert Offer.of(b"abc", "u").hash_value == "a9993e364706816aba3e25717850c26c9cd0d89d"  # FIPS 180-1, appendix A


def test_another_bill_than_the_one_offered_is_refused() -> None:
    offer = Offer.of(TRADES, "u")
    with pytest.raises(Malformed, match="its hash differs"):
        offer.checked(packed(TRADES.replace(b"12.34", b"12.35")))
    assert replace(offer, hash_value="0" * 40) != offer


@pytest.mark.parametrize("body", [b"{}", b'{"hash_type":"MD5","hash_value":"0","download_url":"u"}'])
def test_an_offer_without_a_hash_we_know_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        Offer.parse(body)


def test_broken_and_endless_gzip_is_refused() -> None:
    with pytest.raises(Malformed, match="broken"):
        unpacked(b"\x1f\x8b" + b"\x00" * 40)
    with pytest.raises(Malformed, match="cut off"):
        unpacked(packed(TRADES)[:-9])
    with pytest.raises(Malformed, match="larger than"):
        unpacked(gzip.compress(b"\x00" * (LARGEST + 1), compresslevel=1))
