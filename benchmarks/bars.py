"""Bars drawn worse and worse, step by step: up to which step do our reader, zbar and zxing-cpp read half of them?

    saoma bench bars                    every ladder, 20 pictures a step
    saoma bench bars --misreads 2000    pictures that hold no whole code of ours: nothing may be read

The three readers see the same pictures, one after another. The bars are drawn by python-barcode, two or three pixels
to a module. A ladder goes on until nobody has read anything for two steps.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from time import process_time

import barcode
import cv2
import numpy as np
from numpy.typing import NDArray

from terminal.model import Symbology
from terminal.vision.engines import Engine, load
from terminal.vision.linear import read_bars
from terminal.vision.symbol import Grey, gtin13

QUIET = 12  # modules
FINE = 16  # parts of a module in which bars are drawn before they are blurred
HALF = 0.5
LONGEST = 40  # steps
RETAIL = frozenset({Symbology.EAN13, Symbology.UPCA, Symbology.EAN8, Symbology.UPCE})
WANTED = RETAIL | {Symbology.CODE128}
NAMES = {Symbology.EAN13: "ean13", Symbology.EAN8: "ean8", Symbology.UPCA: "upca", Symbology.CODE128: "code128"}


@dataclass(frozen=True, slots=True)
class Look:
    """How a code is drawn: blur in modules, noise in grey levels, pixels to a module."""

    module: float = 2.5
    sigma: float = 0.4
    motion: float = 0.0
    noise: float = 4.0
    contrast: float = 0.8
    rows: int = 90


LADDERS: dict[str, Callable[[int], tuple[float, Look]]] = {
    "defocus, sigma in modules": lambda i: (0.3 + 0.1 * i, Look(sigma=0.3 + 0.1 * i)),
    "motion across, modules": lambda i: (0.5 + 0.25 * i, Look(motion=0.5 + 0.25 * i)),
    "noise, grey levels": lambda i: (10.0 * 1.25**i, Look(noise=10.0 * 1.25**i)),
    "noise at sigma 0.6": lambda i: (3.0 * 1.4**i, Look(sigma=0.6, noise=3.0 * 1.4**i)),
    "low contrast, 1 in": lambda i: (1.4**i, Look(contrast=0.8 / 1.4**i)),
}


@dataclass(slots=True)
class Tally:
    """What one reader made of one ladder."""

    rates: list[float] = field(default_factory=list)
    misreads: int = 0
    cpu_s: float = 0.0


def drawn(modules: NDArray[np.bool_], look: Look, rng: np.random.Generator) -> Grey:
    """(H, W) uint8: upright bars, blurred before they are sampled, at a random fraction of a pixel."""
    light = np.pad(~modules, QUIET, constant_values=True).repeat(FINE).astype(np.float64)
    if look.sigma:
        light = cv2.GaussianBlur(light[None], (0, 0), look.sigma * FINE, borderType=cv2.BORDER_REPLICATE)[0]
    if length := round(look.motion * FINE):
        light = np.convolve(np.pad(light, length, mode="edge"), np.ones(length) / length, "same")[length:-length]
    sums = np.concatenate([[0.0], np.cumsum(light)])
    edges = (np.arange(int(light.size / FINE * look.module)) + rng.random()) * FINE / look.module
    row = np.diff(np.interp(edges, np.arange(sums.size), sums)) / np.diff(edges)
    grey = 128 + 255 * look.contrast * (row - 0.5) + rng.normal(0, look.noise, (look.rows, row.size))
    return np.asarray(np.clip(grey, 0, 255), np.uint8)


def modules_of(symbology: Symbology, text: str) -> tuple[NDArray[np.bool_], str]:
    """The bars, and the text with the check digit that the encoder added."""
    code = barcode.get(NAMES[symbology], text)
    bars = "".join(bit for bit in code.build()[0] if bit in "01")
    return np.array([bit == "1" for bit in bars]), text if symbology is Symbology.CODE128 else code.get_fullcode()


def digits(rng: np.random.Generator, count: int) -> str:
    return "".join(map(str, rng.integers(0, 10, count)))


def content(symbology: Symbology, rng: np.random.Generator) -> str:
    """Digits of a product, or of a payment code (python-barcode loses a 99 at the start, and no wallet's begins so)."""
    return f"1{digits(rng, 17)}" if symbology is Symbology.CODE128 else digits(rng, 12)


def ours(grey: Grey) -> list[str]:
    return [comparable(one.symbology, one.text) for one in read_bars(grey, WANTED)]


def theirs(engine: Engine, grey: Grey) -> list[str]:
    return [comparable(one.symbol.symbology, one.symbol.text) for one in engine.read(grey, WANTED)]


def readers() -> dict[str, Callable[[Grey], list[str]]]:
    """Ours and each engine that this machine has, raw, with the same formats."""
    return {"saoma": ours, **{engine.name: partial(theirs, engine) for engine in load().present}}


def comparable(symbology: Symbology, text: str) -> str:
    return gtin13(symbology, text) if symbology in RETAIL else text


def climb(
    symbology: Symbology, step: Callable[[int], tuple[float, Look]], count: int, seed: int
) -> tuple[list[float], dict[str, Tally]]:
    """The ladder's values and each reader's read rates on them."""
    rng = np.random.default_rng(seed)
    values: list[float] = []
    tallies = {name: Tally() for name in readers()}
    while len(values) < LONGEST and any(any(tally.rates[-2:]) or not tally.rates for tally in tallies.values()):
        value, look = step(len(values))
        values.append(value)
        right = dict.fromkeys(tallies, 0)
        for i in range(count):
            bars, text = modules_of(symbology, content(symbology, rng))
            grey = drawn(bars, replace(look, module=(2.0, 2.5, 3.0)[i % 3]), rng)
            for name, read in readers().items():
                start = process_time()
                texts = read(grey)
                tallies[name].cpu_s += process_time() - start
                right[name] += text in texts
                tallies[name].misreads += any(other != text for other in texts)
        for name, tally in tallies.items():
            tally.rates.append(right[name] / count)
    return values, tallies


def half(values: list[float], rates: list[float]) -> float:
    """The last value of the ladder up to which at least half were read; 0 if never."""
    below = next((i for i, rate in enumerate(rates) if rate < HALF), len(rates))
    return values[below - 1] if below else 0.0


def without_codes(rng: np.random.Generator, count: int) -> Iterator[Grey]:
    """Noise, random bars, other symbologies, and codes of ours cut short, each at a random blur and noise."""
    makers = (_noise, _random_bars, _other_symbology, _cut_short)
    for i in range(count):
        look = Look(
            module=rng.uniform(1.5, 4),
            sigma=rng.uniform(0, 1.6),
            motion=rng.choice([0, 0, rng.uniform(0, 3)]),
            noise=rng.uniform(0, 30),
            contrast=rng.uniform(0.1, 1),
            rows=int(rng.integers(4, 100)),
        )
        yield makers[i % len(makers)](rng, look)


def _noise(rng: np.random.Generator, look: Look) -> Grey:
    """Noise smoothed by different amounts across and along: grass, cloth, corrugated card."""
    grey = rng.normal(0, 1, (look.rows, int(rng.integers(150, 500))))
    smooth = cv2.GaussianBlur(grey, (0, 0), sigmaX=0.3 + 2 * look.sigma, sigmaY=float(rng.uniform(0.3, 40)))
    return np.asarray(np.clip(128 + 60 * look.contrast * smooth / smooth.std(), 0, 255), np.uint8)


def _random_bars(rng: np.random.Generator, look: Look) -> Grey:
    widths = rng.integers(1, 5, int(rng.integers(20, 120)) | 1)
    return drawn(np.repeat(np.arange(widths.size) % 2 == 0, widths), look, rng)


def _other_symbology(rng: np.random.Generator, look: Look) -> Grey:
    name, text = ("itf", digits(rng, 14)) if rng.random() < HALF else ("code39", digits(rng, int(rng.integers(3, 12))))
    if rng.random() < 1 / 3:
        name, text = "codabar", f"A{digits(rng, int(rng.integers(4, 14)))}B"
    bars = "".join(bit for bit in barcode.get(name, text).build()[0] if bit in "01")
    return drawn(np.array([bit == "1" for bit in bars]), look, rng)


def _cut_short(rng: np.random.Generator, look: Look) -> Grey:
    """A code of ours with a tenth to a half of it torn off."""
    symbology = list(NAMES)[int(rng.integers(len(NAMES)))]
    lengths = {Symbology.EAN8: 7, Symbology.UPCA: 11, Symbology.CODE128: int(rng.integers(4, 20))}
    bars, _ = modules_of(symbology, digits(rng, lengths.get(symbology, 12)))
    kept = int(bars.size * rng.uniform(0.5, 0.9))
    return drawn(bars[:kept] if rng.random() < HALF else bars[-kept:], look, rng)


def misreads(count: int, seed: int) -> dict[str, int]:
    """How many of `count` pictures without a whole code each reader read something in."""
    rng = np.random.default_rng(seed)
    found = dict.fromkeys(readers(), 0)
    for grey in without_codes(rng, count):
        for name, read in readers().items():
            found[name] += bool(read(grey))
    return found


def ladders(count: int, seed: int) -> dict[str, object]:
    report: dict[str, object] = {}
    for symbology in (Symbology.EAN13, Symbology.CODE128):
        for name, step in LADDERS.items():
            values, tallies = climb(symbology, step, count, seed)
            halves = {reader: half(values, tally.rates) for reader, tally in tallies.items()}
            best = max(value for reader, value in halves.items() if reader != "saoma")
            report[f"{symbology}: {name}"] = {
                "half": halves,
                "ratio": halves["saoma"] / best if best else float("inf"),
                "values": values,
                "readers": {reader: asdict(tally) for reader, tally in tallies.items()},
            }
            print(f"{symbology}, {name}: half read up to", file=sys.stderr)
            for reader, tally in tallies.items():
                cpu = 1000 * tally.cpu_s / len(values) / count
                print(f"  {reader:6} {halves[reader]:6.2f}  misread {tally.misreads}  {cpu:.1f} ms", file=sys.stderr)
    return report


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="saoma bench bars", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=20, help="pictures a step")
    parser.add_argument("--misreads", type=int, metavar="N", help="try N pictures without codes instead")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(words)
    report = misreads(options.misreads, options.seed) if options.misreads else ladders(options.count, options.seed)
    print(json.dumps(report, indent=1))
    return 0
