"""The customers of a world and their phones: they come as they are told, with any wallet."""

import random
import time
from collections.abc import Mapping
from dataclasses import fields

from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from firmware_sim.switch import Switch
from firmware_sim.wallets import WALLETS
from terminal.clock import Clock

BALANCE_FEN = 100_000_00
TRAITS = tuple(field.name for field in fields(Customer) if field.name != "id")


class Crowd:
    """Everybody who came, by id, with the phone in their hand."""

    def __init__(self, ledger: Ledger, clock: Clock, rng: random.Random, switch: Switch | None = None) -> None:
        self._ledger = ledger
        self._clock = clock
        self._rng = rng
        self._switch = switch or Switch(ledger, clock)
        self._run = f"{time.time_ns():x}"  # customers of an earlier run are other people
        self._phones: dict[str, Phone] = {}

    def arrive(self, told: Mapping[str, object]) -> Phone:
        """Somebody comes. `told` may have balance_fen, currency, and any trait of a Customer's.

        Raises ValueError or TypeError for what no customer has.
        """
        told = dict(told)
        balance, currency = told.pop("balance_fen", BALANCE_FEN), told.pop("currency", "CNY")
        if unknown := sorted(told.keys() - set(TRAITS)):
            raise ValueError(
                f"no customer has {', '.join(unknown)}; there are balance_fen, currency, {', '.join(TRAITS)}"
            )
        if not isinstance(balance, int) or balance < 0:
            raise ValueError("balance_fen is a whole number, not negative")
        customer = Customer(f"{self._run}-{len(self._phones) + 1}", **told)  # type: ignore[arg-type]
        if customer.wallet not in WALLETS:
            raise ValueError(f"no wallet is called {customer.wallet!r}; there are {', '.join(WALLETS)}")
        self._ledger.add_customer(customer, balance, str(currency))
        phone = self._phones[customer.id] = Phone(customer.id, self._ledger, self._clock, self._rng, self._switch)
        return phone

    def phone(self, customer: str) -> Phone:
        """Raises ValueError for somebody who never came."""
        if customer not in self._phones:
            raise ValueError("nobody of that name has come: POST /code or /scan without a customer first")
        return self._phones[customer]
