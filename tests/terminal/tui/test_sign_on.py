"""Signing on, locking, and a supervisor's PIN for one thing at a cashier's till."""

from datetime import date
from typing import Any

import pytest

from terminal.basket.basket import Item, Picked, basket_of
from terminal.basket.handling import Act as Does
from terminal.basket.handling import Handling
from terminal.books.settlement import totals
from terminal.money import Money
from terminal.operators import Act, Operator, Pin, Role
from terminal.steps import Laid, Notice, Phase
from terminal.till.due import Due
from terminal.tui.screens.sale import SaleScreen
from terminal.tui.screens.sign_on import SignOnScreen
from terminal.tui.seat import Staff
from terminal.tui.wording import Texts

SALT = bytes(16)
CASHIER = Operator("7", "李雷", Role.CASHIER, Pin.of("4711", SALT))
BOSS = Operator("9", "Han", Role.MANAGER, Pin.of("2580", SALT))
BOTH = (CASHIER, BOSS)
CODE = "134567890123456789"
LAID = Laid(basket_of([Picked(Item("06903148091449", "矿泉水", "Water", Money(1000)))]), touched=0)


async def sign_on(at: Any, number: str = "7", pin: str = "4711") -> None:
    await at.press(*number, "enter", *pin, "enter")


def at_sale(at: Any) -> bool:
    """The lock is gone, and the app knows who opened it, which is a moment later."""
    return isinstance(at.app.screen, SaleScreen) and not at.app._seat.is_empty


async def test_without_operators_nobody_is_asked(desk: Any, till: Any) -> None:
    async with desk() as at:
        assert at_sale(at)
        await at.press("l")
        await at.sees("This till has no operators")
        await at.press("ctrl+q")
        assert at.app._exit


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(80, 24), (100, 30), (150, 42)], ids=str)
async def test_somebody_signs_on_and_is_named_in_the_status_bar(desk: Any, till: Any, size: Any, language: Any) -> None:
    async with desk(size=size, language=language, staff=Staff(BOTH)) as at:
        await at.sees(Texts(language)("sign_on.title"))
        await sign_on(at)
        await at.until(lambda: at_sale(at))
        assert "7 李雷" in at.text.splitlines()[0]
        assert ("sign_on", "7") in till.asked


async def test_a_pin_is_never_on_the_screen(desk: Any, till: Any) -> None:
    async with desk(staff=Staff(BOTH)) as at:
        await at.press("7", "enter", *"4711")
        await at.sees("****")
        assert "4711" not in at.text
        assert "471" not in at.text


async def test_five_wrong_pins_close_the_number_until_the_minute_is_over(desk: Any, till: Any) -> None:
    async with desk(staff=Staff(BOTH)) as at:
        for said in ["wrong"] * 4 + ["closed for a minute"]:
            await sign_on(at, pin="0000")
            await at.sees(said)
        await sign_on(at)
        await at.until(lambda: not at.app.screen._is_trying)
        assert not at_sale(at)
        till.clock.now_s += 60.0
        await sign_on(at)
        await at.until(lambda: at_sale(at))


async def test_behind_the_lock_nothing_is_sold_scanned_left_or_read(desk: Any, till: Any) -> None:
    async with desk(staff=Staff(BOTH)) as at:
        till.asked.clear()
        await at.press("f12", "f9", "f1", "escape", "escape", "ctrl+p")
        assert till.asked == []
        at.burst(CODE, gap_s=0.003)
        await at.settled()
        assert till.asked == [("typed", CODE)], "which the till refuses, and says so"
        till.say(Notice("till.locked"))
        await at.sees("LOCKED: the scan was not taken")
        await at.press("7")
        assert "LOCKED" not in at.text.splitlines()[12]
        assert any(isinstance(screen, SignOnScreen) for screen in at.app.screen_stack)
        assert not at.app._exit


async def test_a_payment_that_moves_does_not_open_the_lock(desk: Any, till: Any) -> None:
    async with desk(staff=Staff(BOTH)) as at:
        till.say(till.step(Phase.RECEIVED))
        await at.settled()
        assert isinstance(at.app.screen, SignOnScreen)


