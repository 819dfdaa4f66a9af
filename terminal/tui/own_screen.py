"""Keeps the terminal to ourselves while the screen is up.

Textual draws on descriptor 2, and C libraries print there too (libjpeg for each damaged frame). So the screen gets a
copy of it, and descriptor 2 itself goes to the log until the screen is down again.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def own_screen(log: Path) -> Iterator[None]:
    """Within it, what is written to descriptor 2 by anybody but Textual is appended to `log`."""
    kept = sys.__stderr__
    if kept is not None:
        kept.flush()
    screen = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace")
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    vars(sys)["__stderr__"] = screen  # where Textual looks for its terminal
    try:
        yield
    finally:
        with suppress(OSError):  # the terminal may be gone, and what it did not show with it
            screen.flush()
        os.dup2(screen.fileno(), 2)
        vars(sys)["__stderr__"] = kept
        with suppress(OSError):
            screen.close()
