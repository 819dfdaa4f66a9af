"""One till with its disk, its power, and the cashier and customer in front of it.

The till is the real one, as is its journal; what it stands on is not. When the power fails it is left where it is, even
in the middle of a commit: what it does from then on reaches no disk, no line and no eye, and it is cleared away. The
next one starts from what the disk held.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from firmware_sim.hosts.host import Host
from firmware_sim.phones.phone import Phone
from firmware_sim.simulation.bare_till import BareTill
from firmware_sim.simulation.chance import Chance
from firmware_sim.simulation.disk import Disk
from firmware_sim.simulation.line import Line, Network
from firmware_sim.simulation.loop import SimClock, SimLoop
from firmware_sim.simulation.rules import Rules, Witness
from firmware_sim.simulation.sockets import SocketLine
from firmware_sim.simulation.visit import Visit
from terminal.books.journal import Journal
from terminal.config import PrinterConfig, TillConfig
from terminal.errors import JournalError
from terminal.model import Channel, Scan, State
from terminal.money import Money
from terminal.routing.route import Contract
from terminal.scheme import Reply, Request, Scheme, Wire
from terminal.steps import Event, Moved, Notice, Phase, Step
from terminal.till import Acquirer, Till
from terminal.till.paper import Paper

DARK_S = (1.0, 90.0)  # how long the power stays away
SKEWED_S = 120.0  # how long a clock that jumped stays wrong
_NO_PAPER = Paper(PrinterConfig(), TillConfig())
_ASKS = (Phase.FOUND, Phase.RECEIVED)  # the cashier whether it is wanted
GIVES_BACK_TRIES = 9  # the power may fail at each
THINKS_S = 2.0  # before the cashier decides on a payment that was found

Speaks = Mapping[str, tuple[Host, Scheme, Callable[[], Wire]]]  # a wire is new whenever the till starts
Tell = Callable[[str], None]
AnyTill = Till | BareTill


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all counters of a shop have in common. `log` takes lines of the trace, `broken` rules that are."""

    loop: SimLoop
    network: Network
    chance: Chance
    rules: Rules
    disks: dict[str, Disk]
    log: Tell
    broken: Tell
    is_bare: bool  # tills without screens
    has_sockets: bool  # their lines are taken down to the bytes


