"""Which request suffers which fault, whatever the wallet: by header, by command, by the ending of its amount."""

import logging
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from firmware_sim.faults import BY_AMOUNT, FAULTS, Act, Delivery, Faults, named
from firmware_sim.hosts.host import Host
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer, State
from firmware_sim.phones.phone import Phone
from terminal.scheme import Operation, Request

Make = Callable[..., Host]


class Shop:
    def __init__(self, make: Make, clock: Any, *, by_amount: bool = False) -> None:
        self.ledger, self.faults, self.clock = Ledger(), Faults(by_amount=by_amount), clock
        self.host = make(self.ledger, clock, self.faults)
        self.ledger.add_customer(Customer("ann"), 1_000_000)
        self.phone = Phone("ann", self.ledger, clock, Random(7))

    def pay(self, number: str = "N1", amount: int = 1200, **headers: str) -> Request:
        return Request("POST", "/plain", headers, f"pay {number} {amount} {self.phone.code()}".encode())

    def query(self, number: str = "N1") -> Request:
        return Request("POST", "/plain", {}, f"query {number}".encode())

    def is_paid(self, number: str = "N1") -> bool:
        found = self.ledger.find("shop", number)
        return found is not None and found.state is State.PAID


@pytest.fixture
def shop(plain_host: Make, hand_clock: Any) -> Shop:
    return Shop(plain_host, hand_clock)


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"refuse"}))
def test_a_header_asks_for_any_fault_by_name(shop: Shop, name: str) -> None:
    played = shop.host.play(shop.pay(**{"x-saoma-fault": name}))
    fault = FAULTS[name]
    assert played.delivery is fault.delivery
    assert (played.reply is None) == (fault.act is Act.NOTHING)
    assert shop.is_paid() == (fault.act is Act.CARRY_OUT)


def test_a_header_of_a_name_that_is_none_is_told_in_the_log_and_changes_nothing(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    assert shop.host.play(shop.pay(**{"x-saoma-fault": "gremlin"})).delivery is Delivery.WHOLE
    assert shop.is_paid()
    assert "no fault is called 'gremlin'" in caplog.text


def test_a_refusal_says_what_it_was_told_to_and_moves_nothing(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    shop.faults.arm("refuse=risk", Operation.PAY)
    request = shop.pay()
    played = shop.host.play(request)
    assert played.reply
    assert played.reply.body == b"refused risk"
    assert not shop.is_paid()
    assert "plain refused pay: risk" in caplog.text
    assert shop.phone.code() not in caplog.text


def test_a_202_is_the_same_answer_under_another_status(shop: Shop) -> None:
    shop.faults.arm("accepted_202")
    played = shop.host.play(shop.pay())
    assert played.reply
    assert (played.reply.status, played.reply.body.split()[2]) == (202, b"paid")


def test_a_password_is_asked_for_once(shop: Shop) -> None:
    shop.faults.arm("password", Operation.PAY)
    shop.host.play(shop.pay("N1"))
    shop.host.play(shop.pay("N2"))
    assert (shop.is_paid("N1"), shop.is_paid("N2")) == (False, True)


def test_the_ending_of_an_amount_asks_for_a_fault_only_where_that_was_wished(plain_host: Make, hand_clock: Any) -> None:
    for wished in (False, True):
        shop = Shop(plain_host, hand_clock, by_amount=wished)
        played = shop.host.play(shop.pay(amount=1298))
        assert (played.delivery is Delivery.NONE) == wished
        assert shop.is_paid()
        assert shop.host.play(shop.query()).delivery is Delivery.WHOLE  # the order's own ending is no matter here


@pytest.mark.parametrize("ending", BY_AMOUNT)
def test_every_published_ending_is_played_as_published(plain_host: Make, hand_clock: Any, ending: str) -> None:
    shop = Shop(plain_host, hand_clock, by_amount=True)
    fault = named(BY_AMOUNT[ending])
    played = shop.host.play(shop.pay(amount=int(f"12{ending}")))
    assert played.delivery is fault.delivery
    assert shop.is_paid() == (fault.act is Act.CARRY_OUT)
    if fault.act is Act.REFUSE:
        assert played.reply
        assert played.reply.body == f"refused {fault.why}".encode()


def test_what_was_armed_comes_before_what_the_amount_asks_for(plain_host: Make, hand_clock: Any) -> None:
    shop = Shop(plain_host, hand_clock, by_amount=True)
    shop.faults.arm("twice", Operation.PAY)
    assert shop.host.play(shop.pay(amount=1298)).delivery is Delivery.TWICE
