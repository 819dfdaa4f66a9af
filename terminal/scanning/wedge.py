"""A keyboard-wedge scanner on Linux, taken for the till alone: what it reads never types into anything else.

Its device is grabbed (EVIOCGRAB), so that neither the console nor the screen sees its keys, and given back at the end.
Elsewhere, and where it may not be opened, the screen tells a scanner's typing from a hand's by its speed.
"""

import errno
import fcntl
import os
import select
import threading
import time
from collections.abc import Callable

from terminal.scanning.protocols.keys import KeyReader
from terminal.scanning.protocols.lines import LineProfile
from terminal.steps import DeviceKind, DeviceState

EVIOCGRAB = 0x40044590
READ_SIZE = 24 * 64
READ_WITHIN_S = 0.05
RETRY_S = 0.5
PROBLEMS = {
    errno.ENOENT: "is not there: plug the scanner in",
    errno.EACCES: "may not be opened: `saoma doctor` tells the rule to add",
    errno.EBUSY: "is in use by another program: close that one",
    errno.ENOTTY: "is no keyboard: choose the scanner's /dev/input/by-id/…-event-kbd",
}


def _grab(device: int) -> None:
    fcntl.ioctl(device, EVIOCGRAB, 1)


class WedgeSource:
    """Codes from a keyboard scanner at `path`. Callbacks come on the source's own thread, as `SerialSource`'s do."""

    def __init__(
        self,
        path: str,
        *,
        on_line: Callable[[str, float], None],
        on_state: Callable[[DeviceState], None],
        profile: LineProfile | None = None,
        grab: Callable[[int], None] = _grab,
    ) -> None:
        self._path, self._grab = path, grab
        self._reader = KeyReader(profile)
        self._on_line, self._on_state = on_line, on_state
        self._said: DeviceState | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"wedge {path}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends within about a twentieth of a second."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                device = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
            except OSError as error:
                self._gone(error)
                continue
            try:
                self._grab(device)
                self._say(up=True)
                self._read_until_gone(device)
            except OSError as error:
                self._gone(error)
            finally:
                os.close(device)  # which also gives it back

    def _read_until_gone(self, device: int) -> None:
        self._reader.reset()
        while not self._stop.is_set():
            if not select.select([device], [], [], READ_WITHIN_S)[0]:
                continue
            data = os.read(device, READ_SIZE)
            if not data:
                raise OSError(errno.ENODEV, "unplugged")
            now_s = time.monotonic()
            for text in self._reader.feed(data, now_s):
                self._on_line(text, now_s)

    def _gone(self, error: OSError) -> None:
        problem = PROBLEMS.get(error.errno or 0, "does not answer: plug the scanner in again")
        self._say(up=False, detail=f"{self._path} {problem}")
        self._stop.wait(RETRY_S)

    def _say(self, *, up: bool, detail: str = "") -> None:
        """Only what is news."""
        state = DeviceState(DeviceKind.SCANNER, self._path, up, detail)
        if state != self._said:
            self._said = state
            self._on_state(state)
