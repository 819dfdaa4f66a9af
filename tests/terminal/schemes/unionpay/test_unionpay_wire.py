"""What the till asks of UnionPay, as literal fields, and what it believes of what comes back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.hosts.unionpay_keys import Keys
from terminal.errors import ConfigError
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import CURRENCIES, Money
from terminal.scheme import Hears, Operation, Reply, Request, Till
from terminal.schemes.fields import Malformed
from terminal.schemes.unionpay import SCHEME, form, signing
from terminal.schemes.unionpay.calls import BACK, QUERIES, Ask, Kind
from terminal.schemes.unionpay.replies import Said
from terminal.schemes.unionpay.settings import Settings
from terminal.schemes.unionpay.wire import UnionpayWire, settlement_day

BEGUN_S = 1_795_400_000  # 2026-11-23T10:13:20+08:00
CODE = "6225735053201615202"
ORDER = Order("POS0100001", "S1", Money(1234), PaymentCode("unionpay", CODE), begun_s=BEGUN_S)
SHOWN = Order("POS0100002", "S2", Money(1234), shown=True, begun_s=BEGUN_S)
REFUND = Refund("R0000001", ORDER, Money(234), begun_s=BEGUN_S + 600)
QUERY_ID = "512611231013200000001"


@pytest.fixture(scope="module")
def wire(unionpay_keys: Keys) -> UnionpayWire:
    return UnionpayWire(unionpay_keys.credentials(), terminal_id="12345678", notify_url="http://127.0.0.1/notify")


def _asked(request: Request) -> dict[str, str]:
    return form.read_form(request.body)


def _said(keys: Keys, **changes: str) -> Reply:
    said = {
        "respCode": "00",
        "respMsg": "成功[0000000]",
        "merId": keys.mer_id,
        "orderId": ORDER.order_id,
        "txnTime": "20261123101320",
        "txnAmt": "1234",
        "currencyCode": "156",
        "queryId": QUERY_ID,
        "origRespCode": "00",
        "signPubKeyCert": keys.unionpay_certificate,
    }
    kept = {name: value for name, value in (said | changes).items() if value}
    return Reply(200, {}, form.write_plain(signing.signed(kept, keys.unionpay_key)))


def _answer(wire: UnionpayWire, operation: Operation, reply: Reply, about: Order | Refund = ORDER) -> Answer:
    return wire.answer(operation, about, reply, now_s=BEGUN_S + 5)


def _verdict(answer: Answer) -> tuple[Verdict, Reason]:
    return answer.verdict, answer.reason


# --- asking ----------------------------------------------------------------------------------------------


def _common(keys: Keys, kind: Kind) -> dict[str, str]:
    return {
        "version": "5.1.0",
        "encoding": "UTF-8",
        "signMethod": "01",
        "bizType": "000000",
        "accessType": "0",
        "channelType": "08",
        "certId": keys.cert_id,
        "txnType": kind.value[0],
        "txnSubType": kind.value[1],
        "merId": keys.mer_id,
    }


MONEY = {"txnAmt": "1234", "currencyCode": "156", "termId": "12345678", "backUrl": "http://127.0.0.1/notify"}
NAMED = {"orderId": "POS0100001", "txnTime": "20261123101320"}
SHOWN_NAMED = {"orderId": "POS0100002", "txnTime": "20261123101320"}


@pytest.mark.parametrize(
    ("operation", "order", "path", "kind", "fields"),
    [
        (Operation.PAY, ORDER, BACK, Kind.SALE, NAMED | MONEY | {"qrNo": CODE}),
        (Operation.SHOW, SHOWN, BACK, Kind.APPLY, SHOWN_NAMED | MONEY | {"payTimeout": "20261123101520"}),
        (Operation.QUERY, ORDER, QUERIES, Kind.QUERY, NAMED),
        (Operation.REVERSE, ORDER, BACK, Kind.REVERSAL, NAMED),
        (Operation.CLOSE, SHOWN, QUERIES, Kind.QUERY, SHOWN_NAMED),
    ],
)
def test_every_question_has_its_path_and_fields(
    wire: UnionpayWire,
    unionpay_keys: Keys,
    operation: Operation,
    order: Order,
    path: str,
    kind: Kind,
    fields: dict[str, str],
) -> None:
    request = wire.request(operation, order, now_s=BEGUN_S + 1, nonce="N")
    asked = _asked(request)
    assert signing.is_signed(asked, unionpay_keys.merchant_key)
    asked.pop("signature")
    assert asked == _common(unionpay_keys, kind) | fields
    assert (request.method, request.path) == ("POST", path)
    assert request.headers == {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
    assert Ask.parse(asked, path).fields() | {"certId": unionpay_keys.cert_id} == asked


@pytest.mark.parametrize(
    ("refund", "kind", "fields"),
    [
        (REFUND, Kind.REFUND, {"txnAmt": "234", "origOrderId": "POS0100001", "origTxnTime": "20261123101320"}),
        (
            replace(REFUND, order=replace(ORDER, transaction_id=QUERY_ID)),
            Kind.REFUND,
            {"txnAmt": "234", "origQryId": QUERY_ID},
        ),
        (
            replace(REFUND, money=ORDER.money, order=replace(ORDER, transaction_id=QUERY_ID)),
            Kind.VOID,
            {"txnAmt": "1234", "origQryId": QUERY_ID},
        ),
    ],
)
def test_a_refund_is_asked_for(
    wire: UnionpayWire, unionpay_keys: Keys, refund: Refund, kind: Kind, fields: dict[str, str]
) -> None:
    operation = Operation.VOID if kind is Kind.VOID else Operation.REFUND
    request = wire.refund_request(operation, refund, now_s=BEGUN_S + 900, nonce="N")
    asked = _asked(request)
    asked.pop("signature")
    named = {"orderId": "R0000001", "txnTime": "20261123102320", "backUrl": "http://127.0.0.1/notify"}
    assert asked == _common(unionpay_keys, kind) | named | fields
    assert request.path == BACK


def test_a_refund_is_asked_about_by_its_own_number_and_time(wire: UnionpayWire) -> None:
    request = wire.refund_request(Operation.REFUND_QUERY, REFUND, now_s=BEGUN_S + 900, nonce="N")
    asked = _asked(request)
    assert (request.path, asked["orderId"], asked["txnTime"]) == (QUERIES, "R0000001", "20261123102320")


def test_a_repeat_is_the_same_to_the_byte(wire: UnionpayWire) -> None:
    first = wire.request(Operation.PAY, ORDER, now_s=BEGUN_S, nonce="A")
    assert wire.request(Operation.PAY, ORDER, now_s=BEGUN_S + 60, nonce="B") == first


def test_a_refund_of_the_tills_own_is_dated_with_its_order(wire: UnionpayWire) -> None:
    request = wire.refund_request(Operation.REFUND, replace(REFUND, begun_s=0), now_s=BEGUN_S + 900, nonce="N")
    assert _asked(request)["txnTime"] == "20261123101320"


@pytest.mark.parametrize(("hour", "minute", "day"), [(22, 59, 23), (23, 0, 24), (0, 0, 23), (23, 59, 24)])
def test_the_settlement_day_begins_an_hour_before_midnight(hour: int, minute: int, day: int) -> None:
    midnight_s = BEGUN_S - (10 * 3600 + 13 * 60 + 20)
    assert settlement_day(midnight_s + hour * 3600 + minute * 60).day == day


def test_money_abroad_goes_by_its_number(wire: UnionpayWire) -> None:
    order = replace(ORDER, money=Money(500, CURRENCIES["JPY"]))
    asked = _asked(wire.request(Operation.PAY, order, now_s=BEGUN_S, nonce="N"))
    assert (asked["txnAmt"], asked["currencyCode"]) == ("500", "392")


# --- believing -------------------------------------------------------------------------------------------


def test_a_query_that_says_paid_is_believed(wire: UnionpayWire, unionpay_keys: Keys) -> None:
    reply = _said(unionpay_keys, payCardIssueName="建设银行")
    answer = _answer(wire, Operation.QUERY, reply)
    assert answer == Answer(Verdict.APPROVED, Reason.NONE, "00", QUERY_ID, payer="建设银行")


@pytest.mark.parametrize(
    "changes",
    [
        {"orderId": "POS0100009"},
        {"txnTime": "20261123101321"},
        {"merId": "777290058199999"},
        {"txnAmt": "1235"},
        {"currencyCode": "344"},
        {"orderId": ""},
        {"txnTime": ""},
        {"merId": ""},
        {"txnAmt": ""},
        {"currencyCode": ""},
    ],
)
def test_a_success_that_is_not_of_this_order_is_a_mismatch(
    wire: UnionpayWire, unionpay_keys: Keys, changes: Mapping[str, str]
) -> None:
    answer = _answer(wire, Operation.QUERY, _said(unionpay_keys, **changes))
    assert _verdict(answer) == (Verdict.UNKNOWN, Reason.MISMATCH)


def test_a_refusal_must_name_the_order_too(wire: UnionpayWire, unionpay_keys: Keys) -> None:
    reply = _said(unionpay_keys, respCode="88", origRespCode="")
    assert _answer(wire, Operation.PAY, reply).verdict is Verdict.DECLINED
    nobodys = _said(unionpay_keys, respCode="88", origRespCode="", orderId="", txnTime="", merId="")
    assert _verdict(_answer(wire, Operation.PAY, nobodys)) == (Verdict.UNKNOWN, Reason.MISMATCH)


def test_a_query_without_an_outcome_is_unknown(wire: UnionpayWire, unionpay_keys: Keys) -> None:
    answer = _answer(wire, Operation.QUERY, _said(unionpay_keys, origRespCode=""))
    assert _verdict(answer) == (Verdict.UNKNOWN, Reason.BAD_REPLY)


def test_a_shown_code_comes_with_the_acceptance(wire: UnionpayWire, unionpay_keys: Keys) -> None:
    url = "https://qr.95516.com/00010000/01116734936470044423094034227630"
    reply = _said(unionpay_keys, orderId=SHOWN.order_id, origRespCode="", queryId="", qrCode=url)
    answer = _answer(wire, Operation.SHOW, reply, SHOWN)
    assert answer == Answer(Verdict.PENDING, Reason.NONE, "00", shown_code=url)


@pytest.mark.parametrize("url", ["", "http://evil.example/00010000/01", "https://qr.95516.com/\x1b[2J"])
def test_a_code_that_is_none_of_unionpays_is_not_shown(wire: UnionpayWire, unionpay_keys: Keys, url: str) -> None:
    reply = _said(unionpay_keys, orderId=SHOWN.order_id, origRespCode="", qrCode=url)
    answer = _answer(wire, Operation.SHOW, reply, SHOWN)
    assert (*_verdict(answer), answer.shown_code) == (Verdict.UNKNOWN, Reason.BAD_REPLY, "")


@pytest.mark.parametrize(
    ("orig", "after_s", "verdict"),
    [
        ("00", 5, Verdict.APPROVED),
        ("05", 5, Verdict.UNKNOWN),
        ("05", 179, Verdict.UNKNOWN),
        ("05", 180, Verdict.REVERSED),
        ("64", 5, Verdict.REVERSED),
        ("45", 5, Verdict.REVERSED),
        ("03", 999, Verdict.UNKNOWN),
    ],
)
def test_a_shown_code_is_down_once_it_cannot_be_paid_any_more(
    wire: UnionpayWire, unionpay_keys: Keys, orig: str, after_s: int, verdict: Verdict
) -> None:
    reply = _said(unionpay_keys, orderId=SHOWN.order_id, origRespCode=orig)
    assert wire.answer(Operation.CLOSE, SHOWN, reply, now_s=BEGUN_S + after_s).verdict is verdict


def test_a_refund_is_believed_only_for_its_own_amount(wire: UnionpayWire, unionpay_keys: Keys) -> None:
    mine = {"orderId": "R0000001", "txnTime": "20261123102320", "txnAmt": "234", "txnType": "04"}
    answer = _answer(wire, Operation.REFUND_QUERY, _said(unionpay_keys, **mine), REFUND)
    assert answer.verdict is Verdict.APPROVED
    answer = _answer(wire, Operation.REFUND_QUERY, _said(unionpay_keys, **mine | {"txnAmt": "1234"}), REFUND)
    assert _verdict(answer) == (Verdict.UNKNOWN, Reason.MISMATCH)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(500, {}, b"respCode=00"), Reason.BAD_REPLY),
        (Reply(200, {}, b""), Reason.BAD_SIGNATURE),
        (Reply(200, {}, b"respCode=00&respMsg=x"), Reason.BAD_SIGNATURE),
        (Reply(200, {}, b"\xff"), Reason.BAD_REPLY),
        (Reply(200, {}, b"<html>"), Reason.BAD_REPLY),
    ],
)
def test_a_reply_of_nobodys_is_no_reply(wire: UnionpayWire, reply: Reply, reason: Reason) -> None:
    for operation in Operation:
        about = REFUND if operation in (Operation.REFUND, Operation.REFUND_QUERY) else SHOWN
        assert _verdict(_answer(wire, operation, reply, about)) == (Verdict.UNKNOWN, reason)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.binary(max_size=300), status=st.sampled_from([200, 202, 404, 500]))
def test_any_bytes_are_answered_with_unknown(wire: UnionpayWire, body: bytes, status: int) -> None:
    for operation in (Operation.PAY, Operation.QUERY, Operation.REVERSE, Operation.CLOSE, Operation.SHOW):
        assert _answer(wire, operation, Reply(status, {}, body), SHOWN).verdict is Verdict.UNKNOWN
    assert wire.notified(Request("POST", "/notify", {}, body), now_s=BEGUN_S).order_id == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    changes=st.dictionaries(
        st.sampled_from(
            ["respCode", "origRespCode", "txnAmt", "queryId", "qrCode", "respMsg", "orderId", "settleDate"]
        ),
        st.text(st.characters(exclude_characters="&{}", exclude_categories=["Cs"]), max_size=20),
    )
)
def test_a_signed_reply_of_odd_fields_never_approves_by_accident(
    wire: UnionpayWire, unionpay_keys: Keys, changes: dict[str, str]
) -> None:
    answer = _answer(wire, Operation.QUERY, _said(unionpay_keys, **changes))
    if answer.verdict is Verdict.APPROVED:
        sound = {"respCode": "00", "txnAmt": "1234", "orderId": ORDER.order_id}
        assert all(changes.get(name, value) == value for name, value in sound.items())
        assert changes.get("origRespCode", "00") in ("00", "A6")


# --- being told ------------------------------------------------------------------------------------------


def _notice(keys: Keys, **changes: str) -> Request:
    fields = form.read_plain(_said(keys, txnType="01", txnSubType="06", **changes).body)
    return Request("POST", "/notify/unionpay", {}, form.write_form(fields))


def test_a_notice_makes_the_till_ask(wire: UnionpayWire, unionpay_keys: Keys) -> None:
    assert isinstance(wire, Hears)
    notified = wire.notified(_notice(unionpay_keys), now_s=BEGUN_S)
    assert (notified.order_id, notified.reply.status) == ("POS0100001", 200)


@pytest.mark.parametrize("changes", [{"merId": "777290058199999"}, {"respCode": "much"}])
def test_a_notice_for_somebody_else_is_not_heard(
    wire: UnionpayWire, unionpay_keys: Keys, changes: dict[str, str]
) -> None:
    notified = wire.notified(_notice(unionpay_keys, **changes), now_s=BEGUN_S)
    assert (notified.order_id, notified.reply.status) == ("", 400)


# --- both ends -------------------------------------------------------------------------------------------


def test_a_reply_is_written_as_it_is_read(unionpay_keys: Keys) -> None:
    fields = form.read_plain(_said(unionpay_keys, txnType="01", txnSubType="06").body)
    said = Said.parse(fields)
    assert {**fields, **said.fields()} == fields | {
        "version": "5.1.0",
        "encoding": "UTF-8",
        "signMethod": "01",
        "bizType": "000000",
        "accessType": "0",
    }


@pytest.mark.parametrize(
    ("kind", "missing"),
    [(Kind.SALE, "qrNo"), (Kind.SALE, "txnAmt"), (Kind.APPLY, "currencyCode"), (Kind.VOID, "origQryId")],
)
def test_a_call_that_lacks_what_it_needs_is_named_by_the_field(kind: Kind, missing: str) -> None:
    whole = Ask(kind, "777290058110097", "A1234567", "20261123101320", "1", "156", CODE, "", "http://x", "", QUERY_ID)
    fields = {name: value for name, value in whole.fields().items() if name != missing}
    with pytest.raises(Malformed) as error:
        Ask.parse(fields, BACK)
    assert error.value.field == missing


def test_the_code_stays_out_of_what_is_printed(wire: UnionpayWire, unionpay_keys: Keys) -> None:
    asked = _asked(wire.request(Operation.PAY, ORDER, now_s=BEGUN_S, nonce="N"))
    assert CODE not in repr(Ask.parse(asked, BACK))
    with pytest.raises(Malformed) as error:
        Ask.parse(asked | {"qrNo": CODE + "x"}, BACK)
    assert CODE not in str(error.value)


# --- the contract ----------------------------------------------------------------------------------------


def _settings(keys: Keys, **changes: Any) -> Settings:
    files = keys.files
    return Settings(
        **{
            "mer_id": keys.mer_id,
            "private_key": files.merchant_key,
            "certificate": files.merchant_certificate,
            "authorities": (files.authority_certificate,),
        }
        | changes
    )


def test_a_contract_makes_a_wire_with_the_tills_own_number(unionpay_keys: Keys) -> None:
    made = SCHEME.connect(_settings(unionpay_keys), Till("POS01", "http://127.0.0.1/n"))
    asked = _asked(made.request(Operation.PAY, ORDER, now_s=BEGUN_S, nonce="N"))
    assert asked["termId"] == "000POS01"
    assert SCHEME.settings is Settings


def test_a_terminal_number_has_eight_places(unionpay_keys: Keys) -> None:
    with pytest.raises(ConfigError, match="eight"):
        SCHEME.connect(_settings(unionpay_keys, term_id="1"), Till("POS01", ""))


# --- undoing after the settlement day --------------------------------------------------------------------

LATE_S = BEGUN_S + 13 * 3600  # 23:13


def test_after_the_settlement_day_a_reversal_is_a_question(wire: UnionpayWire) -> None:
    asked = _asked(wire.request(Operation.REVERSE, ORDER, now_s=LATE_S, nonce="N"))
    assert (asked["txnType"], asked["orderId"]) == ("00", ORDER.order_id)


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({"origRespCode": "00"}, Verdict.APPROVED, Reason.NONE),
        ({"origRespCode": "64"}, Verdict.REVERSED, Reason.INSUFFICIENT_FUNDS),
        ({"origRespCode": "45"}, Verdict.REVERSED, Reason.REFUNDED),
        ({"origRespCode": "46"}, Verdict.REVERSED, Reason.NONE),
        ({"origRespCode": "05"}, Verdict.UNKNOWN, Reason.NONE),
        ({"origRespCode": "04"}, Verdict.UNKNOWN, Reason.OTHER),
        ({"origRespCode": "00", "txnAmt": "1"}, Verdict.UNKNOWN, Reason.MISMATCH),
        ({"respCode": "34", "origRespCode": ""}, Verdict.REVERSED, Reason.NOT_FOUND),
    ],
)
def test_the_answer_to_which_says_whether_there_is_anything_to_refund(
    wire: UnionpayWire, unionpay_keys: Keys, changes: dict[str, str], verdict: Verdict, reason: Reason
) -> None:
    answer = wire.answer(Operation.REVERSE, ORDER, _said(unionpay_keys, **changes), now_s=LATE_S)
    assert _verdict(answer) == (verdict, reason)
