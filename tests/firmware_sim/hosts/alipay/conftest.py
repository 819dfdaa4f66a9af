"""A till's own wire before an Alipay host, without a network, on a clock that moves when it is told to."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from random import Random
from typing import Any

import pytest
from asking import Asks

from firmware_sim.faults import Faults
from firmware_sim.hosts.acquiring import Habits
from firmware_sim.hosts.alipay import AlipayHost
from firmware_sim.hosts.alipay_keys import Keys
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import Money
from terminal.scheme import Operation, Reply, Request
from terminal.schemes.alipay import signing
from terminal.schemes.alipay.codes import beijing
from terminal.schemes.alipay.credentials import Credentials
from terminal.schemes.alipay.wire import PATH, AlipayWire

BALANCE = 500_000
NOTIFY = "http://127.0.0.1:9/alipay"


class Shop(Asks):
    """A till's questions, asked of the host without a network."""

    def __init__(self, keys: Keys, credentials: Credentials, clock: Any, habits: Habits | None = None) -> None:
        self.keys = keys
        self.clock = clock
        self.ledger = Ledger()
        self.faults = Faults()
        self.host = AlipayHost(self.ledger, keys, clock, self.faults, habits)
        self.wire = AlipayWire(credentials, terminal_id="POS01", notify_url=NOTIFY)
        self.private_key = credentials.private_key
        self._numbers: Iterator[int] = count(1)

    def customer(self, balance: int = BALANCE, **traits: Any) -> Phone:
        customer = Customer(f"c{next(self._numbers)}", wallet="alipay", **traits)
        self.ledger.add_customer(customer, balance)
        return Phone(customer.id, self.ledger, self.clock, Random(customer.id))

    def order(self, code: str, amount: int = 1234) -> Order:
        return Order(f"POS01{next(self._numbers):05}", "S1", Money(amount), PaymentCode("alipay", code))

    def shown(self, amount: int = 500) -> Order:
        return Order(f"POS01{next(self._numbers):05}", "S1", Money(amount), shown=True)

    def net(self, order: Order) -> int:
        return {line.order_no: line.net for line in self.ledger.books(self.keys.seller_id)}.get(order.order_id, 0)

    def parameters(self, method: str, content: str = "{}", /, **changes: str) -> dict[str, str]:
        """Any request's parameters, rightly signed as they stand; one that is given as empty is left out."""
        said = {
            "app_id": self.keys.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": beijing(self.clock.wall()),
            "version": "1.0",
            "biz_content": content,
        }
        said = {name: value for name, value in {**said, **changes}.items() if value}
        return signing.signed(said, self.private_key)

    def said(self, method: str, content: dict[str, Any] | str = "{}", /, **changes: str) -> dict[str, Any]:
        """The node that any request, rightly signed, is answered with."""
        text = content if isinstance(content, str) else json.dumps(content)
        reply = self.host.answer(Request("POST", PATH, {}, signing.form(self.parameters(method, text, **changes))))
        return self.node(reply)

    def outcome(self, operation: Operation, about: Order | Refund) -> tuple[Verdict, Reason, str]:
        return self.brief(self.ask(operation, about))

    @staticmethod
    def brief(answer: Answer) -> tuple[Verdict, Reason, str]:
        return answer.verdict, answer.reason, answer.said

    @staticmethod
    def node(reply: Reply) -> dict[str, Any]:
        """What is said in a reply of whatever name."""
        told: dict[str, Any] = json.loads(reply.body)
        return next(value for name, value in told.items() if name.endswith("_response"))


@pytest.fixture(scope="session")
def modes(alipay_keys: Keys) -> dict[str, Credentials]:
    """The merchant's share in each of the two modes."""
    return {"public_key": alipay_keys.credentials(), "certificate": alipay_keys.certificate_credentials()}


@pytest.fixture
def shop(alipay_keys: Keys, modes: dict[str, Credentials], hand_clock: Any) -> Iterator[Shop]:
    """In public-key mode."""
    shop = Shop(alipay_keys, modes["public_key"], hand_clock)
    yield shop
    assert shop.ledger.check() == []


@pytest.fixture(params=["public_key", "certificate"])
def either(
    request: pytest.FixtureRequest, alipay_keys: Keys, modes: dict[str, Credentials], hand_clock: Any
) -> Iterator[Shop]:
    """A shop in each of the two modes."""
    shop = Shop(alipay_keys, modes[request.param], hand_clock)
    yield shop
    assert shop.ledger.check() == []


@pytest.fixture
def open_shop(alipay_keys: Keys, modes: dict[str, Credentials], hand_clock: Any) -> Callable[[Habits], Shop]:
    """A shop before a host with other habits."""
    return lambda habits: Shop(alipay_keys, modes["public_key"], hand_clock, habits)
