import numpy as np
import pytest
from barcode.charsets import code128 as code128_charset
from barcode.charsets import ean as ean_charset

from terminal.vision.linear import tables


@pytest.mark.parametrize(("letter", "digits"), [("A", tables.L_DIGITS), ("B", tables.G_DIGITS), ("C", tables.R_DIGITS)])
def test_the_digits_are_those_of_another_encoder(letter: str, digits: tables.Bits) -> None:
    assert ["".join(map(str, row)) for row in digits] == list(ean_charset.CODES[letter])


def test_the_parities_are_those_of_another_encoder() -> None:
    theirs = [pattern.replace("A", "L").replace("B", "G") for pattern in ean_charset.LEFT_PATTERN]
    assert theirs == tables.EAN13_PARITY


def test_the_characters_of_code_128_are_those_of_another_encoder() -> None:
    assert ["".join(map(str, row)) for row in tables.CODE128] == list(code128_charset.CODES)[:106]
    assert "".join(map(str, tables.STOP)) == code128_charset.STOP + "11"  # which draws the last bar apart


def test_every_character_of_code_128_is_told_apart_and_has_an_even_number_of_dark_modules() -> None:
    assert len(np.unique(tables.CODE128, axis=0)) == 106
    assert (tables.CODE128.sum(axis=1) % 2 == 0).all()  # ISO/IEC 15417, 4.2.1
