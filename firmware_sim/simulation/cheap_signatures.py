"""RSA's place taken by a keyed hash, where millions of messages are to be signed and nobody is to be kept out.

The keys stay RSA keys and every message is signed and verified as before, over the same bytes: a reply that was
changed on the way is found out all the same. Only what it costs is another matter, by two hundred times.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from terminal import crypto

Key = RSAPrivateKey | RSAPublicKey


class _Macs:
    """What both halves of a key pair have in common is its modulus: that keys the hash."""

    def __init__(self) -> None:
        self._secrets: dict[int, tuple[Key, bytes]] = {}  # by the key's identity; the key is kept, so that it stays its

    def sign(self, key: Key, message: bytes) -> str:
        return b64encode(hmac.digest(self._secret(key), message, "sha256")).decode()

    def verifies(self, key: Key, message: bytes, signature: str) -> bool:
        return hmac.compare_digest(self.sign(key, message), signature)

    def _secret(self, key: Key) -> bytes:
        known = self._secrets.get(id(key))
        if known is None:
            public = key.public_key() if isinstance(key, RSAPrivateKey) else key
            known = key, hashlib.sha256(str(public.public_numbers().n).encode()).digest()
            self._secrets[id(key)] = known
        return known[1]


@contextmanager
def cheap_signatures() -> Iterator[None]:
    """While it lasts, `crypto.rsa_sign` and `crypto.rsa_verifies` are a keyed hash, for both ends."""
    macs, sign, verifies = _Macs(), crypto.rsa_sign, crypto.rsa_verifies
    crypto.rsa_sign, crypto.rsa_verifies = macs.sign, macs.verifies
    try:
        yield
    finally:
        crypto.rsa_sign, crypto.rsa_verifies = sign, verifies
