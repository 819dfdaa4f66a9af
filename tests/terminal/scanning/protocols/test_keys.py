import string
import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.scanning.protocols.keys import KeyReader, keys
from terminal.scanning.protocols.lines import LONGEST, STALE_S, LineProfile

CODE = "134567890123456789"
TYPEABLE = st.text(st.sampled_from(string.ascii_letters + string.digits + string.punctuation + " "), min_size=1)


def record(code: int, value: int, kind: int = 1) -> bytes:
    """As the kernel writes it: two 64-bit numbers of time, type, code, value."""
    return struct.pack("<qqHHi", 1, 2, kind, code, value)


def test_nine_digits_and_enter_as_a_kernel_sent_them() -> None:
    stream = b"".join(record(code, value) for code in (*range(2, 11), 28) for value in (1, 0))
    assert KeyReader().feed(stream, 0.0) == ["123456789"]


@pytest.mark.parametrize("end", [28, 96, 15])
def test_keypad_digits_and_each_key_that_ends_a_code(end: int) -> None:
    stream = b"".join(record(code, 1) for code in (79, 80, 81, 75, 76, 77, 71, 72, 73, 82, 83, end))
    assert KeyReader().feed(stream, 0.0) == ["1234567890."]


def test_shift_counts_while_it_is_held_and_a_key_held_down_types_once() -> None:
    stream = record(42, 1) + record(30, 1) + record(30, 2) + record(42, 0) + record(30, 1) + record(28, 1)
    assert KeyReader().feed(stream, 0.0) == ["Aa"]


@given(st.lists(TYPEABLE, max_size=5), st.lists(st.integers(0, 5000), max_size=12))
def test_any_cut_of_the_records_gives_the_same_codes(texts: list[str], cuts: list[int]) -> None:
    stream = b"".join(keys(text) for text in texts)
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    reader = KeyReader()
    found = [code for start, end in pairwise(places) for code in reader.feed(stream[start:end], 0.001)]
    assert found == [text for text in texts if len(text) <= LONGEST]


@given(st.lists(st.tuples(st.binary(max_size=200), st.floats(0, 3)), max_size=20))
def test_no_bytes_ever_upset_it(pieces: list[tuple[bytes, float]]) -> None:
    reader, now_s = KeyReader(), 0.0
    for piece, pause_s in pieces:
        now_s += pause_s
        assert all(0 < len(code) <= LONGEST for code in reader.feed(piece, now_s))


def test_half_a_code_is_not_joined_to_what_comes_long_after() -> None:
    reader = KeyReader()
    reader.feed(keys("13456")[:-96], 0.0)
    assert reader.feed(keys(CODE), STALE_S) == [CODE]


def test_half_a_code_from_before_an_unplug_is_thrown_away() -> None:
    reader = KeyReader()
    reader.feed(keys("13456")[:-96] + b"half", 0.0)
    reader.reset()
    assert reader.feed(keys(CODE), 0.1) == [CODE]


def test_prefix_and_aim_identifier_are_as_the_profile_says() -> None:
    reader = KeyReader(LineProfile(prefix="#", aim_ids=True))
    assert reader.feed(keys("#]C0" + CODE) + keys(CODE), 0.0) == [CODE]
    assert KeyReader().feed(keys("1" * (LONGEST + 1)) + keys(CODE), 0.0) == [CODE]
