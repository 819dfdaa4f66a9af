"""A Zebra scanner that speaks SSI: it holds a code until the host has acknowledged it, or gives it up."""

from collections import deque

from firmware_sim.devices.scanners.insides import LineScanner
from terminal.scanning.protocols.ssi import (
    ANSWER_WITHIN_S,
    PACKETED,
    TRIES,
    Cause,
    CodeType,
    Opcode,
    Packet,
    PacketReader,
    Source,
    decode_data,
    nak,
)
from terminal.scanning.protocols.talk import Asking, Command, Question

REVISION = b"SAOMA-STAND-IN 1 NONE"
OBEYED = {
    Opcode.START_SESSION: Command.TRIGGER,
    Opcode.STOP_SESSION: Command.RELEASE,
    Opcode.SCAN_ENABLE: Command.ENABLE,
    Opcode.SCAN_DISABLE: Command.DISABLE,
    Opcode.BEEP: Command.BEEP,
    Opcode.REQUEST_REVISION: Command.IDENTIFY,
}
ACK = Packet(Opcode.ACK, Source.DECODER).encode()
EAN13_DIGITS = 13


class SsiScanner:
    """Sends plain lines until it is told to send packets. `given_up` counts codes that nobody acknowledged."""

    def __init__(self, *, packeted: bool = False) -> None:
        self.told: list[Command] = []
        self.given_up = 0
        self._packeted, self._enabled = packeted, True
        self._packets = PacketReader(Source.HOST)
        self._asking = Asking(within_s=ANSWER_WITHIN_S, tries=TRIES)
        self._answered = deque[bytes](maxlen=1)  # what a host that asks for it again is sent

    @property
    def is_waiting(self) -> bool:
        """A code is out that the host has not acknowledged."""
        return self._asking.current is not None

    def scan(self, text: str, now_s: float) -> list[bytes]:
        if not self._enabled:
            return []
        if not self._packeted:
            return LineScanner().scan(text, now_s)
        kind = CodeType.EAN13 if len(text) == EAN13_DIGITS and text.isdigit() else CodeType.CODE128
        packets = decode_data(text.encode(), kind)
        questions = [Question(one.encode(), again=one.resent.encode()) for one in packets]
        return [send.data for question in questions for send in self._asking.ask(question, now_s)]

    def feed(self, data: bytes, now_s: float) -> list[bytes]:
        return [answer for packet in self._packets.feed(data, now_s) for answer in self._take(packet, now_s)]

    def idle(self, now_s: float) -> list[bytes]:
        told = [answer for packet in self._packets.idle(now_s) for answer in self._take(packet, now_s)]
        return [*told, *self._repeat(now_s)] if self._asking.overdue(now_s) else told

    def _take(self, packet: Packet | None, now_s: float) -> list[bytes]:
        if packet is None:
            return [nak(Source.DECODER, Cause.RESEND).encode()]
        if packet.opcode == Opcode.ACK:
            return [send.data for send in self._asking.settled(now_s)] if self._asking.current else []
        if packet.opcode == Opcode.NAK:
            return self._nak(packet, now_s)
        answer = self._obey(packet)
        self._answered.append(answer)
        return [answer]

    def _nak(self, packet: Packet, now_s: float) -> list[bytes]:
        if packet.data != bytes([Cause.RESEND]):
            return []
        return self._repeat(now_s) if self._asking.current else list(self._answered)

    def _obey(self, packet: Packet) -> bytes:
        if packet.opcode == Opcode.PARAM_SEND:
            changes = dict(zip(packet.data[1::2], packet.data[2::2], strict=False))
            self._packeted = bool(changes.get(PACKETED, self._packeted))
            return ACK
        if packet.opcode not in OBEYED:
            return nak(Source.DECODER, Cause.BAD_CONTEXT).encode()
        command = OBEYED[Opcode(packet.opcode)]
        self.told.append(command)
        if command in (Command.ENABLE, Command.DISABLE):
            self._enabled = command is Command.ENABLE
        is_asked = command is Command.IDENTIFY
        return Packet(Opcode.REPLY_REVISION, Source.DECODER, REVISION).encode() if is_asked else ACK

    def _repeat(self, now_s: float) -> list[bytes]:
        """Once more, or four low beeps and the code is dropped, with what is left of it."""
        repeated = self._asking.repeat(now_s)
        if repeated is None:
            self.given_up += 1
            self._asking.forget()
        return [send.data for send in repeated or ()]
