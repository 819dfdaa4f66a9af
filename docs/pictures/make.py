"""Makes the pictures of README.md and docs/tour.md anew: the real till, served by the real demo, at the right moment.

    make picture

Needs a Chromium to turn the drawings into PNG (any of those that `terminal.tui.picture` looks for).
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from terminal.clock import Clock
from terminal.commands.demo import keys_of
from terminal.compose import Counter
from terminal.config import from_table
from terminal.demo import Cashier, Wanted
from terminal.schemes import SETTINGS
from terminal.steps import Phase
from terminal.till import TillThread
from terminal.tour import TOUR, Onlooker, Queue
from terminal.tui.app import PosApp
from terminal.tui.picture import picture
from terminal.tui.widgets.tour import Beside
from terminal.tui.wording import Language
from terminal.world import World

HERE = Path(__file__).parent
SEED = 1
BEAT_S = 1.5  # long enough to be pictured too
MEDIUM = (100, 30)
ASKED = (Wanted("camera", "wechat", "password", 1250),)
PAUSE_S = 3.0  # long enough to be pictured


@dataclass(frozen=True, slots=True)
class Wish:
    """A picture of `phase` with these customers; or of what `action` opens, once all of them were served."""

    name: str
    language: Language
    size: tuple[int, int]
    phase: Phase = Phase.IDLE
    action: str = ""
    customers: Sequence[Wanted] = TOUR[:3]
    panel: bool = True


WISHES = (
    Wish("till", "en", (132, 38), Phase.CONFIRMING, customers=ASKED, panel=False),
    Wish("till-zh", "zh", MEDIUM, Phase.CONFIRMING, customers=ASKED, panel=False),
    Wish("approved", "en", (80, 24), Phase.APPROVED, customers=ASKED, panel=False),
    Wish("tour-camera", "en", MEDIUM, Phase.CONFIRMING, customers=ASKED),
    Wish("tour-code", "zh", MEDIUM, Phase.SHOWING, customers=TOUR[2:3]),
    Wish("tour-lost-reply", "en", MEDIUM, Phase.CHECKING, customers=TOUR[3:4]),
    Wish("tour-declined", "zh", MEDIUM, Phase.DECLINED, customers=TOUR[4:5]),
    Wish("tour-journal", "en", MEDIUM, action="screen.journal"),
    Wish("tour-charts", "zh", MEDIUM, action="screen.charts"),
    Wish("tour-settle", "en", MEDIUM, action="screen.settle"),
    Wish("tour-devices", "zh", MEDIUM, action="screen.devices"),
)


def main() -> None:
    for wish in WISHES:
        if len(sys.argv) == 1 or wish.name in sys.argv[1:]:
            with tempfile.TemporaryDirectory() as state:
                take(wish, Path(state))


def take(wish: Wish, state: Path) -> None:
    clock = Clock()
    world = World(state, seed=SEED, clock=clock)
    table = {**world.ready["config"], "till": {"shop": "Saoma Demo", "listen": "127.0.0.1:0"}}
    config = from_table(table, "the world", state, SETTINGS)
    try:
        with Counter(config, state=state, clock=clock, rng=random.Random(SEED), is_demo=True) as counter:
            till, cashier = counter.till, Cashier(counter.till, world, clock, beat_s=BEAT_S)
            customers = Queue(cashier, world, till, tour=wish.customers, pause_s=PAUSE_S)
            onlooker = Onlooker(world, till, customers, counter.journal_path)
            beside = Beside(onlooker.scene, keys_of(customers, onlooker)) if wish.panel else None
            customers.start()
            onlooker.start()
            app = PosApp(till, language=wish.language, shop="Saoma Demo", demo=True, beside=beside)
            moment = Moment(till, customers, wish)
            asyncio.run(picture(app, HERE / f"{wish.name}.png", wish.size, until=moment.has_come, within_s=180.0))
            onlooker.stop()
            customers.stop()
    finally:
        world.stop()


class Moment:
    """What is wished for has been on the screen for a moment, and where the camera's view belongs to it, so has a code.

    Called again and again by whoever takes the picture; it opens the wished screen itself.
    """

    SECONDS = 0.5

    def __init__(self, till: TillThread, customers: Queue, wish: Wish) -> None:
        self._till, self._customers, self._wish = till, customers, wish
        self._is_over = self._is_open = False
        self._since_s: float | None = None

    def has_come(self, app: PosApp) -> bool:
        if not (self._stands(app) if not self._wish.action else self._opened(app)):
            self._since_s = None
            return False
        self._since_s = self._since_s or time.monotonic()
        return time.monotonic() - self._since_s > self.SECONDS

    def _stands(self, app: PosApp) -> bool:
        preview = self._till.preview()
        is_seen = self._wish.phase is not Phase.CONFIRMING or bool(preview and preview.seen)
        return app.phase is self._wish.phase and is_seen

    def _opened(self, app: PosApp) -> bool:
        if not self._is_over and self._customers.next_leg == 0:
            self._is_over = True
            self._customers.pause()
        if self._is_over and not self._is_open and app.phase is Phase.IDLE:
            self._is_open = True
            app.call_later(app.run_action, self._wish.action)
        return self._is_open and app.screen is not app.sale_screen


if __name__ == "__main__":
    main()
