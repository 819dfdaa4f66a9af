"""Keeps the terminal to ourselves while the screen is up.

Textual draws on descriptor 2, and C libraries print there too (libjpeg for each damaged frame). So the screen gets a
copy of it, and descriptor 2 itself goes to the log until the screen is down again. Where it leads to a file (`2>log`),
the terminal is the one that descriptor 1 leads to.
"""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from textual.app import App

from terminal.errors import SaomaError


class _Terminal(io.TextIOWrapper):
    """A terminal that may be gone: what it cannot show any more is dropped.

    Were it a fault, the thread that writes would end by it, and the screen's loop would wait for that thread for ever:
    deaf to the very signal that tells of the hang-up, with the books still locked.
    """

    def write(self, text: str) -> int:
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()


def show(app: App[None], log: Path) -> None:
    """Run it on a terminal of its own until it is left; raises SaomaError if it broke, which the log tells more of."""
    with own_screen(log):
        app.run()
    if app.return_code:
        raise SaomaError(f"the screen broke; {log} says how")


@contextmanager
def own_screen(log: Path) -> Iterator[None]:
    """Within it, what is written to descriptor 2 by anybody but Textual is appended to `log`."""
    kept = sys.__stderr__
    if kept is not None:
        kept.flush()
    terminal = 1 if os.isatty(1) and not os.isatty(2) else 2
    screen = _Terminal(os.fdopen(os.dup(terminal), "wb"), encoding="utf-8", errors="replace")
    before = os.dup(2)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    vars(sys)["__stderr__"] = screen  # where Textual looks for its terminal
    try:
        yield
    finally:
        screen.flush()
        os.dup2(before, 2)
        os.close(before)
        vars(sys)["__stderr__"] = kept
        with suppress(OSError):
            screen.close()
