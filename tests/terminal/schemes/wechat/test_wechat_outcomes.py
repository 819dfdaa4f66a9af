import pytest

from terminal.model import Reason, Verdict
from terminal.scheme import Operation
from terminal.schemes import tenpay
from terminal.schemes.wechat import outcomes

# payments facts 3.3: classes of micropay error codes, and what a till does about each.
ASKED_ABOUT = ["SYSTEMERROR", "SYSTEM_ERROR", "BANKERROR", "ORDERPAID", "OUT_TRADE_NO_USED", "FREQUENCY_LIMITED"]
FRESH_CODE = ["AUTHCODEEXPIRE", "AUTH_CODE_ERROR", "AUTH_CODE_INVALID"]
OTHER_TENDER = [
    "NOTENOUGH",
    "NOT_ENOUGH",
    "NOTSUPORTCARD",
    "BUYER_MISMATCH",
    "TRADE_ERROR",
    "RULE_LIMIT",
    "ACCOUNT_ERROR",
]
CLOSED = ["ORDERCLOSED", "ORDERREVERSED", "ORDER_CLOSED", "ORDER_REVERSED"]
CONFIGURATION = ["NOAUTH", "NO_AUTH", "SIGN_ERROR", "PARAM_ERROR", "LACK_PARAMS", "APPID_NOT_EXIST", "INVALID_REQUEST"]


@pytest.mark.parametrize("code", ASKED_ABOUT)
def test_an_unclear_answer_to_a_charge_is_unknown(code: str) -> None:
    assert outcomes.of_refusal(Operation.PAY, code)[0] is Verdict.UNKNOWN


@pytest.mark.parametrize("code", [*FRESH_CODE, *OTHER_TENDER, *CLOSED])
def test_a_refused_charge_is_declined_with_a_reason(code: str) -> None:
    verdict, reason = outcomes.of_refusal(Operation.PAY, code)
    assert verdict is Verdict.DECLINED
    assert reason not in (Reason.NONE, Reason.CONFIGURATION)


@pytest.mark.parametrize("code", CONFIGURATION)
def test_a_charge_that_was_asked_wrongly_is_a_matter_of_configuration(code: str) -> None:
    assert outcomes.of_refusal(Operation.PAY, code) == (Verdict.DECLINED, Reason.CONFIGURATION)


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("SUCCESS", Verdict.APPROVED),
        ("NOTPAY", Verdict.PENDING),
        ("USERPAYING", Verdict.PENDING),
        ("ACCEPT", Verdict.PENDING),
        ("PAYERROR", Verdict.DECLINED),
        ("CLOSED", Verdict.DECLINED),
        ("REVOKED", Verdict.REVERSED),
        ("REFUND", Verdict.UNKNOWN),
    ],
)
def test_every_trade_state_has_its_verdict(state: str, verdict: Verdict) -> None:
    assert tenpay.of_state(state)[0] is verdict


@pytest.mark.parametrize("operation", list(outcomes.REFUSALS))
def test_a_word_we_never_met_is_unknown(operation: Operation) -> None:
    assert outcomes.of_refusal(operation, "NEW_IN_2027") == (Verdict.UNKNOWN, Reason.BAD_REPLY)
    assert tenpay.of_state("NEW_IN_2027") == (Verdict.UNKNOWN, Reason.BAD_REPLY)
    assert outcomes.of_refund("NEW_IN_2027") == (Verdict.UNKNOWN, Reason.BAD_REPLY)


@pytest.mark.parametrize("code", list(outcomes.QUERY))
@pytest.mark.parametrize("operation", [Operation.QUERY, Operation.REFUND_QUERY])
def test_a_refused_question_decides_nothing(operation: Operation, code: str) -> None:
    assert outcomes.of_refusal(operation, code)[0] is Verdict.UNKNOWN


def test_only_a_closed_door_ends_the_attempts_to_undo() -> None:
    final = [code for code, (verdict, _) in outcomes.REVERSE.items() if verdict is Verdict.DECLINED]
    assert final == ["REVERSE_EXPIRE"]


def test_an_order_that_never_came_is_as_good_as_undone_for_now() -> None:
    assert outcomes.of_refusal(Operation.REVERSE, "ORDER_NOT_EXIST") == (Verdict.REVERSED, Reason.NOT_FOUND)
    assert outcomes.of_refusal(Operation.QUERY, "ORDER_NOT_EXIST") == (Verdict.UNKNOWN, Reason.NOT_FOUND)


def test_no_refusal_is_ever_an_approval_but_that_a_paid_order_cannot_be_closed() -> None:
    approved = [
        (operation, code)
        for operation, table in outcomes.REFUSALS.items()
        for code, (verdict, _) in table.items()
        if verdict is Verdict.APPROVED
    ]
    assert approved == [(Operation.CLOSE, "ORDERPAID"), (Operation.CLOSE, "ORDER_PAID")]
