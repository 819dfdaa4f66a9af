"""Goods on the screen: rows, what they come to, and keys that become what is asked of the till."""

from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from terminal.basket.basket import AmountOff, Basket, Item, PercentOff, Picked, basket_of
from terminal.basket.catalogue import Catalogue, load
from terminal.basket.handling import Act, Handling
from terminal.money import Money
from terminal.places import GOODS
from terminal.steps import HeldBasket, Laid, Notice, Phase, Split, Step
from terminal.tui.choices import discounts, tips
from terminal.tui.looks import Looks
from terminal.tui.screens.choosing import ChoiceScreen
from terminal.tui.wording import Language, Texts

WATER = Item("06903148091449", "矿泉水", "Water", Money(250))
PASTE = Item("06920734704057", "牙膏 90g", "Toothpaste 90 g", Money(1290))
TOMATO = Item("101", "番茄", "Tomatoes", Money(880), "kg", 9)
BASKET = basket_of([Picked(WATER), Picked(WATER), Picked(TOMATO, 350), Picked(PASTE)])
LAID = Laid(BASKET, touched=2, can_undo=True)
HELD = HeldBasket(1, 1_763_812_800_000, basket_of([Picked(PASTE)]))
SIZES = [(80, 24), (100, 30), (150, 42)]
HOSTILE = [
    "[/]",
    "[red]x[/red]",
    "a[/b]c",
    "[@click=app.exit]z[/]",
    "\x1b]0;PWNED\x07",
    "\x1b[2J\x1b[H",
    "\x9b31m",
    "\u202eevil\u2066",
    "a\x00b\x7f",
    "e\u0301" * 40,
    "\u2028\u2029",
    "\U000e0041\ufe0f\u200d",
    "{name} {0} %s",
    "微" * 300,
    "\\[red] \\",
    "\r\n\t\v",
    "$text [$primary]",
    "[link=file:///etc/passwd]x[/link]",
    "\ud800",
    "",
]


# --- what is seen ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_basket_its_sum_and_its_keys_stand_on_the_screen(
    desk: Any, till: Any, size: Any, language: Language
) -> None:
    texts = Texts(language)
    async with desk(size=size, language=language) as at:
        till.say(replace(LAID, basket=BASKET.line_off(2, PercentOff(1000)).all_off(AmountOff(100)), held=(HELD,)))
        await at.sees(texts("goods.word"), f"-10% {PASTE.name(language)}", "0.350", "3.08", "11.61")
        await at.sees(texts.counted("goods.pieces", 4), "-2.29", texts("goods.held", count=1))
        await at.sees(*(f"{key} {texts(f'command.{name}')}" for key, name in KEYS))
        rows = [next(row for row in at.text.splitlines() if row.startswith(mark)) for mark in (" 1 ", " 2 ", ">3 ")]
        ends = [cell_len(row[: row.index(sum_) + 4]) for row, sum_ in zip(rows, ("5.00", "3.08", "1.61"), strict=True)]
        assert len(set(ends)) == 1, "amounts stand under one another"


KEYS = (("F3", "void"), ("F4", "discount"), ("F7", "hold"), ("F8", "show_goods"), ("F12", "pay_goods"))


async def test_smaller_than_usual_the_goods_and_their_sum_are_still_there(desk: Any, till: Any) -> None:
    async with desk(size=(64, 18)) as at:
        till.say(LAID)
        await at.sees("Toothpaste", "4 items", "F12 PAY")


async def test_the_chosen_line_of_a_long_basket_is_always_in_view(desk: Any, till: Any) -> None:
    items = [Item(f"{number:014}", f"货{number}", f"Thing {number}", Money(100)) for number in range(1, 61)]
    long = basket_of([Picked(item) for item in items])
    async with desk() as at:
        till.say(Laid(long, touched=59))
        await at.sees("Thing 60")
        assert "Thing 1 " not in at.text
        for _ in range(30):
            at.key("up", at_s=at.app.last_key_s + 1.0)
        await at.sees(">30  Thing 30")
        till.say(Laid(long.count(2, 2), touched=2))
        await at.sees(">3   Thing 3 ")


