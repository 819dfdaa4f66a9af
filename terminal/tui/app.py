"""The screen's application: it alone knows the till, hears its events, and filters the keyboard for scanners.

The till works on a loop of its own thread. Losing this app, or the terminal under it, ends no payment.
"""

import asyncio
import signal
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import App, SystemCommand
from textual.command import CommandPalette
from textual.screen import Screen
from textual.timer import Timer
from textual.types import CSSPathType

from terminal.steps import Event, Phase, Step
from terminal.tui.bindings import bindings
from terminal.tui.bridge import Extra, TillPort, TillSaid
from terminal.tui.commands import ALWAYS, COMMANDS
from terminal.tui.screens.help import HelpScreen
from terminal.tui.screens.journal import JournalScreen
from terminal.tui.screens.question import Question
from terminal.tui.screens.sale import SaleScreen
from terminal.tui.themes import SAOMA_ANSI, SAOMA_DARK
from terminal.tui.wedge import Wedge
from terminal.tui.widgets.keys import extra_title
from terminal.tui.wording import Language, Texts

_STYLES = Path(__file__).parent / "styles"
_ENDINGS = {"enter": "\r", "tab": "\t"}
_HANG_UPS = (signal.SIGHUP, signal.SIGTERM)
# From so many columns and rows on, the screen has this class.
_WIDTHS = [(0, "-tiny"), (60, "-small"), (80, "-narrow"), (96, "-normal"), (130, "-wide")]
_HEIGHTS = [(0, "-flat"), (16, "-low"), (24, "-mid"), (30, "-tall"), (38, "-high")]


class PosApp(App[None]):
    CSS_PATH: ClassVar[CSSPathType | None] = [_STYLES / "base.tcss", _STYLES / "states.tcss"]
    BINDINGS = bindings(command for command in COMMANDS if command.everywhere)
    HORIZONTAL_BREAKPOINTS = _WIDTHS
    VERTICAL_BREAKPOINTS = _HEIGHTS
    ALLOW_SELECT = False

    def __init__(
        self,
        till: TillPort,
        *,
        language: Language = "zh",
        shop: str = "Saoma",
        extras: Sequence[Extra] = (),
        demo: bool = False,
    ) -> None:
        """`shop` stands in the status bar; `extras` get the free places of the key bar, in order."""
        super().__init__()
        self.register_theme(SAOMA_DARK)
        self.register_theme(SAOMA_ANSI)
        self.theme = "saoma-ansi" if self.console.color_system == "standard" else "saoma-dark"
        self._till = till
        self._texts = Texts(language)
        self._extras = {extra.id: extra for extra in extras}
        self._wedge: Wedge[events.Key] = Wedge()
        self._hush: Timer | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self.sale_screen = SaleScreen(till, self._texts, shop=shop, demo=demo, extras=extras)
        for extra in extras:
            self.bind(extra.key, f"extra('{extra.id}')", show=False)

    @property
    def phase(self) -> Phase:
        """What the sale screen shows."""
        return self.sale_screen.sale.phase

    def get_default_screen(self) -> Screen[None]:
        return self.sale_screen

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return SAOMA_DARK.variables

    def on_mount(self) -> None:
        self._unsubscribe = self._till.subscribe(self._overheard)
        # Hung up or told to stop: leave through the loop, so that the terminal is put back and nothing spins.
        for number in _HANG_UPS:
            asyncio.get_running_loop().add_signal_handler(number, self.exit)

    def on_unmount(self) -> None:
        for number in _HANG_UPS:
            asyncio.get_running_loop().remove_signal_handler(number)
        if self._unsubscribe:
            self._unsubscribe()

    async def on_event(self, event: events.Event) -> None:
        """Let every event through, but keys only when they are known to be a hand's and not a scanner's."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        if self._hush:
            self._hush.stop()
        character = _ENDINGS.get(event.key) or (event.character if event.is_printable else None) or ""
        code, keys = self._wedge.feed(event, character, event.time)
        if code:
            self._till.typed(code)
        await self._press(keys)
        self._hush = self.set_timer(Wedge.GAP_S, self._nothing_more)

    def on_till_said(self, message: TillSaid) -> None:
        if not self.screen_stack:
            return  # the screens are gone already, and the till needs none
        before = self.phase
        self.sale_screen.hear(message.event)
        if self.phase is not before or isinstance(message.event, Step):
            self._come_forward()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        asking = isinstance(self.screen, Question)
        return not (asking and action in {"leave", "help"}) and super().check_action(action, parameters)

    def action_help(self) -> None:
        self.push_screen(HelpScreen(self._texts, self.phase, tuple(self._extras.values())))

    def action_language(self) -> None:
        self._texts = self._texts.other
        for screen in self.screen_stack:
            if isinstance(screen, SaleScreen | JournalScreen):
                screen.speak(self._texts)

    def action_command_palette(self) -> None:
        """The palette, asking in the cashier's language."""
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder=self._texts("palette.placeholder")))

    def action_leave(self) -> None:
        """At once, unless money is still on its way."""
        if self.sale_screen.sale.money_is_open:
            self.push_screen(Question(self._texts, "ask.leave", ALWAYS, self.exit))
        else:
            self.exit()

    def action_extra(self, extra_id: str) -> None:
        self._extras[extra_id].run()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: what is live now, by its name in both languages."""
        here, other = self._texts, self._texts.other
        sale = self.sale_screen.sale
        for command in COMMANDS:
            reachable = command.everywhere or screen is self.sale_screen
            if reachable and command.id != "command_palette" and command.is_live(sale.phase, sale.typed):
                title = f"{here(f'command.{command.id}')}  {other(f'command.{command.id}')}"
                yield SystemCommand(title, here(f"about.{command.id}"), partial(self.run_action, command.action))
        for extra in self._extras.values():
            title = f"{extra_title(extra, here)}  {extra_title(extra, other)}"
            yield SystemCommand(title, "", extra.run)

    def _overheard(self, event: Event) -> None:
        """On the till's thread."""
        self.post_message(TillSaid(event))

    def _come_forward(self) -> None:
        """A payment that moves is seen, whatever screen was open; a question that no longer stands goes away."""
        if self.phase is Phase.IDLE:
            return
        while not (self.screen is self.sale_screen or self._still_asks()):
            self.pop_screen()

    def _still_asks(self) -> bool:
        return isinstance(self.screen, Question) and self.phase in self.screen.phases

    async def _nothing_more(self) -> None:
        await self._press(self._wedge.silence())

    async def _press(self, keys: Sequence[events.Key]) -> None:
        for key in keys:
            await super().on_event(key)
