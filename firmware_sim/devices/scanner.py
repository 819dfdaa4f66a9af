"""A serial scanner on a pseudo-terminal: what is inside it speaks a protocol, its cable may be bad or pulled out.

Its bytes are no faster than the baud that the host has set, and no more whole than its cable.
"""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from firmware_sim.devices.line_faults import Damage, at_wrong_speed, damaged
from firmware_sim.devices.pty_port import BITS_PER_BYTE, PtyPort
from firmware_sim.devices.scanners.insides import Insides, LineScanner
from terminal.scanning.protocols.talk import Command

LOOKS_UP_S = 0.02  # how often it sees whether it was pulled out, or must say something again


class PtyScanner(PtyPort):
    """A scanner at `link`, which a till can open. Without `insides` it sends plain lines.

    `insides` makes what is in it, anew each time it is plugged in, for it has no other power. `baud` is its own speed:
    a host that sets another hears garbage (None: over USB the speed means nothing). Of an answer, `answers_after_s`
    makes it slow and `is_mute` makes none of it; while `is_deaf`, what the host says is lost, its ACKs too.
    """

    def __init__(
        self,
        link: Path,
        *,
        suffix: bytes = b"\r",
        prefix: str = "",
        aim: str = "",
        insides: Callable[[], Insides] | None = None,
        baud: int | None = None,
    ) -> None:
        super().__init__(link)
        self.answers_after_s, self.is_mute, self.is_deaf = 0.0, False, False
        self._own_baud = baud
        self._listens = insides is not None
        self._make = insides or (lambda: LineScanner(suffix=suffix, prefix=prefix, aim=aim))
        self._insides = self._make()
        self._talking = threading.Condition()  # one at a time inside; and something was told
        self._thread: threading.Thread | None = None

    def plug(self, link: Path | None = None) -> None:
        if not self.is_plugged:
            self._insides = self._make()
        super().plug(link)
        if self._listens and self._thread is None:
            self._thread = threading.Thread(target=self._listen, name="pty scanner", daemon=True)
            self._thread.start()

    def unplug(self) -> None:
        super().unplug()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
            self._thread = None

    def scan(
        self,
        text: str,
        *,
        pieces: Sequence[int] = (),
        damage: tuple[Damage, int] | None = None,
        unplug_after: int | None = None,
    ) -> None:
        """A code comes before it. `pieces` are the lengths in which it goes out, at the host's baud (the rest last).

        `damage` happens to its bytes this once, at that place; after `unplug_after` bytes the cable is pulled out.
        """
        with self._talking:
            data = b"".join(self._insides.scan(text, time.monotonic()))
        if damage is not None:
            data = damaged(data, *damage)
        for length in pieces:
            self.send(data[:length])
            time.sleep(length * BITS_PER_BYTE / self.baud)  # the line is no faster than that
            data = data[length:]
        self.send(data[:unplug_after])
        if unplug_after is not None:
            self.unplug()

    def send(self, data: bytes) -> None:
        """Put bytes on the line, as they are; lost while unplugged, or when the host's buffer is full."""
        hears = self._own_baud in (None, self.baud)
        self.write(data if hears else at_wrong_speed(data))

    def wait_for(self, command: Command, *, timeout_s: float) -> None:
        """Until the host has commanded it; TimeoutError if that takes too long."""
        with self._talking:
            if not self._talking.wait_for(lambda: command in self._insides.told, timeout_s):
                raise TimeoutError(f"no {command} within {timeout_s} s, only {self._insides.told}")

    def _listen(self) -> None:
        while self.is_plugged:
            data = self.read(LOOKS_UP_S)
            if self.is_deaf:
                data = b""
            if self.is_mute or self._own_baud not in (None, self.baud):
                continue
            with self._talking:
                now_s = time.monotonic()
                answers = self._insides.feed(data, now_s) if data else self._insides.idle(now_s)
                self._talking.notify_all()
            if answers:
                time.sleep(self.answers_after_s)
            for answer in answers:
                self.send(answer)
