"""The list of payments as it is leafed through: what is looked for, where the cursor is, what a row says. Pure.

Whatever is typed is a search, and every word of it has to fit: a part of the order number, the last digits of the
code, an amount, a wallet, a state. So there is no mode for searching, and no field that could have the focus.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rich.cells import cell_len

from terminal.books.listing import Page, PaymentLine, Show, Wanted, Word
from terminal.model import State
from terminal.money import Currency, Money
from terminal.schemes import BY_KEY
from terminal.tui.formats import moment
from terminal.tui.text import fitted
from terminal.tui.wording import Texts

LONGEST_SEARCH = 40  # characters
SHOWS = tuple(Show)
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Browsing:
    """Where somebody is in the list. `at` is the cursor, `first` the topmost row, both counted from the newest."""

    typed: str = ""
    show: Show = Show.ALL
    at: int = 0
    first: int = 0
    rows: int = 1  # that fit on the screen

    def moved(self, by: int, count: int) -> "Browsing":
        """The cursor so many rows on, the view after it; `count` is how many payments fit."""
        at = min(max(self.at + by, 0), max(count - 1, 0))
        first = min(max(self.first, at - self.rows + 1), at, max(count - self.rows, 0))
        return replace(self, at=at, first=first)

    def searching(self, typed: str) -> "Browsing":
        return replace(self, typed=typed[:LONGEST_SEARCH], at=0, first=0)

    def showing(self, show: Show) -> "Browsing":
        return replace(self, show=show, at=0, first=0)

    def next_show(self, by: int = 1) -> "Browsing":
        return self.showing(SHOWS[(SHOWS.index(self.show) + by) % len(SHOWS)])

    def sized(self, rows: int, count: int) -> "Browsing":
        return replace(self, rows=max(rows, 1)).moved(0, count)


def wanted(browsing: Browsing, texts: Texts, currency: Currency, today_ms: int) -> Wanted:
    """What to ask the books for."""
    tongues = (texts, texts.other)
    words = tuple(_word(text, tongues, currency) for text in browsing.typed.split())
    return Wanted(words, browsing.show, today_ms)


def _word(text: str, tongues: Sequence[Texts], currency: Currency) -> Word:
    """A state or a wallet is known by how its name begins, in either language."""
    states = tuple(state for state in State if any(_begins(tongue(f"state.{state}"), text) for tongue in tongues))
    wallets = tuple(key for key in BY_KEY if any(_begins(wallet_name(key, tongue), text) for tongue in tongues))
    return Word(text, _minors(text, currency), states, wallets)


def _begins(name: str, text: str) -> bool:
    return any(part.startswith(text.lower()) for part in (name.lower(), *name.lower().split()))


def _minors(text: str, currency: Currency) -> tuple[int, ...]:
    """1250 is 12.50 as it is typed at the sale, or a thousand two hundred and fifty."""
    try:
        whole = Money.parse(text.lstrip("¥￥"), currency).minor
    except ValueError:
        return ()
    return (whole,) if "." in text else (whole, int(text.lstrip("¥￥")))


def wallet_name(key: str, texts: Texts) -> str:
    """A scheme or an acquirer as it is called in the cashier's language, or by its key."""
    name = BY_KEY[key].name if key in BY_KEY else key
    return texts(f"wallet.{name}") if f"wallet.{name}" in texts else name


def state_word(line: PaymentLine, texts: Texts) -> str:
    """How a payment stands, in one or two words."""
    state, money = line.attempt.state, line.attempt.money
    if state is State.APPROVED and line.refunded.minor:
        whole = line.refunded == money
        return texts("payments.given_back" if whole else "payments.part_back", money=line.refunded.decimal)
    if line.was_declined and state in (State.REVERSED, State.CLOSED):
        return texts("payments.declined")
    return texts(f"state.{state}")


def age(seconds: float, texts: Texts) -> str:
    """For how long something has been open."""
    if seconds < _HOUR_S:
        return texts("payments.minutes", count=int(max(seconds, 0) // _MINUTE_S))
    if seconds < _DAY_S:
        return texts("payments.hours", count=int(seconds // _HOUR_S))
    return texts("payments.days", count=int(seconds // _DAY_S))


# --- rows -------------------------------------------------------------------------------------------------

# Cells of each column, by the width of the screen. The amount is right-aligned; the order number gets what is left.
_NARROW = {"time": 14, "wallet": 11, "code": 5, "amount": 10, "state": 15}
_WIDE = {"time": 15, "wallet": 20, "code": 21, "amount": 12, "state": 30}
_WIDE_FROM = 130


def heading(texts: Texts, columns: int) -> str:
    names = {name: texts(f"payments.{name}") for name in (*_NARROW, "order")}
    return _cells(names, columns)


def row(line: PaymentLine, texts: Texts, columns: int, now_s: float) -> str:
    """One payment on one line of so many columns."""
    one = line.attempt
    begun_s = one.begun_ms / 1000
    state = state_word(line, texts)
    if one.state.is_open or one.state is State.MANUAL:
        state = f"{state} {age(now_s - begun_s, texts)}"
    facts = {
        "time": moment(datetime.fromtimestamp(begun_s, UTC).astimezone(), texts.language),
        "wallet": wallet_name(one.scheme or one.acquirer, texts),
        "code": one.masked if columns >= _WIDE_FROM else one.masked[-4:],
        "amount": one.money.decimal,
        "state": state,
        "order": one.order_id,
    }
    return _cells(facts, columns)


def _cells(facts: dict[str, str], columns: int) -> str:
    widths = _WIDE if columns >= _WIDE_FROM else _NARROW
    cells = [_cell(name, facts[name], width) for name, width in widths.items()]
    return " ".join([*cells, _end_of(facts["order"], max(columns - sum(widths.values()) - len(widths), 0))])


def _end_of(number: str, width: int) -> str:
    """A number whose last places tell it from the others."""
    return fitted(number if len(number) <= width else f"~{number[1 - width :]}", width)


def _cell(name: str, text: str, width: int) -> str:
    if name == "amount":
        text = " " * max(0, width - cell_len(text)) + text
    return fitted(text, width)


def rows(page: Page, texts: Texts, columns: int, now_s: float) -> tuple[str, ...]:
    return tuple(row(line, texts, columns, now_s) for line in page.lines)


def filters(show: Show, texts: Texts) -> str:
    """The filters side by side, the chosen one in brackets."""
    names = [texts(f"payments.show.{one}") for one in SHOWS]
    return " ".join(f"[{name}]" if one is show else f" {name} " for one, name in zip(SHOWS, names, strict=True))


def filter_at(cell: int, texts: Texts) -> Show | None:
    """Which filter stands under a cell of that line, for a finger."""
    end = 0
    for one in SHOWS:
        end += cell_len(texts(f"payments.show.{one}")) + 3
        if cell < end:
            return one
    return None


def summary(browsing: Browsing, count: int, texts: Texts) -> str:
    """What is looked for, and how much of it there is."""
    found = texts.counted("payments.found", count)
    return texts("payments.searching", typed=browsing.typed, found=found) if browsing.typed else found


def empty(browsing: Browsing, texts: Texts) -> Sequence[str]:
    """Why nothing is there, and what to do."""
    if browsing.typed:
        return texts.lines("payments.nothing_fits", typed=browsing.typed)
    return texts.lines("payments.none" if browsing.show is Show.ALL else "payments.none_shown")
