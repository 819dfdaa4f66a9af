"""What the acquirers remember: whose money lies where, which orders there were, which codes were shown.

Money moves only by balanced double entries, so `check` can say at any time that none was made or lost. The words
are neutral: a host puts them into its wallet's. One process writes, and what a call has returned is durable.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import apsw

from terminal import crypto

Value = str | int | float | None

WORLD = "world"  # where money is before a customer has it: the only account that may be in debt

SCHEMA = """
CREATE TABLE salt (value BLOB NOT NULL) STRICT;
CREATE TABLE account (
    name TEXT PRIMARY KEY,
    balance INTEGER NOT NULL CHECK (balance >= 0 OR name = 'world')
) STRICT, WITHOUT ROWID;
CREATE TABLE customer (
    id TEXT PRIMARY KEY,
    needs_password INTEGER NOT NULL,
    types_after_s REAL,
    types_wrong INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE purchase (
    number INTEGER PRIMARY KEY,
    merchant TEXT NOT NULL,
    order_no TEXT NOT NULL,
    kind TEXT NOT NULL,
    content TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    currency TEXT NOT NULL,
    created_s REAL NOT NULL,
    state TEXT NOT NULL,
    customer TEXT NOT NULL,
    refusal TEXT NOT NULL,
    paid_s REAL,
    due_s REAL,
    due_state TEXT NOT NULL,
    shown_as TEXT UNIQUE,
    attach TEXT NOT NULL,
    refunded INTEGER NOT NULL CHECK (refunded BETWEEN 0 AND amount),
    UNIQUE (merchant, order_no)
) STRICT;
CREATE INDEX purchase_due ON purchase (due_s) WHERE due_s IS NOT NULL;
CREATE TABLE refund (
    number INTEGER PRIMARY KEY,
    merchant TEXT NOT NULL,
    refund_no TEXT NOT NULL,
    purchase INTEGER NOT NULL REFERENCES purchase,
    amount INTEGER NOT NULL CHECK (amount > 0),
    created_s REAL NOT NULL,
    done_s REAL NOT NULL,
    UNIQUE (merchant, refund_no)
) STRICT;
CREATE TABLE code (
    hash TEXT PRIMARY KEY,
    customer TEXT NOT NULL REFERENCES customer,
    shown_s REAL NOT NULL,
    spent INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE entry (
    move INTEGER NOT NULL,
    account TEXT NOT NULL REFERENCES account,
    amount INTEGER NOT NULL,
    purchase INTEGER REFERENCES purchase,
    why TEXT NOT NULL,
    PRIMARY KEY (move, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_purchase ON entry (purchase);
"""

# What must be nowhere in the books, by the name of the rule that it would break.
BROKEN = {
    "a move that does not balance": "SELECT move FROM entry GROUP BY move HAVING sum(amount) <> 0",
    "a balance that its entries do not add up to": """
        SELECT name FROM account WHERE balance <> (SELECT total(amount) FROM entry WHERE account = name)""",
    "an order whose money is not where its state says": """
        SELECT order_no FROM purchase WHERE
            (SELECT total(amount) FROM entry WHERE purchase = number AND account = 'merchant:' || merchant)
            <> CASE state WHEN 'paid' THEN amount - refunded ELSE 0 END""",
    "refunds that are not what their order says was given back": """
        SELECT order_no FROM purchase WHERE state <> 'reversed' AND refunded <>
            (SELECT total(amount) FROM refund WHERE purchase = purchase.number)""",
    "a reversed order that kept money": """
        SELECT order_no FROM purchase WHERE state = 'reversed' AND paid_s IS NOT NULL AND refunded <> amount""",
}


class State(StrEnum):
    """Where an order stands with the acquirer."""

    OPEN = "open"  # waits for the customer
    PAID = "paid"
    FAILED = "failed"
    CLOSED = "closed"  # ran out, or was closed before anybody paid
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody with a wallet, and how they behave when a password is wanted."""

    id: str
    needs_password: bool = False
    types_after_s: float | None = 8.0  # None: never
    types_wrong: bool = False


@dataclass(frozen=True, slots=True)
class ShownCode:
    customer: str
    shown_s: float
    spent: bool


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order as an acquirer keeps it. `content` is a hash of what was asked: a repeat must ask the same."""

    number: int  # the acquirer's own
    merchant: str
    order_no: str
    kind: str
    content: str
    amount: int  # minor units
    currency: str
    created_s: float
    state: State = State.OPEN
    customer: str = ""
    refusal: str = ""  # the host's own code, so that a repeat is refused alike
    paid_s: float | None = None
    due_s: float | None = None  # when an open order ends by itself, and how
    due_state: State = State.FAILED
    shown_as: str | None = None  # the merchant code that a phone may scan
    attach: str = ""
    refunded: int = 0


@dataclass(frozen=True, slots=True)
class Returned:
    """A refund as an acquirer keeps it; the money moves at once, and the customer has it at `done_s`."""

    number: int
    merchant: str
    refund_no: str
    purchase: int
    amount: int
    created_s: float
    done_s: float


@dataclass(frozen=True, slots=True)
class Line:
    """One order in a merchant's books: `net` is what the merchant has of it, in minor units."""

    order_no: str
    net: int
    state: State
    amount: int
    refunded: int
    paid_s: float | None


PURCHASE_FIELDS = tuple(field.name for field in fields(Purchase))


class Ledger:
    """All books of one world. Methods that change something are all or nothing."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self._db = apsw.Connection(str(path))
        self._db.pragma("journal_mode", "wal")
        self._db.pragma("synchronous", "full")  # an acquirer that forgets a payment is worse than a slow one
        self._db.pragma("foreign_keys", True)
        with self._db:
            if not self._rows("SELECT 1 FROM sqlite_master"):
                self._db.execute(SCHEMA)
                self._db.execute("INSERT INTO salt VALUES (?)", (secrets.token_bytes(32),))
                self._db.execute("INSERT INTO account VALUES (?, 0)", (WORLD,))
        self._salt = bytes(self._one("SELECT value FROM salt"))

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Makes everything within one change: either all of it is kept or nothing."""
        with self._db:
            yield

    def hash(self, secret: str) -> str:
        """Recognises a payment code, or a request that holds one, without keeping it."""
        return crypto.keyed_hash(self._salt, secret)

    # Customers and their codes.

    def add_customer(self, customer: Customer, balance: int) -> None:
        """Opens an account with `balance` minor units from the world; an id already there raises ConstraintError."""
        traits = (customer.id, customer.needs_password, customer.types_after_s, customer.types_wrong)
        with self._db:
            self._db.execute("INSERT INTO customer VALUES (?, ?, ?, ?)", traits)
            self._move(WORLD, customer_account(customer.id), balance, None, "opening")

    def customer(self, customer_id: str) -> Customer | None:
        rows = self._rows("SELECT * FROM customer WHERE id = ?", customer_id)
        return next((Customer(id_, bool(needs), after, bool(wrong)) for id_, needs, after, wrong in rows), None)

    def balance(self, account: str) -> int:
        """What is in an account, in minor units; nothing in one that no money has touched."""
        rows = self._rows("SELECT balance FROM account WHERE name = ?", account)
        return int(rows[0][0]) if rows else 0

    def show_code(self, code: str, customer_id: str, now_s: float) -> bool:
        """A wallet shows a fresh code; False where this one has been shown before."""
        with self._db:
            self._db.execute(
                "INSERT OR IGNORE INTO code (hash, customer, shown_s) VALUES (?, ?, ?)",
                (self.hash(code), customer_id, now_s),
            )
        return self._db.changes() == 1

    def shown(self, code: str) -> ShownCode | None:
        rows = self._rows("SELECT customer, shown_s, spent FROM code WHERE hash = ?", self.hash(code))
        return next((ShownCode(customer, shown_s, bool(spent)) for customer, shown_s, spent in rows), None)

    def spend(self, code: str) -> None:
        with self._db:
            self._db.execute("UPDATE code SET spent = 1 WHERE hash = ?", (self.hash(code),))

    # Orders.

    def add(self, purchase: Purchase) -> Purchase:
        """Keeps a new order, under a number of the ledger's own."""
        values = [getattr(purchase, name) for name in PURCHASE_FIELDS]
        places = ", ".join("?" for _ in values)
        with self._db:
            self._db.execute(f"INSERT INTO purchase VALUES ({places})", (None, *values[1:]))  # noqa: S608
        return replace(purchase, number=self._db.last_insert_rowid())

    def purchase(self, number: int) -> Purchase | None:
        return next(iter(self._purchases("number = ?", number)), None)

    def find(self, merchant: str, order_no: str) -> Purchase | None:
        return next(iter(self._purchases("merchant = ? AND order_no = ?", merchant, order_no)), None)

    def find_shown(self, shown_as: str) -> Purchase | None:
        return next(iter(self._purchases("shown_as = ?", shown_as)), None)

    def pay(self, purchase: Purchase, customer_id: str, now_s: float) -> Purchase:
        """An open order is paid from the customer's account, or fails where there is too little in it."""
        if self.balance(customer_account(customer_id)) < purchase.amount:
            return self.end(purchase, State.FAILED)
        paid = replace(purchase, state=State.PAID, customer=customer_id, paid_s=now_s, due_s=None)
        with self._db:
            source, target = customer_account(customer_id), merchant_account(purchase.merchant)
            self._move(source, target, purchase.amount, purchase, "pay")
            self._db.execute(
                "UPDATE purchase SET state = ?, customer = ?, paid_s = ?, due_s = NULL WHERE number = ? AND state = ?",
                (paid.state, customer_id, now_s, purchase.number, State.OPEN),
            )
            assert self._db.changes() == 1, "only an open order can be paid"
        return paid

    def end(self, purchase: Purchase, state: State, refusal: str = "") -> Purchase:
        """An order that holds no money ends."""
        ended = replace(purchase, state=state, refusal=refusal or purchase.refusal, due_s=None)
        with self._db:
            self._db.execute(
                "UPDATE purchase SET state = ?, refusal = ?, due_s = NULL WHERE number = ? AND state = ?",
                (ended.state, ended.refusal, purchase.number, purchase.state),
            )
            assert self._db.changes() == 1, "the order has moved on since it was read"
        return ended

    def advance(self, now_s: float) -> None:
        """Lets happen what was due by now: passwords typed, dialogs closed, orders run out."""
        if not (due := self._purchases("due_s <= ? ORDER BY due_s, number", now_s)):
            return
        with self._db:
            for purchase in due:
                if purchase.due_state is State.PAID:
                    self.pay(purchase, purchase.customer, purchase.due_s or now_s)
                else:
                    self.end(purchase, purchase.due_state)

    def reverse(self, purchase: Purchase) -> Purchase:
        """Undoes an order: what is left of a payment goes back, and it can never be paid any more."""
        given_back = purchase.amount if purchase.state is State.PAID else 0
        with self._db:
            if purchase.state is State.PAID:
                self._give_back(purchase, purchase.amount - purchase.refunded, "reverse")
            self.end(purchase, State.REVERSED)
        return replace(purchase, state=State.REVERSED, due_s=None, refunded=given_back)

    def refund(self, purchase: Purchase, refund_no: str, amount: int, now_s: float, done_s: float) -> Returned:
        """Gives part of a paid order back; more than is left of it raises ConstraintError."""
        with self._db:
            self._give_back(purchase, amount, "refund")
            values = (purchase.merchant, refund_no, purchase.number, amount, now_s, done_s)
            self._db.execute("INSERT INTO refund VALUES (NULL, ?, ?, ?, ?, ?, ?)", values)
        return self._refunds("number = ?", self._db.last_insert_rowid())[0]

    def find_refund(self, merchant: str, refund_no: str) -> Returned | None:
        return next(iter(self._refunds("merchant = ? AND refund_no = ?", merchant, refund_no)), None)

    def refunds_of(self, purchase: Purchase) -> list[Returned]:
        return self._refunds("purchase = ?", purchase.number)

    # The books.

    def books(self, merchant: str) -> list[Line]:
        """Every order of a merchant with what it earned, oldest first; `advance` first, for what is due."""
        rows = self._rows(
            "SELECT order_no, coalesce((SELECT sum(amount) FROM entry WHERE purchase = number AND account = ?), 0),"
            " state, amount, refunded, paid_s FROM purchase WHERE merchant = ? ORDER BY number",
            merchant_account(merchant),
            merchant,
        )
        return [Line(order_no, net, State(state), *rest) for order_no, net, state, *rest in rows]

    def statement(self, merchant: str, now_s: float) -> dict[str, object]:
        """The books as told over a control address: what the merchant has of each order, and which rules are broken."""
        self.advance(now_s)
        return {"net_fen": {line.order_no: line.net for line in self.books(merchant)}, "broken_rules": self.check()}

    def check(self) -> list[str]:
        """The rules that the books break, each with where: none, unless there is a bug."""
        return [f"{rule}: {found[0]}" for rule, query in BROKEN.items() for found in self._rows(query)]

    # Within.

    def _give_back(self, purchase: Purchase, amount: int, why: str) -> None:
        self._move(merchant_account(purchase.merchant), customer_account(purchase.customer), amount, purchase, why)
        self._db.execute("UPDATE purchase SET refunded = refunded + ? WHERE number = ?", (amount, purchase.number))

    def _move(self, source: str, target: str, amount: int, purchase: Purchase | None, why: str) -> None:
        move = self._one("SELECT coalesce(max(move), 0) + 1 FROM entry")
        number = purchase.number if purchase else None
        self._db.execute("UPDATE account SET balance = balance - ? WHERE name = ?", (amount, source))
        self._db.execute(
            "INSERT INTO account VALUES (?, ?) ON CONFLICT DO UPDATE SET balance = balance + excluded.balance",
            (target, amount),
        )
        for account, change in ((source, -amount), (target, amount)):
            self._db.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", (move, account, change, number, why))

    def _purchases(self, where: str, *values: Value) -> list[Purchase]:
        rows = self._rows(f"SELECT * FROM purchase WHERE {where}", *values)  # noqa: S608 - our own words only
        return [_purchase(row) for row in rows]

    def _refunds(self, where: str, *values: Value) -> list[Returned]:
        rows = self._rows(f"SELECT * FROM refund WHERE {where} ORDER BY number", *values)  # noqa: S608 - as above
        return [Returned(*row) for row in rows]

    def _one(self, query: str) -> Any:
        return self._rows(query)[0][0]

    def _rows(self, query: str, *values: Value) -> list[Any]:
        return self._db.execute(query, values).fetchall()


def customer_account(customer_id: str) -> str:
    return f"customer:{customer_id}"


def merchant_account(merchant: str) -> str:
    return f"merchant:{merchant}"


def _purchase(row: tuple[Any, ...]) -> Purchase:
    values = dict(zip(PURCHASE_FIELDS, row, strict=True))
    return Purchase(**values | {"state": State(values["state"]), "due_state": State(values["due_state"])})
