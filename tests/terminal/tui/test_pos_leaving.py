"""Every state can be left, and the screen says what leaving means; nothing is left by accident."""

import os
import signal
from dataclasses import replace
from typing import Any

import pytest

from terminal.model import Reason
from terminal.money import Money
from terminal.steps import Phase, Snapshot, Step
from terminal.tui.screens.question import Question
from terminal.tui.screens.sale import SaleScreen

# --- leaving every state ---------------------------------------------------------------------------------


async def test_cancel_before_sending_is_at_once(desk: Any, till: Any) -> None:
    async with desk() as at:
        for phase in (Phase.HELD, Phase.AWAIT_CODE):
            till.say(till.step(phase))
            await at.until(lambda phase=phase: at.app.phase is phase)
            await at.press("escape")
            assert till.asked.pop() == "cancel"


async def test_cancel_after_sending_asks_and_says_what_it_means(desk: Any, till: Any) -> None:
    async with desk() as at:
        for phase in (Phase.PROCESSING, Phase.CONFIRMING, Phase.CHECKING):
            till.say(till.step(phase))
            await at.until(lambda phase=phase: at.app.phase is phase)
            await at.press("escape")
            await at.sees("Take this payment back?")
            await at.press("enter", "enter", "escape")
            assert isinstance(at.app.screen, SaleScreen)
            assert till.asked == []
            await at.press("escape", "y")
            assert till.asked.pop() == "cancel"


async def test_an_undoing_cannot_be_cancelled(desk: Any, till: Any) -> None:
    till.state = replace(till.state, step=till.step(Phase.REVERSING))
    async with desk() as at:
        await at.press("escape", "enter")
        assert till.asked == []
        assert isinstance(at.app.screen, SaleScreen)


async def test_a_question_that_no_longer_stands_goes_away(desk: Any, till: Any) -> None:
    till.state = replace(till.state, step=till.step(Phase.PROCESSING))
    async with desk() as at:
        await at.press("escape")
        till.say(till.step(Phase.CONFIRMING))
        await at.settled()
        assert isinstance(at.app.screen, Question), "still under way, so the question still stands"
        till.say(till.step(Phase.APPROVED))
        await at.sees("APPROVED")
        assert till.asked == []


async def test_an_outcome_is_left_with_a_key(desk: Any, till: Any) -> None:
    async with desk() as at:
        for phase, key in ((Phase.DECLINED, "enter"), (Phase.REVERSED, "escape"), (Phase.APPROVED, "f12")):
            till.say(till.step(phase))
            await at.until(lambda phase=phase: at.app.phase is phase and not at.app.sale_screen._unseen)
            await at.press(key)
            assert till.asked.pop() == "dismiss"
            await at.sees("READY")


async def test_a_second_press_of_pay_does_not_wipe_an_outcome_that_came_at_once(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(till.step(Phase.HELD))
        await at.press("5", "enter")
        till.say(till.step(Phase.DECLINED))
        at.key("enter", at_s=at.app.last_key_s + 0.2)
        await at.settled()
        assert till.asked == [("charge", Money(5))]
        assert "DECLINED" in at.text


async def test_an_approval_leaves_by_itself(desk: Any, till: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal.tui.screens.sale.APPROVED_STAYS_S", 0.05)
    async with desk() as at:
        till.say(till.step(Phase.APPROVED))
        await at.until(lambda: till.asked == ["dismiss"])
        await at.sees("READY")


@pytest.mark.parametrize("phase", [Phase.DECLINED, Phase.REVERSED, Phase.UNKNOWN])
async def test_no_other_outcome_leaves_by_itself(
    desk: Any, till: Any, phase: Phase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terminal.tui.screens.sale.APPROVED_STAYS_S", 0.01)
    async with desk() as at:
        till.say(till.step(phase))
        await at.until(lambda: not at.app.sale_screen._unseen)
        assert till.asked == []


async def test_the_next_amount_begins_on_an_approval(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(till.step(Phase.APPROVED))
        await at.until(lambda: at.app.phase is Phase.APPROVED and not at.app.sale_screen._unseen)
        await at.press("7")
        assert till.asked == ["dismiss"]
        assert at.app.sale_screen.sale.typed == "7"


async def test_an_unknown_outcome_is_left_only_after_a_question(desk: Any, till: Any) -> None:
    async with desk() as at:
        till.say(till.step(Phase.UNKNOWN, reason=Reason.NO_ANSWER))
        await at.until(lambda: at.app.phase is Phase.UNKNOWN and not at.app.sale_screen._unseen)
        await at.press("7", "f5", "enter")
        assert till.asked == ["query_now"]
        await at.sees("The outcome is NOT known")
        await at.press("enter", "y")
        assert till.asked == ["query_now", "dismiss"]


async def test_an_outcome_rings_the_bell_once(desk: Any, till: Any, mocker: Any) -> None:
    async with desk() as at:
        bell = mocker.patch.object(at.app, "bell")
        till.say(till.step(Phase.PROCESSING))
        for _ in range(2):
            till.say(till.step(Phase.APPROVED))
            await at.sees("APPROVED")
        bell.assert_called_once_with()


async def test_the_bell_is_silenced_with_the_sound_and_not_rung_beside_a_player(
    desk: Any, till: Any, mocker: Any
) -> None:
    async with desk() as at:
        bell = mocker.patch.object(at.app, "bell")
        await at.press("m")
        await at.sees("Sound is off. M turns it on again.")
        till.say(till.step(Phase.DECLINED))
        await at.sees("DECLINED")
        bell.assert_not_called()
        await at.press("m")
        await at.sees("Sound is on.")


async def test_leaving_asks_only_while_money_is_open(desk: Any, till: Any) -> None:
    till.state = replace(till.state, step=till.step(Phase.CHECKING))
    async with desk() as at:
        await at.press("ctrl+q")
        await at.sees("A payment is still open")
        await at.press("ctrl+q", "escape")
        till.state = Snapshot(Step(Phase.IDLE))
        till.say(Step(Phase.IDLE))
        await at.press("ctrl+q")
        assert at.app._exit


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_hang_up_ends_the_screen_cleanly_and_lets_go_of_the_till(desk: Any, till: Any, number: int) -> None:
    async with desk() as at:
        os.kill(os.getpid(), number)
        await at.until(lambda: at.app._exit)
    assert till.listeners == []


async def test_a_sale_that_is_paid_in_part_goes_on_by_digits_and_goes_back_only_when_asked(
    desk: Any, till: Any
) -> None:
    async with desk() as at:
        till.say(till.step(Phase.PART_PAID))
        await at.sees("PART PAID")
        await at.press("escape", "n")
        assert till.asked == []
        await at.press("5", "enter")
        assert till.asked == [("charge", Money(5))]
        await at.press("escape", "y")
        assert till.asked[1:] == ["give_back_parts"]
