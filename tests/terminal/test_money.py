"""Money is counted in minor units; text goes in and out without a float in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.money import CNY, CURRENCIES, Money

JPY, KWD = CURRENCIES["JPY"], CURRENCIES["KWD"]


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("12.5", CNY, 1250), ("0.01", CNY, 1), ("7", CNY, 700), ("1980", JPY, 1980), ("1.234", KWD, 1234)],
)
def test_decimal_text_is_read_in_minor_units(text: str, currency: object, minor: int) -> None:
    assert Money.parse(text, currency).minor == minor


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.234", "1e3", " 1", "1_0", "٣", "1.", ".5", "nan", "1,5", "9" * 40])
def test_what_is_no_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="CNY"):
        Money.parse(text)


@given(st.integers(0, 10**14), st.sampled_from(sorted(CURRENCIES)))
def test_what_is_written_is_read_back(minor: int, code: str) -> None:
    money = Money(minor, CURRENCIES[code])
    assert Money.parse(money.decimal, money.currency) == money


@given(st.integers(-(10**9), 10**9))
def test_negative_amounts_are_written_with_their_sign(minor: int) -> None:
    assert Money(minor).decimal.startswith("-") == (minor < 0)


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="different currencies"):
        Money(1) + Money(1, JPY)
    with pytest.raises(ValueError, match="different currencies"):
        _ = Money(1) < Money(1, JPY)
