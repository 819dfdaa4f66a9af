"""`saoma bench bars`: bars drawn worse and worse, step by step. Up to which step does each reader read half of them?

    saoma bench bars                      every ladder, 20 pictures a step
    saoma bench bars --misreads 100000    pictures of ten kinds: nothing may be read that is not in them

Our bars reader, zbar and zxing-cpp see the same pictures, one after another, asked for the same symbologies; bars are
two or three pixels to a module. A ladder goes on until nobody has read anything for two steps.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import cv2
import numpy as np

from benchmarks import misreads, plot
from benchmarks.drawn_bars import Look, content, drawn, modules_of
from benchmarks.misreads import Read, comparable
from benchmarks.options import whole_number
from benchmarks.report import machine, markdown
from terminal.model import Symbology
from terminal.vision.engines import Engine, load
from terminal.vision.linear import read_bars
from terminal.vision.symbol import RETAIL, Grey

OURS = "saoma"
HALF = 0.5
LONGEST = 40  # steps
WANTED = RETAIL | {Symbology.CODE128}
MODULES = (2.0, 2.5, 3.0)  # pixels

Step = Callable[[int], tuple[float, Look]]
LADDERS: dict[str, Step] = {
    "defocus, sigma in modules": lambda i: (0.3 + 0.1 * i, Look(sigma=0.3 + 0.1 * i)),
    "motion across, modules": lambda i: (0.5 + 0.25 * i, Look(motion=0.5 + 0.25 * i)),
    "noise, grey levels": lambda i: (10.0 * 1.25**i, Look(noise=10.0 * 1.25**i)),
    "noise at sigma 0.6": lambda i: (3.0 * 1.4**i, Look(sigma=0.6, noise=3.0 * 1.4**i)),
    "low contrast, 1 in": lambda i: (1.4**i, Look(contrast=0.8 / 1.4**i)),
}
PLOTTED = {"defocus, sigma in modules": "blur", "noise, grey levels": "noise"}


@dataclass(slots=True)
class Tally:
    """What one reader made of one ladder: the part read on each step, and what a picture cost it."""

    rates: list[float] = field(default_factory=list)
    misreads: int = 0
    cpu_s: float = 0.0

    def half(self, values: Sequence[float]) -> float:
        """The last value of the ladder up to which at least half were read; 0 if never."""
        below = next((i for i, rate in enumerate(self.rates) if rate < HALF), len(self.rates))
        return values[below - 1] if below else 0.0


@dataclass(frozen=True, slots=True)
class Climb:
    """One ladder for one symbology, as every reader climbed it."""

    symbology: Symbology
    ladder: str
    values: list[float]
    tallies: dict[str, Tally]
    count: int  # pictures a step

    @property
    def halves(self) -> dict[str, float]:
        return {name: tally.half(self.values) for name, tally in self.tallies.items()}

    @property
    def best_peer(self) -> float:
        return max((value for name, value in self.halves.items() if name != OURS), default=0.0)


def readers() -> dict[str, Read]:
    """Ours and each engine that this machine has, raw, with the same formats."""
    return {OURS: _ours, **{engine.name: partial(_theirs, engine) for engine in load().present}}


def _ours(grey: Grey) -> list[str]:
    return [comparable(one.symbology, one.text) for one in read_bars(grey, WANTED)]


def _theirs(engine: Engine, grey: Grey) -> list[str]:
    return [comparable(one.symbol.symbology, one.symbol.text) for one in engine.read(grey, WANTED)]


def climb(symbology: Symbology, ladder: str, count: int, seed: int) -> Climb:
    """The ladder's values and each reader's read rates on them."""
    rng = np.random.default_rng(seed)
    everyone = readers()
    climbed = Climb(symbology, ladder, [], {name: Tally() for name in everyone}, count)
    while len(climbed.values) < LONGEST and _goes_on(climbed.tallies):
        value, look = LADDERS[ladder](len(climbed.values))
        climbed.values.append(value)
        right: Counter[str] = Counter()
        for i in range(count):
            bars, text = modules_of(symbology, content(symbology, rng))
            grey = drawn(bars, replace(look, module=MODULES[i % len(MODULES)]), rng)
            for name, is_right in _looked(everyone, grey, comparable(symbology, text), climbed.tallies):
                right[name] += is_right
        for name, tally in climbed.tallies.items():
            tally.rates.append(right[name] / count)
    return climbed


def _goes_on(tallies: Mapping[str, Tally]) -> bool:
    return any(any(tally.rates[-2:]) or not tally.rates for tally in tallies.values())


def _looked(
    everyone: Mapping[str, Read], grey: Grey, text: str, tallies: Mapping[str, Tally]
) -> list[tuple[str, bool]]:
    """Who read the text."""
    found = []
    for name, read in everyone.items():
        start_s = process_time()
        texts = read(grey)
        tallies[name].cpu_s += process_time() - start_s
        tallies[name].misreads += any(other != text for other in texts)
        found.append((name, text in texts))
    return found


# --- what is shown ---------------------------------------------------------------------------------------


def table(climbs: Sequence[Climb]) -> str:
    """Markdown: a row a ladder, the last value at which half are read, and ours beside the best peer's."""
    names = list(climbs[0].tallies)
    head = ["half read up to", *names, f"{OURS} / best peer", *(f"{name} ms" for name in names)]
    wrong = {name: sum(one.tallies[name].misreads for one in climbs) for name in names}
    told = ", ".join(f"{name} {count}" for name, count in wrong.items())
    pictures = sum(one.count * len(one.values) for one in climbs)
    return f"{markdown(head, map(_row, climbs))}\nMisread of {pictures} pictures: {told}.\n"


