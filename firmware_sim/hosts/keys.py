"""The keys of a simulated WeChat Pay merchant and platform: made once, kept for the owner's eyes, used again.

A till and anybody's SDK take these files as they would take the real ones: the merchant's key and certificate, the
platform's certificate (certificate mode), its public key with an id (public-key mode), and the APIv3 key.
"""

import json
import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from terminal import crypto
from terminal.schemes.wechat.credentials import APIV3_KEY_LENGTH, PUBLIC_KEY_ID, Credentials

# Wide enough for any clock that a simulation may be started with.
VALID_FROM = datetime(2020, 1, 1, tzinfo=UTC)
VALID_TO = datetime(2050, 1, 1, tzinfo=UTC)


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
    def apiv3_key(self) -> Path:
        return self.folder / "apiv3_key.txt"

    @property
    def platform_key(self) -> Path:
        return self.folder / "platform_key.pem"

    @property
    def platform_certificate(self) -> Path:
        return self.folder / "platform_cert.pem"

    @property
    def public_key(self) -> Path:
        return self.folder / "public_key.pem"

    @property
    def public_key_secret(self) -> Path:
        return self.folder / "public_key_secret.pem"


@dataclass(frozen=True, slots=True)
class Keys:
    """What the host holds; `files` says where the merchant finds its share."""

    files: Files
    mchid: str
    appid: str
    public_key_id: str
    merchant_serial: str
    merchant_key: RSAPublicKey = field(repr=False)
    apiv3_key: bytes = field(repr=False)
    platform_serial: str
    platform_certificate: bytes = field(repr=False)
    platform_key: RSAPrivateKey = field(repr=False)
    public_key_secret: RSAPrivateKey = field(repr=False)

    def credentials(self) -> Credentials:
        """The merchant's share, with both modes' keys."""
        return Credentials.from_files(
            self.mchid,
            self.appid,
            private_key=self.files.merchant_key,
            certificate=self.files.merchant_certificate,
            apiv3_key=self.files.apiv3_key,
            public_keys={self.public_key_id: self.files.public_key},
            platform_certificates=[self.files.platform_certificate],
        )


def load_or_make(state: Path) -> Keys:
    """The keys in `state`/wechat, made there (owner only) where there are none yet."""
    folder = state / "wechat"
    if not Files(folder).identity.exists():
        _make(folder)
    return _load(Files(folder))


def _load(files: Files) -> Keys:
    identity = json.loads(files.identity.read_text())
    return Keys(
        files=files,
        mchid=identity["mchid"],
        appid=identity["appid"],
        public_key_id=identity["public_key_id"],
        merchant_serial=crypto.read_serial(files.merchant_certificate),
        merchant_key=crypto.read_public_key(files.merchant_certificate),
        apiv3_key=crypto.read_secret(files.apiv3_key),
        platform_serial=crypto.read_serial(files.platform_certificate),
        platform_certificate=crypto.read_file(files.platform_certificate),
        platform_key=crypto.read_private_key(files.platform_key),
        public_key_secret=crypto.read_private_key(files.public_key_secret),
    )


def _make(folder: Path) -> None:
    """Fills a folder aside and puts it in its place whole, so that a cut leaves all the keys or none."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix="wechat-", dir=folder.parent))  # the owner's alone from the start
    try:
        _fill(Files(aside))
        aside.rename(folder)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
        if not Files(folder).identity.exists():  # else somebody else was quicker, which is as well
            raise


def _fill(files: Files) -> None:
    authority, merchant, platform, public = (rsa.generate_private_key(65537, 2048) for _ in range(4))
    mchid = f"16{secrets.randbelow(10**8):08}"
    identity = {
        "mchid": mchid,
        "appid": f"wx{secrets.token_hex(8)}",
        "public_key_id": f"{PUBLIC_KEY_ID}01{mchid}{secrets.randbelow(10**16):016}",
    }
    _write(files.identity, json.dumps(identity).encode())
    _write(files.apiv3_key, secrets.token_hex(APIV3_KEY_LENGTH // 2).encode())
    _write(files.merchant_key, _private_pem(merchant))
    _write(files.merchant_certificate, _certificate(merchant, mchid, authority))
    _write(files.platform_key, _private_pem(platform))
    _write(files.platform_certificate, _certificate(platform, "Simulated Tenpay platform", authority))
    _write(files.public_key_secret, _private_pem(public))
    _write(files.public_key, public.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _private_pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _certificate(key: RSAPrivateKey, name: str, authority: RSAPrivateKey) -> bytes:
    """A certificate of our own making; the authority's key is thrown away once it has signed."""
    builder = x509.CertificateBuilder(
        issuer_name=_name("Saoma simulated CA"),
        subject_name=_name(name),
        public_key=key.public_key(),
        # Twenty bytes whose first is neither nought nor negative, so that every tool writes the same forty digits.
        serial_number=int.from_bytes(bytes([0x5A]) + secrets.token_bytes(19)),
        not_valid_before=VALID_FROM,
        not_valid_after=VALID_TO,
    )
    return builder.sign(authority, SHA256()).public_bytes(Encoding.PEM)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
