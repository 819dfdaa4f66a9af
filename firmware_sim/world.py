"""The whole counter's surroundings in one process: hosts, customers with phones, a camera, a scanner, a printer.

It is told what to do over a control address (JSON over loopback HTTP), by the demo's cashier or by anybody's test.
Payment codes never cross that address: a customer shows them to the camera or the scanner, as customers do, and scans
the very pixels of a till's own code.
"""

import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from firmware_sim import looking_on
from firmware_sim.acquirers import Acquirers, Address, seen
from firmware_sim.control import listen
from firmware_sim.devices.camera import MjpegCamera
from firmware_sim.devices.printer import Printer
from firmware_sim.devices.scanner import PtyScanner
from firmware_sim.drawing.scenes import LEAVE_S, Counter
from firmware_sim.ledger_words import Purchase
from firmware_sim.phones.phone import Phone, Shown
from firmware_sim.place import Place
from firmware_sim.shop import Story, Visit, Way, shopping, visits
from terminal.basket.basket import Item
from terminal.basket.catalogue import load
from terminal.clock import Clock
from terminal.places import GOODS
from terminal.routing.agreements import Interop
from terminal.scheme import Line, Operation
from terminal.schemes import BY_KEY

POCKET_FEN = 50_000  # what a customer who is not broke has beyond the bill
TYPES_AFTER_S, SLOWLY_S = 8.0, 25.0
PASSWORDS = (Story.PASSWORD, Story.NO_PASSWORD, Story.SLOW)
HELD_UP_S = 6.0  # how long a person's phone is before the camera
REACHES_S = 1.0  # for the next pack: till then two of one kind would be taken for one
EAN_DIGITS = 13
DEAF_QUERIES = 20  # more than any till asks before it takes a payment back


class Pluggable(Protocol):
    """A device that can be pulled out and put back, again and again."""

    def plug(self) -> None: ...
    def unplug(self) -> None: ...


