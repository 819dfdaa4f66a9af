"""A GM65 module: its registers, and its four ways to look at a code."""

from firmware_sim.devices.scanners.insides import LineScanner
from terminal.scanning.protocols.gm65 import (
    ALIVE,
    ANSWER,
    MODE_BITS,
    TAIL_BITS,
    TAIL_NONE,
    Frame,
    Kind,
    Mode,
    Register,
    next_command,
    reply,
)
from terminal.scanning.protocols.talk import Command

TAILS = {0x00: b"\r", 0x20: b"\r\n", 0x40: b"\t", 0x60: b""}
FACTORY = {
    Register.SETTINGS: 0xD0 | Mode.INDUCTION,
    Register.TRIGGER: 0,
    Register.TAIL: TAIL_NONE,
    Register.VERSION: 0xAF,
    Register.BAUD: 0x39,
    Register.BAUD + 1: 0x01,
}
RESTORE_FACTORY = 0x50


class Gm65:
    """As it leaves the factory, but looking by itself (induction), and with no ending behind its codes."""

    def __init__(self) -> None:
        self.told: list[Command] = []
        self.registers: dict[int, int] = dict(FACTORY)
        self._waiting = b""

    def scan(self, text: str, now_s: float) -> list[bytes]:
        mode = self.registers[Register.SETTINGS] & MODE_BITS
        if mode == Mode.COMMAND and not self.registers[Register.TRIGGER] & 1:
            return []
        self.registers[Register.TRIGGER] &= ~1  # it clears the bit itself, once it has read
        return LineScanner(suffix=TAILS[self.registers[Register.TAIL] & TAIL_BITS]).scan(text, now_s)

    def feed(self, data: bytes, now_s: float) -> list[bytes]:  # noqa: ARG002
        self._waiting += data
        answers: list[bytes] = []
        while True:
            frame, done = next_command(self._waiting)
            self._waiting = self._waiting[done:]
            if frame is None:
                return answers
            if frame.checked:  # else not a word: the host tries again
                answers.append(self._obey(frame))

    def idle(self, now_s: float) -> list[bytes]:  # noqa: ARG002
        return []

    def _obey(self, frame: Frame) -> bytes:
        if frame.kind == Kind.HEARTBEAT:
            return reply(begin=ALIVE)
        if frame.kind == Kind.READ:
            if frame.address == Register.VERSION:
                self.told.append(Command.IDENTIFY)
            return reply(bytes(self.registers.get(frame.address + at, 0) for at in range(frame.data[0])))
        if frame.kind == Kind.WRITE:
            self._write(frame)
        return reply(begin=ANSWER)

    def _write(self, frame: Frame) -> None:
        before = self.registers[Register.SETTINGS] & MODE_BITS
        self.registers |= {frame.address + at: value for at, value in enumerate(frame.data)}
        if frame.address == Register.RESTORE and frame.data == bytes([RESTORE_FACTORY]):
            self.registers = dict(FACTORY)
        elif frame.address == Register.TRIGGER:
            self.told.append(Command.TRIGGER if frame.data[0] & 1 else Command.RELEASE)
        after = self.registers[Register.SETTINGS] & MODE_BITS
        if before != after:
            self.told.append(Command.DISABLE if after == Mode.COMMAND else Command.ENABLE)
