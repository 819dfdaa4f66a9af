"""Which goods a payment was for: what the books are told before it is asked for, and what a receipt reads there."""

from dataclasses import dataclass

from terminal.basket.basket import Basket
from terminal.basket.saved import basket_from, saved
from terminal.books.journal import Journal, JournalReader
from terminal.model import Entry, State

GOODS = "GOODS"  # the kind of entry
NEWEST = 20  # entries in which the goods that lay at the counter last are found, if they were ever to be paid for


@dataclass(frozen=True, slots=True)
class Bought:
    """`begun_ms` tells one basket from the next, which may hold the same."""

    begun_ms: int
    basket: Basket


def note_goods(journal: Journal, order_id: str, bought: Bought) -> None:
    """On the disk when this returns; raises JournalError. Every attempt has its own, so each tells its own receipt."""
    tax = {str(one.percent): one.minor for one in bought.basket.taxes()}
    totals = {"total": bought.basket.total.minor, "discount": bought.basket.discount.minor, "taxes": tax}
    journal.note(order_id, GOODS, {"begun_ms": bought.begun_ms, **totals, "basket": saved(bought.basket)})


def goods_of(books: JournalReader, order_id: str) -> Bought | None:
    """What this order paid for; None where an amount was typed."""
    told = books.entries(order_id=order_id, kind=GOODS, last=1)
    return _bought(told[0]) if told else None


def is_paid(books: JournalReader, begun_ms: int) -> bool:
    """Whether a payment for this basket, which lies at the counter, stands."""
    newest = books.entries(kind=GOODS, last=NEWEST)
    orders = (entry.order_id for entry in newest if entry.body["begun_ms"] == begun_ms)
    attempts = (attempt for order_id in orders if (attempt := books.attempt(order_id)))
    return any(one.state is State.APPROVED and books.left_of(one).minor for one in attempts)


def _bought(entry: Entry) -> Bought:
    basket = entry.body["basket"]
    assert isinstance(basket, dict), "as `note_goods` writes it"
    return Bought(int(str(entry.body["begun_ms"])), basket_from(basket))
