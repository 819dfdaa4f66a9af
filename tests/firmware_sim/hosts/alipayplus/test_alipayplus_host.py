"""A till's own wire against the Alipay+ host: payments in several currencies, told as stories."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from asking import Asks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.faults import Faults
from firmware_sim.hosts.acquiring import Habits
from firmware_sim.hosts.alipayplus import HABITS, AlipayPlusHost
from firmware_sim.hosts.alipayplus_keys import Keys
from firmware_sim.ledger import Ledger, customer_account
from firmware_sim.ledger_words import Customer, Refusal
from firmware_sim.phones.phone import Phone
from terminal import crypto
from terminal.config import from_table
from terminal.model import Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import CURRENCIES, Money
from terminal.scheme import Operation, Request, Till
from terminal.schemes.alipayplus import SCHEME
from terminal.schemes.alipayplus.calls import Shop as Seller
from terminal.schemes.alipayplus.signing import Seal
from terminal.schemes.alipayplus.wire import ANTOM, PREFIX, AlipayPlusWire

BALANCE = 500_000
HKD = CURRENCIES["HKD"]
SELLER = Seller("M1", "Saoma Demo Store", "5411", "1", "Saoma Demo Store", "POS01")


class Shop(Asks):
    """A till's questions, asked of the host without a network."""

    def __init__(self, keys: Keys, wire: AlipayPlusWire, clock: Any, habits: Habits | None = None) -> None:
        self.keys = keys
        self.clock = clock
        self.ledger = Ledger()
        self.faults = Faults()
        self.host = AlipayPlusHost(self.ledger, keys, clock, self.faults, habits)
        self.wire = wire
        self._numbers: Iterator[int] = count(1)

    def customer(self, balance: int = BALANCE, currency: str = "HKD", **traits: Any) -> Phone:
        customer = Customer(f"c{next(self._numbers)}", wallet="alipayplus", **traits)
        self.ledger.add_customer(customer, balance, currency)
        return Phone(customer.id, self.ledger, self.clock, Random(customer.id))

    def order(self, code: str, amount: int = 599, currency: str = "HKD") -> Order:
        money = Money(amount, CURRENCIES[currency])
        return Order(f"POS01{next(self._numbers):05}", "S1", money, PaymentCode("alipayplus", code))

    def outcome(self, operation: Operation, about: Order | Refund) -> tuple[Verdict, Reason, str]:
        answer = self.ask(operation, about)
        return answer.verdict, answer.reason, answer.said

    def net(self, order: Order) -> int:
        return {line.order_no: line.net for line in self.ledger.books(self.keys.client_id)}.get(order.order_id, 0)

    def said(self, path: str, body: bytes, **headers: str) -> dict[str, Any]:
        """What any request, rightly signed but for `headers`, is answered with."""
        key, now_s = self.wire._credentials.private_key, self.clock.wall()
        seal = Seal.made(key, self.keys.client_id, path, now_s, body)
        sent = {"client-id": seal.client_id, "request-time": seal.time, "signature": seal.header, **headers}
        told: dict[str, Any] = json.loads(self.host.answer(Request("POST", path, sent, body)).body)
        return told


@pytest.fixture(scope="module")
def wire(alipayplus_keys: Keys) -> AlipayPlusWire:
    return AlipayPlusWire(alipayplus_keys.credentials(), SELLER, settlement_currency="USD")


@pytest.fixture
def shop(alipayplus_keys: Keys, wire: AlipayPlusWire, hand_clock: Any) -> Iterator[Shop]:
    shop = Shop(alipayplus_keys, wire, hand_clock)
    yield shop
    assert shop.ledger.check() == []


