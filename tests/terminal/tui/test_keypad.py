"""The keypad beside the sale: large enough for a finger, there when it is wanted, and enough for a whole payment."""

from dataclasses import replace
from typing import Any

import pytest

from terminal.basket.basket import Item, Picked, basket_of
from terminal.basket.handling import Act, Handling
from terminal.money import Money
from terminal.steps import Laid, Phase
from terminal.tui.looks import Looks
from terminal.tui.widgets.keys import Pad

WITH_PAD = Looks(keypad=True)
LAID = Laid(basket_of([Picked(Item("06903148091449", "矿泉水", "Water", Money(250)))]), touched=0)
SIZES = [(100, 24), (100, 30), (130, 38), (200, 60)]
FINGER_COLUMNS, FINGER_ROWS = 5, 3


def pad(at: Any) -> Pad:
    found: Pad = at.app.sale_screen.query_one(Pad)
    return found


@pytest.mark.parametrize("looks", [WITH_PAD, Looks(keypad=True, touch=True), Looks(keypad=True, plain=True)], ids=str)
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_every_key_is_as_large_as_a_finger_and_wholly_on_the_screen(
    desk: Any, till: Any, size: tuple[int, int], looks: Looks
) -> None:
    async with desk(size=size, looks=looks) as at:
        for goods in (Laid(), LAID):
            till.say(goods)
            await at.press("5")
            await at.until(lambda: pad(at).display and len(dict(pad(at).shown)) >= 15)
            for slot, (_, title, action) in pad(at).shown:
                place = pad(at).place(slot)
                assert action
                assert place.width >= max(FINGER_COLUMNS, len(title))
                assert place.height >= FINGER_ROWS
                assert place.translate(pad(at).content_region.offset) in at.app.sale_screen.region
            await at.press("backspace")


async def test_a_whole_payment_of_an_amount_by_touch_alone(desk: Any, till: Any) -> None:
    async with desk(size=(100, 30), looks=WITH_PAD) as at:
        for title in ("9", "C", "1", "2", "5", "5", "<--", "0", "PAY"):
            await at.touch(title)
        assert till.asked == [("charge", Money(1250))]
        till.say(till.step(Phase.AWAIT_CODE, lasts_s=60.0))
        await at.sees("SHOW PAYMENT CODE")
        for title in ("1", "3", "4", "00", "PAY"):  # the camera is broken: the code is read out
            await at.touch(title)
        assert till.asked[1:] == [("typed", "13400")]
        till.say(till.step(Phase.PROCESSING))
        await at.sees("Asking WeChat Pay")
        assert not dict(pad(at).shown), "digits mean nothing now"
        till.say(till.step(Phase.APPROVED))
        await at.until(lambda: at.app.phase is Phase.APPROVED and not at.app.sale_screen._unseen)
        await at.touch("Go on")
        assert till.asked[2:] == ["dismiss"]
        await at.sees("READY")
        assert pad(at).display


async def test_goods_are_counted_priced_and_paid_for_by_touch_alone(desk: Any, till: Any) -> None:
    async with desk(size=(100, 30), looks=WITH_PAD) as at:
        till.say(LAID)
        await at.sees("Water")
        for title in ("3", "*", "9", "9", "0", ".", "PAY"):
            await at.touch(title)
        assert till.asked == [Handling(Act.TIMES, 3), Handling(Act.LAY_PRICED, 990), "charge_due"]


async def test_a_rest_is_paid_by_touch_alone(desk: Any, till: Any) -> None:
    async with desk(size=(100, 30), looks=WITH_PAD) as at:
        till.say(till.step(Phase.PART_PAID))
        await at.sees("PART PAID")
        for title in ("7", "PAY", "PAY"):
            await at.touch(title)
        assert till.asked == [("charge", Money(7)), "charge_due"]


async def test_a_key_and_the_palette_show_it_and_hide_it(desk: Any, till: Any) -> None:
    async with desk(size=(100, 30)) as at:
        assert not pad(at).display
        await at.press("e")
        await at.until(lambda: pad(at).display)
        await at.press("ctrl+p", *"keypad")
        await at.until(lambda: "Keypad" in at.text)
        await at.press("enter")
        await at.until(lambda: not pad(at).display)


async def test_it_stands_where_there_is_room_and_says_where_there_is_none(desk: Any, till: Any) -> None:
    async with desk(size=(80, 24), looks=WITH_PAD) as at:
        assert not pad(at).display
        await at.pilot.resize_terminal(100, 24)
        await at.until(lambda: pad(at).display)
        await at.pilot.resize_terminal(99, 24)
        await at.until(lambda: not pad(at).display)
        await at.press("e", "e")
        await at.sees("The keypad needs a screen of 100 x 24")


async def test_it_makes_room_for_a_code_that_the_customer_scans(desk: Any, till: Any) -> None:
    async with desk(size=(100, 30), looks=WITH_PAD) as at:
        till.say(till.step(Phase.SHOWING))
        await at.until(lambda: at.app.phase is Phase.SHOWING)
        assert pad(at).display
        till.say(replace(till.step(Phase.SHOWING), shown_code="weixin://x"))
        await at.until(lambda: not pad(at).display)
