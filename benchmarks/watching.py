"""Readers watching streams: who reads what in which frame, how soon, and at what cost."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.cost import in_turn, timed
from benchmarks.peers import OURS, Peer
from benchmarks.report import with_progress
from benchmarks.score import Found, Outcome, judge
from benchmarks.stages import Stages
from benchmarks.streams import Kind, Shot, Stream
from terminal.model import masked
from terminal.vision.options import COUNTER

NEVER = float("inf")
_MICRO = 1e6


@dataclass(slots=True)
class Visit:
    """What one reader made of one guest, frame by frame."""

    seed: int
    kind: Kind
    in_view: int = 0  # frames with a code wholly in view
    read: int = 0  # of those
    first_read: int | None = None  # how many of those had gone by

    def add(self, *, in_view: bool, is_read: bool) -> None:
        """The next frame. A code read before its quiet zone is wholly in view was read as early as can be."""
        if is_read and self.first_read is None:
            self.first_read = self.in_view
        self.in_view += in_view
        self.read += in_view and is_read

    @property
    def late(self) -> float:
        """Frames from full view to the first read."""
        return NEVER if self.first_read is None else self.first_read


@dataclass(slots=True)
class Watch:
    """One reader over all streams; costs in seconds of CPU a frame."""

    name: str
    idle_s: list[float] = field(default_factory=list)  # with nobody there
    busy_s: list[float] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    false: list[str] = field(default_factory=list)

    def add(self, stream: Stream, shot: Shot, found: Iterable[Found], cost_s: float) -> None:
        """The next frame of a stream whose guests are the latest visits."""
        guest = None if shot.guest is None else stream.guests[shot.guest]
        judged = judge(found, guest.values if guest else frozenset())
        self.false += [f"seed {stream.seed}: {one.symbology} {masked(one.text)}" for one in judged.wrong]
        if shot.guest is None:
            self.idle_s.append(cost_s)
        else:
            self.busy_s.append(cost_s)
            visit = self.visits[shot.guest - len(stream.guests)]
            visit.add(in_view=shot.in_view, is_read=judged.outcome is Outcome.RIGHT)

    @property
    def costs_s(self) -> list[float]:
        return self.idle_s + self.busy_s

    @property
    def cpu_s(self) -> float:
        return sum(self.costs_s)

    @property
    def in_view(self) -> int:
        return sum(visit.in_view for visit in self.visits)

    @property
    def read(self) -> int:
        return sum(visit.read for visit in self.visits)

    @property
    def lates(self) -> list[float]:
        """For each guest whose code came into full view."""
        return [visit.late for visit in self.visits if visit.in_view]


@dataclass(frozen=True, slots=True)
class Price:
    """Microseconds of CPU that a stage of ours takes of a frame, with nobody there and with somebody."""

    stage: str
    idle_us: float
    busy_us: float
    share: float  # of all that the stages take


@dataclass(frozen=True, slots=True)
class Result:
    """All readers over all streams, and what our own stages cost."""

    watches: list[Watch]
    prices: list[Price]


def measure(streams: Iterable[Stream], readers: Sequence[Peer]) -> Result:
    """Every reader, fresh for each stream, on every frame, in an order that rotates."""
    watches = {peer.name: Watch(peer.name) for peer in readers}
    pricing = _Pricing(next((peer for peer in readers if peer.name == OURS), None))
    for stream in streams:
        reads = {peer.name: peer.fresh(COUNTER) for peer in readers}
        pricing.begin()
        for watch in watches.values():
            watch.visits += [Visit(stream.seed, guest.kind) for guest in stream.guests]
        shots = with_progress(stream.shots(), stream.frames, f"seed {stream.seed}, frames")
        for frame, shot in enumerate(shots):
            for peer in in_turn(readers, frame):
                watches[peer.name].add(stream, shot, *timed(reads[peer.name], shot.grey))
            pricing.look(shot)
    return Result(list(watches.values()), pricing.prices())


class _Pricing:
    """One more of our readers, watching under the stopwatch: the one that is compared runs without it."""

    def __init__(self, ours: Peer | None) -> None:
        self._ours, self._read = ours, None if ours is None else ours.fresh(COUNTER)
        self._stages = {is_idle: Stages() for is_idle in (True, False)}
        self._frames: Counter[bool] = Counter()

    def begin(self) -> None:
        """The next stream."""
        self._read = None if self._ours is None else self._ours.fresh(COUNTER)

    def look(self, shot: Shot) -> None:
        if self._read:
            self._frames[shot.guest is None] += 1
            with self._stages[shot.guest is None].priced():
                self._read(shot.grey)

    def prices(self) -> list[Price]:
        """The dearest stage first."""
        idle, busy = self._stages[True].spent_s, self._stages[False].spent_s
        total_s = sum(idle.values()) + sum(busy.values())
        stages = sorted(idle.keys() | busy.keys(), key=lambda stage: -idle[stage] - busy[stage])
        return [self._price(stage, idle[stage], busy[stage], total_s) for stage in stages]

    def _price(self, stage: str, idle_s: float, busy_s: float, total_s: float) -> Price:
        idle_us = _MICRO * idle_s / max(1, self._frames[True])
        busy_us = _MICRO * busy_s / max(1, self._frames[False])
        return Price(stage, idle_us, busy_us, (idle_s + busy_s) / total_s)
