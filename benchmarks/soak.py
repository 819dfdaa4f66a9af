"""A thousand customers in one run, through pixels, ports, hosts and paper: what is left behind?

The demo's own walk, without its screen: a 720p camera over MJPEG, a scanner on a pseudo-terminal, the acquirers' hosts
and a printer in the world's process; the till and its cashier in this one. Both are weighed after each customer.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.options import whole_number
from benchmarks.process import MEGA, Sample, can_sample, sample
from benchmarks.report import machine, markdown, with_progress
from terminal.clock import Clock
from terminal.compose import Counter
from terminal.config import from_table
from terminal.demo import Cashier, Score, Served
from terminal.logs import log_to
from terminal.schemes import SETTINGS
from terminal.steps import Phase
from terminal.world import World

MISSING = 3
CUSTOMERS, SEED, SPEED = 1000, 7, 20.0
WARM_UP = 0.2  # of the customers: caches fill, engines start, pools get their threads
MOST_GROWTH = 20 * MEGA  # bytes, of the till, in a thousand customers
MOST_UNREAD = 0.01  # of the customers: who hold a phone badly three times, or a machine that is busy elsewhere
JUDGES_FROM = 150  # customers: before that every acquirer's first connection and each first picture is growth
SPARE = 2  # threads and files more at the end than after the warm-up: a connection that is just being made


@dataclass(slots=True)
class Weighed:
    """A process after each customer."""

    pid: int
    samples: list[Sample] = field(default_factory=list)

    def weigh(self) -> None:
        self.samples.append(sample(self.pid))

    @property
    def warm(self) -> list[Sample]:
        return self.samples[int(len(self.samples) * WARM_UP) :]

    @property
    def growth(self) -> float:
        """Bytes in a thousand customers: between the means of the first and the last half, a half apart."""
        sizes = [one.resident for one in self.warm]
        half = len(sizes) // 2
        return 1000 * (sum(sizes[-half:]) - sum(sizes[:half])) / max(1, half) ** 2

    @property
    def left_behind(self) -> list[str]:
        if len(self.samples) < JUDGES_FROM:
            return []
        first, last = self.warm[: len(self.warm) // 4 + 1], self.warm[-1]
        found = {
            "threads": last.threads > max(one.threads for one in first) + SPARE,
            "files": last.files > max(one.files for one in first) + SPARE,
            "memory": self.growth > MOST_GROWTH,
        }
        return [name for name, is_left in found.items() if is_left]

    def as_table(self, whose: str) -> dict[str, object]:
        first, last = self.warm[0], self.samples[-1]
        return {
            f"{whose}_resident_mb": f"{first.resident / MEGA:.1f} to {last.resident / MEGA:.1f}",
            f"{whose}_growth_mb_in_1000": round(self.growth / MEGA, 2),
            f"{whose}_threads": f"{first.threads} to {last.threads}",
            f"{whose}_files": f"{first.files} to {last.files}",
            f"{whose}_cpu_s_a_customer": round(last.cpu_s / len(self.samples), 3),
        }


@dataclass(frozen=True, slots=True)
class Soaked:
    """What a run has shown."""

    score: Score
    till: Weighed
    world: Weighed
    papers: int
    threads_left: Sequence[str]  # that outlived the till

    def as_table(self) -> dict[str, object]:
        told = self.score.table()
        known = ("customers", "approved", "declined", "reversed", "unknown", "not_read", "open", "books_agree")
        return {
            **{name: told[name] for name in known},
            "receipts": self.papers,
            **self.till.as_table("till"),
            **self.world.as_table("world"),
            "missed": self.missed(),
        }

    def missed(self) -> list[str]:
        """What should not be."""
        told, unread = self.score.table(), sum(one.phase is Phase.IDLE for one in self.score.served)
        found = {
            "books": not told["books_agree"],
            "codes that were never read": unread > MOST_UNREAD * len(self.score.served),
            "receipts": self.papers != told["approved"],
            f"threads that do not end: {', '.join(self.threads_left)}": bool(self.threads_left),
        }
        return [name for name, is_so in found.items() if is_so] + self.till.left_behind


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="saoma bench soak", description=__doc__)
    parser.add_argument("--customers", type=whole_number, default=CUSTOMERS, help=f"how many ({CUSTOMERS})")
    parser.add_argument("--seed", type=int, default=SEED, help="who comes and what goes wrong")
    parser.add_argument("--speed", type=float, default=SPEED, help="how much faster the documented waits pass")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(words)
    if not can_sample():
        sys.stderr.write("saoma bench soak: needs Linux, whose /proc tells what a process holds\n")
        return MISSING
    with tempfile.TemporaryDirectory(prefix="saoma-soak-") as state:
        soaked = soak(Path(state), args.customers, args.seed, args.speed)
    if args.json:
        sys.stdout.write(json.dumps({"machine": machine(), **soaked.as_table()}) + "\n")
    else:
        rows = ((name, str(value)) for name, value in soaked.as_table().items())
        sys.stdout.write(f"{machine()}\n\n{markdown(('what', 'figure'), rows)}")
    return 1 if soaked.missed() else 0


def soak(state: Path, customers: int, seed: int, speed: float) -> Soaked:
    """Serve so many, wait until all is settled, and see what is left."""
    log_to(state / "till.log")
    clock, before = Clock(speed=speed), set(threading.enumerate())
    world = World(state, seed=seed, clock=clock)
    till, surroundings, served = Weighed(os.getpid()), Weighed(world.pid), list[Served]()
    try:
        config = from_table({**world.ready["config"], "till": {"listen": "127.0.0.1:0"}}, "the world", state, SETTINGS)
        with Counter(config, state=state, clock=clock, rng=random.Random(seed), is_demo=True) as counter:
            cashier = Cashier(counter.till, world, clock)
            for _ in with_progress(range(customers), customers, "customers"):
                served.append(cashier.serve())
                cashier.clear()
                till.weigh()
                surroundings.weigh()
            score = cashier.settle(counter.journal_path, served)
        left = [thread.name for thread in set(threading.enumerate()) - before]
        papers = len(list((state / "paper").glob("*.png")))
    finally:
        world.stop()
    return Soaked(score, till, surroundings, papers, left)
