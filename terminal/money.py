"""Money: an integer of minor units with its currency, never a float.

Wires spell it differently (fen as a number, yuan as decimal text, twelve digits): each `wire.py` converts at
its own border, and everything inside counts minor units.
"""

import re
from dataclasses import dataclass
from functools import total_ordering

_DECIMAL = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,4}))?")


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency: its code, its number, and how many decimals its minor unit stands for."""

    code: str
    numeric: str
    exponent: int
    sign: str = ""


CNY = Currency("CNY", "156", 2, "¥")

_WITHOUT_SIGN = {  # exponent: codes and numbers
    0: "VND 704 ISK 352 CLP 152 PYG 600 UGX 800 RWF 646 XAF 950 XOF 952 XPF 953 VUV 548",
    2: "MYR 458 IDR 360 PHP 608 AUD 036 NZD 554 CAD 124 CHF 756 SEK 752 DKK 208 NOK 578 RUB 643 INR 356 KHR 116"
    " LAK 418 MMK 104 MNT 496 KZT 398 AED 784 TRY 949",
    3: "BHD 048 KWD 414 OMR 512 JOD 400 TND 788 IQD 368 LYD 434",
}

# ISO 4217. Where schemes round further (IDR, TWD and HUF in practice), that is the scheme's business.
CURRENCIES = {
    currency.code: currency
    for currency in (
        CNY,
        Currency("HKD", "344", 2, "HK$"),
        Currency("MOP", "446", 2, "MOP$"),
        Currency("TWD", "901", 2, "NT$"),
        Currency("USD", "840", 2, "$"),
        Currency("EUR", "978", 2, "€"),
        Currency("GBP", "826", 2, "£"),
        Currency("SGD", "702", 2, "S$"),
        Currency("THB", "764", 2, "฿"),
        Currency("JPY", "392", 0, "¥"),
        Currency("KRW", "410", 0, "₩"),
        *(
            Currency(code, number, exponent)
            for exponent, row in _WITHOUT_SIGN.items()
            for code, number in zip(row.split()[::2], row.split()[1::2], strict=True)
        ),
    )
}
BY_NUMBER = {currency.numeric: currency for currency in CURRENCIES.values()}


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (fen for CNY)."""

    minor: int
    currency: Currency = CNY

    @classmethod
    def parse(cls, text: str, currency: Currency = CNY) -> "Money":
        """Read plain decimal text such as `12.5`; raises ValueError on signs, spaces or too many decimals."""
        match = _DECIMAL.fullmatch(text)
        decimals = (match[2] or "") if match else ""
        if not match or len(decimals) > currency.exponent:
            raise ValueError(f"{text!r} is not an amount in {currency.code}: write digits, as in 12.50")
        return cls(int(match[1] + decimals.ljust(currency.exponent, "0")), currency)

    @property
    def decimal(self) -> str:
        """The amount as decimal text in the major unit: `12.50`."""
        sign, digits = (
            "-" if self.minor < 0 else "",
            str(abs(self.minor)).rjust(self.currency.exponent + 1, "0"),
        )
        if not self.currency.exponent:
            return sign + digits
        return f"{sign}{digits[: -self.currency.exponent]}.{digits[-self.currency.exponent :]}"

    def __str__(self) -> str:
        return f"{self.currency.code} {self.decimal}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self} and {other} are different currencies")
        return other.minor
