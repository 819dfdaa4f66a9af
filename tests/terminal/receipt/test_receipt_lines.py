from dataclasses import replace
from datetime import UTC, datetime

import pytest

from terminal.model import Verdict
from terminal.money import CURRENCIES, Money
from terminal.receipt.columns import width
from terminal.receipt.lines import VERDICTS, WORDS, Cut, QrCode, Receipt, lines
from terminal.receipt.text import as_text

RECEIPT = Receipt(
    shop="西湖茶叶",
    terminal_id="POS-01",
    order_id="20261123-POS01-000042",
    wallet="微信支付",
    code="13************6789",
    money=Money(1250),
    verdict=Verdict.APPROVED,
    transaction_id="4200001234202611231234567890",
    paid_at=datetime(2026, 11, 23, 9, 41, 7, tzinfo=UTC),
)

CHINESE = """\
            西湖茶叶
--------------------------------
            支付成功
            ￥12.50
--------------------------------
支付方式                微信支付
付款码        13************6789
订单号     20261123-POS01-000042
交易单号
    4200001234202611231234567890
终端号                    POS-01
时间         2026-11-23 09:41:07
--------------------------------


            谢谢惠顾
"""


def test_a_chinese_receipt_on_narrow_paper() -> None:
    assert as_text(lines(RECEIPT)) == CHINESE


def test_an_english_receipt_on_wide_paper() -> None:
    text = as_text(lines(replace(RECEIPT, language="en", wallet="WeChat Pay")), 48)
    assert "Transaction         4200001234202611231234567890" in text.splitlines()
    assert "                      PAID" in text.splitlines()


@pytest.mark.parametrize("columns", [32, 48])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("verdict", Verdict)
def test_every_outcome_has_its_words_and_fits_the_paper(verdict: Verdict, language: str, columns: int) -> None:
    receipt = replace(RECEIPT, verdict=verdict, language=language, shop="很长的店名" * 9)
    rows = as_text(lines(receipt), columns).splitlines()
    assert any(VERDICTS[language][verdict] == row.strip() for row in rows)
    assert all(width(row) <= columns for row in rows)


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()
    assert VERDICTS["zh"].keys() == VERDICTS["en"].keys() == set(Verdict)


@pytest.mark.parametrize(
    ("language", "training", "copy"), [("zh", "非真实资金", "副本"), ("en", "NO REAL MONEY", "COPY")]
)
def test_a_copy_and_a_demonstration_say_so(language: str, training: str, copy: str) -> None:
    plain = as_text(lines(replace(RECEIPT, language=language)))
    marked = as_text(lines(replace(RECEIPT, language=language, is_copy=True, is_training=True)))
    assert training not in plain
    assert copy not in plain
    assert training in marked
    assert copy in marked


def test_what_is_not_known_is_left_out() -> None:
    assert "交易单号" not in as_text(lines(replace(RECEIPT, transaction_id="")))


def test_the_qr_holds_the_order_and_the_paper_is_cut_at_the_end() -> None:
    made = lines(RECEIPT)
    assert QrCode(RECEIPT.order_id) in made
    assert made[-1] == Cut()


@pytest.mark.parametrize(
    ("code", "shown"), [("CNY", "￥12.50"), ("THB", "THB 12.50"), ("KWD", "KWD 1.250"), ("JPY", "￥1250")]
)
def test_an_amount_is_shown_with_a_sign_that_the_printer_has(code: str, shown: str) -> None:
    rows = as_text(lines(replace(RECEIPT, money=Money(1250, CURRENCIES[code])))).splitlines()
    assert shown in [row.strip() for row in rows]


def test_text_from_outside_stays_text() -> None:
    receipt = replace(RECEIPT, shop="A\x1b[31m\n\x1bi", wallet="W\r\x10\x04\x04")
    text = as_text(lines(receipt))
    assert {character for character in text if not character.isprintable()} == {"\n"}
    assert "A?[31m??i" in text
