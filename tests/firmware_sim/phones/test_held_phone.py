"""A phone in somebody's hand: what it shows, what it asks, and what it tells of every payment."""

import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.acquirers import Acquirers
from firmware_sim.hand_clock import HandClock
from firmware_sim.hosts.acquiring import Asked
from firmware_sim.ledger_words import State
from firmware_sim.phones.desk import Desk
from firmware_sim.phones.held import PASSWORD

FREE, DEAR = 1250, 150_000  # fen: one without a password, one with
NATIVE = "weixin://wxpay/bizpayurl?pr="
NUMBERS = count(1)


class Shop:
    """The merchant that takes WeChat Pay, without a wire."""

    def __init__(self, acquirers: Acquirers) -> None:
        desk = Desk(acquirers.crowd, acquirers.ledger, acquirers.clock, acquirers.switch, None)
        self.ask: dict[str, Any] = {**acquirers.commands, **desk.commands}
        self.clock: Any = acquirers.clock
        host = next(host for host in acquirers.hosts if host.name == "wechat")
        self.books = host.acquirer  # type: ignore[attr-defined]

    def open(self, **traits: object) -> dict[str, Any]:
        face: dict[str, Any] = self.ask["phone/open"]({"wallet": "wechat", **traits})
        return face

    def now(self, face: dict[str, Any], what: str = "face", **told: object) -> dict[str, Any]:
        shown: dict[str, Any] = self.ask[f"phone/{what}"]({"phone": face["phone"], **told})
        return shown

    def charge(self, face: dict[str, Any], amount: int) -> str:
        """The number of an order for a code that was read off the phone."""
        number = f"C{next(NUMBERS)}"
        self.books.charge(Asked(number, amount, number), face["code"])
        return number

    def show(self, amount: int) -> str:
        """The text of a code that a phone may scan; it ends with the order's number."""
        number = f"S{next(NUMBERS)}"
        self.books.show(Asked(number, amount, number), NATIVE + number, self.clock.wall() + 600)
        return NATIVE + number

    def state(self, order: str) -> State:
        state: State = self.books.find(order.removeprefix(NATIVE)).state
        return state


@pytest.fixture(scope="module")
def acquirers(keys: Path) -> Iterator[Acquirers]:
    acquirers = Acquirers(keys, HandClock(), random.Random(1))
    yield acquirers
    acquirers.ledger.close()


@pytest.fixture
def shop(acquirers: Acquirers) -> Shop:
    return Shop(acquirers)


def test_its_code_is_fresh_each_minute_and_after_each_payment(shop: Shop) -> None:
    first = shop.open()
    shop.clock.advance(20)
    assert (shop.now(first)["code"], shop.now(first)["left_s"]) == (first["code"], 40)
    shop.clock.advance(40)
    second = shop.now(first)
    assert second["code"] != first["code"]
    shop.charge(second, FREE)
    third = shop.now(second)
    assert third["code"] not in (first["code"], second["code"])
    assert third["balance"] == first["balance"] - FREE
    assert (third["news"]["happened"], third["news"]["amount"]) == ("paid", FREE)


def test_a_large_charge_waits_for_the_password(shop: Shop) -> None:
    face = shop.open()
    order = shop.charge(face, DEAR)
    asks = shop.now(face)["asks"]
    assert (asks["amount"], asks["password"], asks["shop"]) == (DEAR, True, "Saoma Demo Store")
    wrong = shop.now(face, "agree", password="000000")
    assert (wrong["asks"]["tries"], wrong["news"]) == (2, None)
    paid = shop.now(face, "agree", password=PASSWORD)
    assert (paid["asks"], paid["news"]["happened"]) == (None, "paid")
    assert shop.state(order) is State.PAID


def test_three_wrong_passwords_end_the_charge(shop: Shop) -> None:
    face = shop.open()
    order = shop.charge(face, DEAR)
    for _ in range(3):
        face = shop.now(face, "agree", password="000000")
    assert (face["asks"], face["news"]["reason"]) == (None, "wrong_password")
    assert shop.state(order) is State.FAILED
    shop.charge(face, DEAR)
    assert shop.now(face)["asks"]["tries"] == 3


@pytest.mark.parametrize("silent", [True, False])
def test_who_does_not_type_it_does_not_pay(shop: Shop, silent: bool) -> None:
    face = shop.open(careful=True)
    shop.charge(face, FREE)
    if silent:
        shop.clock.advance(3600)
        face = shop.now(face)
    else:
        face = shop.now(face, "refuse")
    assert (face["asks"], face["news"]["reason"]) == (None, "not_typed")


