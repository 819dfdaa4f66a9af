"""Our till as a process that a test can kill: `python -m firmware_sim.hil.counter`.

The first line of its standard input says what it is to be; each line after that is something that a cashier does.
What the till says goes to standard output, a JSON object a line. Whatever talks like this can be tested as `till`:
docs/hil.md.
"""

import json
import random
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from terminal.clock import Clock
from terminal.compose import Counter
from terminal.config import from_table
from terminal.errors import SaomaError
from terminal.money import CURRENCIES, Money
from terminal.schemes import SETTINGS
from terminal.steps import DeviceState, Event, Laid, Moved, Notice, Settling, Step, Tried
from terminal.till import TillThread

FAILED = 1


def main() -> int:
    job = json.loads(sys.stdin.readline())
    state = Path(job["state"])
    state.mkdir(parents=True, exist_ok=True)
    try:
        config = from_table(job["config"], "the bench", Path(job["folder"]), SETTINGS)
        counter = Counter(
            config, state=state, clock=Clock(*job["clock"]), rng=random.SystemRandom(), is_demo=job["is_demo"]
        )
        with counter:
            _serve(counter.till)
    except SaomaError as error:
        _say({"failed": str(error)})
        return FAILED
    return 0


def _serve(till: TillThread) -> None:
    """Until standard input ends."""
    in_turn = threading.Lock()

    def hear(event: Event) -> None:
        with in_turn:
            _say(told(event))

    with in_turn:  # where things stand comes first, and nothing is missed after it
        till.subscribe(hear)
        now = till.snapshot()
        standing: tuple[Event, ...] = (*now.devices, now.step)
        for event in standing:
            _say(told(event))
        _say({"ready": True})
    for line in sys.stdin:
        order = json.loads(line)
        DEEDS[order["do"]](till, order)


DEEDS: Mapping[str, Callable[[TillThread, Mapping[str, Any]], None]] = {
    "charge": lambda till, order: till.charge(_money(order)),
    "show_code": lambda till, order: till.show_code(_money(order), order["acquirer"]),
    "refund": lambda till, order: till.refund(order["order_id"], _money(order)),
    "keep": lambda till, _: till.keep(),
    "cancel": lambda till, _: till.cancel(),
    "dismiss": lambda till, _: till.dismiss(),
    "reprint": lambda till, _: till.reprint(),
}


def told(event: Event) -> dict[str, object]:
    """As it goes over the line."""
    match event:
        case Step(phase, money, order_id, wallet):
            minor, currency = (money.minor, money.currency.code) if money else (0, "CNY")
            said: dict[str, object] = {"phase": phase, "order_id": order_id, "wallet": wallet}
            said |= {"reason": event.reason, "said": event.said, "shown_code": event.shown_code}
            return said | {"minor": minor, "currency": currency}
        case DeviceState(kind, name, up, detail):
            return {"device": kind, "name": name, "up": up, "detail": detail}
        case Notice(key, detail):
            return {"notice": key, "detail": detail}
        case Moved(order_id, state):
            return {"moved": order_id, "state": state}
        case Settling(acquirer):
            return {"settling": acquirer, "stage": event.stage}
        case Laid() | Tried():
            return {}  # the bench asks about money and devices


def _money(order: Mapping[str, Any]) -> Money:
    return Money(order["minor"], CURRENCIES[order["currency"]])


def _say(what: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
