"""A clock that moves when it is told to, for worlds in virtual time."""

from terminal.clock import Clock


class HandClock(Clock):
    def __init__(self, wall_s: float = 1_795_400_000.0) -> None:
        super().__init__(start_wall_s=wall_s, real_start_s=0.0)
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds
