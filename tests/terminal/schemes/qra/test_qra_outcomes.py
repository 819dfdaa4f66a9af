"""Every word of the aggregated front end that is known, beside what it answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.model import Reason, Verdict
from terminal.scheme import Operation
from terminal.schemes.qra import outcomes

UNKNOWN, DECLINED, PENDING = Verdict.UNKNOWN, Verdict.DECLINED, Verdict.PENDING


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("SUCCESS", (Verdict.APPROVED, Reason.NONE)),
        ("NOTPAY", (PENDING, Reason.NONE)),
        ("USERPAYING", (PENDING, Reason.NONE)),
        ("PAYERROR", (DECLINED, Reason.CUSTOMER_GAVE_UP)),
        ("CLOSED", (DECLINED, Reason.ORDER_CLOSED)),
        ("REVERSE", (Verdict.REVERSED, Reason.NONE)),
        ("REVOK", (Verdict.REVERSED, Reason.NONE)),
        ("REVOKED", (Verdict.REVERSED, Reason.NONE)),
        ("REFUND", (UNKNOWN, Reason.REFUNDED)),
    ],
)
def test_trade_states(state: str, outcome: outcomes.Outcome) -> None:
    assert outcomes.of_state(state) == outcome


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("SUCCESS", Verdict.APPROVED),
        ("PROCESSING", PENDING),
        ("FAIL", DECLINED),
        ("NOTSURE", UNKNOWN),
        ("CHANGE", UNKNOWN),
    ],
)
def test_refund_states(status: str, verdict: Verdict) -> None:
    assert outcomes.of_refund(status)[0] is verdict


@pytest.mark.parametrize(
    ("code", "verdict", "reason"),
    [
        ("USERPAYING", PENDING, Reason.NONE),
        ("10003", PENDING, Reason.NONE),
        ("System error", UNKNOWN, Reason.OTHER),
        ("aop.ACQ.SYSTEM_ERROR", UNKNOWN, Reason.OTHER),
        ("04", UNKNOWN, Reason.OTHER),
        ("ORDERPAID", UNKNOWN, Reason.OTHER),
        ("AUTHCODEEXPIRE", DECLINED, Reason.CODE_EXPIRED),
        ("AUTH_CODE_INVALID", DECLINED, Reason.CODE_INVALID),
        ("ACQ.PAYMENT_AUTH_CODE_INVALID", DECLINED, Reason.CODE_INVALID),
        ("88", DECLINED, Reason.CODE_INVALID),
        ("NOTENOUGH", DECLINED, Reason.INSUFFICIENT_FUNDS),
        ("ACQ.BUYER_BALANCE_NOT_ENOUGH", DECLINED, Reason.INSUFFICIENT_FUNDS),
        ("64", DECLINED, Reason.INSUFFICIENT_FUNDS),
        ("81", DECLINED, Reason.LIMIT_EXCEEDED),
        ("NOAUTH", DECLINED, Reason.NOT_ALLOWED),
        ("SIGNERROR", DECLINED, Reason.CONFIGURATION),
    ],
)
def test_answers_to_a_charge_that_need_no_query(code: str, verdict: Verdict, reason: Reason) -> None:
    assert outcomes.of_refusal(Operation.PAY, code, needs_query=False) == (verdict, reason)


@pytest.mark.parametrize("code", outcomes.PAY)
def test_what_needs_a_query_is_never_a_refusal(code: str) -> None:
    assert outcomes.of_refusal(Operation.PAY, code, needs_query=True)[0] in (UNKNOWN, PENDING)


@pytest.mark.parametrize(
    ("operation", "code", "outcome"),
    [
        (Operation.QUERY, "ORDERNOTEXIST", (UNKNOWN, Reason.NOT_FOUND)),
        (Operation.QUERY, "SIGNERROR", (UNKNOWN, Reason.CONFIGURATION)),
        (Operation.REVERSE, "ORDERNOTEXIST", (Verdict.REVERSED, Reason.NOT_FOUND)),
        (Operation.REVERSE, "ORDERREVERSED", (Verdict.REVERSED, Reason.NONE)),
        (Operation.REVERSE, "REVERSE_EXPIRE", (DECLINED, Reason.NOT_ALLOWED)),
        (Operation.REVERSE, "SYSTEMERROR", (UNKNOWN, Reason.OTHER)),
        (Operation.CLOSE, "ORDERPAID", (Verdict.APPROVED, Reason.NONE)),
        (Operation.CLOSE, "ORDERCLOSED", (Verdict.REVERSED, Reason.NONE)),
        (Operation.REFUND, "NOTENOUGH", (DECLINED, Reason.INSUFFICIENT_FUNDS)),
        (Operation.REFUND, "SYSTEMERROR", (UNKNOWN, Reason.OTHER)),
        (Operation.REFUND, "ORDERNOTEXIST", (DECLINED, Reason.NOT_FOUND)),
        (Operation.REFUND_QUERY, "REFUNDNOTEXIST", (UNKNOWN, Reason.NOT_FOUND)),
    ],
)
def test_answers_to_the_other_calls(operation: Operation, code: str, outcome: outcomes.Outcome) -> None:
    assert outcomes.of_refusal(operation, code, needs_query=False) == outcome


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_.", min_size=1, max_size=20))
def test_a_word_that_nobody_has_met_is_unknown(word: str) -> None:
    known = {code for table in outcomes.REFUSALS.values() for code in table}
    if word not in known | outcomes.TRADE_STATES.keys() | outcomes.REFUND_STATES.keys():
        assert outcomes.of_state(word) == outcomes.of_refund(word) == outcomes.UNFAMILIAR
        for operation in outcomes.REFUSALS:
            for needs_query in (True, False):
                assert outcomes.of_refusal(operation, word, needs_query=needs_query) == outcomes.UNFAMILIAR
