"""Colours only repeat what words say, and never hide them."""

import pytest
from textual.color import Color

from terminal.steps import Phase
from terminal.tui.themes import ANSI, COLOURS, SAOMA_ANSI, SAOMA_DARK


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio."""
    dark, light = sorted(luminance(Color.parse(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Color) -> float:
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("phase", Phase)
def test_ink_stands_out_from_its_ground(phase: Phase) -> None:
    assert contrast(*COLOURS[phase]) >= 4.5


def test_quiet_text_and_key_names_stand_out_too() -> None:
    for name in ("quiet", "key-name"):
        for ground in (SAOMA_DARK.background, SAOMA_DARK.surface, SAOMA_DARK.panel):
            assert ground is not None
            assert contrast(ground, SAOMA_DARK.variables[name]) >= 4.5


def test_the_three_outcomes_that_matter_differ_in_colour_in_both_themes() -> None:
    for colours in (COLOURS, ANSI):
        grounds = {colours[phase][1] for phase in (Phase.APPROVED, Phase.DECLINED, Phase.UNKNOWN, Phase.REVERSED)}
        assert len(grounds) == 4


def test_sixteen_colours_never_put_white_on_green_cyan_or_yellow() -> None:
    pale = {"ansi_green", "ansi_cyan", "ansi_yellow", "ansi_white"}
    assert all(ink == "ansi_black" for ink, ground in ANSI.values() if ground in pale)


def test_both_themes_know_every_colour_that_the_styles_name() -> None:
    assert SAOMA_DARK.variables.keys() <= SAOMA_ANSI.variables.keys()
