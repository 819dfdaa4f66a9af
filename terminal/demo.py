"""A cashier who needs no hands: serves the world's customers at a till, and keeps the score.

The world is another process. It is spoken to over its control address, as any other program could.
"""

import base64
import json
import queue
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from typing import Any

from terminal.books.journal import Attempt, JournalReader
from terminal.books.reconcile import Difference, compare
from terminal.clock import Clock
from terminal.errors import SaomaError
from terminal.model import State
from terminal.money import Money
from terminal.steps import Event, Phase, Step
from terminal.till import TillThread
from terminal.tui.qr import picture

START_WITHIN_S = 30.0
ANSWER_WITHIN_S = 10.0
SHOW_AGAIN = 3  # how often a customer whose code was not read tries
OUTCOME_WITHIN_S = 240.0  # of the till's clock: beyond the slowest documented ending
LOOK_UP_S = 0.25
QUIET_WITHIN_S = 900.0  # of the till's clock: beyond the horizon of the last order
SCREEN = "screen"  # the customer scans the till's code
WAYS = ("camera", "scanner", SCREEN)
WILL_PAY = ("paid", "password")  # what a phone shows whose owner is paying
# Whose code the till shows to a customer of a network, in turn.
SHOWS: Mapping[str, tuple[str, ...]] = {
    "wechat": ("wechat", "universal", "wechat_v2"),
    "alipay": ("alipay", "universal"),
    "unionpay": ("unionpay", "universal", "qra"),
}
POS_LINE, TRACE_DIGITS = "unionpay_pos", 6


