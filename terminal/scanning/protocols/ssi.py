"""SSI, the Simple Serial Interface of Symbol and Zebra: packets with a checksum, each acknowledged: none is lost.

After Symbol's SE955 and SE923 integration guides. The packet of both sides is here, and the till's side; a packet
that came broken is asked for again once the line is silent, for nothing marks where the next one begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum

from terminal.scanning.protocols.lines import LONGEST, LineProfile, text_of
from terminal.scanning.protocols.talk import (
    Answered,
    Asking,
    Code,
    Command,
    HostEvent,
    Outcome,
    Question,
    Send,
    Trouble,
)

SHORTEST_PACKET, LONGEST_PACKET = 4, 255  # the length byte counts all but the checksum
CHECKSUM_SIZE = 2
SILENCE_S = 0.2  # between two bytes of one packet: after that the rest will not come
ANSWER_WITHIN_S = 2.0  # parameter 9B's default
TRIES = 3  # once, and two repetitions
BROKEN_OFTEN = 3  # packets one after the other that a bad moment does not explain
ABANDONED_S = 5.0  # after a part: its follower comes by the third try, at 4 s, or never; another code after 6 s


class Opcode(IntEnum):
    REQUEST_REVISION = 0xA3
    REPLY_REVISION = 0xA4
    PARAM_SEND = 0xC6
    ACK = 0xD0
    NAK = 0xD1
    START_SESSION = 0xE4
    STOP_SESSION = 0xE5
    BEEP = 0xE6
    SCAN_ENABLE = 0xE9
    SCAN_DISABLE = 0xEA
    DECODE_DATA = 0xF3
    EVENT = 0xF6


class Source(IntEnum):
    DECODER = 0
    HOST = 4


class Status(IntEnum):
    """Bits; those not named here are for others to know."""

    RESENT = 0x01
    MORE_FOLLOWS = 0x02
    PERMANENT = 0x08


class Cause(IntEnum):
    """Why a NAK."""

    RESEND = 0x01
    BAD_CONTEXT = 0x02
    DENIED = 0x06


class CodeType(IntEnum):
    """What kind of code DECODE_DATA brings: those a counter meets."""

    CODE128 = 0x03
    UPC_A = 0x08
    EAN8 = 0x0A
    EAN13 = 0x0B
    QR = 0x1C


PACKETED, SILENT_BEEP = 0xEE, 0xFF  # the parameter that turns DECODE_DATA on; no sound on a parameter's change

BROKEN_LINE = Trouble("the scanner's packets arrive broken: check its cable, and `baud` under [scanner]")
MUTE = Trouble("the scanner does not answer in SSI: check `protocol` and `baud` under [scanner]")
TOO_LONG = Trouble("a code longer than any a counter takes was left out")


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet; `data` may be a code, so it stays out of `repr`."""

    opcode: int
    source: Source
    data: bytes = field(default=b"", repr=False)
    status: int = 0

    @property
    def resent(self) -> "Packet":
        return replace(self, status=self.status | Status.RESENT)

    def encode(self) -> bytes:
        body = bytes([len(self.data) + SHORTEST_PACKET, self.opcode, self.source, self.status]) + self.data
        return body + checksum(body)


def checksum(body: bytes) -> bytes:
    """The two's complement of the sum of all bytes, high byte first."""
    return (-sum(body) & 0xFFFF).to_bytes(CHECKSUM_SIZE, "big")


class PacketReader:
    """Cuts one side's bytes into packets. `None` in place of a packet: something came that was none."""

    def __init__(self, source: Source) -> None:
        self._source = source  # whose packets these are
        self._rest = b""
        self._broken = False
        self._last_s = 0.0

    def reset(self) -> None:
        self._rest, self._broken = b"", False

    def feed(self, data: bytes, now_s: float) -> list[Packet | None]:
        """What is complete once `data` has arrived; nothing more after a broken packet until there was a silence."""
        told = self.idle(now_s)
        self._last_s = now_s
        if self._broken:
            return told
        self._rest = (self._rest + data).lstrip(b"\x00")  # WAKEUP, and no packet is so short
        return [*told, *self._packets()]

    def idle(self, now_s: float) -> list[Packet | None]:
        """Silence ends what was broken, and what was only half there."""
        if not (self._rest or self._broken) or now_s - self._last_s < SILENCE_S:
            return []
        self.reset()
        return [None]

    def _packets(self) -> Iterator[Packet]:
        while self._rest and not self._broken:
            size = self._rest[0] + CHECKSUM_SIZE
            if size < SHORTEST_PACKET + CHECKSUM_SIZE:
                self._give_up()
            elif len(self._rest) < size:
                return
            else:
                whole, self._rest = self._rest[:size], self._rest[size:].lstrip(b"\x00")
                packet = self._packet(whole)
                if packet is None:
                    self._give_up()
                else:
                    yield packet

    def _packet(self, whole: bytes) -> Packet | None:
        body = whole[:-CHECKSUM_SIZE]
        if checksum(body) != whole[-CHECKSUM_SIZE:] or body[2] != self._source:
            return None
        return Packet(body[1], self._source, body[SHORTEST_PACKET:], body[3])

    def _give_up(self) -> None:
        self._rest, self._broken = b"", True


def nak(source: Source, cause: Cause) -> Packet:
    return Packet(Opcode.NAK, source, bytes([cause]))


