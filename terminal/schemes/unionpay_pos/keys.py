"""A terminal's keys: the master key it is given by hand, and the working keys it is sent at each sign-in.

Working keys travel under the master key (TMK) by 3DES ECB, each with a check value: the first four bytes of what it
makes of eight zero bytes. The layout is that of a captured sign-in reply, sixty bytes with a track key, else forty.
"""

from dataclasses import dataclass, field
from pathlib import Path

from terminal import crypto
from terminal.errors import ConfigError
from terminal.schemes.fields import Malformed

KEY_BYTES = 16  # of a double-length key, and of each key's place
SINGLE_BYTES = 8
CHECK_BYTES = 4
SLOT_BYTES = KEY_BYTES + CHECK_BYTES
WITHOUT_TRACK_KEY, WITH_TRACK_KEY = 2 * SLOT_BYTES, 3 * SLOT_BYTES
PADDING = bytes(KEY_BYTES - SINGLE_BYTES)  # what follows a single-length key in its place


@dataclass(frozen=True, slots=True)
class WorkingKeys:
    """For PIN blocks and for MACs; `mac_key` is of 8 or 16 bytes, as the acquirer sends it."""

    pin_key: bytes = field(repr=False)
    mac_key: bytes = field(repr=False)

    def sealed(self, master_key: bytes) -> str:
        """DE 62 of a sign-in reply, in hex."""
        return (_sealed(master_key, self.pin_key) + _sealed(master_key, self.mac_key)).hex().upper()

    @classmethod
    def unseal(cls, master_key: bytes, sealed: str) -> "WorkingKeys":
        """From DE 62; raises Malformed where a key is not what its check value says."""
        data = bytes.fromhex(sealed)
        if len(data) not in (WITHOUT_TRACK_KEY, WITH_TRACK_KEY):
            raise Malformed("DE 62", f"must be {WITHOUT_TRACK_KEY} or {WITH_TRACK_KEY} bytes of keys")
        pin_key, mac_key = (_unsealed(master_key, data[at : at + SLOT_BYTES]) for at in (0, SLOT_BYTES))
        return cls(pin_key, mac_key)


def check_value(key: bytes) -> bytes:
    return crypto.des_encrypt(key, bytes(SINGLE_BYTES))[:CHECK_BYTES]


def read_master_key(path: Path) -> bytes:
    """Sixteen bytes in hex, in a file that is its owner's alone; raises ConfigError."""
    text = crypto.read_secret(path).strip()
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError as error:
        raise ConfigError(f"{path}: a terminal master key is {2 * KEY_BYTES} hexadecimal digits") from error
    if len(key) != KEY_BYTES:
        raise ConfigError(f"{path}: a terminal master key has {2 * KEY_BYTES} hexadecimal digits, not {len(text)}")
    return key


def _sealed(master_key: bytes, key: bytes) -> bytes:
    return crypto.des_encrypt(master_key, key).ljust(KEY_BYTES, b"\0") + check_value(key)


def _unsealed(master_key: bytes, slot: bytes) -> bytes:
    sealed, check = slot[:KEY_BYTES], slot[KEY_BYTES:]
    if sealed.endswith(PADDING):
        sealed = sealed[:SINGLE_BYTES]
    key = crypto.des_decrypt(master_key, sealed)
    if check_value(key) != check:
        raise Malformed("DE 62", "has a key that is not what its check value says")
    return key
