from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.scanning.protocols.lines import LONGEST, STALE_S, LineProfile, LineReader, decoded, encode

SILENT = LineProfile(endings=b"")
TEXTS = st.lists(
    st.text(st.characters(exclude_characters="\r\n\t", codec="utf-8"), min_size=1, max_size=40), max_size=6
)


def read(stream: bytes, cuts: list[int], profile: LineProfile | None = None) -> list[str]:
    """All codes of a stream that arrives in pieces, each a millisecond after the other."""
    reader, places = LineReader(profile), sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    pieces = [stream[start:end] for start, end in pairwise(places)]
    return [text for index, piece in enumerate(pieces) for text in reader.feed(piece, index / 1000)]


@pytest.mark.parametrize("suffix", [b"\r", b"\n", b"\r\n", b"\t", b"\n\r"])
def test_every_usual_ending_ends_a_code_once(suffix: bytes) -> None:
    assert LineReader().feed(b"134567890123456789" + suffix + b"6901234567892" + suffix, 0.0) == [
        "134567890123456789",
        "6901234567892",
    ]


@given(TEXTS, st.lists(st.integers(0, 500), max_size=20), st.sampled_from([b"\r", b"\n", b"\r\n", b"\t"]))
def test_any_cut_of_the_stream_gives_the_same_codes(texts: list[str], cuts: list[int], suffix: bytes) -> None:
    stream = b"".join(encode(text, suffix=suffix) for text in texts)
    assert read(stream, cuts) == texts


@given(st.binary(max_size=2000), st.lists(st.integers(0, 2000), max_size=20))
def test_noise_gives_the_same_texts_however_it_is_cut_and_none_too_long(stream: bytes, cuts: list[int]) -> None:
    texts = read(stream, cuts)
    assert texts == read(stream, [])
    assert all(0 < len(text.encode()) <= 3 * LONGEST and "\r" not in text for text in texts)


@given(st.lists(st.tuples(st.binary(max_size=60), st.floats(0, 5)), max_size=30), st.booleans(), st.booleans())
def test_nothing_that_comes_ever_raises(pieces: list[tuple[bytes, float]], silent: bool, aim_ids: bool) -> None:
    reader, now_s = LineReader(LineProfile(endings=b"" if silent else b"\r", aim_ids=aim_ids, prefix="P")), 0.0
    for piece, pause_s in pieces:
        now_s += pause_s
        assert all(isinstance(text, str) for text in reader.feed(piece, now_s) + reader.idle(now_s))


def test_a_line_too_long_is_dropped_and_the_next_one_is_read() -> None:
    stream = b"1" * LONGEST + b"\r" + b"2" * (LONGEST + 1) + b"\r" + b"~" * 90_000 + b"\r134567890123456789\r"
    assert read(stream, list(range(0, len(stream), 997))) == ["1" * LONGEST, "134567890123456789"]


def test_without_an_ending_only_silence_ends_a_code() -> None:
    reader = LineReader(SILENT)
    assert reader.feed(b"13456789", 0.000) == []
    assert reader.feed(b"0123456789", 0.030) == []  # the longest pause inside a code that was measured
    assert reader.idle(0.129) == []
    assert reader.idle(0.131) == ["134567890123456789"]
    assert reader.idle(9.0) == []


def test_without_an_ending_the_next_code_completes_the_one_before() -> None:
    reader = LineReader(SILENT)
    assert reader.feed(b"first", 0.0) == []
    assert reader.feed(b"second", 0.5) == ["first"]
    assert reader.idle(0.7) == ["second"]


def test_with_an_ending_silence_never_makes_half_a_code_a_code() -> None:
    reader = LineReader()
    assert reader.feed(b"2812345678901234", 0.0) == []
    assert reader.idle(60.0) == []
    assert reader.unfinished == 1
    assert reader.feed(b"134567890123456789\r", 61.0) == ["134567890123456789"]


def test_half_a_code_is_not_joined_to_one_that_comes_long_after() -> None:
    reader = LineReader()
    reader.feed(b"13456", 0.0)
    assert reader.feed(b"134567890123456789\r", STALE_S) == ["134567890123456789"]


def test_half_a_code_from_before_an_unplug_is_thrown_away() -> None:
    reader = LineReader()
    reader.feed(b"1345678", 0.0)
    reader.reset()
    assert reader.feed(b"90123456789\r", 0.1) == ["90123456789"]


def test_a_prefix_is_taken_off_and_what_lacks_it_is_dropped() -> None:
    profile = LineProfile(prefix="Q:")
    assert LineReader(profile).feed(b"Q:134567890123456789\r90123456789\rQ:\r", 0.0) == ["134567890123456789"]


def test_stx_and_etx_are_a_prefix_and_an_ending() -> None:
    profile = LineProfile(endings=b"\x03", prefix="\x02")
    assert LineReader(profile).feed(b"\x026901234567892\x03\x02code\x03", 0.0) == ["6901234567892", "code"]


@pytest.mark.parametrize(
    ("line", "on", "off"),
    [
        (b"]C0134567890123456789", "134567890123456789", "]C0134567890123456789"),
        (b"]Q1\xe4\xbd\xa0", "\u4f60", "]Q1\u4f60"),
        (b"]E46901234", "6901234", "]E46901234"),
        (b"]]C0", "]]C0", "]]C0"),
        (b"]C", "]C", "]C"),
        (b"]C0]Q1x", "]Q1x", "]C0]Q1x"),  # only the first is the scanner's
    ],
)
def test_aim_identifiers_are_taken_off_only_where_the_profile_has_them_on(line: bytes, on: str, off: str) -> None:
    assert LineReader(LineProfile(aim_ids=True)).feed(line + b"\r", 0.0) == [on]
    assert LineReader().feed(line + b"\r", 0.0) == [off]


def test_chinese_text_is_read_in_utf8_and_in_the_gb18030_of_chinese_modules() -> None:
    assert decoded("你好".encode()) == "你好"
    assert decoded("你好".encode("gbk")) == "你好"
    assert decoded(b"\xff\xff134") == "\ufffd\ufffd134"
