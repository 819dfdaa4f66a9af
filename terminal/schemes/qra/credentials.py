"""Who a merchant is to the front end, and the key that both sign with."""

from dataclasses import dataclass, field
from pathlib import Path

from terminal import crypto
from terminal.errors import ConfigError
from terminal.schemes.qra.codes import MERCHANT_ID

KEY_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Credentials:
    mch_id: str
    key: str = field(repr=False)

    @classmethod
    def from_files(cls, mch_id: str, *, key: Path) -> "Credentials":
        """`key` is an owner-only file with the 32 characters of the key; raises ConfigError."""
        if not MERCHANT_ID.fullmatch(mch_id):
            raise ConfigError(f"qra: mch_id = {mch_id!r}: digits and letters are wanted")
        secret = crypto.read_secret(key).strip()
        if len(secret) != KEY_LENGTH or not secret.isascii():
            raise ConfigError(f"{key}: a key has {KEY_LENGTH} ASCII characters")
        return cls(mch_id, secret.decode())
