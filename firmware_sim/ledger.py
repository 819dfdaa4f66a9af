"""What the acquirers remember: whose money lies where, which orders there were, which codes were shown.

Money moves only by balanced double entries, so `check` can say at any time that none was made or lost. Where issuer
and acquirer are two institutions, a payment goes customer, issuer, acquirer, merchant: the issuer is left holding
what it owes the acquirer until `settle`, and all of these together are always nought. The words are neutral: a host
puts them into its wallet's. One process writes, and what a call has returned is durable.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from hashlib import blake2b
from math import inf
from operator import attrgetter
from pathlib import Path
from typing import Any

import apsw

from firmware_sim.ledger_schema import BROKEN, SCHEMA, VERSION, WORLD
from firmware_sim.ledger_words import Customer, Kind, Line, Notice, Purchase, Refusal, Returned, ShownCode, State
from terminal.errors import PlaceError

Value = str | int | float | None

INSTITUTION = "institution:"
INSERT_PURCHASE = f"INSERT INTO purchase VALUES (NULL{', ?' * (len(Purchase._fields) - 1)})"  # noqa: S608
KINDS, STATES = {kind: kind for kind in Kind}, {state: state for state in State}  # by their texts too
UPDATE_PURCHASE = (
    "UPDATE purchase SET state = ?, customer = ?, refusal = ?, paid_s = ?, due_s = ?, due_state = ?"
    " WHERE number = ? AND state = ?"
)
CUSTOMER_FIELDS = ", ".join(field.name for field in fields(Customer))
NEXT_DUE = """
SELECT min(due_s) FROM (
    SELECT min(due_s) AS due_s FROM purchase WHERE due_s IS NOT NULL
    UNION ALL SELECT min(due_s) FROM notice WHERE due_s IS NOT NULL)
