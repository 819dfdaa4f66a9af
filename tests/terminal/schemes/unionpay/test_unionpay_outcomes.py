"""Every answer code that is known, beside what it answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.model import Reason, Verdict
from terminal.scheme import Operation
from terminal.schemes.unionpay import outcomes
from terminal.schemes.unionpay.replies import Said

# All that UnionPay's list has, but 14, 41 and 98, which are about files.
RANGES = ((0, 6), (10, 13), (30, 40), (42, 46), (60, 83), (85, 96), (99, 99))
LISTED = [f"{code:02}" for first, last in RANGES for code in range(first, last + 1)] + ["A6"]
UNKNOWN, PENDING, DECLINED = Verdict.UNKNOWN, Verdict.PENDING, Verdict.DECLINED


@pytest.mark.parametrize("code", ["01", "02", "30", "33", "38", "60", "61", "62", "63", "64", "65", "67", "69", "81"])
def test_what_keeps_an_order_from_being_paid_does_so_at_once_and_later(code: str) -> None:
    assert outcomes.of_state(code)[0] is DECLINED
    assert outcomes.of_answer(Operation.PAY, code, code) == outcomes.of_state(code)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("00", (Verdict.APPROVED, Reason.NONE)),
        ("A6", (Verdict.APPROVED, Reason.NONE)),
        ("03", (UNKNOWN, Reason.OTHER)),
        ("04", (UNKNOWN, Reason.OTHER)),
        ("05", (PENDING, Reason.NONE)),
        ("06", (UNKNOWN, Reason.OTHER)),
        ("42", (UNKNOWN, Reason.OTHER)),
        ("74", (UNKNOWN, Reason.OTHER)),
        ("75", (UNKNOWN, Reason.OTHER)),
        ("45", (UNKNOWN, Reason.REFUNDED)),
        ("46", (Verdict.REVERSED, Reason.NONE)),
        ("64", (DECLINED, Reason.INSUFFICIENT_FUNDS)),
        ("70", (PENDING, Reason.NONE)),
        ("82", (PENDING, Reason.NONE)),
        ("83", (PENDING, Reason.NONE)),
        ("86", (DECLINED, Reason.CODE_INVALID)),
        ("88", (DECLINED, Reason.CODE_INVALID)),
        ("99", (UNKNOWN, Reason.OTHER)),
    ],
)
def test_what_a_query_tells_of_an_order(code: str, outcome: outcomes.Outcome) -> None:
    assert outcomes.of_state(code) == outcome


def test_accepted_is_not_paid() -> None:
    assert outcomes.of_answer(Operation.PAY, "00", "00[0000000]") == (PENDING, Reason.NONE)
    assert outcomes.of_answer(Operation.REFUND, "00", "00[0000000]") == (PENDING, Reason.NONE)


@pytest.mark.parametrize("code", LISTED)
def test_a_refused_question_leaves_the_payment_unknown(code: str) -> None:
    for operation in (Operation.QUERY, Operation.REFUND_QUERY, Operation.CLOSE):
        assert outcomes.of_answer(operation, code, code)[0] is UNKNOWN


@pytest.mark.parametrize("code", LISTED)
def test_nothing_but_a_query_can_approve(code: str) -> None:
    for operation in Operation:
        assert outcomes.of_answer(operation, code, code)[0] is not Verdict.APPROVED


@pytest.mark.parametrize(
    ("code", "finer", "outcome"),
    [
        ("00", "00[0000000]", (Verdict.REVERSED, Reason.NONE)),
        ("45", "45", (Verdict.REVERSED, Reason.REFUNDED)),
        ("46", "46", (Verdict.REVERSED, Reason.NONE)),
        ("34", "34", (Verdict.REVERSED, Reason.NOT_FOUND)),
        ("35", "35[2040004]", (Verdict.REVERSED, Reason.NOT_FOUND)),
        ("35", "35[2050002]", (UNKNOWN, Reason.OTHER)),
        ("35", "35", (UNKNOWN, Reason.OTHER)),
        ("39", "39", (UNKNOWN, Reason.NOT_ALLOWED)),
        ("05", "05", (UNKNOWN, Reason.OTHER)),
        ("11", "11", (UNKNOWN, Reason.CONFIGURATION)),
        ("12", "12", (UNKNOWN, Reason.OTHER)),
    ],
)
def test_what_a_reversal_is_answered(code: str, finer: str, outcome: outcomes.Outcome) -> None:
    assert outcomes.of_answer(Operation.REVERSE, code, finer) == outcome


@pytest.mark.parametrize("code", LISTED)
def test_every_listed_code_is_known_of_an_order_or_to_a_call(code: str) -> None:
    tables = (outcomes.STATES, outcomes.PAY, outcomes.QUERY, outcomes.REVERSE, outcomes.REFUND)
    assert any(code in table for table in tables)


@given(st.text("0123456789ABCZ", min_size=2, max_size=2).filter(lambda code: code not in LISTED))
def test_a_code_that_nobody_has_met_is_unknown(code: str) -> None:
    known = {"14"}  # a batch file's format, which cannot be ours: our configuration
    if code not in known:
        assert outcomes.of_state(code) == outcomes.UNFAMILIAR
        for operation in Operation:
            assert outcomes.of_answer(operation, code, code)[0] is UNKNOWN


def test_the_finer_code_is_read_from_the_text() -> None:
    assert Said("35", "原交易状态不正确[2050002]").finer_code == "35[2050002]"
    assert Said("35", "原交易状态不正确").finer_code == "35"
    assert Said("35", "[20500]").finer_code == "35"
    assert Said("00", "成功[0000000]").finer_code == "00"
