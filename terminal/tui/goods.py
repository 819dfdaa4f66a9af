"""The basket as rows to read, and what is said about goods. Pure; names come from a catalogue and pass as they are."""

from dataclasses import dataclass

from terminal.basket.basket import WHOLE, Basket, Discount, Line, PercentOff
from terminal.money import Money
from terminal.steps import Laid
from terminal.tui.sale import Sale
from terminal.tui.wording import Texts


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the basket, as text for each column."""

    number: str
    name: str
    quantity: str
    each: str
    amount: str


@dataclass(frozen=True, slots=True)
class Goods:
    """`cursor` is the row that keys are about."""

    heading: Row
    rows: tuple[Row, ...]
    cursor: int


def goods(sale: Sale, texts: Texts) -> Goods:
    """The basket of the sale."""
    words = (texts(f"goods.{name}") for name in ("number", "item", "quantity", "each", "amount"))
    lines = sale.snapshot.laid.basket.lines
    return Goods(Row(*words), tuple(_row(place, line, texts) for place, line in enumerate(lines, 1)), sale.line)


def summed(laid: Laid, texts: Texts) -> str:
    """What lies there, in one line under the rows: pieces, what comes off, the tip, and who else waits."""
    basket = laid.basket
    parts = [texts.counted("goods.pieces", basket.pieces)]
    if basket.discount.minor:
        parts.append(texts("goods.discount", money=basket.discount.decimal))
    if basket.tip:
        parts.append(texts("goods.tip", money=Money(basket.tip, basket.currency).decimal))
    if laid.held:
        parts.append(texts("goods.held", count=len(laid.held)))
    if laid.times > 1:
        parts.append(texts("goods.times", count=laid.times))
    return "  ".join(parts)


def changed(laid: Laid, texts: Texts) -> str:
    """The line that changed last, for the event line."""
    if laid.touched is None or laid.touched >= len(laid.basket):
        return texts("goods.none")
    row = _row(laid.touched + 1, laid.basket.lines[laid.touched], texts)
    return texts("goods.laid", name=row.name, quantity=row.quantity, amount=row.amount)


def said_off(off: Discount, basket: Basket) -> str:
    """-10%, -0.50."""
    if isinstance(off, PercentOff):
        return f"-{off.basis_points * 100 / WHOLE:g}%"
    return f"-{Money(off.minor, basket.currency).decimal}"


def _row(number: int, line: Line, texts: Texts) -> Row:
    item, currency = line.item, line.item.price.currency
    name = item.name(texts.language)
    if line.off:
        name = f"{said_off(line.off, Basket(currency=currency))} {name}"
    weight = f"{line.quantity / 1000:.3f}"
    quantity = "1" if line.marked is not None else weight if item.unit == "kg" else str(line.quantity)
    each = line.marked or item.price
    return Row(str(number), name, quantity, each.decimal, Money(line.net, currency).decimal)
