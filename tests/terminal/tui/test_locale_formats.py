"""Days and amounts as people write them."""

from datetime import UTC, date, datetime

from terminal.money import CURRENCIES, Money
from terminal.tui.formats import amount, day, moment


def test_a_day_is_written_as_each_language_does() -> None:
    assert day(date(2026, 11, 23), "zh") == "2026年11月23日"
    assert day(date(2026, 11, 23), "en") == "23 Nov 2026"


def test_a_moment_has_day_and_time_to_the_minute() -> None:
    when = datetime(2026, 11, 23, 14, 5, 59, tzinfo=UTC)

    assert moment(when, "zh") == "11月23日 14:05"
    assert moment(when, "en") == "23 Nov 14:05"


def test_an_amount_has_its_currencys_sign_and_decimals() -> None:
    assert amount(Money(123450), "zh") == "¥1,234.50"
    assert amount(Money(123450), "en") == "CN¥1,234.50"
    assert amount(Money(1234, CURRENCIES["JPY"]), "en") == "JP¥1,234"
    assert amount(Money(-1234, CURRENCIES["KWD"]), "zh") == "-KWD1.234"
