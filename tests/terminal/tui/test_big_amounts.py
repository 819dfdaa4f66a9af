"""Amounts stay legible: each digit is its own shape, in the largest size that fits."""

import pytest

from terminal.tui.bigtext import LARGE, SMALL, big


def test_the_largest_size_that_fits_is_taken() -> None:
    assert len(big("¥12.50", 60)) == LARGE
    assert len(big("¥12.50", 28)) == SMALL
    assert len(big("¥12.50", 60, rows=4)) == SMALL
    assert big("¥999999.99", 20) == ["¥999999.99"]


@pytest.mark.parametrize("columns", [80, 28])
def test_every_glyph_differs_from_every_other(columns: int) -> None:
    drawings = {tuple(big(glyph, columns, LARGE if columns > 28 else SMALL)) for glyph in "0123456789¥-."}
    assert len(drawings) == 13


def test_lines_are_equally_long() -> None:
    for columns in (80, 28):
        assert len({len(line) for line in big("¥1234.5", columns)}) == 1


def test_large_digits_need_no_glyph_but_the_full_block() -> None:
    assert set("".join(big("0123456789¥-.", 200))) == {"█", " "}


def test_the_largest_amount_fits_the_outcome_and_the_smallest_screen() -> None:
    assert len(big("¥999999.99", 80)) == LARGE
    assert len(big("¥9999.99", 30)) == SMALL
