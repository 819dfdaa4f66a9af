"""The keys of a simulated Alipay app, and of Alipay itself: made once, kept for the owner's eyes, used again.

A till and anybody's SDK take these files as they would take the real ones: the app's key (in both forms that SDKs
ask for), Alipay's public key, and for certificate mode the app's certificate, Alipay's and the root's.
"""

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import PrivateFormat
from cryptography.x509 import Name

from firmware_sim.hosts import pki
from terminal import crypto
from terminal.schemes.alipay.credentials import Credentials, read_cert_sn, read_root_cert_sn

# Named in all four parts, as Alipay's are: some SDKs put exactly these into a certificate's number.
AUTHORITY = Name.from_rfc4514_string("CN=Saoma Simulated Authority R1,OU=Certification Authority,O=Saoma,C=CN")


@dataclass(frozen=True, slots=True)
class Files:
    """Where the keys lie in a folder."""

    folder: Path

    @property
    def identity(self) -> Path:
        return self.folder / "identity.json"

    @property
    def app_key(self) -> Path:
        return self.folder / "app_key.pem"

    @property
    def app_key_pkcs1(self) -> Path:
        return self.folder / "app_key_pkcs1.pem"

    @property
    def app_certificate(self) -> Path:
        return self.folder / "app_cert.pem"

    @property
    def alipay_key(self) -> Path:
        return self.folder / "alipay_key.pem"

    @property
    def alipay_public_key(self) -> Path:
        return self.folder / "alipay_public_key.pem"

    @property
    def alipay_certificate(self) -> Path:
        return self.folder / "alipay_cert.pem"

    @property
    def root_certificate(self) -> Path:
        return self.folder / "root_cert.pem"


@dataclass(frozen=True, slots=True)
class Keys:
    """What the host holds; `files` says where the merchant finds its share."""

    files: Files
    app_id: str
    seller_id: str
    app_cert_sn: str
    root_cert_sn: str
    alipay_cert_sn: str
    app_key: RSAPublicKey = field(repr=False)
    alipay_key: RSAPrivateKey = field(repr=False)

    def credentials(self) -> Credentials:
        """The merchant's share in public-key mode."""
        return Credentials.with_public_key(
            self.app_id,
            private_key=self.files.app_key,
            public_key=self.files.alipay_public_key,
            seller_id=self.seller_id,
        )

    def certificate_credentials(self) -> Credentials:
        """The merchant's share in certificate mode."""
        return Credentials.with_certificates(
            self.app_id,
            private_key=self.files.app_key,
            app=self.files.app_certificate,
            platform=self.files.alipay_certificate,
            root=self.files.root_certificate,
            seller_id=self.seller_id,
        )


def load_or_make(state: Path) -> Keys:
    """The keys in `state`/alipay, made there (owner only) where there are none yet."""
    return _load(Files(pki.filled(state / "alipay", _fill)))


def _load(files: Files) -> Keys:
    identity = json.loads(files.identity.read_text())
    return Keys(
        files=files,
        app_id=identity["app_id"],
        seller_id=identity["seller_id"],
        app_cert_sn=read_cert_sn(files.app_certificate),
        root_cert_sn=read_root_cert_sn(files.root_certificate),
        alipay_cert_sn=read_cert_sn(files.alipay_certificate),
        app_key=crypto.read_public_key(files.app_certificate),
        alipay_key=crypto.read_private_key(files.alipay_key),
    )


def _fill(folder: Path) -> None:
    files, authority = Files(folder), pki.Authority(AUTHORITY)
    app, alipay = pki.new_key(), pki.new_key()
    identity = {
        "app_id": f"2021{secrets.randbelow(10**12):012}",
        "seller_id": f"2088{secrets.randbelow(10**12):012}",
    }
    pki.write(files.identity, json.dumps(identity).encode())
    pki.write(files.app_key, pki.private_pem(app))
    pki.write(files.app_key_pkcs1, pki.private_pem(app, PrivateFormat.TraditionalOpenSSL))
    pki.write(files.app_certificate, authority.certificate(app, identity["app_id"]))
    pki.write(files.alipay_key, pki.private_pem(alipay))
    pki.write(files.alipay_public_key, pki.public_pem(alipay))
    pki.write(files.alipay_certificate, authority.certificate(alipay, "Simulated Alipay"))
    pki.write(files.root_certificate, authority.own_certificate())
