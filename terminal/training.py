"""Training: the shop's own counter against the simulated world, with books of its own.

What could be mistaken for the real thing is kept apart here, in one place: no contract of the shop's is left in the
configuration, nothing is written beside the shop's books, and nobody hears that money came.
"""

import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from terminal.clock import Clock
from terminal.config import Config, SoundConfig, from_table
from terminal.errors import SaomaError
from terminal.schemes import SETTINGS
from terminal.steps import Notice
from terminal.till import TillThread
from terminal.world import World

FOLDER = "training"  # in the till's state directory
MOST_SEEDS = 1 << 16


@dataclass(frozen=True, slots=True)
class Lesson:
    """The counter to practise at, and who comes to it."""

    config: Config
    world: World
    ways: tuple[str, ...]  # by which a simulated customer can be seen: only by devices that are simulated too

    def customer(self, till: TillThread) -> None:
        """The next one comes and holds up a phone; returns at once."""
        threading.Thread(target=self._come, args=(till,), name="customer", daemon=True).start()

    def _come(self, till: TillThread) -> None:
        try:
            self.world.leave()
            self.world.next(self.ways)
            self.world.show()
        except SaomaError as error:
            till.say(Notice("demo.world", str(error)))


@contextmanager
def lesson(shop: Config, state: Path, clock: Clock) -> Iterator[Lesson]:
    """A world for as long as it is practised in; raises SaomaError where it does not start."""
    state.mkdir(mode=0o700, exist_ok=True)
    world = World(state, seed=random.SystemRandom().randrange(MOST_SEEDS), clock=clock)
    try:
        config = training_config(shop, world.ready["config"], state)
        simulated = {"camera": not shop.camera.source, "scanner": not shop.scanner.port}
        yield Lesson(config, world, tuple(way for way, is_so in simulated.items() if is_so))
    finally:
        world.stop()


def training_config(shop: Config, world: Mapping[str, object], state: Path) -> Config:
    """The shop's counter with none of its contracts: simulated acquirers, and simulated devices where it has none."""
    simulated = from_table(world, "the simulated world", state, SETTINGS)
    return replace(
        shop,
        till=replace(shop.till, listen="127.0.0.1:0", notify_url=""),
        camera=shop.camera if shop.camera.source else simulated.camera,
        scanner=shop.scanner if shop.scanner.port else simulated.scanner,
        printer=shop.printer if shop.printer.url else simulated.printer,
        sound=SoundConfig(outcomes="off" if shop.sound.outcomes == "off" else "tones"),
        acquirer=simulated.acquirer,
    )