"""
_customer_row = attrgetter(*(field.name for field in fields(Customer)))
NOTICE_FIELDS = ", ".join(field.name for field in fields(Notice))


@dataclass(frozen=True, slots=True)
class Transfer:
    """What one institution pays another when they settle."""

    payer: str
    payee: str
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class Earned:
    """One move of money to a merchant, or (negative) back; `why` is pay, reverse or refund."""

    move: int
    order_no: str
    amount: int  # minor units
    why: str


class Ledger:
    """All books of one world. Methods that change something are all or nothing.

    `on_change` is called whenever something may have become due at another time than before.
    """

    def __init__(self, path: Path | str = ":memory:") -> None:
        self.on_change: Callable[[], None] = lambda: None
        self._db = apsw.Connection(str(path))
        self._db.pragma("journal_mode", "wal")
        self._db.pragma("synchronous", "full")  # an acquirer that forgets a payment is worse than a slow one
        self._db.pragma("foreign_keys", True)
        with self._db:
            if not self._rows("SELECT 1 FROM sqlite_master"):
                self._db.execute(SCHEMA)
                self._db.execute("INSERT INTO salt VALUES (?)", (secrets.token_bytes(32),))
                self._db.pragma("user_version", VERSION)
        if self._db.pragma("user_version") != VERSION:
            raise PlaceError(f"{path} was kept by another version of Saoma: delete it, or choose another --state")
        self._salt = bytes(self._one("SELECT value FROM salt"))
        self._last_move = int(self._one("SELECT coalesce(max(move), 0) FROM entry"))
        self._nothing_due_until_s = -inf  # as far as is known: of orders, which nearly every call asks for
        self._customers: dict[str, Customer] = {}  # as they have been read: a customer never changes

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Makes everything within one change: either all of it is kept or nothing."""
        with self._db:
            yield

    def hash(self, secret: str) -> str:
        """Recognises a payment code, or a request that holds one, without keeping it: 64 hex digits."""
        return blake2b(secret.encode(), key=self._salt, digest_size=32).hexdigest()

    # Customers and their codes.

    def add_customer(self, customer: Customer, balance: int, currency: str = "CNY") -> None:
        """Opens an account with `balance` minor units from the world; an id already there raises ConstraintError."""
        with self._db:
            self._db.execute("INSERT INTO customer VALUES (?, ?, ?, ?, ?, ?)", _customer_row(customer))
            self._move(WORLD, customer_account(customer.id), balance, currency, None, "opening")

    def customer(self, customer_id: str) -> Customer | None:
        if customer_id not in self._customers:
            rows = self._rows(f"SELECT {CUSTOMER_FIELDS} FROM customer WHERE id = ?", customer_id)  # noqa: S608
            self._customers.update((row[0], _customer(row)) for row in rows)
        return self._customers.get(customer_id)

    def balance(self, account: str, currency: str = "CNY") -> int:
        """What is in an account, in minor units; nothing in one that no money has touched."""
        rows = self._rows("SELECT balance FROM account WHERE name = ? AND currency = ?", account, currency)
        return int(rows[0][0]) if rows else 0

    def spent_since(self, customer_id: str, since_s: float) -> int:
        """What a customer has paid since then and not been given back, in minor units of whatever currency."""
        return int(
            self._rows(
                "SELECT coalesce(sum(amount - refunded), 0) FROM purchase WHERE customer = ? AND paid_s >= ?",
                customer_id,
                since_s,
            )[0][0]
        )

    def show_code(self, code: str, customer_id: str, now_s: float) -> bool:
        """A wallet shows a fresh code; False where this one has been shown before."""
        values = (self.hash(code), customer_id, now_s)
        self._db.execute("INSERT OR IGNORE INTO code (hash, customer, shown_s) VALUES (?, ?, ?)", values)
        return self._db.changes() == 1

    def shown(self, code: str) -> ShownCode | None:
        rows = self._rows("SELECT customer, shown_s, spent FROM code WHERE hash = ?", self.hash(code))
        return ShownCode(rows[0][0], rows[0][1], bool(rows[0][2])) if rows else None

    def spend(self, code: str) -> None:
        self._db.execute("UPDATE code SET spent = 1 WHERE hash = ?", (self.hash(code),))

    # Orders.

    def add(self, purchase: Purchase) -> Purchase:
        """Keeps a new order, under a number of the ledger's own."""
        self._db.execute(INSERT_PURCHASE, purchase[1:])
        self._due(purchase)
        self.on_change()
        return purchase._replace(number=self._db.last_insert_rowid())

    def purchase(self, number: int) -> Purchase | None:
        return self._purchase("number = ?", number)

    def find(self, merchant: str, order_no: str) -> Purchase | None:
        return self._purchase("merchant = ? AND order_no = ?", merchant, order_no)

    def find_shown(self, shown_as: str) -> Purchase | None:
        return self._purchase("shown_as = ?", shown_as)

    def newest(self) -> Purchase | None:
        """The order that came last, of any merchant."""
        return self._purchase("number = (SELECT max(number) FROM purchase)")

    def purchases(self, merchant: str) -> list[Purchase]:
        """Every order of a merchant, oldest first."""
        return self._purchases("merchant = ? ORDER BY number", merchant)

    def pay(self, purchase: Purchase, customer_id: str, now_s: float) -> Purchase:
        """An open order is paid from the customer's account, or fails where there is too little in it.

        Here and in `end` and `expect`: an order without a number is new, and kept as what has become of it.
        """
        assert purchase.state is State.OPEN, "only an open order can be paid"
        if self.balance(customer_account(customer_id), purchase.currency) < purchase.amount:
            return self.end(purchase, State.FAILED, Refusal.INSUFFICIENT_FUNDS)
        paid = purchase._replace(state=State.PAID, customer=customer_id, paid_s=now_s, due_s=None)
        with self._db:
            paid = self._keep(purchase, paid)
            self._through(paid, _path(paid, self._issuer(customer_id)), paid.amount, "pay")
            self._tell(paid, None, paid.notify_url, now_s)
        self.on_change()
        return paid

    def end(self, purchase: Purchase, state: State, refusal: str = "") -> Purchase:
        """An order that holds no money ends, or a failed one is opened to be tried again."""
        return self._keep(purchase, purchase._replace(state=state, refusal=refusal, due_s=None))

    def expect(self, purchase: Purchase, customer_id: str, due_s: float, due_state: State) -> Purchase:
        """Somebody has begun to pay an open order: how and when that will end by itself."""
        expected = self._keep(purchase, purchase._replace(customer=customer_id, due_s=due_s, due_state=due_state))
        self.on_change()
        return expected

    def begun_by(self, customer_id: str) -> list[Purchase]:
        """Orders that wait for this customer's password."""
        return self._purchases("customer = ? AND state = ? AND due_s IS NOT NULL", customer_id, State.OPEN)

    def orders_of(self, customer_id: str) -> list[Purchase]:
        """Every order that this customer has paid or begun to, oldest first."""
        return self._purchases("customer = ? ORDER BY number", customer_id)

    def advance(self, now_s: float) -> None:
        """Lets happen what was due by now: passwords typed, dialogs closed, orders run out."""
        if now_s < self._nothing_due_until_s:
            return
        due = self._purchases("due_s <= ? ORDER BY due_s, number", now_s)
        if not due:
            next_s = self._one("SELECT min(due_s) FROM purchase WHERE due_s IS NOT NULL")
            self._nothing_due_until_s = inf if next_s is None else next_s
            return
        with self._db:
            for purchase in due:
                if purchase.due_state is State.PAID:
                    self.pay(purchase, purchase.customer, purchase.due_s or now_s)
                else:
                    self.end(purchase, purchase.due_state, self._gave_up(purchase))

    def reverse(self, purchase: Purchase) -> Purchase:
        """Undoes an order: what is left of a payment goes back, and it can never be paid any more."""
        given_back = purchase.amount if purchase.state is State.PAID else 0
        with self._db:
            if purchase.state is State.PAID:
                self._give_back(purchase, purchase.amount - purchase.refunded, "reverse")
            self.end(purchase, State.REVERSED, purchase.refusal)
        return purchase._replace(state=State.REVERSED, due_s=None, refunded=given_back)

    def refund(
        self, purchase: Purchase, refund_no: str, amount: int, now_s: float, done_s: float, notify_url: str = ""
    ) -> Returned:
        """Gives part of a paid order back; more than is left of it raises ConstraintError."""
        with self._db:
            self._give_back(purchase, amount, "refund")
            values = (purchase.merchant, refund_no, purchase.number, amount, now_s, done_s)
            self._db.execute("INSERT INTO refund VALUES (NULL, ?, ?, ?, ?, ?, ?)", values)
            number = self._db.last_insert_rowid()
            self._tell(purchase, number, notify_url, done_s)
        self.on_change()
        return self._refunds("number = ?", number)[0]

    def returned(self, number: int) -> Returned | None:
        return next(iter(self._refunds("number = ?", number)), None)

    def find_refund(self, merchant: str, refund_no: str) -> Returned | None:
        return next(iter(self._refunds("merchant = ? AND refund_no = ?", merchant, refund_no)), None)

    def refunds_of(self, purchase: Purchase) -> list[Returned]:
        return self._refunds("purchase = ?", purchase.number)

    # What shops are to be told.

    def notices_due(self, now_s: float) -> list[Notice]:
        return self._notices("due_s <= ? ORDER BY due_s, number", now_s)

    def notices_of(self, order_no: str) -> list[Notice]:
        """All that was ever to be told of an order, heard or not."""
        return self._notices("purchase IN (SELECT number FROM purchase WHERE order_no = ?) ORDER BY number", order_no)

    def postpone(self, notice: Notice, due_s: float | None, tries: int) -> None:
        """When it is told next: None for never again."""
        self._db.execute("UPDATE notice SET due_s = ?, tries = ? WHERE number = ?", (due_s, tries, notice.number))
        self.on_change()

    def next_due_s(self) -> float | None:
        """When something happens by itself next: an order ends, or a notice is to be sent."""
        due_s: float | None = self._one(NEXT_DUE)
        return due_s

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

    def earned_since(self, move: int) -> list[Earned]:
        """What merchants got or gave back after this move (0: ever), oldest first: for whoever watches the books."""
        if move >= self._last_move:
            return []
        rows = self._rows(
            "SELECT move, order_no, entry.amount, why FROM entry JOIN purchase ON number = purchase"
            " WHERE move > ? AND account = 'merchant:' || merchant ORDER BY move",
            move,
        )
        return [Earned(*row) for row in rows]

    def merchants(self) -> list[str]:
        """Everybody who ever had an order."""
        return [row[0] for row in self._rows("SELECT DISTINCT merchant FROM purchase ORDER BY merchant")]

    def statement(self, now_s: float) -> dict[str, object]:
        """The books as told over a control address: what each order earned, and which rules are broken."""
        self.advance(now_s)
        net = {line.order_no: line.net for merchant in self.merchants() for line in self.books(merchant)}
        return {"net_fen": net, "broken_rules": self.check()}

    def positions(self, currency: str = "CNY") -> dict[str, int]:
        """What each institution holds of others' money (negative: has paid out and is owed); all sum to nought."""
        rows = self._rows(
            "SELECT name, balance FROM account WHERE name LIKE ? AND currency = ? ORDER BY name",
            f"{INSTITUTION}%",
            currency,
        )
        return {name.removeprefix(INSTITUTION): int(balance) for name, balance in rows}

    def settle(self, currency: str = "CNY") -> list[Transfer]:
        """Institutions pay what they owe, the largest debts first; afterwards nobody owes anything."""
        transfers = list(_transfers(self.positions(currency), currency))
        with self._db:
            for one in transfers:
                self._move(INSTITUTION + one.payer, INSTITUTION + one.payee, one.amount, currency, None, "settle")
        return transfers

    def check(self) -> list[str]:
        """The rules that the books break, each with where: none, unless there is a bug."""
        return [f"{rule}: {found[0]}" for rule, query in BROKEN.items() for found in self._rows(query)]

    # Within.

    def _gave_up(self, purchase: Purchase) -> str:
        """Why a password dialog ended badly; nothing for an order that nobody has begun to pay."""
        customer = self.customer(purchase.customer)
        if customer is None:
            return ""
        return Refusal.WRONG_PASSWORD if customer.types_wrong else Refusal.NOT_TYPED

    def _issuer(self, customer_id: str) -> str:
        customer = self.customer(customer_id)
        assert customer, "only customers of the ledger's pay"
        return customer.wallet

    def _keep(self, was: Purchase, now: Purchase) -> Purchase:
        if not was.number:
            return self.add(now)
        changed = (now.state, now.customer, now.refusal, now.paid_s, now.due_s, now.due_state)
        self._db.execute(UPDATE_PURCHASE, (*changed, was.number, was.state))
        assert self._db.changes() == 1, "the order has moved on since it was read"
        self._due(now)
        return now

    def _due(self, purchase: Purchase) -> None:
        if purchase.due_s is not None:
            self._nothing_due_until_s = min(self._nothing_due_until_s, purchase.due_s)

    def _give_back(self, purchase: Purchase, amount: int, why: str) -> None:
        path = _path(purchase, self._issuer(purchase.customer))
        self._through(purchase, path[::-1], amount, why)
        self._db.execute("UPDATE purchase SET refunded = refunded + ? WHERE number = ?", (amount, purchase.number))

    def _through(self, purchase: Purchase, path: tuple[str, ...], amount: int, why: str) -> None:
        """From pair to pair of accounts: customer to issuer, acquirer to merchant; or back."""
        for source, target in zip(path[::2], path[1::2], strict=True):
            self._move(source, target, amount, purchase.currency, purchase, why)

    def _move(self, source: str, target: str, amount: int, currency: str, purchase: Purchase | None, why: str) -> None:
        self._last_move = move = self._last_move + 1
        number = purchase.number if purchase else None
        self._change_balance(source, -amount, currency)
        self._change_balance(target, amount, currency)
        entries = (move, source, currency, -amount, number, why, move, target, currency, amount, number, why)
        self._db.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?)", entries)

    def _change_balance(self, account: str, change: int, currency: str) -> None:
        """An account is opened by the first money that touches it."""
        which = (change, account, currency)
        self._db.execute("UPDATE account SET balance = balance + ? WHERE name = ? AND currency = ?", which)
        if not self._db.changes():
            self._db.execute("INSERT INTO account (balance, name, currency) VALUES (?, ?, ?)", which)

    def _tell(self, purchase: Purchase, refund: int | None, url: str, due_s: float) -> None:
        if url:
            values = (purchase.number, refund, url, due_s, due_s)
            self._db.execute("INSERT INTO notice VALUES (NULL, ?, ?, ?, ?, ?, 0)", values)

    def _purchase(self, where: str, *values: Value) -> Purchase | None:
        found = self._purchases(where, *values)
        return found[0] if found else None

    def _purchases(self, where: str, *values: Value) -> list[Purchase]:
        found = self._db.execute(f"SELECT * FROM purchase WHERE {where}", values)  # noqa: S608 - our own words only
        return [_purchase(row) for row in found]

    def _refunds(self, where: str, *values: Value) -> list[Returned]:
        rows = self._rows(f"SELECT * FROM refund WHERE {where} ORDER BY number", *values)  # noqa: S608 - as above
        return [Returned(*row) for row in rows]

    def _notices(self, where: str, *values: Value) -> list[Notice]:
        return [Notice(*row) for row in self._rows(f"SELECT {NOTICE_FIELDS} FROM notice WHERE {where}", *values)]  # noqa: S608

    def _one(self, query: str) -> Any:
        return self._rows(query)[0][0]

    def _rows(self, query: str, *values: Value) -> list[Any]:
        return self._db.execute(query, values).fetchall()


