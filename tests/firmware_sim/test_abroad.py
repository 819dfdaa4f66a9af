"""A shop abroad: its own money, another to be paid in, one rate for a payment and all its refunds."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from random import Random

import pytest

from firmware_sim.acquirers import Acquirers
from firmware_sim.faults import Faults
from firmware_sim.hand_clock import HandClock
from firmware_sim.hosts.every import every_host
from firmware_sim.hosts.unionpay import UnionpayHost
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone, Shown
from firmware_sim.place import Place
from firmware_sim.rates import IN_YUAN, quoted
from firmware_sim.switch import Switch
from terminal.clock import Clock
from terminal.compose import Counter
from terminal.config import from_table
from terminal.exchange import Rate
from terminal.model import Answer, Channel, Order, PaymentCode, Reason, Refund, Scan, Verdict
from terminal.money import CURRENCIES, Money
from terminal.places import AGREEMENTS
from terminal.routing.agreements import load
from terminal.scheme import Operation, Till, Wire
from terminal.schemes import BY_KEY, SETTINGS
from terminal.steps import Phase

HKD, JPY, KWD, USD = (CURRENCIES[code] for code in ("HKD", "JPY", "KWD", "USD"))
HONG_KONG = Place("Hong Kong", "HK", "HKD", "USD")
DAY_S = 24 * 3600


@dataclass
class Shop:
    """A till's wire to UnionPay from a shop in one place, put to the host by hand."""

    place: Place
    host: UnionpayHost
    wire: Wire
    ledger: Ledger
    clock: HandClock
    numbers: Iterator[int]

    def phone(self, wallet: str = "ccb") -> Phone:
        customer = Customer(f"c{next(self.numbers)}", wallet=wallet)
        self.ledger.add_customer(customer, 10**9, self.place.currency)
        switch = Switch(self.ledger, self.clock, load(AGREEMENTS), self.place)
        return Phone(customer.id, self.ledger, self.clock, Random(1), switch)

    def order(self, minor: int, *, shown: bool = False) -> Order:
        code = None if shown else PaymentCode("unionpay", self.phone().code())
        money = Money(minor, CURRENCIES[self.place.currency])
        begun_s = int(self.clock.wall())
        return Order(f"POS0100{next(self.numbers):03}", "S1", money, code, "unionpay", shown=shown, begun_s=begun_s)

    def ask(self, operation: Operation, asked: Order | Refund) -> Answer:
        write = self.wire.refund_request if isinstance(asked, Refund) else self.wire.request
        now_s = int(self.clock.wall())
        reply = self.host.answer(write(operation, asked, now_s=now_s, nonce="n"))  # type: ignore[arg-type]
        return self.wire.answer(operation, asked, reply, now_s=now_s)

    def paid(self, minor: int) -> tuple[Order, Answer]:
        order = self.order(minor)
        self.ask(Operation.PAY, order)
        answer = self.ask(Operation.QUERY, order)
        assert answer.verdict is Verdict.APPROVED
        return replace(order, transaction_id=answer.transaction_id), answer

    def refunded(self, order: Order, minor: int) -> Answer:
        number = f"R0100{next(self.numbers):04}"
        refund = Refund(number, order, Money(minor, order.money.currency), begun_s=int(self.clock.wall()))
        self.ask(Operation.REFUND, refund)
        return self.ask(Operation.REFUND_QUERY, refund)


def opened(keys: Path, place: Place) -> Shop:
    ledger, clock = Ledger(), HandClock()
    host = next(one for one in every_host(keys, ledger, clock, Faults(), place) if isinstance(one, UnionpayHost))
    table = {**host.merchant_config(), "base_url": "http://abroad.invalid"}
    (contract,) = from_table({"acquirer": [table]}, "abroad", keys, SETTINGS).acquirer
    wire = BY_KEY["unionpay"].connect(contract.settings, Till("POS01", "http://abroad.invalid/n"))
    return Shop(place, host, wire, ledger, clock, count(1))


@pytest.fixture
def shop(keys: Path) -> Shop:
    return opened(keys, HONG_KONG)


def test_the_till_is_told_what_the_shop_is_paid_and_at_which_rate(shop: Shop) -> None:
    _, answer = shop.paid(222)
    rate = quoted(HKD, USD, shop.clock.wall())
    assert answer.settled == rate.convert(Money(222, HKD))
    assert answer.settled is not None
    assert answer.settled.currency == USD
    assert answer.rate == format(rate.price, "f")