def test_a_shops_code_is_paid_when_its_owner_says_yes(shop: Shop) -> None:
    text = shop.show(FREE)
    face = shop.now(shop.open(), "scan", text=f" {text}\n")
    assert (face["asks"]["amount"], face["asks"]["password"]) == (FREE, False)
    assert shop.state(text) is State.OPEN
    face = shop.now(face, "agree")
    assert (face["asks"], face["news"]["happened"]) == (None, "paid")
    assert shop.state(text) is State.PAID


def test_a_dear_one_wants_the_password_too(shop: Shop) -> None:
    face = shop.now(shop.open(), "scan", text=shop.show(DEAR))
    assert shop.now(face, "agree")["asks"]["tries"] == 3, "nothing typed is no wrong try"
    assert shop.now(face, "agree", password=PASSWORD)["news"]["happened"] == "paid"


def test_a_shops_code_that_is_refused_stays_for_somebody_else(shop: Shop) -> None:
    text = shop.show(FREE)
    for what in ("refuse", "scan"):
        assert shop.now(shop.now(shop.open(), "scan", text=text), what, text=text)["news"] is None
    other = shop.now(shop.open(), "scan", text=text)
    assert shop.now(other, "agree")["news"]["happened"] == "paid"
    late = shop.now(shop.open(), "scan", text=text)
    assert (late["asks"], late["news"]["reason"]) == (None, "over")


def test_of_two_who_look_at_one_code_one_pays(shop: Shop) -> None:
    text = shop.show(FREE)
    first, second = (shop.now(shop.open(), "scan", text=text) for _ in range(2))
    assert shop.now(first, "agree")["news"]["happened"] == "paid"
    assert shop.now(second, "agree")["news"]["reason"] == "over"


def test_the_owner_enters_the_amount_of_a_static_code(shop: Shop) -> None:
    plate: dict[str, Any] = shop.ask["plate"]({"host": "alipay"})
    face = shop.now(shop.open(wallet="alipay"), "scan", text=plate["text"])
    assert face["asks"]["amount"] is None
    assert shop.now(face, "agree")["asks"]["amount"] is None, "no amount, no payment"
    dear = shop.now(face, "agree", amount=DEAR)
    assert (dear["asks"]["amount"], dear["asks"]["password"]) == (DEAR, True)
    assert shop.now(face, "agree", password=PASSWORD)["news"] == {
        "number": 1,
        "happened": "paid",
        "reason": "",
        "amount": DEAR,
        "currency": "CNY",
        "why": (),
    }


def test_a_code_of_another_scheme_is_refused_with_its_reason(shop: Shop) -> None:
    text = shop.show(FREE)
    face = shop.now(shop.open(wallet="alipay"), "scan", text=text)
    assert (face["asks"], face["news"]["happened"], face["news"]["reason"]) == (None, "refused", "not_ours")
    assert any("wechat" in why for why in face["news"]["why"])
    assert shop.now(face, "scan", text="hello")["news"]["number"] == 2


def test_more_than_it_has_is_not_paid(shop: Shop) -> None:
    face, news = shop.open(), []
    for amount in (45_000_00, 45_000_00, 45_000_00):
        face = shop.now(face, "scan", text=shop.show(amount))
        face = shop.now(face, "agree", password=PASSWORD)
        news.append((face["news"]["happened"], face["news"]["reason"]))
    assert news == [("paid", ""), ("paid", ""), ("refused", "insufficient_funds")]


def test_more_than_its_bank_allows_is_not_paid(shop: Shop) -> None:
    face = shop.now(shop.open(), "scan", text=shop.show(50_000_01))
    assert shop.now(face, "agree", password=PASSWORD)["news"]["reason"] == "over_limit"


def test_money_that_comes_back_is_told(shop: Shop) -> None:
    face = shop.open()
    order = shop.charge(face, FREE)
    shop.now(face)
    shop.books.refund(shop.books.find(order), f"R{order}", 250)
    assert (shop.now(face)["news"]["happened"], shop.now(face)["news"]["amount"]) == ("given_back", 250)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("open", {"wallet": "nobody's"}),
        ("open", {}),
        ("face", {}),
        ("face", {"phone": "another's"}),
        ("scan", {"text": "x" * 5000}),
        ("scan", {"text": 5}),
        ("agree", {"amount": -1}),
        ("agree", {"amount": 1.5}),
        ("agree", {"amount": True}),
        ("hold_up", {}),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(shop: Shop, what: str, told: dict[str, object]) -> None:
    phone = {} if "phone" in told or what in ("open", "face") else {"phone": shop.open()["phone"]}
    with pytest.raises((ValueError, KeyError, TypeError)):
        shop.ask[f"phone/{what}"]({**phone, **told})


def test_phones_do_not_grow_without_end(shop: Shop) -> None:
    for _ in range(100):
        shop.open()
    with pytest.raises(ValueError, match="in people's hands"):
        shop.open()
