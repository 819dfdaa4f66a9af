"""Our own reader of bars behind the shape of the others: slow, and the one that reads what they cannot."""

from terminal.model import Symbol, Symbology
from terminal.vision.linear import BarsReading, candidates
from terminal.vision.symbol import BARS, Grey, Reading, as_printed


class Own:
    """Reads bars that stand upright, one line of codes a crop. Its `quality` is the surety of a `BarsReading`."""

    name = "own"

    def read(self, grey: Grey, wanted: frozenset[Symbology], *, thorough: bool = True) -> list[Reading]:
        del thorough
        found = (self._reading(one) for one in candidates(grey, wanted) if wanted & BARS)
        return [reading for reading in found if reading.symbol.symbology in wanted]

    def _reading(self, found: BarsReading) -> Reading:
        symbology, text = as_printed(found.symbology, found.text)
        symbol = Symbol(text, text.encode("latin-1", "replace"), symbology, found.aim, found.corners)
        return Reading(symbol, self.name, int(found.surety))
