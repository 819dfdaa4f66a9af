"""Which goods a camera has in view: a pack counts once, from when it comes until it has gone.

A camera tells what it sees with every picture. A scanner's trigger is pulled once for each piece: it is not asked here.
"""

from dataclasses import dataclass, replace
from enum import Enum

GONE_S = 1.0  # not seen for so long, a pack has left; makers of scanners say 0.4 to 1 s, and a hand hides bars at times
LINGERS_S = 1.5  # in view for so long, it may be meant to count again


class Sight(Enum):
    NEW = "new"
    STILL = "still"
    LINGERS = "lingers"  # told once


@dataclass(frozen=True, slots=True)
class _Seen:
    came_s: float
    last_s: float
    is_told: bool = False


class InView:
    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def see(self, gtin: str, taken_s: float) -> Sight:
        """It is in the picture that was taken then (the machine's monotonic seconds)."""
        self._seen = {one: seen for one, seen in self._seen.items() if taken_s - seen.last_s < GONE_S}
        known = self._seen.get(gtin)
        if known is None:
            self._seen[gtin] = _Seen(taken_s, taken_s)
            return Sight.NEW
        lingers = not known.is_told and taken_s - known.came_s >= LINGERS_S
        self._seen[gtin] = replace(known, last_s=taken_s, is_told=known.is_told or lingers)
        return Sight.LINGERS if lingers else Sight.STILL
