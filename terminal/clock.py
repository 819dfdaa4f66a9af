"""Time, injected: nothing else in the terminal asks the machine what time it is.

A demo may run its clock faster (`speed`). Every documented wait then passes sooner in real seconds and no rule
is shortened; the till and the world are given the same speed and start.
"""

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Clock:
    """Monotonic seconds for deadlines, wall seconds for stamps and signatures, and waiting by them.

    Two processes of one machine that are given the same three figures tell the same time.
    """

    def __init__(
        self, speed: float = 1.0, start_wall_s: float | None = None, real_start_s: float | None = None
    ) -> None:
        self.speed = speed
        self.real_start_s = time.monotonic() if real_start_s is None else real_start_s
        self.start_wall_s = time.time() if start_wall_s is None else start_wall_s

    def monotonic(self) -> float:
        """Seconds since this clock was made: deadlines are absolute times on it."""
        return (time.monotonic() - self.real_start_s) * self.speed

    def wall(self) -> float:
        """Unix seconds."""
        return self.start_wall_s + self.monotonic()

    def at(self, real_monotonic_s: float) -> float:
        """This clock's time at a moment that a device stamped with the machine's own monotonic clock."""
        return (real_monotonic_s - self.real_start_s) * self.speed

    def real(self, seconds: float) -> float:
        """How many seconds of the machine's clock pass in `seconds` of this one."""
        return seconds / self.speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, self.real(seconds)))

    async def within(self, seconds: float, work: Awaitable[T]) -> T:
        """The result of `work`, or TimeoutError once `seconds` of this clock have passed."""
        async with asyncio.timeout(self.real(seconds)):  # not wait_for, which on 3.11 may swallow a cancellation
            return await work
