"""The chain of hashes: each entry is hashed over the one before it, so that none is changed, lost or put in unseen."""

import hashlib
import json
from collections.abc import Iterator
from json.encoder import encode_basestring as quoted
from pathlib import Path

import apsw

from terminal.errors import JournalDamaged
from terminal.model import Entry

read_body = json.JSONDecoder().decode  # as `json.loads`, which first asks whether it was given bytes

FIRST = b"\0" * 32  # what the first entry follows

Row = tuple[int, int, int, int, str, str, str, bytes, bytes]  # an entry's columns as they stand in the table


def entry_hash(
    prev: bytes, seq: int, boot: int, mono_ns: int, wall_ms: int, order_id: str, kind: str, body: str
) -> bytes:
    """SHA-256 over the previous hash and the entry's fields as a JSON list."""
    # Spelt out: a JSONEncoder sets itself up anew for every list, which takes longer than all the rest of it.
    fields = f"[{seq}, {boot}, {mono_ns}, {wall_ms}, {quoted(order_id)}, {quoted(kind)}, {quoted(body)}]"
    return hashlib.sha256(prev + fields.encode()).digest()


def sound_entries(db: apsw.Connection, path: Path, after: int = 0) -> Iterator[Entry]:
    """As `sound_rows`, in words."""
    for seq, boot, _, wall_ms, order_id, kind, body, _, digest in sound_rows(db, path, after):
        yield Entry(seq, boot, wall_ms, order_id, kind, read_body(body), digest)


def sound_rows(db: apsw.Connection, path: Path, after: int = 0) -> Iterator[Row]:
    """Entries whose place, link and hash are right; raises JournalDamaged at the first that is not.

    With `after`, that entry is trusted and those behind it are checked.
    """
    prev, expected = FIRST, 1
    for row in db.execute("select * from entry where seq >= ? order by seq", (after,)):
        seq, boot, mono_ns, wall_ms, order_id, kind, body, row_prev, row_hash = row
        if seq == after:
            prev, expected = row_hash, seq + 1
            continue
        if seq != expected or row_prev != prev:
            raise JournalDamaged(f"{path}: entry {seq} does not follow the one before it")
        if entry_hash(row_prev, seq, boot, mono_ns, wall_ms, order_id, kind, body) != row_hash:
            raise JournalDamaged(f"{path}: entry {seq} was changed after it was written")
        prev, expected = row_hash, seq + 1
        yield row