class World:
    """Customers come one at a time: `next`, then `show` or `scan`, then `leave`."""

    def __init__(
        self, state: Path, *, seed: int, clock: Clock, place: Place | None = None, interop: Interop | None = None
    ) -> None:
        self._acquirers = Acquirers(
            state, clock, random.Random(seed), place=place, interop=interop, hold_up=self._hold_up
        )
        self._seed = seed
        self._visits = visits(seed, self._acquirers.switch.wallets)
        self._visit: Visit | None = None
        self._phone: Phone | None = None
        self._counter = Counter(seed)
        self._free_s = 0.0  # when the last phone is out of the camera's way (the machine's monotonic seconds)
        self._in_view_s: float | None = None
        self._coming: Story | None = None
        self._code = ""  # what the customer has shown
        self._told: Shown | None = None  # what the phone said of the till's code
        self._orders_before = 0
        self.camera = MjpegCamera(self._counter.frame)
        self.scanner = PtyScanner(state / "scanner")
        self.printer = Printer(state / "paper")

    def next(self, question: dict[str, Any]) -> dict[str, Any]:
        """A customer steps up to the counter. `ways` are those that the counter has: else camera and scanner.

        Somebody else than the seed would bring comes where a `wallet`, a `story` or an `amount_fen` is wanted. With
        `goods` the shop has some on its shelves: what a customer brings of them is what is to be paid.
        """
        ways = [Way(way) for way in question.get("ways") or (Way.CAMERA, Way.SCANNER)]
        story = self._coming
        visit = _told_otherwise(next(self._visits), {**question, "story": story} if story else question)
        if visit.way not in ways:
            visit = replace(visit, way=ways[0])
        goods = self._goods(visit) if question.get("goods") and "amount_fen" not in question else ()
        if goods:
            visit = replace(visit, amount_fen=sum(item.price.minor for item in goods))
        phone = self._acquirers.crowd.arrive(
            {
                "wallet": visit.wallet,
                "needs_password": visit.story in PASSWORDS,
                "types_after_s": _types_after(visit.story),
                "balance_fen": 0 if visit.story is Story.BROKE else visit.amount_fen + POCKET_FEN,
            }
        )
        newest = self._acquirers.ledger.newest()
        self._visit, self._phone, self._orders_before = visit, phone, newest.number if newest else 0
        self._coming, self._code, self._told = None, "", None
        return {
            "number": visit.number,
            "amount_fen": visit.amount_fen,
            "story": visit.story,
            "way": visit.way,
            "wallet": visit.wallet,
            "network": phone.wallet.network,
            "goods": [item.code.lstrip("0") for item in goods],
        }

    def lay(self, question: dict[str, Any]) -> dict[str, Any]:
        """The cashier holds the `code` of a pack where this customer's code will be: before the camera, or the scanner.

        It stays before the camera until it is told to `leave`.
        """
        code = str(question["code"])
        if self._visit is None or self._visit.way is not Way.CAMERA:
            self.scanner.scan(code)
        else:
            self._counter.lay(code.zfill(EAN_DIGITS), max(time.monotonic(), self._free_s + REACHES_S))
        return {}

    def show(self, _question: dict[str, Any]) -> dict[str, Any]:
        """The customer opens the wallet and holds it up, or under the scanner."""
        visit, phone = self._at_counter()
        self._arm(visit.story, Operation.PAY)
        self._code = code = phone.code()
        now_s = time.monotonic()
        if visit.way is Way.SCANNER:
            self.scanner.scan(code)
            self._in_view_s = now_s
        else:
            self._counter.arrive(code, phone.wallet.network, max(now_s, self._free_s))
            self._in_view_s = self._counter.in_full_view_s
        return {}

    def scan(self, question: dict[str, Any]) -> dict[str, Any]:
        """The customer scans the till's own code, whose pixels come as a base64 `png`.

        Where a `wallet` or a `customer` is told it is somebody else who scans, past the customer's shoulder.
        """
        if question.keys() & {"wallet", "customer"}:
            return self._acquirers.scan(question)
        visit, phone = self._at_counter()
        self._arm(visit.story, Operation.QUERY)
        self._in_view_s = time.monotonic()
        self._told = phone.scan(seen(str(question["png"])))
        return {"shown": self._told, "why": list(phone.why)}

    def leave(self, _question: dict[str, Any]) -> dict[str, Any]:
        """The customer puts the phone away, or the cashier the pack."""
        now_s = time.monotonic()
        self._counter.leave(now_s)
        self._free_s = now_s + LEAVE_S
        self._acquirers.faults.disarm()
        return {"in_view_s": self._in_view_s}

    def coming(self, question: dict[str, Any]) -> dict[str, Any]:
        """The next customer is as this `story` has it (`broke`, `slow`, `no_password`, `lost_reply`…)."""
        self._coming = Story(question["story"]) if question.get("story") else None
        return {"story": self._coming}

    def watch(self, _question: dict[str, Any]) -> dict[str, Any]:
        """What stands on the customer's phone and in the acquirer's books now, for somebody who looks on."""
        visit, phone, order = self._visit, self._phone, self._order()
        here = visit and phone and looking_on.customer(visit, phone, self._code, self._told, order)
        cut = self._acquirers.faults.line_is_cut
        return {"customer": here, "order": looking_on.line(order), "coming": self._coming, "cut": cut}

    def _order(self) -> Purchase | None:
        """The order that this customer's visit brought, if any did yet."""
        order = self._acquirers.ledger.newest()
        return order if order and order.number > self._orders_before else None

    def plug(self, question: dict[str, Any]) -> dict[str, Any]:
        """Pull a device's plug, or put it back."""
        devices: dict[str, Pluggable] = {"camera": self.camera, "scanner": self.scanner, "printer": self.printer}
        device = devices[question["device"]]
        if question["in"]:
            device.plug()
        else:
            device.unplug()
        return {}

    def _hold_up(self, code: str, network: str) -> None:
        """Somebody who came by a page or a terminal holds a phone before the camera; ValueError if there is one."""
        arrives_s = max(time.monotonic(), self._free_s)
        self._counter.arrive(code, network, arrives_s)
        self._counter.leave(arrives_s + HELD_UP_S)
        self._free_s = arrives_s + HELD_UP_S + LEAVE_S

    def _goods(self, visit: Visit) -> tuple[Item, ...]:
        return shopping(self._seed, visit.number, load(GOODS).items)

    def _at_counter(self) -> tuple[Visit, Phone]:
        if self._visit is None or self._phone is None:
            raise ValueError("nobody is at the counter: ask for the next customer first")
        return self._visit, self._phone

    def _arm(self, story: Story, operation: Operation) -> None:
        if story in (Story.LOST_REPLY, Story.DEAF_LINE):
            self._acquirers.faults.arm("lost_reply", operation)
        if story is Story.DEAF_LINE:
            for _ in range(DEAF_QUERIES):
                self._acquirers.faults.arm("lost_reply", Operation.QUERY)
        if story is Story.LATE_REPLY:
            self._acquirers.faults.arm("late_reply", operation)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[dict[str, Any]]:
        """Everything plugged in and listening; yields the addresses, as `ready` prints them."""
        async with AsyncExitStack() as stack:
            stack.enter_context(self.camera)
            stack.enter_context(self.scanner)
            stack.enter_context(self.printer)
            addresses = await stack.enter_async_context(self._acquirers.running())
            own = {
                name: getattr(self, name)
                for name in ("next", "lay", "show", "scan", "leave", "coming", "watch", "plug")
            }
            control = await listen({**self._acquirers.commands, **own})
            stack.push_async_callback(control.close)
            yield {
                "control": control.url,
                "config": {
                    "camera": {"source": self.camera.url},
                    "scanner": {"port": str(self.scanner.link)},
                    "printer": {"url": self.printer.url},
                    "acquirer": _contracts(addresses),
                },
            }


def _types_after(story: Story) -> float | None:
    """How long a customer takes to type the password; None for one who never does."""
    return {Story.NO_PASSWORD: None, Story.SLOW: SLOWLY_S}.get(story, TYPES_AFTER_S)


def _told_otherwise(visit: Visit, question: dict[str, Any]) -> Visit:
    return replace(
        visit,
        wallet=str(question.get("wallet", visit.wallet)),
        story=Story(question.get("story", visit.story)),
        amount_fen=int(question.get("amount_fen", visit.amount_fen)),
    )


def _contracts(addresses: Sequence[Address]) -> list[dict[str, Any]]:
    """What the shop agreed with whom: a POS line, where there is one, takes the codes that others would take too."""
    known = [dict(one.contract) for one in addresses if one.contract["scheme"] in BY_KEY]
    return sorted(known, key=lambda contract: BY_KEY[contract["scheme"]].line is not Line.FRAMED)
