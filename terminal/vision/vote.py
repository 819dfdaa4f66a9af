"""Agreement across the frames of a stream.

What one frame proves is believed at once. What it leaves in doubt may be proved by another frame read differently
(the other engine, the same bars turned upright), never by the same engine reading the same again. Symbologies with
a weak check, or none, must also have been seen before.
"""

from dataclasses import dataclass

from terminal.model import Symbol, Symbology
from terminal.vision.accept import SELF_CORRECTING, Value, accepted, candidates
from terminal.vision.options import Options
from terminal.vision.symbol import Reading

_FRAMES = 15  # half a second
_WEAK = frozenset({Symbology.ITF, Symbology.UPCE, Symbology.CODE39, Symbology.MICRO_QR})

Way = tuple[str, str]  # engine and step


@dataclass(frozen=True, slots=True)
class Proof:
    """A reading, and the last frame in which its value was read in this way."""

    reading: Reading
    frame: int


class Vote:
    """Remembers how each value was read in the last half second: by which engine, from what kind of crop."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._frame = 0
        self._proofs: dict[Value, dict[Way, Proof]] = {}

    def doubtful(self, readings: list[Reading]) -> list[Symbol]:
        """What neither these readings nor the last half second prove."""
        if all(reading.symbol.symbology in SELF_CORRECTING for reading in readings):
            return []
        found = candidates([*readings, *self._before(readings)], self._options)
        return [one.symbol for one in found if not one.is_sure]

    def cast(self, readings: list[Reading]) -> list[Symbol]:
        """The symbols to believe among this frame's readings, which are remembered."""
        before = self._before(readings)
        seen = {_value(reading.symbol) for reading in before}
        self._remember(readings)
        believed = accepted([*readings, *before], self._options)
        return [symbol for symbol in believed if symbol.symbology not in _WEAK or _value(symbol) in seen]

    def _before(self, readings: list[Reading]) -> list[Reading]:
        """How the same values were read earlier."""
        values = {_value(reading.symbol) for reading in readings}
        return [proof.reading for value in values for proof in self._proofs.get(value, {}).values()]

    def _remember(self, readings: list[Reading]) -> None:
        self._frame += 1
        for reading in readings:
            ways = self._proofs.setdefault(_value(reading.symbol), {})
            ways[reading.engine, reading.symbol.read_by] = Proof(reading, self._frame)
        oldest = self._frame - _FRAMES
        for value, ways in list(self._proofs.items()):
            self._proofs[value] = {way: proof for way, proof in ways.items() if proof.frame > oldest}
            if not self._proofs[value]:
                del self._proofs[value]


def _value(symbol: Symbol) -> Value:
    return symbol.symbology, symbol.text