async def test_what_was_laid_down_is_said_with_the_way_back(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(LAID)
        await at.sees("1 x Toothpaste 90 g  12.90   U: undo")
        till.say(replace(LAID, times=3))
        await at.sees("next: 3 x")
        till.say(Laid())  # it is paid, and cannot be taken off any more
        await at.until(lambda: "U: undo" not in at.text)
        await at.sees("1 x Toothpaste 90 g  12.90")


async def test_an_amount_is_never_cut_nor_does_it_touch_its_neighbour(desk: Any, till: Any) -> None:
    dear = Item("06903148091449", "金条", "A bar of gold, the large one", Money(9_999_999_999))
    async with desk() as at:
        till.say(Laid(basket_of([Picked(dear, 9999)]), touched=0))
        await at.sees(" 9999 999899999900.01")


async def test_while_they_are_paid_for_the_goods_are_still_seen_and_their_keys_are_gone(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(LAID)
        till.say(till.step(Phase.PROCESSING))
        await at.sees("PROCESSING", ">3   Toothpaste")
        assert "F3" not in at.text
        await at.press("f3", "f4", "f7", "f12", "delete", "u", "plus", "asterisk", "up")
        assert till.asked == []


async def test_our_code_has_the_room_it_needs_to_be_scanned(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(LAID)
        till.say(replace(till.step(Phase.SHOWING, lasts_s=60), shown_code="https://qr.example/" + "0" * 40))
        await at.until(lambda: at.app.screen.query_one("QrCard").size.width >= 45)
        assert "3   Toothpaste" not in at.text


@pytest.mark.parametrize("names", [HOSTILE[start::4] for start in range(4)], ids=range(4))
async def test_hostile_names_of_goods_are_shown_and_never_obeyed(desk: Any, till: Any, names: list[str]) -> None:
    items = [Item(f"{place:014}", name, name, Money(100)) for place, name in enumerate(names)]
    till.goods = Catalogue(items)
    async with desk() as at:
        for item in items:
            basket = basket_of([Picked(item)])
            till.say(Laid(basket, 0, held=(HeldBasket(1, 0, basket), HeldBasket(2, 0, basket))))
            till.say(Notice("basket.weigh", item.name_en))
            await at.pilot.pause()
            assert controls_in(at.text) == set()
            for key in ("f4", "slash"):
                await at.press(key)
                await at.until(lambda: isinstance(at.app.screen, ChoiceScreen))
                await at.pilot.pause()
                assert controls_in(at.text) == set()
                await at.press("escape")


def controls_in(text: str) -> set[str]:
    return {character for character in text if not character.isprintable()} - {"\n"}


# --- keys ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        (("f12",), "charge_due"),
        (("enter",), "charge_due"),
        (("f8",), "show_due"),
        (("q",), "show_due"),
        (("f3",), Handling(Act.VOID, line=2)),
        (("up", "delete"), Handling(Act.VOID, line=1)),
        (("up", "up", "up", "down", "f3"), Handling(Act.VOID, line=1)),
        (("3", "f2"), Handling(Act.COUNT, 3, 2)),
        (("up", "1", "2", "n"), Handling(Act.COUNT, 12, 1)),
        (("3", "asterisk"), Handling(Act.TIMES, 3)),
        (("9", "9", "0", "full_stop"), Handling(Act.LAY_PRICED, 990)),
        (("plus",), Handling(Act.MORE)),
        (("u",), Handling(Act.UNDO)),
        (("f7",), Handling(Act.HOLD)),
        (("h",), Handling(Act.HOLD)),
        (("shift+f3",), Handling(Act.VOID)),
        (("3", "0", "0", "f12"), ("charge", Money(300))),
    ],
    ids=str,
)
async def test_a_key_is_one_thing_asked_of_the_till(desk: Any, till: Any, keys: tuple[str, ...], asked: object) -> None:
    async with desk() as at:
        till.say(LAID)
        await at.sees("Toothpaste")
        await at.press(*keys)
        assert till.asked == [asked]
        assert at.app.sale_screen.sale.typed == ""


async def test_without_goods_none_of_their_keys_does_anything(desk: Any, till: Any) -> None:
    async with desk() as at:
        await at.press("f2", "f3", "f4", "f7", "f8", "f12", "enter", "u", "plus", "delete", "up", "down", "n", "d", "h")
        assert till.asked == []
        await at.press("3", "asterisk")
        assert till.asked == [Handling(Act.TIMES, 3)]


async def test_the_rest_of_a_sale_in_parts_is_one_key(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(Step(Phase.PART_PAID, Money(700), split=Split(Money(1000), Money(300))))
        await at.sees("3.00 of 10.00 paid, still due", "F12 PAY REST")
        await at.press("f12")
        assert till.asked == ["charge_due"]


async def test_a_line_is_chosen_by_a_finger(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(LAID)
        await at.sees(">3   Toothpaste")
        await at.pilot.click("BasketPane", offset=(8, 1))
        await at.sees(">1   Water")
        await at.press("f3")
        assert till.asked == [Handling(Act.VOID, line=0)]


# --- choosing --------------------------------------------------------------------------------------------


async def test_an_item_is_found_by_a_part_of_its_name_in_either_language(desk: Any, till: Any) -> None:
    till.goods = load(GOODS)
    async with desk() as at:
        await at.press("slash")
        await at.sees("Number and name")
        await at.press(*"mineral")
        await at.sees("Chenshan Mineral water 1 l", "3.70")
        await at.press("down", "enter")
        assert till.asked == [Handling(Act.LAY, code="06992620953238")]
        assert at.app.screen is at.app.sale_screen


async def test_digits_before_the_look_up_are_its_number(desk: Any, till: Any) -> None:
    till.goods = Catalogue([TOMATO, WATER])
    async with desk() as at:
        await at.press("1", "0", "1", "slash")
        await at.sees("Tomatoes", "8.80/kg")
        await at.press("enter", "enter")
        assert till.asked == [Handling(Act.LAY, code="101")]


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_search_that_finds_nothing_says_so_and_leaves_by_escape(
    desk: Any, till: Any, language: Language
) -> None:
    async with desk(language=language) as at:
        await at.press("slash", *"zzz")
        await at.sees(Texts(language)("choose.item.empty"))
        await at.press("enter", "backspace", "escape")
        assert (till.asked, at.app.screen) == ([], at.app.sale_screen)


async def test_a_discount_is_a_part_or_an_amount_of_the_line_or_of_everything(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(LAID)
        await at.sees("Toothpaste")
        await at.press("1", "0", "f4")
        await at.sees(
            "-10%  Toothpaste 90 g", "19.69", "-0.10  Toothpaste 90 g", "-10%  everything", "-0.10  everything"
        )
        await at.press("down", "down", "enter")
        assert till.asked == [Handling(Act.PERCENT_OFF, 1000)]
        await at.press("f4", "enter")
        assert till.asked[1:] == [Handling(Act.PERCENT_OFF, 0, 2)], "nothing typed takes it away"


async def test_a_held_basket_comes_back_at_once_or_is_chosen_of_several(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(Laid(held=(HELD,)))
        await at.sees("F7 Resume")
        await at.press("f7")
        assert till.asked == [Handling(Act.RESUME, 1)]
        till.say(Laid(held=(HELD, replace(HELD, number=2, basket=BASKET))))
        await at.press("f7")
        await at.sees("Held baskets", "Toothpaste 90 g", "20.98")
        await at.press("down", "f12")
        assert till.asked[1:] == [Handling(Act.RESUME, 2)]


async def test_where_tips_are_usual_one_is_asked_for_before_the_payment(desk: Any, till: Any) -> None:
    async with desk(looks=Looks(tips=(5, 10))) as at:
        till.say(LAID)
        await at.sees("Toothpaste")
        await at.press("f12")
        await at.sees("No tip", "5 %   1.05", "22.03")
        await at.press("down", "f12", "f12")
        assert till.asked == [Handling(Act.TIP, 105), "charge_due"], "the second press finds the question again"


async def test_a_payment_that_comes_forward_closes_what_was_being_chosen(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(LAID)
        await at.sees("Toothpaste")
        await at.press("f4")
        await at.until(lambda: isinstance(at.app.screen, ChoiceScreen))
        till.say(till.step(Phase.PROCESSING))
        await at.until(lambda: at.app.screen is at.app.sale_screen)
        assert till.asked == []


# --- what there is to choose -----------------------------------------------------------------------------


def test_a_discount_that_is_more_than_all_is_not_offered() -> None:
    texts = Texts("en")
    assert [one.text for one in discounts(BASKET, 0, "101", texts)] == ["-1.01  Water", "-1.01  everything"]
    assert [one.is_large for one in discounts(BASKET, 0, "10", texts)] == [False, False, False, False]
    assert [one.is_large for one in discounts(BASKET, 0, "60", texts)] == [True, True, True, False]


def test_a_tip_is_of_the_goods_and_not_of_an_earlier_tip() -> None:
    offered = tips(BASKET.with_tip(500), (10,), "", Texts("en"))
    assert [one.does for one in offered] == [(Handling(Act.TIP, 0),), (Handling(Act.TIP, 210),)]
    assert [one.does for one in tips(Basket(), (10,), "250", Texts("en"))] == [(Handling(Act.TIP, 250),)]
