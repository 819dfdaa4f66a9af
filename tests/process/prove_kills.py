"""Kills tills at every step of every kind of sale, then anywhere on a rough network: gate G5 of `make prove`."""

import itertools
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kills

KILLS = 2000


def lives(town: Any, seed: str) -> Iterator[int]:
    """Without an end: between two rough lives, one more kind of sale is gone through step by step."""
    kinds = [(shop, visit) for shop in kills.SHOPS for visit in kills.visits_at(shop)]
    for number, (shop, visit) in enumerate(itertools.cycle(kinds)):
        yield from kills.every_step(town, shop, visit)
        yield from kills.any_step(town, f"{seed} {number}")


def main(words: list[str]) -> int:
    wanted = int(words[0]) if words else KILLS
    seed = words[1] if len(words) > 1 else time.strftime("%Y%m%d")
    sys.stdout.write(f"seed {seed}\n")
    with tempfile.TemporaryDirectory() as folder, kills.Town(Path(folder), seed) as town:
        for _ in lives(town, seed):
            if town.deaths.kills >= wanted:
                break
        deaths = town.deaths
    where = ", ".join(f"{number} at {kind}" for kind, number in deaths.at.most_common())
    sys.stdout.write(
        f"{deaths.kills} kills of {deaths.starts} tills ({where}); {deaths.spoilt} of {deaths.connections} connections "
        f"spoilt; the books agree: {sum(deaths.ends.values())} orders; {_cpu_s():.0f} CPU s\n"
    )
    return 0


def _cpu_s() -> float:
    """Of this process and those that it has ended: tills and acquirers."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
