"""The newest orders out of the journal's entries: pure, and forgiving, for they may be an older Saoma's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from terminal.model import Entry, State
from terminal.money import CURRENCIES, Money


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order as it stands, with the time of its last entry."""

    order_id: str
    wall_ms: int
    state: State
    money: Money | None


def order_lines(entries: Iterable[Entry]) -> list[OrderLine]:
    """Orders by their newest entry, newest first. `entries` come oldest first."""
    orders: dict[str, OrderLine] = {}
    for entry in entries:
        if entry.kind in State.__members__:
            known = orders.pop(entry.order_id, None)
            money = _money(entry.body) or (known.money if known else None)
            orders[entry.order_id] = OrderLine(entry.order_id, entry.wall_ms, State(entry.kind), money)
    return list(orders.values())[::-1]


def _money(body: Mapping[str, object]) -> Money | None:
    minor, currency = body.get("minor"), CURRENCIES.get(str(body.get("currency")))
    return Money(minor, currency) if isinstance(minor, int) and currency else None
