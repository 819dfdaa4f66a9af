"""What the till asks of the aggregated front end, as literal fields, and what it believes of what comes back."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.errors import ConfigError
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import CURRENCIES, Money
from terminal.scheme import Hears, Operation, Reply, Request, Till
from terminal.schemes import flat_xml
from terminal.schemes.fields import Malformed
from terminal.schemes.qra import SCHEME
from terminal.schemes.qra.calls import Ask, Service
from terminal.schemes.qra.credentials import Credentials
from terminal.schemes.qra.replies import Said
from terminal.schemes.qra.settings import Settings
from terminal.schemes.qra.wire import QraWire

KEY = "11f4aca52cf400263fdd8faf7a69e007"
MCH_ID = "QRA290454114PAE"
BEGUN_S = 1_795_400_000  # 2026-11-23T10:13:20+08:00
CODE = "6225735053201615202"
ORDER = Order(
    "POS0100001", "S1", Money(1234), PaymentCode("unionpay", CODE), description="牛奶 & more", begun_s=BEGUN_S
)
SHOWN = Order("POS0100002", "S2", Money(1234), shown=True, begun_s=BEGUN_S)
REFUND = Refund("R0000001", ORDER, Money(234))

# A refusal of the real front end, as yansongda/pay's tests recorded it (MIT). Its key is not ours to know.
REAL_REPLY = (
    "<xml><charset><![CDATA[UTF-8]]></charset> <code><![CDATA[9999999]]></code> "
    "<err_code><![CDATA[NOAUTH]]></err_code> "
    "<err_msg><![CDATA[此商家涉嫌违规，收款功能已被限制，暂无法支付。商家可以登录微信商户平台/微信支付商家助手小程序"
    "查看原因和解决方案。]]></err_msg> <mch_id><![CDATA[QRA29045311KKR1]]></mch_id> "
    "<need_query><![CDATA[N]]></need_query> "
    "<nonce_str><![CDATA[UhxOr4kzerPGku9wCaVQyfd1zisoAnAm]]></nonce_str> <result_code><![CDATA[1]]></result_code> "
    "<sign><![CDATA[4B9B2AA73A05CBC32CFDCB4456E12EBA]]></sign> <sign_type><![CDATA[MD5]]></sign_type> "
    "<status><![CDATA[0]]></status> <transaction_id><![CDATA[95516000379952690603566602920171]]></transaction_id> "
    "<version><![CDATA[2.0]]></version></xml>"
).encode()


@pytest.fixture(scope="module")
def wire() -> QraWire:
    credentials = Credentials(MCH_ID, KEY)
    return QraWire(credentials, address="192.0.2.7", terminal_id="POS01", notify_url="http://127.0.0.1/notify")


def _asked(request: Request) -> dict[str, str]:
    fields = flat_xml.read(request.body)
    assert flat_xml.is_signed(fields, KEY)
    return {name: text for name, text in fields.items() if name != "sign"}


def _reply(**fields: str) -> Reply:
    said = {"status": "0", "result_code": "0", "mch_id": MCH_ID, "nonce_str": "n"} | fields
    kept = {name: text for name, text in said.items() if text}
    return Reply(200, {}, flat_xml.write(flat_xml.signed(kept, KEY)))


PAID = {
    "pay_result": "0",
    "trade_type": "pay.unionpay.micropay",
    "out_trade_no": ORDER.order_id,
    "transaction_id": "95516000000000000000000000000001",
    "total_fee": "1234",
    "fee_type": "CNY",
}


def _answer(wire: QraWire, operation: Operation, reply: Reply, about: Order | Refund = ORDER) -> Answer:
    return wire.answer(operation, about, reply, now_s=BEGUN_S + 5)


def _verdict(answer: Answer) -> tuple[Verdict, Reason]:
    return answer.verdict, answer.reason


# --- signing ---------------------------------------------------------------------------------------------


def test_the_signature_of_the_worked_example() -> None:
    fields = {
        "auth_code": CODE,
        "mch_id": MCH_ID,
        "nonce_str": "abc123",
        "out_trade_no": "T1",
        "service": "unified.trade.micropay",
        "sign_type": "MD5",
        "total_fee": "100",
    }
    assert flat_xml.signature(fields, KEY) == "9666FBC4F39A5DFB36D2403C22C0BE8F"


def test_the_real_front_ends_refusal_is_read() -> None:
    said = Said.parse(flat_xml.read(REAL_REPLY))
    assert (said.status, said.result_code, said.err_code, said.need_query) == ("0", "1", "NOAUTH", "N")
    assert said.transaction_id == "95516000379952690603566602920171"


def test_the_real_refusal_under_our_key_is_a_refusal(wire: QraWire) -> None:
    fields = flat_xml.read(REAL_REPLY) | {"mch_id": MCH_ID}
    signed = flat_xml.signed({name: text for name, text in fields.items() if name != "sign"}, KEY)
    answer = _answer(wire, Operation.PAY, Reply(200, {}, flat_xml.write(signed)))
    assert (*_verdict(answer), answer.said) == (Verdict.DECLINED, Reason.NOT_ALLOWED, "NOAUTH")
    assert _verdict(_answer(wire, Operation.PAY, Reply(200, {}, REAL_REPLY)))[1] is Reason.BAD_SIGNATURE


# --- asking ----------------------------------------------------------------------------------------------

COMMON = {"version": "2.0", "charset": "UTF-8", "sign_type": "MD5", "mch_id": MCH_ID, "nonce_str": "N1"}
SALE = {"total_fee": "1234", "mch_create_ip": "192.0.2.7", "device_info": "POS01"}


@pytest.mark.parametrize(
    ("operation", "order", "fields"),
    [
        (
            Operation.PAY,
            ORDER,
            SALE
            | {
                "service": "unified.trade.micropay",
                "out_trade_no": "POS0100001",
                "body": "牛奶 & more",
                "auth_code": CODE,
            },
        ),
        (
            Operation.SHOW,
            SHOWN,
            SALE
            | {
                "service": "unified.trade.native",
                "out_trade_no": "POS0100002",
                "body": "Sale",
                "notify_url": "http://127.0.0.1/notify",
                "time_start": "20261123101321",
                "time_expire": "20261123101520",
            },
        ),
        (Operation.QUERY, ORDER, {"service": "unified.trade.query", "out_trade_no": "POS0100001"}),
        (Operation.REVERSE, ORDER, {"service": "unified.micropay.reverse", "out_trade_no": "POS0100001"}),
        (Operation.CLOSE, SHOWN, {"service": "unified.trade.close", "out_trade_no": "POS0100002"}),
    ],
)
def test_every_question_has_its_service_and_fields(
    wire: QraWire, operation: Operation, order: Order, fields: dict[str, str]
) -> None:
    request = wire.request(operation, order, now_s=BEGUN_S + 1, nonce="N1")
    assert (request.method, request.path) == ("POST", "/pay/gateway")
    assert _asked(request) == COMMON | fields
    assert Ask.parse(_asked(request)).fields() == _asked(request)


def test_a_refund_and_the_question_about_it(wire: QraWire) -> None:
    request = wire.refund_request(Operation.REFUND, REFUND, now_s=BEGUN_S, nonce="N1")
    named = {"out_trade_no": "POS0100001", "out_refund_no": "R0000001"}
    assert _asked(request) == COMMON | named | {
        "service": "unified.trade.refund",
        "total_fee": "1234",
        "refund_fee": "234",
        "op_user_id": MCH_ID,
    }
    request = wire.refund_request(Operation.REFUND_QUERY, REFUND, now_s=BEGUN_S, nonce="N1")
    assert _asked(request) == COMMON | named | {"service": "unified.trade.refundquery"}


def test_what_xml_cannot_hold_is_left_out_of_a_description(wire: QraWire) -> None:
    order = replace(ORDER, description="milk\x00\x1b[2J" + "x" * 200)
    assert _asked(wire.request(Operation.PAY, order, now_s=BEGUN_S, nonce="N1"))["body"].startswith("milk[2Jxx")


# --- believing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trade_type", "payer"),
    [
        ("pay.weixin.micropay", "微信支付"),
        ("pay.alipay.micropay", "支付宝"),
        ("pay.unionpay.micropay", "云闪付"),
        ("pay.unionpay.proxy.micropay", "云闪付"),
        ("pay.bestpay.micropay", ""),
        ("", ""),
    ],
)
def test_a_success_says_who_paid(wire: QraWire, trade_type: str, payer: str) -> None:
    answer = _answer(wire, Operation.PAY, _reply(**PAID | {"trade_type": trade_type}))
    assert answer == Answer(Verdict.APPROVED, Reason.NONE, "pay_result 0", PAID["transaction_id"], payer=payer)


@pytest.mark.parametrize(
    "changes",
    [
        {"out_trade_no": "POS0100009"},
        {"out_trade_no": ""},
        {"total_fee": "1235"},
        {"total_fee": ""},
        {"fee_type": "HKD"},
        {"mch_id": "QRA000000000000"},
        {"mch_id": ""},
    ],
)
def test_a_success_that_is_not_of_this_order_is_a_mismatch(wire: QraWire, changes: Mapping[str, str]) -> None:
    paid_now = _answer(wire, Operation.PAY, _reply(**PAID | changes))
    paid_then = _answer(wire, Operation.QUERY, _reply(**PAID | {"trade_state": "SUCCESS"} | changes))
    assert _verdict(paid_now) == _verdict(paid_then) == (Verdict.UNKNOWN, Reason.MISMATCH)


def test_money_in_another_currency_than_the_interfaces_is_a_mismatch(wire: QraWire) -> None:
    order = replace(ORDER, money=Money(1234, CURRENCIES["HKD"]))
    assert _answer(wire, Operation.PAY, _reply(**PAID), order).reason is Reason.MISMATCH


@pytest.mark.parametrize("pay_result", ["", "1", "99"])
def test_well_is_not_paid(wire: QraWire, pay_result: str) -> None:
    assert _answer(wire, Operation.PAY, _reply(**PAID | {"pay_result": pay_result})).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("need_query", "verdict"), [("N", Verdict.DECLINED), ("Y", Verdict.UNKNOWN), ("", Verdict.UNKNOWN)]
)
def test_a_refusal_holds_only_where_no_query_is_needed(wire: QraWire, need_query: str, verdict: Verdict) -> None:
    reply = _reply(result_code="1", err_code="NOTENOUGH", need_query=need_query)
    assert _answer(wire, Operation.PAY, reply).verdict is verdict


def test_a_message_that_was_not_taken_is_unknown(wire: QraWire) -> None:
    answer = _answer(wire, Operation.PAY, _reply(status="400", message="nonsense", result_code=""))
    assert _verdict(answer) == (Verdict.UNKNOWN, Reason.CONFIGURATION)


def test_a_shown_code_comes_with_the_acceptance(wire: QraWire) -> None:
    url = "https://qr.95516.com/03095810/unifiedNative?mchNo=QRA1&token=0ed77a"
    reply = _reply(out_trade_no=SHOWN.order_id, code_url=url)
    answer = _answer(wire, Operation.SHOW, reply, SHOWN)
    assert answer == Answer(Verdict.PENDING, Reason.NONE, "NOTPAY", shown_code=url)
    for odd in ("", "weixin://wxpay/bizpayurl?pr=x\x0a", "http://evil.example/"):
        reply = _reply(out_trade_no=SHOWN.order_id, code_url=odd)
        answer = _answer(wire, Operation.SHOW, reply, SHOWN)
        assert (*_verdict(answer), answer.shown_code) == (Verdict.UNKNOWN, Reason.BAD_REPLY, "")


def test_an_order_that_was_paid_cannot_be_closed(wire: QraWire) -> None:
    reply = _reply(result_code="1", err_code="ORDERPAID", need_query="N")
    answer = _answer(wire, Operation.CLOSE, reply, SHOWN)
    assert (answer.verdict, answer.said) == (Verdict.APPROVED, "ORDERPAID")
    assert _answer(wire, Operation.CLOSE, _reply(), SHOWN).verdict is Verdict.REVERSED


def test_a_refund_is_believed_only_for_its_own_amount(wire: QraWire) -> None:
    taken = {"out_trade_no": ORDER.order_id, "out_refund_no": "R0000001", "refund_fee": "234", "refund_id": "9"}
    assert _answer(wire, Operation.REFUND, _reply(**taken), REFUND).verdict is Verdict.PENDING
    told = {"out_trade_no": ORDER.order_id, "out_refund_no_0": "R0000001", "refund_fee_0": "234"}
    told |= {"refund_status_0": "SUCCESS", "refund_id_0": "9"}
    assert _answer(wire, Operation.REFUND_QUERY, _reply(**told), REFUND).verdict is Verdict.APPROVED
    for changes in ({"refund_fee_0": "235"}, {"out_refund_no_0": "R0000002"}, {"out_trade_no": "POS0100009"}):
        answer = _answer(wire, Operation.REFUND_QUERY, _reply(**told | changes), REFUND)
        assert _verdict(answer) == (Verdict.UNKNOWN, Reason.MISMATCH)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(500, {}, b"<xml></xml>"), Reason.BAD_REPLY),
        (Reply(200, {}, b"<xml><status>0</status></xml>"), Reason.BAD_SIGNATURE),
        (Reply(200, {}, b"<xml><status>0</status><sign>x</sign></xml>"), Reason.BAD_SIGNATURE),
        (Reply(200, {}, b"<html>"), Reason.BAD_REPLY),
        (Reply(200, {}, b'<!DOCTYPE x [<!ENTITY a "b">]><xml><a>&a;</a></xml>'), Reason.BAD_REPLY),
    ],
)
def test_a_reply_of_nobodys_is_no_reply(wire: QraWire, reply: Reply, reason: Reason) -> None:
    for operation in Operation:
        about = REFUND if operation in (Operation.REFUND, Operation.REFUND_QUERY) else SHOWN
        assert _verdict(_answer(wire, operation, reply, about)) == (Verdict.UNKNOWN, reason)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.binary(max_size=300))
def test_any_bytes_are_answered_with_unknown(wire: QraWire, body: bytes) -> None:
    assert _answer(wire, Operation.PAY, Reply(200, {}, body)).verdict is Verdict.UNKNOWN
    assert wire.notified(Request("POST", "/notify", {}, body), now_s=BEGUN_S).order_id == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    changes=st.dictionaries(
        st.sampled_from(["status", "result_code", "pay_result", "total_fee", "out_trade_no", "err_code", "trade_type"]),
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(flat_xml.holdable),
    )
)
def test_a_signed_reply_of_odd_fields_never_approves_by_accident(wire: QraWire, changes: dict[str, str]) -> None:
    if _answer(wire, Operation.PAY, _reply(**PAID | changes)).verdict is Verdict.APPROVED:
        sound = {"status": "0", "result_code": "0"} | PAID
        assert all(changes[name] == sound[name] for name in changes.keys() & sound.keys() - {"trade_type"})


# --- being told ------------------------------------------------------------------------------------------


def test_a_notice_makes_the_till_ask(wire: QraWire) -> None:
    assert isinstance(wire, Hears)
    notified = wire.notified(Request("POST", "/n", {}, _reply(**PAID).body), now_s=BEGUN_S)
    assert (notified.order_id, notified.reply.body) == ("POS0100001", b"success")
    assert (notified.paid, notified.may_be_static) == (Money(1234), False)


def test_a_notice_for_somebody_else_is_not_heard(wire: QraWire) -> None:
    for body in (_reply(**PAID | {"mch_id": "QRA1"}).body, _reply(**PAID).body.replace(b"1234", b"1235")):
        notified = wire.notified(Request("POST", "/n", {}, body), now_s=BEGUN_S)
        assert (notified.order_id, notified.reply.body) == ("", b"fail")


# --- both ends -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "missing"),
    [
        (Service.MICROPAY, "auth_code"),
        (Service.MICROPAY, "total_fee"),
        (Service.NATIVE, "notify_url"),
        (Service.REFUND, "refund_fee"),
        (Service.QUERY, "out_trade_no"),
        (Service.REVERSE, "out_trade_no"),
    ],
)
def test_a_call_that_lacks_what_it_needs_is_named_by_the_field(service: Service, missing: str) -> None:
    whole = Ask(
        service,
        MCH_ID,
        "n",
        "POS0100001",
        body="b",
        total_fee="1",
        mch_create_ip="::1",
        auth_code=CODE,
        notify_url="http://x",
        out_refund_no="R0000001",
        refund_fee="1",
        op_user_id="u",
    )
    fields = {name: text for name, text in whole.fields().items() if name != missing}
    with pytest.raises(Malformed) as error:
        Ask.parse(fields)
    assert error.value.field == missing


def test_the_code_stays_out_of_what_is_printed(wire: QraWire) -> None:
    asked = _asked(wire.request(Operation.PAY, ORDER, now_s=BEGUN_S, nonce="N"))
    assert CODE not in repr(Ask.parse(asked))
    with pytest.raises(Malformed) as error:
        Ask.parse(asked | {"auth_code": CODE + "x"})
    assert CODE not in str(error.value)


# --- the contract ----------------------------------------------------------------------------------------


def test_a_contract_takes_three_wallets_codes(tmp_path: Path) -> None:
    key = tmp_path / "key.txt"
    key.write_text(KEY)
    key.chmod(0o600)
    made = SCHEME.connect(Settings(MCH_ID, key), Till("POS01", "http://127.0.0.1/n"))
    assert _asked(made.request(Operation.PAY, ORDER, now_s=BEGUN_S, nonce="N"))["mch_id"] == MCH_ID
    assert SCHEME.takes == ("wechat", "alipay", "unionpay")


def test_a_key_has_its_length_and_its_owner(tmp_path: Path) -> None:
    key = tmp_path / "key.txt"
    key.write_text(KEY)
    key.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        Credentials.from_files(MCH_ID, key=key)
    key.chmod(0o600)
    assert KEY not in repr(Credentials.from_files(MCH_ID, key=key))
    key.write_text("short")
    with pytest.raises(ConfigError, match="32"):
        Credentials.from_files(MCH_ID, key=key)
    with pytest.raises(ConfigError, match="mch_id"):
        Credentials.from_files("QRA-1", key=key)
