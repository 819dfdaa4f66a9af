import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.devices.display import Led8, Vfd

# Out of the manuals' tables, none of it from the terminal's encoder.
WRITTEN = b"\x1b@\x0cGREEN TEA\x0d\x0a12.50\x1f$\x10\x01x\x1bQBTOTAL 8.00\x0d\x1fX\x04\x1f@"


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_what_is_written_stands_where_it_was_placed_however_it_came(size: int) -> None:
    glass = Vfd()
    for at in range(0, len(WRITTEN), size):
        glass.feed(WRITTEN[at : at + size])
    assert glass.lines == ["GREEN TEA      x    ", "TOTAL 8.00          "]


def test_a_full_line_goes_on_below_and_back_to_the_top() -> None:
    glass = Vfd()
    glass.feed(b"a" * 20 + b"b" * 20 + b"c")
    assert glass.lines == ["c" + "a" * 19, "b" * 20]
    glass.feed(b"\x18")
    assert glass.lines == [" " * 20, "b" * 20]
    glass.feed(b"\x0bd")
    assert glass.lines[0][0] == "d"


def test_digits_and_lamps() -> None:
    glass = Led8()
    glass.feed(b"\x1bQA12.50\x0d\x1bs4")
    assert glass.lines == ["12.50", "change"]
    glass.feed(b"\x1bs9\x0c")
    assert glass.lines == ["", ""]


@given(st.binary(max_size=300))
def test_no_bytes_ever_upset_a_display(data: bytes) -> None:
    for glass in (Vfd(), Led8()):
        glass.feed(data)
        assert len(glass.lines) == 2
