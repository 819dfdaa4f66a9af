"""Alipay's signatures, held to published and independently computed bytes."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.hosts.alipay_keys import Keys
from firmware_sim.hosts.pki import VALID_FROM, VALID_TO
from terminal import crypto
from terminal.errors import ConfigError
from terminal.schemes.alipay import credentials, signing
from terminal.schemes.alipay.credentials import Credentials
from terminal.schemes.alipay.signing import Envelope
from terminal.schemes.fields import Malformed

# The signing text of facts 10, and its digest.
PARAMETERS = {
    "version": "1.0",
    "timestamp": "2021-09-01 10:15:30",
    "sign_type": "RSA2",
    "notify_url": "",
    "method": "alipay.trade.pay",
    "format": "JSON",
    "charset": "utf-8",
    "biz_content": '{"out_trade_no":"T20210901000001","scene":"bar_code","auth_code":"28763443825664394",'
    '"subject":"Milk","total_amount":"12.34"}',
    "app_id": "2021000000000001",
    "sign": "is not part of it",
}
DIGEST = "668445c0e4fb8c4c955b398a22a6639685b63fb324daeda346b5a70e9d32ece9"

# An answer as a forum quotes the real gateway's: the platform's key is not public, its shape is.
QUOTED = (
    b'{"alipay_security_risk_content_analyze_response":{"code":"40002","msg":"Invalid Arguments",'
    b'"sub_code":"isv.invalid-signature","sub_msg":"\xe9\xaa\x8c\xe7\xad\xbe\xe5\x87\xba\xe9\x94\x99"},'
    b'"sign":"GJpcj4/ylSq1tK1G2AWOKJwC"}'
)


def test_a_request_is_signed_over_its_sorted_unescaped_parameters() -> None:
    assert hashlib.sha256(signing.request_text(PARAMETERS)).hexdigest() == DIGEST


def test_a_notification_is_signed_without_its_sign_type() -> None:
    said = {"trade_no": "2", "sign_type": "RSA2", "sign": "x", "app_id": "1", "body": "", "subject": "a b&c=d"}
    assert signing.notice_text(said) == b"app_id=1&subject=a b&c=d&trade_no=2"


def test_a_node_is_cut_out_of_its_reply_byte_for_byte() -> None:
    envelope = Envelope.parse(QUOTED)
    assert envelope.name == "alipay_security_risk_content_analyze_response"
    assert envelope.node.encode() == QUOTED[QUOTED.index(b'{"code"') : QUOTED.index(b',"sign"')]
    assert (envelope.sign, envelope.cert_sn) == ("GJpcj4/ylSq1tK1G2AWOKJwC", "")
    assert envelope.body() == QUOTED


@pytest.mark.parametrize(
    "node",
    [
        '{"code":"10000","msg":"Success"}',
        '{ "code" : "10000" ,\n "msg":"a \\"} , \\"sign\\" : {"}',
        '{"fund_bill_list":[{"amount":"1.00"},{}],"code":"10000"}',
        '{"msg":"\\u6210\\u529f","code":"10000"}',
        "{}",
    ],
)
def test_no_spelling_of_a_node_is_lost(alipay_keys: Keys, node: str) -> None:
    signature = crypto.rsa_sign(alipay_keys.alipay_key, node.encode())
    for body in (
        f'{{"alipay_trade_pay_response":{node},"sign":"{signature}"}}',
        f' {{ "alipay_trade_pay_response" : {node} ,\n"alipay_cert_sn":"", "sign" : "{signature}"}} ',
    ):
        envelope = Envelope.parse(body.encode())
        assert envelope.node == node
        assert envelope.doubt({"": alipay_keys.alipay_key.public_key()}) == ""


def test_a_changed_byte_anywhere_in_a_node_is_found(alipay_keys: Keys) -> None:
    keys = {"": alipay_keys.alipay_key.public_key()}
    body = signing.signed_reply("alipay_trade_pay_response", b'{"code":"10000"}', alipay_keys.alipay_key).body()
    assert Envelope.parse(body).doubt(keys) == ""
    for changed in (body.replace(b"10000", b"10003"), body.replace(b'{"code', b'{ "code')):
        assert Envelope.parse(changed).doubt(keys) == "wrong signature"


def test_who_signed_is_asked_by_the_certificate_that_is_named(alipay_keys: Keys) -> None:
    body = signing.signed_reply("error_response", b"{}", alipay_keys.alipay_key, alipay_keys.alipay_cert_sn).body()
    assert f',"alipay_cert_sn":"{alipay_keys.alipay_cert_sn}","sign":'.encode() in body
    assert Envelope.parse(body).doubt(alipay_keys.certificate_credentials().platform_keys) == ""
    assert Envelope.parse(body).doubt(alipay_keys.credentials().platform_keys) == "signed with a key we do not know"
    assert Envelope("error_response", "{}").doubt({}) == "reply without signature"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"success",
        b"[]",
        b"{}",
        b'"alipay_trade_pay_response"',
        b'{"sign":"x","alipay_trade_pay_response":{}}',
        b'{"alipay_trade_pay_response":"{}","sign":"x"}',
        b'{"alipay_trade_pay_response":{"code":"10000"},"alipay_trade_pay_response":{},"sign":"x"}',
        b'{"alipay_trade_pay_response":{"code":"10000","code":"10000"},"sign":"x"}',
        b'{"alipay_trade_pay_response":{},"sign":1}',
        b'{"alipay_trade_pay_response":{},"sign":"' + b"x" * 1025 + b'"}',
        b'{"alipay_trade_pay_response":{},"alipay_cert_sn":"<script>","sign":"x"}',
        b'{"alipay_trade_pay_response":' + b'{"a":' * 30000,
        b'{"alipay_trade_pay_response":{"a":"' + b"x" * 70000 + b'"},"sign":"x"}',
        b'{"alipay_trade_pay_response":{},"sign":"x"}\xff',
    ],
)
def test_what_is_no_reply_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        Envelope.parse(body)


@given(st.binary(max_size=120) | st.text(max_size=120).map(lambda text: f'{{"a_response":{text}'.encode()))
def test_no_bytes_make_the_reader_stumble(body: bytes) -> None:
    try:
        envelope = Envelope.parse(body)
    except Malformed:
        return
    assert isinstance(json.loads(envelope.node), dict)


# --- forms -----------------------------------------------------------------------------------------------


def test_query_and_body_are_read_as_one() -> None:
    assert signing.read_form("a=1&b=%E7%89%9B+%E5%A5%B6", b"c=&a=1") == {"a": "1", "b": "牛 奶", "c": ""}
    assert signing.read_form(signing.form(PARAMETERS)) == PARAMETERS


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        (("a=1", b"a=2"), "a is given twice"),
        (("%00<b>=1&%00<b>=2",), "a parameter is given twice"),
        (("a=%FF",), "not a form"),
        ((b"a=\xff",), "not a form"),
        (("&".join(f"a{n}=1" for n in range(65)),), "not a form"),
        (("a=" + "x" * 70000,), "longer than 65536"),
    ],
)
def test_what_is_no_form_is_refused(parts: tuple[str | bytes, ...], why: str) -> None:
    with pytest.raises(Malformed, match=why):
        signing.read_form(*parts)


# --- certificates ----------------------------------------------------------------------------------------


def _self_signed(name: str, serial: int, key: Any) -> bytes:
    subject = x509.Name.from_rfc4514_string(name)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), serial, VALID_FROM, VALID_TO)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


NAME = "CN=Ant Financial Certification Authority R1,OU=Certification Authority,O=Ant Financial,C=CN"


def test_a_certificate_goes_by_the_hash_of_its_issuer_and_decimal_serial(alipay_keys: Keys) -> None:
    pem = _self_signed(NAME, 68_759_585_097, alipay_keys.alipay_key)
    expected = hashlib.md5(f"{NAME}68759585097".encode()).hexdigest()
    assert credentials.cert_sn(pem) == expected


def test_of_a_root_file_only_what_rsa_signed_counts(alipay_keys: Keys) -> None:
    rsa_root = _self_signed(NAME, 1, alipay_keys.alipay_key)
    other_root = _self_signed(NAME, 2, alipay_keys.alipay_key)
    curve_root = _self_signed(NAME, 3, ec.generate_private_key(ec.SECP256R1()))
    numbers = [hashlib.md5(f"{NAME}{serial}".encode()).hexdigest() for serial in (1, 2)]
    assert credentials.root_cert_sn(rsa_root + curve_root + other_root) == "_".join(numbers)
    with pytest.raises(ValueError, match="signed with RSA"):
        credentials.root_cert_sn(curve_root)


def test_files_that_are_none_are_named(alipay_keys: Keys, tmp_path: Path) -> None:
    nothing = tmp_path / "empty.pem"
    nothing.write_text("")
    for read in (credentials.read_cert_sn, credentials.read_root_cert_sn):
        with pytest.raises(ConfigError, match=r"empty\.pem"):
            read(nothing)
        with pytest.raises(ConfigError, match="No such file"):
            read(tmp_path / "missing.pem")


def test_credentials_keep_their_keys_to_themselves(alipay_keys: Keys) -> None:
    for mine in (alipay_keys.credentials(), alipay_keys.certificate_credentials()):
        assert isinstance(mine, Credentials)
        assert "RSA" not in repr(mine)
        assert mine.app_id in repr(mine)


def test_a_key_that_others_can_read_is_refused(alipay_keys: Keys, tmp_path: Path) -> None:
    key = tmp_path / "app_key.pem"
    key.write_bytes(alipay_keys.files.app_key.read_bytes())
    key.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        Credentials.with_public_key("1", private_key=key, public_key=alipay_keys.files.alipay_public_key)
