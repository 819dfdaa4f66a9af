"""Agreement across the frames of a stream.

What one frame proves is believed at once. What it leaves in doubt may be proved by another frame read differently
(the other engine, the same bars turned upright), never by the same engine reading the same again. Symbologies with
a weak check, or none, must also have been seen before.
"""

from dataclasses import dataclass, replace

from terminal.model import Symbol, Symbology
from terminal.vision.accept import SELF_CORRECTING, Value, accepted, candidates, value_of
from terminal.vision.options import Options
from terminal.vision.symbol import Reading

_FRAMES = 15  # half a second
_WEAK = frozenset({Symbology.ITF, Symbology.UPCE, Symbology.CODE39, Symbology.CODABAR, Symbology.MICRO_QR})

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
        seen = {value_of(reading.symbol) for reading in before}
        self._remember(readings)
        believed = accepted([*readings, *before], self._options)
        symbols = [symbol for symbol in believed if symbol.symbology not in _WEAK or value_of(symbol) in seen]
        for symbol in symbols:
            self._keep(value_of(symbol))
        return symbols

    def _keep(self, value: Value) -> None:
        """What is believed stays so as long as it is seen: its proofs are as good as new."""
        ways = self._proofs[value]
        self._proofs[value] = {way: Proof(proof.reading, self._frame) for way, proof in ways.items()}

    def _before(self, readings: list[Reading]) -> list[Reading]:
        """How the same values were read earlier, moved to where they are now."""
        now = {value_of(reading.symbol): reading.symbol.corners for reading in readings}
        return [
            replace(proof.reading, symbol=replace(proof.reading.symbol, corners=corners))
            for value, corners in now.items()
            for proof in self._proofs.get(value, {}).values()
        ]

    def _remember(self, readings: list[Reading]) -> None:
        """Of one way, the reading that speaks for the value most."""
        self._frame += 1
        for reading in readings:
            ways = self._proofs.setdefault(value_of(reading.symbol), {})
            way = reading.engine, reading.symbol.read_by
            before = ways[way].reading if way in ways else reading
            ways[way] = Proof(max(reading, before, key=lambda one: one.quality), self._frame)
        oldest = self._frame - _FRAMES
        for value, ways in list(self._proofs.items()):
            self._proofs[value] = {way: proof for way, proof in ways.items() if proof.frame > oldest}
            if not self._proofs[value]:
                del self._proofs[value]
