"""Real photographs, where they are at hand: nothing that the engines read raw is lost, and nothing is misread."""

import csv
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from terminal.model import Symbol, Symbology
from terminal.scanning.pictures import load_grey
from terminal.vision.engines import load
from terminal.vision.options import COUNTER, Options
from terminal.vision.reader import read
from terminal.vision.symbol import RETAIL, gtin13

FOLDER = Path(__file__).parents[4] / "shared/data/barcodes"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no photographs in {FOLDER}")

OPTIONS = Options(itf_lengths=frozenset())
# What was read when this was written. More is progress, to be recorded here.
AT_LEAST = {"QR": 114, "Code128": 27, "EAN-13": 104, "EAN-8": 9, "UPC-A": 85, "UPC-E": 31, "ITF": 21, "Code39": 22}
TURNED_AT_LEAST = {1: 102, 2: 104, 3: 101}  # quarter turns, and how many of every fourth picture


@dataclass(frozen=True)
class Photograph:
    path: Path
    symbology: str
    right: frozenset[str]  # every right spelling of every code in it, tidied

    def has(self, symbol: Symbol) -> bool:
        return tidied(symbol.symbology, symbol.text) in self.right


def tidied(symbology: str, text: str) -> str:
    """Retail codes as GTIN-13; of others everything but spaces, brackets and FNC1."""
    if symbology in RETAIL and text.isdigit():
        return gtin13(Symbology(symbology), text)
    return re.sub(r"[\s\x1d()]", "", text)


def unescaped(text: str) -> str:
    letters = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
    return re.sub(r"\\([nrt\\]|x..)", lambda m: letters.get(m[1]) or chr(int(m[1][1:], 16)), text)


def photographs() -> list[Photograph]:
    with (FOLDER / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["symbology"] in {*COUNTER, "NONE"}]
    return [photograph(row) for row in rows]


def photograph(row: dict[str, str]) -> Photograph:
    spellings = [(row["symbology"], unescaped(row["expected_text"]))]
    spellings += [(row["symbology"], text) for text in json.loads(row["alt_text"] or "[]")]
    spellings += json.loads(row["also_present"] or "[]")
    right = frozenset(tidied(symbology, text) for symbology, text in spellings if text)
    return Photograph(FOLDER / row["path"], row["symbology"], right)


@pytest.fixture(scope="module")
def all_read() -> list[tuple[Photograph, list[Symbol]]]:
    return [(one, read(load_grey(one.path), OPTIONS)) for one in photographs()]


def test_no_photograph_is_misread(all_read: list[tuple[Photograph, list[Symbol]]]) -> None:
    misread = [
        (one.path.name, symbol.text, symbol.read_by)
        for one, symbols in all_read
        for symbol in symbols
        if not one.has(symbol)
    ]
    assert misread == []


def test_as_many_are_read_as_ever(all_read: list[tuple[Photograph, list[Symbol]]]) -> None:
    counts = Counter(one.symbology for one, symbols in all_read if any(one.has(symbol) for symbol in symbols))
    assert {name: counts[name] for name in AT_LEAST if counts[name] < AT_LEAST[name]} == {}


@pytest.mark.parametrize("turns", TURNED_AT_LEAST)
def test_turned_they_are_read_as_well_and_nothing_is_misread(turns: int) -> None:
    some = [one for one in photographs() if one.symbology != "NONE"][::4]
    answers = [(one, read(np.rot90(load_grey(one.path), turns), OPTIONS)) for one in some]
    assert [(one.path.name, symbol.text) for one, symbols in answers for symbol in symbols if not one.has(symbol)] == []
    assert sum(any(one.has(symbol) for symbol in symbols) for one, symbols in answers) >= TURNED_AT_LEAST[turns]


def test_what_both_engines_read_raw_is_never_lost(all_read: list[tuple[Photograph, list[Symbol]]]) -> None:
    engines = load().present
    if len(engines) < 2:
        pytest.skip("libzbar is not on this machine")
    lost = []
    for one, symbols in all_read:
        if one.symbology not in {"QR", "Code128", "EAN-13", "EAN-8"}:
            continue
        raw = [engine.read(load_grey(one.path), COUNTER) for engine in engines]
        read_raw = all(any(one.has(reading.symbol) for reading in readings) for readings in raw)
        if read_raw and not any(one.has(symbol) for symbol in symbols):
            lost.append(one.path.name)
    assert lost == []
