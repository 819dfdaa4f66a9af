from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from firmware_sim.hosts.wechat_keys import Keys
from terminal import crypto
from terminal.errors import ConfigError

# WeChat Pay v3's sealed resources: the published shape, computed with two independent implementations.
KEY, NONCE, ASSOCIATED = b"0123456789abcdef0123456789abcdef", b"fdasflkja484", b"transaction"
PLAIN = b'{"mchid":"1900000001","out_trade_no":"T20210901000001","trade_state":"SUCCESS"}'
SEALED = (
    "DUcegK33A8MEOgdCtMPWwAdqzVjy3c3PSUd0ZmYkqr+HZBhZ2IINK5rQOoKVjLgLWra3ukkk2BG/sMCWIPKIWpBmGYUw1wpAFGALLx8cS8J8ToX"
    "uR4caw9GeogM9A0A="
)


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def test_the_sealed_vector_opens_and_is_made_again() -> None:
    assert crypto.unseal(KEY, NONCE, SEALED, ASSOCIATED) == PLAIN
    assert crypto.seal(KEY, NONCE, PLAIN, ASSOCIATED) == SEALED


@pytest.mark.parametrize(
    ("sealed", "associated"), [(SEALED, b"certificate"), ("A" + SEALED[1:], ASSOCIATED), ("no base64!", ASSOCIATED)]
)
def test_what_was_changed_on_the_way_does_not_open(sealed: str, associated: bytes) -> None:
    with pytest.raises(ValueError, match="changed on the way"):
        crypto.unseal(KEY, NONCE, sealed, associated)


def test_a_signature_is_good_for_its_message_and_no_other(key: rsa.RSAPrivateKey) -> None:
    signature = crypto.rsa_sign(key, b"one")
    assert len(b64decode(signature)) == 256
    assert crypto.rsa_verifies(key.public_key(), b"one", signature)
    assert not crypto.rsa_verifies(key.public_key(), b"two", signature)


@pytest.mark.parametrize("text", ["", "AAAA", "not base64", "签名", "\udcff"])
def test_any_text_may_be_asked_whether_it_is_a_signature(key: rsa.RSAPrivateKey, text: str) -> None:
    assert not crypto.rsa_verifies(key.public_key(), b"one", text)


def test_a_private_key_that_others_can_read_is_refused_with_the_way_out(key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o640)
    with pytest.raises(ConfigError, match=f"chmod 600 {path}"):
        crypto.read_private_key(path)
    path.chmod(0o600)
    assert crypto.read_private_key(path).private_numbers() == key.private_numbers()


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        crypto.read_public_key(tmp_path / "nowhere.pem")


def test_keys_that_are_not_rsa_or_not_open_are_refused(key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    locked, other, public = tmp_path / "locked.pem", tmp_path / "other.pem", tmp_path / "public.pem"
    locked.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")))
    curve = ec.generate_private_key(ec.SECP256R1())
    other.write_bytes(curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(curve.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    for path, why in ((locked, "encrypted"), (other, "not an RSA key")):
        path.chmod(0o600)
        with pytest.raises(ConfigError, match=why):
            crypto.read_private_key(path)
    with pytest.raises(ConfigError, match="not an RSA key"):
        crypto.read_public_key(public)
    with pytest.raises(ConfigError, match="not a certificate"):
        crypto.read_serial(public)


def test_a_certificate_gives_its_key_and_its_serial_in_capitals(wechat_keys: Keys) -> None:
    serial = crypto.read_serial(wechat_keys.files.merchant_certificate)
    assert len(serial) == 40
    assert serial == serial.upper()
    public = crypto.read_public_key(wechat_keys.files.merchant_certificate)
    private = crypto.read_private_key(wechat_keys.files.merchant_key)
    assert public.public_numbers() == private.public_key().public_numbers()


def test_a_keyed_hash_is_hmac_sha256() -> None:
    # RFC 4231, test case 2.
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert crypto.keyed_hash(b"Jefe", "what do ya want for nothing?") == expected


# Two of the cipher's own test values (NBS Special Publication 500-20, and SP 800-67's example with three keys).
DES_KEY, DES_PLAIN, DES_SEALED = "10316E028C8F3B4A", "0000000000000000", "82DCBAFBDEAB6602"
TDES_KEY = "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123"


def test_des_of_the_published_values_with_one_key_and_with_three() -> None:
    key, plain = bytes.fromhex(DES_KEY), bytes.fromhex(DES_PLAIN)
    assert crypto.des_encrypt(key, plain).hex().upper() == DES_SEALED
    assert crypto.des_decrypt(key, bytes.fromhex(DES_SEALED)) == plain
    text = b"The qufck brown fox jump"
    sealed = crypto.des_encrypt(bytes.fromhex(TDES_KEY), text)
    assert sealed.hex().upper() == "A826FD8CE53B855FCCE21C8112256FE668D5C05DD9B6B900"
    assert crypto.des_decrypt(bytes.fromhex(TDES_KEY), sealed) == text


def test_des_with_two_keys_comes_back_to_the_first() -> None:
    first, second = bytes(range(8)), bytes(range(8, 16))
    assert crypto.des_encrypt(first + second, b"eight by") == crypto.des_encrypt(first + second + first, b"eight by")
    assert crypto.des_encrypt(first + first, b"eight by") == crypto.des_encrypt(first, b"eight by")
