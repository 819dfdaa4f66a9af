"""A cashier who needs no hands: serves the world's customers at a till, and keeps the score.

The world is another process. It is spoken to over its control address, as any other program could.
"""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import quantiles

from terminal.basket.handling import Act, Handling
from terminal.books.journal import Attempt, JournalReader
from terminal.books.reconcile import Difference, compare
from terminal.clock import Clock
from terminal.errors import SaomaError
from terminal.model import State
from terminal.money import Money
from terminal.steps import Event, Phase, Step
from terminal.till import TillThread
from terminal.tui.qr import picture
from terminal.world import POS_LINE, SCREEN, World

READ_WITHIN_S, VOID_WITHIN_S = 10.0, 2.0
SHOW_AGAIN = 3  # how often a customer whose code was not read tries
OUTCOME_WITHIN_S = 240.0  # of the till's clock: beyond the slowest documented ending
LOOK_UP_S = 0.25
QUIET_WITHIN_S = 900.0  # of the till's clock: beyond the horizon of the last order
WILL_PAY = ("paid", "password")  # what a phone shows whose owner is paying
# Whose code the till shows to a customer of a network, in turn.
SHOWS: Mapping[str, tuple[str, ...]] = {
    "wechat": ("wechat", "universal", "wechat_v2"),
    "alipay": ("alipay", "universal"),
    "unionpay": ("unionpay", "universal", "qra"),
}
LOOKS_AT_IT_S = 5.0  # how long a cashier looks at a payment that was found
TRACE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Wanted:
    """A customer of this kind and no other. `shows` is whose code the till shows to one who scans."""

    way: str
    wallet: str
    story: str
    amount_fen: int
    shows: str = ""

    @property
    def told(self) -> dict[str, object]:
        """As the world wants to know it."""
        return {"wallet": self.wallet, "story": self.story, "amount_fen": self.amount_fen}


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

    def __init__(self, till: TillThread, world: World, clock: Clock, *, beat_s: float = 0.0) -> None:
        """`beat_s` is how long the customer takes to bring out the phone."""
        self.shows = ""  # whose code was shown last
        self._beat_s = beat_s
        self._till = till
        self._world = world
        self._clock = clock
        self._heard: queue.SimpleQueue[tuple[float, Event]] = queue.SimpleQueue()
        self._quit = threading.Event()
        self._shows = {network: cycle(acquirers) for network, acquirers in SHOWS.items()}
        self._has_goods = bool(till.search(""))
        self._unsubscribe = till.subscribe(lambda event: self._heard.put((time.monotonic(), event)))

    def stop(self) -> None:
        """Serve no further customers."""
        self._quit.set()
        self._unsubscribe()

    def serve(self, wanted: Wanted | None = None) -> Served:
        """One customer, from the amount to the door."""
        visit = self._world.next((wanted.way,), **wanted.told) if wanted else self._world.next(goods=self._has_goods)
        money = Money(visit["amount_fen"])
        self._ring_up(visit["goods"])
        if visit["way"] == SCREEN:
            self.shows = wanted.shows if wanted else next(self._shows[visit["network"]])
            step, at_s = self._shown_to(money, self.shows)
        else:
            step, at_s = self._scanned_from(money)
        in_view_s = self._world.leave()
        latency_ms = None if in_view_s is None or step.phase is Phase.IDLE else (at_s - in_view_s) * 1000
        story, way, wallet = visit["story"], visit["way"], visit["wallet"]
        return Served(visit["number"], story, way, wallet, step.order_id, step.phase, latency_ms)

    def _ring_up(self, codes: Sequence[str]) -> None:
        """The customer's goods, one after the other; the till says of each that it lies there."""
        self._void()
        for pieces, code in enumerate(codes, start=1):
            self._world.lay(code)
            is_read = self._lie_there(pieces)
            self._world.leave()
            if not is_read:  # as with a pack whose bars are torn: its number is typed
                self._till.handle(Handling(Act.LAY, code=code))
                if not self._lie_there(pieces):
                    raise SaomaError(f"the till did not take the goods {code}; its log may say why")
            self._quit.wait(self._beat_s)

    def _lie_there(self, pieces: int) -> bool:
        """So many of them, before long."""
        ends_s = time.monotonic() + READ_WITHIN_S
        while self._till.snapshot().laid.basket.pieces < pieces and not self._quit.is_set():
            if time.monotonic() > ends_s:
                return False
            self._next()
        return True

    def _scanned_from(self, money: Money) -> tuple[Step, float]:
        """The customer shows a code; one that is not read is shown again."""
        step, at_s = Step(Phase.IDLE), 0.0
        for _ in range(SHOW_AGAIN):
            self._drain()
            now = self._till.snapshot()
            # Goods are charged by the code that is shown; and somebody may have typed an amount already.
            if now.step.phase is not Phase.AWAIT_CODE and not now.laid.basket.lines:
                self._till.charge(money)
                self._await(lambda one: one.phase is not Phase.IDLE)
            self._quit.wait(self._beat_s)
            self._world.show()
            step, at_s = self._await(_is_over)
            if step.phase is not Phase.IDLE or self._quit.is_set():
                break
            self._world.leave()
        return step, at_s

    def _shown_to(self, money: Money, acquirer: str) -> tuple[Step, float]:
        """The customer scans our code; who cannot pay it says so, and the cashier gives up."""
        self._drain()
        self._till.show_code(money, acquirer)
        step, at_s = self._await(lambda one: bool(one.shown_code) or one.phase.is_outcome)
        if not step.shown_code:
            return step, at_s
        self._quit.wait(self._beat_s)
        if self._world.scan(picture(step.shown_code))["shown"] not in WILL_PAY:
            self._till.cancel()
        return self._await(_is_over)

    def take_over(self) -> None:
        """A till was killed here: let this one find out what became of its payment, and hand the goods over."""
        self._world.leave()
        step = self._till.snapshot().step
        if step.phase.is_paying and step.phase is not Phase.FOUND:
            step, _ = self._await(lambda one: one.phase is Phase.FOUND or _is_over(one))
        if step.phase is Phase.FOUND:
            self._quit.wait(LOOKS_AT_IT_S)
            self._till.keep()
            self._await(_is_over)

    def clear(self) -> None:
        """Away with the outcome, and with the goods of who could not pay: the next customer is waiting."""
        phase = self._till.snapshot().step.phase
        self._till.dismiss()
        if phase is not Phase.UNKNOWN:  # else the goods wait until it is known
            self._void()

    def _void(self) -> None:
        """Goods of somebody who has gone, or who was here when the till was killed."""
        if self._till.snapshot().laid.basket.lines:
            self._till.handle(Handling(Act.VOID))
            ends_s = time.monotonic() + VOID_WITHIN_S
            while self._till.snapshot().laid.basket.lines and time.monotonic() < ends_s and not self._quit.is_set():
                self._next()

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
