"""Labelled pictures: the photographs of a manifest; where there is none, drawn ones, so that a run means something."""

import csv
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from benchmarks.peers import Grey
from benchmarks.score import value
from firmware_sim.drawing import codes
from firmware_sim.drawing.counter import Noise, empty_counter
from terminal.model import Symbology
from terminal.scanning.pictures import load_grey

MANIFEST = Path(__file__).parents[2] / "shared/data/barcodes/manifest.csv"
NO_CODE = "NONE"
# What the labels forget: this picture shows a QR inside a QR.
_ALSO_THERE = {"QR/zxing-qrcode-2/16.png": [("QR", "[内側QRコード]*ダブルQR*http://d-qr.net/ex/")]}
_SIZE = (800, 600)
_DRAWN = {
    Symbology.QR: "134567890123456789",
    Symbology.CODE128: "284567890123456789",
    Symbology.EAN13: "6901234567892",
    Symbology.EAN8: "69012341",
    Symbology.UPCA: "012345678905",
    Symbology.ITF: "16901234567899",
    Symbology.CODE39: "SAOMA-39",
}
_EACH = 6  # drawn pictures of a symbology, and of an empty counter

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Photograph:
    """One picture and what is in it.

    `expected` holds the right spellings of its code, as `score.value` spells them, none if it has no code; `present`
    the further codes that really are there.
    """

    name: str
    symbology: str
    expected: frozenset[str]
    present: frozenset[str]
    load: Callable[[], Grey]


def photographs(manifest: Path) -> list[Photograph]:
    """The pictures of a manifest.csv, in its order; its README tells the columns."""
    with manifest.open(encoding="utf-8", newline="") as lines:
        return [_photograph(manifest.parent, row) for row in csv.DictReader(lines)]


def _photograph(folder: Path, row: dict[str, str]) -> Photograph:
    symbology = row["symbology"]
    spellings = [unescaped(row["expected_text"]), *json.loads(row["alt_text"] or "[]")]
    others = [*json.loads(row["also_present"] or "[]"), *_ALSO_THERE.get(row["path"], ())]
    return Photograph(
        name=row["path"],
        symbology=symbology,
        expected=frozenset() if symbology == NO_CODE else frozenset(value(symbology, text) for text in spellings),
        present=frozenset(value(kind, text) for kind, text in others),
        load=lambda: load_grey(folder / row["path"]),
    )


def unescaped(text: str) -> str:
    """The manifest's backslashes: n, r, t, the backslash itself, and x with two hexadecimal digits."""
    letters = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
    return re.sub(r"\\([nrt\\]|x[0-9A-Fa-f]{2})", lambda found: _letter(letters, found[1]), text)


def _letter(letters: dict[str, str], escape: str) -> str:
    return letters.get(escape) or chr(int(escape[1:], 16))


def spread(items: Sequence[Item], limit: int | None) -> list[Item]:
    """At most `limit` of them, taken evenly from all, so that each symbology keeps its share."""
    if limit is None or limit >= len(items):
        return list(items)
    return [items[index * len(items) // limit] for index in range(limit)]


def drawn(seed: int = 1) -> list[Photograph]:
    """Codes on a card on a counter, turned, out of focus and noisy, by encoders that are none of the readers'."""
    kinds: list[Symbology | None] = [*_DRAWN, None]
    return [_drawn(seed, kind, index) for kind in kinds for index in range(_EACH)]


def _drawn(seed: int, symbology: Symbology | None, index: int) -> Photograph:
    if symbology is None:
        return Photograph(f"empty-{index}", NO_CODE, frozenset(), frozenset(), lambda: _scene(seed, None, index))
    expected = frozenset({value(symbology, _DRAWN[symbology])})
    return Photograph(f"{symbology}-{index}", symbology, expected, frozenset(), lambda: _scene(seed, symbology, index))


def _scene(seed: int, symbology: Symbology | None, index: int) -> Grey:
    rng = np.random.default_rng((seed, *(symbology or NO_CODE).encode(), index))
    counter = empty_counter(rng, _SIZE)
    picture = np.asarray(cv2.cvtColor(counter, cv2.COLOR_BGR2GRAY), np.uint8)
    if symbology is not None:
        picture = _with_card(picture, _card(symbology), rng)
    blurred = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 1.5)))
    noise = Noise.draw(rng, _SIZE, float(rng.uniform(2, 6))).of_grey()
    return noise.over(np.asarray(blurred, np.uint8), (0, 0))


def _card(symbology: Symbology) -> Grey:
    """The code at three pixels a module, bars as tall as a third of their width."""
    if symbology is Symbology.QR:
        return np.kron(codes.qr(_DRAWN[symbology]), np.full((5, 5), 1, np.uint8))
    line = codes.bars(symbology.lower().replace("-", ""), _DRAWN[symbology])
    return np.repeat(np.repeat(line[None], len(line), axis=0), 3, axis=1)


def _with_card(picture: Grey, card: Grey, rng: np.random.Generator) -> Grey:
    """The card laid somewhere near the middle, smaller or larger, nearly upright or at any angle."""
    height, width = card.shape
    angle = float(rng.choice((rng.uniform(-12, 12), rng.uniform(0, 360))))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, float(rng.uniform(0.7, 1.2)))
    turn[:, 2] += (_SIZE[0] - width) / 2 + rng.uniform(-60, 60), (_SIZE[1] - height) / 2 + rng.uniform(-40, 40)
    lit = np.rint(40 + card * (170 / 255)).astype(np.uint8)
    there = cv2.warpAffine(np.full_like(card, 255), turn, _SIZE)
    laid = cv2.warpAffine(lit, turn, _SIZE, borderMode=cv2.BORDER_REPLICATE)
    return np.where(there > 127, laid, picture).astype(np.uint8)  # noqa: PLR2004 - half covered
