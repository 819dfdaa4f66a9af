"""The journal: what survives a power cut.

Append-only entries, each hashed over the one before it. A move of an attempt is one transaction: compare the state it
is in, append the entry, set the new state. When `begin` or `move` returns, it is on the disk.

`attempt` is a projection of the entries, kept in the same transaction so that "one open attempt for a sale" is a
constraint of the database; `verify` rebuilds it and compares. Payment codes are kept as a keyed hash and masked.

One till writes (a lock file says which); others may read beside it, which is why the file is not opened in
SQLite's exclusive mode. docs/money.md says more.
"""

import hmac
from collections.abc import Iterable, Mapping

from terminal.books.files import room
from terminal.books.reader import JournalReader
from terminal.books.standing import Attempt, RefundLine
from terminal.books.writer import OLDEST_ENGINE, JournalWriter
from terminal.errors import IllegalMove, JournalError
from terminal.model import Answer, Order, Refund, RefundState, State

__all__ = ["DAMAGED", "LAST_TRACE", "OLDEST_ENGINE", "Attempt", "Journal", "JournalReader", "RefundLine"]

DAMAGED = "DAMAGED"  # the kind of the entry with which books begin that took over from damaged ones
LAST_TRACE = 999_999  # six digits
RESERVE_BYTES = 16 << 20  # of disk: below it nothing new is begun, so that whatever was begun can be ended

# The edges of the diagram in docs/money.md: from where each state may be entered.
_FROM = {
    State.APPROVED: (State.INTENT,),
    State.REVERSING: (State.INTENT, State.REVERSED, State.CLOSED),  # the last: a late success, undone again
    State.REVERSED: (State.REVERSING,),
    State.CLOSED: (State.INTENT, State.REVERSED, State.MANUAL),
    State.MANUAL: (State.INTENT, State.REVERSING, State.REVERSED),
}


