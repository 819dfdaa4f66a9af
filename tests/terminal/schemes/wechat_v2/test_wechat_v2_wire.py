"""What the till asks WeChat Pay v2, as literal bytes, and what it believes of what comes back."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.errors import ConfigError
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import CURRENCIES, Money
from terminal.scheme import Hears, Operation, Reply, Request, Till
from terminal.schemes import flat_xml, wechat_v2
from terminal.schemes.fields import Fields, Malformed
from terminal.schemes.flat_xml import SignType
from terminal.schemes.wechat_v2 import calls, replies
from terminal.schemes.wechat_v2.credentials import Credentials, Merchant
from terminal.schemes.wechat_v2.wire import OPERATIONS, PATHS, Signing, WechatV2Wire, pack

KEY = "192006250b4c09247ec02edce69f6a2d"  # of the signing page
MERCHANT = Merchant("10000100", "wxd930ea5d5a258f4f")
NOW_S = 1_795_400_000  # 2026-11-23T10:13:20+08:00
ORDER = Order("POS0100001", "S1", Money(1234), PaymentCode("wechat", "134567890123456789"), description="牛奶")
REFUND = Refund("R0001", ORDER, Money(234), "spilt")
TRANSACTION_ID = "4200202611230000000000000001"


def _wire(kind: SignType = SignType.MD5, merchant: Merchant = MERCHANT) -> WechatV2Wire:
    credentials = Credentials(merchant, KEY, kind)
    return WechatV2Wire(credentials, device="POS01", ip="127.0.0.1", notify_url="https://till.invalid/notify")


def _reply(kind: SignType = SignType.MD5, key: str = KEY, **said: str) -> Reply:
    fields = {"return_code": "SUCCESS", "appid": MERCHANT.appid, "mch_id": MERCHANT.mch_id, "nonce_str": "N"}
    return Reply(200, {}, pack({**fields, "result_code": "SUCCESS", **said}, key, kind))


def _paid(**changes: str) -> dict[str, str]:
    said = {"out_trade_no": ORDER.order_id, "transaction_id": TRANSACTION_ID, "total_fee": "1234", "fee_type": "CNY"}
    return {**said, "openid": "oX", "trade_type": "MICROPAY", "bank_type": "OTHERS", **changes}


def _answer(operation: Operation, reply: Reply, order: Order | Refund = ORDER) -> Answer:
    return _wire().answer(operation, order, reply, now_s=NOW_S)


# --- asking ----------------------------------------------------------------------------------------------

# The signatures were made by another implementation (`wechatpy.pay.utils.calculate_signature`).
COMMON = (
    "<xml><appid>wxd930ea5d5a258f4f</appid><mch_id>10000100</mch_id><nonce_str>ABC</nonce_str>"
    "<sign_type>MD5</sign_type>"
)
NAMED = "<out_trade_no>POS0100001</out_trade_no><sign>6F64EE5F179079BC072871A9E72BFFCA</sign></xml>"


@pytest.mark.parametrize(
    ("operation", "path", "body"),
    [
        (
            Operation.PAY,
            "/pay/micropay",
            "<body>牛奶</body><out_trade_no>POS0100001</out_trade_no><auth_code>134567890123456789</auth_code>"
            "<total_fee>1234</total_fee><fee_type>CNY</fee_type><spbill_create_ip>127.0.0.1</spbill_create_ip>"
            "<device_info>POS01</device_info><sign>A4B549BFAD24EC7F3EFA738837FF9FED</sign></xml>",
        ),
        (
            Operation.SHOW,
            "/pay/unifiedorder",
            "<body>牛奶</body><out_trade_no>POS0100001</out_trade_no><total_fee>1234</total_fee><fee_type>CNY</fee_type>"
            "<spbill_create_ip>127.0.0.1</spbill_create_ip><notify_url>https://till.invalid/notify</notify_url>"
            "<trade_type>NATIVE</trade_type><product_id>POS0100001</product_id><time_expire>20261123101820</time_expire>"
            "<device_info>POS01</device_info><sign>7BDFF69B0F71F306C7052493A714C24D</sign></xml>",
        ),
        (Operation.QUERY, "/pay/orderquery", NAMED),
        (Operation.REVERSE, "/secapi/pay/reverse", NAMED),
        (Operation.CLOSE, "/pay/closeorder", NAMED),
    ],
)
def test_every_question_has_its_path_and_body(operation: Operation, path: str, body: str) -> None:
    request = _wire().request(operation, ORDER, now_s=NOW_S, nonce="ABC")
    assert (request.method, request.path) == ("POST", path)
    assert request.body.decode() == COMMON + body
    assert OPERATIONS[request.path] is operation


@pytest.mark.parametrize(
    ("operation", "path", "body"),
    [
        (
            Operation.REFUND,
            "/secapi/pay/refund",
            "<out_trade_no>POS0100001</out_trade_no><out_refund_no>R0001</out_refund_no><total_fee>1234</total_fee>"
            "<refund_fee>234</refund_fee><refund_fee_type>CNY</refund_fee_type><refund_desc>spilt</refund_desc>"
            "<sign>302CB6FEA5C4528574EEB4A2B33920A8</sign></xml>",
        ),
        (
            Operation.REFUND_QUERY,
            "/pay/refundquery",
            "<out_refund_no>R0001</out_refund_no><sign>65FE8DB55C15AAE698070835EC7C2761</sign></xml>",
        ),
    ],
)
def test_a_refund_is_asked_for_and_asked_about(operation: Operation, path: str, body: str) -> None:
    request = _wire().refund_request(operation, REFUND, now_s=NOW_S, nonce="ABC")
    assert (request.method, request.path, request.body.decode()) == ("POST", path, COMMON + body)


@pytest.mark.parametrize("kind", SignType)
def test_a_host_reads_what_the_till_writes(kind: SignType) -> None:
    awkward = replace(ORDER, description=" 牛\x00奶 <5°> & \r\n" + "x" * 200)
    request = _wire(kind).request(Operation.PAY, awkward, now_s=NOW_S, nonce="ABC")
    signing = Signing.read(request.body)
    assert (signing.kind, signing.is_by(KEY), signing.is_by(KEY[::-1])) == (kind, True, False)
    fields = Fields(signing.fields)
    assert Merchant.read(fields) == MERCHANT
    ask = calls.MicroPay.read(fields)
    assert (ask.out_trade_no, ask.total_fee, ask.fee_type) == ("POS0100001", 1234, "CNY")
    assert ask.body.startswith("牛奶 <5°> & \r\nxxx")
    assert "134567890123456789" not in repr(ask)


def test_a_service_provider_names_whom_it_asks_for() -> None:
    merchant = Merchant("10000100", "wxd930ea5d5a258f4f", "1900000109", "wxd678efh567hg6999")
    request = _wire(merchant=merchant).request(Operation.QUERY, ORDER, now_s=NOW_S, nonce="ABC")
    assert b"<sub_appid>wxd678efh567hg6999</sub_appid><sub_mch_id>1900000109</sub_mch_id>" in request.body
    assert Merchant.read(Fields(flat_xml.read(request.body))) == merchant


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"out_trade_no": "short"}, "out_trade_no"),
        ({"out_trade_no": "../../secapi"}, "out_trade_no"),
        ({"total_fee": "0"}, "total_fee"),
        ({"total_fee": "12.34"}, "total_fee"),
        ({"total_fee": "１２"}, "total_fee"),
        ({"total_fee": "9" * 400}, "total_fee"),
        ({"auth_code": ""}, "auth_code"),
        ({"spbill_create_ip": ""}, "spbill_create_ip"),
    ],
)
def test_a_host_is_told_which_field_is_wrong(change: dict[str, str], field: str) -> None:
    request = _wire().request(Operation.PAY, ORDER, now_s=NOW_S, nonce="ABC")
    with pytest.raises(Malformed) as caught:
        calls.MicroPay.read(Fields({**flat_xml.read(request.body), **change}))
    assert caught.value.field == field


def test_an_unheard_of_way_to_sign_is_malformed() -> None:
    with pytest.raises(Malformed, match="sign_type must be MD5 or HMAC-SHA256"):
        Signing.read(b"<xml><sign_type>SHA1</sign_type></xml>")
    assert Signing.read(b"<xml><a>1</a></xml>").kind is SignType.MD5


# --- believing -------------------------------------------------------------------------------------------


def test_a_paid_order_is_approved() -> None:
    reply = _reply(**_paid())
    assert _answer(Operation.PAY, reply) == Answer(Verdict.APPROVED, said="SUCCESS", transaction_id=TRANSACTION_ID)
    queried = _reply(**_paid(trade_state="SUCCESS"))
    assert _answer(Operation.QUERY, queried).verdict is Verdict.APPROVED


@pytest.mark.parametrize("kind", SignType)
def test_a_reply_is_signed_in_the_way_of_the_request(kind: SignType) -> None:
    other = next(one for one in SignType if one is not kind)
    order_answer = _wire(kind).answer
    assert order_answer(Operation.PAY, ORDER, _reply(kind, **_paid()), now_s=NOW_S).verdict is Verdict.APPROVED
    answer = order_answer(Operation.PAY, ORDER, _reply(other, **_paid()), now_s=NOW_S)
    assert (answer.verdict, answer.reason) == (Verdict.UNKNOWN, Reason.BAD_SIGNATURE)


@pytest.mark.parametrize(
    "changes",
    [
        {"out_trade_no": "POS0100002"},
        {"out_trade_no": ""},
        {"total_fee": "1233"},
        {"total_fee": ""},
        {"fee_type": "HKD"},
        {"mch_id": "10000101"},
        {"appid": "wx0"},
        {"sub_mch_id": "1900000109"},
    ],
)
@pytest.mark.parametrize("operation", [Operation.PAY, Operation.QUERY])
def test_a_success_that_speaks_of_something_else_is_unknown(operation: Operation, changes: dict[str, str]) -> None:
    answer = _answer(operation, _reply(**{**_paid(trade_state="SUCCESS"), **changes}))
    assert (answer.verdict, answer.reason) == (Verdict.UNKNOWN, Reason.MISMATCH)


@pytest.mark.parametrize("state", ["NOTPAY", "USERPAYING", "ACCEPT"])
def test_an_unpaid_order_says_little_and_is_waited_for(state: str) -> None:
    answer = _answer(Operation.QUERY, _reply(out_trade_no=ORDER.order_id, trade_state=state))
    assert answer == Answer(Verdict.PENDING, said=state)


@pytest.mark.parametrize(
    ("state", "verdict"),
    [("PAYERROR", Verdict.DECLINED), ("CLOSED", Verdict.DECLINED), ("REVOKED", Verdict.REVERSED)],
)
def test_an_ended_order_must_be_ours(state: str, verdict: Verdict) -> None:
    ours, whose = _reply(out_trade_no=ORDER.order_id, trade_state=state), _reply(trade_state=state)
    assert _answer(Operation.QUERY, ours).verdict is verdict
    assert _answer(Operation.QUERY, whose).reason is Reason.MISMATCH


def test_a_query_without_a_state_says_nothing() -> None:
    answer = _answer(Operation.QUERY, _reply(**_paid()))
    assert (answer.verdict, answer.reason) == (Verdict.UNKNOWN, Reason.BAD_REPLY)


def test_any_flipped_byte_spoils_a_reply() -> None:
    reply = _reply(**_paid())
    for place in range(0, len(reply.body), 7):
        flipped = bytes([*reply.body[:place], reply.body[place] ^ 1, *reply.body[place + 1 :]])
        answer = _answer(Operation.PAY, Reply(200, {}, flipped))
        assert answer.verdict is Verdict.UNKNOWN, flipped


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500, {}, _reply(**_paid()).body),
        Reply(404, {}, b""),
        Reply(200, {}, b""),
        Reply(200, {}, b"<html>502</html>"),
        Reply(200, {}, b"<xml></xml>"),
        Reply(200, {}, b"<xml><return_code>FAIL</return_code><return_msg>busy</return_msg></xml>"),
        _reply(key=KEY[::-1], **_paid()),
        _reply(result_code="FAIL"),
        _reply(result_code="FAIL", err_code="<b>"),
    ],
)
@pytest.mark.parametrize("operation", PATHS)
def test_what_cannot_be_read_or_believed_is_unknown(operation: Operation, reply: Reply) -> None:
    order = REFUND if operation in (Operation.REFUND, Operation.REFUND_QUERY) else ORDER
    assert _answer(operation, reply, order).verdict is Verdict.UNKNOWN


def test_a_wrong_key_is_told_on_the_first_charge_and_ends_nothing_else() -> None:
    turned_away = Reply(200, {}, "<xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>".encode())
    for operation in (Operation.PAY, Operation.SHOW):
        assert _answer(operation, turned_away) == Answer(Verdict.DECLINED, Reason.CONFIGURATION, "SIGNERROR")
    for operation in (Operation.QUERY, Operation.REVERSE, Operation.CLOSE):
        assert _answer(operation, turned_away).verdict is Verdict.UNKNOWN


def test_a_refusal_has_its_code() -> None:
    refused = _reply(result_code="FAIL", err_code="NOTENOUGH", err_code_des="余额不足")
    assert _answer(Operation.PAY, refused) == Answer(Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS, "NOTENOUGH")
    waiting = _reply(result_code="FAIL", err_code="USERPAYING")
    assert _answer(Operation.PAY, waiting) == Answer(Verdict.PENDING, said="USERPAYING")


# --- undoing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("result", ["SUCCESS", "FAIL"])
def test_a_reversal_is_called_again_as_long_as_it_says_so(result: str) -> None:
    again = _reply(result_code=result, err_code="SYSTEMERROR", recall="Y")
    assert _answer(Operation.REVERSE, again) == Answer(Verdict.UNKNOWN, Reason.OTHER, "recall=Y", again=True)
    assert _answer(Operation.REVERSE, _reply(recall="N")) == Answer(Verdict.REVERSED, said="SUCCESS")


def test_an_order_that_is_paid_cannot_be_closed() -> None:
    paid = _reply(result_code="FAIL", err_code="ORDERPAID")
    assert _answer(Operation.CLOSE, paid) == Answer(Verdict.APPROVED, said="ORDERPAID")
    assert _answer(Operation.CLOSE, _reply()) == Answer(Verdict.REVERSED, said="SUCCESS")


# --- showing ---------------------------------------------------------------------------------------------


def test_a_code_to_show_is_of_the_known_form() -> None:
    shown = _reply(prepay_id="wx2", code_url="weixin://wxpay/bizpayurl?pr=abc")
    expected = Answer(Verdict.PENDING, said="NOTPAY", shown_code="weixin://wxpay/bizpayurl?pr=abc")
    assert _answer(Operation.SHOW, shown) == expected
    assert _answer(Operation.SHOW, _reply(code_url="http://evil.invalid/")).reason is Reason.BAD_REPLY


# --- giving back -----------------------------------------------------------------------------------------


def _accepted(**changes: str) -> Reply:
    accepted = replies.Accepted("POS0100001", TRANSACTION_ID, "R0001", "503", 234, 1234)
    return _reply(**{**accepted.fields(), **changes})


def _refunds(*states: replies.RefundState, order_no: str = "POS0100001") -> Reply:
    return _reply(**replies.Refunds(order_no, TRANSACTION_ID, 1234, states).fields())


def test_a_refund_that_was_accepted_is_asked_about() -> None:
    accepted = Answer(Verdict.PENDING, said="ACCEPTED", transaction_id="503")
    assert _answer(Operation.REFUND, _accepted(), REFUND) == accepted
    assert _answer(Operation.REFUND, _accepted(refund_fee="1"), REFUND).reason is Reason.MISMATCH


def test_our_refund_is_found_among_those_of_the_order() -> None:
    other, ours = (replies.RefundState(number, "503", 234, "SUCCESS") for number in ("R0000", "R0001"))
    assert _answer(Operation.REFUND_QUERY, _refunds(other, ours), REFUND).verdict is Verdict.APPROVED
    assert _answer(Operation.REFUND_QUERY, _refunds(other), REFUND).reason is Reason.MISMATCH
    assert _answer(Operation.REFUND_QUERY, _refunds(ours, order_no="POS0100002"), REFUND).reason is Reason.MISMATCH
    more = replace(ours, refund_fee=235)
    assert _answer(Operation.REFUND_QUERY, _refunds(more), REFUND).reason is Reason.MISMATCH


@given(st.integers(min_value=0, max_value=10**15))
def test_a_count_of_refunds_is_bounded(count: int) -> None:
    said = {**replies.Refunds("POS0100001", TRANSACTION_ID, 1234, ()).fields(), "refund_count": str(count)}
    if count:
        with pytest.raises(Malformed):
            replies.Refunds.read(Fields(said))
    else:
        assert replies.Refunds.read(Fields(said)).refunds == ()


# --- being told ------------------------------------------------------------------------------------------


def _notice(body: bytes) -> Request:
    return Request("POST", "/notify/wechat_v2", {}, body)


def test_a_notice_names_the_order_to_ask_about() -> None:
    wire = _wire()
    assert isinstance(wire, Hears)
    heard = wire.notified(_notice(_reply(**_paid()).body), now_s=NOW_S)
    assert (heard.order_id, heard.paid, heard.may_be_static) == ("POS0100001", Money(1234), False)
    assert heard.reply.body == b"<xml><return_code>SUCCESS</return_code><return_msg>OK</return_msg></xml>"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml></xml>",
        _reply(key=KEY[::-1], **_paid()).body,
        _reply(**_paid(mch_id="10000101")).body,
        _reply(**_paid(out_trade_no="")).body,
        _reply(**_paid(return_code="FAIL")).body,
    ],
)
def test_a_notice_of_nobody_we_know_is_refused(body: bytes) -> None:
    heard = _wire().notified(_notice(body), now_s=NOW_S)
    assert heard.order_id == ""
    assert flat_xml.read(heard.reply.body)["return_code"] == "FAIL"


# --- foreign bytes ---------------------------------------------------------------------------------------

TEXTS = st.text(max_size=30) | st.sampled_from(["SUCCESS", "FAIL", "Y", "1", "NOTENOUGH", ORDER.order_id])
NAMES = st.sampled_from(
    ["return_code", "result_code", "err_code", "trade_state", "out_trade_no", "total_fee", "recall", "refund_count"]
)


@given(operation=st.sampled_from(list(PATHS)), said=st.dictionaries(NAMES, TEXTS))
def test_any_signed_reply_has_an_answer(operation: Operation, said: dict[str, str]) -> None:
    order = REFUND if operation in (Operation.REFUND, Operation.REFUND_QUERY) else ORDER
    assert isinstance(_answer(operation, _reply(**said), order), Answer)


@given(body=st.binary(max_size=300))
def test_any_bytes_have_an_answer_that_decides_nothing(body: bytes) -> None:
    assert _answer(Operation.QUERY, Reply(200, {}, body)).verdict is Verdict.UNKNOWN
    assert _wire().notified(_notice(body), now_s=NOW_S).order_id == ""


@given(body=st.dictionaries(st.sampled_from([*calls.MicroPay.__slots__, "trade_type", "bill_date"]), TEXTS))
@pytest.mark.parametrize(
    "message", [calls.MicroPay, calls.UnifiedOrder, calls.Named, calls.AskRefund, calls.AskRefunds, calls.AskBill]
)
def test_any_fields_are_a_message_or_malformed(message: type[calls.Named], body: dict[str, str]) -> None:
    try:
        asked = message.read(Fields(body))
    except Malformed:
        return
    assert message.read(Fields(asked.fields())) == asked


# --- settings --------------------------------------------------------------------------------------------


def test_a_contract_is_connected_by_its_settings(tmp_path: Path) -> None:
    key = tmp_path / "api_key.txt"
    key.write_text(KEY + "\n")
    key.chmod(0o600)
    settings = wechat_v2.SCHEME.settings(mch_id="10000100", appid="wxd930ea5d5a258f4f", api_key=key)
    wire = wechat_v2.SCHEME.connect(settings, Till("POS01", "https://till.invalid/notify"))
    request = wire.request(Operation.PAY, ORDER, now_s=NOW_S, nonce="ABC")
    assert flat_xml.is_signed(flat_xml.read(request.body), KEY, SignType.HMAC_SHA256)
    assert wechat_v2.SCHEME.takes == ("wechat",)


@pytest.mark.parametrize("text", ["", "short", "钥" * 32, KEY + "0"])
def test_a_key_of_another_length_is_named(tmp_path: Path, text: str) -> None:
    key = tmp_path / "api_key.txt"
    key.write_text(text)
    key.chmod(0o600)
    with pytest.raises(ConfigError, match="an API key"):
        Credentials.from_files(MERCHANT, key, SignType.MD5)


def test_the_key_stays_out_of_repr() -> None:
    assert KEY not in repr(Credentials(MERCHANT, KEY))


def test_another_currency_is_asked_for_as_it_is() -> None:
    order = replace(ORDER, money=Money(500, CURRENCIES["HKD"]))
    assert b"<fee_type>HKD</fee_type>" in _wire().request(Operation.PAY, order, now_s=NOW_S, nonce="A").body
    assert _answer(Operation.PAY, _reply(**_paid(total_fee="500", fee_type="HKD")), order).verdict is Verdict.APPROVED
