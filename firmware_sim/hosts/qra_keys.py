"""The number and the shared key of a simulated merchant of the front end: made once, kept for the owner's eyes."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from firmware_sim.hosts import pki
from terminal import crypto
from terminal.schemes.qra.credentials import Credentials


@dataclass(frozen=True, slots=True)
class Keys:
    """What both ends hold; `key_file` is the merchant's copy."""

    mch_id: str
    key_file: Path
    key: str = field(repr=False)

    def credentials(self) -> Credentials:
        return Credentials.from_files(self.mch_id, key=self.key_file)


def load_or_make(state: Path) -> Keys:
    """The key in `state`/qra, made there (owner only) where there is none yet."""
    folder = pki.filled(state / "qra", _fill)
    mch_id = (folder / "mch_id.txt").read_text().strip()
    return Keys(mch_id, folder / "key.txt", crypto.read_secret(folder / "key.txt").decode())


def _fill(folder: Path) -> None:
    pki.write(folder / "mch_id.txt", f"QRA{secrets.randbelow(10**9):09}SIM".encode())  # fifteen, as real ones
    pki.write(folder / "key.txt", secrets.token_hex(16).encode())
