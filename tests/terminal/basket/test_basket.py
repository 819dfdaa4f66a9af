"""What lies on the counter costs what the shelf says, and its parts add up to the last fen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.basket.basket import AmountOff, Basket, Item, PercentOff, Picked, Tax, basket_of
from terminal.money import Money

WATER = Item("06903148091449", "矿泉水", "Water", Money(250))
NOODLES = Item("06901028075022", "方便面", "Noodles", Money(450), tax_percent=9)
PEARS = Item("17", "梨", "Pears", Money(1280), unit="kg", tax_percent=9)


def test_the_same_thing_twice_is_one_line_of_two() -> None:
    basket = basket_of([Picked(WATER), Picked(NOODLES), Picked(WATER)])

    assert [(line.item.name_en, line.quantity) for line in basket.lines] == [("Water", 2), ("Noodles", 1)]
    assert (basket.total, basket.pieces) == (Money(950), 3)


def test_a_weight_is_charged_by_the_gram_rounded_half_up() -> None:
    assert basket_of([Picked(PEARS, 393)]).total == Money(503)  # 5.0304
    assert basket_of([Picked(PEARS, 625)]).total == Money(800)
    assert basket_of([Picked(Item("1", "a", "a", Money(1), unit="kg"), 500)]).total == Money(1)


def test_two_bags_of_pears_stay_two_lines() -> None:
    assert len(basket_of([Picked(PEARS, 393), Picked(PEARS, 393)])) == 2


def test_a_label_with_a_price_holds_whatever_the_catalogue_says() -> None:
    assert basket_of([Picked(PEARS, marked=Money(777))]).total == Money(777)


def test_a_line_is_counted_voided_and_cut() -> None:
    basket = basket_of([Picked(WATER), Picked(NOODLES)]).count(0, 12).line_off(1, PercentOff(1200))

    assert [line.net for line in basket.lines] == [3000, 396]
    assert basket.void(0).total == Money(396)
    assert basket.line_off(1, None).total == Money(3450)


def test_a_thing_at_a_discount_is_not_counted_with_one_at_full_price() -> None:
    basket = basket_of([Picked(WATER)]).line_off(0, AmountOff(50)).add(Picked(WATER))

    assert [(line.quantity, line.net) for line in basket.lines] == [(1, 200), (1, 250)]


def test_an_empty_basket_keeps_no_discount_and_no_tip() -> None:
    basket = basket_of([Picked(WATER)]).all_off(AmountOff(10)).with_tip(100)

    assert basket.void(0) == Basket()


def test_the_tax_within_is_said_by_rate() -> None:
    basket = basket_of([Picked(WATER, 4), Picked(NOODLES, 2)])

    assert basket.taxes() == [Tax(9, 74), Tax(13, 115)]  # 9.00 x 9/109, 10.00 x 13/113


def test_a_tip_is_paid_and_not_taxed() -> None:
    basket = basket_of([Picked(WATER, 4)]).with_tip(200)

    assert basket.total == Money(1200)
    assert basket.taxes() == [Tax(13, 115)]


@pytest.mark.parametrize("quantity", [0, -1, 10_000])
def test_a_quantity_that_cannot_be_is_refused(quantity: int) -> None:
    with pytest.raises(ValueError, match="1 to 9999"):
        basket_of([Picked(WATER)]).count(0, quantity)


def test_what_is_weighed_is_not_counted_by_hand() -> None:
    with pytest.raises(ValueError, match="labelled"):
        basket_of([Picked(PEARS, 100)]).count(0, 2)


@pytest.mark.parametrize("off", [PercentOff(0), PercentOff(10_001), AmountOff(0), AmountOff(-5)])
def test_a_discount_that_is_none_is_refused(off: PercentOff | AmountOff) -> None:
    with pytest.raises(ValueError, match="a discount is"):
        basket_of([Picked(WATER)]).all_off(off)


def test_more_off_than_there_is_makes_it_free_and_no_less() -> None:
    assert basket_of([Picked(WATER)]).all_off(AmountOff(9_999)).total == Money(0)


picked = st.builds(
    Picked,
    st.builds(
        lambda code, price, unit, tax: Item(str(code), "名", "name", Money(price), unit, tax),
        st.integers(1, 8),
        st.integers(0, 100_000),
        st.sampled_from(["piece", "kg"]),
        st.sampled_from([0, 6, 9, 13]),
    ),
    st.integers(1, 9_999),
)
offs = st.one_of(
    st.none(), st.builds(PercentOff, st.integers(1, 10_000)), st.builds(AmountOff, st.integers(1, 1_000_000))
)


@given(st.lists(picked, max_size=12), offs, offs)
def test_whatever_is_bought_the_parts_add_up_and_none_is_negative(things, line_off, all_off) -> None:  # type: ignore[no-untyped-def]
    basket = basket_of(Picked(one.item) if one.item.unit == "piece" else one for one in things)
    if basket.lines:
        basket = basket.line_off(0, line_off)
    basket = basket.all_off(all_off)

    assert sum(basket.nets()) == basket.total.minor == (basket.gross - basket.discount).minor
    assert all(net >= 0 for net in basket.nets())
    assert all(0 <= tax.minor <= basket.total.minor for tax in basket.taxes())
    whole = sum(line.net for line in basket.lines)
    assert basket.total.minor == whole - (all_off.of(whole) if all_off else 0)
