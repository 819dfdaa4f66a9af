"""The keys of a simulated UnionPay merchant, and of UnionPay itself: made once, kept for the owner's eyes, used again.

A till takes these files as it would take the real ones: the merchant's key and certificate (which UnionPay hands out
as one PFX), and the certificate of the authority that issues UnionPay's.
"""

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from firmware_sim.hosts import pki
from terminal import crypto
from terminal.schemes.unionpay import certificates
from terminal.schemes.unionpay.credentials import Credentials

UNIONPAY_NAME = f"041@83100000000083040@{certificates.UNIONPAY}@00016495"  # as in its test gateway's certificate


@dataclass(frozen=True, slots=True)
class Files:
    """Where the keys lie in a folder."""

    folder: Path

    @property
    def identity(self) -> Path:
        return self.folder / "identity.json"

    @property
    def merchant_key(self) -> Path:
        return self.folder / "merchant_key.pem"

    @property
    def merchant_certificate(self) -> Path:
        return self.folder / "merchant_cert.pem"

    @property
    def authority_certificate(self) -> Path:
        return self.folder / "authority_cert.pem"

    @property
    def unionpay_key(self) -> Path:
        return self.folder / "unionpay_key.pem"

    @property
    def unionpay_certificate(self) -> Path:
        return self.folder / "unionpay_cert.pem"


@dataclass(frozen=True, slots=True)
class Keys:
    """What the host holds; `files` says where the merchant finds its share."""

    files: Files
    mer_id: str
    cert_id: str  # the merchant's, in decimal digits
    merchant_key: RSAPublicKey = field(repr=False)
    unionpay_key: RSAPrivateKey = field(repr=False)
    unionpay_certificate: str = field(repr=False)  # PEM with the line ends that replies carry

    def credentials(self) -> Credentials:
        """The merchant's share."""
        return Credentials.from_files(
            self.mer_id,
            private_key=self.files.merchant_key,
            certificate=self.files.merchant_certificate,
            authorities=[self.files.authority_certificate],
        )


def load_or_make(state: Path) -> Keys:
    """The keys in `state`/unionpay, made there (owner only) where there are none yet."""
    return _load(Files(pki.filled(state / "unionpay", _fill)))


def _load(files: Files) -> Keys:
    return Keys(
        files=files,
        mer_id=json.loads(files.identity.read_text())["mer_id"],
        cert_id=str(certificates.read(files.merchant_certificate).serial_number),
        merchant_key=crypto.read_public_key(files.merchant_certificate),
        unionpay_key=crypto.read_private_key(files.unionpay_key),
        unionpay_certificate=crypto.read_file(files.unionpay_certificate).decode().strip().replace("\n", "\r\n"),
    )


def _fill(folder: Path) -> None:
    files, authority = Files(folder), pki.Authority()
    merchant, unionpay = pki.new_key(), pki.new_key()
    mer_id = f"7772900581{secrets.randbelow(10**5):05}"  # 777: how test merchants' numbers begin
    pki.write(files.identity, json.dumps({"mer_id": mer_id}).encode())
    pki.write(files.merchant_key, pki.private_pem(merchant))
    pki.write(files.merchant_certificate, authority.certificate(merchant, f"041@{mer_id}@Saoma Demo Store@00000001"))
    pki.write(files.authority_certificate, authority.own_certificate())
    pki.write(files.unionpay_key, pki.private_pem(unionpay))
    pki.write(files.unionpay_certificate, authority.certificate(unionpay, UNIONPAY_NAME))
