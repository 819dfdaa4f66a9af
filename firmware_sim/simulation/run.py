"""Many afternoons, one after the other, and what they come to together."""

import atexit
import gc
import itertools
import logging
import os
import resource
import tempfile
import time
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from firmware_sim.simulation.acquirers import Level
from firmware_sim.simulation.chance import FAULTS
from firmware_sim.simulation.cheap_signatures import cheap_signatures
from firmware_sim.simulation.disk import drives
from firmware_sim.simulation.scenario_file import Play
from firmware_sim.simulation.shop import EVERYTHING, Outcome, Scenario, Shop, drawn

SALES = 24  # of one afternoon: few enough that a failure is small, enough that attempts pile up

MEMORY = "/dev/shm"  # noqa: S108 - where Linux has files in memory

AHEAD = 3  # afternoons that wait for each process, so that none waits for the others

# What a customer or a cashier does by name, and what goes wrong on lines and disks.
NAMES = (*FAULTS, *sorted(EVERYTHING))


@dataclass(slots=True)
class Totals:
    """What all afternoons came to."""

    afternoons: int = 0
    payments: int = 0
    approved: int = 0
    power_cuts: int = 0
    recoveries: int = 0
    exchanges: int = 0
    simulated_s: float = 0.0
    faults: Tally[str] = field(default_factory=Tally)
    traces: list[str] = field(default_factory=list)
    wall_s: float = 0.0
    cpu_s: float = 0.0

    def add(self, outcome: Outcome) -> None:
        self.afternoons += 1
        self.payments += outcome.payments
        self.approved += outcome.approved
        self.power_cuts += outcome.cuts
        self.recoveries += outcome.recoveries
        self.exchanges += outcome.exchanges
        self.simulated_s += outcome.simulated_s
        self.faults.update(outcome.faults)
        self.traces.append(outcome.trace)

    def as_table(self) -> dict[str, Any]:
        return {
            "afternoons": self.afternoons,
            "payments": self.payments,
            "approved": self.approved,
            "exchanges": self.exchanges,
            "faults": dict(sorted(self.faults.items())),
            "power_cuts": self.power_cuts,
            "recoveries": self.recoveries,
            "simulated_hours": round(self.simulated_s / 3600, 1),
            "wall_s": round(self.wall_s, 2),
            "cpu_s": round(self.cpu_s, 2),
            "payments_per_cpu_s": round(self.payments / self.cpu_s) if self.cpu_s else 0,
        }


Progress = Callable[[Totals], None]


@dataclass(frozen=True, slots=True)
class Failure:
    """An afternoon on which a rule was broken."""

    scenario: Scenario
    outcome: Outcome


@contextmanager
def stage(keys: Path, *, real_signatures: bool = False) -> Iterator[Play]:
    """What plays a scenario; of log lines only faults are wanted, a till that stopped by one says which."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="saoma-simulate-", dir=_quick_place())))
        disks = stack.enter_context(drives())
        if not real_signatures:
            stack.enter_context(cheap_signatures())
        stack.enter_context(_swept_between())
        logging.disable(logging.WARNING)
        stack.callback(logging.disable, logging.NOTSET)

        def play(scenario: Scenario) -> Outcome:
            outcome = Shop(scenario, keys, folder, disks).run()
            gc.collect()  # its disks and tills hold one another, and the next ones are quicker in the same memory
            return outcome

        yield play


def _quick_place() -> str | None:
    """Memory, where the system has such a folder: locks and keys need to last no longer than the run."""
    return MEMORY if os.access(MEMORY, os.W_OK) else None


@contextmanager
def _swept_between() -> Iterator[None]:
    """What an afternoon leaves behind is looked for when it is over: in the middle it would be a tenth of the work."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def afternoons(
    seed: str,
    sales: int,
    tills: int,
    names: frozenset[str],
    among: Sequence[str] = (),
    wire: Level = Level.REAL,
) -> Iterator[Scenario]:
    """One after the other, for as long as anybody wants more."""
    faults = tuple(name for name in FAULTS if name in names)
    number = 0
    while True:
        yield drawn(f"{seed}/{number}", sales, tills, faults, names & EVERYTHING, among, wire)
        number += 1


def simulate(
    scenarios: Iterator[Scenario], payments: int, play: Play, progress: Progress = lambda _: None
) -> tuple[Totals, Failure | None]:
    """Afternoons until there were so many payments, or a rule was broken."""
    return _added_up(((scenario, play(scenario)) for scenario in scenarios), payments, progress)


def simulate_by_many(
    jobs: int,
    scenarios: Iterator[Scenario],
    payments: int,
    keys: Path,
    *,
    real_signatures: bool = False,
    progress: Progress = lambda _: None,
) -> tuple[Totals, Failure | None]:
    """The same by so many processes: the same afternoons in the same order, and so the same result."""
    cpu_s = _cpu_s()
    with ProcessPoolExecutor(jobs, initializer=_take_the_stage, initargs=(keys, real_signatures)) as pool:
        totals, failure = _added_up(_in_order(pool, scenarios, jobs * AHEAD), payments, progress)
        pool.shutdown(cancel_futures=True)
    totals.cpu_s = _cpu_s() - cpu_s
    return totals, failure


def _in_order(pool: Executor, scenarios: Iterator[Scenario], ahead: int) -> Iterator[tuple[Scenario, Outcome]]:
    underway = deque((scenario, pool.submit(_play, scenario)) for scenario in itertools.islice(scenarios, ahead))
    while underway:
        scenario, outcome = underway.popleft()
        yield scenario, outcome.result()
        underway.extend((one, pool.submit(_play, one)) for one in itertools.islice(scenarios, 1))


_STAGE = ExitStack()  # of a process that is one of many, for as long as it lives
_PLAYS: list[Play] = []


def _take_the_stage(keys: Path, real_signatures: bool) -> None:
    _PLAYS.append(_STAGE.enter_context(stage(keys, real_signatures=real_signatures)))
    atexit.register(_STAGE.close)


def _play(scenario: Scenario) -> Outcome:
    return _PLAYS[0](scenario)


def _added_up(
    played: Iterator[tuple[Scenario, Outcome]], payments: int, progress: Progress
) -> tuple[Totals, Failure | None]:
    totals = Totals()
    cpu_s, wall_s = _cpu_s(), time.monotonic()
    for scenario, outcome in played:
        totals.add(outcome)
        totals.cpu_s, totals.wall_s = _cpu_s() - cpu_s, time.monotonic() - wall_s
        progress(totals)
        if outcome.broken:
            return totals, Failure(scenario, outcome)
        if totals.payments >= payments:
            break
    return totals, None


def _cpu_s() -> float:
    """Of this process, and of those that it started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def recorded(failure: Failure) -> Scenario:
    """The afternoon as it went, with what went wrong written out."""
    script: Mapping[str, str] = failure.outcome.script
    return replace(failure.scenario, script=dict(script))
