"""The signature of the open platform, held against a real reply, a worked example and a second verifier."""

import ssl
import subprocess
from base64 import b64decode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate

from firmware_sim.hosts import pki
from firmware_sim.hosts.unionpay_keys import Keys
from terminal import crypto
from terminal.errors import ConfigError
from terminal.schemes.unionpay import certificates, form, signing
from terminal.schemes.unionpay.credentials import Credentials

NOW_S = 1_795_400_000

# A reply of UnionPay's own test gateway to a query, as yansongda/pay's tests recorded it (MIT): nothing in it is ours.
CERTIFICATE_BODY = """\
MIIEYzCCA0ugAwIBAgIFEDkwhTQwDQYJKoZIhvcNAQEFBQAwWDELMAkGA1UEBhMC
Q04xMDAuBgNVBAoTJ0NoaW5hIEZpbmFuY2lhbCBDZXJ0aWZpY2F0aW9uIEF1dGhv
cml0eTEXMBUGA1UEAxMOQ0ZDQSBURVNUIE9DQTEwHhcNMjAwNzMxMDExOTE2WhcN
MjUwNzMxMDExOTE2WjCBljELMAkGA1UEBhMCY24xEjAQBgNVBAoTCUNGQ0EgT0NB
MTEWMBQGA1UECxMNTG9jYWwgUkEgT0NBMTEUMBIGA1UECxMLRW50ZXJwcmlzZXMx
RTBDBgNVBAMMPDA0MUA4MzEwMDAwMDAwMDgzMDQwQOS4reWbvemTtuiBlOiCoeS7
veaciemZkOWFrOWPuEAwMDAxNjQ5NTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCC
AQoCggEBAMHNa81t44KBfUWUgZhb1YTx3nO9DeagzBO5ZEE9UZkdK5+2IpuYi48w
eYisCaLpLuhrwTced19w2UR5hVrc29aa2TxMvQH9s74bsAy7mqUJX+mPd6KThmCr
t5LriSQ7rDlD0MALq3yimLvkEdwYJnvyzA6CpHntP728HIGTXZH6zOL0OAvTnP8u
RCHZ8sXJPFUkZcbG3oVpdXQTJVlISZUUUhsfSsNdvRDrcKYY+bDWTMEcG8ZuMZzL
g0N+/spSwB8eWz+4P87nGFVlBMviBmJJX8u05oOXPyIcZu+CWybFQVcS2sMWDVZy
sPeT3tPuBDbFWmKQYuu+gT83PM3G6zMCAwEAAaOB9DCB8TAfBgNVHSMEGDAWgBTP
cJ1h6518Lrj3ywJA9wmd/jN0gDBIBgNVHSAEQTA/MD0GCGCBHIbvKgEBMDEwLwYI
KwYBBQUHAgEWI2h0dHA6Ly93d3cuY2ZjYS5jb20uY24vdXMvdXMtMTQuaHRtMDkG
A1UdHwQyMDAwLqAsoCqGKGh0dHA6Ly91Y3JsLmNmY2EuY29tLmNuL1JTQS9jcmw3
NTAwMy5jcmwwCwYDVR0PBAQDAgPoMB0GA1UdDgQWBBTmzk7XEM/J/sd+wPrMils3
9rJ2/DAdBgNVHSUEFjAUBggrBgEFBQcDAgYIKwYBBQUHAwQwDQYJKoZIhvcNAQEF
BQADggEBAJLbXxbJaFngROADdNmNUyVxPtbAvK32Ia0EjgDh/vjn1hpRNgvL4flH
NsGNttCy8afLJcH8UnFJyGLas8v/P3UKXTJtgrOj1mtothv7CQa4LUYhzrVw3UhL
4L1CTtmE6D1Kf3+c2Fj6TneK+MoK9AuckySjK5at6a2GQi18Y27gVF88Nk8bp1lJ
vzOwPKd8R7iGFotuF4/8GGhBKR4k46EYnKCodyIhNpPdQfpaN5AKeS7xeLSbFvPJ
HYrtBsI48jUK/WKtWBJWhFH+Gty+GWX0e5n2QHXHW6qH62M0lDo7OYeyBvG1mh9u
Q0C300Eo+XOoO4M1WvsRBAF13g9RPSw=
"""
REAL_REPLY = {
    "accNo": "dZRvehtDtCcBPbPBVJk+ezkyeXkF07UnbKwr8/012R5XSsDLE4RqpHSLis7WCItKIf6SYUcXCLHYpV9deIfnJfziDGpUdQXnlPfejrw5p"
    "KglzjKI/pRYg0ApNomryVBIoUIdTwlpELh048ITEojRgJwzaazWdLaB5iZPeN22E2KP7JkfwsYHEclVpLY4tYEc35IjMpWCs0i8U5KY4qAJ3zXpCFI"
    "ur4x+9z4gyK89Mwf+csowScvfDbFBsqTpClQlNRJ6lLWOrISNnlCdc1ONK4QVhabDTTWsemM7PSuya2e3imeZFfRYDmSv6W1eMIs0gbRo8BxOr3suU"
    "hb2ukPL7w==",
    "accessType": "0",
    "bizType": "000000",
    "currencyCode": "156",
    "encoding": "utf-8",
    "issuerIdentifyMode": "0",
    "merId": "777290058167151",
    "orderId": "pay20220911041647",
    "origRespCode": "00",
    "origRespMsg": "成功[0000000]",
    "queryId": "512209110416475616528",
    "respCode": "00",
    "respMsg": "成功[0000000]",
    "settleAmt": "1",
    "settleCurrencyCode": "156",
    "settleDate": "0911",
    "signMethod": "01",
    "traceNo": "561652",
    "traceTime": "0911041647",
    "txnAmt": "1",
    "txnSubType": "01",
    "txnTime": "20220911041647",
    "txnType": "01",
    "version": "5.1.0",
    "signPubKeyCert": f"-----BEGIN CERTIFICATE-----\n{CERTIFICATE_BODY}-----END CERTIFICATE-----".replace("\n", "\r\n"),
    "signature": "b59zh7aztBFNDNmCBOR4189VeG3Vypvuf7H3izqA4etA0AtsjtzV7RXigEFlNXaIHSTSkbAUfPXevY3nX18umwQSFsSphF5C+DiMz"
    "BmEJNo9vNiX1kpaeQPlXQfXTDQqmDjdQ4lyeNw/aDx6MHww2D8wpkUem+50cyWOeO1/brHDxwt8N/R2LMRC8QTFIg48N+9UZu6QDIUybQYBAoVS6F0emMx"
    "FTpAhVi85RVqIDofStiGhHZw7UocW0hw96+JSExyhc6WXEvmLW41DI3PqRxVu+HacjZqeU+siH7V9pdTPV7Yi3ATznzRhmufvN7r1LJmf/4GkGI1ay"
    "M3WLubZjg==",
}