class Counter:
    """`folder` holds the till's lock and key; its journal is on a disk of the simulation's."""

    def __init__(self, name: str, folder: Path, speaks: Speaks, rng: random.Random, around: Surroundings) -> None:
        self.name = name
        self.witness = Witness(name)
        self.clock = SimClock(around.loop)
        self.contracts = [Contract(one, scheme.takes or (scheme.key,)) for one, (_, scheme, _) in speaks.items()]
        self._path = folder / "journal.db"
        self._drive = str(folder)
        self._speaks = speaks
        self._rng = rng
        self._loop = around.loop
        self._network = around.network
        self._chance = around.chance
        self._rules = around.rules
        self._disks = around.disks
        self._log = around.log
        self._broken = around.broken
        self._is_bare = around.is_bare
        self._has_sockets = around.has_sockets
        self._rng_of_sockets = random.Random(rng.getrandbits(64))
        self._image: Mapping[str, bytes] = {}
        self._boot = 0
        self._is_on = False
        self._cut_at = 0  # the step of the disk at which the power will fail
        self._keeps = False  # whether this customer's payment is still wanted when it is found
        self._changed = asyncio.Event()
        self._phase = Phase.IDLE  # what the till shows
        self.till: AnyTill | None = None
        self.journal: Journal | None = None
        self.cuts = 0
        self.found_open = 0
        self.shown_code = ""
        self.plate = ""  # the static code that lies here, where there is one
        self.codes: set[str] = set()  # that were ever held up here

    # Power.

    def has_power(self, boot: int) -> bool:
        return self._is_on and boot == self._boot

    def start(self) -> None:
        """Power on."""
        self._boot += 1
        self._is_on = True
        self._cut_at = self._chance.next_disk_cut(f"{self.name}/{self._boot}", 0)
        disk = Disk(self._image, self._disk_step if self._cut_at else None)
        self._disks[self._drive] = disk
        try:
            journal = Journal(self._path, wall=self.clock.wall, monotonic=self.clock.monotonic)
        except JournalError as error:
            self._broken(f"I11 chain: {self.name} cannot open its books after a power cut ({error})")
            raise
        self.journal = journal
        self.found_open += len(journal.open_attempts())
        if self._is_on:
            self._rules.started(self.witness, journal)
        self.till = self._till(journal)
        self._phase = Phase.IDLE
        self.till.subscribe(partial(self._said, self._boot))
        self._log(f"{self.name} starts, boot {journal.boot}")
        self.till.start()
        self._changed.set()

    def _till(self, journal: Journal) -> AnyTill:
        lines = {name: self._network.line(self, self._boot, host) for name, (host, _, _) in self._speaks.items()}
        acquirers = {
            name: Acquirer(name, wire(), scheme.procedure, self._carrier(lines[name], scheme))
            for name, (_, scheme, wire) in self._speaks.items()
        }
        make = partial(BareTill, lines=lines, loop=self._loop) if self._is_bare else partial(Till, paper=_NO_PAPER)
        return make(
            terminal_id=self.name,
            journal=journal,
            acquirers=acquirers,
            contracts=self.contracts,
            clock=self.clock,
            rng=self._rng,
        )

    def _carrier(self, line: Line, scheme: Scheme) -> Line | SocketLine:
        if not self._has_sockets:
            return line
        address = f"{self.name}.{scheme.key}.invalid".lower().replace("_", "-")
        return SocketLine(line, address, scheme.line, self._loop, self._rng_of_sockets)

    def cut(self) -> None:
        """The power fails, now."""
        if not self._is_on:
            return
        self._is_on = False
        self.cuts += 1
        self.witness.dark_s = self._loop.time()
        disk = self._disks[self._drive]
        self._image = disk.survivors(self._rng)
        self._log(f"{self.name} loses its power, {disk.unsynced} writes unsynced")
        self._changed.set()
        self._loop.call_soon(self._clear_away)

    def _clear_away(self) -> None:
        """What is left running of a till without power: it can reach nothing any more."""
        self._disks[self._drive].is_dead = True
        clearing = self._loop.create_task(self._stopped(self.till, self.journal))
        clearing.add_done_callback(lambda _: self._loop.call_later(self._rng.uniform(*DARK_S), self.start))

    async def _stopped(self, till: AnyTill | None, journal: Journal | None) -> None:
        if till is not None:
            await till.stop()
        elif journal is not None:
            journal.close()
        self.till = self.journal = None

    def jump(self, seconds: float) -> None:
        """The wall clock goes wrong, and is put right after a while."""
        self._log(f"{self.name}'s clock jumps by {seconds:g} s")
        self.clock.skew_s = seconds
        self._loop.call_later(SKEWED_S, self.right_clock)

    def right_clock(self) -> None:
        self.clock.skew_s = 0.0

    def _disk_step(self, step: int) -> None:
        if step == self._cut_at and self._is_on and self._chance.cut_at(f"{self.name}/{self._boot}", step):
            self.cut()

    def read_books(self) -> None:
        """What stands in them, for the rules; of a till without power, its next start tells."""
        if self._is_on and self.journal is not None:
            self._rules.written(self.witness, self.journal, self._loop.time())

    # What the till says.

    def _said(self, boot: int, event: Event) -> None:
        if not self.has_power(boot):
            return
        if isinstance(event, Moved):
            self._log(f"{event.order_id} {event.state}")
            self.read_books()
        elif isinstance(event, Step):
            self._shown(boot, event)
        elif event == Notice("till.fault"):
            self._broken(f"F fault: a payment of {self.name} stopped by a fault of the till's")

    def _shown(self, boot: int, step: Step) -> None:
        if step.phase is Phase.APPROVED:
            self._rules.released(self.witness, step.order_id)
        elif step.phase in _ASKS and self._phase is not step.phase:
            self._loop.call_later(THINKS_S, self._decide, boot)
        self._phase, self.shown_code = step.phase, step.shown_code
        self._changed.set()

    def heard(self, name: str, request: Request) -> Reply | None:
        """An acquirer calls; None where nobody is there, or not any more by the time of an answer."""
        if not self._is_on or self.till is None:
            return None
        reply = self.till.heard(name, request)
        return reply if self._is_on else None

    @property
    def is_busy(self) -> bool:
        """Whether anything is owed an ending."""
        if self.journal is None or not self._is_on:
            return True
        return bool(self.journal.open_attempts()) or any(line.state.is_open for line in self.journal.refunds())

    async def finished(self) -> None:
        """At rest: the books are verified as `saoma journal verify` does, and closed."""
        try:
            if self.journal is not None:
                self.journal.verify()
        except JournalError as error:
            self._broken(f"I11 chain: {error}")
        await self.leave()

    async def leave(self) -> None:
        """Nothing of the till runs on."""
        self._is_on = False
        await self._stopped(self.till, self.journal)

    @property
    def image(self) -> list[bytes]:
        return list(self._disks[self._drive].survivors(self._rng).values())

    # The cashier and the customer.

    async def serve(self, visit: Visit, phone: Phone) -> list[str]:
        """Sell to one customer; the orders for which goods were handed over."""
        self._keeps = visit.keeps
        self.witness.sells_fen = visit.fen if visit.types_fen else 0
        for _ in range(visit.tries):
            await self._ready()
            begun = self._newest()
            self._press_pay(visit, phone)
            await self._outcome(visit, phone)
            paid = await self._paid_since(begun)
            if paid:
                return paid + await self._rest(visit, phone, paid[0])
        return []

    async def _rest(self, visit: Visit, phone: Phone, first: str) -> list[str]:
        """After a payment: the other part of a sale in two, or what the customer wants back."""
        paid: list[str] = []
        for _ in range(visit.tries):
            await self._ready()
            if self._phase is not Phase.PART_PAID:
                break
            begun = self._newest()
            self._press_pay(visit, phone)
            await self._outcome(visit, phone)
            paid += await self._paid_since(begun)
        await self._ready()
        for _ in range(GIVES_BACK_TRIES):
            if self._phase is not Phase.PART_PAID:
                break
            self._whole_till().give_back_parts()  # the rest will not be paid any more
            self.read_books()  # what is queued is written without a word
            await self._ready()
        if not visit.first_fen:
            await self._give_back(first, visit.refunds)
        return paid

    def _press_pay(self, visit: Visit, phone: Phone) -> None:
        till, boot = self._powered(), self._boot
        due, total = self._asked(visit)
        for _ in range(2 if visit.presses_twice else 1):
            if visit.shown:
                till.show_code(due, self._acquirer_of(phone), **total)
            else:
                till.charge(due, **total)
        if visit.types_fen:
            self._loop.call_later(visit.scans_after_s, self._scan, phone, self.plate, visit.types_fen)
        elif not visit.shown:
            code = phone.code()
            self.codes.add(code)
            for _ in range(2 if visit.shows_twice else 1):
                if self.has_power(boot):
                    till.scanned([Scan(code, Channel.SCANNER, self.clock.monotonic())])
        if visit.cancel_after_s is not None:
            self._loop.call_later(visit.cancel_after_s, self._press_cancel, boot)

    def _asked(self, visit: Visit) -> tuple[Money, dict[str, Money]]:
        """What is typed in; the total only with a first part."""
        if not visit.first_fen:
            return Money(visit.fen), {}
        if self._phase is Phase.PART_PAID:
            return Money(visit.fen - visit.first_fen), {}
        return Money(visit.first_fen), {"sale_total": Money(visit.fen)}

    def _press_cancel(self, boot: int) -> None:
        if self.has_power(boot) and self.till is not None:
            self.till.cancel()

    def _decide(self, boot: int) -> None:
        if self.has_power(boot) and self.till is not None:
            if self._keeps:
                self.witness.kept_s = self._loop.time()
                self.till.keep()
            else:
                self.till.cancel()

    async def _outcome(self, visit: Visit, phone: Phone) -> None:
        """Until the till shows how it ended, or is off; the customer scans what it shows meanwhile."""
        boot = self._boot
        scanning = False
        while self.has_power(boot) and not self._is_over():
            if self.shown_code and not scanning:
                scanning = True
                self._loop.call_later(visit.scans_after_s, self._scan, phone, self.shown_code)
            await self._change()

    def _scan(self, phone: Phone, text: str, fen: int | None = None) -> None:
        shown = phone.scan(text, fen)
        self._log(f"a phone scans: {shown}")
        self._rules.money_moved()

    def _is_over(self) -> bool:
        return self._phase.is_outcome or self._phase in (Phase.IDLE, Phase.PART_PAID)

    async def _ready(self) -> None:
        """Power on, nothing under way, the last outcome off the screen."""
        await self._at_rest()
        self._powered().dismiss()

    async def _at_rest(self) -> None:
        """Power on, and nothing under way."""
        while not (self._is_on and self.till is not None and self._is_over()):
            await self._change()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _newest(self) -> set[str]:
        """The orders there are: after a power cut, the cashier looks into the books for what became of the others."""
        return set(self.witness.orders)

    async def _paid_since(self, known: set[str]) -> list[str]:
        await self._at_rest()
        orders = self._rules.orders
        return [one for one in sorted(self._newest() - known) if orders[one].state is State.APPROVED]

    async def _give_back(self, order_id: str, parts: tuple[int, ...]) -> None:
        for fen in parts:
            await self._ready()
            self._powered().refund(order_id, Money(fen), "customer's wish")
            await self._at_rest()

    async def settle(self) -> None:
        """The cashier ends the day; what comes of it stands in the books."""
        await self._ready()
        self._whole_till().settle()

    def _acquirer_of(self, phone: Phone) -> str:
        return next(one.acquirer for one in self.contracts if phone.wallet.network in one.schemes)

    def _powered(self) -> AnyTill:
        assert self.till is not None, "nobody presses a key of a till that is off"
        return self.till

    def _whole_till(self) -> Till:
        till = self._powered()
        assert isinstance(till, Till), "a bare one has no such keys"
        return till