class Journal(JournalWriter):
    """The books, to keep: what is written of attempts and refunds, and from where to where they may move."""

    operator = ""  # who sells: a till with operators says it in each attempt's first entry, and each refund's

    def begin(self, order: Order) -> None:
        """Write the intent to charge: durable before any byte may leave.

        Raises IllegalMove where the sale already has an attempt that is open or paid, and JournalError where the disk
        has so little room left that its ending might not fit.
        """
        if room(self._folder) < RESERVE_BYTES:
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
        with self._transaction():
            self._enter(attempt, self._mac(order.code.digits) if order.code else b"")

    def take_over(
        self,
        damaged: Mapping[str, object],
        attempts: Iterable[tuple[Attempt, bytes]],
        refunds: Iterable[RefundLine],
    ) -> None:
        """Enter what was saved of damaged books, as it stands there, and that it was: all of it or nothing."""
        with self._transaction():
            self._append("", DAMAGED, damaged)
            for attempt, code_mac in attempts:
                self._enter(attempt, code_mac)
            for line in refunds:
                self._enter_refund(line)

    def move(self, order_id: str, state: State, why: Answer) -> None:
        """Carry an attempt to `state` if it stands where that is allowed; raises IllegalMove if not."""
        allowed = _FROM[state]
        with self._transaction():
            seq = self._append(order_id, state, _evidence(why))
            self._db.execute(
                f"update attempt set state = ?, updated_seq = ? where order_id = ? "  # noqa: S608
                f"and state in ({', '.join('?' * len(allowed))})",
                (state, seq, order_id, *allowed),
            )
            if self._db.changes() != 1:
                raise IllegalMove(f"order {order_id} cannot become {state}: it is not {' or '.join(allowed)}")

    def begin_refund(self, refund: Refund) -> None:
        """Write the intent to give money back: durable before any byte may leave.

        Raises IllegalMove unless the order is approved and that much of it has not been given back, or perhaps.
        """
        one, order_id = refund, refund.order.order_id
        begun_ms = refund.begun_s * 1000
        with self._transaction():
            body = {"refund_id": one.refund_id, "minor": one.money.minor, "reason": one.reason, "begun_ms": begun_ms}
            seq = self._append(order_id, RefundState.ASKED, body | {"trace": one.trace, **self._by()})
            self._db.execute(
                """insert into refund select ?, order_id, ?, ?, ?, ?, ?, ? from attempt where order_id = ?
                and state = 'APPROVED' and ? between 1 and minor -
                (select coalesce(sum(minor), 0) from refund where order_id = attempt.order_id and state <> ?)""",
                (
                    one.refund_id,
                    one.money.minor,
                    one.reason,
                    RefundState.ASKED,
                    begun_ms,
                    one.trace,
                    seq,
                    order_id,
                    one.money.minor,
                    RefundState.REFUSED,
                ),
            )
            if self._db.changes() != 1:
                raise IllegalMove(f"order {order_id} has not {one.money} left to give back")

    def move_refund(self, refund_id: str, state: RefundState, why: Answer) -> None:
        """Carry a refund to its end; raises IllegalMove for one that has ended."""
        with self._transaction():
            rows = self._db.execute("select order_id from refund where refund_id = ?", (refund_id,)).fetchall()
            order_id = str(rows[0][0]) if rows else ""
            seq = self._append(order_id, state, {"refund_id": refund_id, **_evidence(why)})
            self._db.execute(
                "update refund set state = ?, updated_seq = ? where refund_id = ? and state in (?, ?)",
                (state, seq, refund_id, RefundState.ASKED, RefundState.MANUAL),
            )
            if self._db.changes() != 1:
                raise IllegalMove(f"refund {refund_id} cannot become {state}: it is not open")

    def note(self, order_id: str, kind: str, body: Mapping[str, object]) -> None:
        """An entry that moves nothing: evidence, a receipt printed, a person's remark."""
        assert kind not in State.__members__, "states are entered by `begin` and `move`"
        assert not kind.startswith("REFUND_"), "and refunds by `begin_refund` and `move_refund`"
        with self._transaction():
            self._append(order_id, kind, body)

    def next_trace(self) -> int:
        """From 1 to 999999, for the next attempt or refund: running, whatever was restarted in between."""
        used = "(select coalesce(max(rowid), 0) from attempt) + (select coalesce(max(rowid), 0) from refund)"
        return int(str(self._one(f"select {used}"))) % LAST_TRACE + 1

    def order_with_code(self, digits: str) -> str | None:
        """The order that this payment code was used for, if it was: a code is charged once, ever."""
        found = self._one("select order_id from attempt where code_mac = ? limit 1", (self._mac(digits),))
        return None if found is None else str(found)

    def _enter(self, one: Attempt, code_mac: bytes) -> None:
        """An attempt as it stands, within a transaction."""
        facts = (one.sale_id, one.acquirer, one.money.minor, one.money.currency.code, one.scheme, one.masked)
        names = ("sale_id", "acquirer", "minor", "currency", "scheme", "code")
        body = {**dict(zip(names, facts, strict=True)), "code_mac": code_mac.hex(), "begun_ms": one.begun_ms}
        body |= {"shown": one.shown, "trace": one.trace, **self._by()}
        seq = self._append(one.order_id, one.state, body)
        self._db.execute(
            "insert into attempt values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (one.order_id, *facts, code_mac, one.state, one.begun_ms, seq, one.shown, one.trace),
        )

    def _enter_refund(self, line: RefundLine) -> None:
        """A refund as it stands, within a transaction."""
        body = {"refund_id": line.refund_id, "minor": line.money.minor, "reason": line.reason}
        times = {"begun_ms": line.begun_ms, "trace": line.trace}
        seq = self._append(line.attempt.order_id, line.state, body | times)
        facts = (line.refund_id, line.attempt.order_id, line.money.minor, line.reason, line.state)
        self._db.execute("insert into refund values(?, ?, ?, ?, ?, ?, ?, ?)", (*facts, *times.values(), seq))

    def _by(self) -> dict[str, object]:
        return {"operator": self.operator} if self.operator else {}

    def _mac(self, digits: str) -> bytes:
        return hmac.digest(self._code_key, digits.encode(), "sha256")


def _evidence(why: Answer) -> dict[str, object]:
    facts: dict[str, object] = {
        "verdict": why.verdict,
        "reason": why.reason,
        "said": why.said,
        "transaction_id": why.transaction_id,
    }
    facts |= {"payer": why.payer, "settled": why.settled, "rate": why.rate}
    return {name: str(value) for name, value in facts.items() if value}
