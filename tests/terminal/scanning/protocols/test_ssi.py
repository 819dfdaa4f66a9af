"""SSI beside the frames of the integration guides, cut anywhere, broken anywhere, no code lost or doubled."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.scanning.protocols.lines import LONGEST
from terminal.scanning.protocols.ssi import (
    ABANDONED_S,
    ACK_BY_HOST,
    ANSWER_WITHIN_S,
    BROKEN_LINE,
    COMMANDS,
    MUTE,
    SET_PACKETED,
    TOO_LONG,
    Cause,
    CodeType,
    Opcode,
    Packet,
    PacketReader,
    Source,
    SsiHost,
    decode_data,
    nak,
    said,
)
from terminal.scanning.protocols.talk import Answered, Code, Command, HostEvent, Outcome, Send

PAYMENT = "134567890123456789"
EAN = bytes.fromhex("12 F3 00 00 0B 36 39 30 31 32 33 34 35 36 37 38 39 32 FC 42")
RESENT = bytes.fromhex("17 F3 00 01 03") + PAYMENT.encode() + bytes.fromhex("FB 3A")
ACK, DEVICE_ACK = bytes.fromhex("04 D0 04 00 FF 28"), bytes.fromhex("04 D0 00 00 FF 2C")
NAK_RESEND, DENIED = bytes.fromhex("05 D1 04 00 01 FF 25"), bytes.fromhex("05 D1 00 00 06 FF 24")


@pytest.mark.parametrize(
    ("packet", "frame"),
    [
        (said(Opcode.ACK), "04 D0 04 00 FF 28"),
        (Packet(Opcode.ACK, Source.DECODER), "04 D0 00 00 FF 2C"),
        (nak(Source.HOST, Cause.RESEND), "05 D1 04 00 01 FF 25"),
        (nak(Source.DECODER, Cause.DENIED), "05 D1 00 00 06 FF 24"),
        (COMMANDS[Command.TRIGGER], "04 E4 04 00 FF 14"),
        (COMMANDS[Command.RELEASE], "04 E5 04 00 FF 13"),
        (COMMANDS[Command.ENABLE], "04 E9 04 00 FF 0F"),
        (COMMANDS[Command.DISABLE], "04 EA 04 00 FF 0E"),
        (COMMANDS[Command.IDENTIFY], "04 A3 04 00 FF 55"),
        (COMMANDS[Command.BEEP], "05 E6 04 00 00 FF 11"),
        (said(Opcode.PARAM_SEND, b"\xff\xee\x01", permanent=True), "07 C6 04 08 FF EE 01 FD 39"),
    ],
)
def test_a_packet_is_the_published_frame_and_reads_back(packet: Packet, frame: str) -> None:
    assert packet.encode() == bytes.fromhex(frame)
    assert PacketReader(packet.source).feed(bytes.fromhex(frame), 0.0) == [packet]


def test_a_scanner_sends_the_published_frames() -> None:
    assert [one.encode() for one in decode_data(b"6901234567892", CodeType.EAN13)] == [EAN]
    assert [one.resent.encode() for one in decode_data(PAYMENT.encode(), CodeType.CODE128)] == [RESENT]


def test_a_code_is_taken_and_acknowledged() -> None:
    assert SsiHost().feed(EAN, 0.0) == [Send(ACK), Code("6901234567892")]


def test_a_code_is_in_no_repr() -> None:
    (packet,) = decode_data(PAYMENT.encode(), CodeType.CODE128)
    events = SsiHost().feed(packet.encode(), 0.0)
    assert PAYMENT not in repr((packet, events, Send(packet.encode())))


def test_a_repetition_of_what_was_accepted_is_acknowledged_and_not_taken_twice() -> None:
    (packet,) = decode_data(PAYMENT.encode(), CodeType.CODE128)
    host = SsiHost()
    assert Code(PAYMENT) in host.feed(packet.encode(), 0.0)
    assert host.feed(RESENT, 2.0) == [Send(ACK)]
    assert host.feed(packet.encode(), 9.0) == [Send(ACK), Code(PAYMENT)], "shown again, it is read again"


def test_a_repetition_of_what_never_arrived_is_taken() -> None:
    assert SsiHost().feed(RESENT, 0.0) == [Send(ACK), Code(PAYMENT)]


@given(cuts=st.lists(st.integers(0, 400), max_size=12), wakeups=st.integers(0, 3))
def test_any_cut_of_the_stream_gives_the_same(
    cuts: list[int],
    wakeups: int,
    cut: Callable[[bytes, list[int]], list[bytes]],
    hear: Callable[..., list[HostEvent]],
) -> None:
    stream = b"\x00" * wakeups + EAN + b"\x00" + RESENT + DEVICE_ACK + EAN
    expected = [Code("6901234567892"), Code(PAYMENT), Code("6901234567892")]
    events = hear(SsiHost(), cut(stream, cuts), 0.0)
    assert [event for event in events if not isinstance(event, Send)] == expected
    assert events.count(Send(ACK)) == 3


@pytest.mark.parametrize("at", range(len(EAN)))
@pytest.mark.parametrize("damage", ["flip", "drop", "double"])
def test_a_packet_broken_anywhere_is_asked_for_again_once_the_line_is_silent(at: int, damage: str) -> None:
    byte = EAN[at : at + 1]
    changed = {"flip": bytes([byte[0] ^ 0x40]), "drop": b"", "double": byte * 2}[damage]
    host = SsiHost()
    events = host.feed(EAN[:at] + changed + EAN[at + 1 :], 0.0)
    assert Send(NAK_RESEND) not in events, "the rest of it may still be on its way"
    events += host.idle(0.1) + host.idle(0.25)
    (packet,) = decode_data(b"6901234567892", CodeType.EAN13)
    events += host.feed(packet.resent.encode(), 0.3)
    assert [event for event in events if isinstance(event, Code)] == [Code("6901234567892")]


@given(before=st.binary(min_size=1, max_size=600), after=st.binary(max_size=600))
def test_noise_before_and_after_costs_nothing_but_time(
    before: bytes, after: bytes, hear: Callable[..., list[HostEvent]], codes: Callable[..., list[str]]
) -> None:
    host = SsiHost()
    noise = before.replace(b"\xf3", b"\xf2")  # a code that is right down to its checksum is no noise
    hear(host, [noise], 0.0)
    events = hear(host, [EAN], 5.0)
    assert codes(events) == ["6901234567892"]
    hear(host, [after.replace(b"\xf3", b"\xf2")], 10.0)
    assert codes(hear(host, [EAN], 20.0)) == ["6901234567892"]


@given(st.lists(st.tuples(st.binary(max_size=300), st.floats(0, 6)), max_size=30), st.lists(st.sampled_from(Command)))
def test_no_bytes_ever_upset_it(pieces: list[tuple[bytes, float]], commands: list[Command]) -> None:
    host, now_s = SsiHost(), 0.0
    host.opened(now_s)
    for command in commands:
        host.ask(command, now_s)
    for piece, pause_s in pieces:
        now_s += pause_s
        host.feed(piece, now_s)
        host.idle(now_s)
    assert len(host._parts) <= 2 * LONGEST
    assert len(host._packets._rest) <= 257


def test_a_long_code_comes_in_several_packets_each_acknowledged() -> None:
    text, host, events = "9" * 500, SsiHost(), list[HostEvent]()
    packets = decode_data(text.encode(), CodeType.QR)
    for number, packet in enumerate(packets):
        events += host.feed(packet.encode(), float(number))
    assert [packet.status for packet in packets] == [2, 0]
    assert all(len(packet.encode()) <= 257 for packet in packets)
    assert events == [Send(ACK), Send(ACK), Code(text)]


def test_the_rest_of_a_code_that_was_given_up_is_not_joined_to_the_next() -> None:
    first = decode_data(b"1" * 300, CodeType.QR)[0]
    host = SsiHost()
    assert host.feed(first.encode(), 0.0) == [Send(ACK)]
    assert host.feed(EAN, ABANDONED_S + 0.1) == [Send(ACK), Code("6901234567892")]


def test_a_code_longer_than_any_of_ours_is_acknowledged_and_said() -> None:
    host, events = SsiHost(), list[HostEvent]()
    for packet in decode_data(b"7" * 2000, CodeType.QR):
        events += host.feed(packet.encode(), 0.0)
    assert events[-1] == TOO_LONG
    assert not any(isinstance(event, Code) for event in events)


def test_opening_the_line_asks_for_packets_until_power_off() -> None:
    host = SsiHost()
    assert host.opened(0.0) == [Send(bytes.fromhex("07 C6 04 00 FF EE 01 FD 41"))]
    assert host.feed(DEVICE_ACK, 0.1) == []


def test_commands_go_one_at_a_time_and_are_answered_in_order() -> None:
    host = SsiHost()
    assert host.ask(Command.BEEP, 0.0) == [Send(COMMANDS[Command.BEEP].encode())]
    assert host.ask(Command.DISABLE, 0.0) == []
    assert host.ask(Command.IDENTIFY, 0.0) == []
    done, then = host.feed(DEVICE_ACK, 0.1)
    assert (done, then) == (Answered(Command.BEEP, Outcome.DONE), Send(COMMANDS[Command.DISABLE].encode()))
    assert host.feed(DENIED, 0.2)[0] == Answered(Command.DISABLE, Outcome.REFUSED)
    revision = Packet(Opcode.REPLY_REVISION, Source.DECODER, b"NBRIMAAC 00 1 ").encode()
    assert host.feed(revision, 0.3) == [Answered(Command.IDENTIFY, Outcome.DONE, "NBRIMAAC 00 1")]


def test_a_question_nobody_answers_is_repeated_twice_marked_as_such_and_given_up() -> None:
    host = SsiHost()
    host.ask(Command.TRIGGER, 0.0)
    assert host.idle(ANSWER_WITHIN_S - 0.1) == []
    again = [Send(COMMANDS[Command.TRIGGER].resent.encode())]
    assert host.idle(ANSWER_WITHIN_S) == again
    assert host.idle(2 * ANSWER_WITHIN_S) == again
    assert host.idle(3 * ANSWER_WITHIN_S) == [Answered(Command.TRIGGER, Outcome.NO_ANSWER)]


def test_a_scanner_that_asks_for_it_again_gets_it_at_once() -> None:
    host = SsiHost()
    host.ask(Command.TRIGGER, 0.0)
    events = host.feed(nak(Source.DECODER, Cause.RESEND).encode(), 0.1)
    assert events == [Send(COMMANDS[Command.TRIGGER].resent.encode())]


def test_a_scanner_that_never_answers_is_explained() -> None:
    host = SsiHost()
    host.opened(0.0)
    events = [event for tries in range(1, 4) for event in host.idle(tries * ANSWER_WITHIN_S)]
    assert events[-1] == MUTE


def test_a_line_that_breaks_every_packet_is_explained() -> None:
    host = SsiHost()
    events = [event for moment in range(3) for event in host.feed(b"abc", moment) + host.idle(moment + 0.5)]
    assert events.count(Send(NAK_RESEND)) == 3
    assert events.count(BROKEN_LINE) == 1


def test_an_event_is_acknowledged_and_a_word_we_do_not_know_refused() -> None:
    host = SsiHost()
    assert host.feed(Packet(Opcode.EVENT, Source.DECODER, b"\x01").encode(), 0.0) == [Send(ACK_BY_HOST)]
    assert host.feed(Packet(0x80, Source.DECODER).encode(), 0.1) == [Send(nak(Source.HOST, Cause.BAD_CONTEXT).encode())]


def test_our_own_packets_coming_back_are_not_taken_for_a_scanners() -> None:
    events = SsiHost().feed(SET_PACKETED.encode(), 0.0)
    assert events == []
