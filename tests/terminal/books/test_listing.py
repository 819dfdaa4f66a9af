"""The books by payment: pages, searches, filters, and what a day came to."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from terminal.books.conversation import ConversationLog, Exchange, beside
from terminal.books.journal import Journal
from terminal.books.listing import Group, Listing, Show, Wanted, Word, total
from terminal.books.settlement import Span
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, RefundState, State, Verdict
from terminal.money import CNY, CURRENCIES, Money

MIDNIGHT_S = 1_795_363_200  # 2026-11-23 in Beijing
HOUR_S = 3600
PAID = Answer(Verdict.APPROVED, said="SUCCESS", transaction_id="4200")


class Shop:
    """A day of sales, written as a till writes them."""

    def __init__(self, path: Path) -> None:
        self.now_s = float(MIDNIGHT_S)
        self.path = path
        self.journal = Journal(path, wall=lambda: self.now_s, monotonic=lambda: self.now_s)

    def order(self, number: int, minor: int = 1250, *, scheme: str = "wechat", shown: bool = False) -> Order:
        code = None if shown else PaymentCode(scheme, f"13456789012345{number:04}")
        order = Order(f"POS01A{number:04}", f"S{number}", Money(minor), code, scheme, shown=shown)
        self.journal.begin(order)
        return order

    def paid(self, number: int, minor: int = 1250, *, scheme: str = "wechat", shown: bool = False) -> Order:
        order = self.order(number, minor, scheme=scheme, shown=shown)
        self.journal.move(order.order_id, State.APPROVED, PAID)
        return order

    def declined(self, number: int, *, scheme: str = "wechat") -> Order:
        order = self.order(number, scheme=scheme)
        why = Answer(Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS, "NOTENOUGH")
        self.journal.move(order.order_id, State.CLOSED, why)
        return order

    def given_back(self, order: Order, minor: int, state: RefundState = RefundState.DONE) -> None:
        refund = Refund(f"R{order.order_id}-{minor}", order, Money(minor), begun_s=int(self.now_s))
        self.journal.begin_refund(refund)
        if state is not RefundState.ASKED:
            self.journal.move_refund(refund.refund_id, state, PAID)

    def found(self, wanted: Wanted = Wanted(), first: int = 0, size: int = 100) -> list[str]:  # noqa: B008 - frozen
        with closing(Listing(self.path)) as books:
            page = books.page(wanted, first, size)
        assert first or page.count >= len(page.lines)
        return [line.attempt.order_id.removeprefix("POS01A").lstrip("0") for line in page.lines]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path / "journal.db")
    yield shop
    shop.journal.close()


# --- pages ------------------------------------------------------------------------------------------------


def test_pages_are_newest_first_and_what_is_open_stands_before_all(shop: Shop) -> None:
    shop.order(1)
    for number in range(2, 8):
        shop.paid(number)
    assert shop.found(size=4) == ["1", "7", "6", "5"]
    assert shop.found(first=4, size=4) == ["4", "3", "2"]
    assert shop.found(first=99) == []
    with closing(Listing(shop.path)) as books:
        assert books.page(Wanted(), 0, 2).count == 7


def test_a_line_knows_what_was_given_back_and_whether_it_was_declined(shop: Shop) -> None:
    order = shop.paid(1, 1000)
    shop.given_back(order, 300)
    shop.given_back(order, 200, RefundState.REFUSED)
    shop.given_back(order, 100, RefundState.ASKED)
    shop.declined(2)
    with closing(Listing(shop.path)) as books:
        declined, paid = books.page(Wanted(), 0, 9).lines
        assert books.payment("nobody's") is None
    assert (paid.refunded, paid.was_declined) == (Money(400), False)
    assert (declined.refunded, declined.was_declined) == (Money(0), True)


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        (Show.ALL, ["5", "6", "4", "3", "2", "1"]),
        (Show.OPEN, ["5", "1"]),
        (Show.APPROVED, ["6", "4", "2", "1"]),
        (Show.DECLINED, ["3"]),
        (Show.REFUNDS, ["2", "1"]),
        (Show.TODAY, ["5", "6", "4"]),
    ],
)
def test_each_filter_shows_its_kind(shop: Shop, show: Show, expected: list[str]) -> None:
    shop.given_back(shop.paid(1), 100, RefundState.ASKED)
    shop.given_back(shop.paid(2), 100)
    shop.declined(3)
    shop.now_s += 24 * HOUR_S
    shop.paid(4)
    shop.order(5)
    shop.paid(6)
    assert shop.found(Wanted((), show, (MIDNIGHT_S + 24 * HOUR_S) * 1000)) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((Word("A0002"),), ["2"]),
        ((Word("pos01a000"),), ["4", "3", "2", "1"]),
        ((Word("0003"),), ["3"]),  # both its number and its code
        ((Word("x", minors=(8800,)),), ["2"]),
        ((Word("x", states=(State.CLOSED,)),), ["3"]),
        ((Word("x", wallets=("alipay",)),), ["2"]),
        ((Word("x", wallets=("unionpay",)),), ["4"]),  # no code of the customer's: by its acquirer
        ((Word("x", wallets=("wechat",)), Word("x", states=(State.APPROVED,))), ["1"]),
        ((Word("%"),), []),
        ((Word("_"),), []),
        ((Word("' or 1 = 1 --"),), []),
    ],
)
def test_every_word_has_to_fit_something(shop: Shop, words: tuple[Word, ...], expected: list[str]) -> None:
    shop.paid(1)
    shop.paid(2, 8800, scheme="alipay")
    shop.declined(3)
    shop.paid(4, shown=True, scheme="unionpay")
    assert shop.found(Wanted(words)) == expected


# --- one payment ------------------------------------------------------------------------------------------


def test_a_story_has_the_entries_the_refunds_and_what_was_said(shop: Shop) -> None:
    order = shop.paid(1)
    shop.given_back(order, 100)
    log = ConversationLog(beside(shop.path))
    said = Exchange(order.order_id, 1, 2, "wechat", "pay", "POST", "/pay", {"a": "b"}, 200, {}, ("approved",))
    log.keep(said)
    log.close()
    with closing(Listing(shop.path)) as books:
        story = books.story(order.order_id)
        assert books.story("nobody's") is None
    assert story is not None
    assert [entry.kind for entry in story.entries] == ["INTENT", "APPROVED", "REFUND_ASKED", "REFUND_DONE"]
    assert [(one.money, one.state) for one in story.refunds] == [(Money(100), RefundState.DONE)]
    assert story.said == (said,)


# --- a day ------------------------------------------------------------------------------------------------


def test_a_day_is_added_up_by_hour_wallet_and_state(shop: Shop) -> None:
    shop.paid(1, 100)
    shop.paid(2, 200)
    shop.declined(3)
    shop.now_s += 13.5 * HOUR_S
    shop.paid(4, 400, scheme="alipay")
    shop.paid(5, 800, scheme="unionpay", shown=True)
    shop.now_s += 11 * HOUR_S
    shop.paid(6, 1600)
    with closing(Listing(shop.path)) as books:
        groups = books.groups(MIDNIGHT_S * 1000, (MIDNIGHT_S + 24 * HOUR_S) * 1000)
    assert set(groups) == {
        Group(0, "wechat", State.APPROVED, 2, Money(300)),
        Group(0, "wechat", State.CLOSED, 1, Money(1250)),
        Group(13, "alipay", State.APPROVED, 1, Money(400)),
        Group(13, "unionpay", State.APPROVED, 1, Money(800)),
    }
    assert total(groups, CNY) == Money(1500)
    assert total(groups, CURRENCIES["HKD"]) == Money(0, CURRENCIES["HKD"])


def test_an_acquirers_day_or_what_moved_since_its_last_closing(shop: Shop) -> None:
    early = shop.paid(1)
    shop.paid(2, scheme="alipay")
    shop.given_back(early, 100)
    after = shop.journal.entries(last=1)[0].seq
    shop.now_s += 24 * HOUR_S
    shop.given_back(early, 200, RefundState.ASKED)
    shop.paid(3)
    span = Span.of(date(2026, 11, 23))
    with closing(Listing(shop.path)) as books:
        attempts, refunds = books.of_acquirer("wechat", span=span, after=0)
        later, later_refunds = books.of_acquirer("wechat", span=None, after=after)
        open_refunds = books.open_refunds()
    assert [one.order_id for one in attempts] == ["POS01A0001"]
    assert [one.money for one in refunds] == [Money(100)]
    assert [one.order_id for one in later] == ["POS01A0003"]
    assert [one.money for one in later_refunds] == [Money(200)]
    assert [one.money for one in open_refunds] == [Money(200)]
