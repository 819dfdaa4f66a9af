"""A scanner's bytes on a tape, in the pieces in which they came, and whether they still make the same codes."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from terminal.model import Channel
from terminal.recording.loops import DIGITS
from terminal.recording.plain import plain, read
from terminal.recording.stand_ins import StandIns
from terminal.recording.tape import FACT, Line
from terminal.scanning.protocols.lines import STALE_S, LineHost, LineProfile
from terminal.scanning.protocols.talk import Code

MOST_BYTES = 4096  # that wait for the code they are part of
WORD = re.compile(rb"[0-9A-Za-z+/=]{8,}")  # outside a code that was read: it may be one that was not
ENDING = re.compile(rb"[^0-9A-Za-z]+")
AS_TEXT = "latin-1"  # a character for each byte
PLAIN = "lines"  # the protocol without a checksum, which would be of the real code


class TapedLine:
    """One scanner's, on the scanner's thread. Nothing is written before it is known which bytes are a code."""

    def __init__(self, port: str, stand_ins: StandIns, write: Callable[[Line], None], real_start_s: float) -> None:
        self._port, self._stand_ins, self._write, self._real_start_s = port, stand_ins, write, real_start_s
        self._pieces: list[tuple[float, bytes]] = []

    def heard(self, data: bytes, now_s: float, texts: Sequence[str]) -> None:
        """Bytes that came, or silence, at the machine's monotonic second, and the codes that were complete then."""
        if self._pieces and (now_s - self._pieces[-1][0] > STALE_S or len(self._waiting) > MOST_BYTES):
            self.end()
        if data:
            self._pieces.append((now_s, data))
        if texts:
            self._keep(*self._masked(texts))
        for text in texts:
            self._note("code", now_s, {"text": self._stand_ins.of(text, Channel.SCANNER)})

    def end(self) -> None:
        """What waits is no code."""
        waiting = self._waiting
        self._keep(_blanked(waiting), len(waiting))

    @property
    def _waiting(self) -> bytes:
        return b"".join(data for _, data in self._pieces)

    def _masked(self, texts: Sequence[str]) -> tuple[bytes, int]:
        """What waits with stand-ins for these codes, and how much of it is done with: what follows may be the next."""
        waiting, masked, done = self._waiting, b"", 0
        for code, stand_in in ((text.encode(), self._stand_ins.of(text, Channel.SCANNER).encode()) for text in texts):
            place = waiting.find(code, done)
            if place < 0:  # it came in another spelling, or in packets
                return _blanked(waiting), len(waiting)
            masked += _blanked(waiting[done:place]) + stand_in
            done = place + len(code)
        ending = ENDING.match(waiting, done)
        return masked + (ending[0] if ending else b""), ending.end() if ending else done

    def _keep(self, masked: bytes, size: int) -> None:
        """In pieces of the same sizes, at the same times; the last one takes what a longer spelling has added."""
        while size:
            at_s, data = self._pieces.pop(0)
            taken = data[:size]
            if len(data) > size:
                self._pieces.insert(0, (at_s, data[size:]))
            size -= len(taken)
            piece, masked = (masked[: len(taken)], masked[len(taken) :]) if size else (masked, b"")
            self._note("bytes", at_s, {"bytes": piece.decode(AS_TEXT)})

    def _note(self, what: str, at_s: float, particulars: dict[str, Any]) -> None:
        self._write({"t": round(at_s - self._real_start_s, DIGITS), FACT: what, "port": self._port, **particulars})


def _blanked(data: bytes) -> bytes:
    return WORD.sub(lambda word: b"*" * len(word[0]), data)


def scanner_told(port: str, protocol: str, profile: LineProfile) -> dict[str, Any]:
    """For the head of a tape."""
    endings = profile.endings.decode(AS_TEXT)
    return {"port": port, "protocol": protocol, "profile": plain(profile) | {"endings": endings}}


def reread(told: Line, lines: Iterable[Line]) -> Iterator[tuple[Line, Line | None]]:
    """Each code on the tape that its bytes do not make any more, and what they make now."""
    if told["protocol"] != PLAIN:
        return
    profile = {**told["profile"], "endings": told["profile"]["endings"].encode(AS_TEXT)}
    host = LineHost(read(LineProfile, profile))
    texts: list[str] = []
    for line in lines:
        now_s = float(line["t"])
        if line.get("in") == "device" and line["state"]["name"] == told["port"] and not line["state"].get("up"):
            host.opened(now_s)  # it was pulled out: half a code from before is none
        if line.get("port") != told["port"] or line[FACT] == "scanner":
            continue
        events = host.feed(line["bytes"].encode(AS_TEXT), now_s) if line[FACT] == "bytes" else host.idle(now_s)
        texts += [event.text for event in events if isinstance(event, Code)]
        if line[FACT] == "code":
            text = texts.pop(0) if texts else None
            if text != line["text"]:
                yield line, None if text is None else {**line, "text": text}
