"""A number and a PIN: to sign on, or to let a cashier do one thing. Digits of a PIN are never on the screen."""

from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from terminal.clock import Clock
from terminal.operators import LONGEST_NUMBER, LONGEST_PIN, Act, Door, Operator, SignOn
from terminal.steps import Event, Notice
from terminal.tui.text import shown
from terminal.tui.widgets.keys import Keypad
from terminal.tui.wording import Texts

LOCKED = "till.locked"  # what the till says to whatever is scanned while it is


class SignOnScreen(ModalScreen[Operator | None]):
    """Ends with whoever has signed on; with nobody where it asked for one act only, and Esc was pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,f12", "enter", show=False),
        Binding("backspace", "erase", show=False),
        Binding("escape", "back", show=False),
    ]
    AUTO_FOCUS = ""

    def __init__(self, door: Door, clock: Clock, texts: Texts, act: Act | None = None) -> None:
        super().__init__()
        self.act = act
        self._door, self._clock, self._texts = door, clock, texts
        self._number = self._pin = ""
        self._has_number = self._is_trying = False
        self._said = ""

    @property
    def is_lock(self) -> bool:
        """It stands between everybody and the till."""
        return self.act is None

    def compose(self) -> ComposeResult:
        with Vertical(id="sign-on"):
            yield Static(classes="heading")
            yield Static(id="number")
            yield Static(id="pin")
            yield Static(id="door")
            yield Keypad()
            yield Static(classes="hint")

    def on_mount(self) -> None:
        self.speak(self._texts)

    def speak(self, texts: Texts) -> None:
        self._texts = texts
        asked = texts("sign_on.title") if self.is_lock else texts("sign_on.permit", act=texts(f"act.{self.act}"))
        self.query_one(".heading", Static).update(shown(asked))
        self.query_one(".hint", Static).update(shown(texts("sign_on.lock_hint" if self.is_lock else "sign_on.hint")))
        self._draw()

    def hear(self, event: Event) -> None:
        """Something was scanned before a locked till: whoever holds it there sees that it was not taken."""
        if isinstance(event, Notice) and event.key == LOCKED:
            self._say(f"notice.{LOCKED}")

    def on_key(self, event: events.Key) -> None:
        if event.character and event.character in "0123456789":
            self.action_digit(event.character)

    def action_digit(self, digits: str) -> None:
        if self._has_number:
            self._pin = (self._pin + digits)[:LONGEST_PIN]
        else:
            self._number = (self._number + digits)[:LONGEST_NUMBER]
        self._say("")

    def action_erase(self) -> None:
        if self._pin:
            self._pin = self._pin[:-1]
        elif self._has_number:
            self._has_number = False
        else:
            self._number = self._number[:-1]
        self._say("")

    def action_enter(self) -> None:
        """First the number, then the PIN."""
        if self._is_trying or not self._number:
            return
        if not self._has_number:
            self._has_number = True
            self._say("")
        elif self._pin:
            self._is_trying = True
            self._try(self._number, self._pin, self._clock.monotonic())

    def action_back(self) -> None:
        """Away with what was typed, then with the question; a lock stays."""
        if self._number and self.is_lock:
            self._start_again("")
        elif not self.is_lock:
            self.dismiss(None)

    @work(thread=True, exclusive=True, group="sign-on")
    def _try(self, number: str, pin: str, now_s: float) -> None:
        said, operator = self._door.enter(number, pin, now_s)
        self.call_later(self._answered, said, operator)

    def _answered(self, said: SignOn, operator: Operator | None) -> None:
        self._is_trying = False
        if operator is None:
            self._start_again(f"sign_on.{said}")
        elif self.act is not None and not operator.may(self.act):
            self._start_again("sign_on.may_not")
        else:
            self.dismiss(operator)

    def _start_again(self, said: str) -> None:
        self._number = self._pin = ""
        self._has_number = False
        self._say(said)

    def _say(self, said: str) -> None:
        self._said = said
        self._draw()

    def _draw(self) -> None:
        texts = self._texts
        here = {False: "_", True: ""}
        number = f"{texts('sign_on.number')}  {self._number}{here[self._has_number]}"
        pin = f"{texts('sign_on.pin')}  {'*' * len(self._pin)}{here[not self._has_number]}"
        self.query_one("#number", Static).update(shown(number))
        self.query_one("#pin", Static).update(shown(pin))
        self.query_one("#door", Static).update(shown(texts(self._said) if self._said else ""))
