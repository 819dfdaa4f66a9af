"""One shop on one afternoon: tills, acquirers, customers and what goes wrong, from one seed, in virtual time.

Two parts: while customers come, anything may fail; then nothing fails any more, and everything that is still open must
come to its end. The rules are checked throughout (`rules.py`).
"""

import asyncio
import hashlib
import random
from collections import Counter as Tally
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from firmware_sim.faults import FAULTS as HOST_FAULTS
from firmware_sim.faults import SOUND
from firmware_sim.hosts.host import HasPlate, Tells
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer, Notice
from firmware_sim.phones.phone import Phone
from firmware_sim.simulation import acquirers
from firmware_sim.simulation.acquirers import KNOWN, NOTIFY, Level
from firmware_sim.simulation.chance import Chance
from firmware_sim.simulation.counter import Counter, Surroundings
from firmware_sim.simulation.disk import Disk, hold_place
from firmware_sim.simulation.line import Network
from firmware_sim.simulation.loop import SimClock, SimLoop, Stalled
from firmware_sim.simulation.rules import Rules
from firmware_sim.simulation.sockets import virtual_sockets
from firmware_sim.simulation.visit import HABITS, OF_A_WHOLE_TILL, Visit, at_a_whole_till, draw
from firmware_sim.switch import Switch
from terminal.scheme import Line
from terminal.schemes import BY_KEY

REST_WITHIN_S = 4 * 3600.0  # I7: after the last fault, everything has ended by then
LOOK_EVERY_S = 60.0
STRAYS_S = 450.0  # by then the latest copy of a request has arrived, and the slowest customer has scanned
SECOND_DAY_S = 24 * 3600.0  # since the start, which is after ten in the morning: then bills are ready
SETTLES_S = 300.0  # by then a day has been settled, where nothing goes wrong
BARE = (Level.PLAIN,)  # levels at which the tills have no screen
LAST_LINES = 40  # of the trace, told with a failure


