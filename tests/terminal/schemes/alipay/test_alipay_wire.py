"""What the till asks of Alipay, byte by byte, and what it believes."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.hosts.alipay_keys import Keys
from terminal import crypto
from terminal.errors import ConfigError
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import CURRENCIES, Money
from terminal.scheme import Hears, Operation, Reply, Request, Till
from terminal.schemes.alipay import SCHEME, signing
from terminal.schemes.alipay.calls import AskBill, AskRefund, AskRefundState, Pay, Precreate, Trade
from terminal.schemes.alipay.credentials import Credentials
from terminal.schemes.alipay.notices import TradeNotice
from terminal.schemes.alipay.settings import Settings
from terminal.schemes.alipay.wire import METHODS, PATH, AlipayWire, node_name, read_call

NOW_S = 1_795_400_000  # 2026-11-23 10:13:20 in Beijing
CODE = "281234567890123456"
ORDER = Order("POS0100001", "S1", Money(1234), PaymentCode("alipay", CODE), description="牛奶")
SHOWN = replace(ORDER, code=None, shown=True)
REFUND = Refund("R0001", ORDER, Money(234), "spilt")
TRADE_NO = "2026112322001000000000000001"
PAID = {"code": "10000", "msg": "Success", "trade_no": TRADE_NO, "out_trade_no": "POS0100001", "total_amount": "12.34"}
NODE = {
    Operation.PAY: PAID,
    Operation.QUERY: {**PAID, "trade_status": "TRADE_SUCCESS"},
    Operation.REVERSE: {"code": "10000", "out_trade_no": "POS0100001", "retry_flag": "N", "action": "close"},
    Operation.REFUND: {
        "code": "10000",
        "trade_no": TRADE_NO,
        "out_trade_no": "POS0100001",
        "fund_change": "Y",
        "refund_fee": "2.34",
    },
    Operation.REFUND_QUERY: {
        "code": "10000",
        "trade_no": TRADE_NO,
        "out_trade_no": "POS0100001",
        "out_request_no": "R0001",
        "refund_amount": "2.34",
        "total_amount": "12.34",
        "refund_status": "REFUND_SUCCESS",
    },
}


@pytest.fixture(scope="module")
def credentials(alipay_keys: Keys) -> Credentials:
    return alipay_keys.credentials()


@pytest.fixture
def wire(credentials: Credentials) -> AlipayWire:
    return AlipayWire(credentials, terminal_id="POS01", store_id="7", notify_url="http://10.0.0.7:8080/alipay")


@pytest.fixture
def said(alipay_keys: Keys) -> Any:
    """A reply that the platform has signed."""

    def reply(operation: Operation, node: dict[str, Any], name: str = "") -> Reply:
        name = name or node_name(METHODS[operation])
        text = json.dumps({key: value for key, value in node.items() if value is not None}).encode()
        return Reply(200, {}, signing.signed_reply(name, text, alipay_keys.alipay_key).body())

    return reply


def _outcome(answer: Answer) -> tuple[Verdict, Reason]:
    return answer.verdict, answer.reason


# --- asking ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "method", "content"),
    [
        (
            Operation.PAY,
            "alipay.trade.pay",
            '{"out_trade_no":"POS0100001","scene":"bar_code","auth_code":"281234567890123456",'
            '"product_code":"FACE_TO_FACE_PAYMENT","subject":"牛奶","total_amount":"12.34","timeout_express":"3m",'
            '"terminal_id":"POS01","store_id":"7"}',
        ),
        (
            Operation.SHOW,
            "alipay.trade.precreate",
            '{"out_trade_no":"POS0100001","subject":"牛奶","total_amount":"12.34","qr_code_timeout_express":"2m",'
            '"timeout_express":"3m","terminal_id":"POS01","store_id":"7"}',
        ),
        (Operation.QUERY, "alipay.trade.query", '{"out_trade_no":"POS0100001"}'),
        (Operation.REVERSE, "alipay.trade.cancel", '{"out_trade_no":"POS0100001"}'),
        (Operation.CLOSE, "alipay.trade.cancel", '{"out_trade_no":"POS0100001"}'),
    ],
)
def test_every_question_has_its_method_and_content(
    wire: AlipayWire, alipay_keys: Keys, operation: Operation, method: str, content: str
) -> None:
    request = wire.request(operation, ORDER, now_s=NOW_S, nonce="unused")
    assert request.method == "POST"
    assert urlsplit(request.path).path == "/gateway.do"
    said = signing.read_form(urlsplit(request.path).query, request.body)
    sign = said.pop("sign")
    assert crypto.rsa_verifies(alipay_keys.app_key, signing.request_text(said), sign)
    notify = {"notify_url": "http://10.0.0.7:8080/alipay"} if operation in (Operation.PAY, Operation.SHOW) else {}
    assert said == {
        "app_id": alipay_keys.app_id,
        "method": method,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": "2026-11-23 10:13:20",
        "version": "1.0",
        "biz_content": content,
        **notify,
    }


def test_a_request_holds_no_code_outside_its_body(wire: AlipayWire) -> None:
    request = wire.request(Operation.PAY, ORDER, now_s=NOW_S, nonce="")
    assert CODE not in f"{request.path} {request.headers}"
    assert CODE.encode() in request.body
    assert list(parse_qs(request.body.decode())) == ["biz_content"]


def test_in_certificate_mode_a_request_says_which_certificates(alipay_keys: Keys) -> None:
    wire = AlipayWire(alipay_keys.certificate_credentials())
    said = parse_qs(urlsplit(wire.request(Operation.QUERY, ORDER, now_s=NOW_S, nonce="").path).query)
    assert said["app_cert_sn"] == [alipay_keys.app_cert_sn]
    assert said["alipay_root_cert_sn"] == [alipay_keys.root_cert_sn]


def test_a_refund_is_asked_for_and_asked_about(wire: AlipayWire) -> None:
    asked = wire.refund_request(Operation.REFUND, REFUND, now_s=NOW_S, nonce="")
    assert json.loads(parse_qs(asked.body.decode())["biz_content"][0]) == {
        "out_trade_no": "POS0100001",
        "refund_amount": "2.34",
        "out_request_no": "R0001",
        "refund_reason": "spilt",
    }
    about = wire.refund_request(Operation.REFUND_QUERY, REFUND, now_s=NOW_S, nonce="")
    assert json.loads(parse_qs(about.body.decode())["biz_content"][0]) == {
        "out_trade_no": "POS0100001",
        "out_request_no": "R0001",
    }


@pytest.mark.parametrize(
    "content",
    [
        Pay("T1", CODE, "Milk", 1, "3m", "POS01", "7", "2088000000000001"),
        Precreate("T1", "Milk", 100_000_000_00, "2m", "3m"),
        Trade("T1"),
        Trade("", TRADE_NO),
        AskRefund(Trade("T1"), 234, "R1", "spilt"),
        AskRefundState(Trade("T1"), "R1"),
        AskBill("2026-11"),
    ],
)
def test_a_host_reads_what_a_till_writes(content: Any) -> None:
    assert type(content).parse(content.body()) == content
    assert CODE not in repr(content)


def test_yen_are_not_asked_for_as_yuan(wire: AlipayWire) -> None:
    with pytest.raises(AssertionError, match="yen"):
        wire.request(Operation.PAY, replace(ORDER, money=Money(1234, CURRENCIES["JPY"])), now_s=NOW_S, nonce="")


def test_only_the_gateways_path_is_a_call() -> None:
    assert read_call(Request("POST", "/v3/pay", {})) is None
    assert read_call(Request("DELETE", PATH, {})) is None
    call = read_call(Request("get", f"{PATH}?method=alipay.trade.close", {}))
    assert call
    assert (call.method, call.operation, call.content) == ("alipay.trade.close", None, b"{}")


# --- believing -------------------------------------------------------------------------------------------


def test_a_signed_success_for_what_was_asked_is_an_approval(wire: AlipayWire, said: Any) -> None:
    for operation, word in ((Operation.PAY, "10000"), (Operation.QUERY, "TRADE_SUCCESS")):
        answer = wire.answer(operation, ORDER, said(operation, NODE[operation]), now_s=NOW_S)
        assert answer == Answer(Verdict.APPROVED, said=word, transaction_id=TRADE_NO)


@pytest.mark.parametrize("operation", [Operation.PAY, Operation.QUERY])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"total_amount": "12.35"}, Reason.MISMATCH),
        ({"total_amount": "1234.00"}, Reason.MISMATCH),
        ({"total_amount": None}, Reason.MISMATCH),
        ({"out_trade_no": "POS0100002"}, Reason.MISMATCH),
        ({"out_trade_no": None}, Reason.MISMATCH),
        ({"total_amount": "12.3"}, Reason.BAD_REPLY),
        ({"total_amount": "12.340"}, Reason.BAD_REPLY),
        ({"total_amount": "012.34"}, Reason.BAD_REPLY),
        ({"total_amount": "+12.34"}, Reason.BAD_REPLY),
        ({"total_amount": "12.34 "}, Reason.BAD_REPLY),
        ({"total_amount": "１2.34"}, Reason.BAD_REPLY),
        ({"total_amount": 12.34}, Reason.BAD_REPLY),
        ({"total_amount": ["12.34"]}, Reason.BAD_REPLY),
        ({"trade_no": None}, Reason.BAD_REPLY),
        ({"trade_no": "<b>"}, Reason.BAD_REPLY),
        ({"code": 10000}, Reason.BAD_REPLY),
        ({"code": "1000O"}, Reason.BAD_REPLY),
        ({"code": None}, Reason.BAD_REPLY),
    ],
)
def test_an_approval_of_something_else_or_otherwise_spelt_is_none(
    wire: AlipayWire, said: Any, operation: Operation, change: dict[str, Any], reason: Reason
) -> None:
    answer = wire.answer(operation, ORDER, said(operation, {**NODE[operation], **change}), now_s=NOW_S)
    assert _outcome(answer) == (Verdict.UNKNOWN, reason)


@pytest.mark.parametrize(
    "node",
    [
        {"code": "10003"},
        {"code": "10003", "out_trade_no": "POS0100001", "trade_no": TRADE_NO, "total_amount": "12.34"},
    ],
)
def test_a_customer_at_the_password_is_pending_however_little_is_said(
    wire: AlipayWire, said: Any, node: dict[str, Any]
) -> None:
    answer = wire.answer(Operation.PAY, ORDER, said(Operation.PAY, node), now_s=NOW_S)
    assert _outcome(answer) == (Verdict.PENDING, Reason.NONE)
    other = wire.answer(Operation.PAY, ORDER, said(Operation.PAY, {**node, "total_amount": "0.01"}), now_s=NOW_S)
    assert _outcome(other) == (Verdict.UNKNOWN, Reason.MISMATCH)


def test_in_progress_is_no_answer_to_anything_else(wire: AlipayWire, said: Any) -> None:
    answer = wire.answer(Operation.REVERSE, ORDER, said(Operation.REVERSE, {"code": "10003"}), now_s=NOW_S)
    assert _outcome(answer) == (Verdict.UNKNOWN, Reason.BAD_REPLY)


def test_a_closed_trade_must_name_its_order(wire: AlipayWire, said: Any) -> None:
    closed = {"code": "10000", "trade_status": "TRADE_CLOSED", "out_trade_no": "POS0100001"}
    answer = wire.answer(Operation.QUERY, ORDER, said(Operation.QUERY, closed), now_s=NOW_S)
    assert _outcome(answer) == (Verdict.DECLINED, Reason.ORDER_CLOSED)
    nameless = said(Operation.QUERY, {**closed, "out_trade_no": None})
    assert _outcome(wire.answer(Operation.QUERY, ORDER, nameless, now_s=NOW_S)) == (Verdict.UNKNOWN, Reason.MISMATCH)


def test_what_nobody_has_scanned_waits_and_what_we_scanned_is_not_there(wire: AlipayWire, said: Any) -> None:
    reply = said(Operation.QUERY, {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"})
    assert _outcome(wire.answer(Operation.QUERY, SHOWN, reply, now_s=NOW_S)) == (Verdict.PENDING, Reason.NOT_FOUND)
    assert _outcome(wire.answer(Operation.QUERY, ORDER, reply, now_s=NOW_S)) == (Verdict.UNKNOWN, Reason.NOT_FOUND)


@pytest.mark.parametrize(
    ("change", "verdict", "reason", "again"),
    [
        ({}, Verdict.REVERSED, Reason.NONE, False),
        ({"action": "refund"}, Verdict.REVERSED, Reason.NONE, False),
        ({"action": None}, Verdict.REVERSED, Reason.NOT_FOUND, False),
        ({"retry_flag": "Y"}, Verdict.UNKNOWN, Reason.OTHER, True),
        ({"retry_flag": "y"}, Verdict.UNKNOWN, Reason.BAD_REPLY, False),
        ({"retry_flag": None}, Verdict.UNKNOWN, Reason.BAD_REPLY, False),
        ({"out_trade_no": "POS0100002"}, Verdict.UNKNOWN, Reason.MISMATCH, False),
    ],
)
def test_undone_is_only_what_says_so(
    wire: AlipayWire, said: Any, change: dict[str, Any], verdict: Verdict, reason: Reason, again: bool
) -> None:
    for operation, order in ((Operation.REVERSE, ORDER), (Operation.CLOSE, SHOWN)):
        answer = wire.answer(operation, order, said(operation, {**NODE[Operation.REVERSE], **change}), now_s=NOW_S)
        assert (*_outcome(answer), answer.again) == (verdict, reason, again)


def test_a_merchant_code_comes_back_to_be_shown(wire: AlipayWire, said: Any) -> None:
    shown = {"code": "10000", "out_trade_no": "POS0100001", "qr_code": "https://qr.alipay.com/bax03431ljhokirwl38f00a7"}
    answer = wire.answer(Operation.SHOW, SHOWN, said(Operation.SHOW, shown), now_s=NOW_S)
    assert answer == Answer(Verdict.PENDING, said="10000", shown_code=shown["qr_code"])
    for change, reason in (
        ({"qr_code": "https://example.com/bax"}, Reason.BAD_REPLY),
        ({"out_trade_no": "POS0100002"}, Reason.MISMATCH),
    ):
        answer = wire.answer(Operation.SHOW, SHOWN, said(Operation.SHOW, {**shown, **change}), now_s=NOW_S)
        assert (*_outcome(answer), answer.shown_code) == (Verdict.UNKNOWN, reason, "")


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        ({}, Verdict.APPROVED, Reason.NONE),
        ({"refund_fee": "12.34"}, Verdict.APPROVED, Reason.NONE),  # with others before it
        ({"fund_change": "N"}, Verdict.PENDING, Reason.NONE),
        ({"fund_change": "N", "refund_fee": "12.34"}, Verdict.APPROVED, Reason.NONE),  # all is back, and so is this
        ({"fund_change": "N", "refund_fee": "0.00"}, Verdict.PENDING, Reason.NONE),
        ({"refund_fee": "2.33"}, Verdict.UNKNOWN, Reason.MISMATCH),
        ({"refund_fee": "12.35"}, Verdict.UNKNOWN, Reason.MISMATCH),
        ({"out_trade_no": "POS0100002"}, Verdict.UNKNOWN, Reason.MISMATCH),
        ({"refund_fee": None}, Verdict.UNKNOWN, Reason.BAD_REPLY),
    ],
)
def test_a_refund_is_believed_where_the_sum_allows_it(
    wire: AlipayWire, said: Any, change: dict[str, Any], verdict: Verdict, reason: Reason
) -> None:
    reply = said(Operation.REFUND, {**NODE[Operation.REFUND], **change})
    assert _outcome(wire.answer(Operation.REFUND, REFUND, reply, now_s=NOW_S)) == (verdict, reason)


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        ({}, Verdict.APPROVED, Reason.NONE),
        ({"refund_status": None}, Verdict.PENDING, Reason.NONE),
        ({"refund_status": "REFUND_LOST"}, Verdict.UNKNOWN, Reason.BAD_REPLY),
        ({"refund_amount": "2.35"}, Verdict.UNKNOWN, Reason.MISMATCH),
        ({"out_request_no": "R0002"}, Verdict.UNKNOWN, Reason.MISMATCH),
        ({"out_trade_no": "POS0100002"}, Verdict.UNKNOWN, Reason.MISMATCH),
        ({"refund_amount": None}, Verdict.UNKNOWN, Reason.MISMATCH),
        ({"refund_amount": None, "out_request_no": None}, Verdict.UNKNOWN, Reason.NOT_FOUND),
    ],
)
def test_a_refund_asked_about_is_believed_for_its_own_number_and_amount(
    wire: AlipayWire, said: Any, change: dict[str, Any], verdict: Verdict, reason: Reason
) -> None:
    reply = said(Operation.REFUND_QUERY, {**NODE[Operation.REFUND_QUERY], **change})
    assert _outcome(wire.answer(Operation.REFUND_QUERY, REFUND, reply, now_s=NOW_S)) == (verdict, reason)


# --- not believing ---------------------------------------------------------------------------------------


def test_an_unsigned_success_is_forged(wire: AlipayWire) -> None:
    body = f'{{"alipay_trade_pay_response":{json.dumps(PAID)}}}'.encode()
    answer = wire.answer(Operation.PAY, ORDER, Reply(200, {}, body), now_s=NOW_S)
    assert answer == Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, "reply without signature")


def test_a_success_signed_by_another_is_forged(alipay_keys: Keys, credentials: Credentials, said: Any) -> None:
    key = crypto.load_public_key(alipay_keys.files.app_certificate.read_bytes())
    wire = AlipayWire(replace(credentials, platform_keys={"": key}))
    answer = wire.answer(Operation.PAY, ORDER, said(Operation.PAY, PAID), now_s=NOW_S)
    assert answer == Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, "wrong signature")


def test_an_answer_to_another_question_is_none(wire: AlipayWire, said: Any) -> None:
    undone = said(Operation.REVERSE, NODE[Operation.QUERY], node_name("alipay.trade.query"))
    answer = wire.answer(Operation.REVERSE, ORDER, undone, now_s=NOW_S)
    assert answer == Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, "an answer to another question")


@pytest.mark.parametrize("status", [202, 302, 404, 429, 500, 502])
def test_this_gateway_says_everything_with_200(wire: AlipayWire, said: Any, status: int) -> None:
    reply = replace(said(Operation.PAY, PAID), status=status)
    answer = wire.answer(Operation.PAY, ORDER, reply, now_s=NOW_S)
    assert answer == Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, f"HTTP {status}")


@pytest.mark.parametrize("name", ["alipay_trade_pay_response", "error_response"])
def test_whoever_is_turned_away_at_the_door_may_be_told_so_unsigned(wire: AlipayWire, name: str) -> None:
    for sub_code in ("isv.invalid-app-id", "isv.invalid-signature", "isv.missing-app-id"):
        node = json.dumps({"code": "40002", "msg": "Invalid Arguments", "sub_code": sub_code})
        reply = Reply(200, {}, f'{{"{name}":{node}}}'.encode())
        for operation, order in ((Operation.PAY, ORDER), (Operation.SHOW, SHOWN)):
            answer = wire.answer(operation, order, reply, now_s=NOW_S)
            assert answer == Answer(Verdict.DECLINED, Reason.CONFIGURATION, sub_code)
    for operation in (Operation.QUERY, Operation.REVERSE, Operation.CLOSE):
        named = reply.body.replace(name.encode(), b"error_response")
        answer = wire.answer(operation, ORDER, Reply(200, {}, named), now_s=NOW_S)
        assert _outcome(answer) == (Verdict.UNKNOWN, Reason.BAD_SIGNATURE)


@pytest.mark.parametrize(
    ("code", "sub_code"),
    [("40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH"), ("40002", "isv.invalid-parameter"), ("40006", ""), ("10003", "")],
)
def test_any_other_unsigned_refusal_is_no_refusal(wire: AlipayWire, code: str, sub_code: str) -> None:
    node = json.dumps({"code": code, "sub_code": sub_code})
    reply = Reply(200, {}, f'{{"error_response":{node}}}'.encode())
    answer = wire.answer(Operation.PAY, ORDER, reply, now_s=NOW_S)
    assert _outcome(answer) == (Verdict.UNKNOWN, Reason.BAD_SIGNATURE)


def test_a_wrongly_signed_turning_away_is_no_refusal(wire: AlipayWire) -> None:
    body = b'{"error_response":{"code":"40002","sub_code":"isv.invalid-signature"},"sign":"AAAA"}'
    answer = wire.answer(Operation.PAY, ORDER, Reply(200, {}, body), now_s=NOW_S)
    assert answer == Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, "wrong signature")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.just("10000"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["code", "sub_code", "out_trade_no", "retry_flag", "action", "trade_status", "total_amount"])


@settings(deadline=None)
@given(st.integers(100, 599), st.binary(max_size=200), st.sampled_from(list(METHODS)))
def test_no_bytes_make_the_till_stumble_or_believe(
    credentials: Credentials, status: int, body: bytes, operation: Operation
) -> None:
    about = REFUND if operation in (Operation.REFUND, Operation.REFUND_QUERY) else ORDER
    answer = AlipayWire(credentials).answer(operation, about, Reply(status, {}, body), now_s=NOW_S)
    assert answer.verdict is Verdict.UNKNOWN


@settings(deadline=None)
@given(st.dictionaries(NAMES, JSON, max_size=5), st.sampled_from(list(METHODS)))
def test_no_signed_node_makes_the_till_stumble_or_approve(
    alipay_keys: Keys, credentials: Credentials, node: dict[str, Any], operation: Operation
) -> None:
    about = REFUND if operation in (Operation.REFUND, Operation.REFUND_QUERY) else ORDER
    text = json.dumps(node).encode()
    body = signing.signed_reply(node_name(METHODS[operation]), text, alipay_keys.alipay_key).body()
    answer = AlipayWire(credentials).answer(operation, about, Reply(200, {}, body), now_s=NOW_S)
    assert answer.verdict in (Verdict.UNKNOWN, Verdict.PENDING)


# --- hearing ---------------------------------------------------------------------------------------------


def _notice(keys: Keys, **changes: Any) -> TradeNotice:
    notice = TradeNotice(
        notify_id="2026112300222101320000000001",
        notify_time="2026-11-23 10:13:21",
        app_id=keys.app_id,
        seller_id=keys.seller_id,
        trade_no=TRADE_NO,
        out_trade_no="POS0100001",
        trade_status="TRADE_SUCCESS",
        total=1234,
        gmt_create="2026-11-23 10:13:20",
        subject="牛奶 & 面包",
    )
    return replace(notice, **changes)


def _heard(wire: AlipayWire, body: bytes) -> tuple[str, bytes]:
    heard = wire.notified(Request("POST", "/alipay", {}, body), now_s=NOW_S)
    assert heard.reply.status == 200
    return heard.order_id, heard.reply.body


def test_a_notice_is_heard_and_answered_with_one_word(wire: AlipayWire, alipay_keys: Keys) -> None:
    assert isinstance(wire, Hears)
    assert _heard(wire, _notice(alipay_keys).body(alipay_keys.alipay_key)) == ("POS0100001", b"success")
    read = TradeNotice.read(_notice(alipay_keys).body(alipay_keys.alipay_key), wire._credentials.platform_keys)
    assert read == _notice(alipay_keys)


@pytest.mark.parametrize(
    "change",
    [{"app_id": "2021000000000000"}, {"seller_id": "2088000000000000"}, {"seller_id": ""}, {"out_trade_no": "a b"}],
)
def test_a_notice_to_another_is_not_ours(wire: AlipayWire, alipay_keys: Keys, change: dict[str, str]) -> None:
    body = _notice(alipay_keys, **change).body(alipay_keys.alipay_key)
    assert _heard(wire, body) == ("", b"failure")


def test_a_notice_that_was_changed_or_that_nobody_signed_is_not_heard(wire: AlipayWire, alipay_keys: Keys) -> None:
    body = _notice(alipay_keys).body(alipay_keys.alipay_key)
    for changed in (
        body.replace(b"total_amount=12.34", b"total_amount=0.01"),
        body.replace(b"sign_type=RSA2", b"sign_type=RSA"),
        body.replace(b"trade_status_sync", b"trade_status_sink"),
        body.partition(b"&sign=")[0],
        body + b"&subject=other",
        b"",
        b"\xff",
    ):
        assert _heard(wire, changed) == ("", b"failure")


@given(st.binary(max_size=200))
def test_no_bytes_are_heard(credentials: Credentials, body: bytes) -> None:
    assert _heard(AlipayWire(credentials), body) == ("", b"failure")


# --- being configured ------------------------------------------------------------------------------------


def _settings(keys: Keys, *names: str) -> Settings:
    files = keys.files
    paths = {
        "public_key": files.alipay_public_key,
        "app_certificate": files.app_certificate,
        "platform_certificate": files.alipay_certificate,
        "root_certificate": files.root_certificate,
    }
    return Settings(keys.app_id, files.app_key, **{name: paths[name] for name in names})


CERTIFICATES = ("app_certificate", "platform_certificate", "root_certificate")


def test_a_contract_is_in_one_mode_or_the_other(alipay_keys: Keys, said: Any) -> None:
    till = Till("POS01", "https://till.invalid/alipay")
    by_key = SCHEME.connect(_settings(alipay_keys, "public_key"), till)
    assert by_key.answer(Operation.PAY, ORDER, said(Operation.PAY, PAID), now_s=NOW_S).verdict is Verdict.APPROVED
    by_certificate = SCHEME.connect(_settings(alipay_keys, *CERTIFICATES), till)
    assert "app_cert_sn" in by_certificate.request(Operation.QUERY, ORDER, now_s=NOW_S, nonce="").path


@pytest.mark.parametrize("names", [(), ("app_certificate",), CERTIFICATES[:2], ("public_key", *CERTIFICATES)])
def test_half_a_mode_or_both_are_refused(alipay_keys: Keys, names: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="either public_key, or"):
        SCHEME.connect(_settings(alipay_keys, *names), Till("POS01", "https://till.invalid/alipay"))


def test_the_procedure_is_the_documented_one() -> None:
    procedure = SCHEME.procedure
    assert (procedure.answer_within_s, procedure.first_query_s, procedure.query_every_s) == (5, 3, 3)
    assert (procedure.give_up_s, procedure.reverse_not_before_s) == (60, 0)
    assert procedure.give_up_s / procedure.query_every_s == 20  # "10 to 20 times at 3 s"
    assert not procedure.decline_is_final
