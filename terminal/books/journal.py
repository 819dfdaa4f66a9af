"""The journal: what survives a power cut.

Append-only entries, each hashed over the one before it, in SQLite (WAL, synchronous FULL, through apsw, whose
bundled engine has the WAL fix that the standard library's lacks). A move of an attempt is one transaction: compare
the state it is in, append the entry, set the new state. When `begin` or `move` returns, it is on the disk.

`attempt` is a projection of the entries, kept in the same transaction so that "one open attempt for a sale" is a
constraint of the database; `verify` rebuilds it and compares. Payment codes are kept as a keyed hash and masked.

One till writes (a lock file says which); others may read beside it, which is why the file is not opened in
SQLite's exclusive mode. docs/money.md says more.
"""

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

import apsw

from terminal.errors import IllegalMove, JournalDamaged, JournalError, JournalLocked
from terminal.model import Answer, Entry, Order, Refund, RefundState, State
from terminal.money import CURRENCIES, Money

SCHEMA_VERSION = 2
OLDEST_ENGINE = (3, 51, 3)  # before this, two connections of a WAL database could corrupt it

_SCHEMA = """
create table entry(
    seq integer primary key, boot integer not null, mono_ns integer not null, wall_ms integer not null,
    order_id text not null, kind text not null, body text not null, prev blob not null, hash blob not null
) strict;
create index entry_by_order on entry(order_id);
create table attempt(
    order_id text primary key, sale_id text not null, acquirer text not null, minor integer not null,
    currency text not null, scheme text not null, masked text not null, code_mac blob not null,
    state text not null, begun_ms integer not null, updated_seq integer not null,
    shown integer not null default 0, trace integer not null default 0
) strict;
create unique index one_live_attempt_per_sale on attempt(sale_id) where state in ('INTENT', 'APPROVED');
create index attempt_by_code on attempt(code_mac);
create index attempt_by_state on attempt(state);
"""
_REFUND_SCHEMA = """
create table refund(
    refund_id text primary key, order_id text not null references attempt(order_id), minor integer not null,
    reason text not null, state text not null, begun_ms integer not null, trace integer not null,
    updated_seq integer not null
) strict;
create index refund_by_order on refund(order_id);
"""

# What carries a schema to the next one; the entries themselves never change.
_MIGRATIONS = {
    1: "alter table attempt add column shown integer not null default 0;"
    "alter table attempt add column trace integer not null default 0;" + _REFUND_SCHEMA,
}

# The edges of the diagram in docs/money.md: from where each state may be entered.
_FROM = {
    State.APPROVED: (State.INTENT,),
    State.REVERSING: (State.INTENT, State.REVERSED, State.CLOSED),  # the last: a late success, undone again
    State.REVERSED: (State.REVERSING,),
    State.CLOSED: (State.INTENT, State.REVERSED, State.MANUAL),
    State.MANUAL: (State.INTENT, State.REVERSING, State.REVERSED),
}
_ENTRY = "seq, boot, wall_ms, order_id, kind, body, hash"
# What is not of the amount, the place and the code that it was brought into the books with.
_OTHER_ATTEMPT = """
select attempt.order_id from attempt left join entry on entry.seq =
    (select min(seq) from entry where order_id = attempt.order_id and body ->> 'code_mac' is not null)
where (body ->> 'sale_id', body ->> 'acquirer', body ->> 'minor', body ->> 'currency', body ->> 'code_mac')
    is not (sale_id, acquirer, minor, currency, lower(hex(code_mac))) limit 1
"""
_OTHER_REFUND = """
select refund.order_id from refund left join entry on entry.seq =
    (select min(seq) from entry where order_id = refund.order_id and body ->> 'refund_id' = refund_id)
where body ->> 'minor' is not minor limit 1
"""
_FIRST = b"\0" * 32
SHORTEST = 512  # bytes of a database: one page of the smallest size
LAST_TRACE = 999_999  # six digits
RESERVE_BYTES = 16 << 20  # of disk: below it nothing new is begun, so that whatever was begun can be ended


