"""The role `phone`: a customer's wallet, which shows a payment code, scans a till's and types a password."""

import base64
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from firmware_sim.hil.acquirer import Acquirer, SimAcquirer
from firmware_sim.hil.bench import Bench
from firmware_sim.hil.person import Person
from firmware_sim.phones.eye import read_code


@dataclass(frozen=True, slots=True)
class ShownCode:
    """What a phone shows; the text of a real one's is known to nobody but who reads it."""

    wallet: str
    text: str = field(default="", repr=False)

    @property
    def read(self) -> str:
        """As a simulated device sees it."""
        if not self.text:
            pytest.skip("a simulated device cannot see a real phone: make its role real as well")
        return self.text


class Phone(Protocol):
    def show_code(self, wallet: str = "wechat", **customer: object) -> ShownCode:
        """A customer opens this wallet. `customer` is as for `POST /code` in docs/sandbox.md: balance_fen=0…"""
        ...

    def scan(self, png: bytes, wallet: str = "wechat", **customer: object) -> str:
        """A customer scans a till's code and pays: what the wallet shows, as `paid`; empty where only they know."""
        ...

    def type_password(self) -> None:
        """What the last customer's wallet has asked for."""
        ...


class SimPhone:
    def __init__(self, acquirer: SimAcquirer) -> None:
        self._acquirer = acquirer
        self._customer = ""

    def show_code(self, wallet: str = "wechat", **customer: object) -> ShownCode:
        told = self._acquirer.ask("code", wallet=wallet, **customer)
        self._customer = told["customer"]
        return ShownCode(wallet, told["auth_code"])

    def scan(self, png: bytes, wallet: str = "wechat", **customer: object) -> str:
        told = self._acquirer.ask("scan", png=base64.b64encode(png).decode(), wallet=wallet, **customer)
        self._customer = told["customer"]
        return str(told["shown"])

    def type_password(self) -> None:
        self._acquirer.ask("type", customer=self._customer)


class RealPhone:
    def __init__(self, person: Person) -> None:
        self._person = person

    def show_code(self, wallet: str = "wechat", **customer: object) -> ShownCode:
        like = f", of a customer with {_listed(customer)}" if customer else ""
        self._person.done(f"Open the payment code of {wallet}{like}")
        return ShownCode(wallet)

    def scan(self, png: bytes, wallet: str = "wechat", **customer: object) -> str:
        like = f", as a customer with {_listed(customer)}" if customer else ""
        self._person.do(f"Scan this with {wallet}{like}, and pay", read_code(png))
        return ""

    def type_password(self) -> None:
        self._person.do("Type the password on the phone")


def _listed(customer: dict[str, object]) -> str:
    return ", ".join(f"{trait} {value}" for trait, value in customer.items())


def phone_of(bench: Bench, acquirer: Acquirer, person: Person) -> Phone:
    if bench.is_real("phone"):
        return RealPhone(person)
    if not isinstance(acquirer, SimAcquirer):
        pytest.skip("a simulated phone has no money at a real acquirer: make both real, or both simulated")
    return SimPhone(acquirer)