@dataclass(frozen=True, slots=True)
class Scenario:
    """All that decides a run. `script` is what goes wrong where; None: it is drawn, from `faults`."""

    seed: str
    acquirers: tuple[str, ...]
    visits: tuple[tuple[Visit, ...], ...]  # of each till
    faults: tuple[str, ...] = ()
    habits: Mapping[str, Any] = field(default_factory=dict)  # of the acquirers, where not their own
    script: Mapping[str, str] | None = None
    wire: Level = Level.REAL


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to; `broken` is empty where every rule held."""

    broken: tuple[str, ...]
    payments: int
    approved: int
    faults: Tally[str]
    script: Mapping[str, str]
    cuts: int
    recoveries: int
    exchanges: int
    simulated_s: float
    trace: str  # the hash
    last: tuple[str, ...]


def drawn(
    seed: str,
    sales: int,
    tills: int,
    faults: tuple[str, ...],
    habits: frozenset[str],
    among: Sequence[str] = (),
    wire: Level = Level.REAL,
) -> Scenario:
    """An afternoon like no other: who comes, whose merchant (one of `among`) the shop is, how that one behaves."""
    rng = random.Random(f"{seed} shop")
    name = rng.choice(tuple(among) or acquirers.NAMES[wire])
    shows = BY_KEY[name].procedure.can_show
    tills = tills if BY_KEY[name].line is Line.HTTP else 1  # a POS line has one terminal at its end
    own = {name: rng.random() < 0.5 for name in ("tombstones", "decline_is_final")} if faults else {}  # noqa: PLR2004
    stale = {"stale_s": rng.choice((0.0, 0.0, 4.0))} if faults else {}
    counts = [len(range(till, sales, tills)) for till in range(tills)]
    wallets = (KNOWN[name].wallet,)
    visits = tuple(tuple(draw(rng, wallets, shows, habits) for _ in range(count)) for count in counts)
    if wire not in BARE:
        lacks = {habit for habit, names in acquirers.ONLY_AT.items() if name not in names}
        first, *others = visits
        visits = (
            at_a_whole_till(rng, first, habits - lacks),
            *(at_a_whole_till(rng, till, habits - lacks - {"static"}) for till in others),
        )
    return Scenario(seed, (name,), visits, faults, {**own, **stale}, wire=wire)


class Shop:
    """Runs one scenario, once. `keys` is where the acquirers' keys are, made where there are none yet.

    The tills' locks are in `folder`, their journals on `disks`, which last no longer than this.
    """

    def __init__(self, scenario: Scenario, keys: Path, folder: Path, disks: dict[str, Disk]) -> None:
        self._scenario = scenario
        self._loop = SimLoop()
        self._hash = hashlib.sha256()
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._broken: dict[str, None] = {}
        self._ledger = Ledger()
        self._ledger.on_change = self._something_is_due
        self._clock = SimClock(self._loop)
        self._is_bare = scenario.wire in BARE
        self._chance = Chance(self._rng("chance"), scenario.faults, scenario.script)
        by_trace = any(BY_KEY[name].line is Line.FRAMED for name in scenario.acquirers)
        self._rules = Rules(self._ledger, self._break, by_trace=by_trace)
        self._network = Network(self._loop, self._chance, self._rng("line"), self._happened)
        self._hosts = {
            name: acquirers.host(name, scenario.wire, self._ledger, self._clock, keys, scenario.habits)
            for name in scenario.acquirers
        }
        self._telling = {name: host for name, host in self._hosts.items() if isinstance(host, Tells)}
        self._timer: asyncio.TimerHandle | None = None
        self._is_due_known = True
        self._wallet_rng = self._rng("wallets")
        self._switch = Switch(self._ledger, self._clock)
        self._counters = [
            self._counter(f"T{number + 1}", keys, folder / f"T{number + 1}", disks)
            for number in range(len(scenario.visits))
        ]
        for host in self._hosts.values():
            if isinstance(host, HasPlate):
                self._lay_plate(host)

    def run(self) -> Outcome:
        """The afternoon, to its end."""
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(self._unforeseen)
        try:
            with nullcontext() if self._is_bare else virtual_sockets():
                self._loop.run_until_complete(self._afternoon())
        except Stalled as error:
            self._break(f"I7 progress: {error}")
        finally:
            simulated_s = self._loop.time()
            self._loop.run_until_complete(self._leave())
            asyncio.set_event_loop(None)
            self._loop.close()
            self._ledger.close()
        orders = self._rules.orders.values()
        return Outcome(
            broken=tuple(self._broken),
            payments=len(orders),
            approved=sum(1 for book in orders if book.state == "APPROVED"),
            faults=Tally(text.partition("=")[0] for text in self._chance.drawn.values()),
            script=dict(self._chance.drawn),
            cuts=sum(counter.cuts for counter in self._counters),
            recoveries=sum(counter.found_open for counter in self._counters),
            exchanges=self._network.exchanges,
            simulated_s=simulated_s,
            trace=self._hash.hexdigest(),
            last=tuple(self._last),
        )

    # Setting up.

    def _rng(self, what: str) -> random.Random:
        return random.Random(f"{self._scenario.seed} {what}")

    def _counter(self, name: str, keys: Path, folder: Path, disks: dict[str, Disk]) -> Counter:
        folder.mkdir(exist_ok=True)
        hold_place(folder / "journal.db")
        (folder / "journal.key").write_bytes(self._rng(f"{name} key").randbytes(32))
        speaks = {
            one: (host, BY_KEY[one], partial(acquirers.wire, one, self._scenario.wire, name, keys))
            for one, host in self._hosts.items()
        }
        around = Surroundings(
            self._loop,
            self._network,
            self._chance,
            self._rules,
            disks,
            self._log,
            self._break,
            is_bare=self._is_bare,
            has_sockets=self._scenario.wire is Level.REAL,
        )
        return Counter(name, folder, speaks, self._rng(name), around)

    def _lay_plate(self, host: HasPlate) -> None:
        """The merchant's static code, on the first counter: it is that till which is told."""
        counter = self._counters[0]
        plate = host.plate(f"{NOTIFY}/{counter.name}", self._switch.place)
        counter.plate = plate.text
        self._switch.plates[plate.text] = plate

    # The afternoon.

    async def _afternoon(self) -> None:
        for counter in self._counters:
            counter.start()
        served = zip(self._counters, self._scenario.visits, strict=True)
        sold = await asyncio.gather(*(self._sell(counter, visits) for counter, visits in served))
        self._chance.calm()
        for counter in self._counters:
            counter.right_clock()
        await self._come_to_rest()
        for counter, visits in zip(self._counters, self._scenario.visits, strict=True):
            if any(visit.next_day for visit in visits):
                await counter.settle()
                await asyncio.sleep(SETTLES_S)
                counter.read_books()
                self._rules.settled_at_rest(counter.witness)
            counter.read_books()
        self._rules.at_rest()
        for phone, visit, paid in (one for till in sold for one in till):
            self._settle(phone, visit, paid)
        for counter in self._counters:
            await counter.finished()
            self._rules.secrets(counter.name, counter.image, counter.codes)

    async def _leave(self) -> None:
        """Whatever came of it, nothing is left behind."""
        for counter in self._counters:
            await counter.leave()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _sell(self, counter: Counter, visits: Sequence[Visit]) -> list[tuple[Phone, Visit, list[str]]]:
        sold = []
        for number, visit in enumerate(visits):
            phone = self._phone(f"{counter.name}-{number}", visit)
            if visit.next_day:
                await self._next_morning()
                await counter.settle()
            paid = await counter.serve(visit, phone)
            sold.append((phone, visit, paid))
        return sold

    async def _next_morning(self) -> None:
        await asyncio.sleep(max(0.0, SECOND_DAY_S - self._loop.time()))

    def _phone(self, customer_id: str, visit: Visit) -> Phone:
        customer = Customer(
            customer_id, visit.needs_password, visit.types_after_s, visit.types_wrong, wallet=visit.wallet
        )
        self._ledger.add_customer(customer, _pocket(visit))
        return Phone(customer_id, self._ledger, self._clock, self._wallet_rng, self._switch)

    async def _come_to_rest(self) -> None:
        await asyncio.sleep(STRAYS_S)
        until_s = self._loop.time() + REST_WITHIN_S
        while self._loop.time() < until_s and (self._notices() or any(one.is_busy for one in self._counters)):
            await asyncio.sleep(LOOK_EVERY_S)

    def _notices(self) -> bool:
        return self._ledger.next_due_s() is not None

    def _settle(self, phone: Phone, visit: Visit, paid: list[str]) -> None:
        books = (self._rules.orders.get(order_id) for order_id in paid)
        owes = sum(book.minor - book.given_back for book in books if book is not None)
        self._rules.customer(phone.customer, _pocket(visit), owes, f"the customer of {visit.fen} fen")

    # What happens by itself.

    def _happened(self) -> None:
        """An acquirer has done something."""
        self._rules.money_moved()
        if not self._is_due_known:
            self._wait_for_what_is_due()

    def _something_is_due(self) -> None:
        self._is_due_known = False

    def _wait_for_what_is_due(self) -> None:
        self._is_due_known = True
        if self._timer is not None:
            self._timer.cancel()
        due_s = self._ledger.next_due_s()
        if due_s is not None:
            self._timer = self._loop.call_later(max(0.0, due_s - self._clock.wall()) + 0.001, self._due)

    def _due(self) -> None:
        """Somebody typed a password, or did not; a shop is to be told."""
        now_s = self._clock.wall()
        self._ledger.advance(now_s)
        for notice in self._ledger.notices_due(now_s):
            self._notify(notice, now_s)
        self._rules.money_moved()
        self._wait_for_what_is_due()

    def _notify(self, notice: Notice, now_s: float) -> None:
        purchase = self._ledger.purchase(notice.purchase)
        assert purchase, "a notice is about an order of the ledger's"
        host = self._telling[purchase.host]
        mishap = self._chance.at("notice")
        name = mishap.name if mishap else ""
        rung = host.ladder_s[notice.tries] if notice.tries < len(host.ladder_s) else None
        self._ledger.postpone(notice, None if rung is None else now_s + rung, notice.tries + 1)
        if name == "notice_lost":
            return
        after_s = mishap.figure if mishap and name == "notice_late" else 0.1
        for _ in range(2 if name == "notice_doubled" else 1):
            self._loop.call_later(after_s, self._tell, host, notice, name)

    def _tell(self, host: Tells, notice: Notice, mishap: str) -> None:
        purchase = self._ledger.purchase(notice.purchase)
        assert purchase, "a notice is about an order of the ledger's"
        returned = self._ledger.returned(notice.refund) if notice.refund is not None else None
        fault = HOST_FAULTS["bad_signature"] if mishap == "notice_forged" else SOUND
        request = host.notice(purchase, returned, fault)
        name = notice.url.removeprefix(f"{NOTIFY}/")
        counter = next(one for one in self._counters if one.name == name)
        reply = counter.heard(host.name, request)
        if reply is not None and host.heard(reply):
            self._rules.told(purchase.order_no)
            self._ledger.postpone(notice, None, notice.tries + 1)
            self._wait_for_what_is_due()

    # What is written down.

    def _log(self, line: str) -> None:
        text = f"{self._loop.time():.3f} {line}"
        self._hash.update(text.encode())
        self._last.append(text)

    def _break(self, rule: str) -> None:
        self._broken.setdefault(rule)
        self._log(f"BROKEN {rule}")

    def _unforeseen(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._break(f"F fault: {context.get('exception') or context.get('message')}")


def _pocket(visit: Visit) -> int:
    return 0 if visit.is_broke else visit.fen * (visit.tries + 1)


EVERYTHING = frozenset({*HABITS, *OF_A_WHOLE_TILL})