@pytest.mark.parametrize(
    ("currency", "settles_in"), [("JPY", "CNY"), ("KWD", "USD"), ("HKD", "JPY"), ("USD", "KWD"), ("KRW", "CNY")]
)
def test_currencies_of_none_two_and_three_decimals_are_changed_exactly(
    keys: Path, currency: str, settles_in: str
) -> None:
    shop = opened(keys, Place("Abroad", "KR", currency, settles_in))
    _, answer = shop.paid(12_347)
    base, quote = CURRENCIES[currency], CURRENCIES[settles_in]
    exact = 12_347 * quoted(base, quote, shop.clock.wall()).price.scaleb(quote.exponent - base.exponent)
    assert answer.settled is not None
    assert answer.settled.currency == quote
    assert abs(answer.settled.minor - exact) <= 1 / 2


def test_refunds_are_changed_at_the_payments_own_rate_days_later_and_give_back_all_of_it(shop: Shop) -> None:
    order, answer = shop.paid(1000)
    assert answer.settled is not None
    given_back = Money(0, USD)
    for part in (333, 333, 334):
        shop.clock.advance(DAY_S)
        refund = shop.refunded(order, part)
        assert (refund.verdict, refund.rate) == (Verdict.APPROVED, answer.rate)
        assert refund.settled is not None
        given_back += refund.settled
    assert quoted(HKD, USD, shop.clock.wall()).price != quoted(HKD, USD, order.begun_s).price, "days have passed"
    assert given_back == answer.settled
    assert shop.ledger.check() == []


def test_a_shop_that_is_paid_in_its_own_money_is_told_of_no_rate(keys: Path) -> None:
    _, answer = opened(keys, Place("Tokyo", "JP", "JPY")).paid(1980)
    assert (answer.settled, answer.rate) == (None, "")


def test_yuan_are_not_taken_there(shop: Shop) -> None:
    order = replace(shop.order(100), money=Money(100))
    answer = shop.ask(Operation.PAY, order)
    assert (answer.verdict, answer.reason) == (Verdict.DECLINED, Reason.CONFIGURATION)


@pytest.mark.parametrize("wallet", ["unionpay", "ccb", "boc", "bocom", "pab", "citic"])
def test_quickpass_and_the_banks_scan_a_shops_code_where_unionpay_is_taken(shop: Shop, wallet: str) -> None:
    code = shop.ask(Operation.SHOW, shop.order(500, shown=True)).shown_code
    assert shop.phone(wallet).scan(code) is Shown.PAID


def test_where_quickpass_is_not_taken_its_app_pays_nothing_and_says_why(keys: Path) -> None:
    shop = opened(keys, Place("Reykjavik", "IS", "HKD"))
    phone = shop.phone("unionpay")
    code = shop.ask(Operation.SHOW, shop.order(500, shown=True)).shown_code
    assert phone.scan(code) is Shown.NOT_OURS
    assert "in HK, MO, TW" in " ".join(phone.why)


@pytest.mark.parametrize("currency", IN_YUAN)
def test_a_days_rate_is_the_same_at_both_ends_of_a_message_and_all_day(currency: str) -> None:
    base, noon_s = CURRENCIES[currency], 1_795_400_000
    rate = quoted(base, USD, noon_s)
    assert Rate.from_iso8583(rate.iso8583, base, USD) == rate == quoted(base, USD, noon_s + 60)


async def test_a_till_abroad_shows_and_prints_both_amounts(keys: Path, tmp_path: Path) -> None:
    clock = Clock(speed=8)
    acquirers = Acquirers(keys, clock, Random(1), place=HONG_KONG)
    async with acquirers.running() as addresses:
        table = {
            "till": {"currency": "HKD", "language": "en"},
            "acquirer": [dict(one.contract) for one in addresses if one.name == "unionpay"],
        }
        config = from_table(table, "abroad", tmp_path, SETTINGS)
        with Counter(config, state=tmp_path, clock=clock, rng=random.Random(1), is_demo=True) as counter:
            assert counter.till.snapshot().currency == HKD, "what digits on the screen mean"
            code = acquirers.code({"wallet": "boc", "currency": "HKD"})["auth_code"]
            counter.till.charge(Money(222, HKD))
            counter.till.scanned([Scan(code, Channel.SCANNER, 0.0)])
            async with asyncio.timeout(60):
                while counter.till.snapshot().step.phase is not Phase.APPROVED:
                    await asyncio.sleep(0.01)
            step = counter.till.snapshot().step
            assert step.settled is not None
            assert (step.money, step.settled.currency) == (Money(222, HKD), USD)
            paper = counter.till.receipt_text(step.order_id)
    assert "HK$2.22" in paper or "HKD 2.22" in paper
    assert f"USD {step.settled.decimal}" in paper
    assert "Rate" in paper