def said(opcode: Opcode, data: bytes = b"", *, permanent: bool = False) -> Packet:
    """A till's packet."""
    return Packet(opcode, Source.HOST, data, Status.PERMANENT if permanent else 0)


def decode_data(text: bytes, kind: CodeType) -> list[Packet]:
    """A scanner's side: a code in as many packets as it needs; each names the code's type."""
    room = LONGEST_PACKET - SHORTEST_PACKET - 1
    pieces = [text[start : start + room] for start in range(0, len(text), room)]
    packets = [Packet(Opcode.DECODE_DATA, Source.DECODER, bytes([kind]) + piece) for piece in pieces]
    return [*(replace(one, status=Status.MORE_FOLLOWS) for one in packets[:-1]), *packets[-1:]]


SET_PACKETED = said(Opcode.PARAM_SEND, bytes([SILENT_BEEP, PACKETED, 1]))
COMMANDS = {
    Command.TRIGGER: said(Opcode.START_SESSION),
    Command.RELEASE: said(Opcode.STOP_SESSION),
    Command.ENABLE: said(Opcode.SCAN_ENABLE),
    Command.DISABLE: said(Opcode.SCAN_DISABLE),
    Command.BEEP: said(Opcode.BEEP, b"\x00"),  # one short, high
    Command.IDENTIFY: said(Opcode.REQUEST_REVISION),
}
ACK_BY_HOST = said(Opcode.ACK).encode()


class SsiHost:
    """The till's side. It has codes sent as packets, acknowledges each, and takes a repeated one once."""

    def __init__(self, profile: LineProfile | None = None) -> None:
        self._profile = profile or LineProfile()
        self._packets = PacketReader(Source.DECODER)
        self._asking = Asking(within_s=ANSWER_WITHIN_S, tries=TRIES)
        self._broken = 0  # packets since the last good one
        self._last: Packet | None = None  # the one accepted last
        self._parts, self._part_s = b"", 0.0  # of a code that comes in several packets, and when the last of them came

    def opened(self, now_s: float) -> list[HostEvent]:
        self._packets.reset()
        self._asking.forget()
        self._last, self._parts = None, b""
        return [*self._asking.ask(_question(SET_PACKETED, None), now_s)]

    def ask(self, command: Command, now_s: float) -> list[HostEvent]:
        return [*self._asking.ask(_question(COMMANDS[command], command), now_s)]

    def feed(self, data: bytes, now_s: float) -> list[HostEvent]:
        return [event for packet in self._packets.feed(data, now_s) for event in self._take(packet, now_s)]

    def idle(self, now_s: float) -> list[HostEvent]:
        events = [event for packet in self._packets.idle(now_s) for event in self._take(packet, now_s)]
        return [*events, *self._repeat(now_s)] if self._asking.overdue(now_s) else events

    def _take(self, packet: Packet | None, now_s: float) -> list[HostEvent]:
        self._broken = self._broken + 1 if packet is None else 0
        if packet is None:
            again = Send(nak(Source.HOST, Cause.RESEND).encode())
            return [again, BROKEN_LINE] if self._broken >= BROKEN_OFTEN else [again]
        match packet.opcode:
            case Opcode.DECODE_DATA:
                return [Send(ACK_BY_HOST), *self._decoded(packet, now_s)]
            case Opcode.ACK | Opcode.REPLY_REVISION:
                return self._answered(Outcome.DONE, packet.data.decode("ascii", "replace").strip(), now_s)
            case Opcode.NAK:
                unheard = packet.data[:1] == bytes([Cause.RESEND])
                return self._repeat(now_s) if unheard else self._answered(Outcome.REFUSED, "", now_s)
            case Opcode.EVENT:
                return [Send(ACK_BY_HOST)]
            case _:
                return [Send(nak(Source.HOST, Cause.BAD_CONTEXT).encode())]

    def _decoded(self, packet: Packet, now_s: float) -> list[HostEvent]:
        """The code, once its last packet is there. A repetition is one whose ACK was lost: acknowledged, not taken."""
        if packet.status & Status.RESENT and self._last is not None and packet == self._last.resent:
            return []
        self._last = replace(packet, status=packet.status & ~Status.RESENT)
        if now_s - self._part_s > ABANDONED_S:
            self._parts = b""
        self._parts, self._part_s = self._parts + packet.data[1:], now_s
        if packet.status & Status.MORE_FOLLOWS:
            self._parts = self._parts[: LONGEST + 1]  # just enough to know that it was too long
            return []
        line, self._parts = self._parts.rstrip(self._profile.endings), b""
        if len(line) > LONGEST:
            return [TOO_LONG]
        text = text_of(line, self._profile)
        return [Code(text)] if text else []

    def _answered(self, outcome: Outcome, text: str, now_s: float) -> list[HostEvent]:
        question = self._asking.current
        if question is None:
            return []  # an answer to nothing: the question was given up
        told = [Answered(question.command, outcome, text)] if question.command is not None else []
        return [*told, *self._asking.settled(now_s)]

    def _repeat(self, now_s: float) -> list[HostEvent]:
        question = self._asking.current
        if question is None:
            return []
        repeated = self._asking.repeat(now_s)
        if repeated is not None:
            return [*repeated]
        told: HostEvent = MUTE if question.command is None else Answered(question.command, Outcome.NO_ANSWER)
        return [told, *self._asking.settled(now_s)]


def _question(packet: Packet, command: Command | None) -> Question:
    return Question(packet.encode(), command, again=packet.resent.encode())
