"""Throwaway keys and certificates in files of the owner's alone: what every host's keys are made and kept with."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

# Wide enough for any clock that a simulation may be started with.
VALID_FROM = datetime(2020, 1, 1, tzinfo=UTC)
VALID_TO = datetime(2050, 1, 1, tzinfo=UTC)


def filled(folder: Path, fill: Callable[[Path], None]) -> Path:
    """The folder, filled where there is nothing in it yet: aside, and put in its place whole, so that a cut leaves all
    of it or nothing.
    """
    if not any(folder.glob("*")):
        _make_whole(folder, fill)
    return folder


def _make_whole(folder: Path, fill: Callable[[Path], None]) -> None:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))  # the owner's alone from the start
    try:
        fill(aside)
        aside.rename(folder)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
        if not folder.exists():  # else somebody else was quicker, which is as well
            raise


def write(path: Path, content: bytes) -> None:
    """A new file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def new_key() -> RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def private_pem(key: RSAPrivateKey, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    return key.private_bytes(Encoding.PEM, form, NoEncryption())


def public_pem(key: RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True, slots=True)
class Authority:
    """Issues certificates, as the one that the wallets trust does; its key is thrown away with it."""

    name: str | x509.Name = "Saoma simulated CA"
    key: RSAPrivateKey = field(default_factory=new_key, repr=False)

    def own_certificate(self) -> bytes:
        return self.certificate(self.key, self.name)

    def certificate(self, key: RSAPrivateKey, name: str | x509.Name) -> bytes:
        """A PEM certificate for whoever is called `name`."""
        builder = x509.CertificateBuilder(
            issuer_name=_name(self.name),
            subject_name=_name(name),
            public_key=key.public_key(),
            # Twenty bytes whose first is neither nought nor negative, so that every tool writes the same forty digits.
            serial_number=int.from_bytes(bytes([0x5A]) + secrets.token_bytes(19)),
            not_valid_before=VALID_FROM,
            not_valid_after=VALID_TO,
        )
        return builder.sign(self.key, SHA256()).public_bytes(Encoding.PEM)


def _name(name: str | x509.Name) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) if isinstance(name, str) else name
