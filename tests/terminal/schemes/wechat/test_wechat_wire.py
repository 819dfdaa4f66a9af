"""What the till asks, as literal bytes, and what it believes of what comes back."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.hosts.wechat_keys import Keys
from terminal.errors import ConfigError
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import CURRENCIES, Money
from terminal.scheme import Operation, Reply, Request
from terminal.schemes import SCHEMES
from terminal.schemes.fields import Malformed
from terminal.schemes.wechat import calls, replies, signing
from terminal.schemes.wechat.credentials import Credentials
from terminal.schemes.wechat.paths import read_call
from terminal.schemes.wechat.wire import WechatWire

NOW_S = 1_795_400_000  # 2026-11-23T10:13:20+08:00
ORDER = Order("POS0100001", "S1", Money(1234), PaymentCode("wechat", "134567890123456789"), description="牛奶")
REFUND = Refund("R0001", ORDER, Money(234), "spilt")


@pytest.fixture
def wire(wechat_credentials: Credentials) -> WechatWire:
    return WechatWire(wechat_credentials, store_id="S-7")


def _platform(keys: Keys, status: int, body: bytes, now_s: int = NOW_S) -> Reply:
    serial, key = keys.public_key_id, keys.public_key_secret
    return Reply(status, signing.signed_headers(body, serial=serial, key=key, now_s=now_s, nonce="N"), body)


def _said(keys: Keys, **changes: Any) -> bytes:
    transaction = replies.Transaction(
        trade_state="SUCCESS",
        merchant=keys.own,
        out_trade_no=ORDER.order_id,
        transaction_id="4200202611230000000000000001",
        total=1234,
        currency="CNY",
    )
    return replace(transaction, **changes).body()


# --- asking ----------------------------------------------------------------------------------------------


def test_a_charge_is_asked_for_in_the_wallets_words(wire: WechatWire, wechat_keys: Keys) -> None:
    request = wire.request(Operation.PAY, ORDER, now_s=NOW_S, nonce="ABC")
    assert (request.method, request.path) == ("POST", "/v3/pay/transactions/codepay")
    assert request.body.decode() == (
        f'{{"appid":"{wechat_keys.appid}","mchid":"{wechat_keys.mchid}","description":"牛奶",'
        '"out_trade_no":"POS0100001","payer":{"auth_code":"134567890123456789"},'
        '"amount":{"total":1234,"currency":"CNY"},"scene_info":{"store_info":{"id":"S-7"}}}'
    )
    claim = signing.Authorization.parse(request.headers["Authorization"])
    assert (claim.mchid, claim.serial_no) == (wechat_keys.mchid, wechat_keys.merchant_serial)
    assert (claim.nonce, claim.timestamp_s) == ("ABC", NOW_S)
    assert claim.signs(request, wechat_keys.merchant_key)
    assert request.headers["Wechatpay-Serial"] == wechat_keys.public_key_id


@pytest.mark.parametrize(
    ("operation", "method", "path", "body"),
    [
        (Operation.QUERY, "GET", "/v3/pay/transactions/out-trade-no/POS0100001?mchid={mchid}", ""),
        (
            Operation.REVERSE,
            "POST",
            "/v3/pay/transactions/out-trade-no/POS0100001/reverse",
            '{{"appid":"{appid}","mchid":"{mchid}"}}',
        ),
        (Operation.CLOSE, "POST", "/v3/pay/transactions/out-trade-no/POS0100001/close", '{{"mchid":"{mchid}"}}'),
        (
            Operation.SHOW,
            "POST",
            "/v3/pay/transactions/native",
            '{{"appid":"{appid}","mchid":"{mchid}","description":"牛奶","out_trade_no":"POS0100001",'
            '"time_expire":"2026-11-23T10:18:20+08:00","notify_url":"https://till.invalid/wechat",'
            '"amount":{{"total":1234,"currency":"CNY"}}}}',
        ),
    ],
)
def test_every_question_has_its_path_and_body(
    wire: WechatWire, wechat_keys: Keys, operation: Operation, method: str, path: str, body: str
) -> None:
    request = wire.request(operation, ORDER, now_s=NOW_S, nonce="ABC")
    names = {"mchid": wechat_keys.mchid, "appid": wechat_keys.appid}
    assert (request.method, request.path) == (method, path.format(**names))
    assert request.body.decode() == body.format(**names)
    assert signing.Authorization.parse(request.headers["Authorization"]).signs(request, wechat_keys.merchant_key)
    call = read_call(request)
    assert call
    assert (call.operation, call.named.get("out_trade_no", "POS0100001")) == (operation, "POS0100001")


def test_a_refund_is_asked_for_and_asked_about(wire: WechatWire) -> None:
    request = wire.refund_request(Operation.REFUND, REFUND, now_s=NOW_S, nonce="A")
    assert (request.method, request.path) == ("POST", "/v3/refund/domestic/refunds")
    assert json.loads(request.body) == {
        "out_trade_no": "POS0100001",
        "out_refund_no": "R0001",
        "reason": "spilt",
        "amount": {"refund": 234, "total": 1234, "currency": "CNY"},
    }
    query = wire.refund_request(Operation.REFUND_QUERY, REFUND, now_s=NOW_S, nonce="B")
    assert (query.method, query.path, query.body) == ("GET", "/v3/refund/domestic/refunds/R0001", b"")


def test_a_request_holds_no_code_in_its_headers_or_path(wire: WechatWire) -> None:
    request = wire.request(Operation.PAY, ORDER, now_s=NOW_S, nonce="ABC")
    assert "134567890123456789" not in f"{request.path} {request.headers}"


def test_a_host_reads_what_the_till_writes(wire: WechatWire, wechat_keys: Keys) -> None:
    request = wire.request(Operation.PAY, replace(ORDER, description="x" * 200), now_s=NOW_S, nonce="ABC")
    ask = calls.CodePay.parse(request.body)
    assert (ask.out_trade_no, ask.total, ask.currency) == ("POS0100001", 1234, "CNY")
    assert ask.description == "x" * 127
    assert ask.body() == request.body
    assert "134567890123456789" not in repr(ask)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"out_trade_no": "short"}, "out_trade_no"),
        ({"out_trade_no": "../../v3/certificates"}, "out_trade_no"),
        ({"amount": {"total": 0, "currency": "CNY"}}, "amount.total"),
        ({"amount": {"total": "1234"}}, "amount.total"),
        ({"amount": {"total": 12.34}}, "amount.total"),
        ({"payer": {}}, "payer.auth_code"),
        ({"scene_info": {}}, "scene_info.store_info"),
        ({"scene_info": {"store_info": {}}}, "scene_info.store_info.id"),
        ({"description": ""}, "description"),
    ],
)
def test_a_host_names_the_field_that_is_wrong(wire: WechatWire, change: dict[str, Any], field: str) -> None:
    asked = json.loads(wire.request(Operation.PAY, ORDER, now_s=NOW_S, nonce="ABC").body)
    with pytest.raises(Malformed) as caught:
        calls.CodePay.parse(json.dumps(asked | change).encode())
    assert caught.value.field == field


@pytest.mark.parametrize(
    "path",
    ["/v3", "/v3/pay/transactions/codepay/", "/v3/pay/transactions/out-trade-no/a/b/reverse", "/v3/nothing", "", "?"],
)
def test_other_paths_are_no_calls(path: str) -> None:
    assert read_call(Request("POST", path, {})) is None


# --- believing -------------------------------------------------------------------------------------------


def test_a_signed_success_for_what_was_asked_is_an_approval(wire: WechatWire, wechat_keys: Keys) -> None:
    answer = wire.answer(Operation.PAY, ORDER, _platform(wechat_keys, 200, _said(wechat_keys)), now_s=NOW_S)
    assert answer == Answer(Verdict.APPROVED, said="SUCCESS", transaction_id="4200202611230000000000000001")


@pytest.mark.parametrize("operation", [Operation.PAY, Operation.QUERY])
@pytest.mark.parametrize(
    "change",
    [
        {"total": 1233},
        {"total": 123400},
        {"total": None},
        {"currency": "HKD"},
        {"currency": ""},
        {"out_trade_no": "POS0100002"},
        {"out_trade_no": ""},
        {"merchant": {"mchid": "1900000001"}},
        {"merchant": {"appid": "wx0000000000000000"}},
        {"merchant": {"sub_mchid": "1900000001"}},
        {"trade_state": "PAYERROR", "out_trade_no": "POS0100002"},
        {"trade_state": "REVOKED", "merchant": {"mchid": ""}},
        {"trade_state": "USERPAYING", "total": 1},
    ],
)
def test_an_answer_about_something_else_is_a_mismatch(
    wire: WechatWire, wechat_keys: Keys, operation: Operation, change: dict[str, Any]
) -> None:
    whose = {"merchant": replace(wechat_keys.own, **change.get("merchant", {}))}
    reply = _platform(wechat_keys, 200, _said(wechat_keys, **{**change, **whose}))
    answer = wire.answer(operation, ORDER, reply, now_s=NOW_S)
    assert (answer.verdict, answer.reason) == (Verdict.UNKNOWN, Reason.MISMATCH)


def test_another_currency_than_asked_for_is_a_mismatch(wire: WechatWire, wechat_keys: Keys) -> None:
    order = replace(ORDER, money=Money(1234, CURRENCIES["HKD"]))
    answer = wire.answer(Operation.PAY, order, _platform(wechat_keys, 200, _said(wechat_keys)), now_s=NOW_S)
    assert (answer.verdict, answer.reason) == (Verdict.UNKNOWN, Reason.MISMATCH)


@pytest.mark.parametrize("body", [b'{"trade_state":"USERPAYING"}', b'{"trade_state":"NOTPAY","mchid":null}'])
def test_a_customer_at_the_password_is_pending_however_little_is_said(
    wire: WechatWire, wechat_keys: Keys, body: bytes
) -> None:
    answer = wire.answer(Operation.QUERY, ORDER, _platform(wechat_keys, 200, body), now_s=NOW_S)
    assert answer.verdict is Verdict.PENDING


def test_accepted_is_pending_too(wire: WechatWire, wechat_keys: Keys) -> None:
    answer = wire.answer(Operation.PAY, ORDER, _platform(wechat_keys, 202, b""), now_s=NOW_S)
    assert (answer.verdict, answer.said) == (Verdict.PENDING, "HTTP 202")


@pytest.mark.parametrize(
    ("status", "code", "verdict", "reason"),
    [
        (403, "NOT_ENOUGH", Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
        (403, "AUTH_CODE_INVALID", Verdict.DECLINED, Reason.CODE_INVALID),
        (403, "RULE_LIMIT", Verdict.DECLINED, Reason.LIMIT_EXCEEDED),
        (400, "PARAM_ERROR", Verdict.DECLINED, Reason.CONFIGURATION),
        (401, "SIGN_ERROR", Verdict.DECLINED, Reason.CONFIGURATION),
        (403, "USERPAYING", Verdict.PENDING, Reason.NONE),
        (429, "FREQUENCY_LIMITED", Verdict.UNKNOWN, Reason.TOO_OFTEN),
        (500, "SYSTEM_ERROR", Verdict.UNKNOWN, Reason.OTHER),
        (418, "NEW_IN_2027", Verdict.UNKNOWN, Reason.BAD_REPLY),
    ],
)
def test_signed_refusals_mean_what_the_table_says(
    wire: WechatWire, wechat_keys: Keys, status: int, code: str, verdict: Verdict, reason: Reason
) -> None:
    reply = _platform(wechat_keys, status, replies.Failure(code, "…").body())
    assert wire.answer(Operation.PAY, ORDER, reply, now_s=NOW_S) == Answer(verdict, reason, code)


@pytest.mark.parametrize("code", ["NOT_ENOUGH", "AUTH_CODE_INVALID", "PARAM_ERROR", "SIGN_ERROR"])
@pytest.mark.parametrize("status", [400, 403])
def test_an_unsigned_refusal_is_no_refusal(wire: WechatWire, code: str, status: int) -> None:
    reply = Reply(status, {}, replies.Failure(code, "…").body())
    answer = wire.answer(Operation.PAY, ORDER, reply, now_s=NOW_S)
    assert (answer.verdict, answer.reason) == (Verdict.UNKNOWN, Reason.BAD_SIGNATURE)


def test_only_a_gateway_that_does_not_know_us_may_leave_a_charge_unsigned(wire: WechatWire) -> None:
    reply = Reply(401, {}, replies.Failure("SIGN_ERROR", "…").body())
    charged = wire.answer(Operation.PAY, ORDER, reply, now_s=NOW_S)
    assert (charged.verdict, charged.reason) == (Verdict.DECLINED, Reason.CONFIGURATION)
    for operation in (Operation.QUERY, Operation.REVERSE):
        answer = wire.answer(operation, ORDER, reply, now_s=NOW_S)
        assert (answer.verdict, answer.reason) == (Verdict.UNKNOWN, Reason.BAD_SIGNATURE)


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"", replies.Failure("NOT_ENOUGH", "…").body()])
def test_a_server_error_promises_nothing_whatever_it_says(wire: WechatWire, body: bytes) -> None:
    answer = wire.answer(Operation.PAY, ORDER, Reply(502, {}, body), now_s=NOW_S)
    assert answer.verdict is Verdict.UNKNOWN


def test_an_unsigned_success_is_forged(wire: WechatWire, wechat_keys: Keys) -> None:
    answer = wire.answer(Operation.PAY, ORDER, Reply(200, {}, _said(wechat_keys)), now_s=NOW_S)
    assert answer == Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, "without signature")


def test_a_replayed_success_is_old(wire: WechatWire, wechat_keys: Keys) -> None:
    reply = _platform(wechat_keys, 200, _said(wechat_keys), now_s=NOW_S - 301)
    answer = wire.answer(Operation.PAY, ORDER, reply, now_s=NOW_S)
    assert answer == Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, "signed at another time")


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("REVOKED", Verdict.REVERSED),
        ("CLOSED", Verdict.REVERSED),
        ("SUCCESS", Verdict.UNKNOWN),
        ("USERPAYING", Verdict.UNKNOWN),
        ("PAYERROR", Verdict.UNKNOWN),
    ],
)
def test_undone_is_only_what_says_so(wire: WechatWire, wechat_keys: Keys, state: str, verdict: Verdict) -> None:
    reply = _platform(wechat_keys, 200, _said(wechat_keys, trade_state=state))
    assert wire.answer(Operation.REVERSE, ORDER, reply, now_s=NOW_S).verdict is verdict


def test_a_closed_order_is_acknowledged_without_a_word(wire: WechatWire, wechat_keys: Keys) -> None:
    answer = wire.answer(Operation.CLOSE, ORDER, _platform(wechat_keys, 204, b""), now_s=NOW_S)
    assert answer.verdict is Verdict.REVERSED


def test_a_merchant_code_comes_back_to_be_shown(wire: WechatWire, wechat_keys: Keys) -> None:
    url = "weixin://wxpay/bizpayurl?pr=8YuKzWs"
    good, bad = replies.CodeUrl(url).body(), replies.CodeUrl("https://example.com/").body()
    answer = wire.answer(Operation.SHOW, ORDER, _platform(wechat_keys, 200, good), now_s=NOW_S)
    assert (answer.verdict, answer.shown_code) == (Verdict.PENDING, url)
    answer = wire.answer(Operation.SHOW, ORDER, _platform(wechat_keys, 200, bad), now_s=NOW_S)
    assert (answer.verdict, answer.reason) == (Verdict.UNKNOWN, Reason.BAD_REPLY)


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        ({}, Verdict.APPROVED, Reason.NONE),
        ({"status": "PROCESSING"}, Verdict.PENDING, Reason.NONE),
        ({"status": "ABNORMAL"}, Verdict.UNKNOWN, Reason.OTHER),
        ({"refund": 235}, Verdict.UNKNOWN, Reason.MISMATCH),
        ({"out_refund_no": "R0002"}, Verdict.UNKNOWN, Reason.MISMATCH),
        ({"out_trade_no": "POS0100002"}, Verdict.UNKNOWN, Reason.MISMATCH),
    ],
)
def test_a_refund_is_believed_for_its_own_number_and_amount(
    wire: WechatWire, wechat_keys: Keys, change: dict[str, Any], verdict: Verdict, reason: Reason
) -> None:
    state = replies.RefundState(
        status="SUCCESS",
        refund_id="50300000002026112300000000001",
        out_refund_no="R0001",
        transaction_id="42",
        out_trade_no="POS0100001",
        refund=234,
        total=1234,
        currency="CNY",
        create_time="2026-11-23T10:13:20+08:00",
    )
    reply = _platform(wechat_keys, 200, replace(state, **change).body())
    answer = wire.answer(Operation.REFUND, REFUND, reply, now_s=NOW_S)
    assert (answer.verdict, answer.reason) == (verdict, reason)


@given(st.integers(100, 599), st.binary(max_size=200), st.sampled_from(Operation), st.booleans())
def test_no_bytes_make_the_till_stumble_or_believe(
    wechat_keys: Keys,
    wechat_credentials: Credentials,
    status: int,
    body: bytes,
    operation: Operation,
    signed: bool,
) -> None:
    wire = WechatWire(wechat_credentials)
    about = REFUND if operation in (Operation.REFUND, Operation.REFUND_QUERY) else ORDER
    reply = _platform(wechat_keys, status, body) if signed else Reply(status, {"wechatpay-signature": "x"}, body)
    answer = wire.answer(operation, about, reply, now_s=NOW_S)
    assert answer.verdict is not Verdict.APPROVED
    assert answer.verdict is not Verdict.DECLINED


# --- keys ------------------------------------------------------------------------------------------------


def test_credentials_keep_their_secrets_to_themselves(wechat_keys: Keys) -> None:
    credentials = wechat_keys.credentials()
    assert credentials.apiv3_key.decode() not in repr(credentials)
    assert "key" not in repr(credentials)
    assert credentials.preferred_key == wechat_keys.public_key_id


def _from_files(keys: Keys, **changes: Any) -> Credentials:
    files = keys.files
    paths = {
        "private_key": files.merchant_key,
        "certificate": files.merchant_certificate,
        "apiv3_key": files.apiv3_key,
        "public_keys": {},
        "platform_certificates": [files.platform_certificate],
    }
    return Credentials.from_files(keys.own, **(paths | changes))


def test_a_certificate_is_enough_to_believe_replies(wechat_keys: Keys) -> None:
    credentials = _from_files(wechat_keys)
    assert list(credentials.platform_keys) == [wechat_keys.platform_serial]
    assert credentials.preferred_key == ""
    request = WechatWire(credentials).request(Operation.QUERY, ORDER, now_s=NOW_S, nonce="A")
    assert "Wechatpay-Serial" not in request.headers


def test_credentials_that_cannot_work_are_refused_at_the_start(wechat_keys: Keys, tmp_path: Path) -> None:
    short = tmp_path / "apiv3_key.txt"
    short.write_text("0123456789")
    short.chmod(0o600)
    with pytest.raises(ConfigError, match="32 characters, not 10"):
        _from_files(wechat_keys, apiv3_key=short)
    with pytest.raises(ConfigError, match="no reply can be believed"):
        _from_files(wechat_keys, platform_certificates=[])


def test_platform_certificates_open_with_the_apiv3_key_alone(wechat_keys: Keys) -> None:
    sent = replies.PlatformCertificates({wechat_keys.platform_serial: wechat_keys.platform_certificate})
    body = sent.body(wechat_keys.apiv3_key, "fdasflkja484")
    keys = replies.platform_keys(body, wechat_keys.apiv3_key)
    assert keys[wechat_keys.platform_serial].public_numbers() == wechat_keys.platform_key.public_key().public_numbers()
    with pytest.raises(Malformed, match="APIv3 key"):
        replies.platform_keys(body, b"0" * 32)


def test_wechat_is_listed_with_the_documented_times() -> None:
    (scheme,) = [scheme for scheme in SCHEMES if scheme.key == "wechat"]
    procedure = scheme.procedure
    assert (procedure.first_query_s, procedure.give_up_s, procedure.reverse_not_before_s) == (5, 45, 15)
    assert procedure.reverse_window_s == 7 * 86400
    assert not procedure.decline_is_final
