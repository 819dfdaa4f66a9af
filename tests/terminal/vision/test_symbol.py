import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.model import Symbol, Symbology
from terminal.vision.symbol import Reading, as_printed, gtin13, has_valid_check_digit, placed


def with_check_digit(digits: str) -> str:
    return next(digits + str(last) for last in range(10) if has_valid_check_digit(digits + str(last)))


@pytest.mark.parametrize("digits", ["6901234567892", "96385074", "012345678905", "00012345678905"])
def test_published_gtins_have_a_valid_check_digit(digits: str) -> None:
    assert has_valid_check_digit(digits)
    wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    assert not has_valid_check_digit(wrong)


def test_an_ean_13_with_a_leading_zero_is_a_upc_a() -> None:
    assert as_printed(Symbology.EAN13, "0890444000335") == (Symbology.UPCA, "890444000335")
    assert as_printed(Symbology.EAN13, "6901234567892") == (Symbology.EAN13, "6901234567892")


# GS1 General Specifications, figure 5.2.2.4.2: one example for each way of leaving out zeros.
@pytest.mark.parametrize(
    ("printed", "upca"),
    [
        ("01234531", "012300000451"),
        ("01201303", "012000000133"),
        ("04124498", "041244000098"),
        ("04965802", "049000006582"),
    ],
)
def test_a_upc_e_is_printed_short_and_compared_long(printed: str, upca: str) -> None:
    assert as_printed(Symbology.UPCE, printed) == (Symbology.UPCE, printed)
    assert as_printed(Symbology.UPCE, "0" + upca) == (Symbology.UPCE, printed)
    assert gtin13(Symbology.UPCE, printed) == "0" + upca


@given(st.from_regex(r"[01][0-9]{6}", fullmatch=True))
def test_every_upc_e_means_the_same_article_however_it_is_spelled(seven: str) -> None:
    long = gtin13(Symbology.UPCE, seven + "0")
    article = with_check_digit(long[:-1])
    _, printed = as_printed(Symbology.UPCE, article)
    assert len(printed) == 8
    assert gtin13(Symbology.UPCE, printed) == article


def test_corners_are_carried_from_a_crop_to_the_frame() -> None:
    symbol = Symbol("x", b"x", Symbology.QR, "]Q1", ((0, 0), (10, 0), (10, 10), (0, 10)))
    quarter_turn_and_shift = np.array([[0.0, -2.0, 100.0], [2.0, 0.0, 50.0]])
    there = placed(Reading(symbol, "zxing"), quarter_turn_and_shift, "upright").symbol
    assert there.corners == ((100, 50), (100, 70), (80, 70), (80, 50))
    assert there.read_by == "upright"
