"""How a bill is fetched from WeChat Pay v3: an offer, which is signed, then the file, which is not but has its hash.

The file comes as it is or as GZIP; the hash is of the bill unpacked.
"""

import gzip
import hashlib
import zlib
from dataclasses import dataclass

from terminal.schemes.fields import Fields, Malformed, to_json

LARGEST = 64 << 20  # bytes of a bill, unpacked
GZIP = "GZIP"
_MAGIC = b"\x1f\x8b"
_WITH_HEADER = zlib.MAX_WBITS | 16  # zlib's way to say GZIP


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


def packed(content: bytes) -> bytes:
    """As GZIP, the same bytes each time."""
    return gzip.compress(content, mtime=0)


def unpacked(content: bytes) -> bytes:
    """GZIP or plain; raises Malformed on what is broken or larger than any bill."""
    if not content.startswith(_MAGIC):
        return content
    unpacking = zlib.decompressobj(_WITH_HEADER)
    try:
        bill = unpacking.decompress(content, LARGEST)
    except zlib.error as error:
        raise Malformed("", "is broken GZIP") from error
    if not unpacking.eof:
        raise Malformed("", f"is cut off, or larger than {LARGEST} bytes")
    return bill


def _sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()  # theirs to choose; the offer is signed
