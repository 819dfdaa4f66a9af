"""Who an acquirer is to Alipay+, and whose signatures it believes."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from terminal import crypto


@dataclass(frozen=True, slots=True)
class Credentials:
    client_id: str
    private_key: RSAPrivateKey = field(repr=False)
    platform_key: RSAPublicKey = field(repr=False)

    @classmethod
    def from_files(cls, client_id: str, *, private_key: Path, public_key: Path) -> "Credentials":
        """From PEM files; raises ConfigError."""
        return cls(client_id, crypto.read_private_key(private_key), crypto.read_public_key(public_key))