async def test_between_sales_another_cashier_takes_the_seat_but_not_while_paying(desk: Any, till: Any) -> None:
    async with desk(staff=Staff(BOTH)) as at:
        await sign_on(at)
        await at.until(lambda: at_sale(at))
        till.say(till.step(Phase.PROCESSING))
        await at.press("l")
        assert at_sale(at)
        till.say(till.step(Phase.IDLE))
        await at.settled()
        await at.press("l")
        await at.until(lambda: isinstance(at.app.screen, SignOnScreen))
        await sign_on(at, "9", "2580")
        await at.until(lambda: at_sale(at))
        assert [one for one in till.asked if one[0] == "sign_on"][-2:] == [("sign_on", ""), ("sign_on", "9")]


async def test_a_cashier_leaves_by_a_supervisors_pin_and_the_till_notes_whose(desk: Any, till: Any) -> None:
    async with desk(staff=Staff(BOTH)) as at:
        await sign_on(at)
        await at.until(lambda: at_sale(at))
        await at.press("ctrl+q")
        await at.sees("Leave: number and PIN of somebody who may")
        await sign_on(at)  # the cashier's own
        await at.sees("They may not do that either")
        await sign_on(at, "9", "2580")
        await at.until(lambda: at.app._exit)
        assert ("permitted", Act.LEAVE, "9") in till.asked


async def asked_for(at: Any, act: str) -> None:
    """Somebody who may is asked for, lets it, and the till hears of both."""
    await at.sees(f"{act}: number and PIN of somebody who may")
    before = len(at.till.asked)
    await sign_on(at, "9", "2580")
    await at.until(lambda: len(at.till.asked) == before + 2)


async def test_a_larger_discount_wants_somebody_who_may_once_it_is_known_how_large(desk: Any, till: Any) -> None:
    async with desk(staff=Staff(BOTH)) as at:
        await sign_on(at)
        await at.until(lambda: at_sale(at))
        till.say(LAID)
        await at.sees("Water")
        await at.press(*"10", "f4", "enter")
        assert till.asked[-1] == Handling(Does.PERCENT_OFF, 1000, 0)
        await at.press(*"11", "f4", "enter")
        await asked_for(at, "Discount")
        assert till.asked[-2:] == [("permitted", Act.DISCOUNT, "9"), Handling(Does.PERCENT_OFF, 1100, 0)]


async def test_giving_back_wants_somebody_who_may_once_it_is_known_how_much(desk: Any, till: Any, books: Any) -> None:
    books(2)
    async with desk(staff=Staff(BOTH)) as at:
        await sign_on(at)
        await at.until(lambda: at_sale(at))
        await at.press("f9")
        await at.sees("POS-2")
        await at.press("f6")
        await at.sees("Left", "25.00")
        await at.press(*"1000", "enter", "y")
        await asked_for(at, "Refund")
        assert till.asked[-2:] == [("permitted", Act.REFUND, "9"), ("refund", "POS-2", Money(1000))]


async def test_each_settling_wants_somebody_who_may_and_looking_does_not(desk: Any, till: Any) -> None:
    till.due = [Due("wechat", "WeChat Pay", date(2025, 11, 21), totals((), ()), (), (), None, closes_batch=False)]
    async with desk(staff=Staff(BOTH)) as at:
        await sign_on(at)
        await at.until(lambda: at_sale(at))
        await at.press("f10")
        for key, acquirer in (("enter", "wechat"), ("a", "")):
            await at.sees("Not settled yet")
            await at.press(key, "y")
            await asked_for(at, "Settle")
            assert till.asked[-2:] == [("permitted", Act.SETTLE, "9"), ("settle", acquirer)]


async def test_escape_gives_up_the_question_and_nothing_happens(desk: Any, till: Any) -> None:
    async with desk(staff=Staff(BOTH)) as at:
        await sign_on(at)
        await at.until(lambda: at_sale(at))
        await at.press("ctrl+q", "ctrl+q", "escape")
        assert at_sale(at)
        assert not at.app._exit
        assert at.app.may(Act.REFUND) is False


async def test_the_mouse_can_sign_on(desk: Any, till: Any) -> None:
    async with desk(staff=Staff(BOTH), size=(100, 30)) as at:
        await at.touch("7")
        await at.sees("Number  7")
