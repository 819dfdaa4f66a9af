"""Pixels to symbols: the stages by name, in order.

A still picture is read as hard as it takes (`read`): the whole of it, then the ladder, within a budget that counts
crops and not seconds, so that the same picture always gets the same answer.

A stream is idle for most of its life, so in `Reader` each stage decides whether the next is worth its price:

    gate      is anything new?
    locate    where might a code be?
    read      the last place first, then what was located, then bars turned upright; at times everything
    vote      what is believed, across frames
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from terminal.model import Symbol
from terminal.vision import rectify
from terminal.vision.accept import Findings, covers
from terminal.vision.box import Box, merged
from terminal.vision.engines import Engine, load
from terminal.vision.gate import Gate
from terminal.vision.ladder import SMALL, ladder
from terminal.vision.locate import Kind, Region, regions
from terminal.vision.options import Options
from terminal.vision.rectify import Crop
from terminal.vision.symbol import Grey, Reading, moved
from terminal.vision.vote import Vote

_REMEMBERED = 10  # frames for which the place of a code is looked at first
_LOCATE_EVERY = 4  # frames: while a code is being read, how often to look for another
_BOTH_EVERY = 2  # frames: how often bars that the quicker engine does not read are given to the other one too
_EVERYTHING_EVERY = 150  # frames: how often an idle view is read as a whole, in case the gate missed something
_MARGIN = 24  # pixels
_REGIONS = 6
_CROPS = 3  # of a kind, for one frame
_TURNED = 2
_ENLARGED = 1


def read(grey: Grey, options: Options | None = None) -> list[Symbol]:
    """The codes in a (H, W) uint8 picture of any strides, each value once.

    Raises ValueError for an array of another type or number of dimensions.
    """
    options, grey = options or Options(), checked(grey)
    if not grey.size:
        return []
    findings = Findings(options)
    cheapest, *others = engines = load(options.engine).present
    findings.add(look_at(rectify.whole(grey), [cheapest], options))
    for crop in islice(ladder(grey, findings), options.budget):
        findings.add(look_at(crop, others if crop.step == "whole" else engines, options))
    return findings.symbols


def checked(grey: Grey) -> Grey:
    """The picture itself, or a copy where its strides are none that OpenCV and the engines take."""
    if not isinstance(grey, np.ndarray) or grey.dtype != np.uint8 or grey.ndim != 2:  # noqa: PLR2004
        kind = f"{grey.dtype} {grey.shape}" if isinstance(grey, np.ndarray) else type(grey).__name__
        raise ValueError(f"a picture to read is a (height, width) array of uint8 grey, not {kind}")
    is_plain = grey.strides[1] == 1 and grey.strides[0] >= grey.shape[1]
    return grey if is_plain else np.ascontiguousarray(grey)


def look_at(crop: Crop, engines: Iterable[Engine], options: Options) -> list[Reading]:
    """What each engine reads in the crop, placed in the frame and marked with the crop's step."""
    wanted = options.symbologies & crop.suits
    if not wanted or not crop.pixels.size:
        return []
    found = [reading for engine in engines for reading in engine.read(crop.pixels, wanted)]
    return [_placed(reading, crop) for reading in found]


def _placed(reading: Reading, crop: Crop) -> Reading:
    there = moved(reading, crop.to_frame)
    return replace(there, symbol=replace(there.symbol, read_by=crop.step))


