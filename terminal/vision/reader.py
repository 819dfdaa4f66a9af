"""Pixels to symbols: the stages by name, in order.

A still picture is read as hard as it takes (`read`). A stream is idle for most of its life, so in `Reader` each stage
decides whether the next is worth its price:

    gate        is anything new?
    track       what was read a moment ago, where it should be by now, in the way that read it
    locate      where else might a code be?
    read        what was located; what was tried in vain is tried again in harder ways by turns
    look twice  other crops of the same bars, and the other engine, before bars are believed
    vote        what is believed, across frames
"""

from collections.abc import Iterator
from dataclasses import replace

from terminal.model import Point, Symbol
from terminal.vision import hold, rectify
from terminal.vision.accept import covers, middle
from terminal.vision.box import Box, merged
from terminal.vision.engines import load
from terminal.vision.gate import Gate
from terminal.vision.ladder import SMALL
from terminal.vision.locate import Kind, Region, regions
from terminal.vision.options import Options
from terminal.vision.rectify import Crop
from terminal.vision.stills import checked, look_at, read
from terminal.vision.symbol import MATRIX, Grey, Reading
from terminal.vision.track import Track, Tracks, Tries
from terminal.vision.vote import Vote

__all__ = ["Reader", "read"]

_LOCATE_EVERY = 10  # frames: while all that is known is being read, how often to look for more
_EAGER = 20  # frames
_SELDOM = 3  # frames
_FINE_EVERY = 3  # frames: how often places are looked for at full size and not at half
_EVERYTHING_EVERY = 150  # frames: how often an idle view is read as a whole, in case the gate missed something
_MARGIN = 24  # pixels
_VIEWS = 3  # new parts of the view, for one frame
_REGIONS = 3
_SLOW = 2.0  # pixels from frame to frame: less is no sweep
_SWEPT = 0.33  # edges one way are twice as strong as the other
_SQUARE = 0.6  # of its longer side
_LEAST = 80  # pixels
_OWN_AT = (6, 48)  # tries
_WAYS = (("zxing", "upright"), ("zxing", "sharpened"), ("zbar", "sharper"), ("zxing", "band"))


