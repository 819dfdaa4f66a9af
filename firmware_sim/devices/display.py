"""Customer displays on a pseudo-terminal: two lines of twenty characters, or eight digits and four lamps.

The glass is drawn from the makers' tables (XP8200 and P07303 for the VFD, LED8N for the digits), not from the
terminal's encoder. Nothing is ever answered, as with the real ones.
"""

import threading
from pathlib import Path
from typing import Protocol

from firmware_sim.devices.line_faults import at_wrong_speed
from firmware_sim.devices.pty_port import PtyPort

ESC, US, CR = 0x1B, 0x1F, 0x0D
COLUMNS, ROWS = 20, 2
LOOKS_UP_S = 0.02
# How many bytes follow a two-byte command; those missing here have none.
PARAMETERS = {b"\x1f$": 2, b"\x1fC": 1, b"\x1fX": 1, b"\x1fE": 1, b"\x1bt": 1, b"\x1bl": 2, b"\x1b*": 1, b"\x1b=": 1}
PARAMETERS |= {b"\x1bs": 1, b"\x02L": 4, b"\x02B": 1}
LINES = {b"\x1bQA": 0, b"\x1bQB": 1}  # CD5220's string mode: text up to CR
LEADS = (ESC, US, 0x02)


class Glass(Protocol):
    """What can be read on a display, `lines` from the top."""

    baud: int

    @property
    def lines(self) -> list[str]: ...
    def feed(self, data: bytes) -> None: ...


class Pieces:
    """Cuts a display's bytes into characters and commands, however they come."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        self._rest += data
        pieces = []
        while (size := self._size()) and size <= len(self._rest):
            pieces.append(self._rest[:size])
            self._rest = self._rest[size:]
        return pieces

    def _size(self) -> int:
        """Of what comes next; more than there is while it is not whole."""
        if not self._rest:
            return 0
        if self._rest[0] not in LEADS:
            return 1
        if self._rest[:2] != b"\x1bQ":
            return 2 + PARAMETERS.get(self._rest[:2], 0)
        end = self._rest.find(CR)
        return end + 1 if end >= 0 else len(self._rest) + 1


class Vfd:
    """Two lines of twenty, Epson's commands and CD5220's two for a line."""

    baud = 9600

    def __init__(self) -> None:
        self._pieces = Pieces()
        self._clear()

    @property
    def lines(self) -> list[str]:
        return ["".join(row) for row in self._cells]

    def feed(self, data: bytes) -> None:
        for piece in self._pieces.feed(data):
            self._obey(piece)

    def _clear(self) -> None:
        self._cells = [[" "] * COLUMNS for _ in range(ROWS)]
        self._at = 0  # cells from the upper left

    def _obey(self, piece: bytes) -> None:
        row = self._at // COLUMNS
        if piece[:3] in LINES:
            self._cells[LINES[piece[:3]]] = list(piece[3:-1].decode("ascii", "replace")[:COLUMNS].ljust(COLUMNS))
            return
        match piece[:2]:
            case b"\x1b@" | b"\x0c":
                self._clear()
            case b"\x0b":
                self._at = 0
            case b"\x1f$" | b"\x1bl":
                self._at = (piece[3] - 1) % ROWS * COLUMNS + (piece[2] - 1) % COLUMNS
            case b"\x0d":
                self._at = row * COLUMNS
            case b"\x0a":
                self._at = (self._at + COLUMNS) % (ROWS * COLUMNS)
            case b"\x18":
                self._cells[row] = [" "] * COLUMNS
                self._at = row * COLUMNS
            case _ if len(piece) == 1 and piece[0] >= 0x20:  # noqa: PLR2004 - printable
                self._cells[row][self._at % COLUMNS] = piece.decode("ascii", "replace")
                self._at = (self._at + 1) % (ROWS * COLUMNS)


class Led8:
    """Eight digits and the lamps unit price, total, received and change."""

    baud = 2400
    LAMPS = ("", "unit price", "total", "received", "change")

    def __init__(self) -> None:
        self._pieces = Pieces()
        self.digits, self.lamp = "", ""

    @property
    def lines(self) -> list[str]:
        return [self.digits, self.lamp]

    def feed(self, data: bytes) -> None:
        for piece in self._pieces.feed(data):
            if piece in (b"\x1b@", b"\x0c", b"\x18"):
                self.digits = ""
            elif piece.startswith(b"\x1bQA"):
                text = piece[3:-1].decode("ascii", "replace")
                self.digits = "".join(one for one in text if one in "0123456789-.")
            elif piece.startswith(b"\x1bs"):
                number = piece[2] - ord("0")
                self.lamp = self.LAMPS[number] if 0 <= number < len(self.LAMPS) else ""


class PtyDisplay(PtyPort):
    """A display at `link`. A host that sets another speed than its own makes it show garbage, or nothing."""

    def __init__(self, link: Path, glass: Glass) -> None:
        super().__init__(link)
        self._glass = glass
        self._drawn = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def lines(self) -> list[str]:
        with self._drawn:
            return self._glass.lines

    def plug(self, link: Path | None = None) -> None:
        super().plug(link)
        if self._thread is None:
            self._thread = threading.Thread(target=self._listen, name="pty display", daemon=True)
            self._thread.start()

    def unplug(self) -> None:
        super().unplug()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def wait_for(self, text: str, *, timeout_s: float) -> list[str]:
        """The lines, once `text` stands in one; TimeoutError if that takes too long."""
        with self._drawn:
            if not self._drawn.wait_for(lambda: any(text in line for line in self._glass.lines), timeout_s):
                raise TimeoutError(f"{text!r} is not shown after {timeout_s} s, but {self._glass.lines}")
            return self._glass.lines

    def _listen(self) -> None:
        while self.is_plugged:
            data = self.read(LOOKS_UP_S)
            if data:
                with self._drawn:
                    self._glass.feed(data if self.baud == self._glass.baud else at_wrong_speed(data))
                    self._drawn.notify_all()
