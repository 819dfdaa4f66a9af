"""The whole counter's surroundings in one process: hosts, customers with phones, a camera, a scanner, a printer.

It is told what to do over a control address (JSON over loopback HTTP), by the demo's cashier or by anybody's test.
Codes never cross that address: a customer shows them to the camera or the scanner, as customers do.
"""

import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from firmware_sim.control import listen
from firmware_sim.devices.camera import MjpegCamera
from firmware_sim.devices.printer import Printer
from firmware_sim.devices.scanner import PtyScanner
from firmware_sim.drawing.scenes import LEAVE_S, Counter
from firmware_sim.faults import Faults
from firmware_sim.hosts.http import serve
from firmware_sim.hosts.keys import Keys, load_or_make
from firmware_sim.hosts.wechat import WechatHost
from firmware_sim.ledger import Customer, Ledger
from firmware_sim.phones.phone import Phone
from firmware_sim.shop import Story, Visit, Way, visits
from terminal.clock import Clock
from terminal.scheme import Operation

POCKET_FEN = 50_000  # what a customer who is not broke has beyond the bill
TYPES_AFTER_S = 8.0
DEAF_QUERIES = 20  # more than any till asks before it takes a payment back


class Pluggable(Protocol):
    """A device that can be pulled out and put back, again and again."""

    def plug(self) -> None: ...
    def unplug(self) -> None: ...


class World:
    """Customers come one at a time: `next`, `show`, `leave`."""

    def __init__(self, state: Path, *, seed: int, clock: Clock) -> None:
        self.keys = load_or_make(state)
        self._clock = clock
        self._rng = random.Random(seed)
        self._ledger = Ledger(state / "ledger.db")
        self._faults = Faults()
        self.host = WechatHost(self._ledger, self.keys, clock, self._faults)
        self._visits = visits(seed)
        self._visit: Visit | None = None
        self._phone: Phone | None = None
        self._run = f"{time.time_ns():x}"  # customers of an earlier run are other people
        self._counter = Counter(seed)
        self._free_s = 0.0  # when the last phone is out of the camera's way (the machine's monotonic seconds)
        self._in_view_s: float | None = None
        self.camera = MjpegCamera(self._counter.frame)
        self.scanner = PtyScanner(state / "scanner")
        self.printer = Printer(state / "paper")

    def next(self, _question: dict[str, Any]) -> dict[str, Any]:
        """A customer steps up to the counter."""
        visit = self._visit = next(self._visits)
        customer = Customer(
            f"{self._run}-{visit.number}",
            needs_password=visit.story in (Story.PASSWORD, Story.NO_PASSWORD),
            types_after_s=None if visit.story is Story.NO_PASSWORD else TYPES_AFTER_S,
        )
        balance = 0 if visit.story is Story.BROKE else visit.amount_fen + POCKET_FEN
        self._ledger.add_customer(customer, balance)
        self._phone = Phone(customer.id, self._ledger, self._clock, self._rng)
        return {"number": visit.number, "amount_fen": visit.amount_fen, "story": visit.story, "way": visit.way}

    def show(self, _question: dict[str, Any]) -> dict[str, Any]:
        """The customer opens the wallet and holds it up, or under the scanner."""
        if self._visit is None or self._phone is None:
            raise ValueError("nobody is at the counter: ask for the next customer first")
        self._arm(self._visit.story)
        code, now_s = self._phone.code(), time.monotonic()
        if self._visit.way is Way.SCANNER:
            self.scanner.scan(code)
            self._in_view_s = now_s
        else:
            self._counter.arrive(code, "wechat", max(now_s, self._free_s))
            self._in_view_s = self._counter.in_full_view_s
        return {}

    def leave(self, _question: dict[str, Any]) -> dict[str, Any]:
        """The customer puts the phone away."""
        now_s = time.monotonic()
        self._counter.leave(now_s)
        self._free_s = now_s + LEAVE_S
        self._faults.disarm()
        return {"in_view_s": self._in_view_s}

    def books(self, _question: dict[str, Any]) -> dict[str, Any]:
        """What the merchant has of each order, and whether the acquirer's own books add up."""
        return self._ledger.statement(self.keys.mchid, self._clock.wall())

    def fault(self, question: dict[str, Any]) -> dict[str, Any]:
        """Arm a fault by name for the next call of an operation."""
        return self._faults.arm_as_told(question)

    def plug(self, question: dict[str, Any]) -> dict[str, Any]:
        """Pull a device's plug, or put it back."""
        devices: dict[str, Pluggable] = {"camera": self.camera, "scanner": self.scanner, "printer": self.printer}
        device = devices[question["device"]]
        if question["in"]:
            device.plug()
        else:
            device.unplug()
        return {}

    def _arm(self, story: Story) -> None:
        if story in (Story.LOST_REPLY, Story.DEAF_LINE):
            self._faults.arm("lost_reply", Operation.PAY)
        if story is Story.DEAF_LINE:
            for _ in range(DEAF_QUERIES):
                self._faults.arm("lost_reply", Operation.QUERY)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[dict[str, Any]]:
        """Everything plugged in and listening; yields the addresses, as `ready` prints them."""
        async with AsyncExitStack() as stack:
            stack.callback(self._ledger.close)
            stack.enter_context(self.camera)
            stack.enter_context(self.scanner)
            stack.enter_context(self.printer)
            hosts = await serve([self.host])
            stack.push_async_callback(hosts.close)
            names = ("next", "show", "leave", "books", "fault", "plug")
            control = await listen({name: getattr(self, name) for name in names})
            stack.push_async_callback(control.close)
            yield {
                "control": control.url,
                "config": {
                    "camera": {"source": self.camera.url},
                    "scanner": {"port": str(self.scanner.link)},
                    "printer": {"url": self.printer.url},
                    "acquirer": [merchant_config(self.keys, hosts.url)],
                },
            }


def merchant_config(keys: Keys, base_url: str) -> dict[str, Any]:
    """The `[[acquirer]]` of a till that is this merchant's."""
    files = keys.files
    return {
        "scheme": "wechat",
        "base_url": base_url,
        "mchid": keys.mchid,
        "appid": keys.appid,
        "private_key": str(files.merchant_key),
        "certificate": str(files.merchant_certificate),
        "apiv3_key": str(files.apiv3_key),
        "public_key_id": keys.public_key_id,
        "public_key": str(files.public_key),
        "platform_certificates": [str(files.platform_certificate)],
    }
