"""Somebody who sits before a program: a pseudo-terminal, what stands on it, and hands that press keys.

Only what full-screen programs send is understood: places, text and erasing. Colours are not looked at.
"""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unicodedata
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from terminal.errors import DeviceError

READ_SIZE = 65536
STOP_WITHIN_S = 10.0
# A control sequence, an operating system command or another string, any other escape, or a piece of text.
_PART = re.compile(
    r"\x1b\[([0-9;?<=>!]*)[ $'\"]?([@-~])|\x1b[\]PX^_].*?(?:\x07|\x1b\\)|\x1b[^\[\]PX^_]|[^\x1b]+", re.DOTALL
)
_BEGUN = re.compile(
    r"\x1b(?:[\]PX^_](?:(?!\x1b\\)[^\x07])*|\[[0-9;?<=>!]*[ $'\"]?)?$", re.DOTALL
)  # may go on in the next read


class Grid:
    """The letters on a screen of `rows` times `columns`."""

    def __init__(self, rows: int, columns: int) -> None:
        self._rows, self._columns = rows, columns
        self._cells = [[" "] * columns for _ in range(rows)]
        self._x = self._y = 0
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""

    @property
    def text(self) -> str:
        return "\n".join("".join(row) for row in self._cells)

    def feed(self, data: bytes) -> None:
        sent = self._rest + self._decode(data)
        begun = _BEGUN.search(sent)
        sent, self._rest = (sent[: begun.start()], sent[begun.start() :]) if begun else (sent, "")
        for part in _PART.finditer(sent):
            if part[2]:
                self._obey(part[1], part[2])
            elif not part[0].startswith("\x1b"):
                self._write(part[0])

    def _obey(self, numbers: str, what: str) -> None:
        given = [int(number or 0) for number in numbers.split(";")] if re.fullmatch(r"[\d;]*", numbers) else None
        if given is None:
            return
        if what in "Hf":
            self._y, self._x = max(1, given[0]) - 1, max(1, given[1] if len(given) > 1 else 1) - 1
        elif what == "J":
            self._cells = [[" "] * self._columns for _ in range(self._rows)]
        elif what == "K" and self._y < self._rows:
            self._cells[self._y][self._x :] = [" "] * (self._columns - self._x)

    def _write(self, text: str) -> None:
        for letter in text:
            if letter == "\r":
                self._x = 0
            elif letter == "\n":
                self._x, self._y = 0, self._y + 1
            elif letter >= " " and self._y < self._rows and not unicodedata.combining(letter):
                wide = 2 if unicodedata.east_asian_width(letter) in "WF" else 1
                self._cells[self._y][self._x : self._x + wide] = [letter, ""][:wide]
                del self._cells[self._y][self._columns :]
                self._x += wide


class Screen:
    """A program on a screen. Reading and waiting are one: nothing is read between the calls of `until`."""

    def __init__(self, line: int, rows: int, columns: int, process: "subprocess.Popen[bytes]") -> None:
        self.grid = Grid(rows, columns)
        self.process = process
        self._line = line

    def press(self, keys: str) -> float:
        """The moment in which they were sent, on the machine's monotonic clock."""
        at_s = time.monotonic()
        os.write(self._line, keys.encode())
        return at_s

    def until(self, holds: Callable[[str], bool], within_s: float) -> float:
        """The moment from which `holds` is true of the text on the screen; raises DeviceError if that never comes."""
        end_s = at_s = time.monotonic()
        end_s += within_s
        while not holds(self.grid.text):
            if (at_s := self.look(end_s)) >= end_s:
                raise DeviceError(f"the screen never came to show what was waited for, but this:\n{self.grid.text}")
        return at_s

    def still(self, for_s: float, within_s: float) -> float:
        """The moment of the last change of the text before it stayed as it is for so long; raises DeviceError."""
        changed_s, end_s, text = time.monotonic(), time.monotonic() + within_s, self.grid.text
        while (now_s := self.look(changed_s + for_s)) < changed_s + for_s or not text.strip():
            if now_s > end_s:
                raise DeviceError(f"the screen never came to rest:\n{self.grid.text}")
            if self.grid.text != text:
                changed_s, text = now_s, self.grid.text
            elif not text.strip():
                changed_s = now_s
        return changed_s

    def rest(self, seconds: float) -> None:
        """Look on for so long."""
        end_s = time.monotonic() + seconds
        while self.look(end_s) < end_s:
            pass

    def look(self, until_s: float) -> float:
        """Take in what is sent next, or wait until then; the moment in which it came. Raises DeviceError at its end."""
        ready, _, _ = select.select([self._line], [], [], max(0.0, until_s - time.monotonic()))
        if not ready:
            return max(until_s, time.monotonic())
        try:
            data = os.read(self._line, READ_SIZE)
        except OSError:  # Linux says so instead of sending nothing
            data = b""
        at_s = time.monotonic()
        if not data:
            raise DeviceError(f"the program has ended, its screen showing\n{self.grid.text}")
        self.grid.feed(data)
        return at_s


@contextmanager
def on_screen(
    words: Sequence[str | Path], *, rows: int = 30, columns: int = 100, env: Mapping[str, str] | None = None
) -> Iterator[Screen]:
    """Run a program on a screen of its own; it is ended with the context."""
    ours, line = pty.openpty()
    fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    surroundings = {**around_us(), "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
    process = subprocess.Popen(words, stdin=line, stdout=line, stderr=line, env=surroundings, start_new_session=True)
    os.close(line)
    screen = Screen(ours, rows, columns, process)
    try:
        yield screen
    finally:
        _end(screen)
        os.close(ours)


def around_us() -> dict[str, str]:
    """Our environment, but for what it says of the size of our own screen: readline, for one, leaves that there."""
    return {name: value for name, value in os.environ.items() if name not in ("LINES", "COLUMNS")}


def _end(screen: Screen) -> None:
    """Tell it to stop, and go on reading, or it would wait for us; then make it."""
    process, end_s = screen.process, time.monotonic() + STOP_WITHIN_S
    process.terminate()
    while process.poll() is None and time.monotonic() < end_s:
        try:
            screen.look(time.monotonic() + 0.05)
        except DeviceError:
            break
    try:
        process.wait(max(0.1, end_s - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
