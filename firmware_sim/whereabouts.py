"""Where a running world is spoken to: one file in its state folder, for whoever comes to it later."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from firmware_sim.control import ask
from terminal.errors import PlaceError

FILE = "world.json"
HERE = "phone/wallets"  # a question that every world answers, and that changes nothing


@contextmanager
def findable(state: Path, control_url: str) -> Iterator[None]:
    """As long as this lasts, whoever may read the folder finds the control address."""
    file = state / FILE
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps({"control": control_url}), "utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def found(states: Sequence[Path]) -> str:
    """The control address of the first world that answers; raises PlaceError where none does."""
    for state in states:
        try:
            url = str(json.loads((state / FILE).read_text("utf-8"))["control"])
            ask(url, HERE, {})
        except (OSError, ValueError, KeyError, TypeError):  # never was one here, or it died without a word
            continue
        return url
    raise PlaceError("no world is running here: start `saoma demo` or `saoma sandbox`, or name one by --world")
