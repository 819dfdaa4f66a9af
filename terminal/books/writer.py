"""Appending to the books: opening them, and transactions that are on the disk when they are over.

SQLite (WAL, synchronous FULL, through apsw, whose bundled engine has the WAL fix that the standard library's lacks).
What the entries mean is `journal.py`'s.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw

from terminal.books.chain import FIRST, entry_hash, sound_rows
from terminal.books.files import DAMAGE, code_key, is_gone, locked, sync_directory, translated
from terminal.books.reader import JournalReader, Values
from terminal.books.schema import SCHEMA_VERSION, statements_from
from terminal.errors import IllegalMove, JournalDamaged, JournalError

OLDEST_ENGINE = (3, 51, 3)  # before this, two connections of a WAL database could corrupt it
TAIL = 1000  # entries that are checked at every start, as `verify` checks them all

_BODY = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class JournalWriter(JournalReader):
    """The books, to append to. One at a time: a second one raises JournalLocked."""

    def __init__(
        self, path: Path, *, wall: Callable[[], float], monotonic: Callable[[], float], first_boot: int | None = None
    ) -> None:
        """Open or create, check, and write down that we started; raises JournalDamaged, JournalLocked, JournalError.

        With `first_boot` the books begin anew where others were: boots are counted on from there, as order numbers are
        made of them and must never come again. Without it, books that are gone while their key is there are damaged.
        """
        if tuple(int(part) for part in apsw.sqlite_lib_version().split(".")) < OLDEST_ENGINE:
            raise JournalError(f"SQLite {apsw.sqlite_lib_version()} may corrupt a journal: pip install 'apsw>=3.51.3'")
        self._folder, key = path.parent, path.with_suffix(".key")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = locked(path.with_suffix(".lock"))
        except OSError as error:
            raise JournalError(f"{path}: cannot be kept there ({error.strerror})") from error
        self._wall = wall
        self._monotonic = monotonic
        self._seq, self._prev, self._last_wall_ms, self.boot = 0, FIRST, 0, first_boot or 0
        self._is_trusted = True
        try:
            existed = path.exists()
            if first_boot is None and is_gone(path) and key.exists():
                raise JournalDamaged(f"{path}: the journal is gone")
            super().__init__(path, flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
            path.chmod(0o600)
            self._set_up()
            self._bring_up_to_date(existed)
            self._code_key = code_key(key)
            self._start()
        except (apsw.Error, JournalError, OSError, *DAMAGE) as error:
            self._lock.close()
            if isinstance(error, JournalError):
                raise
            raise translated(path, error) from error

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._lock.close()

    def _set_up(self) -> None:
        # EXTRA while switching to WAL, so that the unlink of the rollback journal is synced too: an old one that
        # came back after a power cut would undo every later commit. FULL afterwards syncs the WAL at each commit.
        for pragma in ("synchronous = extra", "journal_mode = wal", "synchronous = full", "foreign_keys = on"):
            self._db.execute(f"pragma {pragma}")
        for pragma in ("trusted_schema = off", "cell_size_check = on", "wal_autocheckpoint = 500"):
            self._db.execute(f"pragma {pragma}")

    def _bring_up_to_date(self, existed: bool) -> None:
        if self._version < SCHEMA_VERSION:
            with self._transaction():
                self._db.execute(statements_from(self._version))
            self._version = SCHEMA_VERSION
        if not existed:
            sync_directory(self._folder)

    def _start(self) -> None:
        health = self._one("pragma quick_check(1)")
        if health != "ok":
            raise JournalDamaged(f"{self.path}: the file is damaged ({health})")
        self._find_end()
        self.boot += 1
        with self._transaction():
            self._append("", "BOOT", {"boot": self.boot})

    def _find_end(self) -> None:
        """Where the next entry goes; the newest are checked, as `verify` checks them all."""
        for seq, digest, boot, wall_ms in self._db.execute(
            "select seq, hash, boot, wall_ms from entry order by seq desc limit 1"
        ):
            self._seq, self._prev, self.boot, self._last_wall_ms = seq, digest, boot, wall_ms
        for _ in sound_rows(self._db, self.path, after=max(0, self._seq - TAIL)):
            pass

    def _reopen(self) -> None:
        """After an I/O error nothing that was remembered is to be trusted.

        A system whose sync has failed may forget what it was to write, and say that the next one went well. What the
        disk has is the truth, whether it has the last entry or not; where it cannot be had, no payment is started.
        """
        self._is_trusted = False
        with suppress(apsw.Error):  # it is closed all the same
            self._db.close(True)
        try:
            self._db = self._connect()
            self._set_up()
            self._db.execute("pragma wal_checkpoint(truncate)").fetchall()
            self._find_end()
        except apsw.Error as error:
            raise translated(self.path, error) from error
        self._is_trusted = True

    def _rows(self, sql: str, values: Values = ()) -> Iterator[tuple[Any, ...]]:
        if not self._is_trusted:
            self._reopen()
        return super()._rows(sql, values)

    def _append(self, order_id: str, kind: str, body: Mapping[str, object]) -> int:
        seq = self._seq + 1
        mono_ns = round(self._monotonic() * 1e9)
        self._last_wall_ms = max(self._last_wall_ms, round(self._wall() * 1000))  # a Pi may start in the past
        text = _BODY.encode(body)
        digest = entry_hash(self._prev, seq, self.boot, mono_ns, self._last_wall_ms, order_id, kind, text)
        self._db.execute(
            "insert into entry values(?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (seq, self.boot, mono_ns, self._last_wall_ms, order_id, kind, text, self._prev, digest),
        )
        self._seq, self._prev = seq, digest
        return seq

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing, and on the disk when it is over."""
        if not self._is_trusted:
            self._reopen()
        seq, prev = self._seq, self._prev
        try:
            self._db.execute("begin immediate")
            yield
            self._db.execute("commit")
        except BaseException as error:
            self._seq, self._prev = seq, prev
            if isinstance(error, apsw.IOError):
                self._reopen()
            elif self._db.in_transaction:
                self._db.execute("rollback")
            if isinstance(error, apsw.ConstraintError):
                raise IllegalMove("this sale already has an attempt that is open or paid") from error
            if isinstance(error, apsw.Error):
                raise translated(self.path, error) from error
            raise
