"""The acquirer hosts alone, for anybody's SDK to pay at: docs/sandbox.md.

A fresh payment code is a `POST /code` away on the control address; `POST /fault` arms a fault by name.
"""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from firmware_sim.acquirers import Acquirers
from firmware_sim.control import Handler, SlowHandler, listen
from firmware_sim.place import Place
from firmware_sim.rehearsal import Rehearsal
from firmware_sim.stories import Story
from terminal.clock import Clock
from terminal.routing.agreements import Interop


class Sandbox:
    """Hosts on loopback, in front of one ledger; with a story, its steps are a `POST /next` away."""

    def __init__(
        self,
        state: Path,
        *,
        clock: Clock,
        port: int = 0,
        by_amount: bool = False,
        story: Story | None = None,
        place: Place | None = None,
        interop: Interop | None = None,
    ) -> None:
        self._port = port
        rng = random.SystemRandom()
        self._acquirers = Acquirers(state, clock, rng, by_amount=by_amount, place=place, interop=interop)
        self._rehearsal = Rehearsal(story, self._acquirers) if story else None

    def score(self) -> dict[str, Any] | None:
        """How the story went; None where there is none."""
        return self._rehearsal.score({}) if self._rehearsal else None

    @property
    def _commands(self) -> dict[str, Handler | SlowHandler]:
        told: dict[str, Handler] = (
            {"next": self._rehearsal.next, "score": self._rehearsal.score} if self._rehearsal else {}
        )
        return {**self._acquirers.commands, **told}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[dict[str, Any]]:
        """Listening; yields addresses and credentials, as `saoma sandbox --json` prints them."""
        async with self._acquirers.running(self._port) as addresses:
            control = await listen(self._commands)
            try:
                yield {
                    "control": control.url,
                    "hosts": {one.name: dict(one.credentials) for one in addresses},
                    "acquirer": [dict(one.contract) for one in addresses],
                }
            finally:
                await control.close()
