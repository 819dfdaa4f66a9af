"""Tills that are killed again and again in front of real acquirers, over a bad network: gate G5.

A life is one journal. Its till is started, killed in the middle of a sale, and started on the same journal for the
next; at last it may finish. Then its books and the acquirers' must agree to the fen.
"""

import json
import random
import subprocess
import sys
import time
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from subprocess import PIPE
from typing import IO, Any
from urllib.parse import urlsplit, urlunsplit

import fault_proxy as proxy

from firmware_sim.control import ask
from terminal.books.journal import Attempt, JournalReader
from terminal.model import RefundState, State

SPEED = 60.0  # documented waits pass faster; none is left out
FEN = 1250
KILLED = -9
LIVED = 3  # tills in a row of steps that came to no harm: there are no further steps
STARTS = 10  # of a till in one life, before the last one
ROUGH = 0.6  # of sales: the network
SOUND, REFUSED = 0.4, 0.1  # of a rough network's connections
LATE_S = 0.1  # six seconds by the tills' clock
LONGEST = 2500  # bytes of a request or a reply, about
FAULTY, FAULTS = 0.2, ("lost_reply", "late_reply", "error_500", "password")  # of sales: what the acquirer does
AT_A_STEP, MOST_STEPS, LATEST_S = 0.75, 40, 0.4
KEEPS = 0.7
ORDER_DIGITS = 14  # of an order number behind the terminal's name: its boot, the order, and what is drawn
TILL = Path(__file__).with_name("killed_till.py")
# Acquirers, and whose wallet their customers pay with.
SHOPS = {
    "wechat": "wechat",
    "alipay": "alipay",
    "unionpay": "ccb",
    "unionpay_pos": "ccb",
    "wechat_v2": "wechat",
    "qra": "wechat",
}
SHOWS = ("wechat", "alipay", "unionpay", "wechat_v2")
ENDS = {State.APPROVED, State.REVERSED, State.CLOSED}


VISITS: dict[str, dict[str, Any]] = {
    "paid": {"fen": FEN},
    "broke": {"fen": FEN, "customer": {"balance_fen": 0}},
    "cancelled": {"fen": FEN, "customer": {"needs_password": True}, "cancelled": True},
    "given back": {"fen": FEN, "refund_fen": 500},
    "shown": {"fen": FEN, "shown": True},
}


@dataclass(slots=True)
class Deaths:
    """How often tills were started, and where they died."""

    starts: int = 0
    at: Tally[str] = field(default_factory=Tally)
    connections: int = 0
    spoilt: int = 0
    ends: Tally[str] = field(default_factory=Tally)

    @property
    def kills(self) -> int:
        return self.at.total()


