"""What a cashier can do, declared once: the key bar, the bindings, the palette and the help all read this table.

A command's words are in the catalogues of `locales/` under its id. `phases` says when it is live, and `typing` that
it needs digits on the screen. Nothing here knows the screen library.
"""

from dataclasses import dataclass

from terminal.steps import Phase

SLOTS = 12  # two rows of six: a key keeps its place, so a hand can learn it
ALWAYS = frozenset(Phase)
PAYING = frozenset(phase for phase in Phase if phase.is_paying)
STUBBORN = frozenset({Phase.REVERSING, Phase.REFUNDING})  # cannot be stopped
OUTCOMES = frozenset(phase for phase in Phase if phase.is_outcome)
ENTERING = frozenset({Phase.IDLE, Phase.HELD})  # digits are an amount
AWAITING = frozenset({Phase.AWAIT_CODE})  # digits are a payment code read out by the customer


@dataclass(frozen=True, slots=True)
class Command:
    """`keys` are named as the screen library names them; `label` is what stands on the keycap."""

    id: str
    keys: tuple[str, ...]
    label: str
    slot: int
    phases: frozenset[Phase] = ALWAYS
    typing: bool = False  # only while digits are typed
    everywhere: bool = False  # on every screen, not only at the sale

    def is_live(self, phase: Phase, typed: str) -> bool:
        return phase in self.phases and (bool(typed) or not self.typing)

    @property
    def action(self) -> str:
        return f"{'app' if self.everywhere else 'screen'}.{self.id}"


COMMANDS = (
    Command("help", ("f1", "question_mark"), "F1", 0, everywhere=True),
    Command("reprint", ("f4", "t"), "F4", 1, ENTERING | {Phase.APPROVED, Phase.REVERSED}),
    Command("show", ("f6", "s"), "F6", 2, ENTERING, typing=True),
    Command("show_instead", ("f6", "s"), "F6", 2, AWAITING),
    Command("query", ("f5", "r"), "F5", 2, PAYING | {Phase.UNKNOWN}),
    Command("journal", ("f9", "j"), "F9", 3, ENTERING | OUTCOMES),
    Command("clear", ("escape",), "Esc", 6, frozenset({Phase.IDLE}), typing=True),
    Command("cancel", ("escape",), "Esc", 6, PAYING - STUBBORN | AWAITING | {Phase.HELD}),
    Command("go_on", ("escape", "enter", "f12", "space"), "Esc", 6, OUTCOMES),
    Command("erase", ("backspace",), "<--", 7, ENTERING | AWAITING, typing=True),
    Command("language", ("ctrl+l",), "^L", 8, everywhere=True),
    Command("command_palette", ("ctrl+p",), "^P", 9, everywhere=True),
    Command("leave", ("ctrl+q", "ctrl+c"), "^Q", 10, everywhere=True),
    Command("pay", ("f12", "enter", "plus"), "F12", 11, ENTERING, typing=True),
    Command("keep", ("f12", "enter"), "F12", 11, frozenset({Phase.FOUND, Phase.RECEIVED})),
    Command("submit", ("f12", "enter"), "F12", 11, AWAITING, typing=True),
)
BY_ID = {command.id: command for command in COMMANDS}
FREE_SLOTS = tuple(slot for slot in range(SLOTS) if slot not in {command.slot for command in COMMANDS})
