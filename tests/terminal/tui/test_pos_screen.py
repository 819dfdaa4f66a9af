"""The whole screen without a terminal: what a cashier sees in each phase, and keys that become orders to the till."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from terminal.model import Reason, State
from terminal.money import Money
from terminal.steps import OpenAttempt, Phase
from terminal.tui.screens.question import Question
from terminal.tui.wedge import Wedge
from terminal.tui.widgets.lines import StateLine
from terminal.tui.wording import Texts

SIZES = [(80, 24), (100, 30), (150, 42)]
CODE = "134567890123456789"


# --- every phase, size and language ----------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_every_phase_shows_its_word_its_amount_and_its_time(
    desk: Any, till: Any, size: Any, language: str
) -> None:
    texts = Texts(language)
    async with desk(size=size, language=language) as at:
        for phase in Phase:
            till.say(till.step(phase, lasts_s=None if phase.is_outcome or phase is Phase.IDLE else 42.5))
            await at.sees(texts(f"phase.{phase}.word"))
            assert at.app.screen.query_one(StateLine).has_class(f"st-{phase.replace('_', '-')}")
            if phase.is_paying or phase is Phase.AWAIT_CODE:
                assert texts("common.seconds", seconds=43) in at.text
                assert "[" in at.text.splitlines()[1]
            lines = at.text.splitlines()
            assert len(lines) == size[1]


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase.is_outcome])
async def test_an_outcome_fills_the_body_in_its_one_colour(desk: Any, till: Any, phase: Phase) -> None:
    async with desk() as at:
        till.say(till.step(phase, reason=Reason.NO_ANSWER))
        await at.sees("No answer from the wallet")
        pane = at.app.screen.query_one("#outcome")
        assert pane.size == (80, 24 - 5)
        grounds = {segment.style.bgcolor.name for y in range(19) for segment in pane.render_line(y) if segment.style}
        assert len(grounds) == 1


async def test_sixteen_colours_and_stock_themes_do(desk: Any, till: Any) -> None:
    async with desk() as at:
        for theme in ("saoma-ansi", "textual-light"):
            at.app.theme = theme
            for phase in (Phase.AWAIT_CODE, Phase.APPROVED, Phase.IDLE):
                till.say(till.step(phase))
                await at.sees(Texts("en")(f"phase.{phase}.word"))
                if theme == "saoma-ansi":
                    line = at.app.screen.query_one(StateLine).render_line(0)
                    assert not any(segment.style.bold for segment in line if segment.style)


async def test_a_countdown_goes_on_without_the_till(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(till.step(Phase.AWAIT_CODE, lasts_s=60.0))
        await at.sees("60 s")
        till.clock.now_s += 30.0
        await at.sees("30 s")


async def test_a_new_screen_shows_where_things_stand(desk: Any, till: Any) -> None:
    attempt = OpenAttempt("A", Money(1), State.INTENT, 1.0)
    till.state = replace(till.state, step=till.step(Phase.CONFIRMING, lasts_s=30.0), open_attempts=(attempt,))
    async with desk() as at:
        await at.sees("CUSTOMER CONFIRMS", "WeChat Pay", "OPEN 1", "SCN-", "CAM+")


async def test_too_small_a_window_says_so_and_keeps_the_sale(desk: Any, till: Any) -> None:
    async with desk() as at:
        await at.press("1", "2")
        await at.pilot.resize_terminal(40, 10)
        await at.sees("Too small a window: 40 x 10")
        await at.pilot.resize_terminal(80, 24)
        await at.sees("READY")
        assert at.app.sale_screen.sale.typed == "12"


# --- amount and pay --------------------------------------------------------------------------------------


async def test_digits_and_enter_charge_the_amount(desk: Any, till: Any) -> None:
    async with desk() as at:
        await at.press("1", "2", "5", "9", "backspace", "0", "enter")
        assert till.asked == [("charge", Money(1250))]


@pytest.mark.parametrize("keys", [("enter", "enter"), ("f12", "f12"), ("enter", "f12"), ("plus", "enter")])
async def test_two_presses_of_pay_charge_once(desk: Any, till: Any, keys: tuple[str, ...]) -> None:
    async with desk() as at:
        await at.press("5", "0", "0")
        for key in keys:  # both are in the queue before the till has said a word
            at.key(key, at_s=at.app.last_key_s + 0.2)
        await at.settled()
        till.say(till.step(Phase.AWAIT_CODE, lasts_s=60.0))
        await at.sees("SHOW PAYMENT CODE")
        await at.press(*keys)
        assert till.asked == [("charge", Money(500))]


async def test_pay_without_an_amount_asks_nothing_of_the_till(desk: Any, till: Any) -> None:
    async with desk() as at:
        await at.press("enter", "0", "f12")
        assert till.asked == []


async def test_a_held_code_waits_for_the_amount(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(till.step(Phase.HELD, lasts_s=30.0))
        await at.sees("CODE READ", "13************4321")
        await at.press("8", "0", "0", "enter")
        assert till.asked == [("charge", Money(800))]


async def test_the_mouse_can_do_a_whole_sale(desk: Any, till: Any) -> None:
    async with desk(size=(100, 30)) as at:
        for title in ("3", "00", "PAY"):
            await at.touch(title)
        assert till.asked == [("charge", Money(300))]


# --- a scanner that types --------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.AWAIT_CODE, Phase.APPROVED, Phase.UNKNOWN])
async def test_a_wedge_burst_is_a_scan_and_presses_nothing(desk: Any, till: Any, phase: Phase) -> None:
    till.state = replace(till.state, step=till.step(phase))
    async with desk() as at:
        at.burst(CODE, gap_s=0.003)
        await at.settled()
        assert till.asked == [("typed", CODE)]
        assert at.app.sale_screen.sale.typed == ""


async def test_a_burst_that_drawing_has_held_up_is_a_scan_all_the_same(desk: Any, till: Any) -> None:
    async with desk() as at:
        for held_up in range(1, 6):
            first_s = at.app.last_key_s + 1.0
            for index, key in enumerate([*CODE, "enter"]):
                at.key(key, at_s=first_s + index * 0.003)
                if index == held_up:
                    at.app.call_later(asyncio.sleep, 2 * Wedge.GAP_S)
            await at.settled()
        assert till.asked == [("typed", CODE)] * 5
        assert at.app.sale_screen.sale.typed == ""


async def test_a_digit_is_seen_before_it_is_known_whose_it_is_and_gone_when_it_is_a_scanners(desk: Any) -> None:
    def seen() -> str:
        return str(sale._amount.render())

    async with desk() as at:
        sale = at.app.sale_screen
        nothing = seen()
        sale.expect("7")
        seven = seen()
        assert seven != nothing
        assert sale.sale.typed == ""
        sale.redraw()
        assert seen() == seven, "the clock's tick leaves it"
        sale.expect("71")
        assert seen() == nothing
        sale.expect("7")
        await at.press("7")
        assert seen() == seven
        assert sale.sale.typed == "7"
        await at.press("7")
        assert sale.sale.typed == "77"


async def test_a_wedge_burst_does_not_answer_a_question_or_leave_the_journal(desk: Any, till: Any) -> None:
    till.state = replace(till.state, step=till.step(Phase.CONFIRMING))
    async with desk() as at:
        await at.press("escape")
        at.burst("yyyyyyyyy", gap_s=0.003)
        await at.settled()
        assert till.asked == [("typed", "yyyyyyyyy")]
        assert isinstance(at.app.screen, Question)


async def test_a_burst_in_the_middle_of_an_amount_leaves_the_amount(desk: Any, till: Any) -> None:
    async with desk() as at:
        await at.press("4", "2")
        at.burst(CODE, gap_s=0.003)
        await at.settled()
        assert at.app.sale_screen.sale.typed == "42"
        assert till.asked == [("typed", CODE)]


async def test_a_code_read_out_can_be_typed_by_hand(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(till.step(Phase.AWAIT_CODE, lasts_s=60.0))
        await at.press(*"134567")
        await at.press("enter", "enter")
        assert till.asked == [("typed", "134567")]


async def test_a_screen_that_breaks_says_where_and_never_whose_code(
    desk: Any, till: Any, mocker: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken() -> None:
        async with desk() as at:
            at.burst(CODE, gap_s=0.003)
            await at.until(lambda: at.app.return_code)

    mocker.patch.object(till, "typed", side_effect=ValueError("a bug"))
    with pytest.raises(ValueError, match="a bug"):
        await broken()
    told = capsys.readouterr().err
    assert "ValueError: a bug" in told
    assert "in scanned" in told
    assert CODE not in told
