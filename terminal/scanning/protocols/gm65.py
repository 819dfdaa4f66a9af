"""GM65, GM66, GM861 and their relatives (Hangzhou Grow): the modules that hobbyists buy and unbranded guns are made of.

Registers are read and written in frames with a CRC; codes come as plain lines on the same wire. Read from public
drivers and notes on the V1.3 manual; the map holds for the GM65, and differs above 0010 on others (docs/devices.md).
"""

import binascii
from dataclasses import dataclass, field
from enum import IntEnum

from terminal.scanning.protocols.between import AnsweringHost, Dialect, Place, begins
from terminal.scanning.protocols.lines import LineProfile
from terminal.scanning.protocols.talk import Answered, Command, HostEvent, Outcome, Question

ASK, ANSWER, ALIVE = b"\x7e\x00", b"\x02\x00", b"\x03\x00"
UNCHECKED = b"\xab\xcd"  # in place of a command's CRC: the module takes it for right
CRC_SIZE, HEAD = 2, 6  # bytes; HEAD: ASK, kind, length, address
ANSWER_HEAD = 4  # ANSWER, status, length


class Kind(IntEnum):
    READ = 7
    WRITE = 8
    SAVE = 9  # to flash, which wears
    HEARTBEAT = 10


class Register(IntEnum):
    SETTINGS = 0x0000  # beep, lights, mode
    TRIGGER = 0x0002
    BAUD = 0x002A
    TAIL = 0x0060
    RESTORE = 0x00D9
    VERSION = 0x00E2


class Mode(IntEnum):
    """The two lowest bits of SETTINGS."""

    BUTTON = 0
    COMMAND = 1  # reads only when triggered
    CONTINUOUS = 2
    INDUCTION = 3


MODE_BITS, TAIL_BITS = 0x03, 0x60
TAIL_CR, TAIL_NONE = 0x00, 0x60  # none is the factory's choice


@dataclass(frozen=True, slots=True)
class Frame:
    """A command as the module sees it; `checked` is False where its CRC is wrong."""

    kind: int
    address: int
    data: bytes
    checked: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    data: bytes = field(default=b"")


def crc(data: bytes) -> bytes:
    """CRC-16/XMODEM, high byte first."""
    return binascii.crc_hqx(data, 0).to_bytes(CRC_SIZE, "big")


def command(kind: Kind, address: int, data: bytes, *, length: int | None = None) -> bytes:
    """A till's side: a command."""
    size = len(data) if length is None else length
    body = bytes([kind, size]) + address.to_bytes(2, "big") + data
    return ASK + body + crc(body)


def read(address: int, count: int = 1) -> bytes:
    return command(Kind.READ, address, bytes([count]), length=1)


def write(address: int, *values: int) -> bytes:
    return command(Kind.WRITE, address, bytes(values))


def save() -> bytes:
    return command(Kind.SAVE, 0, b"\x00")


def heartbeat() -> bytes:
    return command(Kind.HEARTBEAT, 0, b"\x00")


def reply(data: bytes = b"\x00", *, status: int = 0, begin: bytes = ANSWER) -> bytes:
    """A module's side: what it answers, `begin` being ALIVE for a heartbeat."""
    body = bytes([status, len(data)]) + data
    return begin + body + crc(b"\x00" + body)


def next_command(data: bytes) -> tuple[Frame | None, int]:
    """A module's side: the first command in `data` and how many bytes are done with; no frame while it is not whole."""
    start = begins(data, ASK)
    if start < 0:
        return None, len(data)
    if len(data) - start < HEAD:
        return None, start
    kind, size = data[start + 2], data[start + 3]
    end = start + HEAD + size + CRC_SIZE
    if len(data) < end:
        return None, start
    body, check = data[start + 2 : end - CRC_SIZE], data[end - CRC_SIZE : end]
    address = int.from_bytes(body[2:4], "big")
    return Frame(kind, address, body[4:], check in (UNCHECKED, crc(body))), end


def find(data: bytes, _question: bytes) -> Place | None:
    """The first answer with a right CRC, or what may become one."""
    starts = sorted({start for begin in (ANSWER, ALIVE) for start in _all(data, begin)})
    places = (Place(start, _end(data, start)) for start in starts)
    return next((place for place in places if place.end != 0), None)


def _all(data: bytes, begin: bytes) -> list[int]:
    found, start = [], begins(data, begin)
    while start >= 0:
        found.append(start)
        start = begins(data, begin, start + 1)
    return found


def _end(data: bytes, start: int) -> int | None:
    """Where the answer that begins at `start` ends; None while it is not whole, 0 where its CRC is wrong."""
    head = data[start : start + ANSWER_HEAD]
    if len(head) < ANSWER_HEAD:
        return None
    end = start + ANSWER_HEAD + head[3] + CRC_SIZE
    if len(data) < end:
        return None
    right = crc(data[start + 1 : end - CRC_SIZE]) == data[end - CRC_SIZE : end]
    return end if right else 0


def parsed(answer: bytes) -> Reply:
    """An answer that `find` has found."""
    return Reply(answer[2], answer[ANSWER_HEAD:-CRC_SIZE])


def understand(answer: bytes) -> tuple[Outcome, str]:
    told = parsed(answer)
    return (Outcome.REFUSED, "") if told.status else (Outcome.DONE, told.data.hex().upper())


COMMANDS = {
    Command.TRIGGER: write(Register.TRIGGER, 1),  # obeyed in command mode; the module clears it by itself
    Command.RELEASE: write(Register.TRIGGER, 0),
    Command.IDENTIFY: read(Register.VERSION),
}
ASK_SETTINGS, ASK_TAIL = read(Register.SETTINGS), read(Register.TAIL)


class Gm65Host(AnsweringHost):
    """The till's side. It sets the module to end its codes with CR, until power-off: the factory's end with nothing."""

    def __init__(self, profile: LineProfile | None = None) -> None:
        super().__init__(Dialect(COMMANDS, find, understand), profile)
        self._settings: int | None = None  # as the module had them when it was plugged in

    def opened(self, now_s: float) -> list[HostEvent]:
        super().opened(now_s)
        self._settings = None
        questions = (Question(ASK_SETTINGS), Question(ASK_TAIL))
        return [event for question in questions for event in self._asking.ask(question, now_s)]

    def ask(self, command: Command, now_s: float) -> list[HostEvent]:
        """ENABLE and DISABLE choose between the mode the module came with and reading only when triggered."""
        if command not in (Command.ENABLE, Command.DISABLE):
            return super().ask(command, now_s)
        if self._settings is None:
            return [Answered(command, Outcome.NO_ANSWER)]
        others, came_with = self._settings & ~MODE_BITS, self._settings & MODE_BITS
        own = Mode.INDUCTION if came_with == Mode.COMMAND else came_with
        mode = own if command is Command.ENABLE else Mode.COMMAND
        return [*self._asking.ask(Question(write(Register.SETTINGS, others | mode), command), now_s)]

    def _settle(self, question: Question, answer: bytes, now_s: float) -> list[HostEvent]:
        told = parsed(answer)
        value = told.data[0] if told.data and not told.status else None
        if question.data == ASK_SETTINGS:
            self._settings = value
        elif question.data == ASK_TAIL and value is not None and value & TAIL_BITS != TAIL_CR:
            self._asking.then(Question(write(Register.TAIL, value & ~TAIL_BITS | TAIL_CR)))
        return super()._settle(question, answer, now_s)
