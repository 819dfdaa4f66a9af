"""One process becoming another: what is no part of the terminal (the world, benchmarks) runs as itself.

Loading it takes a second or two, and Ctrl-C in that time is the same as at any other: it ends with 130, and without a
traceback.
"""

import os
import runpy
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

INTERRUPTED = 130


def become(module: str, words: Sequence[str]) -> NoReturn:
    """This process is `python -m MODULE WORDS…` from here on."""
    sys.stdout.flush()
    # Held back while Python itself starts, which has no way to end quietly; `_be` lets it in.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.execv(sys.executable, [sys.executable, "-m", __name__, module, *words])  # noqa: S606 - our own interpreter


def _be(module: str, words: Sequence[str]) -> int:
    sys.argv[1:] = words
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(_be(sys.argv[1], sys.argv[2:]))
