"""A serial port that can be plugged in and pulled out: a pseudo-terminal behind a path of its own.

A host sees what a real USB serial port shows it: a path that comes and goes, bytes in any pieces, and the same errors
when it is pulled out (measured beside an FTDI adapter). Every method may be called from any thread.
"""

import errno
import os
import select
import termios
import threading
import tty
from contextlib import suppress
from pathlib import Path
from typing import Self

BITS_PER_BYTE = 10  # start, eight of data, stop
BAUD = {
    getattr(termios, f"B{rate}"): rate for rate in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800)
}
DEFAULT_BAUD = 9600
READ_SIZE = 4096


class PtyPort:
    """Plugged in at `link`. Pulled out at the end of a `with`."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self._plugging = threading.Lock()  # it may be pulled out by one thread while another is writing
        self._device: int | None = None
        self._host_side: int | None = None  # kept open, so that a host that closes does not end the device

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    @property
    def is_plugged(self) -> bool:
        return self._device is not None

    def plug(self, link: Path | None = None) -> None:
        """Appear at the link, or under another name, all at once: raw first, then published by a rename.

        Raises FileExistsError where something stands that is no link: a mistyped path costs nobody a file.
        """
        with self._plugging:
            if self._device is not None:
                return
            self.link = link or self.link
            if self.link.exists() and not self.link.is_symlink():
                raise FileExistsError(errno.EEXIST, "something is there that is no device of ours", str(self.link))
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

    def write(self, data: bytes) -> None:
        """Put bytes on the line, as they are; lost while unplugged, or when the host's buffer is full."""
        with self._plugging, suppress(BlockingIOError):
            if self._device is not None:
                os.write(self._device, data)

    def read(self, within_s: float) -> bytes:
        """What the host has written, as soon as there is something; nothing once it was pulled out."""
        device = self._device
        if device is None:
            return b""
        with suppress(OSError, ValueError):  # pulled out while we waited
            select.select([device], [], [], within_s)
        with self._plugging, suppress(BlockingIOError):
            if self._device is not None:
                return os.read(self._device, READ_SIZE)
        return b""

    @property
    def baud(self) -> int:
        """What the host has set; a pseudo-terminal carries the setting but does not obey it."""
        with self._plugging:
            speed = termios.tcgetattr(self._device)[5] if self._device is not None else termios.B9600
        return BAUD.get(speed, DEFAULT_BAUD)
