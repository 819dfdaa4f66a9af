"""A scanner that speaks SYN, as Honeywell's and Mindeo's do."""

import re

from firmware_sim.devices.scanners.insides import LineScanner
from terminal.scanning.protocols.syn import BEEP, ENQ, KEEP, RELEASE, REVISION, TRIGGER, menu_answer
from terminal.scanning.protocols.talk import Command

OBEYED = {TRIGGER: Command.TRIGGER, RELEASE: Command.RELEASE, BEEP: Command.BEEP}
COMMAND = re.compile(rb"\x16(?:[TU\x07]\r|M\r([\x20-\x2d\x2f-\x7e]*?)([.!]))")
LONGEST = 256  # bytes of a command that never ends
KNOWN_TAGS = ("232", "0401")  # the speed of the line; Mindeo's host mode


class SynScanner:
    """Looks by itself; answers menu commands it knows."""

    def __init__(self) -> None:
        self.told: list[Command] = []
        self._waiting = b""

    def scan(self, text: str, now_s: float) -> list[bytes]:
        return LineScanner().scan(text, now_s)

    def feed(self, data: bytes, now_s: float) -> list[bytes]:  # noqa: ARG002
        self._waiting = (self._waiting + data)[-LONGEST:]
        answers = []
        while found := COMMAND.search(self._waiting):
            self._waiting = self._waiting[found.end() :]
            if found[0] in OBEYED:
                self.told.append(OBEYED[found[0]])
            else:
                answers.append(self._menu(found[1].decode("ascii"), keep=found[2] == KEEP))
        return answers

    def idle(self, now_s: float) -> list[bytes]:  # noqa: ARG002
        return []

    def _menu(self, text: str, *, keep: bool) -> bytes:
        if text.upper() == REVISION:
            self.told.append(Command.IDENTIFY)
            return menu_answer(f"{REVISION}Saoma stand-in 1", keep=keep)
        known = text.upper().startswith(KNOWN_TAGS)
        return menu_answer(text, keep=keep) if known else menu_answer(text, keep=keep, status=ENQ)