class Reader:
    """Reads a stream of frames; used by one thread at a time.

    `glance` is given each frame small and says whether it is worth having in full; `study` then reads it. `look`
    does both. `located` holds the boxes in which the last studied frame might have had codes.
    """

    def __init__(self, options: Options | None = None) -> None:
        self.located: list[Box] = []
        self._gate = Gate()
        self._frame = 0
        self._news: Box | None = None  # in parts of the small picture
        self._small_height = 1
        self._places: list[_Place] = []
        self.options = options or Options()

    @property
    def options(self) -> Options:
        return self._options

    @options.setter
    def options(self, options: Options) -> None:
        """What to look for from the next frame on; what is known of the view stays known."""
        self._options = options
        self._cheapest, *self._others = load(options.engine).present
        self._vote = Vote(options)

    def look(self, grey: Grey) -> list[Symbol]:
        """The codes to believe in the next frame, (H, W) uint8."""
        return self.study(grey) if self.glance(checked(grey)[4::8, 4::8]) else []

    def glance(self, small: Grey) -> bool:
        """Whether the next frame, seen here at an eighth of its size, may show anything to read."""
        self._frame += 1
        self._small_height = max(1, small.shape[0])
        self._news = self._gate.changed(small)
        self._places = [p for p in self._places if self._frame - p.read_in <= _REMEMBERED]
        return self._news is not None or bool(self._places) or self._is_time_for_everything

    @property
    def _is_time_for_everything(self) -> bool:
        return self._frame % _EVERYTHING_EVERY == 1

    def study(self, grey: Grey) -> list[Symbol]:
        """The codes to believe in the frame that was glanced at."""
        grey = checked(grey)
        if not grey.size:
            return []
        readings = self._last_places(grey)
        if self._news and (not readings or self._frame % _LOCATE_EVERY == 0):
            readings += self._located_places(grey, readings, self._news)
        if not readings and self._is_time_for_everything:
            readings = look_at(rectify.whole(grey), [self._cheapest], self._options)
        readings += self._second_opinions(grey, readings)
        self._remember(readings)
        return self._vote.cast(readings)

    def _last_places(self, grey: Grey) -> list[Reading]:
        """Codes move little between two frames: most are read again near where they were."""
        near = merged(p.box.grown(p.box.size // 3).within(grey) for p in self._places)
        return [reading for box in near for reading in self._cheap(rectify.cut(grey, box))]

    def _located_places(self, grey: Grey, known: list[Reading], news: Box) -> list[Reading]:
        """What looks like a code in the part of the view that is new, and is none of the known ones."""
        view = news.scaled(grey.shape[0] / self._small_height).grown(_MARGIN).within(grey)
        found = [region.moved(view.left, view.top) for region in regions(view.of(grey))[:_REGIONS]]
        fresh = [r for r in found if not any(covers(k.symbol.corners, r.centre) for k in known)]
        self.located = merged(region.box.grown(_MARGIN).within(grey) for region in fresh)
        crops = [rectify.cut(grey, box) for box in self.located]
        readings = [reading for crop in crops[:_CROPS] for reading in self._cheap(crop)]
        unread = [r for r in fresh if not any(covers(one.symbol.corners, r.centre) for one in readings)]
        return readings + self._turned(grey, unread) + self._enlarged(grey, unread)

    def _turned(self, grey: Grey, unread: list[Region]) -> list[Reading]:
        """Bars that lean, upright."""
        turned = (rectify.upright(grey, region) for region in unread if region.kind is Kind.BARS)
        crops = [crop for crop in turned if rectify.is_striped(crop)][:_TURNED]
        engines = [self._cheapest, *(self._others if self._frame % _BOTH_EVERY == 0 else ())]
        return [reading for crop in crops for reading in look_at(crop, engines, self._options)]

    def _enlarged(self, grey: Grey, unread: list[Region]) -> list[Reading]:
        """Matrix codes that are far away."""
        small = [r.box for r in unread if r.kind is Kind.MATRIX and r.box.size <= SMALL][:_ENLARGED]
        crops = [rectify.enlarged(grey, box.grown(_MARGIN).within(grey)) for box in small]
        return [reading for crop in crops for reading in self._cheap(crop)]

    def _second_opinions(self, grey: Grey, readings: list[Reading]) -> list[Reading]:
        """What the other engine makes of each place where the first one alone does not convince."""
        boxes = [Box.around(symbol.corners) for symbol in self._vote.doubtful(readings)]
        crops = [rectify.cut(grey, b.grown(b.size // 4 + _MARGIN).within(grey)) for b in boxes]
        return [r for crop in crops[:_CROPS] for r in look_at(crop, self._others, self._options)]

    def _cheap(self, crop: Crop) -> list[Reading]:
        return look_at(crop, [self._cheapest], self._options)

    def _remember(self, readings: list[Reading]) -> None:
        """Where codes were read in this frame; an older place is kept until one is read there again."""
        fresh = [_Place(box, self._frame) for box in merged(Box.around(r.symbol.corners) for r in readings)]
        older = [p for p in self._places if not any(p.box.meets(f.box) for f in fresh)]
        self._places = [*fresh, *older]


@dataclass(frozen=True, slots=True)
class _Place:
    """A box in which something was read, and in which frame."""

    box: Box
    read_in: int
