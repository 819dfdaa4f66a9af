"""Plants every bug and prints a table of what found it, and when: gate G6 of `make prove`. Exits 1 if one lives."""

import itertools
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import planted_bugs

from firmware_sim.simulation.__main__ import names
from firmware_sim.simulation.run import afternoons, simulate, stage

SALES = 40  # of an afternoon: long ones, in which many attempts are open at once


@dataclass(frozen=True, slots=True)
class Found:
    afternoon: int  # 0: not found
    payments: int
    rule: str


def hunt(bug: Any, keys: Path, seed: str) -> Found:
    """Afternoons with the bug in the till, until a rule is broken or its budget is spent."""
    drawn = iter(bug.steered) if bug.steered else afternoons(seed, SALES, 2, names(bug.faults), bug.acquirers)
    with bug.planted(), stage(keys) as play:
        totals, failure = simulate(itertools.islice(drawn, bug.afternoons), sys.maxsize, play)
    if failure is None:
        return Found(0, totals.payments, "")
    return Found(totals.afternoons, totals.payments, failure.outcome.broken[0])


def main(words: list[str]) -> int:
    seed = words[0] if words else "1"
    wanted = words[1:]
    lived = 0
    with tempfile.TemporaryDirectory() as keys:
        for bug in planted_bugs.BUGS:
            if wanted and bug.name not in wanted:
                continue
            found = hunt(bug, Path(keys), seed)
            lived += not found.afternoon
            when = f"afternoon {found.afternoon} of {bug.afternoons}" if found.afternoon else "LIVES"
            sys.stdout.write(f"{bug.name:42} {when:20} {found.payments:6} payments  {found.rule}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{lived} of the planted bugs live\n")
    return 1 if lived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
