import numpy as np
import pytest

from terminal.vision.linear.code128 import has_valid_check, text_of

SHIFT, SET_C, SET_B, SET_A, FNC1 = 98, 99, 100, 101, 102
CHECK = 0  # text_of does not look at it


def test_the_check_of_the_well_known_example_holds() -> None:
    """PJJ123C in set A, with 54 as its check, is the worked example of most descriptions of Code 128."""
    characters = [103, 48, 42, 42, 17, 18, 19, 35, 54]
    assert has_valid_check(np.array([characters])).all()
    assert text_of(characters) == ("PJJ123C", False)


def test_a_check_that_is_off_by_one_does_not_hold() -> None:
    assert not has_valid_check(np.array([[103, 48, 42, 42, 17, 18, 19, 35, 55]])).any()


@pytest.mark.parametrize(
    ("characters", "text"),
    [
        ([105, 12, 34, 0, 99], "12340099"),
        ([105, 12, SET_B, 33, 65], "12Aa"),
        ([105, 12, SET_A, 33, 65], "12A\x01"),
        ([104, 65, SET_C, 12, SET_A, 64], "a12\x00"),
        ([104, 65, SHIFT, 65, 65], "a\x01a"),
        ([103, 33, SHIFT, 65, 33], "AaA"),
        ([104, SET_B, 33, 33], "\xc1A"),  # FNC4 once: the next character alone
        ([104, SET_B, SET_B, 33, SET_B, 33, 33], "\xc1A\xc1"),  # FNC4 twice: until further notice
        ([104, 33, FNC1, 34], "A\x1dB"),
        ([104, 96, 97, 33], "A"),  # FNC3 and FNC2 speak to the scanner
    ],
)
def test_code_sets_shifts_and_functions(characters: list[int], text: str) -> None:
    assert text_of([*characters, CHECK]) == (text, False)


def test_fnc1_in_the_first_place_makes_it_gs1_and_says_nothing() -> None:
    assert text_of([105, FNC1, 1, 95, CHECK]) == ("0195", True)


@pytest.mark.parametrize("characters", [[104], [105, FNC1], [104, 33, SHIFT], [104, 33, SET_B]])
def test_what_ends_in_the_air_or_says_nothing_is_no_text(characters: list[int]) -> None:
    assert text_of([*characters, CHECK]) is None
