"""Days, times and amounts as people of the cashier's language write them, by the tables of Unicode's CLDR."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from terminal.money import Money
from terminal.tui.wording import Language

_LOCALES: Mapping[Language, str] = {"zh": "zh_Hans_CN", "en": "en_GB"}


def day(when: date, language: Language) -> str:
    """2026年11月23日; 23 Nov 2026."""
    from babel.dates import format_date  # noqa: PLC0415 - only where a date is shown

    return format_date(when, "medium", _LOCALES[language])


def moment(when: datetime, language: Language) -> str:
    """Day and time to the minute, without the year: 11月23日 14:05; 23 Nov 14:05."""
    from babel.dates import format_skeleton  # noqa: PLC0415 - only where a date is shown

    return f"{format_skeleton('MMMd', when, locale=_LOCALES[language])} {when:%H:%M}"


def amount(money: Money, language: Language) -> str:
    """With the currency's sign and grouped digits: ¥1,234.50; CN¥1,234.50."""
    from babel.numbers import format_currency  # noqa: PLC0415 - likewise

    return format_currency(Decimal(money.decimal), money.currency.code, locale=_LOCALES[language])
