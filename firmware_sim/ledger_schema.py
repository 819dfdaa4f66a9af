"""The tables of the acquirers' books, and the rules that must hold in them at any time."""

VERSION = 2

WORLD = "world"  # where money is before a customer has it: the only account but institutions' that may be in debt

SCHEMA = """
CREATE TABLE salt (value BLOB NOT NULL) STRICT;
CREATE TABLE account (
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    balance INTEGER NOT NULL CHECK (balance >= 0 OR name = 'world' OR name LIKE 'institution:%'),
    PRIMARY KEY (name, currency)
) STRICT, WITHOUT ROWID;
CREATE TABLE customer (
    id TEXT PRIMARY KEY,
    needs_password INTEGER NOT NULL,
    types_after_s REAL,
    types_wrong INTEGER NOT NULL,
    wallet TEXT NOT NULL,
    refused_as TEXT NOT NULL
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
    acquirer TEXT NOT NULL,
    state TEXT NOT NULL,
    customer TEXT NOT NULL,
    refusal TEXT NOT NULL,
    paid_s REAL,
    due_s REAL,
    due_state TEXT NOT NULL,
    shown_as TEXT UNIQUE,
    refunded INTEGER NOT NULL CHECK (refunded BETWEEN 0 AND amount),
    host TEXT NOT NULL,
    notify_url TEXT NOT NULL,
    memo TEXT NOT NULL,
    UNIQUE (merchant, order_no)
) STRICT;
CREATE INDEX purchase_due ON purchase (due_s) WHERE due_s IS NOT NULL;
CREATE INDEX purchase_customer ON purchase (customer, paid_s, amount, refunded) WHERE paid_s IS NOT NULL;
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
CREATE INDEX refund_purchase ON refund (purchase);
CREATE TABLE notice (
    number INTEGER PRIMARY KEY,
    purchase INTEGER NOT NULL REFERENCES purchase,
    refund INTEGER REFERENCES refund,
    url TEXT NOT NULL,
    created_s REAL NOT NULL,
    due_s REAL,
    tries INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX notice_due ON notice (due_s) WHERE due_s IS NOT NULL;
CREATE TABLE code (
    hash TEXT PRIMARY KEY,
    customer TEXT NOT NULL REFERENCES customer,
    shown_s REAL NOT NULL,
    spent INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE entry (
    move INTEGER NOT NULL,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount INTEGER NOT NULL,
    purchase INTEGER REFERENCES purchase,
    why TEXT NOT NULL,
    PRIMARY KEY (move, account),
    FOREIGN KEY (account, currency) REFERENCES account (name, currency)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_purchase ON entry (purchase);
"""

# What must be nowhere in the books, by the name of the rule that it would break.
BROKEN = {
    "a move that does not balance": "SELECT move FROM entry GROUP BY move HAVING sum(amount) <> 0",
    "a move in two currencies": "SELECT move FROM entry GROUP BY move HAVING count(DISTINCT currency) > 1",
    "a balance that its entries do not add up to": """
        SELECT name FROM account WHERE balance <>
            (SELECT total(amount) FROM entry WHERE account = name AND entry.currency = account.currency)""",
    "institutions that owe each other more than they are owed": """
        SELECT currency FROM account WHERE name LIKE 'institution:%' GROUP BY currency HAVING sum(balance) <> 0""",
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
