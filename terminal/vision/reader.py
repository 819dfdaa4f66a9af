"""Pixels to symbols: the stages by name, in order.

A still picture is read as hard as it takes (`read`). A stream is idle for most of its life, so in `Reader` each stage
decides whether the next is worth its price:

    gate        is anything new?
    hold        is what was read a moment ago still there? If it does not look so, it is read again
    locate      where else might a code be?
    read        what was located; what was tried in vain is tried again in harder ways by turns
    look twice  other crops of the same bars, and the other engine, before bars are believed
    vote        what is believed, across frames
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from terminal.model import Symbol, Unread
from terminal.vision import extent, hold, rectify
from terminal.vision.accept import MARGIN_ENOUGH, Value, covers, middle, value_of
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
from terminal.vision.unread import Wondering
from terminal.vision.vote import Vote

__all__ = ["Reader", "read"]

_REREAD_EVERY = 30  # frames for which a code is only watched
_LOCATE_EVERY = 16  # frames: while all that is known is being read, how often to look for more
_EAGER = 20  # frames
_PATIENT = 18  # second looks
_SELDOM, _SELDOM_AT_LAST = 3, 5  # frames
_FINE_EVERY = 3  # frames: how often places are looked for at full size and not at half
_EVERYTHING_EVERY = 150  # frames: how often an idle view is read as a whole, in case the gate missed something
_MARGIN = 24  # pixels
_VIEWS = 3  # new parts of the view, for one frame
_REGIONS = 3
_SLOW = 2.0  # pixels from frame to frame: less is no sweep
_SWEPT = (0.33, 0.88)  # edges one way are twice as strong as the other and more, though not as in bars
_SQUARE = 0.6  # of its longer side
_LEAST = 80  # pixels
_LARGE = 400  # pixels: more than a code alone, or one with modules of ten pixels
_OWN_SHORTEST, _OWN_LONGEST = 6, 54  # frames
_WAYS = (("zxing", "upright"), ("zxing", "sharpened"), ("zbar", "sharper"), ("zxing", "band"))


class Reader:
    """Reads a stream of frames; used by one thread at a time.

    `glance` is given each frame small and says whether it is worth having in full; `study` then reads it. `look`
    does both. `located` holds the boxes in which the last studied frame might have had codes, `unread` why none of
    them was read for a while.
    """

    def __init__(self, options: Options | None = None) -> None:
        self.located: list[Box] = []
        self._gate = Gate()
        self._frame = 0
        self._news: list[Box] | None = []  # in parts of the small picture; None until somebody asks the gate
        self._small_height = 1
        self._shape: tuple[int, ...] = (0, 0)
        self._tracks, self._tries = Tracks(), Tries()
        self._own_due, self._own_pause = 0, _OWN_SHORTEST  # the frame from which on, frames
        self._believed: set[Value] = set()  # of what is tracked
        self._doubts = Counter[Value]()  # looks at what was read and did not convince
        self._vain = 0  # frames in a row in which there was something new and nothing was read
        self._wondering = Wondering()
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

    @property
    def unread(self) -> Unread | None:
        return self._wondering.answer

    def look(self, grey: Grey) -> list[Symbol]:
        """The codes to believe in the next frame, (H, W) uint8."""
        return self.study(grey) if self.glance(checked(grey)[4::8, 4::8]) else []

    def glance(self, small: Grey) -> bool:
        """Whether the next frame, seen here at an eighth of its size, may show anything to read."""
        self._frame += 1
        self._small_height = max(1, small.shape[0])
        differs, is_known = self._gate.differs(small), bool(self._tracks.of(self._frame))
        self._news = [] if not differs else None if is_known else self._gate.heaps()
        if self._news == []:
            self._vain = 0
            self._doubts.clear()
            self._own_pause = _OWN_SHORTEST
            self.located = []
            self._wondering.forget(small)
        return is_known or self._news != [] or self._frame >= self._everything_at

    def study(self, grey: Grey) -> list[Symbol]:
        """The codes to believe in the frame that was glanced at."""
        grey = checked(grey)
        if grey.shape != self._shape:
            self._shape, self._tracks = grey.shape, Tracks()
        if not grey.size:
            return []
        readings, is_all = self._known_places(grey)
        if (self._frame % _LOCATE_EVERY == 0) if is_all else self._is_worth_a_look:
            readings += self._located_places(grey, readings)
        self._vain = 0 if readings else self._vain + 1
        if readings:
            self._wondering.is_read()
        if self._frame >= self._everything_at:
            self._everything_at = self._frame + _EVERYTHING_EVERY
            readings += [] if readings else self._everything(grey)
        readings += self._second_looks(grey, readings)
        for reading in readings:
            if not self._tracks.is_seen(reading, self._frame):
                self._tracks.read(reading, hold.likeness(grey, reading.symbol), self._frame)
        symbols = self._vote.cast(readings)
        tracked = {track.value for track in self._tracks.of(self._frame)}
        self._believed = self._believed & tracked | set(map(value_of, symbols))
        return symbols

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
        """A known code where it should be: by its looks, read as it was last, by its swept looks, read otherwise."""
        symbol, is_believed = track.at(self._frame), track.value in self._believed
        is_due = track.held % _REREAD_EVERY == _REREAD_EVERY - 1
        if is_believed and not is_due and (there := hold.still(grey, track.looks, symbol)):
            return self._held(track, there)
        if found := self._read_again(grey, symbol, (track.reading.engine, symbol.read_by)):
            return found
        moved = hold.swept(grey, track.looks, symbol, track.velocity) if is_believed else None
        if moved or symbol.symbology in MATRIX:
            return self._held(track, moved)
        return self._read_again(grey, symbol, _WAYS[self._frame % len(_WAYS)])

    def _held(self, track: Track, there: Symbol | None) -> list[Reading]:
        reading = there and self._tracks.hold(track, there, self._frame)
        return [reading] if reading else []

    def _read_again(self, grey: Grey, symbol: Symbol, way: tuple[str, str]) -> list[Reading]:
        if symbol.symbology in MATRIX:
            return self._read(rectify.again(grey, symbol, "cut"))
        name, step = way
        engines = [engine for engine in self._engines if engine.name == name]
        found = look_at(rectify.again(grey, symbol, step), engines, self._options)
        return [extent.as_high_as(reading, extent.bars(symbol)) for reading in found]

    # --- what is new -------------------------------------------------------------------------------------

    @property
    def _is_worth_a_look(self) -> bool:
        """On every frame at first, ever more seldom where nothing was read for a while."""
        return self._frame % min(1 + self._vain // _EAGER, _SELDOM_AT_LAST) == 0

    def _located_places(self, grey: Grey, known: list[Reading]) -> list[Reading]:
        """What looks like a code in the parts of the view that are new, and is none of the known ones."""
        places = list(self._places(grey, [Box.around(reading.symbol.corners) for reading in known]))
        places.sort(key=lambda place: -place.strength)
        self.located = [place.box.grown(_MARGIN).within(grey) for place in places]
        readings = [reading for place in places[:_REGIONS] for reading in self._tried(grey, place)]
        swept = next((place for place in places if _may_be_swept(place)), None)
        if swept and not readings and not known and self._vain < _EAGER:
            box = swept.box.grown(_MARGIN).within(grey)
            return self._read(rectify.unswept(grey, box, along_x=swept.bias < 0))
        if not readings and not known:
            self._wondering.wonder(grey, places, self._frame, self._vain)
        return readings

    def _places(self, grey: Grey, known: list[Box]) -> Iterator[Region]:
        shrink = 1 if self._frame % _FINE_EVERY == 0 else 2
        scale = grey.shape[0] / self._small_height
        news = self._gate.heaps() if self._news is None else self._news
        views = merged(box.scaled(scale).grown(_MARGIN).within(grey) for box in news)
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
        readings = self._read(crop) or self._read(rectify.rows(grey, place.box))
        readings = readings or self._harder(grey, place, crop, tries)
        return [extent.as_high_as(reading, extent.trimmed(place, crop, reading)) for reading in readings]

    def _harder(self, grey: Grey, place: Region, crop: Crop, tries: int) -> list[Reading]:
        """Another way by turns, and where all were in vain our own reader."""
        match tries % 3:
            case 0:
                return look_at(crop, self._engines[1:], self._options)
            case 1:
                return self._read(rectify.sharpened(grey, place))
            case _:
                sharper = rectify.sharpened(grey, place, "sharper")
                return look_at(sharper, self._engines[1:], self._options) or self._own(crop)

    def _own(self, crop: Crop) -> list[Reading]:
        """Our own reader takes as long as a dozen other looks: three times more seldom each time."""
        if self._frame < self._own_due or self._believed:
            return []
        self._own_due, self._own_pause = self._frame + self._own_pause, min(3 * self._own_pause, _OWN_LONGEST)
        found = look_at(crop, self._own_engine, self._options)
        return [reading for reading in found if reading.quality >= MARGIN_ENOUGH]

    def _matrix(self, grey: Grey, place: Region, tries: int) -> list[Reading]:
        """As it is; every second time what is large in a smaller size, and what is small in a larger one as well."""
        box = place.box.grown(_MARGIN).within(grey)
        if place.box.size > _LARGE and tries % 2 == 0:
            return self._read(rectify.halved(grey, box))
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
            doubtful = [one for one in self._vote.doubtful([*readings, *more]) if self._is_worth_another(one)]
            if not doubtful:
                break
            self._doubts.update(map(value_of, doubtful))
            crops, engines = [look(grey, one) for one in doubtful[:_REGIONS]], self._engines[engine : engine + 1]
            more += [reading for crop in crops for reading in look_at(crop, engines, self._options)]
        return more

    def _is_worth_another(self, symbol: Symbol) -> bool:
        """Bars: always at first, at times where many looks convinced of nothing."""
        is_fresh = self._doubts[value_of(symbol)] < _PATIENT or self._frame % _SELDOM == 0
        return symbol.symbology not in MATRIX and is_fresh

    def _read(self, crop: Crop) -> list[Reading]:
        return look_at(crop, self._engines[:1], self._options)


def _may_be_swept(place: Region) -> bool:
    """Whether it may be a matrix code on its way in or out: as high as wide, with hardly an edge across its way."""
    width, height = place.box.right - place.box.left, place.box.bottom - place.box.top
    is_square = max(_SQUARE * max(width, height), _LEAST) < min(width, height) and place.box.size < _LARGE
    return is_square and _SWEPT[0] < abs(place.bias) < _SWEPT[1]
