import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware_sim.devices.escpos_reader import (
    CutOff,
    DrawerKicked,
    EscposReader,
    Event,
    Fed,
    Printed,
    QrPrinted,
    StatusAsked,
    Unknown,
)

# From command tables and manuals, none of it from the terminal's own encoder.
RECEIPT = (
    b"\x1b@\x1bt\x00\x1bR\x00\x1b2\x1b3\x1e\x1c&\x1ba\x01\x1bE\x01\x1bG\x00\x1b-\x00\x1d!\x11\xd6\xd0\xb9\xfa\n\x1d!\x00"
    b"\x1bM\x00\x1b!\x00\x1c!\x00\x1b$\x10\x00\x1dL\x00\x00\x1dW\x80\x01A~B\x1bd\x02"
    b"\x1dh\x50\x1dw\x02\x1dH\x02\x1df\x00\x1dkI\x04{A12\x1dk\x026901234567892\x00\x1bJ\x10"
    b"\x1dv0\x00\x02\x00\x03\x00\x1b\x1d\x10\x1c\x00\x0a"
    b"\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x04\x1d(k\x03\x001E2\x1d(k\x06\x001P0\x1b@\n\x1d(k\x03\x001Q0"
    b"\x10\x04\x04\x10\x14\x01\x00\x01\x1bp\x00\x19\xfa\x1bB\x02\x01\x1c.\xd6\n\x1dV\x42\x00"
)


def everything(stream: bytes, size: int) -> list[Event]:
    reader = EscposReader()
    return [event for at in range(0, len(stream), size) for event in reader.feed(stream[at : at + size])]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_receipt_is_understood_however_it_is_cut(size: int) -> None:
    events = everything(RECEIPT, size)
    texts = [event.text for event in events if isinstance(event, Printed)]
    assert texts == ["中国", "A~B"]
    assert [event for event in events if isinstance(event, QrPrinted)] == [QrPrinted(b"\x1b@\n", 4, "Q", 1)]
    assert events.count(Fed(2)) == 1
    assert events.count(StatusAsked(4)) == 1
    assert events[-1] == CutOff(RECEIPT.replace(b"\x10\x04\x04\x10\x14\x01\x00\x01", b"")), "all but the real-time"
    assert [event for event in events if isinstance(event, DrawerKicked)] == [DrawerKicked(2, 100), DrawerKicked(2, 50)]
    assert not any(isinstance(event, Unknown) for event in events)


def test_size_and_alignment_belong_to_the_line() -> None:
    (line,) = EscposReader().feed(b"\x1ba\x02a\x1d!\x23b\n")
    assert isinstance(line, Printed)
    assert line.align == 2
    assert [(text, style.wide, style.high) for text, style in line.runs] == [("a", 1, 1), ("b", 3, 4)]


@pytest.mark.parametrize("cut", [b"\x1dV\x00", b"\x1dV\x01", b"\x1dVA\x10", b"\x1dVB\x10", b"\x1bi", b"\x1bm"])
def test_each_kind_of_cut_is_one(cut: bytes) -> None:
    assert everything(b"a\n" + cut + b"b\n" + cut, 1)[1::2] == [CutOff(b"a\n" + cut), CutOff(b"b\n" + cut)]


def test_an_unknown_command_is_reported_and_what_follows_is_printed() -> None:
    events = EscposReader().feed(b"\x1b\x99ok\n")
    assert events[0] == Unknown(b"\x1b\x99")
    assert isinstance(events[1], Printed)
    assert events[1].text == "ok"


@example(b"\x1d(k\x02\x001C\x1d(k\x02\x001E\x1d(k\x02\x001P\x1d(k\x00\x00", 300)
@given(st.binary(max_size=300), st.integers(1, 300))
def test_no_bytes_ever_upset_it_and_any_cut_means_the_same(stream: bytes, size: int) -> None:
    assert everything(stream, size) == everything(stream, max(1, len(stream)))
