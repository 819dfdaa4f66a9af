"""The books by payment, as people look at them: page by page, searched, and what a day came to. Queries alone.

Searching, counting and adding are SQLite's work, so that the books of a year open as quickly as a day's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from terminal.books.conversation import Exchange, beside, conversation
from terminal.books.reader import JournalReader
from terminal.books.settlement import Span
from terminal.books.standing import Attempt, RefundLine
from terminal.model import Entry, RefundState, State
from terminal.money import CURRENCIES, Currency, Money

_UNDONE = (State.REVERSED, State.CLOSED)
_PENDING = (State.INTENT, State.REVERSING, State.REVERSED, State.MANUAL)  # what somebody should keep an eye on
_REFUND_ORDER = "select order_id from refund"


class Show(StrEnum):
    """Which payments."""

    ALL = "all"
    OPEN = "open"  # owed an ending: by the till, or by a person
    APPROVED = "approved"
    DECLINED = "declined"  # or taken back: nothing was charged
    REFUNDS = "refunds"
    TODAY = "today"


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a search. It fits a part of the order number, the code's last digits, or one of these."""

    text: str
    minors: tuple[int, ...] = ()
    states: tuple[State, ...] = ()
    wallets: tuple[str, ...] = ()  # schemes or acquirers, by their keys


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: every word has to fit. `today_ms` is when today began, in Unix milliseconds."""

    words: tuple[Word, ...] = ()
    show: Show = Show.ALL
    today_ms: int = 0


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A payment, what of it was given back (or perhaps), and whether the customer's side said no to it."""

    attempt: Attempt
    refunded: Money
    was_declined: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some payments, out of `count` that fit."""

    lines: tuple[PaymentLine, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """Payments of one hour since a moment, of one wallet, that stand in one state."""

    hour: int
    wallet: str  # a scheme; the acquirer where our own code was shown
    state: State
    count: int
    money: Money


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of a payment: its entries, what was given back, and what was said to its acquirer."""

    line: PaymentLine
    entries: tuple[Entry, ...]
    refunds: tuple[RefundLine, ...]
    said: tuple[Exchange, ...]


class Listing(JournalReader):
    """The books, to be leafed through beside a till that is writing them."""

    def page(self, wanted: Wanted, first: int, size: int) -> Page:
        """From the `first`-th on: what is not over before all else, then the newest."""
        where, values = _where(wanted)
        count = self._one(f"select count(*) from attempt where {where}", values)  # noqa: S608
        order = f"state in {_list(_PENDING)} desc, attempt.rowid desc"
        found = self._found(
            str,
            f"select order_id from attempt where {where} order by {order} limit ? offset ?",  # noqa: S608
            (*values, size, first),
        )
        return Page(tuple(map(self._line, [*found])), int(str(count)))

    def payment(self, order_id: str) -> PaymentLine | None:
        return self._line(order_id) if self.attempt(order_id) else None

    def story(self, order_id: str) -> Story | None:
        """None for an order that is not in these books."""
        line = self.payment(order_id)
        said = conversation(beside(self.path), order_id)
        entries, refunds = self.entries(order_id=order_id), self.refunds(order_id)
        return Story(line, tuple(entries), tuple(refunds), tuple(said)) if line else None

    def groups(self, begins_ms: int, ends_ms: int) -> list[Group]:
        """What was begun between two moments, by hour, wallet, state and currency."""
        found = self._found(
            _group,
            """select (begun_ms - ?) / 3600000 as hour, coalesce(nullif(scheme, ''), acquirer) as wallet, state,
            currency, count(*), sum(minor) from attempt where begun_ms >= ? and begun_ms < ? group by 1, 2, 3, 4""",
            (begins_ms, begins_ms, ends_ms),
        )
        return [*found]

    def of_acquirer(self, acquirer: str, *, span: Span | None, after: int) -> tuple[list[Attempt], list[RefundLine]]:
        """What was begun in a day, or what moved since an entry."""
        if span is None:
            attempts = self._attempts("where acquirer = ? and updated_seq > ?", (acquirer, after))
            refunds = (one for one in self.refunds(after=after) if one.attempt.acquirer == acquirer)
            return list(attempts), list(refunds)
        during = (span.begins_ms, span.ends_ms)
        rest = "where acquirer = ? and begun_ms >= ? and begun_ms < ?"
        return list(self._attempts(rest, (acquirer, *during))), list(self._refunds_begun(acquirer, span))

    def open_refunds(self) -> list[RefundLine]:
        """Those owed an ending."""
        found = self._found(str, "select order_id from refund where state = ?", (RefundState.ASKED.value,))
        orders = dict.fromkeys(found)
        return [one for order_id in orders for one in self.refunds(order_id) if one.state.is_open]

    def _refunds_begun(self, acquirer: str, span: Span) -> Iterator[RefundLine]:
        found = self._found(
            str,
            """select distinct order_id from refund join attempt using (order_id)
            where acquirer = ? and refund.begun_ms >= ? and refund.begun_ms < ?""",
            (acquirer, span.begins_ms, span.ends_ms),
        )
        for order_id in [*found]:
            yield from (one for one in self.refunds(order_id) if one.begun_ms in span)

    def _line(self, order_id: str) -> PaymentLine:
        attempt = self.attempt(order_id)
        assert attempt is not None, "it was found a moment ago, and nothing is ever taken out"
        declined = self._one(
            "select 1 from entry where order_id = ? and body ->> 'verdict' = 'declined' limit 1", (order_id,)
        )
        return PaymentLine(attempt, attempt.money - self.left_of(attempt), declined is not None)


