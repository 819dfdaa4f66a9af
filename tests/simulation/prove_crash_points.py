"""Cuts the power at every step of a disk, in every way, until so many points are done: gate G3 of `make prove`."""

import itertools
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import crash_points as crash

from firmware_sim.lab import Lab
from firmware_sim.simulation.disk import hold_place
from firmware_sim.simulation.shop import Scenario
from firmware_sim.simulation.visit import Visit

POINTS = 50_000
# Acquirers, and whose wallet their customers pay with.
SHOPS = {"wechat": "wechat", "alipay": "alipay", "unionpay": "ccb", "wechat_v2": "wechat", "qra": "wechat"}
SETTLING = "the end of a day"
MOST_TILLS = 24  # of one story that are put before what is left: each of a long day's plays all of it


@dataclass(frozen=True, slots=True)
class Plot:
    """A customer, and what goes wrong; `boot` is which start of the till is cut: a later one recovers an earlier."""

    visit: Mapping[str, Any] = field(default_factory=dict)
    script: Mapping[str, str] = field(default_factory=dict)
    boot: int = 1
    customers: int = 1
    near_checkpoint: bool = False  # only the steps about the log's first checkpoint, of a day of hundreds


NEVER = {f"line {number}": "lost_reply" for number in range(1, 14)}
PLOTS = {
    "approved": Plot(),
    "declined": Plot({"is_broke": True}),
    "unknown, then asked": Plot(script={"line 1": "lost_reply"}),
    "a password": Plot({"needs_password": True}),
    "cancelled": Plot({"needs_password": True, "types_after_s": None, "cancel_after_s": 9.0}),
    "reversed": Plot(script=NEVER),
    "a doubled request": Plot(script={**NEVER, "line 1": "doubled=90"}),
    "given back in parts": Plot({"refunds": (300, 900)}),
    "a shown code": Plot({"shown": True}),
    "a shown code that nobody scans": Plot({"shown": True, "scans_after_s": 5000.0}),
    "a notification twice": Plot({"shown": True}, {"notice 1": "notice_doubled"}),
    "a notification too late": Plot({"shown": True, "cancel_after_s": 4.0}, {"notice 1": "notice_late=600"}),
    "a second attempt": Plot({"is_broke": True, "tries": 2}),
    "found paid, and kept": Plot(script={"line 1": "cut_at_reply"}, boot=2),
    "found paid, and not kept": Plot({"keeps": False}, {"line 1": "cut_at_reply"}, boot=2),
    "found unpaid": Plot(script={"line 1": "cut_before_send"}, boot=2),
    "found while reversing": Plot(script={**NEVER, "line 6": "cut_after_send"}, boot=2),
    "found twice": Plot(script={"line 1": "cut_after_send", "line 2": "cut_at_reply"}, boot=3),
    "a long day, over a checkpoint": Plot(customers=50, near_checkpoint=True),
}


def fail(name: str, shop: str, seed: str, keys: Path, tally: Any) -> Iterator[int]:
    """One plot at one shop: every point of it, then the till before every state that its books were left in."""
    plot = PLOTS[name]
    scenario = Scenario(
        f"{name} at {shop}, seed {seed}",
        (shop,),
        ((Visit(SHOPS[shop], 1250, **plot.visit),) * plot.customers,),
        script=plot.script,
    )
    with crash.counters(keys) as counters:
        story = counters.told(scenario, plot.boot)
        if plot.near_checkpoint:
            story = crash.near_checkpoint(story)
        assert story.steps, f"{name}: there is no start {plot.boot}"
        left: dict[tuple[int, int], Any] = {}
        for point in crash.points(counters.opener(story, tally), seed):
            left.setdefault((point.step.promised, point.entries), point)
            yield 1
        chosen = random.Random(seed).sample(list(left.values()), min(len(left), MOST_TILLS))
        for point in chosen:
            tally.tills += counters.carried_on(scenario, point, plot.boot)


def fail_settling(seed: str, tally: Any) -> Iterator[int]:
    """The end of a day: sales, refunds, a reversal, and the settlement that is written down."""
    recorder = crash.Recorder()
    with tempfile.TemporaryDirectory() as folder, crash.counters(Path(folder)) as counters:
        counters.disks[folder] = recorder.disk()
        hold_place(Path(folder) / "journal.db")
        with crash.recording(recorder):
            lab = Lab(Path(folder), "wechat")
            lab.ordinary_day()
            lab.settle()
            lab.close()
        story = recorder.story("settlement", Path(folder), counters.disks)
        for _ in crash.points(counters.opener(story, tally), seed):
            yield 1


def rounds(seed: str, keys: Path, tally: Any) -> Iterator[int]:
    """Without an end, all plots in any order, each time at another acquirer and with other remains of what was lost.

    Tells the round of each point.
    """
    shops = itertools.cycle(SHOPS)
    for number in itertools.count():
        rng = random.Random(f"{seed} {number}")
        for name in rng.sample([*PLOTS, SETTLING], len(PLOTS) + 1):
            told = f"{seed}/{number}"
            points = fail(name, next(shops), told, keys, tally) if name in PLOTS else fail_settling(told, tally)
            yield from (number for _ in points)
        next(shops)


def main(words: list[str]) -> int:
    wanted = int(words[0]) if words else POINTS
    seed = words[1] if len(words) > 1 else time.strftime("%Y%m%d")
    sys.stdout.write(f"seed {seed}\n")
    tally, began_s = crash.Tally(), time.process_time()
    with tempfile.TemporaryDirectory() as keys:
        for number in rounds(seed, Path(keys), tally):
            if number and tally.points >= wanted:  # a whole round at least: every plot
                break
    cpu_s = time.process_time() - began_s
    sys.stdout.write(
        f"{tally.points} crash points ({tally.reopened} of them while starting again), {tally.images} different disks, "
        f"{tally.tills} tills that carried on: nothing lost, damaged or stuck; {cpu_s:.0f} CPU s\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
