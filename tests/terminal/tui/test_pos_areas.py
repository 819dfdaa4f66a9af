"""What the till tells the screen, and the areas around the sale: journal, help, language, palette."""

import itertools
import threading
from dataclasses import replace
from typing import Any

from terminal.model import Entry
from terminal.steps import DeviceKind, DeviceState, Notice, Phase, Step
from terminal.tui.bridge import Extra
from terminal.tui.screens.help import HelpScreen
from terminal.tui.screens.journal import JournalScreen
from terminal.tui.screens.sale import SaleScreen

# --- events ----------------------------------------------------------------------------------------------


async def test_events_from_the_tills_own_thread_arrive(desk: Any, till: Any) -> None:
    async with desk() as at:
        thread = threading.Thread(target=till.say, args=(till.step(Phase.PROCESSING),))
        thread.start()
        await at.sees("PROCESSING", "Asking WeChat Pay")
        thread.join()


async def test_notices_and_devices_are_told_on_the_event_line(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(Notice("code.two"))
        await at.sees("Two payment codes in view: show only one")
        camera = DeviceState(DeviceKind.CAMERA, "camera 0", up=False, detail="unplugged: plug it in again")
        till.state = replace(till.state, devices=(camera,))
        till.say(camera)
        await at.sees("CAM-", "! camera 0: unplugged: plug it in again", "camera: unplugged")


async def test_the_last_sales_come_from_the_journal(desk: Any, till: Any) -> None:
    till.journal = entries(2)
    async with desk() as at:
        await at.sees("CNY 12.50  approved", "CNY 25.00  approved")


async def test_a_payment_that_moves_comes_forward_from_any_screen(desk: Any, till: Any) -> None:
    async with desk() as at:
        for key, screen in (("f9", JournalScreen), ("f1", HelpScreen)):
            till.say(Step(Phase.IDLE))
            await at.settled()
            await at.press(key)
            await at.until(lambda screen=screen: isinstance(at.app.screen, screen))
            till.say(till.step(Phase.PROCESSING))
            await at.sees("PROCESSING")
            assert isinstance(at.app.screen, SaleScreen)


async def test_steps_that_piled_up_are_shown_as_one(desk: Any, till: Any, mocker: Any) -> None:
    async with desk() as at:
        hear = mocker.spy(at.app.sale_screen, "hear")
        for number in range(50):
            till.say(till.step(Phase.CHECKING if number % 2 else Phase.PROCESSING))
        till.say(till.step(Phase.DECLINED))
        await at.sees("DECLINED")
        assert hear.call_count < 10


async def test_the_till_may_speak_while_the_screen_opens_and_closes(desk: Any, till: Any) -> None:
    over = threading.Event()

    def chatter() -> None:
        for phase in itertools.cycle(Phase):
            till.say(till.step(phase, lasts_s=30.0))
            if over.wait(0.02):
                return

    talking = threading.Thread(target=chatter)
    talking.start()
    try:
        for _ in range(3):
            async with desk() as at:
                await at.pilot.pause()
            assert at.app._exception is None
    finally:
        over.set()
        talking.join()


# --- journal, help, language, palette, extras ------------------------------------------------------------


def entries(orders: int, **body: object) -> list[Entry]:
    lines = []
    for number in range(1, orders + 1):
        facts = {"minor": 1250 * number, "currency": "CNY", "scheme": "wechat", "code": "13****4321"} | body
        lines.append(Entry(2 * number, 1, 1_763_812_800_000, f"POS-{number}", "INTENT", facts))
        lines.append(Entry(2 * number + 1, 1, 1_763_812_801_000, f"POS-{number}", "APPROVED", body))
    return lines


async def test_pay_is_dead_on_other_screens(desk: Any, till: Any) -> None:
    async with desk() as at:
        await at.press("5", "f9", "f12", "escape", "f1", "f12")
        assert till.asked == []


async def test_help_explains_the_state_and_its_keys(desk: Any, till: Any) -> None:
    till.state = replace(till.state, step=till.step(Phase.CONFIRMING))
    async with desk() as at:
        await at.press("question_mark")
        await at.sees("The wallet wants the customer to confirm", "Ask the wallet now", "Esc back")
        await at.press("escape")
        assert isinstance(at.app.screen, SaleScreen)


async def test_help_is_as_new_whenever_it_is_opened(desk: Any, till: Any) -> None:
    """It is kept while it is closed: what went on meanwhile must be on it all the same."""
    async with desk(size=(80, 24)) as at:
        await at.press("f1")
        first = at.text
        await at.press("end")
        await at.until(lambda: at.text != first)
        await at.press("escape", "f1")
        await at.until(lambda: at.text == first)
        await at.press("escape")
        await at.pilot.resize_terminal(130, 44)
        till.say(till.step(Phase.AWAIT_CODE))
        await at.press("ctrl+l", "f1")
        kept = at.text
    async with desk(size=(130, 44), language="zh") as at:
        await at.press("f1")
        await at.until(lambda: at.text == kept)


async def test_help_asked_for_twice_is_left_at_once(desk: Any, till: Any) -> None:
    async with desk() as at:
        await at.press("f1", "ctrl+p")
        await at.sees("What do you want to do")
        await at.press(*"help", "enter")
        await at.until(lambda: isinstance(at.app.screen, HelpScreen))
        await at.press("escape")
        assert isinstance(at.app.screen, SaleScreen)


async def test_the_language_changes_live_on_sale_and_journal(desk: Any, till: Any, books: Any) -> None:
    till.journal = entries(1)
    books(1)
    async with desk() as at:
        await at.press("ctrl+l")
        await at.sees("待机", "收款成功", "帮助")
        await at.press("f9", "ctrl+l")
        await at.sees("JOURNAL", "approved")
        await at.press("escape")
        await at.sees("READY", "Help")


async def test_the_palette_finds_commands_in_either_language(desk: Any, till: Any) -> None:
    async with desk(language="zh") as at:
        for words in ("journ", "日志"):
            await at.press("ctrl+p")
            await at.sees("想做什么")
            for key in words:
                at.key(key, at_s=at.app.last_key_s + 1.0)
            await at.until(lambda: "做过的事" in at.text and "中文或英文" not in at.text)
            assert "Journal" not in at.text, "in one language"
            await at.press("enter")
            await at.until(lambda: isinstance(at.app.screen, JournalScreen))
            await at.press("escape")


async def test_the_palette_says_that_nothing_is_called_so(desk: Any, till: Any) -> None:
    async with desk(language="zh") as at:
        await at.press("ctrl+p")
        await at.sees("想做什么")
        for key in "qqqq":
            at.key(key, at_s=at.app.last_key_s + 1.0)
        await at.sees("没有这样的命令")
        assert not at.strange("zh") - {"qqqq"}
        await at.press("enter")
        await at.until(lambda: isinstance(at.app.screen, SaleScreen))


async def test_the_house_adds_its_own_commands(desk: Any, till: Any) -> None:
    called: list[str] = []
    extra = Extra("c", "demo.next", "Next one", "下一位", lambda: called.append("next"))
    async with desk(extras=(extra,), demo=True) as at:
        await at.sees("C Next one", "DEMO")
        await at.press("c")
        await at.touch("Next one")
        await at.settled()
        assert called == ["next", "next"]


async def test_reprint_is_one_key(desk: Any, till: Any) -> None:
    async with desk() as at:
        await at.press("t")
        assert till.asked == ["reprint"]