# --- what is asked of SQLite ------------------------------------------------------------------------------


def _where(wanted: Wanted) -> tuple[str, tuple[str | int, ...]]:
    conditions, values = [_shown(wanted)], list[str | int]()
    for word in wanted.words:
        condition, given = _fits(word)
        conditions.append(condition)
        values += given
    return " and ".join(conditions), tuple(values)


def _shown(wanted: Wanted) -> str:
    match wanted.show:
        case Show.OPEN:
            return f"(state in {_list(_PENDING)} or order_id in ({_REFUND_ORDER} where state = 'REFUND_ASKED'))"
        case Show.APPROVED:
            return f"state = '{State.APPROVED}'"
        case Show.DECLINED:
            return f"state in {_list(_UNDONE)}"
        case Show.REFUNDS:
            return f"order_id in ({_REFUND_ORDER})"
        case Show.TODAY:
            return f"begun_ms >= {int(wanted.today_ms)}"
        case _:
            return "true"


def _fits(word: Word) -> tuple[str, list[str | int]]:
    text = "".join(f"\\{letter}" if letter in "%_\\" else letter for letter in word.text)
    ways = ["order_id like ? escape '\\'", "masked like ? escape '\\'"]
    values: list[str | int] = [f"%{text}%", f"%{text}"]
    for column, alternatives in (("minor", word.minors), ("state", word.states), ("scheme", word.wallets)):
        ways += [f"{column} = ?"] * len(alternatives)
        values += alternatives
    ways += ["acquirer = ?"] * len(word.wallets)
    return f"({' or '.join(ways)})", [*values, *word.wallets]


def _list(states: Sequence[State]) -> str:
    return "(" + ", ".join(f"'{state}'" for state in states) + ")"


def _group(hour: int, wallet: str, state: str, currency: str, count: int, minor: int) -> Group:
    return Group(hour, wallet, State(state), count, Money(minor, CURRENCIES[currency]))


def total(groups: Sequence[Group], currency: Currency) -> Money:
    """What came in, in this currency."""
    paid = (one.money for one in groups if one.state is State.APPROVED and one.money.currency == currency)
    return sum(paid, start=Money(0, currency))
