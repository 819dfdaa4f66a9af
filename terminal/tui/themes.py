"""Colours: one ink and one ground for each phase, flat and at least 4.5 : 1, named `$ink-…` and `$ground-…` in the
styles. The words carry the meaning; colours only repeat it.
"""

from dataclasses import replace

from textual.theme import BUILTIN_THEMES, Theme

from terminal.steps import Phase

WHITE = "#ffffff"
BUSY = "#7a4a00"
INFO = "#0b4f8a"
# Ink and ground. The outcomes' are measured in the facts on counters: 6.7, 8.2, 8.4 and 8.3 to 1.
COLOURS = {
    Phase.IDLE: ("#e8edf2", "#2b3643"),
    Phase.HELD: (WHITE, INFO),
    Phase.AWAIT_CODE: (WHITE, INFO),
    Phase.PROCESSING: (WHITE, BUSY),
    Phase.SHOWING: (WHITE, INFO),
    Phase.CONFIRMING: (WHITE, BUSY),
    Phase.CHECKING: (WHITE, "#6b2fa0"),
    Phase.REVERSING: (WHITE, "#6b2fa0"),
    Phase.FOUND: (WHITE, INFO),
    Phase.RECEIVED: (WHITE, INFO),
    Phase.REFUNDING: (WHITE, BUSY),
    Phase.APPROVED: (WHITE, "#0b6b2e"),
    Phase.DECLINED: (WHITE, "#9b1c1c"),
    Phase.REVERSED: (WHITE, INFO),
    Phase.REFUNDED: (WHITE, "#0b6b2e"),
    Phase.REFUSED: (WHITE, "#9b1c1c"),
    Phase.UNKNOWN: (WHITE, "#6b2fa0"),
}
# The terminal's own sixteen. White on a console's green or cyan is 3 : 1, so those get black.
ANSI = {
    Phase.IDLE: ("ansi_black", "ansi_white"),
    Phase.HELD: ("ansi_white", "ansi_blue"),
    Phase.AWAIT_CODE: ("ansi_white", "ansi_blue"),
    Phase.PROCESSING: ("ansi_black", "ansi_yellow"),
    Phase.SHOWING: ("ansi_white", "ansi_blue"),
    Phase.CONFIRMING: ("ansi_black", "ansi_yellow"),
    Phase.CHECKING: ("ansi_white", "ansi_magenta"),
    Phase.REVERSING: ("ansi_white", "ansi_magenta"),
    Phase.FOUND: ("ansi_white", "ansi_blue"),
    Phase.RECEIVED: ("ansi_white", "ansi_blue"),
    Phase.REFUNDING: ("ansi_black", "ansi_yellow"),
    Phase.APPROVED: ("ansi_black", "ansi_green"),
    Phase.DECLINED: ("ansi_white", "ansi_red"),
    Phase.REVERSED: ("ansi_white", "ansi_blue"),
    Phase.REFUNDED: ("ansi_black", "ansi_green"),
    Phase.REFUSED: ("ansi_white", "ansi_red"),
    Phase.UNKNOWN: ("ansi_white", "ansi_magenta"),
}


def _variables(colours: dict[Phase, tuple[str, str]], **others: str) -> dict[str, str]:
    inks = {f"ink-{phase.value.replace('_', '-')}": ink for phase, (ink, _) in colours.items()}
    grounds = {f"ground-{phase.value.replace('_', '-')}": ground for phase, (_, ground) in colours.items()}
    return inks | grounds | {name.replace("_", "-"): value for name, value in others.items()}


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
    variables=_variables(COLOURS, key_cap="#1d2630", key_name="#8fb8dc", quiet="#9aa8b5"),
)
_STOCK = BUILTIN_THEMES["ansi-dark"]
SAOMA_ANSI = replace(
    _STOCK,
    name="saoma-ansi",
    variables=_STOCK.variables | _variables(ANSI, key_cap="ansi_default", key_name="ansi_cyan", quiet="ansi_default"),
)
