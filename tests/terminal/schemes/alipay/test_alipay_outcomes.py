"""Every code of the facts sheet, and what none of them may do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.model import Reason, Verdict
from terminal.scheme import Operation
from terminal.schemes.alipay import outcomes
from terminal.schemes.alipay.outcomes import of_refund, of_refusal, of_trade

UNKNOWN, DECLINED, PENDING, REVERSED = Verdict.UNKNOWN, Verdict.DECLINED, Verdict.PENDING, Verdict.REVERSED
ASKING = (Operation.QUERY, Operation.REVERSE, Operation.CLOSE, Operation.REFUND_QUERY)
ACTING = (Operation.PAY, Operation.SHOW, Operation.REFUND)


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        ("WAIT_BUYER_PAY", PENDING, Reason.NONE),
        ("TRADE_SUCCESS", Verdict.APPROVED, Reason.NONE),
        ("TRADE_FINISHED", Verdict.APPROVED, Reason.NONE),
        ("TRADE_CLOSED", DECLINED, Reason.ORDER_CLOSED),
        ("TRADE_PENDING", UNKNOWN, Reason.BAD_REPLY),
        ("", UNKNOWN, Reason.BAD_REPLY),
    ],
)
def test_trade_states(status: str, verdict: Verdict, reason: Reason) -> None:
    assert of_trade(status) == (verdict, reason)


def test_refund_states() -> None:
    assert of_refund("REFUND_SUCCESS") == (Verdict.APPROVED, Reason.NONE)
    assert of_refund("REFUND_FAIL") == (UNKNOWN, Reason.BAD_REPLY)


@pytest.mark.parametrize("code", ["40001", "40002", "40006", "20001"])
def test_a_shut_gateway_ran_nothing_and_answers_nothing(code: str) -> None:
    for operation in ACTING:
        assert of_refusal(operation, code, "isv.whatever") == (DECLINED, Reason.CONFIGURATION)
    for operation in ASKING:
        assert of_refusal(operation, code, "isv.whatever") == (UNKNOWN, Reason.CONFIGURATION)


@pytest.mark.parametrize("sub_code", ["isp.unknow-error", "aop.unknow-error", ""])
@pytest.mark.parametrize("operation", Operation)
def test_a_service_that_is_unavailable_leaves_it_open(operation: Operation, sub_code: str) -> None:
    assert of_refusal(operation, "20000", sub_code) == (UNKNOWN, Reason.OTHER)


@pytest.mark.parametrize(
    ("sub_code", "verdict", "reason"),
    [
        ("ACQ.SYSTEM_ERROR", UNKNOWN, Reason.OTHER),
        ("ACQ.INVALID_PARAMETER", DECLINED, Reason.CONFIGURATION),
        ("ACQ.ACCESS_FORBIDDEN", DECLINED, Reason.CONFIGURATION),
        ("ACQ.PAYMENT_AUTH_CODE_INVALID", DECLINED, Reason.CODE_INVALID),
        ("ACQ.BUYER_BALANCE_NOT_ENOUGH", DECLINED, Reason.INSUFFICIENT_FUNDS),
        ("ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH", DECLINED, Reason.INSUFFICIENT_FUNDS),
        ("ACQ.ERROR_BALANCE_PAYMENT_DISABLE", DECLINED, Reason.ACCOUNT_BLOCKED),
        ("ACQ.TOTAL_FEE_EXCEED", DECLINED, Reason.LIMIT_EXCEEDED),
        ("ACQ.TRADE_HAS_SUCCESS", UNKNOWN, Reason.OTHER),
        ("ACQ.TRADE_HAS_CLOSE", DECLINED, Reason.ORDER_CLOSED),
        ("ACQ.CONTEXT_INCONSISTENT", UNKNOWN, Reason.OTHER),
        ("ACQ.EXIST_FORBIDDEN_WORD", DECLINED, Reason.CONFIGURATION),
        ("ACQ.PAYMENT_FAIL", DECLINED, Reason.OTHER),
        ("ACQ.PAYMENT_REQUEST_HAS_RISK", DECLINED, Reason.RISK),
        ("ACQ.AUTH_TOKEN_IS_NOT_EXIST", DECLINED, Reason.CODE_INVALID),
        ("ACQ.INVALID_STORE_ID", DECLINED, Reason.CONFIGURATION),
        ("ACQ.BUYER_SELLER_EQUAL", DECLINED, Reason.NOT_ALLOWED),
        ("ACQ.PULL_MOBILE_CASHIER_FAIL", DECLINED, Reason.OTHER),
        ("ACQ.NEW_IN_2027", UNKNOWN, Reason.BAD_REPLY),
        ("", UNKNOWN, Reason.BAD_REPLY),
    ],
)
def test_refused_charges(sub_code: str, verdict: Verdict, reason: Reason) -> None:
    for operation in (Operation.PAY, Operation.SHOW):
        assert of_refusal(operation, "40004", sub_code) == (verdict, reason)


@pytest.mark.parametrize(
    ("sub_code", "verdict", "reason"),
    [
        ("ACQ.SYSTEM_ERROR", UNKNOWN, Reason.OTHER),
        ("ACQ.INVALID_PARAMETER", UNKNOWN, Reason.CONFIGURATION),
        ("ACQ.TRADE_NOT_EXIST", UNKNOWN, Reason.NOT_FOUND),
        ("ACQ.TRADE_STATUS_ERROR", UNKNOWN, Reason.BAD_REPLY),
    ],
)
def test_refused_questions_leave_the_payment_as_unknown_as_it_was(
    sub_code: str, verdict: Verdict, reason: Reason
) -> None:
    for operation in (Operation.QUERY, Operation.REFUND_QUERY):
        assert of_refusal(operation, "40004", sub_code) == (verdict, reason)


@pytest.mark.parametrize(
    ("sub_code", "verdict", "reason"),
    [
        ("ACQ.SYSTEM_ERROR", UNKNOWN, Reason.OTHER),
        ("AQC.SYSTEM_ERROR", UNKNOWN, Reason.OTHER),
        ("ACQ.TRADE_STATUS_ERROR", UNKNOWN, Reason.OTHER),
        ("ACQ.INVALID_PARAMETER", UNKNOWN, Reason.CONFIGURATION),
        ("ACQ.TRADE_NOT_EXIST", REVERSED, Reason.NOT_FOUND),
        ("ACQ.SELLER_BALANCE_NOT_ENOUGH", UNKNOWN, Reason.INSUFFICIENT_FUNDS),
        ("ACQ.CANCEL_NOT_ALLOWED", DECLINED, Reason.NOT_ALLOWED),
        ("ACQ.TRADE_CANCEL_TIME_OUT", DECLINED, Reason.NOT_ALLOWED),
        ("ACQ.REASON_TRADE_BEEN_FREEZEN", DECLINED, Reason.NOT_ALLOWED),
        ("ACQ.REASON_TRADE_REFUND_FEE_ERR", DECLINED, Reason.NOT_ALLOWED),
        ("ACQ.REASON_TRADE_STATUS_INVALID", DECLINED, Reason.NOT_ALLOWED),
        ("ACQ.TRADE_HAS_FINISHED", DECLINED, Reason.NOT_ALLOWED),
        ("ACQ.NEW_IN_2027", UNKNOWN, Reason.BAD_REPLY),
    ],
)
def test_refused_cancels(sub_code: str, verdict: Verdict, reason: Reason) -> None:
    for operation in (Operation.REVERSE, Operation.CLOSE):
        assert of_refusal(operation, "40004", sub_code) == (verdict, reason)


@pytest.mark.parametrize(
    ("sub_code", "verdict", "reason"),
    [
        ("ACQ.SYSTEM_ERROR", UNKNOWN, Reason.OTHER),
        ("ACQ.INVALID_PARAMETER", DECLINED, Reason.CONFIGURATION),
        ("ACQ.TRADE_NOT_EXIST", DECLINED, Reason.NOT_FOUND),
        ("ACQ.SELLER_BALANCE_NOT_ENOUGH", DECLINED, Reason.INSUFFICIENT_FUNDS),
        ("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", DECLINED, Reason.NOT_ALLOWED),
        ("ACQ.REASON_TRADE_REFUND_FEE_ERR", DECLINED, Reason.NOT_ALLOWED),
        ("ACQ.REASON_TRADE_STATUS_INVALID", DECLINED, Reason.NOT_ALLOWED),
        ("ACQ.TRADE_STATUS_ERROR", DECLINED, Reason.NOT_ALLOWED),
        ("ACQ.TRADE_HAS_FINISHED", DECLINED, Reason.NOT_ALLOWED),
        ("ACQ.DISCORDANT_REPEAT_REQUEST", DECLINED, Reason.NOT_ALLOWED),
        ("ACQ.NEW_IN_2027", UNKNOWN, Reason.BAD_REPLY),
    ],
)
def test_refused_refunds(sub_code: str, verdict: Verdict, reason: Reason) -> None:
    assert of_refusal(Operation.REFUND, "40004", sub_code) == (verdict, reason)


@given(st.sampled_from(list(outcomes.REFUSALS)), st.text(), st.text())
def test_what_nobody_has_met_decides_nothing(operation: Operation, code: str, sub_code: str) -> None:
    known = {"20000", "40001", "40002", "40006", "20001"}
    if code not in known and sub_code not in outcomes.REFUSALS[operation]:
        assert of_refusal(operation, code, sub_code) == (UNKNOWN, Reason.BAD_REPLY)


def test_no_refusal_approves() -> None:
    tables = [*outcomes.REFUSALS.values(), outcomes.GATEWAY, outcomes.GATEWAY_ASKED]
    assert all(verdict is not Verdict.APPROVED for table in tables for verdict, _ in table.values())
