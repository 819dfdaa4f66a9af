"""Paper in the order it was asked for, by a printer that may be out of it: what cannot be printed waits."""

import asyncio
from collections.abc import Awaitable, Callable

from terminal.errors import DeviceError
from terminal.steps import DeviceKind, DeviceState
from terminal.transport.printer import Paper, PrinterStatus

AGAIN_S = 2.0  # real seconds: how soon a new roll is noticed
RUNNING_LOW = "its paper is running low: have a new roll ready"


class PrintQueue:
    """Belongs to the till's loop."""

    def __init__(self, on_device: Callable[[DeviceState], None]) -> None:
        self._on_device = on_device
        self._turn = asyncio.Lock()  # it lets those who wait in one by one, in their order
        self._said: DeviceState | None = None

    async def print(self, attempt: Callable[[], Awaitable[PrinterStatus]]) -> None:
        """Once it is this paper's turn, `attempt` it until the printer has taken it, however long that takes."""
        async with self._turn:
            while (problem := await self._tried(attempt)) is not None:
                self._say(up=False, detail=problem)
                await asyncio.sleep(AGAIN_S)

    async def _tried(self, attempt: Callable[[], Awaitable[PrinterStatus]]) -> str | None:
        """What kept it from being printed."""
        try:
            status = await attempt()
        except DeviceError as error:
            return str(error)
        self._say(up=True, detail=RUNNING_LOW if status.paper is Paper.LOW else "")
        return None

    def _say(self, *, up: bool, detail: str) -> None:
        """Only what is news."""
        state = DeviceState(DeviceKind.PRINTER, "printer", up, detail)
        if state != self._said:
            self._said = state
            self._on_device(state)
