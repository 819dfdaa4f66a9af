"""Agreement across the frames of a stream.

What one frame proves is believed at once. What it leaves in doubt may be proved by another frame read differently
(the other engine, the same bars turned upright), never by the same engine reading the same again. Symbologies with
a weak check, or none, must also have been seen before.
"""

from collections import deque

from terminal.model import Symbol, Symbology
from terminal.vision.accept import Value, accepted, candidates
from terminal.vision.options import Options
from terminal.vision.symbol import Reading

_FRAMES = 15  # half a second
_WEAK = frozenset({Symbology.ITF, Symbology.UPCE, Symbology.CODE39, Symbology.MICRO_QR})


class Vote:
    """Remembers the readings of the last half second."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._frames: deque[list[Reading]] = deque(maxlen=_FRAMES)

    def doubtful(self, readings: list[Reading]) -> list[Symbol]:
        """What neither these readings nor the last half second prove."""
        found = candidates([*readings, *self._before(readings)], self._options)
        return [one.symbol for one in found if not one.is_sure]

    def cast(self, readings: list[Reading]) -> list[Symbol]:
        """The symbols to believe among this frame's readings, which are remembered."""
        before = self._before(readings)
        self._frames.append(readings)
        seen = {_value(reading.symbol) for reading in before}
        believed = accepted([*readings, *before], self._options)
        return [symbol for symbol in believed if symbol.symbology not in _WEAK or _value(symbol) in seen]

    def _before(self, readings: list[Reading]) -> list[Reading]:
        """Earlier readings of the same values."""
        now = {_value(reading.symbol) for reading in readings}
        return [reading for frame in self._frames for reading in frame if _value(reading.symbol) in now]


def _value(symbol: Symbol) -> Value:
    return symbol.symbology, symbol.text
