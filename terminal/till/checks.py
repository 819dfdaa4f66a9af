"""Tries a device out because somebody asked: what it says of itself, and how long that took.

Only while nothing is being paid, and given up as soon as something is: a test never delays a payment.
"""

import asyncio
from collections.abc import Awaitable, Callable

from terminal.clock import Clock
from terminal.errors import SaomaError
from terminal.model import Order
from terminal.money import Money
from terminal.steps import DeviceKind, Event, Step, Tried
from terminal.till.board import Board
from terminal.till.performer import Acquirer, Performer
from terminal.till.tasks import Spawn

WITHIN_S = 12.0  # real seconds: a printer that is slow to say what it lacks is not cut off

Device = tuple[DeviceKind, str]
Check = Callable[[], Awaitable[str]]  # what was found, for a person; raises SaomaError with what is wrong


class Checks:
    """Belongs to the till's loop."""

    def __init__(self, board: Board, spawn: Spawn) -> None:
        self._board = board
        self._spawn = spawn
        self._checks: dict[Device, Check] = {}
        self._is_running = False
        self._running: asyncio.Task[None] | None = None  # once it has begun
        self.devices: tuple[Device, ...] = ()  # replaced whole: safe to read from any thread
        board.subscribe(self._overheard)

    def add(self, kind: DeviceKind, name: str, check: Check) -> None:
        self._checks[kind, name] = check
        self.devices = tuple(self._checks)

    def run(self, kind: DeviceKind, name: str) -> None:
        """The answer comes as `Tried`; a notice says why there will be none."""
        check = self._checks.get((kind, name))
        if self._board.phase.is_paying:
            self._board.notice("test.paying")
        elif self._is_running:
            self._board.notice("test.running")
        elif check is None:
            self._board.notice("test.none", name)
        else:
            self._is_running = True
            self._spawn(self._try(kind, name, check))

    async def _try(self, kind: DeviceKind, name: str, check: Check) -> None:
        self._running = asyncio.current_task()
        begun_s = asyncio.get_running_loop().time()
        passed, said = False, "given up: a payment began"
        try:
            async with asyncio.timeout(WITHIN_S):
                passed, said = True, await check()
        except SaomaError as error:
            passed, said = False, str(error)
        except TimeoutError:
            passed, said = False, f"no answer within {WITHIN_S:g} s"
        finally:
            self._is_running, self._running = False, None
            took_ms = (asyncio.get_running_loop().time() - begun_s) * 1000
            self._board.tell(Tried(kind, name, passed, said, took_ms))

    def _overheard(self, event: Event) -> None:
        if isinstance(event, Step) and event.phase.is_paying and self._running is not None:
            self._running.cancel()


def acquirer_check(performer: Performer, acquirer: Acquirer, terminal_id: str, clock: Clock) -> Check:
    """Asks after an order that never was: nothing can come of it, and a believable no is what is hoped for."""

    async def check() -> str:
        return await performer.reach(acquirer, _nobodys_order(terminal_id, acquirer.name, clock.wall()))

    return check


def _nobodys_order(terminal_id: str, acquirer: str, now_s: float) -> Order:
    """A number of ours that no sale ever gets: sequences begin at 1."""
    return Order(f"{terminal_id}{0:05d}{0:05d}TEST", "TEST", Money(1), None, acquirer, begun_s=int(now_s))
