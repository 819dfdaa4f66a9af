"""A Newland scanner."""

from firmware_sim.devices.scanners.insides import LineScanner
from terminal.scanning.protocols.between import begins
from terminal.scanning.protocols.newland import ASK, COMMANDS, END, ENQ, HERE, KEEP, STILL_THERE, answer
from terminal.scanning.protocols.talk import Command

LONGEST = 256  # bytes of a command that never ends
OBEYED = {text: command for command, text in COMMANDS.items()}
KNOWN_TAGS = ("C11", "SCN", "GRB")


class NewlandScanner:
    """Looks by itself; answers the unified commands it knows, and old hosts that ask whether it is there."""

    def __init__(self) -> None:
        self.told: list[Command] = []
        self._waiting = b""

    def scan(self, text: str, now_s: float) -> list[bytes]:
        return LineScanner().scan(text, now_s)

    def feed(self, data: bytes, now_s: float) -> list[bytes]:  # noqa: ARG002
        if data == STILL_THERE and not self._waiting:
            return [HERE]
        self._waiting = (self._waiting + data)[-LONGEST:]
        answers = []
        while (end := self._waiting.find(END, max(0, begins(self._waiting, ASK)))) >= 0:
            start = begins(self._waiting[:end], ASK)
            command, self._waiting = self._waiting[start + len(ASK) : end], self._waiting[end + len(END) :]
            if start >= 0 and command.isascii():
                answers.append(self._obey(command[1:].decode("ascii"), keep=command[:1] == KEEP))
        return answers

    def idle(self, now_s: float) -> list[bytes]:  # noqa: ARG002
        return []

    def _obey(self, text: str, *, keep: bool) -> bytes:
        if text in OBEYED:
            self.told.append(OBEYED[text])
            identity = "Saoma stand-in 1" if OBEYED[text] is Command.IDENTIFY else ""
            return answer(text + identity, keep=keep)
        known = text.startswith(KNOWN_TAGS)
        return answer(text, keep=keep) if known else answer(text, keep=keep, status=ENQ)
