"""How a bill is fetched from WeChat Pay v3: an offer, which is signed, then the file, which is not but has its hash.

The file comes as it is or as GZIP; the hash is of the bill unpacked.
"""

import hashlib
from dataclasses import dataclass

from terminal.schemes.fields import Fields, Malformed, to_json
from terminal.schemes.gzipped import unpacked


@dataclass(frozen=True, slots=True)
class Offer:
    """What tradebill and fundflowbill answer: where the bill lies for five minutes, and the hash it has unpacked."""

    download_url: str
    hash_value: str  # SHA-1, hex

    def body(self) -> bytes:
        return to_json({"hash_type": "SHA1", "hash_value": self.hash_value, "download_url": self.download_url})

    @classmethod
    def parse(cls, body: bytes) -> "Offer":
        fields = Fields.parse(body)
        if fields.text("hash_type", 32) != "SHA1":
            raise Malformed("hash_type", "must be SHA1")
        return cls(fields.text("download_url", 2048), fields.text("hash_value", 1024).lower())

    @classmethod
    def of(cls, content: bytes, download_url: str) -> "Offer":
        return cls(download_url, _sha1(content))

    def checked(self, content: bytes) -> bytes:
        """The bill, unpacked where it came as GZIP; raises Malformed where it is not the one that was offered."""
        bill = unpacked(content)
        if _sha1(bill) != self.hash_value:
            raise Malformed("", "is not the bill that was offered: its hash differs")
        return bill


def _sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()  # theirs to choose; the offer is signed
