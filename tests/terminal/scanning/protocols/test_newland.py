"""Newland's unified commands beside the pair that its guide works through."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.scanning.protocols.newland import ENQ, NAK, NewlandHost, answer, command, understand
from terminal.scanning.protocols.talk import Answered, Code, Command, HostEvent, Outcome, Send

LINE = b"134567890123456789\r"


def test_a_command_and_its_answer_are_the_published_pair() -> None:
    assert command("C11ENA1,MIN12,MAX22", keep=True) == b"~\x010000@C11ENA1,MIN12,MAX22;\x03"
    assert answer("C11ENA1,MIN12,MAX22", keep=True) == b"\x02\x010000@C11ENA1\x06,MIN12\x06,MAX22\x06;\x03"


def test_the_soft_trigger_is_the_published_one() -> None:
    trigger = bytes.fromhex("7E 01 30 30 30 30 23 53 43 4E 54 52 47 31 3B 03")
    assert NewlandHost().ask(Command.TRIGGER, 0.0) == [Send(trigger)]


def test_one_item_refused_is_a_refusal() -> None:
    assert understand(b"\x02\x010000@C11ENA1\x06,MIN99\x15;\x03")[0] is Outcome.REFUSED
    assert understand(b"\x02\x010000@XYZABC1\x05;\x03")[0] is Outcome.REFUSED
    assert understand(b"\x02\x010000@C11ENA1\x06,MIN12\x06;\x03")[0] is Outcome.DONE


@given(cuts=st.lists(st.integers(0, 200), max_size=12))
def test_the_identity_comes_between_codes_however_the_line_is_cut(
    cuts: list[int], cut: Callable[[bytes, list[int]], list[bytes]], hear: Callable[..., list[HostEvent]]
) -> None:
    host = NewlandHost()
    host.ask(Command.IDENTIFY, 0.0)
    stream = LINE + answer("QRYSYSNLS-FM430") + b"6901234567892\r"
    assert hear(host, cut(stream, cuts), 0.0) == [
        Code("134567890123456789"),
        Answered(Command.IDENTIFY, Outcome.DONE, "NLS-FM430"),
        Code("6901234567892"),
    ]


@pytest.mark.parametrize("status", [NAK, ENQ])
def test_a_refusal_is_one(status: bytes) -> None:
    host = NewlandHost()
    host.ask(Command.RELEASE, 0.0)
    (told,) = host.feed(answer("SCNTRG0", status=status), 0.1)
    assert isinstance(told, Answered)
    assert told.outcome is Outcome.REFUSED


def test_an_answer_that_never_ends_is_given_up_and_the_next_code_is_read() -> None:
    host = NewlandHost()
    host.ask(Command.IDENTIFY, 0.0)
    events = [event for at in range(90) for event in host.feed(b"\x02\x010000#" + b"x" * 93, at / 1000)]
    assert len(host._held) <= 1024
    assert not events
    host.feed(b"\r" + LINE, 0.1)
    assert host.idle(0.4) == [Code("134567890123456789")]


@pytest.mark.parametrize("wanted", [Command.ENABLE, Command.DISABLE, Command.BEEP])
def test_what_it_has_no_word_for_is_not_supported(wanted: Command) -> None:
    assert NewlandHost().ask(wanted, 0.0) == [Answered(wanted, Outcome.NOT_SUPPORTED)]


@given(st.lists(st.tuples(st.binary(max_size=300), st.floats(0, 2)), max_size=30), st.lists(st.sampled_from(Command)))
def test_no_bytes_ever_upset_it(pieces: list[tuple[bytes, float]], commands: list[Command]) -> None:
    host, now_s = NewlandHost(), 0.0
    for wanted in commands:
        host.ask(wanted, now_s)
    for piece, pause_s in pieces:
        now_s += pause_s
        host.feed(piece, now_s)
        host.idle(now_s)
    assert len(host._held) <= 1024
