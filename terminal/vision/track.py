"""Where things were in the last frames: codes that were read, by their motion; places tried in vain, by how often."""

from dataclasses import dataclass, replace
from math import dist

from terminal.model import Point, Symbol
from terminal.vision.accept import Value, middle, value_of
from terminal.vision.hold import Likeness
from terminal.vision.locate import Region
from terminal.vision.symbol import Reading

_REMEMBERED = 10  # frames for which a code is looked for where it should be by now
_HELD = 90  # frames
_EAGER = 8  # tries of one place before it is left alone at times
_PATIENT = 4  # frames between two later tries
_NEAR = 16.0  # pixels that a place in a hand moves between two tries, and is still the same place


@dataclass(frozen=True, slots=True)
class Track:
    """A code in view: how it was last read, where, and how far it moves from one frame to the next.

    `seen_in` is the last frame in which it was read or held; `held` how many frames it was only held since. `looks` is
    how it looked then.
    """

    reading: Reading
    looks: Likeness
    seen_in: int
    velocity: Point = (0.0, 0.0)
    held: int = 0

    @property
    def value(self) -> Value:
        return value_of(self.reading.symbol)

    def at(self, frame: int) -> Symbol:
        """The symbol where it should be by then."""
        x, y = (one * (frame - self.seen_in) for one in self.velocity)
        first, second, third, fourth = ((cx + x, cy + y) for cx, cy in self.reading.symbol.corners)
        return replace(self.reading.symbol, corners=(first, second, third, fourth))

    def seen_again(self, reading: Reading, looks: Likeness, frame: int, held: int) -> "Track":
        (x, y), (then_x, then_y) = middle(reading.symbol.corners), middle(self.reading.symbol.corners)
        frames = frame - self.seen_in
        velocity = ((x - then_x) / frames, (y - then_y) / frames) if frames else self.velocity
        return Track(reading, looks, frame, velocity, held)


class Tracks:
    """The codes in view."""

    def __init__(self) -> None:
        self._tracks: dict[Value, Track] = {}

    def of(self, frame: int) -> list[Track]:
        """Those that may still be in view; what was not read for a while is forgotten."""
        self._tracks = {key: track for key, track in self._tracks.items() if frame - track.seen_in <= _REMEMBERED}
        return list(self._tracks.values())

    def is_seen(self, reading: Reading, frame: int) -> bool:
        """Whether the code was read or held in this frame: of several ways the first counts."""
        known = self._tracks.get(value_of(reading.symbol))
        return known is not None and known.seen_in == frame

    def read(self, reading: Reading, looks: Likeness, frame: int) -> None:
        """A code was read in this frame."""
        key = value_of(reading.symbol)
        known = self._tracks.get(key)
        self._tracks[key] = known.seen_again(reading, looks, frame, 0) if known else Track(reading, looks, frame)

    def hold(self, track: Track, symbol: Symbol, frame: int) -> Reading | None:
        """A code was not read, but it is still there; None if that has gone on for too long to be believed."""
        if track.held >= _HELD:
            return None
        reading = replace(track.reading, symbol=symbol)
        self._tracks[track.value] = track.seen_again(reading, track.looks, frame, track.held + 1)
        return reading


@dataclass(slots=True)
class _Place:
    centre: Point
    tries: int
    tried_in: int


class Tries:
    """How often each place was tried in vain."""

    def __init__(self) -> None:
        self._places: list[_Place] = []

    def count(self, region: Region, frame: int) -> int | None:
        """How often this place was tried before; None if it is to be left alone in this frame."""
        self._places = [place for place in self._places if frame - place.tried_in <= _REMEMBERED]
        place = self._find(region)
        if place and place.tries >= _EAGER and frame - place.tried_in < _PATIENT:
            return None
        return place.tries if place else 0

    def add(self, region: Region, frame: int) -> None:
        if place := self._find(region):
            place.centre, place.tries, place.tried_in = region.centre, place.tries + 1, frame
        else:
            self._places.append(_Place(region.centre, 1, frame))

    def _find(self, region: Region) -> _Place | None:
        return next((place for place in self._places if dist(place.centre, region.centre) < _NEAR), None)
