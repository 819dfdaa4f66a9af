"""A wedge scanner is known by its haste, and a hand is never mistaken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.tui.wedge import Wedge

CODE = "134567890123456789"


def feed(wedge: Wedge[str], text: str, gap_s: float, start_s: float = 100.0) -> list[tuple[str, list[str]]]:
    return [wedge.feed(key, key, start_s + index * gap_s) for index, key in enumerate(text)]


def test_a_burst_ended_by_enter_is_a_code_and_presses_nothing() -> None:
    results = feed(Wedge(), CODE + "\r", gap_s=0.004)
    assert results[-1] == (CODE, [])
    assert all(result == ("", []) for result in results[:-1])


def test_a_burst_ended_by_tab_is_a_code() -> None:
    assert feed(Wedge(), CODE + "\t", gap_s=0.03)[-1][0] == CODE


@given(gaps=st.lists(st.floats(0.0355, 3.0), min_size=8, max_size=8))
def test_a_hand_gets_every_key_back_in_order(gaps: list[float]) -> None:
    wedge: Wedge[str] = Wedge()
    at_s, pressed = 0.0, []
    for key, gap_s in zip("1250379\r", gaps, strict=True):
        at_s += gap_s
        code, keys = wedge.feed(key, key, at_s)
        assert code == ""
        pressed += keys
    assert "".join(pressed) == "1250379\r"


def test_a_short_burst_is_a_hand() -> None:
    results = feed(Wedge(), "12500\r", gap_s=0.001)
    assert results[-1] == ("", list("12500\r"))


def test_an_enter_that_comes_late_is_a_hands() -> None:
    wedge: Wedge[str] = Wedge()
    feed(wedge, "12345678", gap_s=0.03)
    assert wedge.feed("\r", "\r", 200.0) == ("", [*"12345678", "\r"])


def test_a_key_that_prints_nothing_lets_the_withheld_ones_go_first() -> None:
    wedge: Wedge[str] = Wedge()
    feed(wedge, "12", gap_s=0.001)
    assert wedge.feed("f12", "", 100.002) == ("", ["1", "2", "f12"])


def test_silence_lets_everything_go_once() -> None:
    wedge: Wedge[str] = Wedge()
    feed(wedge, "42", gap_s=0.001)
    assert wedge.silence() == ["4", "2"]
    assert wedge.silence() == []


def test_two_codes_in_a_row_stay_two() -> None:
    wedge: Wedge[str] = Wedge()
    codes = [code for code, _ in feed(wedge, f"{CODE}\r6901234567892\r", gap_s=0.002) if code]
    assert codes == [CODE, "6901234567892"]


@pytest.mark.parametrize("behind", ["y\r", "y", "\r", "12500\r", "y\ry\r"])
def test_what_stands_behind_a_line_end_in_a_code_presses_nothing(behind: str) -> None:
    wedge: Wedge[str] = Wedge()
    results = feed(wedge, f"{CODE}\r{behind}", gap_s=0.002)
    assert [code for code, _ in results if code] == [CODE]
    assert not any(keys for _, keys in results)
    assert wedge.silence() == []
    assert wedge.feed("y", "y", 200.0) == ("", [])
    assert wedge.silence() == ["y"]


@pytest.mark.parametrize("ending", ["\r", ""])
def test_something_that_lies_on_the_keyboard_types_nothing_and_takes_no_room(ending: str) -> None:
    wedge: Wedge[str] = Wedge()
    results = feed(wedge, "5" * (Wedge.LONGEST + 50) + ending, gap_s=0.03)
    assert all(result == ("", []) for result in results)
    assert len(wedge.held) <= Wedge.LONGEST + 1
    assert wedge.silence() == []
