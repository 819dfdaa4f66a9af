"""What was said between the till and its acquirers, masked: to look at, never to count on.

It stands in a file of its own beside the journal, for a payment must not wait for it: nothing is synced line by line,
what a power cut takes is only talk, and a file that is damaged is begun anew. The oldest goes when there is too much.
"""

import json
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from terminal.books.files import DAMAGE, translated

KEPT = 20_000  # exchanges: about 20 MB, a few thousand payments
_AT_ONCE = 500  # so many more are let in before the oldest are taken out

_TABLE = """
create table if not exists exchange(
    id integer primary key, order_id text not null, wall_ms integer not null, took_ms integer not null,
    acquirer text not null, operation text not null, method text not null, path text not null, asked text not null,
    status integer not null, said text not null, meant text not null
) strict;
create index if not exists exchange_by_order on exchange(order_id);
"""
_COLUMNS = "order_id, wall_ms, took_ms, acquirer, operation, method, path, asked, status, said, meant"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its answer; `asked` and `said` are the fields of both, masked.

    `status` is 0 where no reply came, or where the line has none; `meant` are the verdict and the reason it led to.
    """

    order_id: str
    wall_ms: int
    took_ms: int
    acquirer: str
    operation: str
    method: str
    path: str
    asked: Mapping[str, str]
    status: int
    said: Mapping[str, str]
    meant: tuple[str, ...]


def beside(journal: Path) -> Path:
    """Where the conversations of a journal are."""
    return journal.with_name(f"{journal.stem}-wire.db")


class ConversationLog:
    """Kept by the till."""

    def __init__(self, path: Path) -> None:
        """Raises JournalError where nothing can be kept."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = _opened_or_anew(path)
            path.chmod(0o600)
        except (apsw.Error, OSError) as error:
            raise translated(path, error) from error
        self._since_cut = _AT_ONCE

    def keep(self, one: Exchange) -> None:
        """Add it where that can be done; a full disk costs the talk and not the payment."""
        facts = (one.order_id, one.wall_ms, one.took_ms, one.acquirer, one.operation, one.method, one.path)
        said = (_text(one.asked), one.status, _text(one.said), _text(one.meant))
        with suppress(apsw.Error):
            self._db.execute(
                f"insert into exchange({_COLUMNS}) values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*facts, *said),
            )
            self._since_cut += 1
            if self._since_cut > _AT_ONCE:
                self._db.execute("delete from exchange where id <= (select max(id) from exchange) - ?", (KEPT,))
                self._since_cut = 0

    def close(self) -> None:
        with suppress(apsw.Error):
            self._db.close()


def conversation(path: Path, order_id: str) -> list[Exchange]:
    """Everything that was said about an order and its refunds, oldest first; raises JournalError."""
    if not path.exists():
        return []
    try:
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as db:
            db.set_busy_timeout(2000)
            found = db.execute(f"select {_COLUMNS} from exchange where order_id = ? order by id", (order_id,))  # noqa: S608
            return [_exchange(*row) for row in found]
    except (apsw.Error, *DAMAGE) as error:
        raise translated(path, error) from error


def _opened_or_anew(path: Path) -> apsw.Connection:
    try:
        return _opened(path)
    except DAMAGE:
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        return _opened(path)


def _opened(path: Path) -> apsw.Connection:
    db = apsw.Connection(str(path))
    db.set_busy_timeout(2000)
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = normal")  # synced at checkpoints: whole after a power cut, if not complete
    db.execute(_TABLE)
    return db


def _text(value: object) -> str:
    """As JSON, with what UTF-8 cannot spell escaped: it may come from anybody."""
    return json.dumps(value)


def _exchange(*row: Any) -> Exchange:
    facts = dict(zip(_COLUMNS.split(", "), row, strict=True))
    facts |= {name: json.loads(facts[name]) for name in ("asked", "said", "meant")}
    return Exchange(**facts | {"meant": tuple(facts["meant"])})
