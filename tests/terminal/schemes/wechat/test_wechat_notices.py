"""What WeChat Pay calls a till about: sealed, signed, and believed only so far as to ask."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.hosts.wechat_keys import Keys
from terminal.money import Money
from terminal.scheme import Hears, Request
from terminal.schemes.fields import Malformed
from terminal.schemes.wechat import signing
from terminal.schemes.wechat.credentials import Credentials
from terminal.schemes.wechat.merchant import Merchant
from terminal.schemes.wechat.notices import PAID, REFUNDED, Notice
from terminal.schemes.wechat.replies import RefundState, Transaction
from terminal.schemes.wechat.wire import WechatWire

NOW_S = 1_795_400_000
NONCE = "fdasflkja484"
# AES-256-GCM: a known answer, made by another implementation.
KNOWN_KEY = b"0123456789abcdef0123456789abcdef"
KNOWN_PLAIN = b'{"mchid":"1900000001","out_trade_no":"T20210901000001","trade_state":"SUCCESS"}'
KNOWN_SEALED = (
    "DUcegK33A8MEOgdCtMPWwAdqzVjy3c3PSUd0ZmYkqr+HZBhZ2IINK5rQOoKVjLgLWra3ukkk2BG/sMCWIPKIWpBmGYUw1wpAFGALLx8cS8J8ToXuR4ca"
    "w9GeogM9A0A="
)
KNOWN = Notice("N1", "2026-11-23T10:13:20+08:00", PAID, "支付成功", KNOWN_PLAIN)
KNOWN_BODY = (
    '{"id":"N1","create_time":"2026-11-23T10:13:20+08:00","resource_type":"encrypt-resource",'
    '"event_type":"TRANSACTION.SUCCESS","summary":"支付成功","resource":{"original_type":"transaction",'
    f'"algorithm":"AEAD_AES_256_GCM","ciphertext":"{KNOWN_SEALED}","associated_data":"transaction",'
    f'"nonce":"{NONCE}"}}}}'
).encode()


def _request(keys: Keys, body: bytes, now_s: int = NOW_S, **headers: str) -> Request:
    serial, key = keys.public_key_id, keys.public_key_secret
    signed = signing.signed_headers(body, serial=serial, key=key, now_s=now_s, nonce="N")
    named = {name.title(): value for name, value in {**signed, **headers}.items()}  # as a server may hand them on
    return Request("POST", "/notify/wechat", named, body)


def _paid(keys: Keys, **changes: Any) -> bytes:
    said = Transaction(trade_state="SUCCESS", merchant=keys.own, out_trade_no="POS0100001", total=1234, currency="CNY")
    return Notice("N1", "t", PAID, "s", replace(said, **changes).body()).body(keys.apiv3_key, NONCE)


@pytest.fixture
def wire(wechat_credentials: Credentials) -> WechatWire:
    return WechatWire(wechat_credentials)


def test_a_notice_is_sealed_as_the_known_answer_and_opened_again() -> None:
    assert KNOWN.body(KNOWN_KEY, NONCE) == KNOWN_BODY
    assert Notice.parse(KNOWN_BODY, KNOWN_KEY) == KNOWN


def test_a_notice_of_a_payment_names_the_order_to_ask_about(wire: WechatWire, wechat_keys: Keys) -> None:
    assert isinstance(wire, Hears)
    heard = wire.notified(_request(wechat_keys, _paid(wechat_keys)), now_s=NOW_S)
    assert (heard.order_id, heard.reply.status, heard.reply.body) == ("POS0100001", 204, b"")
    assert (heard.paid, heard.may_be_static) == (Money(1234), False)


def test_a_notice_of_a_refund_names_it_too(wire: WechatWire, wechat_keys: Keys) -> None:
    state = RefundState("SUCCESS", "503", "R1", "4200", "POS0100001", 234, 1234, "CNY", "t")
    body = Notice("N2", "t", REFUNDED, "s", state.told(wechat_keys.own)).body(wechat_keys.apiv3_key, NONCE)
    assert wire.notified(_request(wechat_keys, body), now_s=NOW_S).order_id == "POS0100001"


def test_a_service_providers_notice_is_its_merchants(wechat_keys: Keys) -> None:
    wire = WechatWire(wechat_keys.credentials(wechat_keys.partners))
    theirs = _request(wechat_keys, _paid(wechat_keys, merchant=wechat_keys.partners))
    assert wire.notified(theirs, now_s=NOW_S).order_id == "POS0100001"
    assert wire.notified(_request(wechat_keys, _paid(wechat_keys)), now_s=NOW_S).order_id == ""


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("wechatpay-signature", "WECHATPAY/SIGNTEST/abcd"),
        ("wechatpay-signature", "AAAA"),
        ("wechatpay-nonce", "M"),
        ("wechatpay-serial", "5A"),
        ("wechatpay-timestamp", str(NOW_S - 301)),
    ],
)
def test_a_notice_that_is_signed_wrongly_is_refused(
    wire: WechatWire, wechat_keys: Keys, header: str, value: str
) -> None:
    heard = wire.notified(_request(wechat_keys, _paid(wechat_keys), **{header: value}), now_s=NOW_S)
    assert (heard.order_id, heard.reply.status) == ("", 401)
    assert b'"code":"FAIL"' in heard.reply.body


def test_a_notice_from_another_time_is_refused(wire: WechatWire, wechat_keys: Keys) -> None:
    for off_s, status in ((300, 204), (301, 401), (-301, 401)):
        heard = wire.notified(_request(wechat_keys, _paid(wechat_keys), NOW_S + off_s), now_s=NOW_S)
        assert heard.reply.status == status


def test_what_is_signed_and_still_not_ours_is_refused(wire: WechatWire, wechat_keys: Keys) -> None:
    bodies = [
        b"{}",
        KNOWN_BODY,  # sealed with another key
        _paid(wechat_keys, merchant=Merchant("1900000001", wechat_keys.appid)),
        _paid(wechat_keys, out_trade_no=""),
        _paid(wechat_keys).replace(b'"nonce":"fdas', b'"nonce":"gdas'),
        _paid(wechat_keys).replace(b'"associated_data":"transaction"', b'"associated_data":"refund"'),
    ]
    for body in bodies:
        heard = wire.notified(_request(wechat_keys, body), now_s=NOW_S)
        assert (heard.order_id, heard.reply.status) == ("", 400), body


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=100), plain=st.binary(max_size=100))
def test_any_signed_bytes_are_refused_and_nothing_worse(
    wire: WechatWire, wechat_keys: Keys, body: bytes, plain: bytes
) -> None:
    sealed = replace(KNOWN, plain=plain).body(wechat_keys.apiv3_key, NONCE)
    for sent in (body, sealed):
        assert wire.notified(_request(wechat_keys, sent), now_s=NOW_S).order_id == ""


def test_a_nonce_of_no_length_is_malformed() -> None:
    with pytest.raises(Malformed):
        Notice.parse(KNOWN_BODY.replace(NONCE.encode(), b"1"), KNOWN_KEY)
