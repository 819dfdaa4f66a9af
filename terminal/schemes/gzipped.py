"""GZIP as bills come in it, read as hostile bytes."""

import gzip
import zlib

from terminal.schemes.fields import Malformed

LARGEST = 64 << 20  # bytes of a bill, unpacked
GZIP = "GZIP"
_MAGIC = b"\x1f\x8b"
_WITH_HEADER = zlib.MAX_WBITS | 16  # zlib's way to say GZIP


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
