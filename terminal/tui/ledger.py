"""Journal entries as lines to read: pure, and forgiving, for the books may hold entries of an older Saoma."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from terminal.model import Entry, Reason, State
from terminal.money import CURRENCIES, Money
from terminal.tui.wording import Texts


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order as it stands, with the time of its last entry."""

    order_id: str
    wall_ms: int
    state: State
    money: Money | None


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry of the journal, as text for each column."""

    number: str
    time: str
    kind: str
    amount: str
    order_id: str
    detail: str


def order_lines(entries: Iterable[Entry]) -> list[OrderLine]:
    """Orders by their newest entry, newest first. `entries` come oldest first."""
    orders: dict[str, OrderLine] = {}
    for entry in entries:
        if entry.kind in State.__members__:
            known = orders.pop(entry.order_id, None)
            money = _money(entry.body) or (known.money if known else None)
            orders[entry.order_id] = OrderLine(entry.order_id, entry.wall_ms, State(entry.kind), money)
    return list(orders.values())[::-1]


def entry_lines(entries: Sequence[Entry], texts: Texts) -> list[EntryLine]:
    """Every entry, newest first; an order's amount stands beside each of its entries."""
    moneys = {entry.order_id: money for entry in entries if (money := _money(entry.body))}
    return [_line(entry, moneys.get(entry.order_id), texts) for entry in reversed(entries)]


def _line(entry: Entry, money: Money | None, texts: Texts) -> EntryLine:
    kind = texts(f"state.{entry.kind}") if f"state.{entry.kind}" in texts else entry.kind
    moment = datetime.fromtimestamp(entry.wall_ms / 1000, UTC).astimezone()
    amount = money.decimal if money else ""
    return EntryLine(
        str(entry.seq), moment.strftime("%H:%M:%S"), kind, amount, entry.order_id, _detail(entry.body, texts)
    )


def _detail(body: Mapping[str, object], texts: Texts) -> str:
    facts = [str(body[name]) for name in ("scheme", "code", "said", "transaction_id") if body.get(name)]
    reason = str(body.get("reason", ""))
    if reason and reason in set(Reason):
        facts.insert(0, texts(f"reason.{reason}"))
    return "  ".join(facts)


def _money(body: Mapping[str, object]) -> Money | None:
    minor, currency = body.get("minor"), CURRENCIES.get(str(body.get("currency")))
    return Money(minor, currency) if isinstance(minor, int) and currency else None
