"""Keys on the screen: the bar of commands that are live, and the keypad in a telephone's order.

One widget draws a whole grid of keys. Two dozen widgets, each styled, placed and painted by itself, were most of what
opening a screen cost.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.geometry import Region

from terminal.tui.bridge import Extra
from terminal.tui.commands import PAY_SLOT, Command
from terminal.tui.keymap import cap
from terminal.tui.text import clean, fitted
from terminal.tui.widgets.part import Part
from terminal.tui.wording import Texts

Cap = tuple[str, str, str]  # label, title, action
Caps = Mapping[int, Cap]  # by their places, row by row
NO_KEY: Cap = ("", "", "")
_UPPER, _LOWER = "▀", "▄"  # of the ground between keys, on the key
_RIMMED_ROWS = 3  # from so many on, half a row above and below stays free: keys stand apart
_UNDER_MOUSE = "$panel"
# The places of the pad: three columns of digits, and one of what is done with them.
_DIGITS = dict(zip((0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13), (*"123456789", "00", "0"), strict=True))
_WIPE, _ERASE, _PRICED, _TIMES, _PAY = 3, 7, 11, 14, 15


class Keys(Part[Caps]):
    """Keys for mouse and finger. They never take the focus, so a scanner's Enter presses none.

    The gaps between them are the style sheet's `grid-gutter`.
    """

    COLUMNS: ClassVar[int]
    ROWS: ClassVar[int]
    GROUND: ClassVar[str] = "$surface"
    IN_THE_MIDDLE: ClassVar[bool] = True
    RIMMED: ClassVar[bool] = False
    _under_mouse: int | None = None

    @property
    def shown(self) -> Iterable[tuple[int, Cap]]:
        """Each key that is live, and its place."""
        return (self._shows or {}).items()

    def place(self, slot: int) -> Region:
        """Where a key stands within the widget's contents, in cells."""
        row, column = divmod(slot, self.COLUMNS)
        x, width = _share(column, self.COLUMNS, self.size.width, self.styles.grid_gutter_vertical)
        y, height = _share(row, self.ROWS, self.size.height, self.styles.grid_gutter_horizontal)
        return Region(x, y, width, height)

    def draw(self, value: Caps) -> Content:
        places = [self.place(slot) for slot in range(self.COLUMNS * self.ROWS)]
        return Content("\n").join(self._line(value, places, y) for y in range(self.size.height))

    def _line(self, value: Caps, places: list[Region], y: int) -> Content:
        parts: list[Content | str] = []
        end = 0
        for slot, place in enumerate(places):
            if place.y <= y < place.bottom:
                parts += [" " * (place.x - end), self._face(slot, value.get(slot, NO_KEY), place, y - place.y)]
                end = place.right
        return Content.assemble(*parts)

    def _face(self, slot: int, cap: Cap, place: Region, row: int) -> Content:
        """One row of a key."""
        ground = _UNDER_MOUSE if slot == self._under_mouse and cap[2] else self.GROUND
        if self.RIMMED and not self.plain and place.height >= _RIMMED_ROWS and row in (0, place.height - 1):
            return Content.styled((_UPPER if row == 0 else _LOWER) * place.width, f"$background on {ground}")
        text = self._written(cap, place.width) if row == (place.height - 1) // 2 else Content(" " * place.width)
        return text.stylize_before(f"on {ground}")

    def _written(self, cap: Cap, width: int) -> Content:
        label, title = clean(cap[0]), clean(cap[1])
        label += " " * bool(label)
        left = (width - cell_len(label + title)) // 2 if self.IN_THE_MIDDLE else 1
        start, rest = " " * max(0, left), max(0, width - max(0, left) - cell_len(label))
        return Content.assemble(start, (label, "$key-name"), (fitted(title, rest), "bold"))

    def _at(self, event: events.MouseEvent) -> int | None:
        offset = event.get_content_offset(self)
        slots = range(self.COLUMNS * self.ROWS)
        return next((slot for slot in slots if offset is not None and self.place(slot).contains_point(offset)), None)

    async def on_click(self, event: events.Click) -> None:
        slot = self._at(event)
        if slot is not None and (action := (self._shows or {}).get(slot, NO_KEY)[2]):
            await self.run_action(action)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._hover(self._at(event))

    def on_leave(self) -> None:
        self._hover(None)

    def _hover(self, slot: int | None) -> None:
        if slot != self._under_mouse:
            self._under_mouse = slot
            self.refresh()


class KeyBar(Keys):
    """Two rows of six. A key that is not live leaves its place empty."""

    COLUMNS, ROWS = 6, 2
    IN_THE_MIDDLE = False


class Keypad(Keys):
    """1 2 3 on top, as on every payment terminal."""

    COLUMNS, ROWS = 3, 4
    GROUND, RIMMED = "$key-cap", True
    DIGITS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "00", "0")

    def __init__(self) -> None:
        super().__init__()
        self.show(dict(enumerate([*map(_digits, self.DIGITS), ("", "<--", "screen.erase")])))


class Pad(Keys):
    """A whole sale for mouse or finger: beside the basket, always in the same place."""

    COLUMNS, ROWS = 4, 4
    GROUND, RIMMED = "$key-cap", True


class Answers(Keys):
    """Yes and no."""

    COLUMNS, ROWS = 2, 1


def pad_caps(live: Iterable[Command], texts: Texts) -> Caps:
    """Digits at their places, and what can be done with them now."""
    here = {command.id: command.action for command in live}
    pays = [command.action for command in live if command.slot == PAY_SLOT]
    acts = {_WIPE: ("C", "screen.wipe"), _ERASE: ("<--", here.get("erase", ""))}
    acts |= {_PRICED: (".", here.get("priced", "")), _TIMES: ("*", here.get("times", ""))}
    acts |= {_PAY: (texts("command.pay"), pays[0] if pays else "")}
    caps = {slot: _digits(digits) for slot, digits in _DIGITS.items()}
    return caps | {slot: ("", title, action) for slot, (title, action) in acts.items() if action}


def cap_of(command: Command, texts: Texts) -> Cap:
    return command.label, texts(f"command.{command.id}"), command.action


def extra_cap(extra: Extra, texts: Texts) -> Cap:
    return cap(extra.key), extra_title(extra, texts), f"app.extra('{extra.id}')"


def extra_title(extra: Extra, texts: Texts) -> str:
    return extra.title_zh if texts.language == "zh" else extra.title_en


def _digits(digits: str) -> Cap:
    return "", digits, f"screen.digit('{digits}')"


def _share(place: int, places: int, cells: int, gap: int) -> tuple[int, int]:
    """Where one of so many equal parts begins, and how long it is."""
    free = max(0, cells - gap * (places - 1))
    begin, end = free * place // places, free * (place + 1) // places
    return begin + gap * place, end - begin
