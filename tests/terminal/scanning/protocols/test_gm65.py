"""GM65 beside frames that public drivers send, with codes and answers on one line."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.scanning.protocols.between import ANSWER_WITHIN_S, MUTE
from terminal.scanning.protocols.gm65 import (
    ALIVE,
    ASK_SETTINGS,
    ASK_TAIL,
    Frame,
    Gm65Host,
    Kind,
    Register,
    command,
    heartbeat,
    next_command,
    parsed,
    read,
    reply,
    save,
    write,
)
from terminal.scanning.protocols.talk import Answered, Code, Command, HostEvent, Outcome, Send

PAYMENT = "134567890123456789"
LINE = PAYMENT.encode() + b"\r"
VERSION = bytes.fromhex("02 00 00 01 AF 77 34")
DONE = bytes.fromhex("02 00 00 01 00 33 31")


@pytest.mark.parametrize(
    ("made", "frame"),
    [
        (write(Register.TRIGGER, 1), "7E 00 08 01 00 02 01 02 DA"),
        (read(Register.VERSION), "7E 00 07 01 00 E2 01 77 91"),
        (save(), "7E 00 09 01 00 00 00 DE C8"),
        (read(Register.BAUD, 2), "7E 00 07 01 00 2A 02 D8 0F"),
        (write(Register.BAUD, 0x39, 0x01), "7E 00 08 02 00 2A 39 01 A7 EA"),
        (write(Register.BAUD, 0x1A, 0x00), "7E 00 08 02 00 2A 1A 00 E4 7E"),
        (heartbeat(), "7E 00 0A 01 00 00 00 30 1A"),
        (write(Register.RESTORE, 0x50), "7E 00 08 01 00 D9 50 81 D3"),
        (write(Register.SETTINGS, 0xD1), "7E 00 08 01 00 00 D1 AF C5"),
        (command(Kind.SAVE, 0, b"\x02"), "7E 00 09 01 00 00 02 FE 8A"),
        (reply(b"\xaf"), "02 00 00 01 AF 77 34"),
        (reply(), "02 00 00 01 00 33 31"),
        (reply(begin=ALIVE), "03 00 00 01 00 33 31"),
    ],
)
def test_a_frame_is_the_published_one(made: bytes, frame: str) -> None:
    assert made == bytes.fromhex(frame)


def test_a_module_takes_a_right_crc_and_the_placeholder_and_no_other() -> None:
    trigger = Frame(Kind.WRITE, Register.TRIGGER, b"\x01")
    assert next_command(bytes.fromhex("7E 00 08 01 00 02 01 02 DA")) == (trigger, 9)
    assert next_command(bytes.fromhex("7E 00 08 01 00 02 01 AB CD")) == (trigger, 9)
    frame, _ = next_command(bytes.fromhex("7E 00 08 01 00 02 01 02 DB"))
    assert frame is not None
    assert not frame.checked


def test_a_module_waits_for_a_whole_command_and_passes_over_noise() -> None:
    whole = b"noise" + read(Register.VERSION)
    for size in range(len(whole)):
        frame, done = next_command(whole[:size])
        assert frame is None
        assert whole[done:] == whole[min(done, 5) :][max(0, done - 5) :]
    assert next_command(whole) == (Frame(Kind.READ, Register.VERSION, b"\x01"), len(whole))


def asked() -> Gm65Host:
    host = Gm65Host()
    assert host.ask(Command.IDENTIFY, 0.0) == [Send(read(Register.VERSION))]
    return host


@given(cuts=st.lists(st.integers(0, 200), max_size=12))
def test_an_answer_between_codes_is_taken_out_however_the_line_is_cut(
    cuts: list[int], cut: Callable[[bytes, list[int]], list[bytes]], hear: Callable[..., list[HostEvent]]
) -> None:
    events = hear(asked(), cut(LINE + VERSION + b"6901234567892\r", cuts), 0.0)
    assert events == [Code(PAYMENT), Answered(Command.IDENTIFY, Outcome.DONE, "AF"), Code("6901234567892")]


def test_an_answer_in_the_middle_of_a_code_leaves_the_code_whole() -> None:
    assert asked().feed(LINE[:5] + VERSION + LINE[5:], 0.0)[::-1] == [
        Code(PAYMENT),
        Answered(Command.IDENTIFY, Outcome.DONE, "AF"),
    ]


def test_without_a_question_nothing_is_taken_for_an_answer() -> None:
    assert Gm65Host().feed(b"13" + VERSION[:-2] + b"45\r", 0.0) == [Code("13\x02\x00\x00\x01\ufffd45")]


def test_a_code_that_looks_like_an_answer_with_a_wrong_crc_stays_a_code(hear: Callable[..., list[HostEvent]]) -> None:
    fake = b"12\x02\x00\x00\x01\x41\x42\x43\r"
    assert hear(asked(), [fake], 0.0)[0] == Code("12\x02\x00\x00\x01ABC")


def test_half_an_answer_that_stops_is_a_code_after_all(hear: Callable[..., list[HostEvent]]) -> None:
    assert hear(asked(), [b"12\x02\x00\x00\xff34\r"], 0.0) == [Code("12\x02\x00\x00\ufffd34")]


def test_a_refusal_is_one() -> None:
    assert asked().feed(reply(status=1), 0.0) == [Answered(Command.IDENTIFY, Outcome.REFUSED)]


def test_a_question_is_repeated_and_given_up() -> None:
    host = asked()
    assert host.idle(ANSWER_WITHIN_S) == [Send(read(Register.VERSION))]
    assert host.idle(2 * ANSWER_WITHIN_S) == [Send(read(Register.VERSION))]
    assert host.idle(3 * ANSWER_WITHIN_S) == [Answered(Command.IDENTIFY, Outcome.NO_ANSWER)]


def test_a_new_module_is_set_to_end_its_codes_until_power_off() -> None:
    host = Gm65Host()
    assert host.opened(0.0) == [Send(ASK_SETTINGS)]
    assert host.feed(reply(b"\xd3"), 0.1) == [Send(ASK_TAIL)]
    assert host.feed(reply(b"\x61"), 0.2) == [Send(write(Register.TAIL, 0x01))]
    assert host.feed(DONE, 0.3) == []


def test_setting_up_comes_before_any_command() -> None:
    host = Gm65Host()
    host.opened(0.0)
    assert host.ask(Command.IDENTIFY, 0.0) == []
    host.feed(reply(b"\xd3"), 0.1)
    assert host.feed(reply(b"\x60"), 0.2) == [Send(write(Register.TAIL, 0x00))]
    assert host.feed(DONE, 0.3) == [Send(read(Register.VERSION))]


def test_a_module_that_ends_its_codes_already_is_left_alone() -> None:
    host = Gm65Host()
    host.opened(0.0)
    host.feed(reply(b"\xd3"), 0.1)
    assert host.feed(reply(b"\x01"), 0.2) == []


@pytest.mark.parametrize(("settings", "enabled"), [(0xD3, 0xD3), (0xD0, 0xD0), (0xD1, 0xD3)])
def test_disabled_it_reads_only_when_triggered_and_enabled_as_it_came(settings: int, enabled: int) -> None:
    host = Gm65Host()
    host.opened(0.0)
    host.feed(reply(bytes([settings])), 0.1)
    host.feed(reply(b"\x00"), 0.2)
    assert host.ask(Command.DISABLE, 0.3) == [Send(write(Register.SETTINGS, 0xD1))]
    assert host.feed(DONE, 0.4) == [Answered(Command.DISABLE, Outcome.DONE, "00")]
    assert host.ask(Command.ENABLE, 0.5) == [Send(write(Register.SETTINGS, enabled))]


def test_what_the_module_has_no_word_for_is_not_supported() -> None:
    assert Gm65Host().ask(Command.BEEP, 0.0) == [Answered(Command.BEEP, Outcome.NOT_SUPPORTED)]
    assert Gm65Host().ask(Command.ENABLE, 0.0) == [Answered(Command.ENABLE, Outcome.NO_ANSWER)]


def test_a_module_that_never_answers_is_explained() -> None:
    host = Gm65Host()
    host.opened(0.0)
    events = [event for tries in range(1, 7) for event in host.idle(tries * ANSWER_WITHIN_S)]
    assert events.count(MUTE) == 2


@given(st.lists(st.tuples(st.binary(max_size=300), st.floats(0, 2)), max_size=30), st.lists(st.sampled_from(Command)))
def test_no_bytes_ever_upset_it(pieces: list[tuple[bytes, float]], commands: list[Command]) -> None:
    host, now_s = Gm65Host(), 0.0
    host.opened(now_s)
    for command_ in commands:
        host.ask(command_, now_s)
    for piece, pause_s in pieces:
        now_s += pause_s
        host.feed(piece, now_s)
        host.idle(now_s)
    assert len(host._held) <= 1024


def test_an_answer_reads_back() -> None:
    assert parsed(VERSION).data == b"\xaf"
