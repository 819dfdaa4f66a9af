"""A shop's own list of goods is found by what was scanned, and its mistakes are named by line and column."""

from pathlib import Path

import pytest

from terminal.basket.basket import Item, Picked
from terminal.basket.catalogue import Catalogue, load
from terminal.codes.gtin import check_digit
from terminal.errors import ConfigError
from terminal.money import CURRENCIES, Money

WATER = Item("06903148091449", "矿泉水", "Water", Money(250))
PEARS = Item("17", "梨", "Pears", Money(1280), unit="kg", tax_percent=9)
SHOP = Catalogue([WATER, PEARS])
HEAD = "code,name_zh,name_en,price,unit,tax_percent\n"


def _label(body: str) -> str:
    return body + check_digit(body)


@pytest.mark.parametrize("code", ["6903148091449", "06903148091449"])
def test_a_pack_is_found_by_its_gtin_of_any_length(code: str) -> None:
    assert SHOP.find(code) == Picked(WATER)


def test_a_scales_label_tells_the_weight_or_the_price() -> None:
    assert SHOP.find(_label("220001700393")) == Picked(PEARS, 393)
    assert SHOP.find(_label("210001700777")) == Picked(PEARS, marked=Money(777))
    assert SHOP.find("0" + _label("220001700393")) == Picked(PEARS, 393)


@pytest.mark.parametrize("text", ["", "abc", "69031480914X9", "https://a.invalid", "６９０３１４８０９１４４９"])
def test_what_is_no_number_stands_for_nothing(text: str) -> None:
    assert SHOP.find(text) is None


def test_a_label_of_an_unknown_item_or_with_a_wrong_check_digit_is_nothing() -> None:
    good = _label("220001700393")

    assert SHOP.find(_label("220009900393")) is None
    assert SHOP.find(good[:-1] + str((int(good[-1]) + 1) % 10)) is None
    assert SHOP.find("6900000000007") is None


def test_a_shop_may_lay_out_its_labels_otherwise() -> None:
    shop = Catalogue([PEARS], labels=["28IIIIIIWWWWC"])

    assert shop.find(_label("280000170393")) == Picked(PEARS, 393)
    assert shop.find(_label("220001700393")) is None


@pytest.mark.parametrize("layout", ["", "21IIIIIPPPPP", "69IIIIIPPPPPC", "21PPPPPIIIIIC", "21IIIIIXXXXXC"])
def test_a_layout_that_is_none_is_named(layout: str) -> None:
    with pytest.raises(ConfigError, match="no layout of 13 places"):
        Catalogue([], labels=[layout])


def test_a_file_is_read_with_a_byte_order_mark_and_in_the_tills_currency(tmp_path: Path) -> None:
    path = tmp_path / "goods.csv"
    path.write_text(HEAD + "6903148091449,矿泉水,,250,piece,10\n", "utf-8-sig")

    found = load(path, CURRENCIES["JPY"]).find("6903148091449")

    assert found == Picked(Item("06903148091449", "矿泉水", "矿泉水", Money(250, CURRENCIES["JPY"]), tax_percent=10))


def test_goods_are_found_by_a_part_of_their_name_in_either_language() -> None:
    assert SHOP.search("wat") == SHOP.search("矿泉") == [WATER]
    assert SHOP.search("", limit=1) == [WATER]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("code,price\n", "has no column 'name_zh'"),
        (HEAD + "6903148091448,a,,1,piece,9\n", "line 2: code is '6903148091448'"),
        (HEAD + "17,,,1,kg,9\n", "line 2: name_zh is ''"),
        (HEAD + "17,a,,1.234,kg,9\n", "line 2: price is '1.234'"),
        (HEAD + "17,a,,-1,kg,9\n", "line 2: price is '-1'"),
        (HEAD + "17,a,,100000000,kg,9\n", "line 2: price is '100000000'; allowed is at most 99999999.99"),
        (HEAD + "17,a,,1,lb,9\n", "line 2: unit is 'lb'; allowed is piece or kg"),
        (HEAD + "17,a,,1,kg,99\n", "line 2: tax_percent is '99'"),
        (HEAD + "17,a,,1,kg,9\n017,b,,1,kg,9\n", "line 3: code '017' stands in line 2 already"),
        (HEAD + "17,a\n", "line 2: price is ''"),
    ],
)
def test_a_mistake_is_named_by_line_and_column(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "goods.csv"
    path.write_text(text, "utf-8")

    with pytest.raises(ConfigError, match=told.replace("(", r"\(")):
        load(path)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "goods.csv"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError, match=r"goods\.csv"):
        load(path)
