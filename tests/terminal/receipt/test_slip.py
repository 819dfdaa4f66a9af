"""The settlement slip: what a day came to, on any paper, in both languages."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from terminal.money import CURRENCIES, Money
from terminal.receipt.columns import width
from terminal.receipt.escpos import as_escpos
from terminal.receipt.slip import MOST_LISTED, WORDS, Difference, Slip, Sum, slip_lines
from terminal.receipt.text import as_text

SLIP = Slip(
    shop="西湖茶叶 West Lake Tea",
    terminal_id="POS01",
    acquirer="WeChat Pay",
    day="2026-11-22",
    sums=(Sum("sales", 12, Money(1_234_500)), Sum("refunds", 1, Money(500)), Sum("net", None, Money(1_234_000))),
    matched=12,
    waits=1,
    differences=(Difference("there_not_here", "POS010000100042ABCD", None, Money(1250)),),
    batch="",
    chain_head="0123456789abcdef",
    printed_at=datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
    language="en",
)


def test_it_says_what_a_shop_needs_to_know_and_to_keep() -> None:
    told = [" ".join(row.split()) for row in as_text(slip_lines(SLIP)).splitlines()]
    for row in (
        "SETTLEMENT",
        "Day 2026-11-22",
        "Sales 12 ￥12345.00",
        "Net ￥12340.00",
        "Differences 1",
        "BOOKS DIFFER: SEE BELOW",
        "here none there ￥12.50",
        "Journal 0123456789abcdef",
    ):
        assert row in told
    assert not any("batch" in row.lower() for row in told), "bills have none"


def test_a_day_that_agrees_says_so_and_lists_nothing() -> None:
    told = as_text(slip_lines(replace(SLIP, differences=(), batch="000002", language="zh")))
    assert "账目一致" in told
    assert "账目不一致" not in told
    assert "000002" in told


@pytest.mark.parametrize("columns", [32, 42, 48])
@pytest.mark.parametrize("language", WORDS)
def test_no_line_is_wider_than_the_paper_whatever_an_acquirer_is_called(language: str, columns: int) -> None:
    yen = Money(10**15, CURRENCIES["JPY"])
    slip = replace(SLIP, language=language, acquirer="\x1b@某某银行股份有限公司清算中心" * 3, is_training=True)
    slip = replace(slip, sums=(Sum("for_a_person", 10**6, yen), *SLIP.sums))
    assert all(width(row) <= columns for row in as_text(slip_lines(slip), columns).splitlines())
    assert b"\x1b@" not in as_escpos(slip_lines(slip), columns)[2:]


def test_a_bad_day_does_not_print_for_ever() -> None:
    slip = replace(SLIP, differences=SLIP.differences * 1000)
    told = as_text(slip_lines(slip))
    assert told.count("there_not_here") == MOST_LISTED
    assert "see the CSV" in told


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()
