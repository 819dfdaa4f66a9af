"""The books for somebody else's program: CSV or JSON lines, entry by entry, each checked before it is written.

Nothing leaves that could be spent or turned against who opens it: the keyed hashes of payment codes stay here, long
texts are cut, and a spreadsheet takes no cell for a formula. One entry is in memory at a time.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TextIO

from terminal.books.journal import JournalReader
from terminal.model import Entry

LONGEST = 2000  # characters of one cell
KEPT_HERE = ("code_mac",)
FACTS = ("acquirer", "scheme", "code", "currency", "minor", "refund_id", "verdict", "reason", "said", "transaction_id")
COLUMNS = ("seq", "boot", "at", "order", "kind", *FACTS, "more", "hash")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

OnEntry = Callable[[int], None]


def to_jsonl(books: JournalReader, out: TextIO, on_entry: OnEntry = lambda _: None) -> int:
    """Write every entry as one line; how many. Raises JournalDamaged at the first that is wrong, the rest unwritten."""
    count = 0
    for count, entry in enumerate(books.sound_entries(), start=1):
        out.write(
            json.dumps({**_head(entry), "body": _body(entry), "hash": entry.hash.hex()}, ensure_ascii=False) + "\n"
        )
        on_entry(count)
    return count


def to_csv(books: JournalReader, out: TextIO, on_entry: OnEntry = lambda _: None) -> int:
    """The same as a table, `COLUMNS` first; what has no column of its own is JSON under `more`."""
    table = csv.writer(out)
    table.writerow(COLUMNS)
    count = 0
    for count, entry in enumerate(books.sound_entries(), start=1):
        table.writerow(_cells(entry))
        on_entry(count)
    return count


def cell(value: object) -> str:
    """A value as a spreadsheet may be given it: cut, and never a formula, whoever wrote it."""
    text = "".join(letter if letter.isprintable() else "�" for letter in str(value)[:LONGEST])
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _cells(entry: Entry) -> Iterator[str]:
    body = _body(entry)
    yield from map(cell, _head(entry).values())
    yield from (cell(body.get(name, "")) for name in FACTS)
    more = {name: value for name, value in body.items() if name not in FACTS}
    yield cell(json.dumps(more, ensure_ascii=False) if more else "")
    yield entry.hash.hex()


def _head(entry: Entry) -> dict[str, object]:
    at = datetime.fromtimestamp(entry.wall_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return {"seq": entry.seq, "boot": entry.boot, "at": at, "order": entry.order_id, "kind": entry.kind}


def _body(entry: Entry) -> Mapping[str, object]:
    return {name: _cut(value) for name, value in entry.body.items() if name not in KEPT_HERE}


def _cut(value: object) -> object:
    return value[:LONGEST] if isinstance(value, str) else value


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdecimal()
