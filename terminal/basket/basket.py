"""What is on the counter and what it costs. A basket is a value: each change gives a new one, so undo is the old one.

Rounding is half up to the minor unit, once for each line and once for each tax rate; a discount on the whole
basket is spread over its lines so that the parts add up to it to the last minor unit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

from terminal.money import CNY, Currency, Money

GRAMS = 1000  # in the kilogram that a price is of
WHOLE = 10_000  # basis points
MOST_PIECES = 9_999
MOST_GRAMS = 99_999

Unit = Literal["piece", "kg"]


@dataclass(frozen=True, slots=True)
class Item:
    """Something the shop sells, by the piece or by weight."""

    code: str  # a GTIN of 14 digits, or an item number without leading zeros
    name_zh: str
    name_en: str
    price: Money  # of a piece, or of a kilogram
    unit: Unit = "piece"
    tax_percent: int = 13  # included in the price

    def name(self, language: str) -> str:
        """In the cashier's language."""
        return self.name_zh if language == "zh" else self.name_en


@dataclass(frozen=True, slots=True)
class Picked:
    """What one scan puts into the basket."""

    item: Item
    quantity: int = 1  # pieces, or grams of what is sold by the kilogram
    marked: Money | None = None  # the price a scale has printed, which then holds


@dataclass(frozen=True, slots=True)
class PercentOff:
    """A part off, in basis points: 1200 is 12 % off, a Chinese 8.8 折."""

    basis_points: int

    def of(self, minor: int) -> int:
        """What comes off an amount, in minor units."""
        return _half_up(minor * self.basis_points, WHOLE)


@dataclass(frozen=True, slots=True)
class AmountOff:
    """So many minor units off, and never more than there is."""

    minor: int

    def of(self, minor: int) -> int:
        """What comes off an amount, in minor units."""
        return min(self.minor, minor)


Discount = PercentOff | AmountOff


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the basket."""

    item: Item
    quantity: int  # pieces, or grams
    marked: Money | None = None  # a label's own price
    off: Discount | None = None

    @property
    def gross(self) -> int:
        """Before its discount, in minor units."""
        if self.marked is not None:
            return self.marked.minor
        if self.item.unit == "kg":
            return _half_up(self.item.price.minor * self.quantity, GRAMS)
        return self.item.price.minor * self.quantity

    @property
    def net(self) -> int:
        """After its own discount, in minor units."""
        return self.gross - (self.off.of(self.gross) if self.off else 0)

    @property
    def can_count(self) -> bool:
        """Whether its quantity can be changed by hand: a weight and a label's price cannot."""
        return self.item.unit == "piece" and self.marked is None


@dataclass(frozen=True, slots=True)
class Tax:
    """What a total holds of one rate."""

    percent: int
    minor: int


@dataclass(frozen=True, slots=True)
class Basket:
    lines: tuple[Line, ...] = ()
    off: Discount | None = None
    tip: int = 0  # minor units, untaxed
    currency: Currency = CNY

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def pieces(self) -> int:
        """How many things lie there; what is weighed counts as one."""
        return sum(line.quantity if line.item.unit == "piece" else 1 for line in self.lines)

    @property
    def gross(self) -> Money:
        """Before any discount."""
        return Money(sum(line.gross for line in self.lines), self.currency)

    @property
    def discount(self) -> Money:
        """All that comes off, on lines and on the whole."""
        return self.gross - Money(sum(self.nets()), self.currency)

    @property
    def total(self) -> Money:
        """What the customer pays, the tip included."""
        return Money(sum(self.nets()) + self.tip, self.currency)

    def nets(self) -> list[int]:
        """What is paid for each line, in minor units, its share of the whole discount taken off."""
        nets = [line.net for line in self.lines]
        return [net - share for net, share in zip(nets, self._shares(nets), strict=True)]

    def taxes(self) -> list[Tax]:
        """The tax within, by rate, the lowest first: what is paid times rate / (100 + rate)."""
        paid: dict[int, int] = {}
        for line, net in zip(self.lines, self.nets(), strict=True):
            paid[line.item.tax_percent] = paid.get(line.item.tax_percent, 0) + net
        return [Tax(percent, _half_up(minor * percent, 100 + percent)) for percent, minor in sorted(paid.items())]

    # --- changes: each gives the new basket ---------------------------------------------------------------

    def add(self, picked: Picked) -> "Basket":
        """One more thing: counted with its like, where that lies there at its full price."""
        for place, line in enumerate(self.lines):
            if line.can_count and line.item == picked.item and line.off is None and picked.marked is None:
                return self.count(place, line.quantity + picked.quantity)
        return replace(self, lines=(*self.lines, Line(picked.item, picked.quantity, picked.marked)))

    def count(self, place: int, quantity: int) -> "Basket":
        """So many of this line; raises ValueError on a number that cannot be, or on what is weighed or marked."""
        line = self.lines[place]
        if not line.can_count:
            raise ValueError("what is weighed or carries its own price is sold as it was labelled")
        if not 1 <= quantity <= MOST_PIECES:
            raise ValueError(f"a quantity is 1 to {MOST_PIECES}")
        return self._with(place, replace(line, quantity=quantity))

    def void(self, place: int) -> "Basket":
        """This line is not bought; a basket without lines keeps no discount and no tip."""
        if not 0 <= place < len(self.lines):
            raise IndexError("no such line")
        lines = self.lines[:place] + self.lines[place + 1 :]
        return replace(self, lines=lines) if lines else Basket(currency=self.currency)

    def line_off(self, place: int, off: Discount | None) -> "Basket":
        """This line for less, or at its full price again."""
        return self._with(place, replace(self.lines[place], off=_checked(off)))

    def all_off(self, off: Discount | None) -> "Basket":
        """The whole basket for less, after the discounts of its lines."""
        return replace(self, off=_checked(off))

    def with_tip(self, minor: int) -> "Basket":
        """With a tip of so many minor units on top; raises ValueError below 0."""
        if minor < 0:
            raise ValueError("a tip is 0 or more")
        return replace(self, tip=minor)

    def _with(self, place: int, line: Line) -> "Basket":
        return replace(self, lines=(*self.lines[:place], line, *self.lines[place + 1 :]))

    def _shares(self, nets: Sequence[int]) -> list[int]:
        """The whole discount cut along the lines: each share ends where its running sum, rounded, ends."""
        whole = sum(nets)
        off = self.off.of(whole) if self.off else 0
        ends = [_half_up(off * run, whole) if whole else 0 for run in accumulate(nets)]
        return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def basket_of(picked: Iterable[Picked], currency: Currency = CNY) -> Basket:
    """A basket of these things, in order."""
    basket = Basket(currency=currency)
    for one in picked:
        basket = basket.add(one)
    return basket


def _checked(off: Discount | None) -> Discount | None:
    match off:
        case PercentOff(basis_points) if not 0 < basis_points <= WHOLE:
            raise ValueError("a discount is more than 0 and at most 100 %")
        case AmountOff(minor) if minor <= 0:
            raise ValueError("a discount is more than 0")
    return off


def _half_up(numerator: int, denominator: int) -> int:
    """A quotient of numbers that are not negative, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)
