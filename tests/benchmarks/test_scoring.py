"""The rules by which readers are judged, on answers made up for the purpose."""

import pytest

from benchmarks.score import Found, Outcome, judge, value
from terminal.model import Symbology

MILK = frozenset({"6901234567892"})
CODE = frozenset({"134567890123456789"})


@pytest.mark.parametrize(
    ("symbology", "text", "gtin"),
    [
        ("UPC-A", "012345678905", "0012345678905"),
        ("EAN-13", "0012345678905", "0012345678905"),
        ("UPC-E", "04252614", "0042100005264"),
        ("EAN-13", "0042100005264", "0042100005264"),
        ("EAN-8", "69012341", "0000069012341"),
    ],
)
def test_retail_codes_are_compared_as_thirteen_digits(symbology: str, text: str, gtin: str) -> None:
    assert value(symbology, text) == gtin


def test_brackets_white_space_and_fnc1_make_no_difference() -> None:
    assert value("Code128", "(420)95747\x1d94") == value("Code128", "420957479 4")


def test_other_symbologies_keep_their_zeros() -> None:
    assert value("Code128", "0123") != value("Code128", "123")


def test_a_code_among_others_is_right() -> None:
    judged = judge([Found(Symbology.QR, "a"), Found(Symbology.EAN13, "6901234567892")], MILK, frozenset({"a"}))
    assert (judged.outcome, judged.wrong) == (Outcome.RIGHT, ())


def test_reading_only_the_other_code_in_the_picture_is_no_mistake_and_no_merit() -> None:
    judged = judge([Found(Symbology.QR, "a")], MILK, frozenset({"a"}))
    assert (judged.outcome, judged.wrong) == (Outcome.UNREAD, ())


def test_a_picture_may_be_right_and_misread_at_once() -> None:
    false = Found(Symbology.UPCE, "01264904")
    judged = judge([Found(Symbology.EAN13, "6901234567892"), false], MILK)
    assert (judged.outcome, judged.wrong) == (Outcome.RIGHT, (false,))


def test_nothing_read_is_unread_and_not_misread() -> None:
    judged = judge([], CODE)
    assert (judged.outcome, judged.wrong) == (Outcome.UNREAD, ())


def test_anything_read_where_nothing_is_is_false() -> None:
    false = Found(Symbology.CODE39, "TTTT")
    assert judge([false], frozenset()).wrong == (false,)
