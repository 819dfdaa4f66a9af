"""What to look at in one picture, and with which engine, the cheapest gain first.

Most pictures are read by the first rungs, at a seventh of zxing-cpp's price: a matrix code in a smaller copy, bars in
every few rows. What is left is located and turned upright, sharpened, looked for at every angle and size, given to our
own reader of bars, pressed flat, and at last given to both engines with the contrast of the whole picture restored. Of
437 photographs 280 are read as they lie, 71 once turned, 20 sharpened or at every angle, 30 by our own reader, 5
flattened, 7 with their contrast restored; docs/reading.md has what each costs.
Each rung also brings misreads, which is what `accept` is for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from terminal.vision import rectify
from terminal.vision.accept import Findings, middle
from terminal.vision.box import Box
from terminal.vision.bulge import flattened
from terminal.vision.engines import Engine, Engines
from terminal.vision.locate import BLOCK, Kind, Region, regions
from terminal.vision.rectify import Crop
from terminal.vision.symbol import BARS, MATRIX, Grey

SMALL = 250  # pixels: a matrix code of this size has modules enough to be read as it is
_LARGEST = 4000  # pixels a side: beyond it places are looked for in a smaller copy
_SHRINKS = (2, 1)  # half as large is quick; at full size fine bars are found
_FEW_ROWS = 30
_PLACES = 4
_OWN_PLACES = 2
_MOST = 0.3  # of the picture
_GLANCE = 24  # rows of a place tell whether it has stripes as well as all of them do

Rung = tuple[Crop, Sequence[Engine]]


def ladder(grey: Grey, findings: Findings, engines: Engines) -> Iterator[Rung]:
    """Crops of a (H, W) uint8 picture to try, and with which engines, as long as `findings` leave something to find."""
    yield from _as_it_lies(grey, findings, engines)
    if _is_all(grey, findings):
        return
    bars: list[Region] = []
    places: list[Region] = []
    for shrink in _SHRINKS:
        places = list(_places(grey, findings, shrink))
        bars = [place for place in places if place.kind is Kind.BARS][:_PLACES]
        bars = [place for place in bars if rectify.is_striped(rectify.upright(grey, place, _GLANCE))]
        yield from _turned(grey, bars, findings, engines)
        if findings.are_settled and all(_is_read(place, findings) for place in bars):
            return
    if not findings.are_settled:
        matrices = [place for place in places if place.kind is Kind.MATRIX]
        yield from _stubbornly(grey, bars, matrices, findings, engines)


def _as_it_lies(grey: Grey, findings: Findings, engines: Engines) -> Iterator[Rung]:
    """The whole picture, with as few pixels as most codes need."""
    quick = engines.present[:1]
    yield rectify.smaller(grey), quick
    yield rectify.thinned(grey, _FEW_ROWS), quick
    if not findings.symbols and not findings.doubtful:
        yield rectify.thinned(grey), quick
    yield from _second_looks(grey, findings, engines)


def _stubbornly(
    grey: Grey, bars: list[Region], matrices: list[Region], findings: Findings, engines: Engines
) -> Iterator[Rung]:
    """All else that has ever helped, until one thing does."""
    for rung in _harder(grey, bars, findings, engines):
        yield rung
        if findings.are_settled:
            return
    for crop in _hardest(grey, bars, matrices, engines):
        if findings.symbols:
            return
        yield crop, engines.present[:1]
        if crop.suits <= BARS or findings.doubtful:
            yield crop, engines.present[1:]


def _second_looks(grey: Grey, findings: Findings, engines: Engines) -> Iterator[Rung]:
    """Along each line of bars that was read and is still in doubt."""
    for symbol in findings.doubtful[:_PLACES]:
        if symbol.symbology not in MATRIX:
            yield rectify.along(grey, symbol), engines.present


def _places(grey: Grey, findings: Findings, shrink: int) -> Iterator[Region]:
    """What looks like a code and was not read, looked for in a copy smaller by `shrink` or more."""
    shrink *= -(-max(grey.shape) // _LARGEST)
    known = [box.scaled(1 / shrink) for box in _known(findings)]
    return (place.placed(shrink) for place in regions(rectify.shrunk(grey, shrink), known))


def _known(findings: Findings) -> list[Box]:
    """Where symbols were read, with some of what is around them."""
    return [box.grown(box.size // 4) for box in (Box.around(symbol.corners) for symbol in findings.symbols)]


def _is_all(grey: Grey, findings: Findings) -> bool:
    """Whether nothing is in doubt, and what was read leaves little room for anything else."""
    return findings.are_settled and sum(box.within(grey).area for box in _known(findings)) > _MOST * grey.size


def _is_read(place: Region, findings: Findings) -> bool:
    return any(place.box.holds(middle(symbol.corners)) for symbol in findings.symbols)


def _turned(grey: Grey, bars: list[Region], findings: Findings, engines: Engines) -> Iterator[Rung]:
    """Bars as they stand once upright."""
    for place in bars:
        crop = rectify.upright(grey, place)
        yield crop, engines.present[:1]
        yield from _second_looks(grey, findings, engines)
        if not findings.are_settled:
            yield crop, engines.present[1:]
            yield from _second_looks(grey, findings, engines)
        if _is_all(grey, findings):
            return


def _harder(grey: Grey, bars: list[Region], findings: Findings, engines: Engines) -> Iterator[Rung]:
    for place in bars:
        yield rectify.sharpened(grey, place), engines.present[:1]
        yield rectify.sharpened(grey, place, "sharper"), engines.present[1:]
        yield from _second_looks(grey, findings, engines)
    everything = replace(rectify.whole(grey), thorough=True)
    yield everything, engines.present[:1]
    yield from _second_looks(grey, findings, engines)
    if bars or findings.doubtful:
        yield everything, engines.present[1:]
    crops = [rectify.upright(grey, place) for place in bars[:_OWN_PLACES]]
    edges = [edge for crop in crops[:1] for edge in _edges(crop)]
    yield from ((crop, engines.own) for crop in (*crops, *edges))


def _edges(crop: Crop) -> Iterator[Crop]:
    """The upper and the lower third of upright bars: glare or a fold often spoils only some of their rows."""
    height = crop.pixels.shape[0]
    for step, top in (("upper", 0), ("lower", height - height // 3)):
        down = crop.to_frame @ np.array([[1.0, 0.0, 0.0], [0.0, 1.0, top], [0.0, 0.0, 1.0]])
        yield replace(crop, pixels=crop.pixels[top : top + height // 3], to_frame=down, step=step)


def _hardest(grey: Grey, bars: list[Region], matrices: list[Region], engines: Engines) -> Iterator[Crop]:
    if matrices:
        for corners in sorted(engines.bent_qrs(grey), key=lambda corners: -Box.around(corners).area)[:1]:
            yield from flattened(grey, corners)
    for place in bars:
        wide = rectify.stretched(grey, place)
        yield from (rectify.cleared(wide), wide)
    yield rectify.cleared(rectify.whole(grey))
    yield rectify.evened(rectify.whole(grey))
    for place in [place for place in matrices if place.box.size <= SMALL][:_PLACES]:
        yield rectify.enlarged(grey, place.box.grown(2 * BLOCK).within(grey))
