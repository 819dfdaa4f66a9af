"""Colours: each phase has a tone, and each theme one ink and one ground for each tone, flat and at least 4.5 : 1
(7 : 1 in `saoma-contrast`). The styles name them `$ink-…` and `$ground-…`. The words carry the meaning; colours only
repeat it, and `saoma-mono` does without.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum, auto

from textual.theme import BUILTIN_THEMES, Theme

from terminal.steps import Phase


class Tone(Enum):
    """What a colour says again."""

    CALM = auto()  # nothing is owed
    TURN = auto()  # somebody's turn: the customer's, the cashier's
    BUSY = auto()  # the acquirer's turn
    DOUBT = auto()  # it is not known what became of the money
    GOOD = auto()  # the money is where it was to go
    BAD = auto()  # it is not, and nothing was charged
    BACK = auto()  # it was taken back


TONES = {
    Phase.IDLE: Tone.CALM,
    Phase.HELD: Tone.TURN,
    Phase.AWAIT_CODE: Tone.TURN,
    Phase.PROCESSING: Tone.BUSY,
    Phase.SHOWING: Tone.TURN,
    Phase.CONFIRMING: Tone.BUSY,
    Phase.CHECKING: Tone.DOUBT,
    Phase.REVERSING: Tone.DOUBT,
    Phase.FOUND: Tone.TURN,
    Phase.RECEIVED: Tone.TURN,
    Phase.PART_PAID: Tone.TURN,
    Phase.REFUNDING: Tone.BUSY,
    Phase.APPROVED: Tone.GOOD,
    Phase.DECLINED: Tone.BAD,
    Phase.REVERSED: Tone.BACK,
    Phase.REFUNDED: Tone.GOOD,
    Phase.REFUSED: Tone.BAD,
    Phase.UNKNOWN: Tone.DOUBT,
}

Colours = Mapping[Tone, tuple[str, str]]  # ink and ground
WHITE, BLACK = "#ffffff", "#000000"
# The outcomes' contrasts are measured in the facts on counters: 6.7, 8.2, 8.4 and 8.3 to 1.
DARK: Colours = {
    Tone.CALM: ("#e8edf2", "#2b3643"),
    Tone.TURN: (WHITE, "#0b4f8a"),
    Tone.BUSY: (WHITE, "#7a4a00"),
    Tone.DOUBT: (WHITE, "#6b2fa0"),
    Tone.GOOD: (WHITE, "#0b6b2e"),
    Tone.BAD: (WHITE, "#9b1c1c"),
    Tone.BACK: (WHITE, "#0b4f8a"),
}
LIGHT: Colours = {**DARK, Tone.CALM: ("#1b2530", "#cfd8e1")}
CONTRAST: Colours = {
    Tone.CALM: (BLACK, WHITE),
    Tone.TURN: (WHITE, "#063f70"),
    Tone.BUSY: (WHITE, "#5c3800"),
    Tone.DOUBT: (WHITE, "#51217d"),
    Tone.GOOD: (WHITE, "#064f22"),
    Tone.BAD: (WHITE, "#7d1414"),
    Tone.BACK: (WHITE, "#063f70"),
}
MONO: Colours = dict.fromkeys(Tone, (BLACK, WHITE))
# The terminal's own sixteen. White on a console's green or cyan is 3 : 1, so those get black.
ANSI: Colours = {
    Tone.CALM: ("ansi_black", "ansi_white"),
    Tone.TURN: ("ansi_white", "ansi_blue"),
    Tone.BUSY: ("ansi_black", "ansi_yellow"),
    Tone.DOUBT: ("ansi_white", "ansi_magenta"),
    Tone.GOOD: ("ansi_black", "ansi_green"),
    Tone.BAD: ("ansi_white", "ansi_red"),
    Tone.BACK: ("ansi_white", "ansi_blue"),
}


def _variables(colours: Colours, **others: str) -> dict[str, str]:
    inks = {f"ink-{_css(phase)}": colours[tone][0] for phase, tone in TONES.items()}
    grounds = {f"ground-{_css(phase)}": colours[tone][1] for phase, tone in TONES.items()}
    return inks | grounds | {_css(name): value for name, value in others.items()}


def _css(name: str) -> str:
    return name.replace("_", "-")


SAOMA_DARK = Theme(
    name="saoma-dark",
    primary="#4f9ddb",
    secondary="#8ab4d8",
    warning="#e0a030",
    error="#e06060",
    success="#49b56b",
    accent="#f0b840",
    foreground="#e8edf2",
    background="#10151b",
    surface="#161d25",
    panel="#222c37",
    variables=_variables(DARK, key_cap="#1d2630", key_name="#8fb8dc", quiet="#9aa8b5"),
)
SAOMA_LIGHT = Theme(
    name="saoma-light",
    primary="#0b4f8a",
    secondary="#2f5d86",
    warning="#7a4a00",
    error="#9b1c1c",
    success="#0b6b2e",
    accent="#6b2fa0",
    foreground="#10151b",
    background="#f4f6f8",
    surface="#e9edf1",
    panel="#dfe5eb",
    dark=False,
    variables=_variables(LIGHT, key_cap="#e2e8ee", key_name="#0b5394", quiet="#4a5561"),
)
SAOMA_CONTRAST = Theme(
    name="saoma-contrast",
    primary="#ffe066",
    secondary=WHITE,
    warning="#ffe066",
    error="#ff9d9d",
    success="#8ef0ac",
    accent="#ffe066",
    foreground=WHITE,
    background=BLACK,
    surface="#1c1c1c",
    panel="#262626",
    variables=_variables(CONTRAST, key_cap="#262626", key_name="#ffe066", quiet="#d8d8d8"),
)
SAOMA_MONO = Theme(
    name="saoma-mono",
    primary=WHITE,
    secondary=WHITE,
    warning=WHITE,
    error=WHITE,
    success=WHITE,
    accent=WHITE,
    foreground=WHITE,
    background=BLACK,
    surface=BLACK,
    panel=BLACK,
    variables=_variables(MONO, key_cap=BLACK, key_name=WHITE, quiet=WHITE),
)
_STOCK = BUILTIN_THEMES["ansi-dark"]
SAOMA_ANSI = replace(
    _STOCK,
    name="saoma-ansi",
    variables=_STOCK.variables | _variables(ANSI, key_cap="ansi_default", key_name="ansi_cyan", quiet="ansi_default"),
)
# By their names in the configuration, in the order in which the key changes them.
THEMES = {
    theme.name.removeprefix("saoma-"): theme
    for theme in (SAOMA_DARK, SAOMA_LIGHT, SAOMA_CONTRAST, SAOMA_MONO, SAOMA_ANSI)
}
