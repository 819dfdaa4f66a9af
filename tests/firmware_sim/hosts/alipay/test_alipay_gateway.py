"""What the gateway lets in, what it says of the rest, and how a fault spoils it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal import crypto
from terminal.config import from_table
from terminal.model import Reason, Refund, Verdict
from terminal.money import Money
from terminal.scheme import Operation, Request, Till
from terminal.schemes.alipay import SCHEME, signing
from terminal.schemes.alipay.wire import PATH, AlipayWire

NOTIFY = "http://127.0.0.1:9/alipay"


# --- what others may ask -------------------------------------------------------------------------------


def test_a_trade_is_found_by_its_own_number(shop: Any) -> None:
    order = shop.order(shop.customer().code())
    number = shop.ask(Operation.PAY, order).transaction_id
    told = shop.said("alipay.trade.query", {"trade_no": number, "out_trade_no": "another"})
    assert (told["out_trade_no"], told["trade_status"]) == (order.order_id, "TRADE_SUCCESS")
    for other in (number[:-1] + "9", "2020010122001000000000000001", "1" * 28):
        assert shop.said("alipay.trade.query", {"trade_no": other})["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert shop.said("alipay.trade.cancel", {"trade_no": number})["action"] == "refund"


def test_a_trade_that_waits_is_closed_and_a_paid_one_is_not(shop: Any) -> None:
    waits = shop.order(shop.customer(needs_password=True).code())
    paid = shop.order(shop.customer().code())
    for order in (waits, paid):
        shop.ask(Operation.PAY, order)
    assert shop.said("alipay.trade.close", {"out_trade_no": waits.order_id})["code"] == "10000"
    refused = shop.said("alipay.trade.close", {"out_trade_no": paid.order_id})
    assert refused["sub_code"] == "ACQ.TRADE_STATUS_ERROR"
    assert shop.net(paid) == 1234


def test_a_year_later_a_trade_is_finished(shop: Any) -> None:
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    shop.clock.advance(366 * 86400)
    assert shop.outcome(Operation.QUERY, order) == (Verdict.APPROVED, Reason.NONE, "TRADE_FINISHED")
    assert shop.ask(Operation.REFUND, Refund("R1", order, Money(1))).said == "ACQ.REASON_TRADE_STATUS_INVALID"


# --- the gateway ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code", "sub_code"),
    [
        ({"app_id": "2021000000000000"}, "40002", "isv.invalid-app-id"),
        ({"app_id": ""}, "40001", "isv.missing-app-id"),
        ({"sign_type": "RSA"}, "40002", "isv.invalid-signature-type"),
        ({"sign_type": ""}, "40001", "isv.missing-signature-type"),
        ({"version": "2.0"}, "40002", "isv.invalid-version"),
        ({"version": ""}, "40001", "isv.missing-version"),
        ({"charset": "gbk"}, "40002", "isv.invalid-charset"),
        ({"charset": ""}, "40001", "isv.missing-charset"),
        ({"format": "XML"}, "40002", "isv.invalid-format"),
        ({"timestamp": "2026-11-23T10:00:00Z"}, "40002", "isv.invalid-timestamp"),
        ({"timestamp": ""}, "40001", "isv.missing-timestamp"),
        ({"app_cert_sn": "0" * 32}, "40002", "isv.invalid-cert-sn"),
        ({"method": "alipay.fund.trans.uni.transfer"}, "40002", "isv.invalid-method"),
        ({"method": ""}, "40001", "isv.missing-method"),
    ],
)
def test_the_gateway_names_the_parameter_that_is_wrong(
    shop: Any, change: dict[str, str], code: str, sub_code: str
) -> None:
    refused = shop.said("alipay.trade.query", {"out_trade_no": "T1"}, **change)
    assert (refused["code"], refused["sub_code"]) == (code, sub_code)
    assert refused["sub_msg"] != "" or sub_code == "isv.invalid-method"


@pytest.mark.parametrize("format_", ["JSON", "json", ""])
def test_the_format_may_be_left_out(shop: Any, format_: str) -> None:
    assert shop.said("alipay.trade.query", {"out_trade_no": "T1"}, format=format_)["code"] == "40004"


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("{", "the body"),
        ("[]", "the body"),
        ('{"out_trade_no":"a","out_trade_no":"b"}', "the body"),
        ({"scene": "wave_code"}, "scene"),
        ({"out_trade_no": "../../etc"}, "out_trade_no"),
        ({"auth_code": ""}, "auth_code"),
        ({"total_amount": "12.3"}, "total_amount"),
        ({"total_amount": "12.345"}, "total_amount"),
        ({"total_amount": "1,234.00"}, "total_amount"),
        ({"total_amount": "-1.00"}, "total_amount"),
        ({"total_amount": "0.00"}, "total_amount"),
        ({"total_amount": "100000000.01"}, "total_amount"),
        ({"total_amount": "１２.34"}, "total_amount"),
        ({"total_amount": 12.34}, "total_amount"),
        ({"total_amount": 1e999}, "total_amount"),
        ({"timeout_express": "soon"}, "timeout_express"),
        ({"seller_id": "2088000000000000"}, "seller_id"),
    ],
)
def test_a_charge_names_the_field_that_is_wrong(shop: Any, content: Any, field: str) -> None:
    ask = {
        "out_trade_no": "T1",
        "scene": "bar_code",
        "auth_code": shop.customer().code(),
        "subject": "Milk",
        "total_amount": "12.34",
    }
    refused = shop.said("alipay.trade.pay", content if isinstance(content, str) else {**ask, **content})
    assert refused["sub_code"] == "ACQ.INVALID_PARAMETER"
    assert refused["sub_msg"].startswith(field)
    assert shop.ledger.books(shop.keys.seller_id) == []


def test_query_and_body_are_one_and_a_get_is_as_good(shop: Any) -> None:
    everything = shop.parameters("alipay.trade.query", '{"out_trade_no":"T1"}')
    content = {"biz_content": everything.pop("biz_content")}
    requests = [
        Request("POST", f"{PATH}?{urlencode(everything)}", {}, urlencode(content).encode()),
        Request("post", f"{PATH}?{urlencode({**everything, **content})}", {}),
        Request("GET", f"{PATH}?{urlencode({**everything, **content})}", {}),
        Request("POST", PATH, {}, urlencode({**everything, **content}).encode()),
        Request("POST", f"{PATH}?{urlencode(everything)}", {}, urlencode({**everything, **content}).encode()),
    ]
    for request in requests:
        assert shop.host.operation(request) is Operation.QUERY
        assert shop.node(shop.host.answer(request))["sub_code"] == "ACQ.TRADE_NOT_EXIST"


def test_a_parameter_that_means_two_things_is_refused(shop: Any) -> None:
    everything = shop.parameters("alipay.trade.query", '{"out_trade_no":"T1"}')
    request = Request("POST", f"{PATH}?app_id=1", {}, urlencode(everything).encode())
    told = json.loads(shop.host.answer(request).body)
    assert told["error_response"]["sub_msg"] == "app_id is given twice with different values"


def test_a_changed_parameter_spoils_the_signature(shop: Any) -> None:
    said = shop.parameters("alipay.trade.query", '{"out_trade_no":"T1"}')
    for change in ({"biz_content": '{"out_trade_no":"T2"}'}, {"notify_url": NOTIFY}, {"sign": "AAAA"}, {"sign": "é"}):
        refused = shop.node(shop.host.answer(Request("POST", PATH, {}, signing.form({**said, **change}))))
        assert refused["sub_code"] == "isv.invalid-signature"


def test_only_a_stranger_is_answered_without_a_signature(shop: Any) -> None:
    for changes, is_signed in (({"app_id": "2021000000000000"}, False), ({"version": "2"}, True)):
        said = shop.parameters("alipay.trade.query", **changes)
        told = json.loads(shop.host.answer(Request("POST", PATH, {}, signing.form(said))).body)
        assert ("sign" in told) is is_signed
        assert "alipay_trade_query_response" in told


def test_a_till_with_a_strangers_key_is_told_so_and_charges_nothing(shop: Any) -> None:
    order = shop.order(shop.customer().code())
    other = crypto.load_private_key(shop.keys.files.alipay_key.read_bytes())
    shop.wire = AlipayWire(replace(shop.keys.credentials(), private_key=other))
    answer = shop.ask(Operation.PAY, order)
    assert shop.brief(answer) == (Verdict.DECLINED, Reason.CONFIGURATION, "isv.invalid-signature")
    assert shop.net(order) == 0


def test_a_till_of_an_app_that_there_is_not_is_told_so(shop: Any) -> None:
    shop.wire = AlipayWire(replace(shop.keys.credentials(), app_id="2021000000000000"))
    order = shop.order(shop.customer().code())
    answer = shop.ask(Operation.PAY, order)
    assert shop.brief(answer) == (Verdict.DECLINED, Reason.CONFIGURATION, "isv.invalid-app-id")
    answer = shop.ask(Operation.QUERY, order)
    assert (answer.verdict, answer.reason) == (Verdict.UNKNOWN, Reason.BAD_SIGNATURE)


def test_a_refusal_is_logged_without_the_code(shop: Any, caplog: pytest.LogCaptureFixture) -> None:
    code = shop.customer(balance=0).code()
    with caplog.at_level("INFO", "saoma.hosts"):
        shop.ask(Operation.PAY, shop.order(code))
    assert "ACQ.BUYER_BALANCE_NOT_ENOUGH, that is: there is less on the account than asked for" in caplog.text
    assert code not in caplog.text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(["GET", "POST", "PUT", "\x00"]), st.text(max_size=80), st.binary(max_size=120))
def test_no_bytes_make_the_host_stumble(shop: Any, method: str, query: str, body: bytes) -> None:
    request = Request(method, f"{PATH}?{query}", {}, body)
    assert shop.host.operation(request) is None
    assert shop.host.amount(request) is None
    assert shop.node(shop.host.answer(request))["code"] in ("40001", "40002", "40004")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from(["pay", "precreate", "query", "cancel", "close", "refund", "fastpay.refund.query"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    ),
)
def test_no_content_makes_the_host_stumble(shop: Any, method: str, content: Any) -> None:
    refused = shop.said(f"alipay.trade.{method}", json.dumps(content))
    assert refused["sub_code"] == "ACQ.INVALID_PARAMETER"


# --- faults --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "verdict", "reason"),
    [
        ("bad_signature", Verdict.UNKNOWN, Reason.BAD_SIGNATURE),
        ("wrong_amount", Verdict.UNKNOWN, Reason.MISMATCH),
        ("error_500", Verdict.UNKNOWN, Reason.OTHER),
        ("odd_word", Verdict.UNKNOWN, Reason.BAD_REPLY),
        ("accepted_202", Verdict.UNKNOWN, Reason.BAD_REPLY),
    ],
)
def test_a_spoilt_reply_is_a_doubt_whatever_was_done(shop: Any, fault: str, verdict: Verdict, reason: Reason) -> None:
    order = shop.order(shop.customer().code())
    shop.faults.arm(fault, Operation.PAY)
    answer = shop.ask(Operation.PAY, order)
    assert (answer.verdict, answer.reason) == (verdict, reason)
    assert shop.net(order) == 1234
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED


def test_faults_wait_for_the_operation_a_cancel_is(shop: Any) -> None:
    charged, shown = shop.order(shop.customer().code()), shop.shown()
    shop.ask(Operation.PAY, charged)
    shop.ask(Operation.SHOW, shown)
    shop.faults.arm("error_500", Operation.CLOSE)
    assert shop.ask(Operation.REVERSE, charged).verdict is Verdict.REVERSED
    assert shop.ask(Operation.CLOSE, shown).verdict is Verdict.UNKNOWN


def test_a_refusal_and_a_password_are_had_for_the_asking(shop: Any) -> None:
    shop.faults.arm("refuse=risk", Operation.PAY)
    refused = shop.order(shop.customer().code())
    assert shop.ask(Operation.PAY, refused).reason is Reason.RISK
    assert shop.net(refused) == 0
    shop.faults.arm("password", Operation.PAY)
    asked = shop.order(shop.customer().code())
    assert shop.ask(Operation.PAY, asked).verdict is Verdict.PENDING


def test_an_amount_may_ask_for_a_fault(shop: Any) -> None:
    shop.faults.by_amount = True
    broke = shop.order(shop.customer().code(), amount=1051)
    assert shop.ask(Operation.PAY, broke).reason is Reason.INSUFFICIENT_FUNDS


# --- being this merchant -------------------------------------------------------------------------------


def test_what_is_handed_out_makes_a_till_this_merchants(shop: Any, tmp_path: Path) -> None:
    acquirer = {**shop.host.merchant_config(), "base_url": "http://127.0.0.1:1"}
    (contract,) = from_table({"acquirer": [acquirer]}, "test", tmp_path, {"alipay": SCHEME.settings}).acquirer
    shop.wire = SCHEME.connect(contract.settings, Till("POS01", NOTIFY))
    assert shop.ask(Operation.PAY, shop.order(shop.customer().code())).verdict is Verdict.APPROVED


def test_credentials_are_files_that_are_there(shop: Any) -> None:
    handed_out = shop.host.credentials()
    files = [Path(value) for value in handed_out.values() if value.endswith(".pem")]
    assert len(files) == 6
    assert all(file.exists() for file in files)
    assert handed_out["app_id"] == shop.keys.app_id
