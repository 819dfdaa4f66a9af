"""Days and matching, without any host: the edges that a clock and a bill can have."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.books.journal import Attempt
from terminal.books.matching import Kind, Matched, match
from terminal.books.settlement import Span, totals
from terminal.model import State, undoing_number
from terminal.money import CNY, CURRENCIES, Money
from terminal.scheme import BillKind, BillLine, day_of

DAY = date(2026, 11, 22)
SPAN = Span.of(DAY)
NOON_MS = SPAN.begins_ms + 12 * 3600 * 1000
UNIONPAY_S = -3600.0


def attempt(number: str, state: State = State.APPROVED, minor: int = 1250, at_ms: int = NOON_MS) -> Attempt:
    return Attempt(number, f"S{number}", "wechat", Money(minor), "wechat", "", state, at_ms)


def line(number: str, kind: BillKind = BillKind.SALE, minor: int = 1250, fee: str | None = None) -> BillLine:
    return BillLine(kind, number, Money(minor), fee=None if fee is None else Decimal(fee))


def matched(ours: list[Attempt], bill: list[BillLine], waiting: frozenset[str] = frozenset()) -> Matched:
    return match(ours, [], bill, SPAN, is_ours=lambda number: True, waiting=waiting, fee_rate=Decimal("0.006"))


def kinds(found: Matched) -> list[str]:
    return [one.kind for one in (*found.differences, *found.waits)]


def test_a_day_is_beijings_wherever_the_till_stands() -> None:
    assert datetime.fromtimestamp(SPAN.begins_ms / 1000, UTC) == datetime(2026, 11, 21, 16, tzinfo=UTC)
    assert SPAN.ends_ms == Span.of(date(2026, 11, 23)).begins_ms


def test_unionpays_day_begins_at_eleven_the_evening_before() -> None:
    span = Span.of(DAY, UNIONPAY_S)
    assert datetime.fromtimestamp(span.begins_ms / 1000, UTC) == datetime(2026, 11, 21, 15, tzinfo=UTC)
    eleven_s = span.ends_ms / 1000
    assert (day_of(eleven_s - 1, UNIONPAY_S), day_of(eleven_s, UNIONPAY_S)) == (DAY, date(2026, 11, 23))
    assert (day_of(eleven_s - 1), day_of(eleven_s)) == (DAY, DAY)


@pytest.mark.parametrize("state", State)
def test_each_state_has_one_answer_to_a_payment_that_is_on_the_bill(state: State) -> None:
    expected = {State.APPROVED: [], State.MANUAL: [Kind.STATE], State.CLOSED: [Kind.STATE]}
    assert kinds(matched([attempt("1", state)], [line("1")])) == expected.get(state, [Kind.OPEN])


@pytest.mark.parametrize("state", State)
def test_and_one_to_a_payment_that_was_undone_there(state: State) -> None:
    expected = {State.APPROVED: [Kind.STATE], State.MANUAL: [Kind.STATE], State.CLOSED: []}
    bill = [line("1"), line("1", BillKind.REVERSAL)]
    assert kinds(matched([attempt("1", state)], bill)) == expected.get(state, [Kind.OPEN])


@pytest.mark.parametrize("state", State)
def test_a_refund_under_the_number_of_the_undoing_is_an_undoing(state: State) -> None:
    refund = BillLine(BillKind.REFUND, "1", Money(1250), undoing_number("1"))
    undone = matched([attempt("1", state)], [line("1"), line("1", BillKind.REVERSAL)])
    assert matched([attempt("1", state)], [line("1"), refund]) == undone


@pytest.mark.parametrize("state", State)
def test_and_one_to_a_payment_that_is_not_on_it(state: State) -> None:
    expected = {State.APPROVED: [Kind.HERE_NOT_THERE], State.MANUAL: [Kind.STATE], State.CLOSED: []}
    assert kinds(matched([attempt("1", state)], [])) == expected.get(state, [Kind.OPEN])


def test_an_undoing_after_midnight_is_waited_for_once() -> None:
    late = attempt("1", State.CLOSED, at_ms=SPAN.ends_ms - 5000)
    assert kinds(matched([late], [line("1")])) == [Kind.CROSS_MIDNIGHT]
    early = attempt("1", State.CLOSED, at_ms=SPAN.begins_ms - 5000)
    assert kinds(matched([early], [line("1", BillKind.REVERSAL)], frozenset({"1"}))) == []
    assert kinds(matched([early], [], frozenset({"1"}))) == [Kind.STATE]


def test_a_bill_in_another_currency_is_another_amount_and_no_crash() -> None:
    yen = BillLine(BillKind.SALE, "1", Money(1250, CURRENCIES["JPY"]))
    assert kinds(matched([attempt("1")], [yen])) == [Kind.AMOUNT]
    assert kinds(matched([attempt("1")], [yen, line("1")])) == [Kind.TWICE]


@pytest.mark.parametrize(
    ("fee", "kind"), [("0.08", []), ("0.07500", []), ("0.07", [Kind.FEE_ROUNDING]), ("0.10", [Kind.FEE])]
)
def test_a_fee_may_be_a_fen_beside_and_no_more(fee: str, kind: list[Kind]) -> None:
    assert kinds(matched([attempt("1")], [line("1", fee=fee)])) == kind


def test_lines_of_another_till_are_counted_and_not_held_against_this_one() -> None:
    found = match([], [], [line("POS02-1"), line("POS01-1")], SPAN, is_ours=lambda number: number.startswith("POS01"))
    assert (found.strangers, kinds(found)) == (1, [Kind.THERE_NOT_HERE])


def test_a_day_adds_up_by_currency_and_by_what_became_of_it() -> None:
    yen = Attempt("9", "S9", "wechat", Money(500, CURRENCIES["JPY"]), "wechat", "", State.APPROVED, NOON_MS)
    ours = [attempt("1"), attempt("2", State.CLOSED), attempt("3", State.MANUAL), attempt("4", State.INTENT), yen]
    cny, jpy = totals([*ours, attempt("5", at_ms=SPAN.ends_ms)], [], SPAN)
    assert (cny.sales.count, cny.undone.count, cny.for_a_person.count, cny.open.count) == (1, 1, 1, 1)
    assert (cny.net, jpy.net) == (Money(1250, CNY), Money(500, CURRENCIES["JPY"]))


books = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(State), st.integers(1, 3)), unique_by=lambda one: one[0]
)
bills = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from([BillKind.SALE, BillKind.REVERSAL]), st.integers(1, 3))
)


@settings(max_examples=300, deadline=None)
@given(books, bills)
def test_whatever_the_two_books_say_money_that_differs_is_told_exactly_once(
    ours: list[tuple[str, State, int]], theirs: list[tuple[str, BillKind, int]]
) -> None:
    found = matched([attempt(*one) for one in ours], [line(*one) for one in theirs])
    told = [one.order_id for one in (*found.differences, *found.waits)]
    assert len(told) == len(set(told))
    kept = {number: minor for number, state, minor in ours if state is State.APPROVED}
    for number in "abcdefgh":
        sales = [minor for one, kind, minor in theirs if one == number and kind is BillKind.SALE]
        is_undone = (number, BillKind.REVERSAL) in {(one, kind) for one, kind, _ in theirs}
        held = 0 if is_undone else sum(sales)
        assert number in told or held == kept.get(number, 0)
