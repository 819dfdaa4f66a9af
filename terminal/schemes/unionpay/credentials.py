"""Who a merchant is to UnionPay, and whose certificates it believes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509 import Certificate

from terminal import crypto
from terminal.errors import ConfigError
from terminal.schemes.unionpay import certificates
from terminal.schemes.unionpay.codes import MERCHANT_ID


@dataclass(frozen=True, slots=True)
class Credentials:
    mer_id: str
    cert_id: str  # the serial number of the merchant's certificate, in decimal digits
    private_key: RSAPrivateKey = field(repr=False)
    authorities: tuple[Certificate, ...]  # that issue UnionPay's certificates
    signer: str = certificates.UNIONPAY

    @classmethod
    def from_files(
        cls,
        mer_id: str,
        *,
        private_key: Path,
        certificate: Path,
        authorities: Iterable[Path],
        signer: str = certificates.UNIONPAY,
    ) -> "Credentials":
        """From PEM files (a merchant's PFX holds the first two); raises ConfigError."""
        if not MERCHANT_ID.fullmatch(mer_id):
            raise ConfigError(f"UnionPay: mer_id = {mer_id!r}: fifteen digits or letters are wanted")
        issuing = tuple(certificates.read(path) for path in authorities)
        if not issuing:
            raise ConfigError("UnionPay: without an authority's certificate no reply can be believed")
        return cls(
            mer_id=mer_id,
            cert_id=str(certificates.read(certificate).serial_number),
            private_key=crypto.read_private_key(private_key),
            authorities=issuing,
            signer=signer,
        )
