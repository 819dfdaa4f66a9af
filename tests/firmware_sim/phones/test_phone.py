from random import Random
from typing import Any

import pytest

from firmware_sim.ledger import Ledger, customer_account
from firmware_sim.ledger_words import Customer, Kind, Purchase, State
from firmware_sim.phones.phone import Phone, Shown
from terminal.codes.classify import classify
from terminal.model import Channel, PaymentCode
from terminal.schemes.tenpay import NATIVE_URL


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.add_customer(Customer("ann"), 1000)
    return ledger


@pytest.fixture
def phone(ledger: Ledger, hand_clock: Any) -> Phone:
    return Phone("ann", ledger, hand_clock, Random(7))


def test_a_code_stays_for_a_minute_and_is_then_another(phone: Phone, hand_clock: Any) -> None:
    first = phone.code()
    hand_clock.advance(59.9)
    assert phone.code() == first
    hand_clock.advance(0.2)
    assert phone.code() != first


def test_a_spent_code_is_replaced_at_once(phone: Phone, ledger: Ledger) -> None:
    first = phone.code()
    ledger.spend(first)
    assert phone.code() != first


def test_codes_are_the_wallets_and_never_come_twice(ledger: Ledger, hand_clock: Any) -> None:
    phones = [Phone("ann", ledger, hand_clock, Random(7)) for _ in range(50)]  # one seed: all draw the same digits
    codes = [phone.code() for phone in phones]
    assert len(set(codes)) == len(codes)
    meanings = [classify(code, channel=Channel.CAMERA) for code in codes]
    assert all(isinstance(meaning, PaymentCode) and meaning.scheme == "wechat" for meaning in meanings)


def test_the_same_seed_shows_the_same_code(hand_clock: Any) -> None:
    codes = []
    for _ in range(2):
        ledger = Ledger()
        ledger.add_customer(Customer("ann"), 0)
        codes.append(Phone("ann", ledger, hand_clock, Random(3)).code())
    assert codes[0] == codes[1]


def _shown(ledger: Ledger, clock: Any, amount: int) -> str:
    ledger.add(
        Purchase(
            0,
            "shop",
            "N00001",
            Kind.SHOWN,
            "",
            amount,
            "CNY",
            clock.wall(),
            "wechat",
            due_s=clock.wall() + 300,
            due_state=State.CLOSED,
            shown_as=f"{NATIVE_URL}token",
        )
    )
    return f"{NATIVE_URL}token"


def test_a_merchant_code_is_paid_once(phone: Phone, ledger: Ledger, hand_clock: Any) -> None:
    url = _shown(ledger, hand_clock, 300)
    assert phone.scan(url) is Shown.PAID
    assert phone.scan(url) is Shown.OVER
    assert ledger.balance(customer_account("ann")) == 700
    assert ledger.check() == []


def test_a_merchant_code_that_cannot_be_paid_stays_open_for_somebody_else(
    phone: Phone, ledger: Ledger, hand_clock: Any
) -> None:
    assert phone.scan(_shown(ledger, hand_clock, 1001)) is Shown.NOT_ENOUGH
    assert ledger.books("shop")[0].state is State.OPEN


def test_a_merchant_code_runs_out(phone: Phone, ledger: Ledger, hand_clock: Any) -> None:
    url = _shown(ledger, hand_clock, 300)
    hand_clock.advance(301)
    assert phone.scan(url) is Shown.OVER
    assert ledger.balance(customer_account("ann")) == 1000


@pytest.mark.parametrize("text", ["https://qr.alipay.com/bax1", f"{NATIVE_URL}unknown", ""])
def test_other_codes_are_not_this_wallets(phone: Phone, text: str) -> None:
    assert phone.scan(text) is Shown.NOT_OURS


@pytest.mark.parametrize(("types_wrong", "left"), [(False, 700), (True, 1000)])
def test_a_password_is_typed_when_its_owner_is_told_to(
    ledger: Ledger, hand_clock: Any, types_wrong: bool, left: int
) -> None:
    ledger.add_customer(Customer("bob", types_wrong=types_wrong), 1000)
    phone = Phone("bob", ledger, hand_clock, Random(7))
    order = ledger.find_shown(_shown(ledger, hand_clock, 300))
    assert order
    assert phone.type_password() == 0, "it has not asked yet"
    ledger.expect(order, "bob", hand_clock.wall() + 60, State.PAID)
    assert phone.type_password() == 1
    assert ledger.balance(customer_account("bob")) == left
    assert phone.type_password() == 0
    assert ledger.check() == []
