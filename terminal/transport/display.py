"""A line to the customer's display: it always shows the newest, and again after it was pulled out and put back."""

import threading
from collections.abc import Callable
from contextlib import closing

import serial

from terminal.errors import GONE
from terminal.steps import DeviceKind, DeviceState

LOOK_S = 1.0  # how often it sees whether the display is still there, or there again
WRITE_WITHIN_S = 2.0


class DisplayLine:
    """`port` is a path or an address that pyserial knows. `show` never waits; a thread of its own does the writing."""

    def __init__(self, port: str, *, baud: int, start: bytes, on_state: Callable[[DeviceState], None]) -> None:
        self._port, self._baud, self._start, self._on_state = port, baud, start, on_state
        self._newest = b""
        self._changed = threading.Condition()
        self._is_stopping = False
        self._said: DeviceState | None = None
        self._thread = threading.Thread(target=self._run, name=f"display {port}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        self._thread.join()

    def show(self, data: bytes) -> None:
        """Bytes that draw the whole display; what was not written yet is not needed any more."""
        with self._changed:
            self._newest = data
            self._changed.notify()

    def _run(self) -> None:
        while not self._is_stopping:
            try:
                with closing(serial.serial_for_url(self._port, self._baud, write_timeout=WRITE_WITHIN_S)) as line:
                    line.write(self._start)
                    self._say(up=True)
                    self._keep_shown(line)
            except (*GONE, ValueError) as error:  # ValueError: no such kind of address
                self._say(up=False, detail=f"{self._port}: {error}: plug the display in")
                self._wait(lambda: False)

    def _keep_shown(self, line: serial.Serial) -> None:
        drawn = b""
        while not self._is_stopping:
            data = self._newest
            if data != drawn:
                line.write(data)
                drawn = data
            _ = line.in_waiting  # raises once it was pulled out
            self._wait(lambda drawn=drawn: self._newest != drawn)  # type: ignore[misc]

    def _wait(self, is_due: Callable[[], bool]) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopping or is_due(), LOOK_S)

    def _say(self, *, up: bool, detail: str = "") -> None:
        """Only what is news."""
        state = DeviceState(DeviceKind.DISPLAY, self._port, up, detail)
        if state != self._said:
            self._said = state
            self._on_state(state)
