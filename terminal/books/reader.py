"""The books, to look at: what a second process may do beside a till that is writing them."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import apsw

from terminal.books import audit, chain
from terminal.books.files import DAMAGE, translated
from terminal.books.schema import SCHEMA_VERSION
from terminal.books.standing import Attempt, RefundLine
from terminal.errors import JournalDamaged, JournalError
from terminal.model import Entry, RefundState, State
from terminal.money import CURRENCIES, Money

_OPEN = tuple(state.value for state in State if state.is_open)
_ENTRY = "seq, boot, wall_ms, order_id, kind, body, hash"
_FIRST_ATTEMPT = ", ".join(
    f"attempt.{name}"
    for name in ("order_id", "sale_id", "acquirer", "minor", "currency", "scheme", "masked", "state", "begun_ms")
)
_ATTEMPT = f"{_FIRST_ATTEMPT}, attempt.shown, attempt.trace"

Values = tuple[str | int | bytes, ...]
T = TypeVar("T")


class JournalReader:
    """Safe beside a till that is writing. Whatever is asked raises JournalError where the file cannot be read."""

    def __init__(self, path: Path, *, flags: int = apsw.SQLITE_OPEN_READONLY) -> None:
        """Raises JournalError where there are none, or where they are of a newer Saoma."""
        self.path = path
        self._flags = flags
        if path.is_dir():  # of which SQLite says only that the disk has failed
            raise JournalError(f"{path}: is a folder; name the file in it")
        try:
            self._db = self._connect()
            (version,) = self._db.execute("pragma user_version").fetchall()[0]
        except apsw.CantOpenError as error:
            if path.exists():
                raise JournalError(
                    f"{path}: cannot be opened: it must be ours to read, in a folder we may write"
                ) from error
            raise JournalError(f"{path}: no journal here (start the till once, or give --state)") from error
        except DAMAGE as error:
            raise JournalDamaged(f"{path}: not a readable journal ({error})") from error
        except apsw.Error as error:
            raise translated(path, error) from error
        self._version = int(str(version))
        if self._version < 0:
            raise JournalDamaged(f"{path}: not a readable journal (schema {version})")
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

    # --- entries -----------------------------------------------------------------------------------------

    def entries(self, *, order_id: str | None = None, kind: str | None = None, last: int | None = None) -> list[Entry]:
        """Oldest first; the `last` so many, of one order and of one kind if asked."""
        asked = {name: value for name, value in (("order_id", order_id), ("kind", kind)) if value is not None}
        where, values = " and ".join(f"{name} = ?" for name in asked) or "true", tuple(asked.values())
        newest = self._found(
            _entry,
            f"select {_ENTRY} from entry where {where} order by seq desc limit ?",  # noqa: S608
            (*values, -1 if last is None else last),
        )
        return [*newest][::-1]

    def entries_of(self, kind: str) -> list[Entry]:
        """All of a kind, oldest first."""
        return self.entries(kind=kind)

    def hash_of(self, seq: int) -> bytes:
        """Of the entry with this number; nothing where there is none."""
        found = self._one("select hash from entry where seq = ?", (seq,))
        return found if isinstance(found, bytes) else b""

    def transaction_id(self, order_id: str) -> str:
        """The acquirer's own number of an order, as the newest entry that has one says it."""
        said = (entry.body.get("transaction_id") for entry in reversed(self.entries(order_id=order_id)))
        return next((str(one) for one in said if one), "")

    # --- attempts and refunds ----------------------------------------------------------------------------

    def attempt(self, order_id: str) -> Attempt | None:
        return next(self._attempts("where order_id = ?", (order_id,)), None)

    def attempts(self, after: int = 0) -> list[Attempt]:
        """In the order in which they last moved; with `after`, those that moved since that entry."""
        return list(self._attempts("where updated_seq > ? order by updated_seq", (after,)))

    def open_attempts(self) -> list[Attempt]:
        """Those still owed an ending, oldest first."""
        return list(self._attempts(f"where state in ({', '.join('?' * len(_OPEN))}) order by begun_ms", _OPEN))

    def parts(self, sale_id: str) -> list[Attempt]:
        """Of a sale that is paid in parts: those that are paid or may yet be, in their order."""
        where = "where state in ('INTENT', 'APPROVED') and sale_id > ? and sale_id < ? order by rowid"
        return list(self._attempts(where, (f"{sale_id}/", f"{sale_id}0")))  # "0" is what follows "/"

    def unprinted(self, since_ms: int) -> list[Attempt]:
        """Payments approved since then of which no receipt came out, oldest first.

        None that was taken over from damaged books, as what was printed of it is not known.
        """
        where = """where state = 'APPROVED' and order_id in (
            select order_id from entry where kind = 'APPROVED' and body ->> 'sale_id' is null
            and seq > (select coalesce(max(seq), 0) from entry where wall_ms < ?)
        ) and not exists (
            select 1 from entry where entry.order_id = attempt.order_id and kind = 'RECEIPT'
        ) order by updated_seq"""
        return list(self._attempts(where, (since_ms,)))

    def last_paid(self) -> Attempt | None:
        """The newest payment that stands."""
        return next(self._attempts("where state = 'APPROVED' order by updated_seq desc limit 1", ()), None)

    def left_of(self, attempt: Attempt) -> Money:
        """What of a payment has not been given back, or perhaps."""
        given = (line.money.minor for line in self.refunds(attempt.order_id) if line.state.holds_money)
        return Money(attempt.money.minor - sum(given), attempt.money.currency)

    def attempts_with_macs(self) -> Iterator[tuple[Attempt, bytes]]:
        """Every attempt that can be made out, with the keyed hash of its code: for books that take over from these."""
        one = f"select code_mac, {self._attempt_columns} from attempt where rowid = ?"  # noqa: S608
        for rowid in self._found(int, "select rowid from attempt order by updated_seq"):
            with suppress(JournalError):
                yield from self._found(lambda mac, *row: (_attempt(*row), mac), one, (rowid,))

    def refunds(self, order_id: str | None = None, *, after: int = 0) -> list[RefundLine]:
        """Oldest first; of one order if asked; with `after`, those that moved since that entry."""
        if self._version < 2:  # noqa: PLR2004 - the schema that brought them
            return []
        whose, values = ("", (after,)) if order_id is None else ("and refund.order_id = ?", (after, order_id))
        return [*self._refund_lines(f"refund.updated_seq > ? {whose}", values)]

    def refunds_if_made_out(self) -> Iterator[tuple[str, RefundLine | None]]:
        """Of every refund its order, and itself where it can be made out: for books that take over from these."""
        if self._version < 2:  # noqa: PLR2004 - as above
            return
        for rowid, order_id in self._rows("select rowid, order_id from refund order by rowid"):
            line = None
            with suppress(JournalError):
                line = next(self._refund_lines("refund.rowid = ?", (rowid,)), None)
            yield str(order_id), line

    def _refund_lines(self, where: str, values: Values) -> Iterator[RefundLine]:
        return self._found(
            _refund_line,
            f"""select refund_id, refund.minor, reason, refund.state, refund.begun_ms, refund.trace,
            {self._attempt_columns} from refund join attempt on attempt.order_id = refund.order_id
            where {where} order by refund.rowid""",  # noqa: S608
            values,
        )

    def _attempts(self, rest: str, values: Values) -> Iterator[Attempt]:
        return self._found(_attempt, f"select {self._attempt_columns} from attempt {rest}", values)  # noqa: S608

    @property
    def _attempt_columns(self) -> str:
        """Of an older journal too, looked at before a till took it on."""
        return _ATTEMPT if self._version > 1 else f"{_FIRST_ATTEMPT}, 0, 0"

    # --- soundness ---------------------------------------------------------------------------------------

    def sound_entries(self, after: int = 0) -> Iterator[Entry]:
        """As `chain.sound_entries`: raises JournalDamaged at the first that is wrong."""
        try:
            yield from chain.sound_entries(self._db, self.path, after)
        except (apsw.Error, *DAMAGE) as error:
            raise translated(self.path, error) from error

    def verify(self) -> int:
        """Check the file, every hash and the projection; the number of entries.

        Raises JournalDamaged naming the first entry that is wrong.
        """
        count = audit.verify(self._db, self.path, has_refunds=self._version > 1)
        self.entries(last=1)  # this and the next: what is read by other names than were checked
        self.attempts()
        self.refunds()
        return count

    def copy_into(self, other: apsw.Connection) -> None:
        """All of it, as of now, into an empty database."""
        with other.backup("main", self._db, "main") as copying:
            copying.step()

    # --- asking ------------------------------------------------------------------------------------------

    def _rows(self, sql: str, values: Values = ()) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._db.execute(sql, values)
        except (apsw.Error, *DAMAGE) as error:
            raise translated(self.path, error) from error

    def _found(self, make: Callable[..., T], sql: str, values: Values = ()) -> Iterator[T]:
        """What is made of each row."""
        try:
            for row in self._rows(sql, values):
                yield make(*row)
        except DAMAGE as error:
            raise translated(self.path, error) from error

    def _one(self, sql: str, values: Values = ()) -> object:
        """The first of the first row, or nothing."""
        return next((row[0] for row in self._rows(sql, values)), None)


def _entry(seq: int, boot: int, wall_ms: int, order_id: str, kind: str, body: str, digest: bytes) -> Entry:
    return Entry(seq, boot, wall_ms, order_id, kind, chain.read_body(body), digest)


def _attempt(*row: Any) -> Attempt:
    order_id, sale_id, acquirer, minor, currency, scheme, masked, state, begun_ms, shown, trace = row
    money = Money(minor, CURRENCIES[currency])
    return Attempt(order_id, sale_id, acquirer, money, scheme, masked, State(state), begun_ms, bool(shown), trace)


def _refund_line(
    refund_id: str, minor: int, reason: str, state: str, begun_ms: int, trace: int, *of_attempt: Any
) -> RefundLine:
    attempt = _attempt(*of_attempt)
    money = Money(minor, attempt.money.currency)
    return RefundLine(refund_id, attempt, money, reason, RefundState(state), begun_ms, trace)