@pytest.mark.parametrize("currency", ["HKD", "JPY", "KWD", "CNY"])
def test_a_shown_code_is_charged_in_any_currency(shop: Shop, currency: str) -> None:
    phone = shop.customer(currency=currency)
    order = shop.order(phone.code(), currency=currency)
    answer = shop.ask(Operation.PAY, order)
    assert (answer.verdict, answer.said) == (Verdict.APPROVED, "SUCCESS")
    assert shop.ledger.balance(customer_account(phone.customer), currency) == BALANCE - 599
    assert shop.ask(Operation.QUERY, order) == answer
    assert shop.ask(Operation.PAY, order) == answer
    assert shop.net(order) == 599


def test_a_repeat_that_says_otherwise_is_refused(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    answer = shop.outcome(Operation.PAY, replace(order, money=Money(1, HKD)))
    assert answer == (Verdict.UNKNOWN, Reason.OTHER, "REPEAT_REQ_INCONSISTENT")
    assert shop.net(order) == 599


@pytest.mark.parametrize(
    ("why", "said", "reason"),
    [
        (Refusal.INSUFFICIENT_FUNDS, "USER_BALANCE_NOT_ENOUGH", Reason.INSUFFICIENT_FUNDS),
        (Refusal.OVER_LIMIT, "USER_AMOUNT_EXCEED_LIMIT", Reason.LIMIT_EXCEEDED),
        (Refusal.BLOCKED, "USER_STATUS_ABNORMAL", Reason.ACCOUNT_BLOCKED),
        (Refusal.RISK, "RISK_REJECT", Reason.RISK),
        (Refusal.NOT_ALLOWED, "UNAVAILABLE_PAYMENT_METHOD", Reason.NOT_ALLOWED),
        (Refusal.REFUSED, "PROCESS_FAIL", Reason.OTHER),
    ],
)
def test_an_issuer_that_refuses_is_heard_whoever_asks(shop: Shop, why: str, said: str, reason: Reason) -> None:
    order = shop.order(shop.customer(refused_as=why).code())
    for operation in (Operation.PAY, Operation.PAY, Operation.QUERY):
        assert shop.outcome(operation, order) == (Verdict.DECLINED, reason, said)
    assert shop.ask(Operation.REVERSE, order).verdict is Verdict.REVERSED


def test_a_code_is_good_once_and_for_two_minutes(shop: Shop) -> None:
    phone = shop.customer()
    code = phone.code()
    shop.ask(Operation.PAY, shop.order(code))
    old = phone.code()
    used = shop.outcome(Operation.PAY, shop.order(code))
    shop.clock.advance(121)
    for answer in (
        used,
        shop.outcome(Operation.PAY, shop.order(old)),
        shop.outcome(Operation.PAY, shop.order("1" * 18)),
    ):
        assert answer == (Verdict.DECLINED, Reason.CODE_INVALID, "INVALID_PAYMENT_CODE")


def test_a_password_is_waited_for(shop: Shop) -> None:
    order = shop.order(shop.customer(needs_password=True, types_after_s=20.0).code())
    for operation in (Operation.PAY, Operation.QUERY):
        assert shop.outcome(operation, order) == (Verdict.PENDING, Reason.NONE, "PAYMENT_IN_PROCESS")
    shop.clock.advance(21)
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED


def test_a_password_that_never_comes_is_a_failure(shop: Shop) -> None:
    order = shop.order(shop.customer(needs_password=True, types_after_s=None).code())
    shop.ask(Operation.PAY, order)
    shop.clock.advance(181)
    answer = shop.outcome(Operation.QUERY, order)
    assert answer == (Verdict.DECLINED, Reason.CUSTOMER_GAVE_UP, "USER_PAYMENT_VERIFICATION_FAILED")


def test_what_was_paid_what_waits_and_what_never_came_is_cancelled(shop: Shop) -> None:
    paid, waits = shop.order(shop.customer().code()), shop.order(shop.customer(needs_password=True).code())
    never = shop.order(shop.customer().code())
    for order in (paid, waits):
        shop.ask(Operation.PAY, order)
    for order in (paid, waits, never, paid):
        assert shop.outcome(Operation.REVERSE, order) == (Verdict.REVERSED, Reason.NONE, "SUCCESS")
        assert shop.net(order) == 0
    assert shop.outcome(Operation.QUERY, paid) == (Verdict.DECLINED, Reason.ORDER_CLOSED, "ORDER_IS_CLOSED")
    assert shop.outcome(Operation.QUERY, never) == (Verdict.UNKNOWN, Reason.NOT_FOUND, "ORDER_NOT_EXIST")
    assert shop.outcome(Operation.PAY, never) == (Verdict.DECLINED, Reason.ORDER_CLOSED, "ORDER_IS_CLOSED")


def test_after_a_day_or_a_refund_nothing_is_cancelled(shop: Shop) -> None:
    order, old = shop.order(shop.customer().code()), shop.order(shop.customer().code())
    for one in (order, old):
        shop.ask(Operation.PAY, one)
    shop.ask(Operation.REFUND, Refund("R1", order, Money(99, HKD)))
    assert shop.outcome(Operation.REVERSE, order) == (Verdict.DECLINED, Reason.NOT_ALLOWED, "PROCESS_FAIL")
    shop.clock.advance(24 * 3600 + 1)
    assert shop.outcome(Operation.REVERSE, old) == (Verdict.DECLINED, Reason.NOT_ALLOWED, "CANCEL_WINDOW_EXCEED")


def test_parts_are_refunded_each_once(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    part = Refund("R1", order, Money(99, HKD), "spilt")
    first = shop.ask(Operation.REFUND, part)
    assert first.verdict is Verdict.APPROVED
    assert shop.ask(Operation.REFUND, part) == first
    assert shop.ask(Operation.REFUND_QUERY, part) == first
    assert shop.net(order) == 500
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED
    too_much = shop.outcome(Operation.REFUND, Refund("R2", order, Money(501, HKD)))
    assert too_much == (Verdict.DECLINED, Reason.NOT_ALLOWED, "REFUND_AMOUNT_EXCEED")
    other = shop.outcome(Operation.REFUND, Refund("R1", order, Money(98, HKD)))
    assert other == (Verdict.DECLINED, Reason.NOT_ALLOWED, "REPEAT_REQ_INCONSISTENT")
    yuan = shop.outcome(Operation.REFUND, Refund("R3", order, Money(1)))
    assert yuan[0] is not Verdict.APPROVED
    assert shop.net(order) == 500


def test_a_refund_that_takes_its_time_is_pending(alipayplus_keys: Keys, wire: AlipayPlusWire, hand_clock: Any) -> None:
    shop = Shop(alipayplus_keys, wire, hand_clock, replace(HABITS, refund_takes_s=60.0))
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    refund = Refund("R1", order, Money(99, HKD))
    assert shop.outcome(Operation.REFUND, refund) == (Verdict.PENDING, Reason.NONE, "REFUND_IN_PROCESS")
    shop.clock.advance(61)
    assert shop.ask(Operation.REFUND_QUERY, refund).verdict is Verdict.APPROVED


def test_a_payment_is_found_by_its_own_number(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    number = shop.ask(Operation.PAY, order).transaction_id
    told = shop.said(f"{PREFIX}inquiryPayment", json.dumps({"paymentId": number}).encode())
    assert (told["paymentRequestId"], told["paymentStatus"]) == (order.order_id, "SUCCESS")
    for other in (f"{number[:-1]}9", "x"):
        told = shop.said(f"{PREFIX}inquiryPayment", json.dumps({"paymentId": other}).encode())
        assert told["result"]["resultCode"] == "ORDER_NOT_EXIST"


@pytest.mark.parametrize("prefix", ANTOM)
def test_antoms_paths_are_served_too(shop: Shop, prefix: str) -> None:
    assert shop.host.serves(f"{prefix}cancel")
    told = shop.said(f"{prefix}cancel", b'{"paymentRequestId":"T1"}')
    assert told["result"]["resultStatus"] == "S"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"client-id": "SANDBOX_OTHER"}, "INVALID_CLIENT"),
        ({"signature": ""}, "INVALID_SIGNATURE"),
        ({"signature": "algorithm=RSA256,keyVersion=1,signature=AAAA"}, "INVALID_SIGNATURE"),
        ({"request-time": "2026-11-23T10:13:20"}, "INVALID_SIGNATURE"),
        ({"request-time": "2026-11-23T10:00:00+08:00"}, "INVALID_SIGNATURE"),
        ({"request-time": "now"}, "INVALID_SIGNATURE"),
    ],
)
def test_whoever_does_not_sign_is_turned_away(shop: Shop, headers: dict[str, str], code: str) -> None:
    told = shop.said(f"{PREFIX}inquiryPayment", b'{"paymentRequestId":"T1"}', **headers)
    assert (told["result"]["resultStatus"], told["result"]["resultCode"]) == ("F", code)


