"""What a cashier can do, declared once: the key bar, the bindings, the palette and the help all read this table.

A command's words are in the catalogues of `locales/` under its id. `phases` says when it is live, and `typing` that
it needs digits on the screen. Nothing here knows the screen library.
"""

from dataclasses import dataclass

from terminal.steps import Phase

NO_PLACE = -1  # on the bar: reached by its key and by the palette
SLOTS = 12  # two rows of six, F1 to F12: a key keeps its place, so a hand can learn it
PAY_SLOT = 11
ALWAYS = frozenset(Phase)
PAYING = frozenset(phase for phase in Phase if phase.is_paying)
STUBBORN = frozenset({Phase.REVERSING, Phase.REFUNDING})  # cannot be stopped
OUTCOMES = frozenset(phase for phase in Phase if phase.is_outcome)
ENTERING = frozenset({Phase.IDLE, Phase.HELD, Phase.PART_PAID})  # digits are an amount
LAYING = frozenset({Phase.IDLE, Phase.HELD})  # goods may be changed by hand
AWAITING = frozenset({Phase.AWAIT_CODE})  # digits are a payment code read out by the customer
# What a command may need to be there.
GOODS, EMPTY, HELD, UNDO, RESTING = "goods", "no goods", "held baskets", "something to undo", "no digits"


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
    needs: frozenset[str] = frozenset()
    lent: bool = False  # its place is another's, where that one is live

    def is_live(self, phase: Phase, typed: str, there: frozenset[str] = frozenset()) -> bool:
        return phase in self.phases and (bool(typed) or not self.typing) and self.needs <= there

    @property
    def action(self) -> str:
        return f"{'app' if self.everywhere else 'screen'}.{self.id}"


COMMANDS = (
    Command("help", ("f1", "question_mark"), "F1", 0, everywhere=True),
    Command("look_up", ("slash", "i"), "/", 1, LAYING, lent=True),
    Command("times", ("asterisk",), "*", 1, LAYING, typing=True, lent=True),
    Command("quantity", ("f2", "n"), "F2", 1, LAYING, typing=True, needs=frozenset({GOODS})),
    Command("priced", ("full_stop", "comma"), ".", 2, LAYING, typing=True),
    Command("void", ("f3", "delete"), "F3", 2, LAYING, needs=frozenset({GOODS, RESTING})),
    Command("discount", ("f4", "d"), "F4", 3, LAYING, needs=frozenset({GOODS})),
    Command("command_palette", ("ctrl+p",), "^P", 4, everywhere=True, lent=True),
    Command("undo", ("u",), "U", 4, LAYING | OUTCOMES, needs=frozenset({UNDO, RESTING}), lent=True),
    Command("query", ("f5", "r"), "F5", 4, PAYING | {Phase.UNKNOWN}),
    Command("refund", ("f6", "minus"), "F6", 5, ENTERING | OUTCOMES),
    Command("leave", ("ctrl+q", "ctrl+c"), "^Q", 6, everywhere=True, lent=True),
    Command("resume", ("f7", "h"), "F7", 6, LAYING, needs=frozenset({HELD, EMPTY, RESTING}), lent=True),
    Command("hold", ("f7", "h"), "F7", 6, LAYING, needs=frozenset({GOODS, RESTING}), lent=True),
    Command("clear", ("escape",), "Esc", 6, frozenset({Phase.IDLE}), typing=True),
    Command("give_back_parts", ("escape",), "Esc", 6, frozenset({Phase.PART_PAID})),
    Command("cancel", ("escape",), "Esc", 6, PAYING - STUBBORN | AWAITING | {Phase.HELD}),
    Command("go_on", ("escape", "enter", "f12", "space"), "Esc", 6, OUTCOMES),
    Command("language", ("ctrl+l",), "^L", 7, everywhere=True, lent=True),
    Command("reprint", ("t",), "T", 2, ENTERING | {Phase.APPROVED, Phase.REVERSED}, lent=True),
    Command("show_goods", ("f8", "q"), "F8", 7, LAYING, needs=frozenset({GOODS, RESTING})),
    Command("show", ("f8", "q"), "F8", 7, ENTERING, typing=True),
    Command("show_instead", ("f8", "q"), "F8", 7, AWAITING),
    Command("journal", ("f9", "j"), "F9", 8, ENTERING | OUTCOMES),
    Command("settle", ("f10", "s"), "F10", 9, ENTERING | OUTCOMES),
    Command("devices", ("f11", "v"), "F11", 10, ENTERING | OUTCOMES),
    Command("erase", ("backspace",), "<--", NO_PLACE, ENTERING | AWAITING, typing=True),
    Command("charts", ("g",), "G", NO_PLACE, ENTERING | OUTCOMES),
    Command("mute", ("m",), "M", NO_PLACE),
    Command("keypad", ("e",), "E", NO_PLACE, ENTERING | AWAITING),
    Command("lock", ("l",), "L", NO_PLACE, frozenset({Phase.IDLE}) | OUTCOMES, everywhere=True),
    Command("training", ("ctrl+t",), "^T", NO_PLACE, frozenset({Phase.IDLE}), everywhere=True),
    Command("line_up", ("up",), "Up", NO_PLACE, LAYING, needs=frozenset({GOODS})),
    Command("line_down", ("down",), "Down", NO_PLACE, LAYING, needs=frozenset({GOODS})),
    Command("void_all", ("shift+f3", "shift+delete"), "Shift+F3", NO_PLACE, LAYING, needs=frozenset({GOODS, RESTING})),
    Command("more", ("plus",), "+", NO_PLACE, LAYING, needs=frozenset({GOODS, RESTING})),
    Command("pay_goods", ("f12", "enter"), "F12", PAY_SLOT, LAYING, needs=frozenset({GOODS, RESTING})),
    Command("pay_rest", ("f12", "enter"), "F12", PAY_SLOT, frozenset({Phase.PART_PAID}), needs=frozenset({RESTING})),
    Command("pay", ("f12", "enter", "plus"), "F12", PAY_SLOT, ENTERING, typing=True),
    Command("keep", ("f12", "enter"), "F12", PAY_SLOT, frozenset({Phase.FOUND, Phase.RECEIVED})),
    Command("submit", ("f12", "enter"), "F12", PAY_SLOT, AWAITING, typing=True),
)
BY_ID = {command.id: command for command in COMMANDS}
# What only some houses have, at any time, by one key each: a demo; a shop, where there is a drawer or training.
DEMO_KEYS = {"next": "c", "plug": "k", "pause": "p", "broke": "b", "slow": "w", "absent_minded": "a"}
DEMO_KEYS |= {"lost_reply": "x", "cut": "z", "panel": "o"}
DEMO = tuple(Command(f"demo.{name}", (key,), key.upper(), NO_PLACE) for name, key in DEMO_KEYS.items())
SHOP = (Command("drawer", ("o",), "O", NO_PLACE), Command("training.customer", ("c",), "C", NO_PLACE))
FREE_SLOTS = (3, 2, 1)  # for what only this house has: lent by keys that wait for goods
