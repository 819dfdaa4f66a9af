from dataclasses import replace

import pytest

from firmware_sim.devices.display import Led8, Vfd
from terminal.basket.basket import Item, Picked, basket_of
from terminal.money import CURRENCIES, Money
from terminal.receipt.customer_display import KINDS, Lamp, Shown, as_lesson, led8, shown, shown_now, vfd
from terminal.steps import Laid, Phase, Snapshot, Step


def test_two_lines_are_placed_and_filled_so_that_nothing_old_stays() -> None:
    made = vfd(Shown("SHOW YOUR CODE", Money(1250), Lamp.TOTAL))
    assert made == b"\x1f$\x01\x01CNY            12.50\x1f$\x01\x02SHOW YOUR CODE      "


def test_eight_digits_are_the_published_bytes() -> None:
    assert led8(Shown("", Money(1250), Lamp.TOTAL)) == bytes.fromhex("1B 51 41 31 32 2E 35 30 0D 1B 73 32")
    assert led8(Shown("WELCOME")) == bytes.fromhex("0C 1B 73 30")


@pytest.mark.parametrize(("minor", "digits"), [(99999999, "999999.99"), (100000000, "--------"), (5, "0.05")])
def test_an_amount_with_no_room_is_dashes_and_never_half_an_amount(minor: int, digits: str) -> None:
    glass = Led8()
    glass.feed(led8(Shown("", Money(minor), Lamp.TOTAL)))
    assert glass.lines == [digits, "total"]


@pytest.mark.parametrize("minor", [10**13, 10**15, 2**63 - 1])
def test_two_lines_have_room_for_whatever_the_books_can_hold(minor: int) -> None:
    money = Money(minor)
    for what in (Shown("SHOW YOUR CODE", money), Shown("Rice", money, price="9.90")):
        glass = Vfd()
        glass.feed(vfd(what))
        assert money.decimal in "\n".join(glass.lines)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("money", [None, Money(1250), Money(123456789012, CURRENCIES["JPY"])])
def test_every_step_can_be_read_on_every_display(phase: Phase, money: Money | None) -> None:
    glasses = {"vfd": Vfd(), "led8": Led8()}
    for name, glass in glasses.items():
        kind = KINDS[name]
        assert kind.baud == glass.baud
        glass.feed(kind.start + kind.encode(shown(Step(phase, money))))
    upper, lower = glasses["vfd"].lines
    assert len(upper) == len(lower) == 20
    assert lower.strip()
    assert money is None or money.decimal in upper


def test_the_outcome_is_told_in_words_and_by_the_lamp() -> None:
    paid = shown(Step(Phase.APPROVED, Money(1250)))
    assert (paid.word, paid.lamp) == ("PAID. THANK YOU", Lamp.RECEIVED)
    assert shown(Step(Phase.UNKNOWN, Money(1250))).word == "ASK THE CASHIER"
    assert shown(Step(Phase.REVERSING, Money(1250))).word == "PLEASE WAIT"


@pytest.mark.parametrize("phase", Phase)
def test_where_somebody_practises_nothing_ever_reads_as_paid(phase: Phase) -> None:
    what = shown(Step(phase, Money(1250)))
    assert as_lesson(KINDS["vfd"]).encode(what).endswith(b"TRAINING NO PAYMENT ")
    assert as_lesson(KINDS["led8"]).encode(what).endswith(b"\x1bs" + Lamp.NONE.value)


def test_goods_are_shown_with_their_price_and_what_they_come_to() -> None:
    long = Item("1", "微波炉爆米花", "Microwave popcorn with butter", Money(990))
    basket = basket_of([Picked(Item("2", "水", "Water", Money(250)), 2), Picked(long)])
    now = Snapshot(Step(Phase.IDLE), laid=Laid(basket, touched=1))
    data = KINDS["vfd"].encode(shown_now(now))
    assert b"Microwave popco 9.90" in data
    assert b"TOTAL          14.90" in data
    assert b"14.90" in KINDS["led8"].encode(shown_now(now))
    paying = replace(now, step=Step(Phase.AWAIT_CODE, Money(1490)))
    assert shown_now(paying).word == "SHOW YOUR CODE"
