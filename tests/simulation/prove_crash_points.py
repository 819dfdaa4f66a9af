"""Cuts the power at every step of a disk, in every way, until so many points are done: gate G3 of `make prove`."""

import importlib.util
import itertools
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from firmware_sim.simulation.disk import Fate
from firmware_sim.simulation.run import stage
from firmware_sim.simulation.shop import Scenario
from firmware_sim.simulation.visit import Visit

POINTS = 50_000
WALLET = "wechat"
# What the till's disk goes through: mishaps that make it write more than the plain sale does.
SCENARIOS = {
    "paid": (Visit(WALLET, 1250),),
    "declined": (Visit(WALLET, 1250, is_broke=True),),
    "a password, cancelled": (Visit(WALLET, 1250, needs_password=True, types_after_s=None, cancel_after_s=9.0),),
    "a shown code": (Visit(WALLET, 1250, shown=True),),
    "a shown code that nobody scans": (Visit(WALLET, 1250, shown=True, scans_after_s=5000.0),),
    "given back in parts": (Visit(WALLET, 1250, refunds=(300, 900)),),
}
MISHAPS: dict[str, dict[str, str]] = {
    "well": {},
    "reply lost": {"line 1": "lost_reply", "line 2": "lost_reply"},
    "reply and undoing lost": {f"line {number}": "lost_reply" for number in range(1, 14)},
}


def _crash() -> Any:
    spec = importlib.util.spec_from_file_location("crash_points", Path(__file__).with_name("crash_points.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["crash_points"] = module
    spec.loader.exec_module(module)
    return module


def points(keys: Path) -> Iterator[int]:
    """Without an end: every step of every scenario, each time with other remains of what was not synced."""
    crash = _crash()
    for seed in itertools.count():
        for (story, visits), (mishap, script) in itertools.product(SCENARIOS.items(), MISHAPS.items()):
            scenario = Scenario(f"{story}, {mishap}, {seed}", (WALLET,), (visits,), script=script)
            with stage(keys) as play:
                yield from crash.shop_points(scenario, play)
        for fate in (None, *Fate):
            with tempfile.TemporaryDirectory() as folder:
                yield from crash.journal_points(Path(folder), str(seed), fate)


def main(words: list[str]) -> int:
    wanted = int(words[0]) if words else POINTS
    began_s = time.process_time()
    with tempfile.TemporaryDirectory() as keys:
        done = sum(1 for _ in itertools.islice(points(Path(keys)), wanted))
    cpu_s = time.process_time() - began_s
    sys.stdout.write(f"{done} crash points: nothing lost, damaged or stuck; {cpu_s:.0f} CPU s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