# The worked example of a request, with the hash of its base string.
ASKED = (
    "accessType=0&backUrl=http://127.0.0.1/notify&bizType=000000&certId=68759585097&channelType=08&currencyCode=156"
    "&encoding=UTF-8&merId=777290058110097&orderId=20210901101530001&qrNo=6225735053201615202&signMethod=01"
    "&termId=12345678&txnAmt=1234&txnSubType=06&txnTime=20210901101530&txnType=01&version=5.1.0"
)
ASKED_HASH = "580a90569b9b258f71a5bd8d1aa207eef9df4d79e81d3d7c875426d27c938764"


def test_the_real_gateways_reply_verifies() -> None:
    key = crypto.load_public_key(REAL_REPLY["signPubKeyCert"].encode())
    assert signing.is_signed(REAL_REPLY, key)
    for name, value in REAL_REPLY.items():
        assert not signing.is_signed({**REAL_REPLY, name: f"{value} "}, key), name


def test_the_real_gateways_reply_says_who_signed_it() -> None:
    certificate = load_pem_x509_certificate(REAL_REPLY["signPubKeyCert"].encode())
    assert str(certificate.serial_number) == "69678957876"
    doubt = signing.doubt(REAL_REPLY, [], certificates.UNIONPAY, NOW_S)
    assert doubt == "signed with a certificate of an unknown authority"


def test_the_real_gateways_reply_travels_as_it_is() -> None:
    assert form.read_plain(form.write_plain(REAL_REPLY)) == REAL_REPLY


def test_the_base_string_of_the_worked_example() -> None:
    fields = form.read_plain(ASKED.encode())
    assert signing.base_string(dict(reversed(fields.items()))) == ASKED
    assert signing.base_string({**fields, "signature": "x"}) == ASKED
    assert signing.message(fields) == ASKED_HASH.encode()


def test_a_request_is_signed_over_the_hex_of_the_hash(unionpay_keys: Keys) -> None:
    fields = signing.signed(form.read_plain(ASKED.encode()), unionpay_keys.credentials().private_key)
    # Written apart from our own functions: only `cryptography`, straight from the description.
    signature = b64decode(fields["signature"])
    unionpay_keys.merchant_key.verify(signature, ASKED_HASH.encode(), PKCS1v15(), SHA256())
    base = "&".join(sorted(f"{name}={value}" for name, value in fields.items() if name != "signature"))
    assert sha256(base.encode()).hexdigest() == ASKED_HASH


def test_openssl_agrees_with_our_signature(unionpay_keys: Keys, tmp_path: Path) -> None:
    files = unionpay_keys.files
    fields = signing.signed(form.read_plain(ASKED.encode()), unionpay_keys.credentials().private_key)
    (tmp_path / "signature").write_bytes(b64decode(fields["signature"]))
    (tmp_path / "message").write_bytes(ASKED_HASH.encode())
    public = _openssl("x509", "-in", str(files.merchant_certificate), "-noout", "-pubkey")
    (tmp_path / "key.pem").write_text(public)
    verify = (
        "-verify",
        str(tmp_path / "key.pem"),
        "-signature",
        str(tmp_path / "signature"),
        str(tmp_path / "message"),
    )
    assert _openssl("dgst", "-sha256", *verify) == "Verified OK\n"