def test_a_strangers_key_charges_nothing(shop: Shop, alipayplus_keys: Keys) -> None:
    other = crypto.load_private_key(alipayplus_keys.files.platform_key.read_bytes())
    shop.wire = AlipayPlusWire(replace(alipayplus_keys.credentials(), private_key=other), SELLER)
    order = shop.order(shop.customer().code())
    assert shop.outcome(Operation.PAY, order) == (Verdict.DECLINED, Reason.CONFIGURATION, "INVALID_SIGNATURE")
    assert shop.net(order) == 0


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("bad_signature", Reason.BAD_SIGNATURE),
        ("wrong_amount", Reason.MISMATCH),
        ("error_500", Reason.OTHER),
        ("odd_word", Reason.BAD_REPLY),
        ("accepted_202", Reason.BAD_REPLY),
    ],
)
def test_a_spoilt_reply_is_a_doubt_whatever_was_done(shop: Shop, fault: str, reason: Reason) -> None:
    order = shop.order(shop.customer().code())
    shop.faults.arm(fault, Operation.PAY)
    answer = shop.ask(Operation.PAY, order)
    assert (answer.verdict, answer.reason) == (Verdict.UNKNOWN, reason)
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED


def test_a_refusal_a_password_and_an_amount_are_had_for_the_asking(shop: Shop) -> None:
    shop.faults.arm("refuse=risk", Operation.PAY)
    assert shop.ask(Operation.PAY, shop.order(shop.customer().code())).reason is Reason.RISK
    shop.faults.arm("password", Operation.PAY)
    assert shop.ask(Operation.PAY, shop.order(shop.customer().code())).verdict is Verdict.PENDING
    shop.faults.by_amount = True
    broke = shop.order(shop.customer().code(), amount=1051)
    assert shop.ask(Operation.PAY, broke).reason is Reason.INSUFFICIENT_FUNDS


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(["pay", "inquiryPayment", "cancelPayment", "refund", "other", ""]), st.binary(max_size=120))
def test_no_bytes_make_the_host_stumble(shop: Shop, verb: str, body: bytes) -> None:
    told = shop.said(f"{PREFIX}{verb}", body)
    assert told["result"]["resultCode"] in ("PARAM_ILLEGAL", "INVALID_API")
    assert shop.host.amount(Request("POST", PREFIX, {}, body)) is None


def test_what_is_handed_out_makes_a_till_this_merchants(shop: Shop, tmp_path: Path) -> None:
    acquirer = {**shop.host.merchant_config(), "base_url": "http://127.0.0.1:1"}
    (contract,) = from_table({"acquirer": [acquirer]}, "test", tmp_path, {"alipayplus": SCHEME.settings}).acquirer
    shop.wire = SCHEME.connect(contract.settings, Till("POS01", "https://till.invalid/"))
    assert shop.ask(Operation.PAY, shop.order(shop.customer().code())).verdict is Verdict.APPROVED
