"""The layout of what is signed, byte by byte, and what is refused."""

from dataclasses import replace

import pytest

from firmware_sim.hosts.wechat_keys import Keys
from terminal import crypto
from terminal.scheme import Request
from terminal.schemes.fields import Malformed
from terminal.schemes.wechat import signing
from terminal.schemes.wechat.credentials import Credentials
from terminal.schemes.wechat.signing import Authorization

NOW_S = 1_795_400_000


def test_a_request_is_signed_over_five_lines() -> None:
    path = "/v3/pay/transactions/out-trade-no/T20210901000001?mchid=1900000001"
    assert signing.request_message("GET", path, 1554208460, "593BEC0C930BF1AFEB40B4A08C8FB242", b"") == (
        b"GET\n/v3/pay/transactions/out-trade-no/T20210901000001?mchid=1900000001\n1554208460\n"
        b"593BEC0C930BF1AFEB40B4A08C8FB242\n\n"
    )
    assert signing.request_message("POST", "/v3/x", 1, "n", b'{"a":"\xe7\xa0\x81"}') == (
        b'POST\n/v3/x\n1\nn\n{"a":"\xe7\xa0\x81"}\n'
    )


def test_a_reply_is_signed_over_three_lines() -> None:
    assert signing.reply_message("1554209980", "c5ac7061fccab6bf3e254dcf98995b8c", b'{"data":[]}') == (
        b'1554209980\nc5ac7061fccab6bf3e254dcf98995b8c\n{"data":[]}\n'
    )
    assert signing.reply_message("1", "n", b"") == b"1\nn\n\n"


def test_the_authorization_is_read_in_any_order() -> None:
    claim = Authorization("1900000001", "5A01", "ABC", NOW_S, "c2ln")
    assert Authorization.parse(claim.render()) == claim
    assert (
        Authorization.parse(
            'WECHATPAY2-SHA256-RSA2048 signature="c2ln", serial_no="5A01",timestamp="1795400000",'
            ' nonce_str="ABC",mchid="1900000001"'
        )
        == claim
    )
    assert "c2ln" not in repr(claim)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer abc",
        "WECHATPAY2-SHA256-RSA2048",
        'WECHATPAY2-SHA256-RSA2048 mchid="1"',
        'WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="n",timestamp="-1",serial_no="s",signature="x"',
        'WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="n",timestamp="１",serial_no="s",signature="x"',
        'WECHATPAY2-SHA256-RSA2048 mchid="1",mchid="2",nonce_str="n",timestamp="1",serial_no="s",signature="x"',
        'WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="n",timestamp="1",serial_no="s",signature="x",more="y"',
    ],
)
def test_other_authorizations_are_malformed(header: str) -> None:
    with pytest.raises(Malformed):
        Authorization.parse(header)


def test_a_signature_holds_for_this_request_only(wechat_keys: Keys) -> None:
    key = crypto.read_private_key(wechat_keys.files.merchant_key)
    request = Request("POST", "/v3/a?b=1", {}, b'{"total":1}')
    message = signing.request_message("POST", "/v3/a?b=1", NOW_S, "n", b'{"total":1}')
    claim = Authorization("1", "s", "n", NOW_S, crypto.rsa_sign(key, message))
    assert claim.signs(request, wechat_keys.merchant_key)
    for changed in (
        replace(request, method="PUT"),
        replace(request, path="/v3/a?b=2"),
        replace(request, body=b'{"total":2}'),
    ):
        assert not claim.signs(changed, wechat_keys.merchant_key)
    assert not replace(claim, timestamp_s=NOW_S + 1).signs(request, wechat_keys.merchant_key)
    assert not replace(claim, nonce="m").signs(request, wechat_keys.merchant_key)


@pytest.mark.parametrize(("off_s", "is_fresh"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_request_is_good_for_five_minutes(off_s: int, is_fresh: bool) -> None:
    assert Authorization("1", "s", "n", NOW_S, "x").is_fresh(NOW_S + off_s) is is_fresh


BODY = b'{"a":1}'


def _headers(keys: Keys) -> dict[str, str]:
    key = keys.platform_key
    return signing.signed_headers(BODY, serial=keys.platform_serial, key=key, now_s=NOW_S, nonce="N")


@pytest.mark.parametrize(
    ("header", "value", "doubt"),
    [
        ("wechatpay-signature", "", "without signature"),
        ("wechatpay-signature", "WECHATPAY/SIGNTEST/abc", "signature probe"),
        ("wechatpay-signature", "AAAA", "wrong signature"),
        ("wechatpay-signature", "码", "wrong signature"),
        ("wechatpay-serial", "5A", "signed with a key we do not know"),
        ("wechatpay-timestamp", "yesterday", "signed at another time"),
        ("wechatpay-timestamp", "٣", "signed at another time"),
        ("wechatpay-nonce", "M", "wrong signature"),
        ("wechatpay-nonce", "\udcff", "wrong signature"),
    ],
)
def test_a_reply_with_anything_wrong_is_doubted(
    wechat_keys: Keys, wechat_credentials: Credentials, header: str, value: str, doubt: str
) -> None:
    headers, keys = _headers(wechat_keys), wechat_credentials.platform_keys
    assert signing.doubt(headers, BODY, keys, NOW_S) == ""
    assert signing.doubt({**headers, header: value}, BODY, keys, NOW_S) == doubt


def test_a_reply_with_another_body_or_from_another_time_is_doubted(
    wechat_keys: Keys, wechat_credentials: Credentials
) -> None:
    headers, keys = _headers(wechat_keys), wechat_credentials.platform_keys
    assert signing.doubt(headers, b'{"a":2}', keys, NOW_S) == "wrong signature"
    assert signing.doubt(headers, BODY, keys, NOW_S + 300) == ""
    assert signing.doubt(headers, BODY, keys, NOW_S + 301) == "signed at another time"