class Reader:
    """Reads a stream of frames; used by one thread at a time.

    `glance` is given each frame small and says whether it is worth having in full; `study` then reads it. `look`
    does both. `located` holds the boxes in which the last studied frame might have had codes.
    """

    def __init__(self, options: Options | None = None) -> None:
        self.located: list[Box] = []
        self._gate = Gate()
        self._frame = 0
        self._news: list[Box] = []  # in parts of the small picture
        self._small_height = 1
        self._tracks, self._tries = Tracks(), Tries()
        self._vain = 0  # frames in a row in which there was something new and nothing was read
        self.options = options or Options()

    @property
    def options(self) -> Options:
        return self._options

    @options.setter
    def options(self, options: Options) -> None:
        """What to look for from the next frame on, which is looked at as a whole; codes in view stay known."""
        self._options = options
        engines = load(options.engine)
        self._engines, self._own_engine = engines.present, engines.own
        self._vote = Vote(options)
        self._everything_at = self._frame + 1

    def look(self, grey: Grey) -> list[Symbol]:
        """The codes to believe in the next frame, (H, W) uint8."""
        return self.study(grey) if self.glance(checked(grey)[4::8, 4::8]) else []

    def glance(self, small: Grey) -> bool:
        """Whether the next frame, seen here at an eighth of its size, may show anything to read."""
        self._frame += 1
        self._small_height = max(1, small.shape[0])
        self._news = self._gate.changed(small)
        if not self._news:
            self._vain = 0
        return bool(self._news or self._tracks.of(self._frame)) or self._frame >= self._everything_at

    def study(self, grey: Grey) -> list[Symbol]:
        """The codes to believe in the frame that was glanced at."""
        grey = checked(grey)
        if not grey.size:
            return []
        readings, is_all = self._known_places(grey)
        if (self._frame % _LOCATE_EVERY == 0) if is_all else self._is_worth_a_look:
            readings += self._located_places(grey, readings)
        self._vain = 0 if readings else self._vain + 1
        if self._frame >= self._everything_at:
            self._everything_at = self._frame + _EVERYTHING_EVERY
            readings += [] if readings else self._everything(grey)
        readings += self._second_looks(grey, readings)
        for reading in readings:
            self._tracks.read(reading, self._frame)
        return self._vote.cast(readings)

    # --- what is known -----------------------------------------------------------------------------------

    def _known_places(self, grey: Grey) -> tuple[list[Reading], bool]:
        """What is read where codes should be, and whether that is all there is to expect."""
        readings: list[Reading] = []
        missed = 0
        tracks = self._tracks.of(self._frame)
        for track in tracks:
            place = middle(track.at(self._frame).corners)
            if not any(covers(reading.symbol.corners, place) for reading in readings):
                found = self._again(grey, track)
                missed += not found
                readings += found
        return readings, bool(readings) and not missed

    def _again(self, grey: Grey, track: Track) -> list[Reading]:
        """A known code where it should be, in the way that read it last, then in others."""
        symbol = track.at(self._frame)
        if symbol.symbology in MATRIX:
            return self._read(rectify.again(grey, symbol, "cut")) or self._swept_again(grey, symbol, track.velocity)
        way = track.reading.engine, symbol.read_by
        crop = rectify.again(grey, symbol, symbol.read_by)
        line = hold.line(crop.pixels)
        if track.reading.engine == "own":
            return self._held(track, symbol, crop, line)
        for name, step in [way, *(one for one in _WAYS if one != way)]:
            now = crop if step == symbol.read_by else rectify.again(grey, symbol, step)
            engines = [engine for engine in self._engines if engine.name == name]
            if found := look_at(now, engines, self._options):
                for reading in found:
                    self._tracks.read(reading, self._frame, line if now is crop else hold.line(now.pixels))
                return found
        return self._held(track, symbol, crop, line)

    def _held(self, track: Track, symbol: Symbol, crop: Crop, line: hold.Line) -> list[Reading]:
        """The last reading, where its bars are now, if they are still there."""
        way = None if track.line is None else hold.moved(track.line, line)
        if way is None:
            return []
        x, y = way * crop.to_frame[:, 0]
        first, second, third, fourth = ((cx + x, cy + y) for cx, cy in symbol.corners)
        reading = self._tracks.hold(track, replace(symbol, corners=(first, second, third, fourth)), self._frame)
        return [reading] if reading else []

    def _swept_again(self, grey: Grey, symbol: Symbol, velocity: Point) -> list[Reading]:
        x, y = abs(velocity[0]), abs(velocity[1])
        if max(x, y) < _SLOW:
            return []
        box = Box.around(symbol.corners).grown(_MARGIN + round(max(x, y))).within(grey)
        return self._read(rectify.unswept(grey, box, along_x=x > y))

    # --- what is new -------------------------------------------------------------------------------------

    @property
    def _is_worth_a_look(self) -> bool:
        """On every frame at first; on every third where nothing was read for a while."""
        return self._vain < _EAGER or self._frame % _SELDOM == 0

    def _located_places(self, grey: Grey, known: list[Reading]) -> list[Reading]:
        """What looks like a code in the parts of the view that are new, and is none of the known ones."""
        places = list(self._places(grey, [Box.around(reading.symbol.corners) for reading in known]))
        places.sort(key=lambda place: -place.strength)
        self.located = [place.box.grown(_MARGIN).within(grey) for place in places]
        readings = [reading for place in places[:_REGIONS] for reading in self._tried(grey, place)]
        swept = next((place for place in places if _may_be_swept(place)), None)
        if swept and not readings and not known:
            box = swept.box.grown(_MARGIN).within(grey)
            return self._read(rectify.unswept(grey, box, along_x=swept.bias < 0))
        return readings

    def _places(self, grey: Grey, known: list[Box]) -> Iterator[Region]:
        shrink = 1 if self._frame % _FINE_EVERY == 0 else 2
        scale = grey.shape[0] / self._small_height
        views = merged(box.scaled(scale).grown(_MARGIN).within(grey) for box in self._news)
        for view in sorted(views, key=lambda view: -view.area)[:_VIEWS]:
            part = rectify.shrunk(view.of(grey), shrink)
            there = [box.grown(box.size // 6).moved(-view.left, -view.top).scaled(1 / shrink) for box in known]
            yield from (place.placed(shrink, view.left, view.top) for place in regions(part, there))

    def _tried(self, grey: Grey, place: Region) -> list[Reading]:
        """What is read in a place: as it is, and if it was tried before, in one of the harder ways by turns."""
        tries = self._tries.count(place, self._frame)
        if tries is None:
            return []
        readings = self._bars(grey, place, tries) if place.kind is Kind.BARS else self._matrix(grey, place, tries)
        if not readings:
            self._tries.add(place, self._frame)
        return readings

    def _bars(self, grey: Grey, place: Region, tries: int) -> list[Reading]:
        crop = rectify.upright(grey, place)
        if not rectify.is_striped(crop):
            return []
        readings = self._read(crop)
        if readings or not tries:
            return readings
        match tries % 3:
            case 1:
                return self._read(rectify.sharpened(grey, place))
            case 2:
                return look_at(rectify.sharpened(grey, place, "sharper"), self._engines[1:], self._options)
            case _:
                return look_at(crop, self._engines[1:], self._options) or self._own(grey, place, tries)

    def _own(self, grey: Grey, place: Region, tries: int) -> list[Reading]:
        """Our own reader takes as long as hundreds of other looks: once, and where that was in vain, much later."""
        if tries not in _OWN_AT:
            return []
        crop = rectify.upright(grey, place)
        readings = look_at(crop, self._own_engine, self._options)
        for reading in readings:
            line = hold.line(rectify.again(grey, reading.symbol, "upright").pixels)
            self._tracks.read(reading, self._frame, line)
        return readings

    def _matrix(self, grey: Grey, place: Region, tries: int) -> list[Reading]:
        box = place.box.grown(_MARGIN).within(grey)
        readings = self._read(replace(rectify.cut(grey, box), suits=MATRIX))
        if not readings and tries % 2 and place.box.size <= SMALL:
            return self._read(rectify.enlarged(grey, box))
        return readings

    def _everything(self, grey: Grey) -> list[Reading]:
        return [reading for crop in (rectify.smaller(grey), rectify.thinned(grey)) for reading in self._read(crop)]

    # --- what is to be believed ----------------------------------------------------------------------------

    def _second_looks(self, grey: Grey, readings: list[Reading]) -> list[Reading]:
        """Bars that were read and do not convince, from other crops, by one engine after the other."""
        more: list[Reading] = []
        for engine, look in ((0, rectify.along), (1, rectify.along), (0, rectify.band)):
            doubtful = [one for one in self._vote.doubtful([*readings, *more]) if one.symbology not in MATRIX]
            if not doubtful:
                break
            crops, engines = [look(grey, one) for one in doubtful[:_REGIONS]], self._engines[engine : engine + 1]
            more += [reading for crop in crops for reading in look_at(crop, engines, self._options)]
        return more

    def _read(self, crop: Crop) -> list[Reading]:
        return look_at(crop, self._engines[:1], self._options)


def _may_be_swept(place: Region) -> bool:
    """Whether it may be a matrix code on its way in or out: as high as wide, with hardly an edge across its way."""
    width, height = place.box.right - place.box.left, place.box.bottom - place.box.top
    return abs(place.bias) > _SWEPT and min(width, height) > max(_SQUARE * max(width, height), _LEAST)
