"""The data elements that have an inside: tagged texts, the batch's totals, a sale as later messages name it.

Amounts are in minor units. Every `parse` raises Malformed with the element's number.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from terminal.schemes.fields import Malformed
from terminal.schemes.unionpay_pos import codes

# --- DE 57 or 59: tagged ASCII, two characters of tag and three decimal digits of length ------------------

CODE_TAG = "A3"
VOUCHER_TAG = "A4"
_TAGGED = re.compile(r"([0-9A-Z]{2})([0-9]{3})")


def tagged(values: Mapping[str, str]) -> str:
    return "".join(f"{tag}{len(value):03}{value}" for tag, value in values.items())


def parse_tagged(element: int, text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    at = 0
    while at < len(text):
        head = _TAGGED.match(text, at)
        if head is None or head.end() + int(head[2]) > len(text):
            raise Malformed(f"DE {element}", f"is not tagged text at {at}")
        if head[1] in values:
            raise Malformed(f"DE {element}", f"has {head[1]} twice")
        at = head.end() + int(head[2])
        values[head[1]] = text[head.end() : at]
    return values


# --- DE 63 of a reply: whose cards, and whose customer -----------------------------------------------------

UNIONPAY_CARDS = "CUP"
_NAME_BYTES = 20


def issuer_element(name: str) -> str:
    """GBK, as the bytes of it stand in a message."""
    return UNIONPAY_CARDS + name.encode("gbk")[:_NAME_BYTES].ljust(_NAME_BYTES).decode("latin-1")


def parse_issuer(text: str) -> str:
    """The issuer's name as it may be shown; empty where there is none."""
    name = text[len(UNIONPAY_CARDS) :][:_NAME_BYTES].encode("latin-1").decode("gbk", "ignore")
    return "".join(character for character in name if character.isprintable()).strip()


# --- DE 61: which sale is meant ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Original:
    """A sale as a void or a refund names it, and as the till keeps it: `voucher-reference-batch-date`.

    The voucher and the reference are the acquirer's and empty where no reply has said them.
    """

    batch: str
    date: str  # MMDD, the acquirer's
    voucher: str = ""
    reference: str = ""

    def transaction_id(self) -> str:
        return f"{self.voucher}-{self.reference}-{self.batch}-{self.date}"

    @classmethod
    def of_transaction(cls, transaction_id: str) -> "Original | None":
        """What `transaction_id` wrote; None for any other text."""
        match = _TRANSACTION.fullmatch(transaction_id)
        return cls(match["batch"], match["date"], match["voucher"], match["reference"]) if match else None

    def element(self, trace: int) -> str:
        return f"{self.batch}{trace:06}{self.date}"


_TRANSACTION = re.compile(
    rf"(?P<voucher>({codes.VOUCHER.pattern})?)-(?P<reference>({codes.REFERENCE.pattern})?)"
    rf"-(?P<batch>{codes.BATCH.pattern})-(?P<date>{codes.DATE.pattern})"
)
_ORIGINAL = re.compile(r"(?P<batch>[0-9]{6})(?P<trace>[0-9]{6})(?P<date>[0-9]{4})?")


def parse_original(text: str) -> tuple[str, int]:
    """Batch and trace of the sale that DE 61 means."""
    match = _ORIGINAL.fullmatch(text)
    if match is None:
        raise Malformed("DE 61", "must be batch, trace and date of the original")
    return match["batch"], int(match["trace"])


# --- DE 48: what a batch adds up to, and what is in it -----------------------------------------------------


class Balance(StrEnum):
    """The digit after the totals."""

    ASKED = "0"
    EQUAL = "1"
    UNEQUAL = "2"
    ERROR = "3"


MOST_ITEMS = 999  # of either side: three digits


@dataclass(frozen=True, slots=True)
class Item:
    """One transaction of a batch that went well; a void or a refund is a credit."""

    trace: int
    amount: int
    is_credit: bool = False
    voucher: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """Amounts and counts: debits are sales, credits are voids and refunds."""

    debit: int = 0
    debits: int = 0
    credit: int = 0
    credits: int = 0

    @classmethod
    def of(cls, items: Iterable[Item]) -> "Totals":
        sides: dict[bool, list[int]] = {False: [], True: []}
        for item in items:
            sides[item.is_credit].append(item.amount)
        return cls(sum(sides[False]), len(sides[False]), sum(sides[True]), len(sides[True]))

    def digits(self) -> str:
        """Raises Malformed for more than a batch can tell."""
        if max(self.debits, self.credits) > MOST_ITEMS:
            raise Malformed(
                "DE 48", f"has room for {MOST_ITEMS} sales and as many refunds: ask the acquirer to close it"
            )
        return f"{self.debit:012}{self.debits:03}{self.credit:012}{self.credits:03}"


_NOTHING = Totals().digits()
_TOTALS = re.compile(
    rf"([0-9]{{12}})([0-9]{{3}})([0-9]{{12}})([0-9]{{3}})(?P<balance>[0-3])(?P<foreign>{_NOTHING}[0-3])"
)


def totals_element(totals: Totals, balance: Balance = Balance.ASKED) -> str:
    """Domestic cards, then foreign ones, of which a QR counter has none."""
    foreign = Balance.ASKED if balance is Balance.ASKED else Balance.EQUAL
    return f"{totals.digits()}{balance}{_NOTHING}{foreign}"


def parse_totals(text: str) -> tuple[Totals, Balance]:
    """The domestic totals with their digit; totals of foreign cards are refused."""
    match = _TOTALS.fullmatch(text)
    if match is None:
        raise Malformed("DE 48", "must be the totals of a batch without foreign cards")
    return Totals(*(int(match[group]) for group in range(1, 5))), Balance(match["balance"])


# One line of an upload: kind of card, trace, card number, amount. The element takes eight (2 + 8 * 40 = 322 digits).
# That a scanned payment's voucher stands in the place of the card number is our reading: no source says.
ITEMS_AT_ONCE = 8
_DOMESTIC = "00"
_ITEM = re.compile(rf"{_DOMESTIC}(?P<trace>[0-9]{{6}})(?P<voucher>[0-9]{{20}})(?P<amount>[0-9]{{12}})")
_ITEM_DIGITS = 40


def upload_elements(items: Sequence[Item]) -> list[str]:
    """As many DE 48 as it takes."""
    parts = [items[at : at + ITEMS_AT_ONCE] for at in range(0, len(items), ITEMS_AT_ONCE)]
    return [f"{len(part):02}" + "".join(map(_item, part)) for part in parts]


def _item(item: Item) -> str:
    return f"{_DOMESTIC}{item.trace:06}{item.voucher:0>20}{item.amount:012}"


def parse_upload(text: str) -> list[Item]:
    """The items of one DE 48; which of them are credits, it does not say."""
    count, lines = text[:2], text[2:]
    matches = [_ITEM.fullmatch(lines[at : at + _ITEM_DIGITS]) for at in range(0, len(lines), _ITEM_DIGITS)]
    items = [Item(int(one["trace"]), int(one["amount"]), voucher=one["voucher"]) for one in matches if one]
    if f"{len(items):02}" != count or len(items) != len(matches):
        raise Malformed("DE 48", "must be a count and as many items")
    return items