def customer_account(customer_id: str) -> str:
    return f"customer:{customer_id}"


def merchant_account(merchant: str) -> str:
    return f"merchant:{merchant}"


def _path(purchase: Purchase, issuer: str) -> tuple[str, ...]:
    """The accounts that money passes, in pairs. With one institution at both ends it never leaves the house."""
    ends = customer_account(purchase.customer), merchant_account(purchase.merchant)
    if issuer == purchase.acquirer:
        return ends
    return ends[0], INSTITUTION + issuer, INSTITUTION + purchase.acquirer, ends[1]


def _transfers(positions: dict[str, int], currency: str) -> Iterator[Transfer]:
    """The fewest payments one would make by hand: who owes most pays whom is owed most, until nobody owes."""
    left = dict(positions)
    while (payer := max(left, key=lambda name: left[name], default="")) and left[payer] > 0:
        payee = min(left, key=lambda name: left[name])
        amount = min(left[payer], -left[payee])
        left[payer] -= amount
        left[payee] += amount
        yield Transfer(payer, payee, currency, amount)


def _customer(row: tuple[Any, ...]) -> Customer:
    values = dict(zip(CUSTOMER_FIELDS.split(", "), row, strict=True))
    return Customer(
        **values | {"needs_password": bool(values["needs_password"]), "types_wrong": bool(values["types_wrong"])}
    )


def _purchase(row: tuple[Any, ...]) -> Purchase:
    """A row with its words: most of what calls do with the ledger is to read one."""
    values = list(row)
    values[3], values[9], values[14] = KINDS[row[3]], STATES[row[9]], STATES[row[14]]
    return Purchase._make(values)
