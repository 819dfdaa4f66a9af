"""Signatures, sealed bodies and certificate numbers over bytes: what several wallets' wires have in common.

Thin by design: each function is one primitive of `cryptography` with the parameters that the wallets' manuals
prescribe, so that a wire names what it does and cannot pick a weaker padding by accident.
"""

import hmac
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import Certificate, InvalidVersion, load_pem_x509_certificate

from terminal.errors import ConfigError

OTHERS = 0o077  # what group and others may do with a file
_PADDING, _HASH = PKCS1v15(), SHA256()


def rsa_sign(key: RSAPrivateKey, message: bytes) -> str:
    """RSA PKCS#1 v1.5 over SHA-256, in base64."""
    return b64encode(key.sign(message, _PADDING, _HASH)).decode()


def rsa_verifies(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether the base64 `signature` is `key`'s over `message`; any text may be asked about."""
    try:
        key.verify(b64decode(signature, validate=True), message, _PADDING, _HASH)
    except (InvalidSignature, BadBase64, ValueError):
        return False
    return True


def seal(key: bytes, nonce: bytes, plain: bytes, associated: bytes) -> str:
    """AES-256-GCM: base64 of the ciphertext with its tag appended."""
    return b64encode(AESGCM(key).encrypt(nonce, plain, associated)).decode()


def unseal(key: bytes, nonce: bytes, sealed: str, associated: bytes) -> bytes:
    """The plain bytes; raises ValueError where the text, the key or the associated data is not the sealer's."""
    try:
        return AESGCM(key).decrypt(nonce, b64decode(sealed, validate=True), associated)
    except (InvalidTag, BadBase64, ValueError) as error:
        raise ValueError("sealed with another key, or changed on the way") from error


def des_encrypt(key: bytes, data: bytes) -> bytes:
    """ECB over blocks of eight bytes: single DES by a key of 8 bytes, two-key 3DES by 16, three-key by 24."""
    encryptor = Cipher(TripleDES(_three_keys(key)), ECB()).encryptor()  # noqa: S305 - what POS lines prescribe
    return encryptor.update(data) + encryptor.finalize()


def des_decrypt(key: bytes, data: bytes) -> bytes:
    """What `des_encrypt` undoes."""
    decryptor = Cipher(TripleDES(_three_keys(key)), ECB()).decryptor()  # noqa: S305 - what POS lines prescribe
    return decryptor.update(data) + decryptor.finalize()


def _three_keys(key: bytes) -> bytes:
    """3DES with one key thrice is single DES."""
    return {8: key * 3, 16: key + key[:8], 24: key}[len(key)]


def keyed_hash(key: bytes, text: str) -> str:
    """HMAC-SHA256 in hex: recognises a secret such as a payment code without keeping it."""
    return hmac.digest(key, text.encode(), "sha256").hex()


def certificate_serial(pem: bytes) -> str:
    """A certificate's serial number as the wallets write it: upper-case hex. Raises ValueError on other bytes."""
    return f"{load_certificate(pem).serial_number:X}"


def load_certificate(pem: bytes) -> Certificate:
    """A PEM certificate. Raises ValueError on anything else."""
    try:
        return load_pem_x509_certificate(pem)
    except InvalidVersion as error:  # which is no ValueError
        raise ValueError("a certificate of a version that there is not") from error


def load_public_key(pem: bytes) -> RSAPublicKey:
    """The RSA key of a PEM certificate or public key. Raises ValueError on anything else."""
    is_certificate = b"BEGIN CERTIFICATE" in pem
    try:
        key = load_certificate(pem).public_key() if is_certificate else load_pem_public_key(pem)
    except UnsupportedAlgorithm as error:
        raise ValueError("a key of a kind that is not known here") from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA key")  # noqa: TRY004 - the bytes are wrong, not the caller's types
    return key


def load_private_key(pem: bytes) -> RSAPrivateKey:
    """An unencrypted PEM RSA key. Raises ValueError on anything else."""
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError as error:  # how `cryptography` says that a passphrase is wanted
        raise ValueError("the key is encrypted") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")  # noqa: TRY004 - the bytes are wrong, not the caller's types
    return key


def read_file(path: Path) -> bytes:
    """A key file's bytes; raises ConfigError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error


def read_secret(path: Path) -> bytes:
    """A secret file's bytes; raises ConfigError where others than its owner may read it."""
    secret = read_file(path)
    if path.stat().st_mode & OTHERS:
        raise ConfigError(f"{path} can be read by others: chmod 600 {path}")
    return secret


def read_private_key(path: Path) -> RSAPrivateKey:
    """The key in an owner-only PEM file; raises ConfigError with the way out."""
    try:
        return load_private_key(read_secret(path))
    except ValueError as error:
        raise ConfigError(f"{path}: not an unencrypted RSA private key in PEM form ({error})") from error


def read_public_key(path: Path) -> RSAPublicKey:
    """The RSA key of a PEM certificate or public key file; raises ConfigError with the way out."""
    try:
        return load_public_key(read_file(path))
    except ValueError as error:
        raise ConfigError(f"{path}: not a certificate or RSA public key in PEM form ({error})") from error


def read_serial(path: Path) -> str:
    """The serial number of a PEM certificate file; raises ConfigError with the way out."""
    try:
        return certificate_serial(read_file(path))
    except ValueError as error:
        raise ConfigError(f"{path}: not a certificate in PEM form ({error})") from error
