"""Who an app is to Alipay, and whose signatures it believes.

Both modes are one map of the platform's keys: in certificate mode a key goes by its certificate's number, in
public-key mode there is one, and it goes by no name. A certificate's number is no serial number: Alipay makes it of
issuer and serial, and a request says the app's own and the root's.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509 import Certificate, load_pem_x509_certificate, load_pem_x509_certificates

from terminal import crypto
from terminal.errors import ConfigError

PUBLIC_KEY = ""  # the name of the platform's key in public-key mode

# Signed with RSA (RFC 8017): the root file also holds certificates with curves, which do not count.
_RSA_SIGNED = "1.2.840.113549.1.1."


@dataclass(frozen=True, slots=True)
class Credentials:
    app_id: str
    private_key: RSAPrivateKey = field(repr=False)
    platform_keys: Mapping[str, RSAPublicKey] = field(repr=False)
    app_cert_sn: str = ""  # this and the next: in certificate mode only
    root_cert_sn: str = ""
    seller_id: str = ""  # 2088…, where notifications are to be held against it

    @classmethod
    def with_public_key(cls, app_id: str, *, private_key: Path, public_key: Path, seller_id: str = "") -> "Credentials":
        """Public-key mode; raises ConfigError."""
        keys = {PUBLIC_KEY: crypto.read_public_key(public_key)}
        return cls(app_id, crypto.read_private_key(private_key), keys, seller_id=seller_id)

    @classmethod
    def with_certificates(
        cls, app_id: str, *, private_key: Path, app: Path, platform: Path, root: Path, seller_id: str = ""
    ) -> "Credentials":
        """Certificate mode, from the app's certificate, the platform's and the root file; raises ConfigError."""
        return cls(
            app_id,
            crypto.read_private_key(private_key),
            {read_cert_sn(platform): crypto.read_public_key(platform)},
            read_cert_sn(app),
            read_root_cert_sn(root),
            seller_id,
        )


def cert_sn(pem: bytes) -> str:
    """A certificate's number to Alipay; raises ValueError on other bytes."""
    return _number(load_pem_x509_certificate(pem))


def root_cert_sn(pem: bytes) -> str:
    """The number of a file of root certificates; raises ValueError on other bytes, or where none counts."""
    roots = [root for root in load_pem_x509_certificates(pem) if _is_rsa_signed(root)]
    if not roots:
        raise ValueError("no certificate in it is signed with RSA")
    return "_".join(_number(root) for root in roots)


def read_cert_sn(path: Path) -> str:
    """As `cert_sn` of a file; raises ConfigError with the way out."""
    try:
        return cert_sn(crypto.read_file(path))
    except ValueError as error:
        raise ConfigError(f"{path}: not a certificate in PEM form ({error})") from error


def read_root_cert_sn(path: Path) -> str:
    """As `root_cert_sn` of a file; raises ConfigError with the way out."""
    try:
        return root_cert_sn(crypto.read_file(path))
    except ValueError as error:
        raise ConfigError(f"{path}: not root certificates in PEM form ({error})") from error


def _number(certificate: Certificate) -> str:
    """MD5 of the issuer as RFC 2253 writes it (the last part first) and the serial number in decimal."""
    text = f"{certificate.issuer.rfc4514_string()}{certificate.serial_number}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _is_rsa_signed(certificate: Certificate) -> bool:
    return certificate.signature_algorithm_oid.dotted_string.startswith(_RSA_SIGNED)
