"""What there is to choose from where goods are concerned: items, discounts, tips, baskets that wait. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from terminal.basket.basket import AmountOff, Basket, Discount, Item, PercentOff
from terminal.basket.handling import Act, Handling, handled
from terminal.money import Money
from terminal.steps import HeldBasket
from terminal.till.discounts import needs_leave
from terminal.tui.goods import said_off
from terminal.tui.text import fitted
from terminal.tui.view import hour
from terminal.tui.wording import Texts

LONGEST_OFF = 7  # digits
_PERCENT = 100  # basis points
_MONEY = 12  # cells


@dataclass(frozen=True, slots=True)
class Choice:
    """A row; what is asked of the till when it is chosen."""

    text: str
    amount: str
    does: tuple[Handling, ...] = ()
    pays: bool = False  # and then the goods are paid for
    is_large: bool = False  # not everybody may


def rows(choices: Iterable[Choice], columns: int) -> tuple[str, ...]:
    """Amounts stand under one another, at the right."""
    return tuple(
        f"{fitted(one.text, max(0, columns - _MONEY))}{' ' * (_MONEY - cell_len(one.amount))}{one.amount}"
        for one in choices
    )


def items(found: Iterable[Item], language: str) -> list[Choice]:
    """What a search of the catalogue found."""
    return [
        Choice(
            f"{item.code.lstrip('0'):>14}  {item.name(language)}", _price(item), (Handling(Act.LAY, code=item.code),)
        )
        for item in found
    ]


def held(baskets: Iterable[HeldBasket], texts: Texts) -> list[Choice]:
    """The baskets that wait, by their numbers."""
    return [
        Choice(_about(one, texts), one.basket.total.decimal, (Handling(Act.RESUME, one.number),)) for one in baskets
    ]


def discounts(basket: Basket, line: int, typed: str, texts: Texts) -> list[Choice]:
    """The digits as a part and as an amount, of the chosen line and of everything; none: the full price again."""
    number = int(typed or "0")
    name = basket.lines[line].item.name(texts.language)
    places: tuple[tuple[int | None, str], ...] = ((line, name), (None, texts("choose.discount.all")))
    wanted: list[tuple[Act, int]] = [(Act.PERCENT_OFF, number * _PERCENT), (Act.AMOUNT_OFF, number)]
    acts = [Handling(act, value, place) for place, _ in places for act, value in (wanted if number else wanted[:1])]
    named = dict(places)
    choices = (_discount(basket, one, named[one.line], texts) for one in acts)
    return [choice for choice in choices if choice is not None]


def tips(basket: Basket, percents: Sequence[int], typed: str, texts: Texts) -> list[Choice]:
    """None, a part of what the goods come to, or what was typed; chosen, the goods are paid for with it."""
    bare = basket.with_tip(0).total
    minors = [("choose.tip.none", 0, 0)] if not typed else [("choose.tip.typed", 0, int(typed))]
    if not typed:
        minors += [("choose.tip.percent", one, PercentOff(one * _PERCENT).of(bare.minor)) for one in percents]
    return [
        Choice(
            texts(key, percent=percent, tip=Money(minor, bare.currency).decimal),
            Money(bare.minor + minor, bare.currency).decimal,
            (Handling(Act.TIP, minor),),
            pays=True,
        )
        for key, percent, minor in minors
    ]


def _discount(basket: Basket, handling: Handling, name: str, texts: Texts) -> Choice | None:
    try:
        after = handled(basket, handling)
    except ValueError:  # more than all of it
        return None
    if not handling.number:
        return Choice(texts("choose.discount.none", name=name), after.total.decimal, (handling,))
    off: Discount = AmountOff(handling.number)
    if handling.act is Act.PERCENT_OFF:
        off = PercentOff(handling.number)
    text = texts("choose.discount.off", off=said_off(off, basket), name=name)
    return Choice(text, after.total.decimal, (handling,), is_large=needs_leave(basket, after))


def _price(item: Item) -> str:
    return f"{item.price.decimal}/kg" if item.unit == "kg" else item.price.decimal


def _about(one: HeldBasket, texts: Texts) -> str:
    names = ", ".join(line.item.name(texts.language) for line in one.basket.lines)
    return f"{one.number}   {hour(one.begun_ms / 1000)}   {names}"
