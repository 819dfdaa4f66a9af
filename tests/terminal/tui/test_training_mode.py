"""Training on the screen: said on every screen and in every language, begun and ended only where nothing is open."""

from dataclasses import replace
from typing import Any

import pytest

from terminal.model import State
from terminal.money import Money
from terminal.steps import OpenAttempt, Phase
from terminal.tui.looks import Looks
from terminal.tui.screens.question import Question
from terminal.tui.seat import Staff
from terminal.tui.wording import Texts

TRAINING, REAL = Staff(training=True), Staff(training=False)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(80, 24), (150, 42)], ids=str)
async def test_the_word_is_on_every_screen_and_in_every_phase(desk: Any, till: Any, size: Any, language: Any) -> None:
    word = Texts(language)("training.stripe")
    async with desk(size=size, language=language, staff=TRAINING) as at:
        for phase in Phase:
            till.say(till.step(phase))
            await at.until(lambda: word in at.text.splitlines()[0])
        till.say(till.step(Phase.IDLE))
        for key in ("f1", "f9", "f11", "ctrl+p", "ctrl+t"):
            await at.press(key)
            await at.until(lambda: word in at.text.splitlines()[0])
            await at.press("escape")


async def test_the_word_follows_the_language_on_every_screen(desk: Any, till: Any) -> None:
    async with desk(language="en", staff=TRAINING) as at:
        await at.press("f1", "escape", "f9")
        for keys in ("ctrl+l",), ("escape",), ("f1",):
            await at.press(*keys)
            await at.until(lambda: Texts("zh")("training.stripe") in at.text.splitlines()[0])
            assert "TRAINING" not in at.text


async def test_the_stripe_is_told_without_colour_and_without_blocks(desk: Any, till: Any) -> None:
    async with desk(staff=TRAINING, looks=Looks(theme="mono", plain=True)) as at:
        row = at.text.splitlines()[0]
        assert row.count("TRAINING - NO PAYMENT") >= 2
        assert "/ / /" in row


async def test_a_real_till_has_no_such_row(desk: Any, till: Any) -> None:
    async with desk(staff=REAL) as at:
        assert "TRAINING" not in at.text


@pytest.mark.parametrize(("staff", "asked"), [(REAL, "Begin training?"), (TRAINING, "From then on payments are real")])
async def test_it_is_asked_and_then_the_screen_is_left_to_switch(
    desk: Any, till: Any, staff: Staff, asked: str
) -> None:
    async with desk(staff=staff) as at:
        await at.press("ctrl+t")
        await at.sees(asked)
        await at.press("escape")
        assert not at.app.is_switching
        await at.press("ctrl+t", "y")
        assert at.app.is_switching


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.IDLE])
async def test_not_in_the_middle_of_a_sale(desk: Any, till: Any, phase: Phase) -> None:
    async with desk(staff=REAL) as at:
        till.say(till.step(phase))
        await at.press("ctrl+t")
        assert not isinstance(at.app.screen, Question)


async def test_not_while_an_attempt_is_open_or_an_amount_is_typed_or_where_there_is_none(desk: Any, till: Any) -> None:
    async with desk(staff=REAL) as at:
        await at.press("5", "ctrl+t")
        await at.sees("something is still open")
    till.state = replace(till.state, open_attempts=(OpenAttempt("A", Money(1), State.INTENT, 1.0),))
    async with desk(staff=REAL) as at:
        await at.press("ctrl+t")
        await at.sees("something is still open")
    async with desk() as at:
        await at.press("ctrl+t")
        await at.sees("saoma run --training")
