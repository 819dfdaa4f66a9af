"""Newland's scanners and engines (NLS-FM, HR, EM): the unified commands of their user guides.

`~` SOH `0000`, `@` to keep or `#` until power-off, tag, subtag and data, `;` ETX. The answer is the same text behind
STX SOH `0000`, with a status byte before every `,` and `;`. Codes come as plain lines.
"""

import re

from terminal.scanning.protocols.between import AnsweringHost, Dialect, Place, begins
from terminal.scanning.protocols.lines import LineProfile
from terminal.scanning.protocols.talk import Command, Outcome

ASK, ANSWER, END = b"~\x010000", b"\x02\x010000", b";\x03"
KEEP, TILL_POWER_OFF = b"@", b"#"
ACK, NAK, ENQ = b"\x06", b"\x15", b"\x05"  # done; out of range or a bad query; no such tag
STATUSES = re.compile(b"[\x05\x06\x15]")
STILL_THERE, HERE = b"?", b"!"  # older engines' "are you there"

# The tags are from memory of the guides: to be checked on a device (docs/devices.md).
COMMANDS = {Command.TRIGGER: "SCNTRG1", Command.RELEASE: "SCNTRG0", Command.IDENTIFY: "QRYSYS"}


def command(text: str, *, keep: bool = False) -> bytes:
    """A unified command; `text` is as in `C11ENA1,MIN12,MAX22`."""
    return ASK + (KEEP if keep else TILL_POWER_OFF) + text.encode("ascii") + END


def answer(text: str, *, keep: bool = False, status: bytes = ACK) -> bytes:
    """A scanner's side: the same text, with `status` behind each of its items."""
    items = text.encode("ascii").replace(b",", status + b",").replace(b";", status + b";")
    return ANSWER + (KEEP if keep else TILL_POWER_OFF) + items + status + END


def find(data: bytes, _question: bytes) -> Place | None:
    start = begins(data, ANSWER)
    if start < 0:
        return None
    end = data.find(END, start)
    return Place(start, end + len(END) if end >= 0 else None)


def understand(answered: bytes) -> tuple[Outcome, str]:
    """DONE only where each of its items was."""
    body = answered[len(ANSWER) + 1 : -len(END)]
    statuses = set(STATUSES.findall(body))
    text = STATUSES.sub(b"", body).decode("ascii", "replace")
    return (Outcome.DONE if statuses == {ACK} else Outcome.REFUSED), text.removeprefix(COMMANDS[Command.IDENTIFY])


class NewlandHost(AnsweringHost):
    """The till's side."""

    def __init__(self, profile: LineProfile | None = None) -> None:
        commands = {name: command(text) for name, text in COMMANDS.items()}
        super().__init__(Dialect(commands, find, understand), profile)
