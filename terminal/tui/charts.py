"""A day in plain bars: by hour, by wallet, how much was approved, and beside the day before. Pure.

A bar is as long as its figure and the figure stands behind it, so nothing hangs on a colour or a glyph.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from terminal.books.listing import Group, total
from terminal.model import State
from terminal.money import Currency, Money
from terminal.tui.formats import amount, day
from terminal.tui.payments import wallet_name
from terminal.tui.text import fitted
from terminal.tui.wording import Texts

BAR = "█"  # where there are no block glyphs, a ground in its colour
LABEL_CELLS, FIGURE_CELLS = 13, 28
_TOTAL_CELLS = 26
_ENDED = (State.APPROVED, State.REVERSED, State.CLOSED)
HOURS = 24

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A day and the one before, up to the same time of day where the day is not over: else it would never catch up."""

    when: date
    groups: tuple[Group, ...]
    before: tuple[Group, ...]
    is_today: bool = False


def span_ms(when: date) -> tuple[int, int]:
    """From when to when a day of this place lasts, in Unix milliseconds."""
    begins, ends = (datetime.combine(when + timedelta(days=days), time()).astimezone() for days in (0, 1))
    return round(begins.timestamp() * 1000), round(ends.timestamp() * 1000)


def lines(figures: DayFigures, texts: Texts, currency: Currency, columns: int) -> list[str]:
    """The whole chart, for a screen of so many columns."""
    if not figures.groups:
        return [*_against(figures, texts, currency), "", *texts.lines("charts.none")]
    return [
        *_against(figures, texts, currency),
        "",
        texts("charts.by_hour"),
        *_by_hour(figures.groups, texts, currency, columns),
        "",
        texts("charts.by_wallet"),
        *_by_wallet(figures.groups, texts, currency, columns),
        "",
        texts("charts.approval"),
        *_approval(figures.groups, texts, columns),
    ]


def title(figures: DayFigures, texts: Texts) -> str:
    return texts("charts.title", day=day(figures.when, texts.language))


def _against(figures: DayFigures, texts: Texts, currency: Currency) -> list[str]:
    """What came in, and how that is beside the day before."""
    now, then = total(figures.groups, currency), total(figures.before, currency)
    return [
        _total_line("charts.taken", figures.groups, now, texts),
        _total_line("charts.before_now" if figures.is_today else "charts.before", figures.before, then, texts),
        f"{fitted(texts('charts.difference'), _TOTAL_CELLS)}{_difference(now, then)}",
    ]


def _total_line(key: str, groups: Sequence[Group], money: Money, texts: Texts) -> str:
    count = texts.counted("charts.sales", sum(one.count for one in groups if one.state is State.APPROVED))
    return f"{fitted(texts(key), _TOTAL_CELLS)}{amount(money, texts.language)}  {count}"


def _difference(now: Money, then: Money) -> str:
    difference = now - then
    sign = "+" if difference.minor >= 0 else ""
    percent = f"  {sign}{difference.minor * 100 / then.minor:.0f} %" if then.minor else ""
    return f"{sign}{difference.decimal}{percent}"


# --- the bars ---------------------------------------------------------------------------------------------


def _by_hour(groups: Iterable[Group], texts: Texts, currency: Currency, columns: int) -> list[str]:
    """From the first hour with a sale to the last."""
    taken = _taken(((one.hour, one) for one in groups), currency)
    hours = range(min(taken), max(taken) + 1) if taken else ()
    rows = {f"{hour:02}:00": taken.get(hour, (0, 0)) for hour in hours}
    return _bars(rows, texts, currency, columns)


def _by_wallet(groups: Iterable[Group], texts: Texts, currency: Currency, columns: int) -> list[str]:
    """The largest first."""
    taken = _taken(((wallet_name(one.wallet, texts), one) for one in groups), currency)
    return _bars(dict(sorted(taken.items(), key=lambda item: -item[1][1])), texts, currency, columns)


def _taken(groups: Iterable[tuple[Key, Group]], currency: Currency) -> dict[Key, tuple[int, int]]:
    """Count and sum of what was approved in this currency."""
    taken: dict[Key, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for key, one in groups:
        if one.state is State.APPROVED and one.money.currency == currency:
            count, minor = taken[key]
            taken[key] = count + one.count, minor + one.money.minor
    return dict(taken)


def _bars(rows: Mapping[str, tuple[int, int]], texts: Texts, currency: Currency, columns: int) -> list[str]:
    most = max((minor for _, minor in rows.values()), default=0)
    room = max(columns - LABEL_CELLS - FIGURE_CELLS - 2, 5)
    wide = len(Money(most, currency).decimal)
    return [
        _bar(
            name, minor, most, room, f"{Money(minor, currency).decimal:>{wide}}  {texts.counted('charts.sales', count)}"
        )
        for name, (count, minor) in rows.items()
    ]


def _approval(groups: Sequence[Group], texts: Texts, columns: int) -> list[str]:
    """Of what has ended, how much went well: all, then wallet by wallet."""
    ended = [one for one in groups if one.state in _ENDED]
    names = dict.fromkeys(wallet_name(one.wallet, texts) for one in ended)
    rows = {texts("charts.all"): ended} | {
        name: [one for one in ended if wallet_name(one.wallet, texts) == name] for name in names
    }
    room = max(columns - LABEL_CELLS - FIGURE_CELLS - 2, 5)
    return [_rate(name, some, room, texts) for name, some in rows.items() if some]


def _rate(name: str, groups: Sequence[Group], room: int, texts: Texts) -> str:
    whole = sum(one.count for one in groups)
    good = sum(one.count for one in groups if one.state is State.APPROVED)
    figure = texts("charts.rate", percent=good * 100 // whole, good=good, whole=whole)
    return _bar(name, good, whole, room, figure)


def _bar(name: str, part: int, most: int, room: int, figure: str) -> str:
    """What is more than nothing has at least one mark."""
    length = max(round(part / most * room), 1) if part > 0 and most else 0
    return f"{fitted(name, LABEL_CELLS)} {(BAR * length).ljust(room)} {figure}"
