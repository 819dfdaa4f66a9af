"""Giving money back: find the payment, say how much, be asked once. How it goes is shown at the sale."""

from functools import partial
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from terminal.books.listing import Story
from terminal.errors import SaomaError
from terminal.money import Money
from terminal.operators import Act
from terminal.steps import Event, Notice
from terminal.tui.bridge import TillPort
from terminal.tui.commands import ENTERING, OUTCOMES
from terminal.tui.formats import amount
from terminal.tui.giving_back import GivingBack, lines, problem
from terminal.tui.screens.area import Area
from terminal.tui.screens.question import Question
from terminal.tui.widgets.lines import Lines
from terminal.tui.wording import Texts

RECEIPT = "code.receipt"  # what the till says when a receipt of its own was scanned


class RefundScreen(Area):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("enter,f12", "go_on", show=False),
        Binding("backspace", "erase", show=False),
        Binding("f9", "payments", show=False, id="over.journal"),
    ]

    def __init__(self, till: TillPort, texts: Texts, order_id: str = "") -> None:
        """With `order_id` for this payment, if it is in the books."""
        super().__init__(till, texts)
        self._giving = GivingBack(typed=order_id)
        self._given_id = order_id
        self._form = Lines()
        self._form.add_class("form")

    def compose(self) -> ComposeResult:
        yield self._heading
        yield self._form
        yield self._said
        yield self._keys

    def on_mount(self) -> None:
        self.redraw()
        if self._given_id:
            self._look_up(self._given_id)

    def hear(self, event: Event) -> None:
        if isinstance(event, Notice) and event.key == RECEIPT:
            self._look_up(event.detail)

    def redraw(self) -> None:
        self._title(self._texts("refund.title"))
        self._form.show(("", *lines(self._giving, self._texts)))
        self._say("")
        keys = {6: ("Esc", "back", "back"), 8: (self._texts.over("journal"), "payments", "payments")}
        is_ready = bool(self._giving.typed) if self._giving.line is None else not problem(self._giving, self._texts)
        self._caps(keys | ({11: ("Enter", "refund" if self._giving.line else "continue", "go_on")} if is_ready else {}))

    # --- keys --------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        if event.is_printable and event.character and event.character.isascii() and event.character.isalnum():
            self._set(self._giving.pressed(event.character))
            event.stop()
            event.prevent_default()

    def action_erase(self) -> None:
        self._set(self._giving.erased())

    def action_payments(self) -> None:
        """The list, to pick one from: the one below this, or the sale's."""
        self.dismiss()
        self.app.call_later(self.app.run_action, "screen.journal")

    def action_go_on(self) -> None:
        """Find the payment; then, if so much may be given back, ask."""
        if self._giving.line is None:
            if self._giving.typed:
                self._look_up(self._giving.typed)
        elif wrong := problem(self._giving, self._texts):
            self._set(GivingBack(self._giving.typed, self._giving.line, wrong))
        else:
            self._ask()

    def _ask(self) -> None:
        assert self._giving.line is not None, "there is a payment by now"
        order_id, money = self._giving.line.attempt.order_id, self._giving.money
        facts = {"money": amount(money, self._texts.language), "order": order_id}
        give_back = partial(self._want, Act.REFUND, partial(self._give_back, order_id, money))
        self.app.push_screen(Question(self._texts, "ask.refund", ENTERING | OUTCOMES, give_back, facts))

    def _give_back(self, order_id: str, money: Money) -> None:
        """The sale shows how it goes, and what the till says against it."""
        self.dismiss()
        self._till.refund(order_id, money)

    # --- the books ---------------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="refund")
    def _look_up(self, order_id: str) -> None:
        try:
            story = self._till.story(order_id)
        except SaomaError as error:
            self.call_later(self._could_not_read, error)
        else:
            self.call_later(self._found, order_id, story)

    def _found(self, order_id: str, story: Story | None) -> None:
        self._trouble = ""
        if story is None:
            said = self._texts("refund.not_found", order=order_id)
            self._set(GivingBack(typed=order_id, said=said))
        else:
            self._set(self._giving.found(story.line))

    def _set(self, giving: GivingBack) -> None:
        self._giving = giving
        self.redraw()
