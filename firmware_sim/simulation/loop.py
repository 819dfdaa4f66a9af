"""An asyncio loop in which no time passes but the time that is waited for.

Where a real loop sleeps until its next timer, this one sets its clock forward. Nothing else differs: the till's own
coroutines run on it as they run at a counter, in an order that depends on nothing but what they do.
"""

import asyncio
from typing import Any

from terminal.clock import Clock

TURN_S = 1e-6  # each turn of the loop takes a little: whoever waits for a moment that rounding has put off gets there
START_WALL_S = 1_795_400_000.0  # a Monday in November 2026


class Stalled(RuntimeError):
    """Somebody waits for something that nothing will ever bring."""


class SimLoop(asyncio.BaseEventLoop):
    """Starts at nought. Sockets, threads and signals do not exist on it."""

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0
        self._selector = _Leap(self)

    def time(self) -> float:
        return self._now_s

    def leap(self, seconds: float) -> None:
        self._now_s += seconds

    def _process_events(self, _events: list[Any]) -> None:
        """There are none but timers."""


class _Leap:
    """What the base loop takes for the operating system's wait."""

    def __init__(self, loop: SimLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise Stalled("nothing is due, and somebody still waits")
        self._loop.leap(timeout + TURN_S)
        return []


class SimClock(Clock):
    """A clock that hangs on such a loop. `skew_s` is how far its wall time is off; monotonic time never is."""

    def __init__(self, loop: SimLoop) -> None:
        super().__init__(start_wall_s=START_WALL_S, real_start_s=0.0)
        self._loop = loop
        self.skew_s = 0.0

    def monotonic(self) -> float:
        return self._loop.time()

    def wall(self) -> float:
        return self.start_wall_s + self._loop.time() + self.skew_s
