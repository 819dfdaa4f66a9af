import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.receipt.columns import apart, centred, encoded, printable, to_the_right, width, wrapped


@pytest.mark.parametrize(
    ("text", "columns"), [("", 0), ("abc", 3), ("中文", 4), ("￥", 2), ("¥", 2), ("…", 2), ("①", 2), ("“x”", 5)]
)
def test_width_is_what_the_printer_counts(text: str, columns: int) -> None:
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("¥12.50", "￥12.50"),
        ("a\x1b@b", "a?@b"),
        ("\r\n\t\0\x7f", "?????"),
        ("\x9b\u202e\u200b", "???"),
        ("茶🍵", "茶?"),
        ("฿", "?"),
        ("\U00020000", "?"),  # four bytes in GB18030: no printer takes them
    ],
)
def test_what_paper_cannot_show_becomes_a_question_mark(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_no_text_from_outside_can_hold_a_command(text: str) -> None:
    data, at = encoded(text), 0
    while at < len(data):  # as a printer in Chinese mode takes it: pairs from 81, else one printable byte
        is_pair = 0x81 <= data[at] <= 0xFE
        assert is_pair or 0x20 <= data[at] < 0x7F
        assert not is_pair or 0x40 <= data[at + 1] <= 0xFE
        at += 2 if is_pair else 1


@given(st.text(), st.integers(2, 48))
def test_wrapped_lines_fit_and_lose_nothing_but_spaces(text: str, columns: int) -> None:
    lines = wrapped(text, columns)
    assert all(width(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == printable(text).replace(" ", "")


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from([32, 48]))
def test_two_texts_stand_apart_at_the_two_edges(left: str, right: str, columns: int) -> None:
    rows = apart(left, right, columns)
    assert all(width(row) <= columns for row in rows)
    assert rows[0].startswith(printable(left)[:1])
    assert len(rows) > 1 or width(rows[0]) == columns


def test_alignment_counts_columns_on_paper() -> None:
    assert centred("中文", 8) == "  中文"
    assert to_the_right("中文", 8) == "    中文"
