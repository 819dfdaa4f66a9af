"""Choosing one of a few: an item, a discount, a tip, a basket that waits. What is typed changes what there is."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from terminal.operators import Act
from terminal.tui.bridge import TillPort
from terminal.tui.choices import Choice, rows
from terminal.tui.screens.area import Area
from terminal.tui.widgets.rows import Rows, RowsShown
from terminal.tui.wording import Texts

LONGEST = 40  # characters


class ChoiceScreen(Area):
    """`name` has its words under "choose."; `choices` is asked again whenever something was typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("enter,f12", "choose", show=False),
        Binding("backspace", "erase", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
    ]

    def __init__(
        self,
        till: TillPort,
        texts: Texts,
        name: str,
        choices: Callable[[str, Texts], Sequence[Choice]],
        *,
        typed: str = "",
        longest_number: int = 0,
    ) -> None:
        """With `longest_number` nothing but so many digits is typed."""
        super().__init__(till, texts)
        self._about, self._choices = name, choices
        self._typed, self._longest = typed[: longest_number or LONGEST], longest_number
        self._at = 0
        self._rows = Rows()

    def compose(self) -> ComposeResult:
        yield self._heading
        yield self._rows
        yield self._said
        yield self._keys

    def on_mount(self) -> None:
        self.call_after_refresh(self.redraw)

    def on_resize(self) -> None:
        self.call_after_refresh(self.redraw)

    def redraw(self) -> None:
        texts, about = self._texts, f"choose.{self._about}"
        found = self._choices(self._typed, texts)
        self._at = max(0, min(self._at, len(found) - 1))
        first = max(0, self._at - self._rows.room + 1)
        lines = rows(found, self._rows.columns)[first : first + self._rows.room]
        self._title(f"{texts(f'{about}.title')}   {self._typed}")
        self._rows.show(RowsShown(texts(f"{about}.heading"), lines, self._at - first, texts.lines(f"{about}.empty")))
        self._say(texts(f"{about}.hint"))
        self._caps({6: ("Esc", "back", "back")} | ({11: ("Enter", "choose", "choose")} if found else {}))

    def on_key(self, event: events.Key) -> None:
        if not (event.is_printable and event.character):
            return
        if not self._longest or event.character in "0123456789":
            self._type((self._typed + event.character).lstrip()[: self._longest or LONGEST])
        event.stop()  # a letter that is searched for is no command
        event.prevent_default()

    def on_rows_picked(self, message: Rows.Picked) -> None:
        self._at = max(0, self._at - self._rows.room + 1) + message.index
        self.action_choose()

    def on_rows_scrolled(self, message: Rows.Scrolled) -> None:
        self.action_move(message.by)

    def action_move(self, by: int) -> None:
        self._at += by
        self.redraw()

    def action_erase(self) -> None:
        self._type(self._typed[:-1])

    def action_choose(self) -> None:
        found = self._choices(self._typed, self._texts)
        if self._at < len(found):
            self.dismiss()
            self._do(found[self._at])

    def _do(self, choice: Choice) -> None:
        def run() -> None:
            for handling in choice.does:
                self._till.handle(handling)
            if choice.pays:
                self._till.charge_due()

        if choice.is_large:
            self._want(Act.DISCOUNT, run)
        else:
            run()

    def _type(self, typed: str) -> None:
        self._typed, self._at = typed, 0
        self.redraw()
