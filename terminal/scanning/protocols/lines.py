"""Plain lines: what nearly every scanner sends on a serial line when nobody has configured anything.

`[prefix][AIM identifier]text[ending]`, with no handshake. Pure: bytes and times go in, texts come out, and half a code
is never a code.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from terminal.scanning.protocols.talk import Answered, Code, Command, HostEvent, Outcome, Trouble

LONGEST = 512  # bytes: the longest code a counter takes (EMVCo); a longer line is noise on the cable
STALE_S = 2.0  # half a line that stops for so long will not be finished: the next bytes begin another code

# ISO/IEC 15424: a bracket, the symbology's letter, its modifier.
AIM = re.compile(r"\][A-Za-z][0-9A-Z]")

NO_ENDING = Trouble("bytes arrive but no line ending: switch on the scanner's CR suffix")


@dataclass(frozen=True, slots=True)
class LineProfile:
    """How one scanner is set up."""

    endings: bytes = b"\r\n\t"  # each of these ends a code; none: only silence does
    silence_s: float = 0.1  # a loaded machine or an FTDI adapter can pause for 26 ms inside a code
    prefix: str = ""  # stands before every code; what lacks it is the rest of a code cut in half
    aim_ids: bool = False  # AIM identifiers are switched on: take them off


class LineReader:
    """Cuts a scanner's byte stream into texts, however it arrives in pieces."""

    def __init__(self, profile: LineProfile | None = None) -> None:
        self._profile = profile or LineProfile()
        self._ending = re.compile(b"[" + re.escape(self._profile.endings) + b"]") if self._profile.endings else None
        self._rest = b""
        self._last_s = 0.0
        self.unfinished = 0  # codes that stopped with no ending: is the scanner's suffix switched off?

    def feed(self, data: bytes, now_s: float) -> list[str]:
        """What is complete once `data` has arrived at `now_s` (seconds on any one clock)."""
        texts = self.idle(now_s)
        self._last_s = now_s
        *lines, self._rest = self._ending.split(self._rest + data) if self._ending else [self._rest + data]
        # Keep just enough of a runaway line to know, when it ends, that it was one.
        self._rest = self._rest[-(LONGEST + 1) :]
        return texts + self._texts(lines)

    def idle(self, now_s: float) -> list[str]:
        """What the silence since the last bytes has completed."""
        silent_s = now_s - self._last_s
        if not self._rest or silent_s < (STALE_S if self._ending else self._profile.silence_s):
            return []
        line, self._rest = self._rest, b""
        if self._ending:
            self.unfinished += 1
            return []
        return self._texts([line])

    def reset(self) -> None:
        """The scanner was unplugged: half a code from before is none."""
        self._rest = b""

    def _texts(self, lines: list[bytes]) -> list[str]:
        texts = (text_of(line, self._profile) for line in lines if 0 < len(line) <= LONGEST)
        return [text for text in texts if text]


class LineHost:
    """The till's side of a scanner that only ever sends: it takes no commands."""

    def __init__(self, profile: LineProfile | None = None) -> None:
        self._reader = LineReader(profile)

    def opened(self, now_s: float) -> list[HostEvent]:  # noqa: ARG002 - there is nothing to say
        self._reader.reset()
        return []

    def feed(self, data: bytes, now_s: float) -> list[HostEvent]:
        return self._told(lambda: self._reader.feed(data, now_s))

    def idle(self, now_s: float) -> list[HostEvent]:
        return self._told(lambda: self._reader.idle(now_s))

    def ask(self, command: Command, now_s: float) -> list[HostEvent]:  # noqa: ARG002
        return [Answered(command, Outcome.NOT_SUPPORTED)]

    def _told(self, read: Callable[[], list[str]]) -> list[HostEvent]:
        unfinished = self._reader.unfinished
        codes: list[HostEvent] = [Code(text) for text in read()]
        return [*codes, NO_ENDING] if self._reader.unfinished > unfinished else codes


def text_of(line: bytes, profile: LineProfile) -> str:
    """The code that a line without its ending holds, or nothing if it lacks the prefix."""
    text = decoded(line)
    if not text.startswith(profile.prefix):
        return ""
    text = text.removeprefix(profile.prefix)
    return AIM.sub("", text, count=1) if profile.aim_ids and AIM.match(text) else text


def decoded(data: bytes) -> str:
    """UTF-8, else GB18030 (the factory setting of Chinese modules), else with marks for what is neither."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")


def encode(text: str, *, suffix: bytes = b"\r", prefix: str = "", aim: str = "") -> bytes:
    """A scanner's side: the bytes it sends for a code."""
    return (prefix + aim + text).encode() + suffix
