"""Rates as they are quoted, and money that loses nothing to rounding but the last digit, once."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.exchange import Rate, Rounding
from terminal.money import CNY, CURRENCIES, Currency, Money

HKD, USD, JPY, KWD = (CURRENCIES[code] for code in ("HKD", "USD", "JPY", "KWD"))
PRICES = st.decimals("0.000001", "9999", places=6)


def test_a_payment_of_unionpay_international_settles_as_it_did() -> None:
    """HKD 2.22 at 0.1278459 was USD 0.28, billed at 1.000000."""
    rate = Rate.from_iso8583("71278459", HKD, USD)
    assert rate.price == Decimal("0.1278459")
    assert rate.convert(Money(222, HKD)) == Money(28, USD)
    assert Rate(HKD, HKD, Decimal("1.000000")).convert(Money(222, HKD)) == Money(222, HKD)


@pytest.mark.parametrize(
    ("digits", "price"),
    [("71278459", "0.1278459"), ("61234567", "1.234567"), ("01234567", "1234567"), ("90000001", "0.000000001")],
)
def test_the_first_of_eight_digits_counts_the_decimals(digits: str, price: str) -> None:
    assert Rate.from_iso8583(digits, HKD, USD).price == Decimal(price)


@pytest.mark.parametrize("price", ["0.1278459", "1.234567", "7.1", "1234567", "0.04512"])
def test_a_rate_is_written_as_it_is_read(price: str) -> None:
    rate = Rate(HKD, USD, Decimal(price))
    assert Rate.from_iso8583(rate.iso8583, HKD, USD) == rate


@pytest.mark.parametrize(
    ("base", "quote", "minor", "price", "expected"),
    [
        (JPY, CNY, 1000, "0.0481", 4810),  # no decimals into two
        (CNY, JPY, 100, "20.79", 21),  # two into none
        (KWD, CNY, 1234, "23.4", 2888),  # three into two: 28.8756
        (CNY, KWD, 1, "0.0427", 0),  # a fen is less than a fils
    ],
)
def test_the_exponents_of_both_currencies_count(
    base: Currency, quote: Currency, minor: int, price: str, expected: int
) -> None:
    assert Rate(base, quote, Decimal(price)).convert(Money(minor, base)).minor == expected


def test_a_half_goes_up_unless_the_even_one_is_asked_for() -> None:
    rate = Rate(HKD, USD, Decimal("0.5"))
    assert [rate.convert(Money(minor, HKD)).minor for minor in (1, 3, 5)] == [1, 2, 3]
    assert [rate.convert(Money(minor, HKD), Rounding.HALF_EVEN).minor for minor in (1, 3, 5)] == [0, 2, 2]


@given(PRICES, st.integers(1, 10**15))
def test_nothing_is_lost_but_half_of_the_last_digit(price: Decimal, minor: int) -> None:
    converted = Rate(HKD, USD, price).convert(Money(minor, HKD)).minor
    assert abs(Decimal(converted) - Decimal(minor) * price) <= Decimal("0.5")


@given(PRICES, st.lists(st.integers(1, 10**9), min_size=1, max_size=8))
def test_the_parts_of_a_payment_give_back_what_the_whole_was(price: Decimal, parts: list[int]) -> None:
    rate, before, given_back = Rate(HKD, USD, price), Money(0, HKD), Money(0, USD)
    for part in parts:
        given_back += rate.convert_part(Money(part, HKD), before)
        before += Money(part, HKD)
    assert given_back == rate.convert(before)


@pytest.mark.parametrize("digits", ["", "1234567", "123456789", "7127845x", "٧١٢٧٨٤٥٩", "00000000"])
def test_what_is_no_rate_is_refused(digits: str) -> None:
    with pytest.raises(ValueError, match="no rate"):
        Rate.from_iso8583(digits, HKD, USD)


def test_money_of_another_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="not in HKD"):
        Rate(HKD, USD, Decimal(1)).convert(Money(1, JPY))
    with pytest.raises(ValueError, match="does not fit"):
        _ = Rate(HKD, USD, Decimal(10**9)).iso8583
