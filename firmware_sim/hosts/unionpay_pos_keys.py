"""What an acquirer gives a terminal by hand, and what it must still know of it tomorrow: numbers, master key, batch.

Made once and kept for the owner's eyes. Working keys are not kept: a host that was restarted sends new ones at the
next sign-in.
"""

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from firmware_sim.hosts import pki
from terminal.schemes.unionpay_pos.keys import KEY_BYTES, read_master_key

FIRST_BATCH = "000001"


@dataclass(frozen=True, slots=True)
class Files:
    """Where they lie in a folder."""

    folder: Path

    @property
    def identity(self) -> Path:
        return self.folder / "identity.json"

    @property
    def master_key(self) -> Path:
        return self.folder / "master_key.txt"

    @property
    def batch(self) -> Path:
        return self.folder / "batch.txt"


@dataclass(slots=True)
class Keys:
    """One merchant with one terminal; `files` says where a till finds the master key, `batch` which one is open."""

    files: Files
    terminal_no: str
    merchant_no: str
    master_key: bytes = field(repr=False)
    batch: str

    def begin(self, batch: str) -> None:
        aside = self.files.batch.with_suffix(".new")
        aside.write_text(batch)
        aside.replace(self.files.batch)
        self.batch = batch


def load_or_make(state: Path) -> Keys:
    """The keys in `state`/unionpay_pos, made there (owner only) where there are none yet."""
    files = Files(pki.filled(state / "unionpay_pos", _fill))
    identity = json.loads(files.identity.read_text())
    master_key, batch = read_master_key(files.master_key), files.batch.read_text().strip()
    return Keys(files, identity["terminal_no"], identity["merchant_no"], master_key, batch)


def _fill(folder: Path) -> None:
    files = Files(folder)
    # 898110: how the numbers of merchants in Beijing begin in published messages.
    merchant_no, terminal_no = f"898110{secrets.randbelow(10**9):09}", f"{secrets.randbelow(10**8):08}"
    pki.write(files.identity, json.dumps({"terminal_no": terminal_no, "merchant_no": merchant_no}).encode())
    pki.write(files.master_key, secrets.token_hex(KEY_BYTES).upper().encode())
    pki.write(files.batch, FIRST_BATCH.encode())
