"""Many afternoons, one after the other, and what they come to together."""

import logging
import os
import resource
import tempfile
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from firmware_sim.simulation.chance import FAULTS
from firmware_sim.simulation.cheap_signatures import cheap_signatures
from firmware_sim.simulation.disk import drives
from firmware_sim.simulation.scenario_file import Play
from firmware_sim.simulation.shop import EVERYTHING, Outcome, Scenario, Shop, drawn

SALES = 40  # of one afternoon: few enough that a failure is small, enough that attempts pile up

MEMORY = "/dev/shm"  # noqa: S108 - where Linux has files in memory

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
        logging.disable(logging.WARNING)
        stack.callback(logging.disable, logging.NOTSET)
        yield lambda scenario: Shop(scenario, keys, folder, disks).run()


def _quick_place() -> str | None:
    """Memory, where the system has such a folder: locks and keys need to last no longer than the run."""
    return MEMORY if os.access(MEMORY, os.W_OK) else None


def afternoons(
    seed: str, sales: int, tills: int, names: frozenset[str], among: Sequence[str] = ()
) -> Iterator[Scenario]:
    """One after the other, for as long as anybody wants more."""
    faults = tuple(name for name in FAULTS if name in names)
    number = 0
    while True:
        yield drawn(f"{seed}/{number}", sales, tills, faults, names & EVERYTHING, among)
        number += 1


def simulate(
    scenarios: Iterator[Scenario], payments: int, play: Play, progress: Callable[[Totals], None] = lambda _: None
) -> tuple[Totals, Failure | None]:
    """Afternoons until there were so many payments, or a rule was broken."""
    totals = Totals()
    cpu_s, wall_s = _cpu_s(), time.monotonic()
    failure = None
    for scenario in scenarios:
        outcome = play(scenario)
        totals.add(outcome)
        totals.traces.append(outcome.trace)
        totals.cpu_s, totals.wall_s = _cpu_s() - cpu_s, time.monotonic() - wall_s
        progress(totals)
        if outcome.broken:
            failure = Failure(scenario, outcome)
        if failure or totals.payments >= payments:
            break
    return totals, failure


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def recorded(failure: Failure) -> Scenario:
    """The afternoon as it went, with what went wrong written out."""
    script: Mapping[str, str] = failure.outcome.script
    return replace(failure.scenario, script=dict(script))