def _openssl(*arguments: str) -> str:
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.fixture(scope="module")
def reply(unionpay_keys: Keys) -> dict[str, str]:
    said = {"respCode": "00", "respMsg": "成功[0000000]", "signPubKeyCert": unionpay_keys.unionpay_certificate}
    return signing.signed(said, unionpay_keys.unionpay_key)


def _doubt(reply: dict[str, str], keys: Keys, now_s: int = NOW_S, signer: str = certificates.UNIONPAY) -> str:
    return signing.doubt(reply, keys.credentials().authorities, signer, now_s)


def test_a_reply_of_unionpays_is_believed(reply: dict[str, str], unionpay_keys: Keys) -> None:
    assert _doubt(reply, unionpay_keys) == ""


@pytest.mark.parametrize("missing", ["signature", "signPubKeyCert"])
def test_a_reply_without_signature_or_certificate_is_not(
    reply: dict[str, str], unionpay_keys: Keys, missing: str
) -> None:
    assert _doubt({**reply, missing: ""}, unionpay_keys) == "not signed"


def test_a_changed_reply_is_not_believed(reply: dict[str, str], unionpay_keys: Keys) -> None:
    assert _doubt({**reply, "respCode": "01"}, unionpay_keys) == "wrong signature"
    assert _doubt({**reply, "extra": "x"}, unionpay_keys) == "wrong signature"
    assert _doubt({**reply, "signature": "é"}, unionpay_keys) == "wrong signature"


def test_another_merchants_certificate_does_not_speak_for_unionpay(unionpay_keys: Keys) -> None:
    """The same authority issued it, and its owner can sign with it."""
    pem = unionpay_keys.files.merchant_certificate.read_text()
    forged = signing.signed({"respCode": "00", "signPubKeyCert": pem}, unionpay_keys.credentials().private_key)
    assert _doubt(forged, unionpay_keys) == "signed with somebody else's certificate"


def test_a_certificate_of_ones_own_making_does_not_either(unionpay_keys: Keys) -> None:
    impostor, key = pki.Authority(), pki.new_key()
    pem = impostor.certificate(key, f"041@1@{certificates.UNIONPAY}@1").decode()
    forged = signing.signed({"respCode": "00", "signPubKeyCert": pem}, key)
    assert _doubt(forged, unionpay_keys) == "signed with a certificate of an unknown authority"


@pytest.mark.parametrize("now_s", [0, 4_000_000_000])
def test_a_certificate_has_its_time(reply: dict[str, str], unionpay_keys: Keys, now_s: int) -> None:
    assert _doubt(reply, unionpay_keys, now_s) == "signed with a certificate of another time"


def test_the_name_to_believe_is_the_contracts(reply: dict[str, str], unionpay_keys: Keys) -> None:
    assert _doubt(reply, unionpay_keys, signer="00040000:SIGN") == "signed with somebody else's certificate"


@pytest.mark.parametrize("pem", ["x", "-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----", "\ud800"])
def test_what_is_no_certificate_is_told_so(reply: dict[str, str], unionpay_keys: Keys, pem: str) -> None:
    assert _doubt({**reply, "signPubKeyCert": pem}, unionpay_keys) == "signed with no certificate at all"


def test_credentials_name_what_is_wrong(unionpay_keys: Keys, tmp_path: Path) -> None:
    files = unionpay_keys.files
    good = {"private_key": files.merchant_key, "certificate": files.merchant_certificate}
    with pytest.raises(ConfigError, match="no reply can be believed"):
        Credentials.from_files(unionpay_keys.mer_id, **good, authorities=[])
    with pytest.raises(ConfigError, match="fifteen"):
        Credentials.from_files("12", **good, authorities=[files.authority_certificate])
    with pytest.raises(ConfigError, match="not a certificate in PEM form"):
        Credentials.from_files(unionpay_keys.mer_id, **good, authorities=[files.merchant_key])


def test_credentials_keep_their_key_to_themselves(unionpay_keys: Keys) -> None:
    credentials = unionpay_keys.credentials()
    assert "private_key" not in repr(credentials)
    assert credentials.cert_id == unionpay_keys.cert_id
    assert credentials.cert_id.isdecimal()
    assert replace(credentials, signer="x").signer == "x"


def test_a_certificate_of_a_version_that_there_is_not_is_no_certificate(
    reply: dict[str, str], unionpay_keys: Keys
) -> None:
    der = ssl.PEM_cert_to_DER_cert(unionpay_keys.unionpay_certificate)
    odd = ssl.DER_cert_to_PEM_cert(der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x22"))
    assert _doubt({**reply, "signPubKeyCert": odd}, unionpay_keys) == "signed with no certificate at all"