class Town:
    """Acquirers in a process of their own, tills forked from another, and a network in between. A context."""

    def __init__(self, folder: Path, seed: str) -> None:
        self.deaths = Deaths()
        self.is_rough = False  # the network
        self._clock = {"speed": SPEED, "start_wall": time.time(), "real_start": time.monotonic()}
        self._folder = folder
        self._rng = random.Random(f"{seed} network")
        self._lives = 0
        self._kept: dict[str, Life] = {}

    def __enter__(self) -> "Town":
        (self._folder / "sandbox").mkdir()
        with ExitStack() as opening:
            log = opening.enter_context((self._folder / "log").open("ab"))
            network = opening.enter_context(proxy.FaultProxy(self._draw))
            sandbox = opening.enter_context(_process(log, *self._sandbox_words()))
            self._zygote = opening.enter_context(_process(log, str(TILL)))
            ready = _line(sandbox)
            self.control = ready["control"]
            self._acquirers = {one["scheme"]: one | {"base_url": _through(network, one)} for one in ready["acquirer"]}
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _sandbox_words(self) -> list[str]:
        start_wall, real_start = repr(self._clock["start_wall"]), repr(self._clock["real_start"])
        words = ["-m", "firmware_sim", "sandbox", "--json", "--state", str(self._folder / "sandbox")]
        return [*words, "--speed", str(SPEED), "--start-wall", start_wall, "--real-start", real_start]

    def _draw(self) -> Any:
        """What becomes of the next connection."""
        self.deaths.connections += 1
        if not self.is_rough or self._rng.random() < SOUND:
            return proxy.Fault()
        self.deaths.spoilt += 1
        if self._rng.random() < REFUSED:
            return proxy.Fault(refused=True)
        return proxy.Fault(self._way(), self._way())

    def _way(self) -> Any:
        rng = self._rng
        return proxy.Way(
            delay_s=rng.choice((0.0, 0.0, rng.uniform(0.0, LATE_S))),
            piece=rng.choice((1 << 16, 1 << 16, 100, 7)),
            cut_after=rng.choice((None, None, rng.randrange(LONGEST))),
            end=rng.choice(tuple(proxy.End)),
        )

    def life(self, shop: str) -> "Life":
        """A new one; but a POS line knows this one terminal, which has but one journal."""
        if shop in self._kept:
            return self._kept[shop]
        self._lives += 1
        name = f"K{self._lives}"
        life = Life(self, name, self._folder / name, SHOPS[shop], self._acquirers[shop])
        if "terminal_no" in self._acquirers[shop]:
            self._kept[shop] = life
        return life

    def start(self, plan: dict[str, Any]) -> dict[str, Any]:
        """One till, from its start to its end; how that was."""
        assert self._zygote.stdin is not None
        self._zygote.stdin.write(json.dumps(plan | self._clock | {"control": self.control}).encode() + b"\n")
        self._zygote.stdin.flush()
        self.deaths.starts += 1
        ended: dict[str, Any] = _line(self._zygote)
        return ended


class Life:
    """One journal, and the tills that were started on it one after the other."""

    def __init__(self, town: Town, name: str, folder: Path, wallet: str, acquirer: dict[str, Any]) -> None:
        self._town = town
        self._name = name
        self._folder = folder
        self._wallet = wallet
        self._terminal_no = acquirer.get("terminal_no", "")
        self._plan = {"state": str(folder), "terminal_id": name, "acquirer": acquirer}

    def serve(
        self, visit: dict[str, Any], *, die_at: int = 0, kill_after_s: float | None = None, keeps: bool = True
    ) -> bool:
        """Start the till for a customer; whether it was killed. Where it was not, the sale has come to its end."""
        customer = {"wallet": self._wallet, **visit.get("customer", {})}
        plan = {"visit": {**visit, "customer": customer}, "keeps": keeps}
        ended = self._town.start(self._plan | plan | {"die_at": die_at, "kill_after_s": kill_after_s})
        assert ended["ended"] in (0, KILLED), f"{self._name}: the till ended with {ended}"
        if ended["ended"] == KILLED:
            self._town.deaths.at["any moment" if die_at == 0 else ended["kind"]] += 1
        return bool(ended["ended"] == KILLED)

    def finish(self) -> None:
        """Start it once more and let it carry everything to its end, then hold its books against the acquirers'.

        A copy of a charge may be carried out behind its undoing; that is found at the horizon, and not waited for where
        there was none.
        """
        self._town.is_rough = False
        ask(self._town.control, "disarm", {})
        self._carry_on(is_patient=False)
        with closing(JournalReader(self._folder / "journal.db")) as books:
            if self._has_strays(books):
                self._carry_on(is_patient=True)
            books.verify()
            self._agree(books)

    def _carry_on(self, *, is_patient: bool) -> None:
        plan = {"visit": None, "keeps": True, "die_at": 0, "kill_after_s": None, "is_patient": is_patient}
        ended = self._town.start(self._plan | plan)
        assert ended["ended"] == 0, f"{self._name}: the till ended with {ended}"

    def _has_strays(self, books: JournalReader) -> bool:
        held = self._held()
        undone = (one for one in books.attempts() if one.state is State.REVERSED)
        return any(held.get(self._short(one.order_id, one.trace)) for one in undone)

    def _held(self) -> dict[str, int]:
        """What the acquirers have of each order of this life, in fen."""
        theirs = ask(self._town.control, "books", {})
        assert theirs["broken_rules"] == []
        return {self._short(number): net for number, net in theirs["net_fen"].items() if self._is_mine(number)}

    def _agree(self, books: JournalReader) -> None:
        held = self._held()
        for attempt in books.attempts():
            assert attempt.state in ENDS, f"{attempt.order_id} is {attempt.state}"
            self._town.deaths.ends[attempt.state] += 1
            net, due = held.pop(self._short(attempt.order_id, attempt.trace), 0), _due(attempt, books)
            assert net == due, f"{attempt.order_id} is {attempt.state}, due {due} fen, and the acquirer has {net}"
        assert not any(held.values()), f"{self._name}: money of orders that no till knows: {held}"

    def _is_mine(self, number: str) -> bool:
        if self._terminal_no:
            return number.startswith(self._terminal_no)
        return number.startswith(self._name) and len(number) == len(self._name) + ORDER_DIGITS

    def _short(self, number: str, trace: int | None = None) -> str:
        """A POS message has no order number: the acquirer makes one that ends with the trace."""
        if self._terminal_no:
            return number[-6:] if trace is None else f"{trace:06}"
        return number