@dataclass(frozen=True, slots=True)
class Attempt:
    """An order as it stands: what the journal knows of it without its code."""

    order_id: str
    sale_id: str
    acquirer: str
    money: Money
    scheme: str
    masked: str
    state: State
    begun_ms: int
    shown: bool = False
    trace: int = 0

    def order(self) -> Order:
        begun_s = self.begun_ms // 1000
        return Order(
            self.order_id,
            self.sale_id,
            self.money,
            None,
            self.acquirer,
            shown=self.shown,
            begun_s=begun_s,
            trace=self.trace,
        )


@dataclass(frozen=True, slots=True)
class RefundLine:
    """A refund as it stands. `begun_ms` is Unix milliseconds."""

    refund_id: str
    attempt: Attempt
    money: Money
    reason: str
    state: RefundState
    begun_ms: int
    trace: int

    def refund(self, transaction_id: str = "") -> Refund:
        order = replace(self.attempt.order(), transaction_id=transaction_id)
        return Refund(self.refund_id, order, self.money, self.reason, self.begun_ms // 1000, self.trace)


class JournalReader:
    """The books, to look at. Safe beside a till that is writing them."""

    def __init__(self, path: Path, *, flags: int = apsw.SQLITE_OPEN_READONLY) -> None:
        """Raises JournalError where there are none, or where they are of a newer Saoma."""
        self.path = path
        self._flags = flags
        try:
            self._db = self._connect()
            (version,) = self._db.execute("pragma user_version").fetchall()[0]
        except apsw.CantOpenError as error:
            raise JournalError(f"{path}: no journal here (start the till once, or give --state)") from error
        except (apsw.NotADBError, apsw.CorruptError) as error:
            raise JournalDamaged(f"{path}: not a readable journal ({error})") from error
        self._version = int(str(version))
        if not self._version and flags == apsw.SQLITE_OPEN_READONLY:
            raise JournalError(f"{path}: no journal here (nothing was ever written)")
        if self._version > SCHEMA_VERSION:
            raise JournalError(f"{path}: written by a newer Saoma (schema {version}, this one knows {SCHEMA_VERSION})")

    def close(self) -> None:
        self._db.close()

    def _connect(self) -> apsw.Connection:
        connection = apsw.Connection(str(self.path), flags=self._flags)
        connection.set_busy_timeout(2000)
        return connection

    def entries(self, *, order_id: str | None = None, last: int | None = None) -> list[Entry]:
        """Oldest first; the `last` so many, of one order if asked."""
        where, values = ("where order_id = ?", (order_id,)) if order_id is not None else ("", ())
        rows = self._db.execute(
            f"select {_ENTRY} from entry {where} order by seq desc limit ?",  # noqa: S608
            (*values, -1 if last is None else last),
        )
        return [_entry(*row) for row in rows][::-1]

    def entries_of(self, kind: str) -> list[Entry]:
        """All of a kind, oldest first."""
        rows = self._db.execute(f"select {_ENTRY} from entry where kind = ? order by seq", (kind,))  # noqa: S608
        return [_entry(*row) for row in rows]

    def attempt(self, order_id: str) -> Attempt | None:
        return next(self._attempts("where order_id = ?", (order_id,)), None)

    def attempts(self, after: int = 0) -> list[Attempt]:
        """In the order in which they last moved; with `after`, those that moved since that entry."""
        return list(self._attempts("where updated_seq > ? order by updated_seq", (after,)))

    def open_attempts(self) -> list[Attempt]:
        """Those still owed an ending, oldest first."""
        states = tuple(state.value for state in State if state.is_open)
        return list(self._attempts(f"where state in ({', '.join('?' * len(states))}) order by begun_ms", states))

    def refunds(self, order_id: str | None = None, *, after: int = 0) -> list[RefundLine]:
        """Oldest first; of one order if asked; with `after`, those that moved since that entry."""
        if self._version < 2:  # noqa: PLR2004 - the schema that brought them
            return []
        columns = "refund_id, order_id, minor, reason, state, begun_ms, trace"
        where = "updated_seq > ? and order_id = coalesce(?, order_id)"
        found = self._db.execute(f"select {columns} from refund where {where} order by rowid", (after, order_id))  # noqa: S608
        rows = [tuple(map(str, row)) for row in found]
        return [_refund_line(attempt, *row) for row in rows if (attempt := self.attempt(row[1]))]

    def transaction_id(self, order_id: str) -> str:
        """The acquirer's own number of an order, as the newest entry that has one says it."""
        said = (entry.body.get("transaction_id") for entry in reversed(self.entries(order_id=order_id)))
        return next((str(one) for one in said if one), "")

    def verify(self) -> int:
        """Check the file, every hash and the projection; the number of entries.

        Raises JournalDamaged naming the first entry that is wrong.
        """
        try:
            health = self._one("pragma integrity_check(1)")
            if health != "ok":
                raise JournalDamaged(f"{self.path}: the file is damaged ({health})")
            count = sum(1 for _ in self.sound_entries())
            self._check_projection()
        except (apsw.CorruptError, apsw.NotADBError) as error:
            raise JournalDamaged(f"{self.path}: the file is damaged ({error})") from error
        return count

    def sound_entries(self, after: int = 0) -> Iterator[Entry]:
        """Entries whose place, link and hash are right; raises JournalDamaged at the first that is not.

        With `after`, that entry is trusted and those behind it are checked.
        """
        prev, expected = _FIRST, 1
        for row in self._db.execute("select * from entry where seq >= ? order by seq", (after,)):
            seq, boot, mono_ns, wall_ms, order_id, kind, body, row_prev, row_hash = row
            if seq == after:
                prev, expected = row_hash, seq + 1
                continue
            if seq != expected or row_prev != prev:
                raise JournalDamaged(f"{self.path}: entry {seq} does not follow the one before it")
            if _hash(row_prev, seq, boot, mono_ns, wall_ms, order_id, kind, body) != row_hash:
                raise JournalDamaged(f"{self.path}: entry {seq} was changed after it was written")
            prev, expected = row_hash, seq + 1
            yield Entry(seq, boot, wall_ms, order_id, kind, json.loads(body), row_hash)

    def _check_projection(self) -> None:
        rows = self._db.execute("select order_id, kind from entry where order_id <> '' order by seq")
        folded = {order_id: kind for order_id, kind in rows if kind in State.__members__}
        kept = dict(self._db.execute("select order_id, state from attempt"))
        wrong = sorted(key for key in folded.keys() | kept.keys() if folded.get(key) != kept.get(key))
        if wrong:
            raise JournalDamaged(f"{self.path}: order {wrong[0]} is not in the state that its entries lead to")
        for query in (_OTHER_ATTEMPT, *([_OTHER_REFUND] if self._version > 1 else [])):
            if (order_id := self._one(query)) is not None:
                raise JournalDamaged(f"{self.path}: order {order_id} is not what it was when it began")
        asked = self._db.execute("select kind, body ->> 'refund_id' from entry where kind like 'REFUND_%' order by seq")
        led_to = {refund_id: kind for kind, refund_id in asked}
        stands = {line.refund_id: line.state.value for line in self.refunds()}
        if led_to != stands:
            raise JournalDamaged(f"{self.path}: a refund is not in the state that its entries lead to")

    def attempts_with_macs(self) -> Iterator[tuple[Attempt, bytes]]:
        """Every attempt with the keyed hash of its code, for books that take over from these."""
        return self._rows("order by updated_seq", ())

    def _attempts(self, rest: str, values: tuple[str | int, ...]) -> Iterator[Attempt]:
        return (attempt for attempt, _ in self._rows(rest, values))

    def _rows(self, rest: str, values: tuple[str | int, ...]) -> Iterator[tuple[Attempt, bytes]]:
        later = "shown, trace" if self._version > 1 else "0, 0"  # an older journal, looked at before a till took it on
        columns = f"order_id, sale_id, acquirer, minor, currency, scheme, masked, state, begun_ms, {later}, code_mac"
        for row in self._db.execute(f"select {columns} from attempt {rest}", values):  # noqa: S608
            order_id, sale_id, acquirer, minor, currency, scheme, code, state, begun_ms, shown, trace, code_mac = row
            money = Money(minor, CURRENCIES[currency])
            yield (
                Attempt(order_id, sale_id, acquirer, money, scheme, code, State(state), begun_ms, bool(shown), trace),
                code_mac,
            )

    def _one(self, sql: str, values: tuple[str | bytes, ...] = ()) -> object:
        row = self._db.execute(sql, values).fetchone()
        return None if row is None else row[0]


class Journal(JournalReader):
    """The books, to keep. One at a time: a second one raises JournalLocked."""

    def __init__(
        self, path: Path, *, wall: Callable[[], float], monotonic: Callable[[], float], first_boot: int | None = None
    ) -> None:
        """Open or create, check, and write down that we started; raises JournalDamaged, JournalLocked, JournalError.

        With `first_boot` the books begin anew where others were: boots are counted on from there, as order numbers are
        made of them and must never come again. Without it, books that are gone while their key is there are damaged.
        """
        if tuple(int(part) for part in apsw.sqlite_lib_version().split(".")) < OLDEST_ENGINE:
            raise JournalError(f"SQLite {apsw.sqlite_lib_version()} may corrupt a journal: pip install 'apsw>=3.51.3'")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _lock(path.with_suffix(".lock"))
        except OSError as error:
            raise JournalError(f"{path}: cannot be kept there ({error.strerror})") from error
        self._wall = wall
        self._monotonic = monotonic
        self._seq, self._prev, self._last_wall_ms, self.boot = 0, _FIRST, 0, first_boot or 0
        self._is_trusted = True
        try:
            existed = path.exists()
            if first_boot is None and path.with_suffix(".key").exists() and _is_gone(path):
                raise JournalDamaged(f"{path}: the journal is gone")
            super().__init__(path, flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
            path.chmod(0o600)
            self._set_up()
            self._bring_up_to_date(existed)
            self._start()
        except (apsw.Error, JournalError, OSError) as error:
            self._lock.close()
            if isinstance(error, JournalError):
                raise
            raise _translated(path, error) from error

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._lock.close()

    def begin(self, order: Order) -> None:
        """Write the intent to charge: durable before any byte may leave.

        Raises IllegalMove where the sale already has an attempt that is open or paid, and JournalError where the disk
        has so little room left that its ending might not fit.
        """
        if _room(self.path.parent) < RESERVE_BYTES:
            raise JournalError(f"{self.path}: the disk is nearly full, so no payment is started; free some space")
        assert order.shown is (order.code is None), "an attempt begins with their code, or shows ours"
        attempt = Attempt(
            order.order_id,
            order.sale_id,
            order.acquirer,
            order.money,
            order.code.scheme if order.code else "",
            order.code.masked if order.code else "",
            State.INTENT,
            order.begun_s * 1000 or max(round(self._wall() * 1000), self._last_wall_ms),
            order.shown,
            order.trace,
        )
        self.adopt(attempt, self._mac(order.code.digits) if order.code else b"")

    def adopt(self, attempt: Attempt, code_mac: bytes) -> None:
        """Enter an attempt as it stands: a new one, or one taken over from damaged books."""
        one, money = attempt, attempt.money
        facts = (one.sale_id, one.acquirer, money.minor, money.currency.code, one.scheme, one.masked)
        names = ("sale_id", "acquirer", "minor", "currency", "scheme", "code")
        with self._transaction():
            body = {**dict(zip(names, facts, strict=True)), "code_mac": code_mac.hex(), "begun_ms": one.begun_ms}
            seq = self._append(one.order_id, one.state.value, {**body, "shown": one.shown, "trace": one.trace})
            self._db.execute(
                "insert into attempt values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (one.order_id, *facts, code_mac, one.state.value, one.begun_ms, seq, one.shown, one.trace),
            )

    def move(self, order_id: str, state: State, why: Answer) -> None:
        """Carry an attempt to `state` if it stands where that is allowed; raises IllegalMove if not."""
        allowed = tuple(origin.value for origin in _FROM[state])
        with self._transaction():
            seq = self._append(order_id, state.value, _evidence(why))
            self._db.execute(
                f"update attempt set state = ?, updated_seq = ? where order_id = ? "  # noqa: S608
                f"and state in ({', '.join('?' * len(allowed))})",
                (state.value, seq, order_id, *allowed),
            )
            if self._db.changes() != 1:
                raise IllegalMove(f"order {order_id} cannot become {state.value}: it is not {' or '.join(allowed)}")

    def begin_refund(self, refund: Refund) -> None:
        """Write the intent to give money back: durable before any byte may leave.

        Raises IllegalMove unless the order is approved and that much of it has not been given back, or perhaps.
        """
        one, order_id = refund, refund.order.order_id
        begun_ms = refund.begun_s * 1000
        with self._transaction():
            body = {"refund_id": one.refund_id, "minor": one.money.minor, "reason": one.reason, "begun_ms": begun_ms}
            seq = self._append(order_id, RefundState.ASKED.value, body | {"trace": one.trace})
            self._db.execute(
                """insert into refund select ?, order_id, ?, ?, ?, ?, ?, ? from attempt where order_id = ?
                and state = 'APPROVED' and ? between 1 and minor -
                (select coalesce(sum(minor), 0) from refund where order_id = attempt.order_id and state <> ?)""",
                (
                    one.refund_id,
                    one.money.minor,
                    one.reason,
                    RefundState.ASKED.value,
                    begun_ms,
                    one.trace,
                    seq,
                    order_id,
                    one.money.minor,
                    RefundState.REFUSED.value,
                ),
            )
            if self._db.changes() != 1:
                raise IllegalMove(f"order {order_id} has not {one.money} left to give back")

    def adopt_refund(self, line: RefundLine) -> None:
        """Enter a refund as it stands, taken over from damaged books."""
        body = {"refund_id": line.refund_id, "minor": line.money.minor, "reason": line.reason}
        times = {"begun_ms": line.begun_ms, "trace": line.trace}
        with self._transaction():
            seq = self._append(line.attempt.order_id, line.state.value, body | times)
            facts = (line.refund_id, line.attempt.order_id, line.money.minor, line.reason, line.state.value)
            self._db.execute("insert into refund values(?, ?, ?, ?, ?, ?, ?, ?)", (*facts, *times.values(), seq))

    def move_refund(self, refund_id: str, state: RefundState, why: Answer) -> None:
        """Carry a refund to its end; raises IllegalMove for one that has ended."""
        with self._transaction():
            rows = self._db.execute("select order_id from refund where refund_id = ?", (refund_id,)).fetchall()
            order_id = str(rows[0][0]) if rows else ""
            seq = self._append(order_id, state.value, {"refund_id": refund_id, **_evidence(why)})
            self._db.execute(
                "update refund set state = ?, updated_seq = ? where refund_id = ? and state in (?, ?)",
                (state.value, seq, refund_id, RefundState.ASKED.value, RefundState.MANUAL.value),
            )
            if self._db.changes() != 1:
                raise IllegalMove(f"refund {refund_id} cannot become {state.value}: it is not open")

    def note(self, order_id: str, kind: str, body: Mapping[str, object]) -> None:
        """An entry that moves nothing: evidence, a receipt printed, a person's remark."""
        assert kind not in State.__members__, "states are entered by `begin` and `move`"
        assert not kind.startswith("REFUND_"), "and refunds by `begin_refund` and `move_refund`"
        with self._transaction():
            self._append(order_id, kind, body)

    def next_trace(self) -> int:
        """From 1 to 999999, for the next attempt or refund: running, whatever was restarted in between."""
        used = [self._one(f"select coalesce(max(rowid), 0) from {table}") for table in ("attempt", "refund")]  # noqa: S608
        return (sum(int(str(rows)) for rows in used) % LAST_TRACE) + 1

    def order_with_code(self, digits: str) -> str | None:
        """The order that this payment code was used for, if it was: a code is charged once, ever."""
        found = self._one("select order_id from attempt where code_mac = ? limit 1", (self._mac(digits),))
        return None if found is None else str(found)

    def _set_up(self) -> None:
        # EXTRA while switching to WAL, so that the unlink of the rollback journal is synced too: an old one that
        # came back after a power cut would undo every later commit. FULL afterwards syncs the WAL at each commit.
        for pragma in ("synchronous = extra", "journal_mode = wal", "synchronous = full", "foreign_keys = on"):
            self._db.execute(f"pragma {pragma}")
        for pragma in ("trusted_schema = off", "cell_size_check = on", "wal_autocheckpoint = 500"):
            self._db.execute(f"pragma {pragma}")

    def _bring_up_to_date(self, existed: bool) -> None:
        if self._version < SCHEMA_VERSION:
            steps = [_MIGRATIONS[version] for version in range(self._version or SCHEMA_VERSION, SCHEMA_VERSION)]
            with self._transaction():
                self._db.execute("".join(steps) if self._version else _SCHEMA + _REFUND_SCHEMA)
                self._db.execute(f"pragma user_version = {SCHEMA_VERSION}")
            self._version = SCHEMA_VERSION
        if not existed:
            _sync_directory(self.path.parent)
        self._code_key = _code_key(self.path.with_suffix(".key"))

    def _start(self) -> None:
        health = self._one("pragma quick_check(1)")
        if health != "ok":
            raise JournalDamaged(f"{self.path}: the file is damaged ({health})")
        self._find_end()
        self.boot += 1
        self.note("", "BOOT", {"boot": self.boot})

    def _find_end(self) -> None:
        """Where the next entry goes; the newest thousand are checked, as `verify` checks them all."""
        for seq, digest, boot, wall_ms in self._db.execute(
            "select seq, hash, boot, wall_ms from entry order by seq desc limit 1"
        ):
            self._seq, self._prev, self.boot, self._last_wall_ms = seq, digest, boot, wall_ms
        for _ in self.sound_entries(after=max(0, self._seq - 1000)):
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
            raise _translated(self.path, error) from error
        self._is_trusted = True

    def _append(self, order_id: str, kind: str, body: Mapping[str, object]) -> int:
        seq = self._seq + 1
        mono_ns = round(self._monotonic() * 1e9)
        self._last_wall_ms = max(self._last_wall_ms, round(self._wall() * 1000))  # a Pi may start in the past
        text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = _hash(self._prev, seq, self.boot, mono_ns, self._last_wall_ms, order_id, kind, text)
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
                raise _translated(self.path, error) from error
            raise

    def _mac(self, digits: str) -> bytes:
        return hmac.digest(self._code_key, digits.encode(), "sha256")


def _hash(prev: bytes, *fields: int | str) -> bytes:
    """SHA-256 over the previous hash and the entry's fields as a JSON list."""
    return hashlib.sha256(prev + json.dumps(fields, ensure_ascii=False).encode()).digest()


def _entry(seq: int, boot: int, wall_ms: int, order_id: str, kind: str, body: str, digest: bytes) -> Entry:
    return Entry(seq, boot, wall_ms, order_id, kind, json.loads(body), digest)


def _refund_line(
    attempt: Attempt, refund_id: str, _order_id: str, minor: str, reason: str, state: str, begun_ms: str, trace: str
) -> RefundLine:
    money = Money(int(minor), attempt.money.currency)
    return RefundLine(refund_id, attempt, money, reason, RefundState(state), int(begun_ms), int(trace))


def _evidence(why: Answer) -> dict[str, object]:
    facts: dict[str, object] = {
        "verdict": why.verdict,
        "reason": why.reason,
        "said": why.said,
        "transaction_id": why.transaction_id,
    }
    facts |= {"payer": why.payer, "settled": why.settled, "rate": why.rate}
    return {name: str(value) for name, value in facts.items() if value}


def _lock(path: Path) -> TextIO:
    """Held by an open file, so that a killed till leaves nothing behind."""
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read().strip() or "another process"
        file.close()
        raise JournalLocked(
            f"{path.parent}: kept by process {holder}; close that till, or give another --state"
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _code_key(path: Path) -> bytes:
    """The secret under which codes are hashed: made once, owner only."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(32))
            file.flush()
            os.fsync(file.fileno())
        _sync_directory(path.parent)
    return path.read_bytes()


def _is_gone(path: Path) -> bool:
    """No file, or one too short for SQLite, which would begin anew in it without a word."""
    return not path.exists() or 0 < path.stat().st_size < SHORTEST


def _room(path: Path) -> int:
    """Bytes that are left for us on its disk."""
    about = os.statvfs(path)
    return about.f_bavail * about.f_frsize


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _translated(path: Path, error: Exception) -> JournalError:
    """SQLite's trouble in a cashier's words."""
    if isinstance(error, apsw.FullError):
        return JournalError(f"{path}: the disk is full; free some space, nothing was charged meanwhile")
    if isinstance(error, (apsw.ReadOnlyError, apsw.PermissionsError)):
        return JournalError(f"{path}: cannot be written (read-only); no payment is started")
    if isinstance(error, (apsw.CorruptError, apsw.NotADBError)):
        return JournalDamaged(f"{path}: the file is damaged ({error})")
    return JournalError(f"{path}: {error}")
