"""The keys of a simulated Alipay+ acquirer, and of Alipay+ itself: made once, kept for the owner's eyes, used again."""

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import PrivateFormat

from firmware_sim.hosts import pki
from terminal import crypto
from terminal.schemes.alipayplus.credentials import Credentials


@dataclass(frozen=True, slots=True)
class Files:
    """Where the keys lie in a folder."""

    folder: Path

    @property
    def identity(self) -> Path:
        return self.folder / "identity.json"

    @property
    def client_key(self) -> Path:
        return self.folder / "client_key.pem"

    @property
    def client_key_pkcs1(self) -> Path:
        """The same in the form that Ant's own SDK asks for."""
        return self.folder / "client_key_pkcs1.pem"

    @property
    def client_public_key(self) -> Path:
        return self.folder / "client_public_key.pem"

    @property
    def platform_key(self) -> Path:
        return self.folder / "platform_key.pem"

    @property
    def platform_public_key(self) -> Path:
        return self.folder / "platform_public_key.pem"


@dataclass(frozen=True, slots=True)
class Keys:
    """What the host holds; `files` says where the merchant finds its share."""

    files: Files
    client_id: str
    client_key: RSAPublicKey = field(repr=False)
    platform_key: RSAPrivateKey = field(repr=False)

    def credentials(self) -> Credentials:
        """The acquirer's share."""
        files = self.files
        return Credentials.from_files(
            self.client_id, private_key=files.client_key, public_key=files.platform_public_key
        )


def load_or_make(state: Path) -> Keys:
    """The keys in `state`/alipayplus, made there (owner only) where there are none yet."""
    files = Files(pki.filled(state / "alipayplus", _fill))
    return Keys(
        files=files,
        client_id=json.loads(files.identity.read_text())["client_id"],
        client_key=crypto.read_public_key(files.client_public_key),
        platform_key=crypto.read_private_key(files.platform_key),
    )


def _fill(folder: Path) -> None:
    files, client, platform = Files(folder), pki.new_key(), pki.new_key()
    client_id = f"SANDBOX_5Y{secrets.token_hex(6).upper()}"  # as test clients of Antom are called
    pki.write(files.identity, json.dumps({"client_id": client_id}).encode())
    pki.write(files.client_key, pki.private_pem(client))
    pki.write(files.client_key_pkcs1, pki.private_pem(client, PrivateFormat.TraditionalOpenSSL))
    pki.write(files.client_public_key, pki.public_pem(client))
    pki.write(files.platform_key, pki.private_pem(platform))
    pki.write(files.platform_public_key, pki.public_pem(platform))