def _due(attempt: Attempt, books: JournalReader) -> int:
    """What the acquirer must have of it."""
    if attempt.state is not State.APPROVED:
        return 0
    given = (line.money.minor for line in books.refunds(attempt.order_id) if line.state is RefundState.DONE)
    return attempt.money.minor - sum(given)


def every_step(town: Town, shop: str, visit: str) -> Iterator[int]:
    """A till that dies at its first step, the next at its second, and so on until some live; tells each kill's step."""
    life = town.life(shop)
    lived = 0
    for step in count(1):
        if life.serve(VISITS[visit], die_at=step):
            yield step
        else:
            lived += 1
        if lived == LIVED:
            break
    life.finish()


def any_step(town: Town, seed: str) -> Iterator[int]:
    """A life of sales on a rough network, each ended by a kill somewhere."""
    rng = random.Random(seed)
    shop = rng.choice(tuple(SHOPS))
    life = town.life(shop)
    for number in range(STARTS):
        town.is_rough = rng.random() < ROUGH
        if rng.random() < FAULTY:
            ask(town.control, "fault", {"name": rng.choice(FAULTS)})
        visit = VISITS[rng.choice(visits_at(shop))]
        at_a_step = rng.random() < AT_A_STEP
        when = {"die_at": rng.randrange(1, MOST_STEPS)} if at_a_step else {"kill_after_s": rng.uniform(0, LATEST_S)}
        if life.serve(visit, keeps=rng.random() < KEEPS, **when):
            yield number
    life.finish()


def visits_at(shop: str) -> list[str]:
    return [name for name, visit in VISITS.items() if shop in SHOWS or not visit.get("shown")]


def _process(log: IO[bytes], *words: str) -> Any:
    """A context that ends it: a child of ours that reads what we write, and listens to its end."""
    return _ended(subprocess.Popen([sys.executable, *words], stdin=PIPE, stdout=PIPE, stderr=log))


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    with process:
        try:
            yield process
        finally:
            process.terminate()


def _line(process: subprocess.Popen[bytes]) -> Any:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def _through(network: Any, acquirer: dict[str, Any]) -> str:
    """The acquirer's address behind the proxy."""
    url = urlsplit(acquirer["base_url"])
    port = network.before(url.hostname, url.port)
    return str(urlunsplit((url.scheme, f"127.0.0.1:{port}", *url[2:])))