def _row(one: Climb) -> list[str]:
    ratio = f"{one.halves[OURS] / one.best_peer:.1f}" if one.best_peer else "–"
    costs = (1000 * tally.cpu_s / len(one.values) / one.count for tally in one.tallies.values())
    halves = (f"{value:.3g}" for value in one.halves.values())
    return [f"{one.symbology}: {one.ladder}", *halves, ratio, *(f"{cost:.1f}" for cost in costs)]


def as_json(one: Climb) -> dict[str, Any]:
    ratio = one.halves[OURS] / one.best_peer if one.best_peer else None
    return {**asdict(one), "half": one.halves, "ratio": ratio}


def figures(climbs: Sequence[Climb]) -> list[tuple[str, str]]:
    """Name and SVG of each: what is read on each step of blur, and of noise."""
    plotted = [one for one in climbs if one.ladder in PLOTTED]
    return [(f"bars-{PLOTTED[one.ladder]}-{one.symbology.lower()}", _figure(one)) for one in plotted]


def _figure(one: Climb) -> str:
    lines = [
        plot.Line(
            name, [(value, 100 * rate) for value, rate in zip(one.values, tally.rates, strict=True)], name == OURS
        )
        for name, tally in one.tallies.items()
    ]
    return plot.curves(f"{one.symbology}, drawn", one.ladder, "read, %", lines)


def misread_table(found: Mapping[str, Any]) -> str:
    """Markdown: a row a reader; of the pictures with a symbol how many were read, and what was read wrongly."""
    rows = [
        [name, str(Counter(right).total()), str(len(found["misread"][name]))] for name, right in found["right"].items()
    ]
    return markdown(["reader", f"read of {found['with_symbol']}", f"misread of {found['pictures']}"], rows)


def main(words: Sequence[str]) -> int:
    options = _arguments(words)
    cv2.setNumThreads(1)
    if options.misreads:
        everyone = readers() if options.peers else {OURS: _ours}
        found = misreads.run(everyone, options.misreads, options.seed, options.first)
        sys.stdout.write(json.dumps(found) + "\n" if options.json else f"{machine()}\n\n{misread_table(found)}")
        return 0
    climbs = []
    for symbology in (Symbology.EAN13, Symbology.CODE128):
        for ladder in LADDERS:
            climbs.append(climb(symbology, ladder, options.count, options.seed))
            sys.stderr.write(f"{symbology}, {ladder}: {climbs[-1].halves}\n")
    for name, svg in figures(climbs) if options.plot else ():
        plot.write(options.plot, name, svg)
    if options.json:
        sys.stdout.write(json.dumps({"machine": machine(), "ladders": [as_json(one) for one in climbs]}) + "\n")
    else:
        sys.stdout.write(f"{machine()}\n\n{table(climbs)}")
    return 0


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="saoma bench bars", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=whole_number, default=20, metavar="N", help="pictures a step (20)")
    parser.add_argument("--misreads", type=whole_number, metavar="N", help="look for misreads in N pictures instead")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="go on from picture N of the misreads")
    parser.add_argument("--peers", action="store_true", help="and what the engines misread in them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="everything as one line of JSON")
    parser.add_argument("--plot", type=Path, metavar="DIR", help="write the figures there, as SVG")
    return parser.parse_args(words)
