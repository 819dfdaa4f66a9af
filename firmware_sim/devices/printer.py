"""A receipt printer on the network ("raw" printing, port 9100 in shops) that keeps every paper it cuts.

Each paper is kept as the bytes that came, as text and as a picture, so that a test can read with other people's readers
what the terminal has printed. Like most of its kind it serves one connection at a time.
"""

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from firmware_sim.devices.escpos_reader import CutOff, EscposReader, Event, Printed, StatusAsked
from firmware_sim.devices.paper_image import draw_paper

READ_SIZE = 4096
LOOK_UP_S = 0.2  # how often a waiting thread sees whether it is to stop

# DLE EOT 4 (paper) by what the roll is like; every other question is answered "nothing to report".
PAPER_STATUS = {"ok": b"\x12", "low": b"\x1e", "out": b"\x7e"}
NOTHING_TO_REPORT = b"\x12"
ASKS_PAPER = 4


@dataclass(frozen=True, slots=True)
class Paper:
    """One receipt that fell: as bytes, as its lines of text (unaligned), and drawn in a PNG file."""

    raw: bytes = field(repr=False)
    text: str
    image: Path


class Printer:
    """Prints into `folder`. `roll` may be set to "ok", "low" or "out": what it answers when asked for its paper."""

    def __init__(self, folder: Path, *, port: int = 0, columns: int = 32) -> None:
        self._folder, self._columns, self._port = folder, columns, port
        self.roll = "ok"
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

    def _serve(self, door: socket.socket) -> None:
        door.settimeout(LOOK_UP_S)
        reader, events = EscposReader(), list[Event]()  # what was half printed before is lost
        with door:
            while not self._stop.is_set():
                with suppress(OSError):  # nobody came for a while, or the till went away
                    connection, _ = door.accept()
                    with connection:
                        connection.settimeout(LOOK_UP_S)
                        self._print_from(connection, reader, events)

    def _print_from(self, connection: socket.socket, reader: EscposReader, events: list[Event]) -> None:
        """Until the other end has sent all."""
        while not self._stop.is_set():
            with suppress(TimeoutError):
                data = connection.recv(READ_SIZE)
                if not data:
                    return
                for event in reader.feed(data):
                    self._happen(event, connection, events)

    def _happen(self, event: Event, connection: socket.socket, events: list[Event]) -> None:
        match event:
            case StatusAsked(kind):
                connection.sendall(PAPER_STATUS[self.roll] if kind == ASKS_PAPER else NOTHING_TO_REPORT)
            case CutOff(raw):
                self._keep(raw, events)
                events.clear()
            case _:
                events.append(event)

    def _keep(self, raw: bytes, events: list[Event]) -> None:
        stem = self._folder / f"{len(self._papers) + 1:04d}"
        text = "\n".join(event.text for event in events if isinstance(event, Printed))
        stem.with_suffix(".bin").write_bytes(raw)
        stem.with_suffix(".txt").write_text(text + "\n", encoding="utf-8")
        draw_paper(events, self._columns).save(stem.with_suffix(".png"))
        with self._fell:
            self._papers.append(Paper(raw, text, stem.with_suffix(".png")))
            self._fell.notify_all()
