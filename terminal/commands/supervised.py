"""A screen in a process of its own, started again at once whenever its plug is pulled (SIGKILL).

Who is killed so cannot put the terminal back. Whoever watched over it does: the line's settings, the alternate screen,
the mouse. It also sees to it that nothing goes on alone: a screen whose supervisor has died ends by itself.
"""

import os
import signal
import sys
import termios
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from terminal.errors import SaomaError

MISSING, CRASHED = 3, 70
_PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
# What Textual switches on, switched off: focus and size reports, the mouse in all its ways, bracketed paste, the newer
# keyboard protocol, colours, the alternate screen; and line wrap and the cursor on again.
_PUT_BACK = (
    "\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"
    "\x1b[?1004l\x1b[?2004l\x1b[?2048l\x1b[<u\x1b[0m\x1b[?1049l\x1b[?7h\x1b[?25h"
)

_Settings = list[int | list[bytes | int]]


def supervised(run: Callable[[int], int]) -> int:
    """The exit code of `run`, which is told how often it was killed before; call it from a process of one thread."""
    terminal, settings = sys.stdin.fileno(), termios.tcgetattr(sys.stdin.fileno())
    kills = 0
    while (code := _lived(run, kills)) == -signal.SIGKILL:
        kills += 1
        _put_back(terminal, settings)
    if code < 0:
        _put_back(terminal, settings)
    return code if code >= 0 else CRASHED


def _lived(run: Callable[[int], int], kills: int) -> int:
    """One life: its exit code, or the signal it died of, negative."""
    theirs, ours = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        _end_with(theirs)
        _live(run, kills)
    os.close(theirs)
    try:
        with _passing_on(pid):
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        os.close(ours)


def _live(run: Callable[[int], int], kills: int) -> NoReturn:
    """In the child: nothing of what its parent was about to do is done here."""
    code = CRASHED
    try:
        code = run(kills)
    except SaomaError as error:
        sys.stderr.write(f"saoma: {error}\n")
        code = MISSING
    finally:
        if sys.exc_info()[0] is not None:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _end_with(supervisor: int) -> None:
    """Leave when the other end of this pipe is closed, which is when the supervisor is gone."""

    def wait() -> None:
        os.read(supervisor, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="supervisor", daemon=True).start()


@contextmanager
def _passing_on(pid: int) -> Iterator[None]:
    """Who is told to stop tells the child."""
    kept = {number: signal.signal(number, lambda *_: os.kill(pid, signal.SIGTERM)) for number in _PASSED_ON}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _put_back(terminal: int, settings: _Settings) -> None:
    sys.stdout.write(_PUT_BACK)
    sys.stdout.flush()
    termios.tcsetattr(terminal, termios.TCSAFLUSH, settings)  # what the mouse still said is thrown away
