"""SYN beside the byte strings of Honeywell's and Mindeo's guides."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.scanning.protocols.syn import ENQ, NAK, SynHost, menu, menu_answer
from terminal.scanning.protocols.talk import Answered, Code, Command, HostEvent, Outcome, Send

LINE = b"134567890123456789\r"


@pytest.mark.parametrize(
    ("command", "data"),
    [(Command.TRIGGER, "16 54 0D"), (Command.RELEASE, "16 55 0D"), (Command.BEEP, "16 07 0D")],
)
def test_three_bytes_are_obeyed_without_a_word(command: Command, data: str) -> None:
    assert SynHost().ask(command, 0.0) == [Send(bytes.fromhex(data)), Answered(command, Outcome.DONE)]


def test_menu_commands_are_the_published_ones() -> None:
    assert menu("232BAD9", keep=True) == b"\x16\x4d\x0d232BAD9."
    assert menu("0401D05", keep=True) == b"\x16\x4d\x0d0401D05."
    assert menu_answer("0401D05", keep=True) == b"0401D05\x06."


@given(cuts=st.lists(st.integers(0, 200), max_size=12))
def test_the_revision_comes_between_codes_however_the_line_is_cut(
    cuts: list[int], cut: Callable[[bytes, list[int]], list[bytes]], hear: Callable[..., list[HostEvent]]
) -> None:
    host = SynHost()
    assert host.ask(Command.IDENTIFY, 0.0) == [Send(b"\x16M\rREVINF!")]
    stream = LINE + b"revinfRevision: CP000008\r\n1450g\x06!" + b"6901234567892\r"
    told, *rest = [event for event in hear(host, cut(stream, cuts), 0.0) if isinstance(event, Answered)]
    assert (told.command, told.outcome) == (Command.IDENTIFY, Outcome.DONE)
    assert told.text.endswith("1450g")
    assert rest == []


@pytest.mark.parametrize("status", [NAK, ENQ])
def test_a_refused_menu_command_is_told_from_an_obeyed_one(status: bytes) -> None:
    host = SynHost()
    host.ask(Command.IDENTIFY, 0.0)
    assert host.feed(menu_answer("REVINF", status=status), 0.1) == [Answered(Command.IDENTIFY, Outcome.REFUSED)]


def test_codes_are_plain_lines_before_and_after() -> None:
    host = SynHost()
    host.ask(Command.IDENTIFY, 0.0)
    events = host.feed(LINE + menu_answer("REVINF") + LINE, 0.1)
    code = Code("134567890123456789")
    assert events == [code, Answered(Command.IDENTIFY, Outcome.DONE), code]


@pytest.mark.parametrize("command", [Command.ENABLE, Command.DISABLE])
def test_what_it_has_no_word_for_is_not_supported(command: Command) -> None:
    assert SynHost().ask(command, 0.0) == [Answered(command, Outcome.NOT_SUPPORTED)]


@given(st.lists(st.tuples(st.binary(max_size=300), st.floats(0, 2)), max_size=30), st.lists(st.sampled_from(Command)))
def test_no_bytes_ever_upset_it(pieces: list[tuple[bytes, float]], commands: list[Command]) -> None:
    host, now_s = SynHost(), 0.0
    for command in commands:
        host.ask(command, now_s)
    for piece, pause_s in pieces:
        now_s += pause_s
        host.feed(piece, now_s)
        host.idle(now_s)
    assert len(host._held) <= 1024
