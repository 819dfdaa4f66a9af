"""What the world's money changers quote: one rate for each pair and day, so that a refund finds its payment's again.

The prices are ours to choose, near those of late 2021 but for their last digits; only the arithmetic matters here.
"""

from decimal import Decimal
from random import Random

from terminal.exchange import Rate
from terminal.money import Currency
from terminal.schemes.beijing import moment

# Yuan for one unit.
IN_YUAN = {
    "CNY": "1",
    "HKD": "0.8195",
    "MOP": "0.7956",
    "USD": "6.3930",
    "EUR": "7.2170",
    "GBP": "8.5830",
    "SGD": "4.6880",
    "JPY": "0.05612",
    "KRW": "0.005383",
    "THB": "0.19180",
    "KWD": "21.150",
}
WOBBLE = 0.004  # how far a day's rate may be off


def quoted(base: Currency, quote: Currency, at_s: float) -> Rate:
    """The rate of the day (in Beijing) of that Unix second; raises KeyError for a currency that nobody quotes."""
    day = moment(at_s).date()
    wobble = Decimal(str(round(1 + Random(f"{day} {base.code} {quote.code}").uniform(-WOBBLE, WOBBLE), 6)))
    price = Decimal(IN_YUAN[base.code]) / Decimal(IN_YUAN[quote.code]) * wobble
    # As the message that tells it can: seven digits, and so the same at both ends.
    return Rate.from_iso8583(Rate(base, quote, price).iso8583, base, quote)
