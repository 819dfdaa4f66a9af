"""Loops on which a till's day can happen twice: as it is recorded, and as it is replayed.

Both keep two rules. Time stands still while anything is left to do. What comes from outside (a key, a code, a reply) is
let in only once the till has come to rest, one thing at a time. So a moment and what came in it are all that there is
to know, and the same ones lead to the same deeds in the same order.
"""

import asyncio
import selectors
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import Context
from typing import Any, TypeVarTuple

from terminal.clock import Clock

TICK_S = 1e-6  # moments are told apart to the microsecond
DIGITS = 6
APART_S = 1e-9

Given = TypeVarTuple("Given")
Work = Callable[[], None]
Moment = tuple[float, Work]  # when, and what comes then


class Stalled(RuntimeError):
    """Somebody waits for something that nothing will ever bring."""


class LoopClock(Clock):
    """A clock that hangs on such a loop, which counts the machine's seconds since the clock began."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, speed: float, start_wall_s: float) -> None:
        super().__init__(speed, start_wall_s, real_start_s=0.0)
        self._loop = loop

    def monotonic(self) -> float:
        return self._loop.time() * self.speed


class Gate:
    """Where what comes from outside waits for its moment. Belongs to the till's loop."""

    def __init__(self) -> None:
        self._waiting: deque[Work] = deque()

    def put(self, work: Work) -> None:
        """Have `work` done at a moment of its own."""
        self._waiting.append(work)

    async def turn(self, begin: Work) -> None:
        """Wait for a moment of one's own, which begins with `begin`: before any timer of that moment."""
        begun = asyncio.Event()

        def work() -> None:
            begin()
            begun.set()

        self.put(work)
        await begun.wait()

    def next(self) -> Work | None:
        return self._waiting.popleft() if self._waiting else None


class _InOrder(asyncio.BaseEventLoop):
    """Timers set for the same moment ring in the order in which they were set, whatever else is waited for."""

    _set_here = 0  # timers since time last moved

    def call_at(
        self, when: float, callback: Callable[[*Given], object], *args: *Given, context: Context | None = None
    ) -> asyncio.TimerHandle:
        self._set_here += 1
        return super().call_at(when + self._set_here * APART_S, callback, *args, context=context)

    def _leapt(self) -> None:
        self._set_here = 0


class RecordingLoop(_InOrder, asyncio.SelectorEventLoop):
    """Real time, real sockets, and a gate. `on_time` is told of each moment that only time has brought."""

    def __init__(self, real_start_s: float) -> None:
        self._real_start_s = real_start_s
        self._now_s = round(self._real_s(), DIGITS)
        self.gate = Gate()
        self.on_time: Work = lambda: None
        super().__init__(_AtRest(self._rest))

    def time(self) -> float:
        return self._now_s

    def _real_s(self) -> float:
        return time.monotonic() - self._real_start_s

    def _leap(self) -> None:
        self._now_s = max(round(self._real_s(), DIGITS), round(self._now_s + TICK_S, DIGITS))
        self._leapt()

    def _rest(self, select: Callable[[float | None], list[Any]], timeout: float | None) -> list[Any]:
        if timeout is not None and timeout <= 0:
            return select(0)  # not at rest yet: time stands
        if work := self.gate.next():
            self._leap()
            self.call_soon(work)
            return select(0)
        due_s = None if timeout is None else self._now_s + timeout
        ready = select(None if due_s is None else max(0.0, due_s - self._real_s()))
        self._leap()
        if due_s is not None and self._now_s + TICK_S >= due_s:
            self.on_time()
        return ready


class _AtRest(selectors.DefaultSelector):
    """The system's wait, which a loop begins whenever it has nothing left to do."""

    def __init__(self, rest: Callable[[Callable[[float | None], list[Any]], float | None], list[Any]]) -> None:
        super().__init__()
        self._rest = rest

    def select(self, timeout: float | None = None) -> list[Any]:
        return self._rest(super().select, timeout)


class ReplayLoop(_InOrder, asyncio.BaseEventLoop):
    """No machine under it: time goes from moment to moment of a tape, and no timer rings between them."""

    def __init__(self, start_s: float, moments: Iterator[Moment]) -> None:
        super().__init__()
        self._now_s = start_s
        self._moments = moments
        self._selector = self  # what the base loop takes for the operating system's wait

    def time(self) -> float:
        return self._now_s

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is not None and timeout <= 0:
            return []  # not at rest yet
        moment = next(self._moments, None)
        if moment is None:
            raise Stalled("the tape is over, and somebody still waits")
        self._now_s, work = moment
        self._leapt()
        self.call_soon(work)
        return []

    def _process_events(self, _events: list[Any]) -> None:
        """There are none but timers."""
