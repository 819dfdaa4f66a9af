"""Money in another currency: by a quoted rate, on exact decimals, rounded once at the end.

A rate is quoted once for a payment and holds for its refunds (Alipay+ and WeChat Pay say so in as many words). No
scheme's document that was found says how to round: half up is the rule here, half even can be asked for.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

from terminal.money import Currency, Money

_RATE_DIGITS = 8  # ISO 8583, DE 9 and DE 10: how many decimals there are, then seven digits
_EXACT = Context(prec=60)  # far beyond fifteen digits of money times any rate


class Rounding(StrEnum):
    HALF_UP = ROUND_HALF_UP
    HALF_EVEN = ROUND_HALF_EVEN


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of `base` is worth in `quote`, both in their major units."""

    base: Currency
    quote: Currency
    price: Decimal

    def __post_init__(self) -> None:
        if not (self.price.is_finite() and self.price > 0):
            raise ValueError(f"{self.price} is no rate: it must be more than nought")

    @classmethod
    def from_iso8583(cls, digits: str, base: Currency, quote: Currency) -> "Rate":
        """Eight digits, the first of which counts the decimals: `71278459` is 0.1278459. Raises ValueError."""
        if len(digits) != _RATE_DIGITS or not (digits.isascii() and digits.isdecimal()):
            raise ValueError(f"{digits!r} is no rate: eight digits are wanted")
        return cls(base, quote, Decimal(int(digits[1:])).scaleb(-int(digits[0])))

    @property
    def iso8583(self) -> str:
        """The same in eight digits, with as many decimals as fit. Raises ValueError for what does not fit at all."""
        for decimals in range(9, -1, -1):
            scaled = self.price.scaleb(decimals).quantize(Decimal(1), ROUND_HALF_UP)
            if 0 < scaled < 10 ** (_RATE_DIGITS - 1):
                return f"{decimals}{int(scaled):07}"
        raise ValueError(f"{self.price} does not fit into seven digits")

    def convert(self, money: Money, rounding: Rounding = Rounding.HALF_UP) -> Money:
        """`money` in the quoted currency; raises ValueError for money in any but the rate's own."""
        if money.currency != self.base:
            raise ValueError(f"{money} is not in {self.base.code}")
        minor = _EXACT.multiply(Decimal(money.minor), self.price).scaleb(self.quote.exponent - self.base.exponent)
        return Money(int(minor.quantize(Decimal(1), rounding.value, context=_EXACT)), self.quote)

    def convert_part(self, part: Money, before: Money, rounding: Rounding = Rounding.HALF_UP) -> Money:
        """What `part` adds to `before`: so that the parts of a payment give back, together, what the whole was."""
        return self.convert(before + part, rounding) - self.convert(before, rounding)
