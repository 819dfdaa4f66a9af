"""What a cashier does with goods changes a basket, or is refused; and a basket that is saved is read as it was."""

import json

import pytest

from terminal.basket.basket import AmountOff, Basket, Item, PercentOff, Picked, basket_of
from terminal.basket.handling import Act, Handling, handled
from terminal.basket.saved import basket_from, saved
from terminal.money import CURRENCIES, Money

WATER = Item("06903148091449", "矿泉水", "Water", Money(250))
TOMATO = Item("101", "番茄", "Tomatoes", Money(880), "kg", 9)
BASKET = basket_of([Picked(WATER), Picked(TOMATO, 350), Picked(WATER)])


@pytest.mark.parametrize(
    ("handling", "total"),
    [
        (Handling(Act.COUNT, 3, 0), 750 + 308),
        (Handling(Act.VOID, line=0), 308),
        (Handling(Act.VOID), 0),
        (Handling(Act.PERCENT_OFF, 1000, 0), 450 + 308),
        (Handling(Act.PERCENT_OFF, 1000), 727),
        (Handling(Act.AMOUNT_OFF, 100, 1), 500 + 208),
        (Handling(Act.AMOUNT_OFF, 5000), 0),
        (Handling(Act.TIP, 42), 850),
    ],
)
def test_an_act_changes_what_is_to_be_paid(handling: Handling, total: int) -> None:
    assert handled(BASKET, handling).total == Money(total)


def test_no_number_takes_a_discount_away_again() -> None:
    for act in (Act.PERCENT_OFF, Act.AMOUNT_OFF):
        for line in (None, 0):
            cheaper = handled(BASKET, Handling(act, 100, line))
            assert handled(cheaper, Handling(act, 0, line)) == BASKET


@pytest.mark.parametrize(
    "handling",
    [
        Handling(Act.COUNT, 2, 1),  # weighed
        Handling(Act.COUNT, 0, 0),
        Handling(Act.COUNT, 2, 7),
        Handling(Act.VOID, line=2),
        Handling(Act.VOID, line=-1),
        Handling(Act.PERCENT_OFF, 10_001),
        Handling(Act.TIP, -1),
        Handling(Act.HOLD),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(handling: Handling) -> None:
    with pytest.raises((ValueError, IndexError)):
        handled(BASKET, handling)


@pytest.mark.parametrize(
    "basket",
    [
        Basket(),
        Basket(currency=CURRENCIES["HKD"]),
        BASKET,
        BASKET.line_off(0, PercentOff(500)).all_off(AmountOff(30)).with_tip(12),
        basket_of([Picked(TOMATO, marked=Money(777))]).line_off(0, AmountOff(7)),
    ],
    ids=["empty", "in another currency", "plain", "with discounts and a tip", "with a label's price"],
)
def test_a_basket_is_read_as_it_was_saved(basket: Basket) -> None:
    assert basket_from(json.loads(json.dumps(saved(basket)))) == basket


@pytest.mark.parametrize("facts", [{}, {"currency": "XXX", "lines": []}, {"currency": "CNY", "lines": [{}]}])
def test_what_was_never_saved_is_refused(facts: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        basket_from(facts)
