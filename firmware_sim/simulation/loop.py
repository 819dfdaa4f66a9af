"""An asyncio loop in which no time passes but the time that is waited for.

Where a real loop sleeps until its next timer, this one sets its clock forward. The till's own coroutines run on it as
they run at a counter, in an order that depends on nothing but what they do: what is called first runs first, and of
two timers for one moment the one that was set first.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from typing import Any, TypeVarTuple, Unpack

from terminal.clock import Clock

TURN_S = 1e-6  # after each leap it is a little later: whoever waits for a moment that rounding has put off gets there
START_WALL_S = 1_795_400_000.0  # a Monday in November 2026

Args = TypeVarTuple("Args")
Connect = Callable[[asyncio.Protocol], Awaitable[asyncio.Transport]]


class Stalled(RuntimeError):
    """Somebody waits for something that nothing will ever bring."""


class Due(asyncio.TimerHandle):
    """Something to be called. Asyncio's own handles take longer to make than most calls take."""

    __slots__ = ()

    def __init__(self, loop: "SimLoop", call: Callable[..., object], values: tuple[Any, ...], scope: Context) -> None:
        self._loop, self._callback, self._args, self._context = loop, call, values, scope
        self._cancelled = False
        self._source_traceback = None

    def cancel(self) -> None:
        self._cancelled = True


class SimLoop(asyncio.BaseEventLoop):
    """Starts at nought. Threads, signals and sockets of the system do not exist on it."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self._soon: deque[Due] = deque()
        self._later: list[tuple[float, int, Due]] = []
        self._set = 0  # how many timers were set, so that equal moments keep their order
        self._scope = copy_context()
        self.addresses: dict[str, Connect] = {}  # by name: what takes a connection there

    def time(self) -> float:
        return self.now_s

    def call_soon(
        self, callback: Callable[[Unpack[Args]], object], *args: *Args, context: Context | None = None
    ) -> Due:
        due = Due(self, callback, args, context or self._scope)
        self._soon.append(due)
        return due

    def call_later(
        self,
        delay: float,
        callback: Callable[[Unpack[Args]], object],
        *args: *Args,
        context: Context | None = None,
    ) -> Due:
        due = Due(self, callback, args, context or self._scope)  # as `call_at`: what is called most
        self._set += 1
        heapq.heappush(self._later, (self.now_s + delay, self._set, due))
        return due

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Args]], object],
        *args: *Args,
        context: Context | None = None,
    ) -> Due:
        due = Due(self, callback, args, context or self._scope)
        self._set += 1
        heapq.heappush(self._later, (when, self._set, due))
        return due

    async def create_connection(  # type: ignore[override]  # of all its ways, that by name
        self, protocol_factory: Callable[[], asyncio.Protocol], host: str, port: int, **_: Any
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """To one of `addresses`; raises OSError where nobody takes it."""
        if host not in self.addresses:
            raise ConnectionRefusedError(f"nobody is at {host}:{port}")
        protocol = protocol_factory()
        return await self.addresses[host](protocol), protocol

    def run_until_complete(self, future: Any) -> Any:
        """Raises Stalled where nothing is due any more and it is not done."""
        asyncio._set_running_loop(self)  # noqa: SLF001 - as every loop does
        try:
            task = asyncio.ensure_future(future, loop=self)
            self._turn_until(task)
        finally:
            asyncio._set_running_loop(None)  # noqa: SLF001
        return task.result()

    def _turn_until(self, task: "asyncio.Future[Any]") -> None:
        """Everything that is due now, again and again; where nothing is, it becomes as late as it takes."""
        soon = self._soon
        while not task.done():
            if not soon:
                self._leap()
            for _ in range(len(soon)):
                due = soon.popleft()
                if not due._cancelled:  # noqa: SLF001 - as every loop does
                    due._run()  # noqa: SLF001

    def _leap(self) -> None:
        """To the next moment at which anything is due."""
        soon, later = self._soon, self._later
        while later and later[0][2].cancelled():
            heapq.heappop(later)
        if not later:
            raise Stalled("nothing is due, and somebody still waits")
        self.now_s = now_s = max(self.now_s, later[0][0]) + TURN_S
        while later and later[0][0] <= now_s:
            soon.append(heapq.heappop(later)[2])


class SimClock(Clock):
    """A clock that hangs on such a loop. `skew_s` is how far its wall time is off; monotonic time never is."""

    def __init__(self, loop: SimLoop) -> None:
        super().__init__(start_wall_s=START_WALL_S, real_start_s=0.0)
        self._loop = loop
        self.skew_s = 0.0

    def monotonic(self) -> float:
        return self._loop.now_s

    def wall(self) -> float:
        return self.start_wall_s + self._loop.now_s + self.skew_s
