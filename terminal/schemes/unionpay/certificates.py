"""The certificate that a reply brings along, and whether UnionPay's authority really issued it, to UnionPay."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import Certificate
from cryptography.x509.oid import NameOID

from terminal import crypto
from terminal.errors import ConfigError

UNIONPAY = "中国银联股份有限公司"  # among the parts of its certificates' common name, which `@` joins


def read(path: Path) -> Certificate:
    """The certificate in a PEM file; raises ConfigError with the way out."""
    try:
        return crypto.load_certificate(crypto.read_file(path))
    except ValueError as error:
        raise ConfigError(f"{path}: not a certificate in PEM form ({error})") from error


def signing_key(pem: str, authorities: Iterable[Certificate], signer: str, now_s: int) -> RSAPublicKey:
    """The key of a certificate that may speak for `signer`; raises ValueError with what is wrong with it.

    Other merchants have certificates from the same authority: it is the name that makes one UnionPay's.
    """
    try:
        certificate = crypto.load_certificate(pem.encode())
    except ValueError as error:
        raise ValueError("no certificate at all") from error
    if not any(_issued(certificate, authority) for authority in authorities):
        raise ValueError("a certificate of an unknown authority")
    now = datetime.fromtimestamp(now_s, UTC)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise ValueError("a certificate of another time")
    if signer not in _names(certificate):
        raise ValueError("somebody else's certificate")
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("a certificate without an RSA key")  # noqa: TRY004 - the bytes are wrong, not the types
    return key


def _issued(certificate: Certificate, authority: Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def _names(certificate: Certificate) -> list[str]:
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return [part for name in common for part in str(name.value).split("@")]
