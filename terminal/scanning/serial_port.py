"""A scanner on a serial line: kept open, taken back when it was pulled out, its bytes cut into codes.

One thread reads. Errors are those measured when a real USB adapter is pulled: `OSError` (pyserial's own are that too)
and, from some calls, `termios.error`, which is not one.
"""

import errno
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Protocol, cast

import serial

from terminal.scanning.protocols.lines import LineProfile, LineReader
from terminal.steps import DeviceKind, DeviceState

try:
    from termios import error as termios_error
except ImportError:  # Windows has none, and pyserial raises none there
    termios_error = OSError  # type: ignore[misc, assignment]

GONE = (OSError, termios_error)
READ_WITHIN_S = 0.05  # also how exactly a silence is measured
RETRY_S = (0.1, 0.2, 0.5, 1.0, 2.0)  # the last one repeats


class Line(Protocol):
    """What pyserial's serial lines of every kind can do."""

    @property
    def in_waiting(self) -> int: ...
    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


PROBLEMS: dict[object, str] = {
    errno.ENOENT: "is not there: plug the scanner in",
    errno.EACCES: "may not be opened: add this user to the group dialout",
    errno.EAGAIN: "is in use by another program: close that one",
    errno.ENOTTY: "is not a serial line: choose the scanner's port",
}

OnLine = Callable[[str, float], None]
OnState = Callable[[DeviceState], None]


class SerialSource:
    """Codes from a serial scanner.

    `port` is a path, `COM3`, or an address that pyserial knows (`socket://host:port`, `rfc2217://host:port`, `loop://`).
    `on_line(text, monotonic_s)` and `on_state(state)` are called on the source's own thread.
    """

    def __init__(
        self,
        port: str,
        *,
        on_line: OnLine,
        on_state: OnState,
        baud: int = 9600,
        profile: LineProfile | None = None,
    ) -> None:
        self._port, self._baud = port, baud
        self._reader = LineReader(profile)
        self._on_line, self._on_state = on_line, on_state
        self._said: DeviceState | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"scanner {port}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends within about a twentieth of a second."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        tries = 0
        while not self._stop.is_set():
            try:
                line = self._open()
            except (*GONE, ValueError) as error:  # ValueError: no such kind of address
                self._say(up=False, detail=_explained(self._port, error))
                self._stop.wait(RETRY_S[min(tries, len(RETRY_S) - 1)])
                tries += 1
                continue
            tries = 0
            self._say(up=True)
            with closing(line):
                self._read_until_gone(line)

    def _open(self) -> Line:
        """Another till on the same scanner would take half of each code, hence exclusive where that is possible."""
        exclusive = None if "://" in self._port else True
        line = serial.serial_for_url(self._port, self._baud, timeout=READ_WITHIN_S, exclusive=exclusive)
        return cast(Line, line)

    def _read_until_gone(self, line: Line) -> None:
        self._reader.reset()
        while not self._stop.is_set():
            try:
                data = line.read(max(1, line.in_waiting))
            except GONE as error:
                self._say(up=False, detail=_explained(self._port, error))
                return
            self._take(data, time.monotonic())

    def _take(self, data: bytes, now_s: float) -> None:
        unfinished = self._reader.unfinished
        for text in self._reader.feed(data, now_s) if data else self._reader.idle(now_s):
            self._on_line(text, now_s)
        if self._reader.unfinished > unfinished:
            self._say(up=True, detail="bytes arrive but no line ending: switch on the scanner's CR suffix")

    def _say(self, *, up: bool, detail: str = "") -> None:
        """Only what is news: a scanner that stays away is reported once."""
        state = DeviceState(DeviceKind.SCANNER, self._port, up, detail)
        if state != self._said:
            self._said = state
            self._on_state(state)


def _explained(port: str, error: Exception) -> str:
    """What is wrong, and the way out."""
    if isinstance(error, ValueError):
        return f"{port} is no address of a serial line: write a path, COM3 or socket://host:port"
    if str(error).startswith("Could not configure port"):  # pyserial tells no number here
        return f"{port} {PROBLEMS[errno.ENOTTY]}"
    number = error.args[0] if error.args else None
    return f"{port} {PROBLEMS.get(number, 'does not answer: plug the scanner in again')}"
