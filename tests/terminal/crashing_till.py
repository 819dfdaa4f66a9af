"""A till process for `test_crash.py`: charges one code, and may die by SIGKILL at its n-th journal transaction.

Not a test itself. The killing is done to the journal from outside; the product knows nothing of it.
"""

import json
import os
import queue
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.compose import Counter
from terminal.config import from_table
from terminal.model import Channel, Scan
from terminal.money import Money
from terminal.schemes import SETTINGS
from terminal.steps import Event, Moved, Phase, Step

WITHIN_S = 20.0


def die_at(number: int, *, after_commit: bool) -> None:
    """SIGKILL at the `number`-th transaction from now, just before it is committed or just after."""
    whole = Journal._transaction
    seen = 0

    @contextmanager
    def deadly(self: Journal) -> Iterator[None]:
        nonlocal seen
        seen += 1
        with whole(self):
            yield
            if seen == number and not after_commit:
                os.kill(os.getpid(), signal.SIGKILL)
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    Journal._transaction = deadly


def main() -> None:
    plan = json.loads(sys.argv[1])
    if plan["die_at"]:
        die_at(plan["die_at"], after_commit=plan["after_commit"])
    config = from_table({"acquirer": [plan["acquirer"]]}, "the test", Path(), SETTINGS)
    # The world's clock began earlier: both tell the same time.
    clock = Clock(plan["speed"], plan["start_wall"], plan["real_start"])
    counter = Counter(config, state=Path(plan["state"]), clock=clock, rng=random.SystemRandom(), is_demo=True)
    heard: queue.SimpleQueue[Event] = queue.SimpleQueue()
    with counter:
        counter.till.subscribe(heard.put)
        if plan["code"]:
            counter.till.charge(Money(plan["fen"]))
            counter.till.scanned([Scan(plan["code"], Channel.SCANNER, 0.0)])
            while True:
                event = heard.get(timeout=WITHIN_S)
                if isinstance(event, Step) and event.phase.is_outcome and event.phase is not Phase.UNKNOWN:
                    break
        while any(one.state.value != "REVERSED" for one in counter.till.snapshot().open_attempts):
            while not isinstance(heard.get(timeout=WITHIN_S), Moved):
                pass


main()
