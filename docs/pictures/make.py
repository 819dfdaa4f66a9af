"""Makes the README's pictures anew: the real till, served by the real demo, photographed at the right moment.

    make picture

Needs a Chromium to turn the drawings into PNG (any of those that `terminal.tui.picture` looks for).
"""

import asyncio
import random
import tempfile
import time
from pathlib import Path

from terminal.clock import Clock
from terminal.commands.demo import Queue
from terminal.compose import Counter
from terminal.config import from_table
from terminal.demo import Cashier, World
from terminal.steps import Phase
from terminal.till import TillThread
from terminal.tui.app import PosApp
from terminal.tui.picture import picture

HERE = Path(__file__).parent
SEED = 1  # its first customer holds a phone to the camera, and is asked for a password
PICTURES = (
    ("till", "en", (132, 38), Phase.CONFIRMING),
    ("till-zh", "zh", (100, 30), Phase.CONFIRMING),
    ("approved", "en", (80, 24), Phase.APPROVED),
)


def main() -> None:
    for name, language, size, phase in PICTURES:
        with tempfile.TemporaryDirectory() as state:
            take(HERE / f"{name}.png", language, size, phase, Path(state))


def take(path: Path, language: str, size: tuple[int, int], phase: Phase, state: Path) -> None:
    clock = Clock()
    world = World(state, seed=SEED, clock=clock)
    config = from_table({**world.ready["config"], "till": {"shop": "Saoma Demo"}}, "the world", state)
    try:
        with Counter(config, state=state, clock=clock, rng=random.Random(SEED), is_demo=True) as counter:
            queue = Queue(Cashier(counter.till, world, clock), counter.till)
            queue.start()
            app = PosApp(counter.till, language=language, shop="Saoma Demo", demo=True)
            asyncio.run(picture(app, path, size, until=Moment(counter.till, phase).has_come))
            queue.stop()
    finally:
        world.stop()


class Moment:
    """The phase has been on the screen for a second, and where the camera's view belongs to it, so has a code."""

    SECONDS = 1.0

    def __init__(self, till: TillThread, phase: Phase) -> None:
        self._till, self._phase = till, phase
        self._since_s: float | None = None

    def has_come(self, app: PosApp) -> bool:
        preview = self._till.preview()
        is_seen = self._phase is not Phase.CONFIRMING or bool(preview and preview.seen)
        if app.phase is not self._phase or not is_seen:
            self._since_s = None
            return False
        self._since_s = self._since_s or time.monotonic()
        return time.monotonic() - self._since_s > self.SECONDS


if __name__ == "__main__":
    main()