class World:
    """The simulated surroundings of a till, as a process of their own that ends when we do."""

    def __init__(self, state: Path, *, seed: int, clock: Clock) -> None:
        """Start it and wait until it is ready; raises SaomaError with what it said if it does not get there."""
        words = [sys.executable, "-m", "firmware_sim", "world", "--state", str(state), "--seed", str(seed)]
        words += ["--speed", repr(clock.speed), "--start-wall", repr(clock.start_wall_s)]
        words += ["--real-start", repr(clock.real_start_s)]
        log = (state / "world.log").open("ab")
        # Its standard input stays open as long as we live: when it closes, however we died, the world ends.
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)  # noqa: S603
        log.close()
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            raise SaomaError(f"the simulated world did not start; {state / 'world.log'} says why")
        self.ready: dict[str, Any] = json.loads(line)

    def next(self, ways: Sequence[str] = WAYS) -> dict[str, Any]:
        """The next customer, who pays in one of these ways: number, amount_fen, story, way, wallet, network."""
        visit: dict[str, Any] = self._call("next", {"ways": ways})
        return visit

    def show(self) -> None:
        """The customer holds up a phone, or holds it under the scanner."""
        self._call("show", {})

    def scan(self, png: bytes) -> dict[str, Any]:
        """The customer scans the till's code: what their phone has `shown` them, and `why` it would not pay."""
        told: dict[str, Any] = self._call("scan", {"png": base64.b64encode(png).decode()})
        return told

    def leave(self) -> float | None:
        """The customer goes; when their code was first wholly in view (the machine's monotonic seconds)."""
        seen: float | None = self._call("leave", {})["in_view_s"]
        return seen

    def plug(self, device: str, *, plugged_in: bool) -> None:
        """Pull out the camera, the scanner or the printer, or put it back."""
        self._call("plug", {"device": device, "in": plugged_in})

    @property
    def pos_terminal(self) -> str:
        """What the acquirer behind the POS line calls our terminal; empty where there is no such line."""
        contracts = self.ready["config"]["acquirer"]
        return next((one["terminal_no"] for one in contracts if one["scheme"] == POS_LINE), "")

    def books(self) -> dict[str, int]:
        """What the acquirer holds of each order, net, in fen."""
        books: dict[str, int] = self._call("books", {})["net_fen"]
        return books

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(ANSWER_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _call(self, what: str, question: dict[str, object]) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the world's own loopback address
            f"{self.ready['control']}/{what}", json.dumps(question).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as reply:  # noqa: S310
                return json.load(reply)
        except (urllib.error.URLError, OSError) as error:
            raise SaomaError(f"the simulated world does not answer ({error})") from error


@dataclass(frozen=True, slots=True)
class Served:
    """How one customer fared."""

    number: int
    story: str
    way: str
    wallet: str
    order_id: str  # empty where nothing was asked of anybody
    phase: Phase
    latency_ms: float | None  # code in view -> verdict, in the machine's time

    @property
    def direction(self) -> str:
        """Who scanned whom."""
        return "customer scans" if self.way == SCREEN else "till scans"


@dataclass
class Score:
    """A demo's result."""

    served: list[Served] = field(default_factory=list)
    open: int = 0
    differences: list[Difference] = field(default_factory=list)
    taken: Money = field(default_factory=lambda: Money(0))

    def table(self) -> dict[str, object]:
        """For people and machines; latencies are of those whose code was read and approved at the first answer."""
        phases = [one.phase for one in self.served]
        straight = [
            one.latency_ms
            for one in self.served
            if one.story == "straight" and one.way != SCREEN and one.latency_ms is not None
        ]
        return {
            "customers": len(self.served),
            "approved": phases.count(Phase.APPROVED),
            "declined": phases.count(Phase.DECLINED),
            "reversed": phases.count(Phase.REVERSED),
            "unknown": phases.count(Phase.UNKNOWN),
            "not_read": phases.count(Phase.IDLE),
            "open": self.open,
            "taken": self.taken.decimal,
            "books_agree": not self.differences and not self.open,
            "differences": [
                f"{one.order_id} {one.kind} {one.ours_minor} {one.theirs_minor}" for one in self.differences
            ],
            "latency_ms": {"n": len(straight), "p50": _percentile(straight, 50), "p99": _percentile(straight, 99)},
            "by_wallet": list(self._by_wallet()),
        }

    def _by_wallet(self) -> Iterator[dict[str, object]]:
        """One row for each wallet and direction."""
        wrong = {one.order_id for one in self.differences}
        rows = sorted({(one.wallet, one.direction) for one in self.served})
        for wallet, direction in rows:
            mine = [one for one in self.served if (one.wallet, one.direction) == (wallet, direction)]
            phases = Counter(one.phase for one in mine)
            yield {
                "wallet": wallet,
                "direction": direction,
                "customers": len(mine),
                "approved": phases[Phase.APPROVED],
                "declined": phases[Phase.DECLINED],
                "reversed": phases[Phase.REVERSED],
                "unknown": phases[Phase.UNKNOWN],
                "books_agree": not wrong & {one.order_id for one in mine},
            }


def _is_over(step: Step) -> bool:
    return step.phase.is_outcome or step.phase is Phase.IDLE


def _our_number(number: str, terminal_no: str, traced: Mapping[int, str]) -> str:
    """A POS line has no order numbers: it knows a sale by terminal, batch and trace."""
    trace = number[-TRACE_DIGITS:]
    if terminal_no and number.startswith(terminal_no) and trace.isdecimal():
        return traced.get(int(trace), number)
    return number


def _percentile(values: Sequence[float], percent: int) -> float | None:
    if not values:
        return None
    if len(values) == 1:
        return round(values[0], 1)
    return round(quantiles(values, n=100, method="inclusive")[percent - 1], 1)


class Cashier:
    """Serves customers one after another; runs on the caller's thread and hears the till's events by a queue."""

    def __init__(self, till: TillThread, world: World, clock: Clock) -> None:
        self._till = till
        self._world = world
        self._clock = clock
        self._heard: queue.SimpleQueue[tuple[float, Event]] = queue.SimpleQueue()
        self._quit = threading.Event()
        self._shows = {network: cycle(acquirers) for network, acquirers in SHOWS.items()}
        self._unsubscribe = till.subscribe(lambda event: self._heard.put((time.monotonic(), event)))

    def stop(self) -> None:
        """Serve no further customers."""
        self._quit.set()
        self._unsubscribe()

    def serve(self) -> Served:
        """One customer, from the amount to the door."""
        visit = self._world.next()
        money = Money(visit["amount_fen"])
        step, at_s = self._shown_to(visit, money) if visit["way"] == SCREEN else self._scanned_from(money)
        in_view_s = self._world.leave()
        latency_ms = None if in_view_s is None or step.phase is Phase.IDLE else (at_s - in_view_s) * 1000
        story, way, wallet = visit["story"], visit["way"], visit["wallet"]
        return Served(visit["number"], story, way, wallet, step.order_id, step.phase, latency_ms)

    def _scanned_from(self, money: Money) -> tuple[Step, float]:
        """The customer shows a code; one that is not read is shown again."""
        step, at_s = Step(Phase.IDLE), 0.0
        for _ in range(SHOW_AGAIN):
            self._drain()
            if self._till.snapshot().step.phase is not Phase.AWAIT_CODE:  # else somebody has typed an amount already
                self._till.charge(money)
                self._await(lambda one: one.phase is not Phase.IDLE)
            self._world.show()
            step, at_s = self._await(_is_over)
            if step.phase is not Phase.IDLE or self._quit.is_set():
                break
            self._world.leave()
        return step, at_s

    def _shown_to(self, visit: Mapping[str, Any], money: Money) -> tuple[Step, float]:
        """The customer scans our code; who cannot pay it says so, and the cashier gives up."""
        self._drain()
        self._till.show_code(money, next(self._shows[visit["network"]]))
        step, at_s = self._await(lambda one: bool(one.shown_code) or one.phase.is_outcome)
        if not step.shown_code:
            return step, at_s
        if self._world.scan(picture(step.shown_code))["shown"] not in WILL_PAY:
            self._till.cancel()
        return self._await(_is_over)

    def clear(self) -> None:
        """Away with the outcome: the next customer is waiting."""
        self._till.dismiss()

    def settle(self, journal: Path, served: Sequence[Served]) -> Score:
        """Wait until the till has brought everything to an end, then hold its books against the acquirer's."""
        ends_s = time.monotonic() + self._clock.real(QUIET_WITHIN_S)
        while self._till.snapshot().open_attempts and time.monotonic() < ends_s and not self._quit.is_set():
            self._next()
        reader = JournalReader(journal)
        try:
            attempts = reader.attempts()
        finally:
            reader.close()
        taken = sum(one.money.minor for one in attempts if one.state is State.APPROVED)
        open_ = sum(1 for one in attempts if one.state.is_open or one.state is State.MANUAL)
        return Score(list(served), open_, compare(attempts, self._books(attempts)), Money(taken))

    def _books(self, attempts: Iterable[Attempt]) -> dict[str, int]:
        """What the acquirers hold of each order, by our own numbers."""
        traced = {one.trace: one.order_id for one in attempts if one.acquirer == POS_LINE}
        named = self._world.pos_terminal
        return {_our_number(number, named, traced): net for number, net in self._world.books().items()}

    def _await(self, wanted: Callable[[Step], bool]) -> tuple[Step, float]:
        ends_s = time.monotonic() + self._clock.real(OUTCOME_WITHIN_S)
        while not self._quit.is_set():
            if time.monotonic() > ends_s:
                raise SaomaError("the till said nothing for too long; its log may say why")
            at_s, event = self._next()
            if isinstance(event, Step) and wanted(event):
                return event, at_s
        return Step(Phase.IDLE), time.monotonic()

    def _next(self) -> tuple[float, Event | None]:
        """The next event; None where none came for a while, so that whoever waits can look at the time."""
        try:
            return self._heard.get(timeout=LOOK_UP_S)
        except queue.Empty:
            return time.monotonic(), None

    def _drain(self) -> None:
        while not self._heard.empty():
            self._heard.get_nowait()
