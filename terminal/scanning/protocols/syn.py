"""SYN: how Honeywell's scanners, Mindeo's and their clones are spoken to (Honeywell's and Mindeo's user guides).

Three bytes trigger, release and beep, and are obeyed without a word. A menu command (SYN M CR, then tag, subtag and
data, then where it is stored) is echoed with ACK, NAK or ENQ before its end. Codes come as plain lines.
"""

import re

from terminal.scanning.protocols.between import AnsweringHost, Dialect, Place, begins
from terminal.scanning.protocols.lines import LineProfile
from terminal.scanning.protocols.talk import Command, Outcome

TRIGGER, RELEASE, BEEP = b"\x16T\r", b"\x16U\r", b"\x16\x07\r"
MENU = b"\x16M\r"
KEEP, TILL_POWER_OFF = b".", b"!"  # flash wears: what is said often is not kept
ACK, NAK, ENQ = b"\x06", b"\x15", b"\x05"  # done; value refused; no such tag
REVISION = "REVINF"

_END = re.compile(b"([\x05\x06\x15])[.!]")


def menu(text: str, *, keep: bool = False) -> bytes:
    """A menu command; `text` is tag, subtag and data, as in `232BAD9` for 115200 baud."""
    return MENU + text.encode("ascii") + (KEEP if keep else TILL_POWER_OFF)


def menu_answer(text: str, *, keep: bool = False, status: bytes = ACK) -> bytes:
    """A scanner's side: the echo, with the status where it belongs."""
    return text.encode("ascii") + status + (KEEP if keep else TILL_POWER_OFF)


COMMANDS = {
    Command.TRIGGER: TRIGGER,
    Command.RELEASE: RELEASE,
    Command.BEEP: BEEP,
    Command.IDENTIFY: menu(REVISION),
}
UNANSWERED = frozenset({Command.TRIGGER, Command.RELEASE, Command.BEEP})


def find(data: bytes, question: bytes) -> Place | None:
    """The echo of a menu command; tags come back in either case."""
    echo = question[len(MENU) : -1].upper()
    start = begins(data.upper(), echo)
    if start < 0:
        return None
    end = _END.search(data, start + len(echo))
    return Place(start, end.end() if end else None)


def understand(answer: bytes) -> tuple[Outcome, str]:
    status = answer[-2:-1]
    text = answer[:-2].decode("ascii", "replace").removeprefix(REVISION).strip()
    return (Outcome.DONE if status == ACK else Outcome.REFUSED), text


class SynHost(AnsweringHost):
    """The till's side."""

    def __init__(self, profile: LineProfile | None = None) -> None:
        super().__init__(Dialect(COMMANDS, find, understand, UNANSWERED), profile)
