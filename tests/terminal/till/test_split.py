"""A sale that is paid in parts, by several wallets: the rest is due, and what was paid can go back."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from terminal.errors import JournalError, NoAnswer
from terminal.model import RefundState, State
from terminal.money import Money
from terminal.steps import Phase, Split

WECHAT, ALIPAY, OTHER_WECHAT = "134567890123456789", "281234567890123456", "104567890123456780"
TEN, SEVEN, THREE = Money(1000), Money(700), Money(300)

Opens = Callable[[], Any]  # the till of two wallets


@pytest.fixture
def opened(open_counter: Callable[..., Any]) -> Opens:
    return lambda: open_counter(takes={"wechat": ("wechat",), "alipay": ("alipay",)})


@pytest.fixture
async def counter(opened: Opens) -> Any:
    return opened()


async def pays(at: Any, money: Money, code: str, ends: Phase, total: Money | None = None) -> None:
    at.till.charge(money, total)
    at.scan(code)
    await at.ends(ends)


def refunds(at: Any) -> list[tuple[int, RefundState]]:
    return [(line.money.minor, line.state) for line in at.journal.refunds()]


async def test_two_wallets_pay_one_sale_and_the_rest_is_shown_in_between(counter: Any) -> None:
    await pays(counter, THREE, WECHAT, Phase.PART_PAID, total=TEN)
    assert counter.step.split == Split(TEN, THREE)
    assert (counter.step.split.rest, counter.step.money) == (SEVEN, SEVEN)
    assert counter.till.snapshot.approved_count == 0, "goods are not handed over yet"
    await pays(counter, SEVEN, ALIPAY, Phase.APPROVED)
    assert counter.step.split == Split(TEN, TEN)
    assert (counter.lines["wechat"].asked, counter.lines["alipay"].asked) == ([("pay", 300)], [("pay", 700)])
    assert (counter.till.snapshot.approved_count, counter.till.snapshot.approved_total) == (1, TEN)


async def test_the_parts_stand_in_the_books_under_one_sale(counter: Any) -> None:
    await pays(counter, THREE, WECHAT, Phase.PART_PAID, total=TEN)
    await pays(counter, SEVEN, ALIPAY, Phase.APPROVED)
    first, second = counter.journal.attempts()
    assert (first.sale_id[-2:], second.sale_id[-2:]) == ("/1", "/2")
    assert first.sale_id[:-2] == second.sale_id[:-2]
    counter.journal.verify()


@pytest.mark.parametrize("says", ["declined insufficient_funds", NoAnswer("lost")], ids=["declined", "taken back"])
async def test_a_part_that_fails_leaves_the_rest_due(counter: Any, says: str | Exception) -> None:
    await pays(counter, THREE, WECHAT, Phase.PART_PAID, total=TEN)
    counter.lines["alipay"].says["pay"] = says
    ends = Phase.DECLINED if isinstance(says, str) else Phase.REVERSED
    await pays(counter, SEVEN, ALIPAY, ends)
    assert counter.step.split == Split(TEN, THREE)
    counter.till.dismiss()
    assert (counter.step.phase, counter.step.money) == (Phase.PART_PAID, SEVEN)
    await pays(counter, SEVEN, OTHER_WECHAT, Phase.APPROVED)
    assert [one.money for one in counter.journal.attempts() if one.state is State.APPROVED] == [THREE, SEVEN]


async def test_a_part_that_is_not_known_leaves_the_rest_due_and_is_taken_back_behind_it(counter: Any) -> None:
    await pays(counter, THREE, WECHAT, Phase.PART_PAID, total=TEN)
    counter.lines["alipay"].says |= {"pay": NoAnswer("lost"), "reverse": NoAnswer("lost")}
    await pays(counter, SEVEN, ALIPAY, Phase.UNKNOWN)
    counter.till.dismiss()
    assert counter.step.phase is Phase.PART_PAID
    await pays(counter, SEVEN, OTHER_WECHAT, Phase.APPROVED)
    counter.lines["alipay"].says["reverse"] = "reversed"
    await counter.until(lambda: not counter.journal.open_attempts())
    assert sum(one.money.minor for one in counter.journal.attempts() if one.state is State.APPROVED) == TEN.minor


@pytest.mark.parametrize(
    ("money", "total", "notice"),
    [(Money(701), None, "split.too_much"), (SEVEN, Money(2000), "split.open"), (Money(0), None, "amount.zero")],
)
async def test_no_more_than_the_rest_can_be_charged(
    counter: Any, money: Money, total: Money | None, notice: str
) -> None:
    await pays(counter, THREE, WECHAT, Phase.PART_PAID, total=TEN)
    counter.till.charge(money, total)
    assert counter.notices == [notice]
    assert counter.step.phase is Phase.PART_PAID


async def test_a_part_of_less_than_itself_is_no_part(counter: Any) -> None:
    counter.till.charge(TEN, THREE)
    assert (counter.notices, counter.step.phase) == (["split.too_much"], Phase.IDLE)


async def test_a_sale_that_waits_for_its_rest_is_neither_cancelled_nor_forgotten(counter: Any) -> None:
    await pays(counter, THREE, WECHAT, Phase.PART_PAID, total=TEN)
    counter.till.cancel()
    counter.till.dismiss()
    counter.till.take_back_last()
    assert counter.notices == ["split.to_give_back", "split.open"]
    counter.till.charge(SEVEN)
    counter.till.cancel()  # the next part, before its code
    assert (counter.step.phase, counter.step.money) == (Phase.PART_PAID, SEVEN)


async def test_a_sale_that_is_given_up_gives_every_part_back(counter: Any) -> None:
    await pays(counter, THREE, WECHAT, Phase.PART_PAID, total=TEN)
    await pays(counter, Money(200), ALIPAY, Phase.PART_PAID)
    counter.till.give_back_parts()
    assert counter.step.phase is Phase.IDLE
    assert refunds(counter) == [(300, RefundState.ASKED), (200, RefundState.ASKED)], "before anything was sent"
    await counter.until(lambda: counter.notices.count("refund.done") == 2)
    assert refunds(counter) == [(300, RefundState.DONE), (200, RefundState.DONE)]
    assert counter.notices[0] == "split.given_back"
    counter.till.give_back_parts()
    assert counter.notices[-1] == "split.none"


async def test_what_a_wallet_does_not_give_back_is_said(counter: Any) -> None:
    counter.lines["wechat"].says["refund"] = "declined not_allowed"
    await pays(counter, THREE, WECHAT, Phase.PART_PAID, total=TEN)
    counter.till.give_back_parts()
    await counter.until(lambda: "refund.refused" in counter.notices)
    assert refunds(counter) == [(300, RefundState.REFUSED)]


async def test_a_power_cut_leaves_a_sale_with_its_rest_due(opened: Opens) -> None:
    before = opened()
    await pays(before, THREE, WECHAT, Phase.PART_PAID, total=TEN)
    await before.till.stop()
    after = opened()
    assert (after.step.phase, after.step.split) == (Phase.PART_PAID, Split(TEN, THREE))
    await pays(after, SEVEN, ALIPAY, Phase.APPROVED)
    await after.till.stop()
    third = opened()
    assert third.step.phase is Phase.IDLE


async def test_a_part_found_paid_after_a_power_cut_counts_when_the_cashier_keeps_it(opened: Opens) -> None:
    before = opened()
    before.lines["wechat"].hold = asyncio.Event()
    before.till.charge(THREE, TEN)
    before.scan(WECHAT)
    await before.until(lambda: before.lines["wechat"].asked == [("pay", 300)])
    await before.till.stop()
    after = opened()
    after.lines["wechat"].says["query"] = "approved"
    await after.ends(Phase.FOUND)
    after.till.keep()
    await after.ends(Phase.PART_PAID)
    assert after.step.split == Split(TEN, THREE)


async def test_a_power_cut_while_parts_go_back_gives_each_back_once(opened: Opens) -> None:
    before = opened()
    before.lines["wechat"].says |= {"refund": NoAnswer("lost"), "refund_query": NoAnswer("lost")}
    await pays(before, THREE, WECHAT, Phase.PART_PAID, total=TEN)
    before.till.give_back_parts()
    await before.till.stop()
    after = opened()
    assert after.step.phase is Phase.IDLE
    await after.until(lambda: refunds(after) == [(300, RefundState.DONE)])


async def test_the_last_sale_is_taken_back_with_all_its_parts(counter: Any) -> None:
    await pays(counter, THREE, WECHAT, Phase.PART_PAID, total=TEN)
    await pays(counter, SEVEN, ALIPAY, Phase.APPROVED)
    counter.till.take_back_last()
    await counter.until(lambda: counter.notices.count("refund.done") == 2)
    assert sorted(refunds(counter)) == [(300, RefundState.DONE), (700, RefundState.DONE)]


async def test_the_last_payment_is_taken_back_once_and_none_before_it(counter: Any) -> None:
    await pays(counter, THREE, WECHAT, Phase.APPROVED)
    await pays(counter, SEVEN, ALIPAY, Phase.APPROVED)
    counter.till.take_back_last()
    await counter.ends(Phase.REFUNDED)
    assert refunds(counter) == [(700, RefundState.DONE)]
    counter.till.take_back_last()
    assert counter.notices == ["refund.nothing_left"]


async def test_a_journal_that_fails_at_the_very_end_leaves_the_sale_paid(
    counter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pays(counter, THREE, WECHAT, Phase.PART_PAID, total=TEN)
    monkeypatch.setattr(counter.journal, "note", full)
    await pays(counter, SEVEN, ALIPAY, Phase.APPROVED)
    assert counter.notices == ["journal.trouble"]


def full(*_: object) -> None:
    raise JournalError("the disk is full")
