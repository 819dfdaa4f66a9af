"""The acquirer hosts alone, with one merchant and one customer, for anybody's SDK to pay at.

A fresh payment code is a `POST /code` away on the control address; `POST /fault` arms a fault by name.
"""

import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from firmware_sim.control import listen
from firmware_sim.faults import Faults
from firmware_sim.hosts.http import serve
from firmware_sim.hosts.keys import load_or_make
from firmware_sim.hosts.wechat import WechatHost
from firmware_sim.ledger import Customer, Ledger
from firmware_sim.phones.phone import Phone
from terminal.clock import Clock

BALANCE_FEN = 100_000_00


class Sandbox:
    """Hosts on loopback, in front of one ledger."""

    def __init__(self, state: Path, *, clock: Clock, port: int = 0) -> None:
        self._keys = load_or_make(state)
        self._clock = clock
        self._port = port
        self._ledger = Ledger(state / "ledger.db")
        self._faults = Faults()
        self._host = WechatHost(self._ledger, self._keys, clock, self._faults)
        self._rng = random.SystemRandom()
        self._customers = 0

    def code(self, question: dict[str, Any]) -> dict[str, Any]:
        """A fresh payment code of a customer who behaves as asked: balance_fen, needs_password, types_after_s."""
        self._customers += 1
        customer = Customer(
            f"sandbox-{time.time_ns():x}-{self._customers}",
            needs_password=bool(question.get("needs_password", False)),
            types_after_s=question.get("types_after_s", 8.0),
        )
        self._ledger.add_customer(customer, int(question.get("balance_fen", BALANCE_FEN)))
        phone = Phone(customer.id, self._ledger, self._clock, self._rng)
        return {"auth_code": phone.code(), "customer": customer.id}

    def books(self, _question: dict[str, Any]) -> dict[str, Any]:
        """What the merchant has of each order, and whether the acquirer's own books add up."""
        return self._ledger.statement(self._keys.mchid, self._clock.wall())

    def fault(self, question: dict[str, Any]) -> dict[str, Any]:
        """Arm a fault by name for the next call of an operation."""
        return self._faults.arm_as_told(question)

    def disarm(self, _question: dict[str, Any]) -> dict[str, Any]:
        """Whatever fault waits will not happen."""
        self._faults.disarm()
        return {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[dict[str, Any]]:
        """Listening; yields addresses and credentials, as `saoma sandbox --json` prints them."""
        async with AsyncExitStack() as stack:
            stack.callback(self._ledger.close)
            hosts = await serve([self._host], port=self._port)
            stack.push_async_callback(hosts.close)
            control = await listen({name: getattr(self, name) for name in ("code", "fault", "disarm", "books")})
            stack.push_async_callback(control.close)
            files = self._keys.files
            yield {
                "address": hosts.url,
                "control": control.url,
                "mchid": self._keys.mchid,
                "appid": self._keys.appid,
                "serial_no": self._keys.merchant_serial,
                "apiv3_key": self._keys.apiv3_key.decode(),
                "private_key": str(files.merchant_key),
                "certificate": str(files.merchant_certificate),
                "apiv3_key_file": str(files.apiv3_key),
                "public_key_id": self._keys.public_key_id,
                "public_key": str(files.public_key),
                "platform_certificate": str(files.platform_certificate),
                "platform_serial": self._keys.platform_serial,
            }
