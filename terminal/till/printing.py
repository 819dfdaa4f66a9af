"""Paper in the order it was asked for, by a printer that may be out of it: what cannot be printed waits."""

import asyncio
from collections.abc import Awaitable, Callable

from terminal.errors import DeviceError
from terminal.steps import DeviceKind, DeviceState
from terminal.transport.printer import Paper, PrinterStatus

AGAIN_S = 2.0  # real seconds: how soon a new roll is noticed
LOOK_S = 1.5  # likewise: so that what is wrong is said within two seconds, before a customer waits for paper
PRINTER = "printer"  # there is one, and this is its name
RUNNING_LOW = "its paper is running low: have a new roll ready"

Attempt = Callable[[], Awaitable[PrinterStatus]]


class PrintQueue:
    """Belongs to the till's loop."""

    def __init__(self, on_device: Callable[[DeviceState], None]) -> None:
        self._on_device = on_device
        self._turn = asyncio.Lock()  # it lets those who wait in one by one, in their order
        self._line = asyncio.Lock()  # one speaks to the printer at a time
        self._said: DeviceState | None = None

    async def print(self, attempt: Attempt) -> None:
        """Once it is this paper's turn, `attempt` it until the printer has taken it, however long that takes."""
        async with self._turn:
            while await self.tried(attempt):
                await asyncio.sleep(AGAIN_S)

    async def watch(self, ask: Attempt) -> None:
        """For ever: see how the printer is while nothing is being printed, which sees it itself."""
        while True:
            if not self._turn.locked():
                await self.tried(ask)
            await asyncio.sleep(LOOK_S)

    async def tried(self, attempt: Attempt) -> str:
        """Once and out of turn, but in nobody's middle; returns what is wrong with the printer, and says it."""
        async with self._line:
            try:
                status = await attempt()
            except DeviceError as error:
                problem, low = str(error), False
            else:
                problem, low = status.problem, status.paper is Paper.LOW
        self._say(up=not problem, detail=problem or RUNNING_LOW * low)
        return problem

    def _say(self, *, up: bool, detail: str) -> None:
        """Only what is news."""
        state = DeviceState(DeviceKind.PRINTER, PRINTER, up, detail)
        if state != self._said:
            self._said = state
            self._on_device(state)
