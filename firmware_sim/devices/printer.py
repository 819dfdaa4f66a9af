"""A receipt printer on the network ("raw" printing, port 9100 in shops) that keeps every paper it cuts.

Each paper is kept as the bytes that came, as text and as a picture, so that a test can read with other people's readers
what the terminal has printed. Like most of its kind it serves one connection at a time. Without paper, or with its
cover open, it keeps what comes and prints it later; a cash drawer hangs on it.
"""

import socket
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from firmware_sim.devices.escpos_reader import (
    CutOff,
    DrawerKicked,
    EscposReader,
    Event,
    IdentityAsked,
    Printed,
    PrintedSoFar,
    ReportsWanted,
    StatusAsked,
)
from firmware_sim.devices.paper_image import draw_paper

READ_SIZE = 4096
LOOK_UP_S = 0.2  # how often a waiting thread sees whether it is to stop

# Epson's command reference. DLE EOT n: 1 printer, 2 why it is offline, 3 faults, 4 paper. GS r 1: paper.
NOTHING_TO_REPORT = 0x12
DRAWER_OPEN, OFFLINE = 0x04, 0x08
COVER_OPEN, PAPER_END, FAULT = 0x04, 0x20, 0x40
CUTTER_FAULT = 0x08
PAPER_STATUS = {"ok": 0x12, "low": 0x1E, "out": 0x7E}
PAPER_SO_FAR = {"ok": 0x00, "low": 0x03, "out": 0x0F}
# GS a: four bytes, sent by itself whenever one of the wanted kinds changes. GS I: who it is, in letters.
REPORT = 0x10
DRAWER_KIND, LINE_KIND, FAULT_KIND, PAPER_KIND = 1, 2, 4, 8
REPORT_COVER_OPEN = 0x20
IDENTITY = {65: "1.0", 66: "Saoma", 67: "stand-in printer", 68: "0001"}
SHORTEST_PULSE_MS = 50  # a drawer's coil needs that long


@dataclass(frozen=True, slots=True)
class Paper:
    """One receipt that fell: as bytes, as its lines of text (unaligned), and drawn in a PNG file."""

    raw: bytes = field(repr=False)
    text: str
    image: Path


