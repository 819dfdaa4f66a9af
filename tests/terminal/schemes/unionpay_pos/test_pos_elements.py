"""What stands inside the elements: tags, totals, uploads, and which sale is meant."""

from itertools import count
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.schemes.fields import Malformed
from terminal.schemes.unionpay_pos.calls import Desk
from terminal.schemes.unionpay_pos.closing import SignedIn, close_batch
from terminal.schemes.unionpay_pos.codes import next_batch
from terminal.schemes.unionpay_pos.elements import (
    Balance,
    Item,
    Original,
    Totals,
    issuer_element,
    parse_issuer,
    parse_original,
    parse_tagged,
    parse_totals,
    parse_upload,
    tagged,
    totals_element,
    upload_elements,
)

VOUCHER = "20210901000000123456"
SETTLED = "00000000123400100000000000000000000000000000000000000000000000"  # section 10's settlement


def test_tags_are_written_and_read() -> None:
    assert tagged({"A4": VOUCHER}) == "A402020210901000000123456"
    assert parse_tagged(59, "A402020210901000000123456") == {"A4": VOUCHER}


def test_tags_stand_in_a_row_and_may_be_empty() -> None:
    assert parse_tagged(59, "A3003abcA2000A4001x") == {"A3": "abc", "A2": "", "A4": "x"}


@pytest.mark.parametrize("text", ["A", "A3", "A3003ab", "A3 03abc", "A3003abcA3003abc", "a3003abc", "A3003abc?"])
def test_what_is_not_tagged_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="DE 59"):
        parse_tagged(59, text)


@given(st.text(max_size=60))
def test_any_text_is_tagged_or_malformed(text: str) -> None:
    try:
        values = parse_tagged(57, text)
    except Malformed:
        return
    assert tagged(values) == text


def test_the_published_totals() -> None:
    assert totals_element(Totals.of([Item(2, 1234)])) == SETTLED
    assert parse_totals(SETTLED) == (Totals(1234, 1), Balance.ASKED)


def test_more_than_a_batch_can_tell_is_refused_and_leaves_it_open() -> None:
    class Wire:
        desk = Desk("12345678", "123456789012345", "000001")

    talk = close_batch(cast(SignedIn, Wire()), [Item(trace, 100) for trace in range(1, 1001)], count(1))
    with pytest.raises(StopIteration) as done:
        next(talk)
    assert done.value.value.balance is Balance.ERROR
    assert "room for 999" in done.value.value.said


def test_credits_are_counted_apart() -> None:
    items = [Item(2, 1234), Item(3, 100), Item(4, 1234, is_credit=True)]
    assert Totals.of(items) == Totals(debit=1334, debits=2, credit=1234, credits=1)


@given(*[st.integers(0, 10**12 - 1), st.integers(0, 999)] * 2, st.sampled_from(Balance))
def test_totals_survive_the_line(debit: int, debits: int, credit: int, credits_: int, balance: Balance) -> None:
    totals = Totals(debit, debits, credit, credits_)
    assert parse_totals(totals_element(totals, balance)) == (totals, balance)


@pytest.mark.parametrize(
    "text", ["", SETTLED[:-1], SETTLED + "0", SETTLED[:-2] + "10", SETTLED[:30] + "4" + SETTLED[31:]]
)
def test_totals_of_another_shape_or_with_foreign_cards_are_refused(text: str) -> None:
    with pytest.raises(Malformed, match="DE 48"):
        parse_totals(text)


def test_an_upload_takes_eight_at_a_time() -> None:
    items = [Item(trace, 100 * trace, voucher=VOUCHER) for trace in range(1, 18)]
    elements = upload_elements(items)
    assert [text[:2] for text in elements] == ["08", "08", "01"]
    assert len(elements[0]) == 322  # which is the longest that the element may be
    assert [item for text in elements for item in parse_upload(text)] == items


def test_a_line_of_an_upload_is_kind_trace_voucher_amount() -> None:
    assert upload_elements([Item(2, 1234, voucher=VOUCHER)]) == [f"0100000002{VOUCHER}000000001234"]


@pytest.mark.parametrize("text", ["", "01", "00" + "0" * 40, "02" + "0" * 40, "01" + "0" * 39, "01" + "1" * 40])
def test_an_upload_that_does_not_count_up_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="DE 48"):
        parse_upload(text)


@pytest.mark.parametrize(
    "original",
    [
        Original("000001", "0901", VOUCHER, "210901000002"),
        Original("000001", "0901"),
        Original("000001", "0901", VOUCHER),
    ],
)
def test_what_the_till_keeps_of_a_sale_says_all_of_it(original: Original) -> None:
    assert Original.of_transaction(original.transaction_id()) == original


@pytest.mark.parametrize("text", ["", "4200001234202109011234567890", "---", f"{VOUCHER}--1-0901", "x" * 50])
def test_what_another_wallet_wrote_is_no_sale_of_this_one(text: str) -> None:
    assert Original.of_transaction(text) is None


def test_an_issuer_is_named_in_gbk_and_shown_without_what_is_no_print() -> None:
    assert parse_issuer(issuer_element("建设银行")) == "建设银行"
    assert parse_issuer(issuer_element("一二三四五六七八九十百")) == "一二三四五六七八九十"
    assert parse_issuer("CUP" + "\x1b[2J" + "中国".encode("gbk")[:-1].decode("latin-1")) == "[2J中"
    assert parse_issuer("CUP") == parse_issuer("") == ""


def test_the_original_is_batch_trace_and_date() -> None:
    assert Original("000001", "0901").element(2) == "0000010000020901"
    assert parse_original("0000010000020901") == parse_original("000001000002") == ("000001", 2)


@pytest.mark.parametrize("text", ["", "00000100000", "00000100000209", "x" * 16])
def test_an_original_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="DE 61"):
        parse_original(text)


def test_after_the_last_batch_comes_the_first() -> None:
    assert [next_batch(batch) for batch in ("000001", "000999", "999999")] == ["000002", "001000", "000001"]
