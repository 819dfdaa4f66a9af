"""Every word of WeChat Pay v2's error tables, and what a till may conclude from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.model import Reason, Verdict
from terminal.scheme import Operation
from terminal.schemes.wechat_v2 import outcomes

PAID, REFUSED, UNDONE, WAITING, DOUBT = (
    Verdict.APPROVED,
    Verdict.DECLINED,
    Verdict.REVERSED,
    Verdict.PENDING,
    Verdict.UNKNOWN,
)

# The classes of the micropay page: ask, wait, take a fresh code, take other money, mend the configuration.
MICROPAY = {
    (DOUBT, Reason.OTHER): "SYSTEMERROR BANKERROR ORDERPAID OUT_TRADE_NO_USED",
    (DOUBT, Reason.TOO_OFTEN): "FREQUENCY_LIMITED",
    (WAITING, Reason.NONE): "USERPAYING",
    (REFUSED, Reason.CODE_EXPIRED): "AUTHCODEEXPIRE",
    (REFUSED, Reason.CODE_INVALID): "AUTH_CODE_ERROR AUTH_CODE_INVALID",
    (REFUSED, Reason.INSUFFICIENT_FUNDS): "NOTENOUGH",
    (REFUSED, Reason.NOT_ALLOWED): "NOTSUPORTCARD BUYER_MISMATCH",
    (REFUSED, Reason.OTHER): "TRADE_ERROR",
    (REFUSED, Reason.ORDER_CLOSED): "ORDERCLOSED ORDERREVERSED",
    (REFUSED, Reason.CONFIGURATION): (
        "NOAUTH SIGNERROR PARAM_ERROR LACK_PARAMS APPID_NOT_EXIST MCHID_NOT_EXIST APPID_MCHID_NOT_MATCH"
        " XML_FORMAT_ERROR NOT_UTF8 REQUIRE_POST_METHOD POST_DATA_EMPTY INVALID_REQUEST"
    ),
}
OTHERS = {
    Operation.QUERY: {
        (DOUBT, Reason.NOT_FOUND): "ORDERNOTEXIST",
        (DOUBT, Reason.OTHER): "SYSTEMERROR",
        (DOUBT, Reason.CONFIGURATION): "SIGNERROR NOAUTH INVALID_REQUEST",
    },
    Operation.REVERSE: {
        (REFUSED, Reason.NOT_ALLOWED): "REVERSE_EXPIRE",
        (UNDONE, Reason.NOT_FOUND): "ORDERNOTEXIST",
        (DOUBT, Reason.OTHER): "SYSTEMERROR TRADE_ERROR USERPAYING",
        (DOUBT, Reason.CONFIGURATION): "INVALID_TRANSACTIONID PARAM_ERROR SIGNERROR",
    },
    Operation.CLOSE: {
        (PAID, Reason.NONE): "ORDERPAID",
        (UNDONE, Reason.NONE): "ORDERCLOSED",
        (UNDONE, Reason.NOT_FOUND): "ORDERNOTEXIST",
        (DOUBT, Reason.OTHER): "TRADE_STATE_ERROR SYSTEMERROR",
    },
    Operation.REFUND: {
        (DOUBT, Reason.OTHER): "SYSTEMERROR BIZERR_NEED_RETRY ERROR",
        (DOUBT, Reason.TOO_OFTEN): "FREQUENCY_LIMITED INVALID_REQ_TOO_MUCH",
        (REFUSED, Reason.NOT_ALLOWED): "TRADE_OVERDUE INVALID_REQUEST",
        (REFUSED, Reason.ACCOUNT_BLOCKED): "USER_ACCOUNT_ABNORMAL",
        (REFUSED, Reason.INSUFFICIENT_FUNDS): "NOTENOUGH",
        (REFUSED, Reason.NOT_FOUND): "INVALID_TRANSACTIONID ORDERNOTEXIST",
        (REFUSED, Reason.CONFIGURATION): "SIGNERROR NOAUTH PARAM_ERROR",
    },
    Operation.REFUND_QUERY: {
        (DOUBT, Reason.NOT_FOUND): "REFUNDNOTEXIST",
        (DOUBT, Reason.OTHER): "SYSTEMERROR",
    },
}
ROWS = [
    (operation, code, outcome)
    for operation, table in {Operation.PAY: MICROPAY, Operation.SHOW: MICROPAY, **OTHERS}.items()
    for outcome, codes in table.items()
    for code in codes.split()
]


@pytest.mark.parametrize(("operation", "code", "outcome"), ROWS)
def test_a_documented_code_means_what_its_page_says(
    operation: Operation, code: str, outcome: tuple[Verdict, Reason]
) -> None:
    assert outcomes.of_refusal(operation, code) == outcome


@given(st.sampled_from(list(outcomes.REFUSALS)), st.text(max_size=32))
def test_an_unfamiliar_code_is_unknown(operation: Operation, code: str) -> None:
    if code not in outcomes.REFUSALS[operation]:
        assert outcomes.of_refusal(operation, code) == (DOUBT, Reason.BAD_REPLY)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("SUCCESS", PAID), ("PROCESSING", WAITING), ("REFUNDCLOSE", REFUSED), ("CHANGE", DOUBT), ("REFUNDED", DOUBT)],
)
def test_a_refund_is_given_back_on_its_way_refused_or_a_persons_business(status: str, verdict: Verdict) -> None:
    assert outcomes.of_refund(status)[0] is verdict


def test_a_refused_question_decides_nothing() -> None:
    for operation in (Operation.QUERY, Operation.REFUND_QUERY):
        assert all(verdict is DOUBT for verdict, _ in outcomes.REFUSALS[operation].values())