class Printer:
    """Prints into `folder`. `roll` may be set to "ok", "low" or "out", its cover opened, a fault put in."""

    def __init__(self, folder: Path, *, port: int = 0, columns: int = 32) -> None:
        self._folder, self._columns, self._port = folder, columns, port
        self.roll = "ok"
        self.is_cover_open = self.has_fault = False
        self.is_paused = False  # by its button: off line, with nothing wrong
        self.is_drawer_open = False  # until somebody pushes it shut
        self.drawer_kicks: list[DrawerKicked] = []
        self._reports = 0  # the kinds of GS a that the one at the other end wants to hear of
        self._reported: tuple[int, ...] = ()
        self._waiting = deque[Event]()  # to be printed
        self._printed: list[Event] = []  # on the paper that has not been cut yet
        self._papers: list[Paper] = []
        self._fell = threading.Condition()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self._port}"

    @property
    def papers(self) -> list[Paper]:
        with self._fell:
            return list(self._papers)

    def wait_for_papers(self, count: int, *, timeout_s: float) -> list[Paper]:
        """The papers so far, once there are so many; TimeoutError if that takes too long."""
        with self._fell:
            if not self._fell.wait_for(lambda: len(self._papers) >= count, timeout_s):
                raise TimeoutError(f"{len(self._papers)} papers of {count} fell within {timeout_s} s")
            return list(self._papers)

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def plug(self) -> None:
        """Switch it on, on the same port as before; OSError if the port is taken."""
        if self._thread:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        door = socket.create_server(("127.0.0.1", self._port))
        self._port = door.getsockname()[1]
        self._stop.clear()
        self._thread = threading.Thread(target=self._serve, args=(door,), name="printer", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Whoever is sending is cut off, and nobody else is let in."""
        self._stop.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    @property
    def can_print(self) -> bool:
        return not (self.roll == "out" or self.is_cover_open or self.has_fault or self.is_paused)

    def _serve(self, door: socket.socket) -> None:
        door.settimeout(LOOK_UP_S)
        reader = EscposReader()
        self._waiting.clear()  # what was in its memory went with the power
        self._printed.clear()
        with door:
            while not self._stop.is_set():
                with suppress(OSError):  # nobody came for a while, or the till went away
                    connection, _ = door.accept()
                    with connection:
                        connection.settimeout(LOOK_UP_S)
                        self._reports = 0
                        self._print_from(connection, reader)
                self._print(None)

    def _print_from(self, connection: socket.socket, reader: EscposReader) -> None:
        """Until the other end has sent all."""
        while not self._stop.is_set():
            with suppress(TimeoutError):
                data = connection.recv(READ_SIZE)
                if not data:
                    return
                for event in reader.feed(data):
                    self._happen(event, connection)
            self._print(connection)
            self._report(connection)

    def _happen(self, event: Event, connection: socket.socket) -> None:
        """What is asked or done in real time at once, the rest in its turn."""
        if isinstance(event, StatusAsked):
            connection.sendall(bytes([self._status(event.kind)]))
        elif isinstance(event, DrawerKicked):
            self.drawer_kicks.append(event)
            self.is_drawer_open = self.is_drawer_open or event.pulse_ms >= SHORTEST_PULSE_MS
        elif isinstance(event, ReportsWanted):
            self._reports, self._reported = event.kinds, ()
        else:
            self._waiting.append(event)

    def _status(self, kind: int) -> int:
        match kind:
            case 1:
                return NOTHING_TO_REPORT | DRAWER_OPEN * self.is_drawer_open | OFFLINE * (not self.can_print)
            case 2:
                cause = COVER_OPEN * self.is_cover_open | PAPER_END * (self.roll == "out") | FAULT * self.has_fault
                return NOTHING_TO_REPORT | cause
            case 3:
                return NOTHING_TO_REPORT | CUTTER_FAULT * self.has_fault
            case _:
                return PAPER_STATUS[self.roll]

    def _report(self, connection: socket.socket) -> None:
        """Of all its state, once something that was asked for has changed, or nothing of it was told yet."""
        news = self._wanted_state()
        if self._reports and news != self._reported:
            self._reported = news
            line = DRAWER_OPEN * self.is_drawer_open | OFFLINE * (not self.can_print)
            first = REPORT | line | REPORT_COVER_OPEN * self.is_cover_open
            connection.sendall(bytes([first, CUTTER_FAULT * self.has_fault, PAPER_SO_FAR[self.roll], 0]))

    def _wanted_state(self) -> tuple[int, ...]:
        """By kind, so that what nobody asked for is no news."""
        kinds = {
            DRAWER_KIND: self.is_drawer_open,
            LINE_KIND: 2 * self.is_cover_open + (not self.can_print),
            FAULT_KIND: self.has_fault,
            PAPER_KIND: PAPER_SO_FAR[self.roll],
        }
        return tuple(int(state) for kind, state in kinds.items() if self._reports & kind)

    def _print(self, connection: socket.socket | None) -> None:
        """What waits, as long as there is paper to print it on."""
        while self._waiting and self.can_print:
            event = self._waiting.popleft()
            if isinstance(event, PrintedSoFar | IdentityAsked):
                if connection is not None:
                    connection.sendall(self._answer(event))
            elif isinstance(event, CutOff):
                self._keep(event.raw, self._printed)
                self._printed.clear()
            else:
                self._printed.append(event)

    def _answer(self, question: PrintedSoFar | IdentityAsked) -> bytes:
        match question:
            case PrintedSoFar(kind):
                return bytes([PAPER_SO_FAR[self.roll] if kind == 1 else self.is_drawer_open])
            case IdentityAsked(kind):
                return b"_" + IDENTITY[kind].encode("ascii") + b"\0" if kind in IDENTITY else b""

    def _keep(self, raw: bytes, events: list[Event]) -> None:
        stem = self._folder / f"{len(self._papers) + 1:04d}"
        text = "\n".join(event.text for event in events if isinstance(event, Printed))
        stem.with_suffix(".bin").write_bytes(raw)
        stem.with_suffix(".txt").write_text(text + "\n", encoding="utf-8")
        draw_paper(events, self._columns).save(stem.with_suffix(".png"))
        with self._fell:
            self._papers.append(Paper(raw, text, stem.with_suffix(".png")))
            self._fell.notify_all()
