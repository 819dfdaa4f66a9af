"""Colours only repeat what words say, and never hide them."""

from typing import Any

import pytest
from textual.color import Color
from textual.theme import Theme

from terminal.steps import Phase
from terminal.tui.themes import ANSI, SAOMA_CONTRAST, SAOMA_DARK, SAOMA_LIGHT, SAOMA_MONO, THEMES, TONES, Tone
from terminal.tui.widgets.outcome import SHAPES

ENOUGH, HIGH = 4.5, 7.0
TRUE_COLOUR = [SAOMA_DARK, SAOMA_LIGHT, SAOMA_CONTRAST, SAOMA_MONO]


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio."""
    dark, light = sorted(luminance(Color.parse(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Color) -> float:
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def pairs(theme: Theme) -> list[tuple[str, str]]:
    """Every ink that the styles put on a ground."""
    phases = [phase.value.replace("_", "-") for phase in Phase]
    states = [(theme.variables[f"ink-{phase}"], theme.variables[f"ground-{phase}"]) for phase in phases]
    grounds = [theme.background, theme.surface, theme.panel, theme.variables["key-cap"]]
    inks = [theme.foreground, theme.variables["quiet"], theme.variables["key-name"]]
    return states + [(str(ink), str(ground)) for ink in inks for ground in grounds]


@pytest.mark.parametrize("theme", TRUE_COLOUR, ids=lambda theme: theme.name)
def test_every_ink_stands_out_from_every_ground_it_is_put_on(theme: Theme) -> None:
    least = HIGH if theme in (SAOMA_CONTRAST, SAOMA_MONO) else ENOUGH
    weak = {pair: contrast(*pair) for pair in pairs(theme) if contrast(*pair) < least}
    assert not weak


def test_black_and_white_is_nothing_but_that() -> None:
    colours = {Color.parse(one) for pair in pairs(SAOMA_MONO) for one in pair}
    colours |= {Color.parse(str(getattr(SAOMA_MONO, name))) for name in ("primary", "warning", "error", "accent")}
    assert colours == {Color(0, 0, 0), Color(255, 255, 255)}


def test_the_outcomes_that_matter_differ_in_colour_wherever_there_are_colours() -> None:
    outcomes = ("approved", "declined", "unknown", "reversed")
    for name in ("dark", "light", "contrast", "ansi"):
        assert len({THEMES[name].variables[f"ground-{outcome}"] for outcome in outcomes}) == len(outcomes), name


def test_sixteen_colours_never_put_white_on_green_cyan_or_yellow() -> None:
    pale = {"ansi_green", "ansi_cyan", "ansi_yellow", "ansi_white"}
    assert all(ink == "ansi_black" for ink, ground in ANSI.values() if ground in pale)


def test_every_phase_has_a_tone_and_every_theme_every_colour_that_the_styles_name() -> None:
    assert set(TONES) == set(Phase)
    assert set(ANSI) == set(Tone)
    for theme in THEMES.values():
        assert SAOMA_DARK.variables.keys() <= theme.variables.keys(), theme.name


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_without_any_colour_every_phase_is_still_another_screen(desk: Any, till: Any, language: str) -> None:
    async with desk(language=language) as at:
        seen: dict[str, Phase] = {}
        for phase in Phase:
            till.say(till.step(phase))
            await at.settled()
            headline = at.text.splitlines()[1]
            assert headline not in seen, (phase, seen.get(headline))
            seen[headline] = phase


def test_every_outcome_has_a_shape_of_its_own() -> None:
    assert set(SHAPES) == {phase for phase in Phase if phase.is_outcome}
    assert len(set(SHAPES.values())) == len(SHAPES)


async def test_a_device_that_is_down_says_so_by_a_sign(desk: Any) -> None:
    async with desk() as at:
        assert "CAM+" in at.text
        assert "SCN-" in at.text


async def test_in_black_and_white_nothing_on_the_screen_has_a_colour(desk: Any, till: Any) -> None:
    async with desk() as at:
        at.app.theme = SAOMA_MONO.name
        for phase in Phase:
            till.say(till.step(phase))
            await at.settled()
            for strip in at.app.screen._compositor.render_strips():
                for segment in strip:
                    for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                        triplet = colour.get_truecolor() if colour else (0, 0, 0)
                        assert len(set(triplet)) == 1, (phase, segment)
