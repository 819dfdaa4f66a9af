"""A tape: a folder with what came to a till and what it did, one event a line. docs/replay.md tells its format.

Nothing here ever stops a till: a tape that cannot be written any more ends, and the log says so.
"""

import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terminal.errors import PlaceError, SaomaError
from terminal.recording.stand_ins import StandIns

EVENTS = "tape.jsonl"
BOOKS = "books.db"  # the journal as it was before
FORMAT = 1
IN, OUT, FACT = "in", "out", "fact"  # what came, what the till did, what came of reading what came

log = logging.getLogger(__name__)

Line = Mapping[str, Any]


class TapeDamaged(SaomaError):
    """A tape that cannot be replayed."""


class TapeWriter:
    """From any thread. Every line is in the system's hands when `write` returns, and holds no code of a customer's."""

    def __init__(self, folder: Path, stand_ins: StandIns) -> None:
        """Raises PlaceError for a folder that cannot be made, or has a tape already."""
        self._stand_ins = stand_ins
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (folder / EVENTS).touch(0o600, exist_ok=False)
            self._file = (folder / EVENTS).open("a", encoding="utf-8", buffering=1)
        except FileExistsError as error:
            raise PlaceError(f"{folder}: there is a tape already: name another folder") from error
        except OSError as error:
            raise PlaceError(f"{folder}: no tape can be kept there ({error.strerror})") from error

    def write(self, line: Line) -> None:
        text = self._stand_ins.hide(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
        with self._lock:
            if self._file.closed:
                return
            try:
                self._file.write(text + "\n")
            except OSError:
                log.exception("the tape ends here: it cannot be written any more")
                self._abandon()

    def close(self) -> None:
        with self._lock:
            self._file.close()

    def _abandon(self) -> None:
        try:
            self._file.close()
        except OSError:  # what was left in its buffer
            log.debug("the tape's last line is lost")


@dataclass(frozen=True, slots=True)
class Tape:
    """One that was read: `is_whole` unless it was cut short."""

    head: Line
    lines: tuple[Line, ...]
    is_whole: bool


def read_tape(folder: Path) -> Tape:
    """Raises TapeDamaged with the line that is wrong; a last line that breaks off is a power cut."""
    try:
        texts = (folder / EVENTS).read_bytes().split(b"\n")
    except OSError as error:
        way_out = "name the folder that `saoma run --record` or `saoma demo --record` made"
        raise TapeDamaged(f"{folder / EVENTS}: cannot be read ({error.strerror}); {way_out}") from error
    head, *lines = [_line(folder, number, text) for number, text in enumerate(texts[:-1], 1)] or [{}]
    if head.get("tape") != FORMAT:
        raise TapeDamaged(f"{folder / EVENTS}: no tape of format {FORMAT}")
    return Tape(head, tuple(lines), bool(lines) and lines[-1].get(IN) == "end")


def _line(folder: Path, number: int, text: bytes) -> Line:
    try:
        line = json.loads(text)
    except ValueError as error:
        raise TapeDamaged(f"{folder / EVENTS}: line {number} cannot be read") from error
    if not isinstance(line, dict):
        raise TapeDamaged(f"{folder / EVENTS}: line {number} is no event")
    return line
