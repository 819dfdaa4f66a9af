"""A serial scanner on a pseudo-terminal that can be plugged in and pulled out.

A host sees what a real USB serial port shows it: a path that comes and goes, bytes in any pieces, and the same errors
when it is pulled out in the middle of a code.
"""

import os
import termios
import threading
import time
import tty
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from terminal.scanning.protocols.lines import encode

BITS_PER_BYTE = 10  # start, eight of data, stop
BAUD = {
    getattr(termios, f"B{rate}"): rate for rate in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800)
}


class PtyScanner:
    """Plugged in at `link`, a path that a till can open. Pulled out at the end of a `with`."""

    def __init__(self, link: Path, *, suffix: bytes = b"\r", prefix: str = "", aim: str = "") -> None:
        self.link = link
        self._suffix, self._prefix, self._aim = suffix, prefix, aim
        self._plugging = threading.Lock()  # it may be pulled out by one thread while another is scanning
        self._device: int | None = None
        self._host_side: int | None = None  # kept open, so that a host that closes does not end the device

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def plug(self) -> None:
        """Appear at `link`, all at once: raw first, then published by a rename."""
        with self._plugging:
            if self._device is not None:
                return
            self._device, self._host_side = os.openpty()
            tty.setraw(self._host_side)
            os.set_blocking(self._device, False)
            fresh = self.link.with_name(f".{self.link.name}.{os.getpid()}")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(os.ttyname(self._host_side))
            fresh.replace(self.link)

    def unplug(self) -> None:
        """Disappear: the path first, then the line. Bytes that nobody has read are lost."""
        with self._plugging:
            if self._device is None or self._host_side is None:
                return
            self.link.unlink(missing_ok=True)
            os.close(self._host_side)
            os.close(self._device)
            self._device = self._host_side = None

    def scan(self, text: str, *, pieces: Sequence[int] = ()) -> None:
        """Send a code; `pieces` are the lengths in which it goes out, at the host's baud (the rest goes last)."""
        data = encode(text, suffix=self._suffix, prefix=self._prefix, aim=self._aim)
        for length in pieces:
            self.send(data[:length])
            time.sleep(length * BITS_PER_BYTE / self.baud)  # the line is no faster than that
            data = data[length:]
        self.send(data)

    def send(self, data: bytes) -> None:
        """Put bytes on the line, as they are; lost while unplugged, or when the host's buffer is full."""
        with self._plugging, suppress(BlockingIOError):
            if self._device is not None:
                os.write(self._device, data)

    @property
    def baud(self) -> int:
        """What the host has set; a pseudo-terminal carries the setting but does not obey it."""
        with self._plugging:
            speed = termios.tcgetattr(self._device)[5] if self._device is not None else termios.B9600
        return BAUD.get(speed, 9600)
