"""A contract with UnionPay whose shown code is the one that every wallet can pay."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.faults import Faults
from firmware_sim.hosts.unionpay import UnionpayHost
from firmware_sim.hosts.unionpay_keys import Keys
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import State
from firmware_sim.place import Place
from terminal.codes.emv.merchant import UnionPayAccount, parse
from terminal.codes.emv.universal import order_of, schemes_of
from terminal.config import from_table
from terminal.errors import ConfigError
from terminal.model import Order, Reason, Verdict
from terminal.money import Money
from terminal.scheme import Operation, Till, Wire
from terminal.schemes import BY_KEY, SETTINGS

TILL = Till("POS01", "http://shop.invalid/notify/universal")


@pytest.fixture
def host(unionpay_keys: Keys, hand_clock: Any) -> UnionpayHost:
    return UnionpayHost(Ledger(), unionpay_keys, hand_clock, Faults())


def connected(host: UnionpayHost, **change: object) -> Wire:
    table = {**host.universal_config(Place()), "base_url": "http://gateway.invalid", **change}
    (contract,) = from_table({"acquirer": [table]}, "shop.toml", Path(), SETTINGS).acquirer
    assert contract.name == "universal"
    return BY_KEY["unionpay"].connect(contract.settings, TILL)


def order(host: UnionpayHost) -> Order:
    now_s = int(host.clock.wall())
    return Order("POS010000100001ABCD", "S1", Money(1250), None, "universal", shown=True, begun_s=now_s)


def test_an_order_that_unionpay_took_is_shown_by_the_universal_code(host: UnionpayHost) -> None:
    wire, asked, now_s = connected(host), order(host), int(host.clock.wall())
    reply = host.answer(wire.request(Operation.SHOW, asked, now_s=now_s, nonce="n"))
    answer = wire.answer(Operation.SHOW, asked, reply, now_s=now_s)
    assert answer.verdict is Verdict.PENDING
    payload = parse(answer.shown_code)
    assert (order_of(payload), payload.money) == (asked.order_id, asked.money)
    assert schemes_of(payload) == ("unionpay", "wechat", "alipay")
    account = UnionPayAccount.of(payload)
    assert account is not None
    assert account.merchant == host.merchant_config()["mer_id"]


def test_an_order_that_unionpay_refused_is_not_shown(host: UnionpayHost) -> None:
    wire, now_s = connected(host), int(host.clock.wall())
    asked = replace(order(host), money=Money(0))
    reply = host.answer(wire.request(Operation.SHOW, asked, now_s=now_s, nonce="n"))
    answer = wire.answer(Operation.SHOW, asked, reply, now_s=now_s)
    assert (answer.shown_code, answer.verdict) == ("", Verdict.DECLINED)
    assert answer.reason is Reason.CONFIGURATION


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"institution": "123"}, "institution = '123': eight digits"),
        ({"shop": "A name that is far too long for any code"}, "merchant name"),
        ({"city": ""}, "merchant city"),
        ({"mcc": "food"}, "merchant category"),
        ({"shows": "both"}, "shows"),
    ],
)
def test_a_contract_that_makes_no_code_is_refused_by_its_key(
    host: UnionpayHost, change: dict[str, object], says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        connected(host, **change)


def test_a_notice_says_what_was_paid_and_when_the_order_was_made(host: UnionpayHost) -> None:
    plate = host.plate("http://127.0.0.1:9/notify", Place())
    made = plate.open(250)
    paid = made._replace(state=State.PAID, paid_s=host.clock.wall(), customer="ann")
    notified = connected(host).notified(host.notice(paid, None), now_s=int(host.clock.wall()))  # type: ignore[attr-defined]
    assert (notified.order_id, notified.paid) == (made.order_no, Money(250))
    assert notified.begun_s == int(made.created_s)
