"""What goes wrong, and when: drawn from a seed and written down, or read from what was written down.

Every place where something can go wrong asks here, and is counted. What is drawn is kept under the place's number, so
that a run can be told again with some of its mishaps left out: that is how a failure is made small.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

# By place: what may happen there. A fault with a range is drawn with a figure out of it, in seconds.
LINE = (
    "refused",  # no connection stands
    "away",  # nor will one, for a while
    "lost_request",
    "cut_request",  # the connection ends in the middle of it
    "late_request",  # it arrives when nobody listens for its reply any more
    "lost_reply",
    "late_reply",
    "doubled",  # a copy of the request arrives once more, later
    "answered_by_copy",  # and the reply that is heard is the copy's
    "corrupted",  # a bit of the reply is wrong
    "truncated",  # the connection ends in the middle of the reply
    "replayed",  # an earlier reply comes instead
    "redirected",  # somebody on the way says 307
    "bad_signature",
    "wrong_amount",
    "odd_word",
    "error_500",
    "password",
    "cut_before_send",
    "cut_after_send",
    "cut_at_reply",
    "clock_jump",
)
NOTICE = ("notice_lost", "notice_late", "notice_doubled", "notice_forged")
DISK = ("power_cut",)
FAULTS = (*LINE, *NOTICE, *DISK)

# What the host itself is asked to play (`firmware_sim.faults`).
PLAYED_BY_HOST = frozenset({"bad_signature", "wrong_amount", "odd_word", "error_500", "password"})

_RANGES: Mapping[str, tuple[float, float]] = {
    "away": (5.0, 200.0),
    "late_request": (0.5, 115.0),
    "late_reply": (0.5, 30.0),
    "doubled": (0.1, 115.0),
    "answered_by_copy": (0.1, 6.0),
    "notice_late": (1.0, 900.0),
    "truncated": (0.0, 0.99),  # which part of it had come
}
# Not a day ahead: an order made then is open until that day has come, where a wallet's codes run out by the clock.
_JUMPS_S = (-86400.0, -3600.0, -1.0, 1.0, 3600.0)
_RARELY, _OFTEN = 0.002, 0.1  # of the chances there are, for a fault that takes part at all
_DISK_GAP = (40.0, 800.0)  # disk steps between two power cuts, on average


@dataclass(frozen=True, slots=True)
class Mishap:
    """`figure` is seconds, where the fault has any."""

    name: str
    figure: float = 0.0

    def __str__(self) -> str:
        return f"{self.name}={self.figure:g}" if self.figure else self.name

    @classmethod
    def parse(cls, text: str) -> "Mishap":
        """Raises ValueError for what is none."""
        name, _, figure = text.partition("=")
        if name not in FAULTS:
            raise ValueError(f"no fault is called {name!r}; there are {', '.join(FAULTS)}")
        return cls(name, float(figure or 0))


class Chance:
    """Without a script, mishaps are drawn; with one, they are exactly those that stand in it."""

    def __init__(
        self, rng: random.Random, faults: tuple[str, ...] = (), script: Mapping[str, str] | None = None
    ) -> None:
        self._rng = rng
        self._script = None if script is None else {place: Mishap.parse(text) for place, text in script.items()}
        self._is_calm = False
        self._counts: Counter[str] = Counter()
        self._odds = {place: self._draw_odds(names, faults) for place, names in (("line", LINE), ("notice", NOTICE))}
        self._disk_gap = rng.uniform(*_DISK_GAP) if "power_cut" in faults and rng.random() < 0.6 else 0.0  # noqa: PLR2004
        self.drawn: dict[str, str] = {}

    def calm(self) -> None:
        """From now on nothing goes wrong any more."""
        self._is_calm = True

    def at(self, place: str) -> Mishap | None:
        """What goes wrong this time at this place, `line` or `notice`."""
        self._counts[place] += 1
        mishap = self._draw(place) if self._script is None else self._script.get(self._number(place))
        if mishap is None or self._is_calm:
            return None
        self.drawn[self._number(place)] = str(mishap)
        return mishap

    def _number(self, place: str) -> str:
        return f"{place} {self._counts[place]}"

    def next_disk_cut(self, disk: str, step: int) -> int:
        """The step of this disk, after `step`, at which the power will fail; 0 for never."""
        if self._is_calm:
            return 0
        if self._script is not None:
            places = (name.split() for name, mishap in self._script.items() if mishap.name == "power_cut")
            steps = (int(number) for _, whose, number in places if whose == disk)
            return min((one for one in steps if one > step), default=0)
        return step + 1 + int(self._rng.expovariate(1 / self._disk_gap)) if self._disk_gap else 0

    def cut_at(self, disk: str, step: int) -> bool:
        """Whether the power really fails there; it does not once all is calm."""
        if not self._is_calm:
            self.drawn[f"disk {disk} {step}"] = "power_cut"
        return not self._is_calm

    def _draw_odds(self, names: tuple[str, ...], faults: tuple[str, ...]) -> list[tuple[float, str]]:
        """A swarm: some of the faults take part, each as often as it happens to, the rest not at all."""
        odds, total = [], 0.0
        for name in names:
            if name in faults and self._rng.random() < 0.5:  # noqa: PLR2004 - a coin
                total += _RARELY * (_OFTEN / _RARELY) ** self._rng.random()
                odds.append((total, name))
        return odds

    def _draw(self, place: str) -> Mishap | None:
        point = self._rng.random()
        for up_to, name in self._odds[place]:
            if point < up_to:
                return Mishap(name, self._figure(name))
        return None

    def _figure(self, name: str) -> float:
        if name == "clock_jump":
            return self._rng.choice(_JUMPS_S)
        return round(self._rng.uniform(*_RANGES[name]), 3) if name in _RANGES else 0.0
