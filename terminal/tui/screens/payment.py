"""One payment: what it is, what became of it, what was said about it on the wire, and its receipt."""

from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content

from terminal.books.listing import Story
from terminal.errors import SaomaError
from terminal.steps import Event, Moved
from terminal.tui import story
from terminal.tui.bridge import TillPort
from terminal.tui.screens.refund import RefundScreen
from terminal.tui.screens.scrolled import Scrolled
from terminal.tui.text import shown, shown_lines
from terminal.tui.wording import Texts


class PaymentScreen(Scrolled):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("f9", "back", show=False, id="over.journal"),
        Binding("f6", "refund", show=False, id="over.refund"),
        Binding("p", "print_copy", show=False),
        Binding("enter,t", "receipt", show=False),
    ]

    def __init__(self, till: TillPort, texts: Texts, order_id: str) -> None:
        super().__init__(till, texts)
        self._order_id = order_id
        self._story: Story | None = None

    def on_mount(self) -> None:
        self.redraw()
        self._look_up()

    def on_resize(self) -> None:
        self.redraw()

    def hear(self, event: Event) -> None:
        if isinstance(event, Moved) and event.order_id == self._order_id:
            self._look_up()

    def redraw(self) -> None:
        texts, told = self._texts, self._story
        keys = {
            5: (texts.over("refund"), "refund", "refund"),
            11: ("Enter", "receipt", "receipt"),
            2: ("P", "print", "print_copy"),
        }
        self._caps({6: ("Esc", "back", "back")} | (keys if told else {}))
        if told is None:
            self._title(self._order_id)
            self._say("")
            return
        self._title(story.heading(told, texts))
        self._text.update(
            Content("\n").join(
                [
                    shown_lines(["", *story.facts(told, texts), ""]),
                    _head(texts("story.events")),
                    shown_lines(story.events(told, texts, self.columns)),
                    Content(""),
                    _head(texts("story.wire")),
                    shown_lines(story.wire(told.said, texts, self.columns)),
                ]
            )
        )

    def action_refund(self) -> None:
        if self._story is not None:
            self.app.push_screen(RefundScreen(self._till, self._texts, self._order_id))

    def action_print_copy(self) -> None:
        if self._story is not None:
            self._till.reprint(self._order_id)
            self._say(self._texts("payments.printing"))

    def action_receipt(self) -> None:
        if self._story is not None:
            self.app.push_screen(ReceiptScreen(self._till, self._texts, self._order_id))

    @work(thread=True, exclusive=True, group="story")
    def _look_up(self) -> None:
        try:
            told = self._till.story(self._order_id)
        except SaomaError as error:
            self.call_later(self._could_not_read, error)
        else:
            self.call_later(self._tell, told)

    def _tell(self, told: Story | None) -> None:
        self._story, self._trouble = told, ""
        self.redraw()
        self._say("" if told else self._texts("story.gone"))


class ReceiptScreen(Scrolled):
    """One order's receipt, as it is on paper."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "back", show=False),
        Binding("p", "print_copy", show=False),
    ]

    def __init__(self, till: TillPort, texts: Texts, order_id: str) -> None:
        super().__init__(till, texts)
        self._order_id = order_id

    def on_mount(self) -> None:
        self.redraw()
        self._look_up()

    def redraw(self) -> None:
        self._title(self._texts("story.receipt", order=self._order_id))
        self._caps({6: ("Esc", "back", "back"), 2: ("P", "print", "print_copy")})
        self._say("")

    def action_print_copy(self) -> None:
        self._till.reprint(self._order_id)
        self._say(self._texts("payments.printing"))

    @work(thread=True, exclusive=True, group="receipt")
    def _look_up(self) -> None:
        try:
            text = self._till.receipt_text(self._order_id)
        except SaomaError as error:
            self.call_later(self._could_not_read, error)
        else:
            self.call_later(self._show, text)

    def _show(self, text: str) -> None:
        self._text.update(shown_lines(["", *text.splitlines()]))


def _head(text: str) -> Content:
    return shown(text).stylize("bold $key-name")
