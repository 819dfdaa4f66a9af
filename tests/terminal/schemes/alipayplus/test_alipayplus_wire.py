"""What the till asks of Alipay+, byte by byte, and what it believes."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.hosts.alipayplus_keys import Keys
from terminal import crypto
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import CURRENCIES, Money
from terminal.scheme import Operation, Reply, Request
from terminal.schemes.alipayplus import SCHEME, outcomes, signing
from terminal.schemes.alipayplus.calls import AskRefund, Pay, Shop, Which
from terminal.schemes.alipayplus.codes import Amount
from terminal.schemes.alipayplus.credentials import Credentials
from terminal.schemes.alipayplus.wire import PATHS, AlipayPlusWire, read_call

NOW_S = 1_795_400_000  # 2026-11-23 10:13:20 in Beijing
CODE = "281003123456789012345678"
ORDER = Order("POS0100001", "S1", Money(599, CURRENCIES["HKD"]), PaymentCode("alipayplus", CODE), description="Milk")
REFUND = Refund("R0001", ORDER, Money(99, CURRENCIES["HKD"]), "spilt")
OPERATIONS = tuple(PATHS)
AMOUNT = {"currency": "HKD", "value": "599"}
OK = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "Success"}
PAID = {"result": OK, "paymentRequestId": "POS0100001", "paymentId": "2026112319401", "paymentAmount": AMOUNT}
REFUNDED = {
    "result": OK,
    "refundRequestId": "R0001",
    "refundId": "2026112319402",
    "refundAmount": {"currency": "HKD", "value": "99"},
}


@pytest.fixture(scope="module")
def credentials(alipayplus_keys: Keys) -> Credentials:
    return alipayplus_keys.credentials()


@pytest.fixture
def wire(credentials: Credentials) -> AlipayPlusWire:
    return AlipayPlusWire(
        credentials, Shop("M1", "Noodle House", "5812", "7", "Central", "POS01"), settlement_currency="USD"
    )


@pytest.fixture
def said(alipayplus_keys: Keys) -> Any:
    """A reply that the platform has signed."""

    def reply(operation: Operation, told: dict[str, Any], now_s: int = NOW_S) -> Reply:
        body = json.dumps({name: value for name, value in told.items() if value is not None}).encode()
        keys = alipayplus_keys
        return signing.signed_reply(keys.platform_key, keys.client_id, PATHS[operation], now_s, body)

    return reply


def _outcome(answer: Answer) -> tuple[Verdict, Reason]:
    return answer.verdict, answer.reason


def test_the_signed_text_is_path_client_time_and_body() -> None:
    text = signing.message("/aps/api/v1/payments/pay", "CLIENT", "2026-11-23T10:13:20+08:00", b'{"a":"1"}')
    assert text == b'POST /aps/api/v1/payments/pay\nCLIENT.2026-11-23T10:13:20+08:00.{"a":"1"}'


def test_a_charge_as_it_is_sent(wire: AlipayPlusWire, alipayplus_keys: Keys) -> None:
    request = wire.request(Operation.PAY, ORDER, now_s=NOW_S, nonce="")
    assert (request.method, request.path) == ("POST", "/aps/api/v1/payments/pay")
    assert request.body == (
        b'{"productCode":"IN_STORE_PAYMENT","paymentRequestId":"POS0100001","order":{"referenceOrderId":"POS0100001",'
        b'"orderDescription":"Milk","orderAmount":{"currency":"HKD","value":"599"},"merchant":{"referenceMerchantId":"M1",'
        b'"merchantName":"Noodle House","merchantMCC":"5812","store":{"referenceStoreId":"7","storeName":"Central",'
        b'"storeMCC":"5812"}},"env":{"storeTerminalId":"POS01","storeTerminalRequestTime":"2026-11-23T10:13:20+08:00"}},'
        b'"paymentAmount":{"currency":"HKD","value":"599"},"paymentMethod":{"paymentMethodType":'
        b'"CONNECT_WALLET","paymentMethodId":"281003123456789012345678"},"paymentFactor":{"isInStorePayment":"true",'
        b'"inStorePaymentScenario":"PaymentCode"},"paymentExpiryTime":"2026-11-23T10:16:20+08:00",'
        b'"settlementStrategy":{"settlementCurrency":"USD"}}'
    )
    assert request.headers["Request-Time"] == "2026-11-23T10:13:20+08:00"
    algorithm, version, signature = request.headers["Signature"].split(",", 2)
    assert (algorithm, version) == ("algorithm=RSA256", "keyVersion=1")
    signature = signature.removeprefix("signature=")
    assert not set(signature) & set("+/=")  # URL-encoded
    message = signing.message(request.path, alipayplus_keys.client_id, request.headers["Request-Time"], request.body)
    assert crypto.rsa_verifies(alipayplus_keys.client_key, message, unquote(signature))
    assert CODE not in f"{request.path} {request.headers}"


def test_every_other_question_names_its_order(wire: AlipayPlusWire) -> None:
    for operation, verb in ((Operation.QUERY, "inquiryPayment"), (Operation.REVERSE, "cancelPayment")):
        request = wire.request(operation, ORDER, now_s=NOW_S, nonce="")
        assert request.path == f"/aps/api/v1/payments/{verb}"
        assert request.body == b'{"paymentRequestId":"POS0100001"}'
    for operation in (Operation.REFUND, Operation.REFUND_QUERY):
        request = wire.refund_request(operation, REFUND, now_s=NOW_S, nonce="")
        assert request.path == "/aps/api/v1/payments/refund"
        assert request.body == (
            b'{"paymentRequestId":"POS0100001","refundRequestId":"R0001",'
            b'"refundAmount":{"currency":"HKD","value":"99"},"refundReason":"spilt"}'
        )


@pytest.mark.parametrize(
    "content",
    [
        Pay("T1", CODE, Amount("JPY", 1980), "Milk", expires="2026-11-23T10:16:20+08:00", settlement_currency="USD"),
        Which("T1"),
        Which("", "2026112319401"),
        AskRefund(Which("T1"), "R1", Amount("KWD", 1234)),
    ],
)
def test_a_host_reads_what_a_till_writes(content: Any) -> None:
    assert type(content).parse(content.body()) == content
    assert CODE not in repr(content)


@pytest.mark.parametrize("path", ["/aps/api/v1/payments/", "/aps/api/v1/payments/pay/x", "/v3/pay", "/gateway.do", ""])
def test_other_paths_are_no_calls(path: str) -> None:
    assert read_call(Request("POST", path, {})) is None
    assert read_call(Request("GET", "/aps/api/v1/payments/pay", {})) is None


# --- believing -------------------------------------------------------------------------------------------


def test_a_signed_success_for_what_was_asked_is_an_approval(wire: AlipayPlusWire, said: Any) -> None:
    expected = Answer(Verdict.APPROVED, said="SUCCESS", transaction_id="2026112319401")
    assert wire.answer(Operation.PAY, ORDER, said(Operation.PAY, PAID), now_s=NOW_S) == expected
    asked = said(Operation.QUERY, {**PAID, "paymentResult": OK})
    assert wire.answer(Operation.QUERY, ORDER, asked, now_s=NOW_S) == expected


@pytest.mark.parametrize("operation", [Operation.PAY, Operation.QUERY])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"paymentAmount": {"currency": "HKD", "value": "598"}}, Reason.MISMATCH),
        ({"paymentAmount": {"currency": "CNY", "value": "599"}}, Reason.MISMATCH),
        ({"paymentAmount": None}, Reason.MISMATCH),
        ({"paymentRequestId": "POS0100002"}, Reason.MISMATCH),
        ({"paymentRequestId": None}, Reason.MISMATCH),
        ({"paymentAmount": {"currency": "HKD", "value": "5.99"}}, Reason.BAD_REPLY),
        ({"paymentAmount": {"currency": "HKD", "value": 599}}, Reason.BAD_REPLY),
        ({"paymentAmount": {"currency": "hkd", "value": "599"}}, Reason.BAD_REPLY),
        ({"paymentId": None}, Reason.BAD_REPLY),
        ({"result": None}, Reason.BAD_REPLY),
        ({"result": {**OK, "resultStatus": "F"}}, Reason.BAD_REPLY),
        ({"result": {**OK, "resultCode": "PAID"}}, Reason.BAD_REPLY),
    ],
)
def test_an_approval_of_something_else_or_otherwise_spelt_is_none(
    wire: AlipayPlusWire, said: Any, operation: Operation, change: dict[str, Any], reason: Reason
) -> None:
    reply = said(operation, {**PAID, "paymentResult": OK, **change})
    assert _outcome(wire.answer(operation, ORDER, reply, now_s=NOW_S)) == (Verdict.UNKNOWN, reason)


@pytest.mark.parametrize(
    ("status", "code", "verdict", "reason"),
    [
        ("U", "PAYMENT_IN_PROCESS", Verdict.PENDING, Reason.NONE),
        ("F", "USER_BALANCE_NOT_ENOUGH", Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
        ("F", "ORDER_IS_CLOSED", Verdict.DECLINED, Reason.ORDER_CLOSED),
        ("F", "NEW_IN_2027", Verdict.UNKNOWN, Reason.BAD_REPLY),
        ("F", "SUCCESS", Verdict.UNKNOWN, Reason.BAD_REPLY),
    ],
)
def test_an_inquiry_that_went_well_says_what_the_payment_came_to(
    wire: AlipayPlusWire, said: Any, status: str, code: str, verdict: Verdict, reason: Reason
) -> None:
    came_to = {"resultCode": code, "resultStatus": status}
    answer = wire.answer(Operation.QUERY, ORDER, said(Operation.QUERY, {**PAID, "paymentResult": came_to}), now_s=NOW_S)
    assert (*_outcome(answer), answer.said) == (verdict, reason, code)


def test_an_inquiry_without_an_outcome_says_nothing(wire: AlipayPlusWire, said: Any) -> None:
    answer = wire.answer(Operation.QUERY, ORDER, said(Operation.QUERY, PAID), now_s=NOW_S)
    assert _outcome(answer) == (Verdict.UNKNOWN, Reason.BAD_REPLY)


def test_undone_is_what_says_so(wire: AlipayPlusWire, said: Any) -> None:
    for told, verdict in (
        ({"result": OK}, Verdict.REVERSED),
        ({"result": OK, "paymentRequestId": "POS0100001"}, Verdict.REVERSED),
        ({"result": OK, "paymentRequestId": "POS0100002"}, Verdict.UNKNOWN),
        ({"result": {**OK, "resultStatus": "U"}}, Verdict.UNKNOWN),
    ):
        assert wire.answer(Operation.REVERSE, ORDER, said(Operation.REVERSE, told), now_s=NOW_S).verdict is verdict


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, Verdict.APPROVED),
        ({"refundRequestId": "R0002"}, Verdict.UNKNOWN),
        ({"refundAmount": {"currency": "HKD", "value": "98"}}, Verdict.UNKNOWN),
        ({"refundAmount": None}, Verdict.UNKNOWN),
        ({"result": {"resultCode": "REFUND_IN_PROCESS", "resultStatus": "U"}}, Verdict.PENDING),
    ],
)
def test_a_refund_is_believed_for_its_own_number_and_amount(
    wire: AlipayPlusWire, said: Any, change: dict[str, Any], verdict: Verdict
) -> None:
    for operation in (Operation.REFUND, Operation.REFUND_QUERY):
        reply = said(operation, {**REFUNDED, **change})
        assert wire.answer(operation, REFUND, reply, now_s=NOW_S).verdict is verdict


# --- not believing ---------------------------------------------------------------------------------------


def test_an_unsigned_or_forged_or_old_success_is_none(wire: AlipayPlusWire, said: Any) -> None:
    signed = said(Operation.PAY, PAID)
    other_call = said(Operation.QUERY, PAID)
    doubted = {
        "signature must be algorithm=RSA256,keyVersion=…,signature=…": Reply(200, {}, signed.body),
        "wrong signature": replace(signed, body=signed.body.replace(b"599", b"598")),
        "signed at another time": said(Operation.PAY, PAID, NOW_S - 301),
        "signed at no time": replace(signed, headers={**signed.headers, "response-time": "2026-11-23 10:13:20"}),
        "an answer to another client": replace(signed, headers={**signed.headers, "client-id": "OTHER"}),
    }
    for why, reply in doubted.items():
        answer = wire.answer(Operation.PAY, ORDER, reply, now_s=NOW_S)
        assert answer == Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, why)
    assert wire.answer(Operation.PAY, ORDER, other_call, now_s=NOW_S).said == "wrong signature"
    assert wire.answer(Operation.PAY, ORDER, replace(signed, status=500), now_s=NOW_S).said == "HTTP 500"


@settings(deadline=None)
@given(st.integers(100, 599), st.binary(max_size=200), st.sampled_from(OPERATIONS), st.booleans())
def test_no_bytes_make_the_till_stumble_or_believe(
    alipayplus_keys: Keys, credentials: Credentials, status: int, body: bytes, operation: Operation, signed: bool
) -> None:
    wire = AlipayPlusWire(credentials, Shop("M1", "M", "5411", "1", "M", "POS01"))
    about = REFUND if operation in (Operation.REFUND, Operation.REFUND_QUERY) else ORDER
    keys = alipayplus_keys
    sealed = signing.signed_reply(keys.platform_key, keys.client_id, PATHS[operation], NOW_S, body)
    reply = replace(sealed, status=status) if signed else Reply(status, {"signature": "x"}, body)
    assert wire.answer(operation, about, reply, now_s=NOW_S).verdict is Verdict.UNKNOWN


# --- codes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "verdict", "reason"),
    [
        ("PAYMENT_IN_PROCESS", Verdict.PENDING, Reason.NONE),
        ("UNKNOWN_EXCEPTION", Verdict.UNKNOWN, Reason.OTHER),
        ("REQUEST_TRAFFIC_EXCEED_LIMIT", Verdict.UNKNOWN, Reason.TOO_OFTEN),
        ("REPEAT_REQ_INCONSISTENT", Verdict.UNKNOWN, Reason.OTHER),
        ("INVALID_PAYMENT_CODE", Verdict.DECLINED, Reason.CODE_INVALID),
        ("USER_BALANCE_NOT_ENOUGH", Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
        ("USER_AMOUNT_EXCEED_LIMIT", Verdict.DECLINED, Reason.LIMIT_EXCEEDED),
        ("PAYMENT_AMOUNT_EXCEED_LIMIT", Verdict.DECLINED, Reason.LIMIT_EXCEEDED),
        ("PAYMENT_COUNT_EXCEED_LIMIT", Verdict.DECLINED, Reason.LIMIT_EXCEEDED),
        ("RISK_REJECT", Verdict.DECLINED, Reason.RISK),
        ("USER_PAYMENT_VERIFICATION_FAILED", Verdict.DECLINED, Reason.CUSTOMER_GAVE_UP),
        ("USER_STATUS_ABNORMAL", Verdict.DECLINED, Reason.ACCOUNT_BLOCKED),
        ("USER_NOT_EXIST", Verdict.DECLINED, Reason.ACCOUNT_BLOCKED),
        ("UNAVAILABLE_PAYMENT_METHOD", Verdict.DECLINED, Reason.NOT_ALLOWED),
        ("BUSINESS_NOT_SUPPORT", Verdict.DECLINED, Reason.NOT_ALLOWED),
        ("CURRENCY_NOT_SUPPORT", Verdict.DECLINED, Reason.NOT_ALLOWED),
        ("ORDER_IS_CLOSED", Verdict.DECLINED, Reason.ORDER_CLOSED),
        ("PROCESS_FAIL", Verdict.DECLINED, Reason.OTHER),
        ("PARAM_ILLEGAL", Verdict.DECLINED, Reason.CONFIGURATION),
        ("KEY_NOT_FOUND", Verdict.DECLINED, Reason.CONFIGURATION),
        ("ACCESS_DENIED", Verdict.DECLINED, Reason.CONFIGURATION),
        ("MERCHANT_NOT_REGISTERED", Verdict.DECLINED, Reason.CONFIGURATION),
        ("INVALID_SIGNATURE", Verdict.DECLINED, Reason.CONFIGURATION),
        ("ORDER_NOT_EXIST", Verdict.UNKNOWN, Reason.BAD_REPLY),  # to a charge, nobody says that
        ("NEW_IN_2027", Verdict.UNKNOWN, Reason.BAD_REPLY),
    ],
)
def test_refused_charges(code: str, verdict: Verdict, reason: Reason) -> None:
    assert outcomes.of_refusal(Operation.PAY, code) == (verdict, reason)


@pytest.mark.parametrize(
    ("operation", "code", "verdict", "reason"),
    [
        (Operation.QUERY, "ORDER_NOT_EXIST", Verdict.UNKNOWN, Reason.NOT_FOUND),
        (Operation.QUERY, "INVALID_SIGNATURE", Verdict.UNKNOWN, Reason.CONFIGURATION),
        (Operation.QUERY, "USER_BALANCE_NOT_ENOUGH", Verdict.UNKNOWN, Reason.BAD_REPLY),
        (Operation.REVERSE, "ORDER_NOT_EXIST", Verdict.REVERSED, Reason.NOT_FOUND),
        (Operation.REVERSE, "UNKNOWN_EXCEPTION", Verdict.UNKNOWN, Reason.OTHER),
        (Operation.REVERSE, "PROCESS_FAIL", Verdict.DECLINED, Reason.NOT_ALLOWED),
        (Operation.REVERSE, "CANCEL_WINDOW_EXCEED", Verdict.DECLINED, Reason.NOT_ALLOWED),
        (Operation.REVERSE, "PARAM_ILLEGAL", Verdict.UNKNOWN, Reason.CONFIGURATION),
        (Operation.REFUND, "REFUND_AMOUNT_EXCEED", Verdict.DECLINED, Reason.NOT_ALLOWED),
        (Operation.REFUND, "ORDER_NOT_EXIST", Verdict.DECLINED, Reason.NOT_FOUND),
        (Operation.REFUND, "MERCHANT_BALANCE_NOT_ENOUGH", Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
        (Operation.REFUND, "PROCESS_FAIL", Verdict.DECLINED, Reason.OTHER),
    ],
)
def test_refused_questions_cancels_and_refunds(
    operation: Operation, code: str, verdict: Verdict, reason: Reason
) -> None:
    assert outcomes.of_refusal(operation, code) == (verdict, reason)


@given(st.sampled_from(OPERATIONS), st.text())
def test_what_nobody_has_met_decides_nothing(operation: Operation, code: str) -> None:
    if code not in outcomes.REFUSALS[operation]:
        assert outcomes.of_refusal(operation, code) == (Verdict.UNKNOWN, Reason.BAD_REPLY)


def test_no_refusal_approves_and_there_is_nothing_to_show() -> None:
    assert all(verdict is not Verdict.APPROVED for table in outcomes.REFUSALS.values() for verdict, _ in table.values())
    assert not SCHEME.procedure.can_show
    assert (SCHEME.procedure.query_every_s, SCHEME.procedure.give_up_s) == (3, 60)
