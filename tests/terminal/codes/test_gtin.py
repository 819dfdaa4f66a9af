import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.codes import gtin


@pytest.mark.parametrize(
    "text",
    [
        "4006381333931",  # GS1's usual EAN-13
        "6901234567892",
        "96385074",  # EAN-8
        "036000291452",  # UPC-A
        "15400141288763",  # ITF-14 (GS1)
    ],
)
def test_published_product_numbers_add_up(text: str) -> None:
    assert gtin.is_gtin(text)
    assert gtin.gtin14(text).endswith(text)
    assert len(gtin.gtin14(text)) == 14


@given(st.text("0123456789", min_size=7, max_size=13), st.integers(0, 13), st.integers(1, 9))
def test_one_wrong_digit_never_adds_up(digits: str, place: int, by: int) -> None:
    text = digits + gtin.check_digit(digits)
    place %= len(text)
    wrong = text[:place] + str((int(text[place]) + by) % 10) + text[place + 1 :]
    assert not gtin.is_gtin(wrong)


@pytest.mark.parametrize("text", ["", "400638133393", "40063813339310", "４００６３８１３３３９３１", "400638133393x"])
def test_other_texts_are_no_product_numbers(text: str) -> None:
    assert not gtin.is_gtin(text)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("04252614", "042100005264"),  # GS1's example: last digit 1
        ("01234505", "012000003455"),  # last digit 0
        ("01234523", "012200003453"),  # last digit 2
        ("01234531", "012300000451"),  # last digit 3
        ("01234543", "012340000053"),  # last digit 4
        ("01234565", "012345000065"),  # last digit 6
    ],
)
def test_short_upc_is_stretched_by_its_last_digit(short: str, long: str) -> None:
    assert gtin.expand_upc_e(short) == long
    assert gtin.is_gtin(long)


def test_only_number_systems_nought_and_one_are_short_upc() -> None:
    with pytest.raises(ValueError, match="eight digits"):
        gtin.expand_upc_e("24252614")


def test_a_shipping_label_is_known_by_its_identifier_and_check_digit() -> None:
    assert gtin.is_sscc("00106141412345678908")  # GS1's example
    assert not gtin.is_sscc("00106141412345678909")
