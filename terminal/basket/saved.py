"""A basket as JSON, to be kept and to stand in the books: with every price as it was when the goods were laid down.

An item is written whole and not by its code, because tomorrow's catalogue may call it otherwise.
"""

from collections.abc import Mapping
from typing import Any

from terminal.basket.basket import AmountOff, Basket, Discount, Item, Line, PercentOff
from terminal.money import CURRENCIES, Currency, Money


def saved(basket: Basket) -> dict[str, Any]:
    """What `basket_from` reads; whatever is usual is left out."""
    facts: dict[str, Any] = {"currency": basket.currency.code, "lines": [_line(line) for line in basket.lines]}
    if basket.off:
        facts["off"] = _off(basket.off)
    if basket.tip:
        facts["tip"] = basket.tip
    return facts


def basket_from(facts: Mapping[str, Any]) -> Basket:
    """The basket that was saved; raises KeyError, TypeError or ValueError on what `saved` does not write."""
    currency = CURRENCIES[facts["currency"]]
    lines = tuple(_line_from(line, currency) for line in facts["lines"])
    return Basket(lines, _off_from(facts.get("off")), int(facts.get("tip", 0)), currency)


def _line(line: Line) -> dict[str, Any]:
    item = line.item
    facts: dict[str, Any] = {"code": item.code, "zh": item.name_zh, "en": item.name_en, "price": item.price.minor}
    facts |= {"unit": item.unit, "tax": item.tax_percent, "quantity": line.quantity}
    if line.marked is not None:
        facts["marked"] = line.marked.minor
    if line.off:
        facts["off"] = _off(line.off)
    return facts


def _line_from(facts: Mapping[str, Any], currency: Currency) -> Line:
    names = str(facts["code"]), str(facts["zh"]), str(facts["en"])
    if facts["unit"] not in ("piece", "kg"):
        raise ValueError("goods are sold by the piece or by the kg")
    item = Item(*names, Money(int(facts["price"]), currency), facts["unit"], int(facts["tax"]))
    marked = Money(int(facts["marked"]), currency) if "marked" in facts else None
    return Line(item, int(facts["quantity"]), marked, _off_from(facts.get("off")))


def _off(off: Discount) -> dict[str, int]:
    return {"basis_points": off.basis_points} if isinstance(off, PercentOff) else {"minor": off.minor}


def _off_from(facts: Mapping[str, Any] | None) -> Discount | None:
    if facts is None:
        return None
    return PercentOff(int(facts["basis_points"])) if "basis_points" in facts else AmountOff(int(facts["minor"]))
