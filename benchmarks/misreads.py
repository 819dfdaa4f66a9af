"""Drawn pictures, many of them, and what is read out of them that is not there.

Seven kinds of ten hold no code of ours: nothing may be read. The others hold one whole symbol, harmed in any way: it
may be read, or nothing. A picture is drawn from the seed and its number alone, so a run can be taken up where it ended.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import barcode
import cv2
import numpy as np
from barcode.charsets import ean as charset

from benchmarks.drawn_bars import Bits, Rng, any_harm, any_look, any_symbol, content, digits, drawn, modules_of
from terminal.model import Symbology
from terminal.vision.symbol import RETAIL, Grey, gtin13

Read = Callable[[Grey], list[str]]
Picture = tuple[Grey, str | None]  # what may be read in it, if anything

_TOLD_EVERY = 1000
_FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_COMPLEX)
_CHECK_RETAIL, _CHECK_CODE128 = 10, 24  # modules from the check to the end


def comparable(symbology: Symbology, text: str) -> str:
    return gtin13(symbology, text) if symbology in RETAIL else text


def run(readers: Mapping[str, Read], count: int, seed: int, first: int = 0) -> dict[str, Any]:
    """What each reader made of pictures `first` to `first + count`.

    After every thousand a line on stderr says how it stands.
    """
    right: dict[str, Counter[str]] = {name: Counter() for name in readers}
    wrong: dict[str, list[dict[str, Any]]] = {name: [] for name in readers}
    with_symbol = 0
    for number in range(first, first + count):
        kind, (grey, text) = picture(seed, number)
        with_symbol += text is not None
        for name, read in readers.items():
            texts = read(grey)
            right[name][kind] += text in texts
            if bad := [one for one in texts if one != text]:
                wrong[name].append({"picture": number, "kind": kind, "read": bad, "drawn": text})
        done = number + 1 - first
        if done % _TOLD_EVERY == 0 or done == count:
            _tell({"pictures": done, "misread": {name: len(found) for name, found in wrong.items()}})
    return {
        "seed": seed,
        "first": first,
        "pictures": count,
        "with_symbol": with_symbol,
        "right": right,
        "misread": wrong,
    }


def _tell(line: dict[str, Any]) -> None:
    sys.stderr.write(f"{json.dumps(line)}\n")
    sys.stderr.flush()


def picture(seed: int, number: int) -> tuple[str, Picture]:
    """One picture and what kind it is."""
    rng = np.random.default_rng([seed, number])
    kind = list(KINDS)[number % len(KINDS)]
    return kind, KINDS[kind](rng)


# --- without a code of ours ------------------------------------------------------------------------------


def _noise(rng: Rng) -> Picture:
    """Noise smoothed by different amounts across and along: grass, cloth, corrugated card."""
    look = any_look(rng)
    grey = rng.normal(0, 1, (look.rows, int(rng.integers(150, 500))))
    smooth = cv2.GaussianBlur(grey, (0, 0), sigmaX=0.3 + 2 * look.sigma, sigmaY=float(rng.uniform(0.3, 40)))
    return np.asarray(np.clip(128 + 60 * look.contrast * smooth / smooth.std(), 0, 255), np.uint8), None


def _random_bars(rng: Rng) -> Picture:
    widths = rng.integers(1, 5, int(rng.integers(20, 120)) | 1)
    return _harmed(np.repeat(np.arange(widths.size) % 2 == 0, widths), rng), None


def _other_symbology(rng: Rng) -> Picture:
    name, text = (
        ("itf", digits(rng, 14)),
        ("code39", digits(rng, int(rng.integers(3, 12)))),
        ("codabar", f"A{digits(rng, int(rng.integers(4, 14)))}B"),
    )[rng.integers(3)]
    bars = np.array([bit == "1" for bit in barcode.get(name, text).build()[0] if bit in "01"])
    return _harmed(bars, rng), None


def _cut_short(rng: Rng) -> Picture:
    """A code of ours without a tenth to four tenths: an EAN-13 torn behind its middle is a whole UPC-E to anyone."""
    _, bars, _ = any_symbol(rng)
    kept = int(bars.size * rng.uniform(0.6, 0.9))
    return _harmed(bars[:kept] if rng.random() < 1 / 2 else bars[-kept:], rng), None


def _wrong_check(rng: Rng) -> Picture:
    """A code of ours that ends with the check of another."""
    symbology = (Symbology.EAN13, Symbology.EAN8, Symbology.UPCA, Symbology.CODE128)[rng.integers(4)]
    last = _CHECK_CODE128 if symbology is Symbology.CODE128 else _CHECK_RETAIL
    bars, _ = modules_of(symbology, content(symbology, rng))
    other = bars
    while (other[-last:] == bars[-last:]).all():
        other, _ = modules_of(symbology, content(symbology, rng))
    return _harmed(np.concatenate([bars[:-last], other[-last:]]), rng), None


def _text(rng: Rng) -> Picture:
    """Lines of print."""
    grey = np.full((int(rng.integers(20, 110)), int(rng.integers(150, 500))), 235, np.uint8)
    for y in range(10, grey.shape[0] + 10, int(rng.integers(12, 40))):
        words = "".join(map(chr, rng.integers(33, 127, 60)))
        size, weight = float(rng.uniform(0.3, 1.5)), int(rng.integers(1, 4))
        cv2.putText(grey, words, (-5, y), _FONTS[rng.integers(len(_FONTS))], size, 30, weight, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), float(rng.uniform(0.3, 2))), np.uint8), None


def _grid(rng: Rng) -> Picture:
    """Lines at even distances, of changing width: keyboards, vents, fences, tiles."""
    pitch, width = float(rng.uniform(4, 25)), int(rng.integers(150, 500))
    x, y = np.meshgrid(np.arange(width), np.arange(int(rng.integers(10, 110))))
    duty, drift = rng.uniform(0.2, 0.8), rng.uniform(-0.002, 0.002)
    lines = ((x / pitch + drift * x * x / pitch) % 1 < duty) & ((y / pitch % 1 < duty) | (rng.random() < 1 / 2))
    soft = cv2.GaussianBlur(np.where(lines, 40.0, 210.0), (0, 0), float(rng.uniform(0.3, 3)))
    return np.asarray(np.clip(soft + rng.normal(0, rng.uniform(0, 20), soft.shape), 0, 255), np.uint8), None


# --- with one --------------------------------------------------------------------------------------------


def _whole(rng: Rng) -> Picture:
    symbology, bars, text = any_symbol(rng)
    return _harmed(bars, rng), comparable(symbology, text)


def _harmed(bars: Bits, rng: Rng) -> Grey:
    return any_harm(drawn(bars, any_look(rng), rng), rng)


def _add_on(rng: Rng) -> Picture:
    """A product's code with the five digits of a price or an issue beside it, which are not ours to read."""
    bars, text = modules_of(Symbology.EAN13, content(Symbology.EAN13, rng))
    sets = (charset.CODES["A"], charset.CODES["B"])
    five = "01".join(sets[rng.integers(2)][rng.integers(10)] for _ in range(5))
    beside = np.array([bit == "1" for bit in f"{'0' * int(rng.integers(7, 13))}1011{five}"])
    return _harmed(np.concatenate([bars, beside]), rng), comparable(Symbology.EAN13, text)


KINDS: dict[str, Callable[[Rng], Picture]] = {
    "texture": _noise,
    "any bars": _random_bars,
    "other symbologies": _other_symbology,
    "torn symbols": _cut_short,
    "wrong checks": _wrong_check,
    "print": _text,
    "grids": _grid,
    "whole symbols": _whole,
    "with an add-on": _add_on,
    "more whole symbols": _whole,
}
