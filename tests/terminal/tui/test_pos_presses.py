"""Every state of a payment against presses in haste or by mistake: what is asked of the till, and what is said.

The stand-in till moves by no press but "go on", so a second one meets the same state: nothing but the screen is tried.
That the till takes two for one is its own tests' matter.
"""

from typing import Any

import pytest

from terminal.steps import Phase
from terminal.tui.screens.question import Question
from terminal.tui.screens.sale import SaleScreen
from terminal.tui.wording import LANGUAGES, Language, Texts

CODE = "134567890123456789"
ESC, TWICE_ESC, TWICE_ENTER, TWICE_PAY = ("escape",), ("escape", "escape"), ("enter", "enter"), ("f12", "f12")
YES, NO = ("escape", "y"), ("escape", "n")
NOTHING: list[object] = []

# By phase: what Esc asks of the cashier before anything is done, what it asks of the till, and what Enter does.
LEFT_AT_ONCE = {Phase.HELD: "cancel", Phase.AWAIT_CODE: "cancel"}
LEFT_AFTER_A_QUESTION = {
    Phase.PROCESSING: ("ask.cancel", "cancel"),
    Phase.SHOWING: ("ask.cancel", "cancel"),
    Phase.CONFIRMING: ("ask.cancel", "cancel"),
    Phase.CHECKING: ("ask.cancel", "cancel"),
    Phase.FOUND: ("ask.cancel", "cancel"),
    Phase.RECEIVED: ("ask.cancel_received", "cancel"),
    Phase.PART_PAID: ("ask.give_back_parts", "give_back_parts"),
    Phase.UNKNOWN: ("ask.dismiss", "dismiss"),
}
NOT_TO_BE_LEFT = {Phase.IDLE, Phase.REVERSING, Phase.REFUNDING}
OVER = {phase for phase in Phase if phase.is_outcome} - {Phase.UNKNOWN}
ENTER = {Phase.FOUND: "keep", Phase.RECEIVED: "keep", Phase.PART_PAID: "charge_due"}


def test_every_phase_has_a_way_out_or_none_on_purpose() -> None:
    ways = [set(LEFT_AT_ONCE), set(LEFT_AFTER_A_QUESTION), NOT_TO_BE_LEFT, OVER]
    assert set().union(*ways) == set(Phase)
    assert sum(map(len, ways)) == len(Phase)


def asked_of_the_till(phase: Phase, keys: tuple[str, ...]) -> list[object]:
    if phase in OVER:
        return ["dismiss"]  # by the first key; the second meets the next sale
    if keys in (TWICE_ENTER, TWICE_PAY):
        return [ENTER[phase]] * 2 if phase in ENTER else NOTHING
    if phase in LEFT_AT_ONCE:
        return [LEFT_AT_ONCE[phase]] * keys.count("escape")
    return [LEFT_AFTER_A_QUESTION[phase][1]] if keys == YES and phase in LEFT_AFTER_A_QUESTION else NOTHING


async def at_phase(at: Any, phase: Phase) -> None:
    """The sale in this phase, nothing over it and nothing asked so far."""
    while not isinstance(at.app.screen, SaleScreen):
        at.app.pop_screen()
        await at.settled()
    at.till.say(at.till.step(phase))
    await at.until(lambda: at.app.phase is phase and not at.app.sale_screen._unseen)
    at.till.asked.clear()


@pytest.mark.parametrize("keys", [ESC, TWICE_ESC, YES, NO, TWICE_ENTER, TWICE_PAY], ids=" ".join)
async def test_every_press_at_every_state_does_one_thing_or_nothing(
    desk: Any, till: Any, keys: tuple[str, ...]
) -> None:
    async with desk() as at:
        for phase in Phase:
            await at_phase(at, phase)
            await at.press(*keys)
            wanted, asked = Question if still_asks(phase, keys) else SaleScreen, asked_of_the_till(phase, keys)
            await at.until(lambda: (type(at.app.screen), till.asked) == (wanted, asked))  # noqa: B023 - called at once
            await at.settled()
            assert (phase, till.asked) == (phase, asked)
            assert (phase, type(at.app.screen)) == (phase, wanted)


def still_asks(phase: Phase, keys: tuple[str, ...]) -> bool:
    """Enter at what is not known asks too, and is no answer."""
    if phase is Phase.UNKNOWN and keys in (TWICE_ENTER, TWICE_PAY):
        return True
    return keys == ESC and phase in LEFT_AFTER_A_QUESTION


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_wait_says_what_leaving_it_means_before_it_is_left(
    desk: Any, till: Any, language: Language
) -> None:
    async with desk(language=language) as at:
        for phase, (question, _) in LEFT_AFTER_A_QUESTION.items():
            await at_phase(at, phase)
            await at.press("escape")
            await at.sees(Texts(language)(question)[:20])
            assert till.asked == NOTHING


async def test_a_code_read_twice_is_told_twice_and_presses_nothing(desk: Any, till: Any) -> None:
    async with desk() as at:
        for phase in Phase:
            await at_phase(at, phase)
            for _ in range(2):
                at.burst(CODE, gap_s=0.003)
                await at.settled()
            assert (phase, till.asked) == (phase, [("typed", CODE)] * 2)
            assert (phase, type(at.app.screen)) == (at.app.phase, SaleScreen)
