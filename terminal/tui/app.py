"""The screen's application: it alone knows the till and hears its events.

The till works on a loop of its own thread. Losing this app, or the terminal under it, ends no payment.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.actions import ActionParseResult
from textual.app import SystemCommand
from textual.command import CommandPalette, Provider
from textual.dom import DOMNode
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.screen import Screen
from textual.timer import Timer
from textual.types import CSSPathType

from terminal.operators import Act, Operator
from terminal.steps import Event, Notice, Phase, Step
from terminal.tui.bindings import bindings
from terminal.tui.bridge import Extra, TillPort, TillSaid
from terminal.tui.commands import ALWAYS, BY_ID, COMMANDS
from terminal.tui.driver import ASKS_FOR_SIXEL, PromptDriver
from terminal.tui.keyboard import KeyboardApp
from terminal.tui.keymap import keys_over
from terminal.tui.looks import Looks
from terminal.tui.palette import BETWEEN, Commands
from terminal.tui.plain import PlainGlyphs
from terminal.tui.screens.area import Area, Wants, visit
from terminal.tui.screens.help import HelpScreen
from terminal.tui.screens.question import Question
from terminal.tui.screens.sale import SaleScreen
from terminal.tui.screens.sign_on import SignOnScreen
from terminal.tui.seat import NEEDS, Seat, Staff, name_of
from terminal.tui.themes import SAOMA_DARK, THEMES
from terminal.tui.tidy import QUIET_S, settle, tidy
from terminal.tui.widgets.keys import extra_title
from terminal.tui.widgets.tour import Beside
from terminal.tui.widgets.training import TrainingStripe
from terminal.tui.wording import Language, Texts

_STYLES = Path(__file__).parent / "styles"
_HANG_UPS = (signal.SIGHUP, signal.SIGTERM)
# From so many columns and rows on, the screen has this class.
_WIDTHS = [(0, "-tiny"), (60, "-small"), (80, "-narrow"), (96, "-normal"), (130, "-wide")]
_HEIGHTS = [(0, "-flat"), (16, "-low"), (24, "-mid"), (30, "-tall"), (38, "-high")]


class PosApp(KeyboardApp):
    CSS_PATH: ClassVar[CSSPathType | None] = [_STYLES / "base.tcss", _STYLES / "states.tcss"]
    BINDINGS = bindings(command for command in COMMANDS if command.everywhere)
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {Commands}
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
        looks: Looks | None = None,
        staff: Staff | None = None,
        beside: Beside | None = None,
    ) -> None:
        """`shop` stands in the status bar; `extras` get the free places of the key bar; `beside` is a demo's panel."""
        super().__init__()
        self._looks = looks = looks or Looks()
        self._dress()
        self._till = till
        staff = staff or Staff()
        self._seat, self._training = Seat(staff.operators), staff.training
        self.is_switching = False  # left to come back in training, or out of it
        self._texts = Texts(looks.language(language), looks.commands)
        self._extras = {extra.id: extra for extra in extras}
        self._quiet: Timer | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self.sale_screen = SaleScreen(
            till,
            self._texts,
            shop=shop,
            demo=demo,
            extras=extras,
            beside=beside,
            looks=looks,
        )
        for extra in extras:
            self.bind(extra.key, f"extra('{extra.id}')", show=False)

    @property
    def phase(self) -> Phase:
        """What the sale screen shows."""
        return self.sale_screen.sale.phase

    @property
    def texts(self) -> Texts:
        """What everything on the screen is called now."""
        return self._texts

    def _fatal_error(self) -> None:
        """A private place of the library, which would tell what variables held: a payment code may be among them."""
        from rich.traceback import Traceback  # noqa: PLC0415 - takes a while to load, and is hardly ever wanted

        self.panic(Traceback())

    def get_driver_class(self) -> type[Driver]:
        found = super().get_driver_class()
        return PromptDriver if found is LinuxDriver else found

    def get_default_screen(self) -> Screen[None]:
        return self.sale_screen

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return SAOMA_DARK.variables

    @property
    def plain(self) -> bool:
        """Whether to draw with letters and grounds alone."""
        return self._looks.plain

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = super().get_line_filters()
        return [*filters, PlainGlyphs()] if self.plain else filters

    def on_mount(self) -> None:
        self._unsubscribe = self._till.subscribe(self._overheard)
        self._quiet = self.set_interval(QUIET_S, tidy)
        # Hung up or told to stop: leave through the loop, so that the terminal is put back and nothing spins.
        for number in _HANG_UPS:
            asyncio.get_running_loop().add_signal_handler(number, self.exit)
        if self._training:
            self.screen_change_signal.subscribe(self, self._mark)
            self._mark(self.screen)
        if (said := self._till.snapshot().said) is not None:  # before anybody could listen
            self.call_after_refresh(self.sale_screen.hear, said)
        if self._looks.latin:
            self.call_after_refresh(self.sale_screen.hear, Notice("console.latin"))
        if self._seat.is_empty:
            self.action_lock()

    def on_ready(self) -> None:
        if not self.is_headless:  # a test has many apps, and none of them is for good
            settle()

    def on_unmount(self) -> None:
        for number in _HANG_UPS:
            asyncio.get_running_loop().remove_signal_handler(number)
        if self._unsubscribe:
            self._unsubscribe()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and self._quiet:
            self._quiet.reset()
        await super().on_event(event)

    def scanned(self, code: str) -> None:
        """The till says what comes of it: locked, it takes none."""
        self._till.typed(code)

    def withheld(self, characters: str) -> None:
        if self.screen is self.sale_screen:
            self.sale_screen.expect(characters)

    def on_till_said(self, message: TillSaid) -> None:
        if not self.screen_stack:
            return  # the screens are gone already, and the till needs none
        before = self.phase
        self.sale_screen.hear(message.event)
        for screen in self.screen_stack:
            if isinstance(screen, Area | SignOnScreen):
                screen.hear(message.event)
        if self.phase is not before or isinstance(message.event, Step):
            self._come_forward()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        asking = isinstance(self.screen, Question)
        if (asking and action in {"leave", "help"}) or self._is_dead(action):
            return False
        return super().check_action(action, parameters)

    def _is_dead(self, name: str) -> bool:
        """Whether it is one of the sale's commands, or of every screen's, and not to be had now."""
        command = BY_ID.get(name)
        if command is None or not (command.everywhere or self.screen is self.sale_screen):
            return False
        sale = self.sale_screen.sale
        return not command.is_live(sale.phase, sale.typed, sale.there)

    def action_help(self) -> None:
        if not self.is_screen_installed(HelpScreen.__name__):
            extras = tuple(self._extras.values())
            self.install_screen(HelpScreen(self._till, self._texts, extras, self._looks.commands), HelpScreen.__name__)
        visit(self.app, HelpScreen, self._till, self._texts)

    def action_language(self) -> None:
        if self._looks.latin:
            self.sale_screen.hear(Notice("console.latin"))
            return
        self._texts = self._texts.other
        for screen in self.screen_stack:
            if isinstance(screen, SaleScreen | Area | SignOnScreen):
                screen.speak(self._texts)
            if self._training:
                self._mark(screen)

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

    def action_training(self) -> None:
        """Begin or end it: another till with other books, so only where nothing is open."""
        if self._training is None or self.sale_screen.sale.money_is_open or self.sale_screen.sale.typed:
            self.sale_screen.hear(Notice("training.none" if self._training is None else "training.busy"))
            return
        key = "ask.training_ends" if self._training else "ask.training"
        self.push_screen(Question(self._texts, key, frozenset({Phase.IDLE}), self._switch))

    def on_wants(self, message: Wants) -> None:
        """Do it now, or once somebody who may has said so."""

        async def permitted() -> bool:
            message.run()
            return True

        if self.may(message.act):
            message.run()
        else:
            self._ask_somebody(message.act, permitted)

    def may(self, act: Act) -> bool:
        """Whether whoever sits here may, without asking anybody."""
        return self._seat.may(act)

    async def run_action(
        self,
        action: "str | ActionParseResult",
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Every key, click and entry of the palette comes by here: what not everybody may is asked for first."""
        name = name_of(action)
        act, run = NEEDS.get(name), partial(super().run_action, action, default_namespace, namespaces)
        if act is None or self.may(act) or self._is_dead(name):
            return await run()
        if not (isinstance(self.screen, SignOnScreen) and not self.screen.is_lock):
            self._ask_somebody(act, run)
        return True

    def action_wear(self, name: str) -> None:
        """Another theme, now and at the next start."""
        self.theme = THEMES[name].name
        self._looks.remember(name)

    def action_lock(self) -> None:
        """The cashier goes, or another one comes: nothing is sold until somebody signs on."""
        if self._seat.door.is_open:
            self.sale_screen.hear(Notice("operator.none"))
            return
        self._sit(None)
        self.push_screen(SignOnScreen(self._seat.door, self._till.clock, self._texts), self._sit)

    def action_extra(self, extra_id: str) -> None:
        self._extras[extra_id].run()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: what is live now, by its name in both languages."""
        here, other = self._texts, self._texts.other
        sale = self.sale_screen.sale
        for command in self._looks.commands:
            reachable = (command.everywhere or screen is self.sale_screen) and not self._seat.is_empty
            if reachable and command.id != "command_palette" and command.is_live(sale.phase, sale.typed, sale.there):
                title = BETWEEN.join(texts(f"command.{command.id}") for texts in (here, other))
                about = f"{command.label}  {here(f'about.{command.id}')}"
                yield SystemCommand(title, about, partial(self.run_action, command.action))
        for name in THEMES:
            title = BETWEEN.join(f"{texts('theme.title')}: {texts(f'theme.{name}')}" for texts in (here, other))
            yield SystemCommand(title, "", partial(self.run_action, f"app.wear('{name}')"))
        for extra in self._extras.values():
            title = BETWEEN.join(extra_title(extra, texts) for texts in (here, other))
            yield SystemCommand(title, "", extra.run)

    def _dress(self) -> None:
        """Themes, sizes and keys as this counter wants them."""
        for theme in THEMES.values():
            self.register_theme(theme)
        few = self.console.color_system == "standard"
        self.theme = THEMES[self._looks.chosen(THEMES, few_colours=few, no_colour=self.no_color)].name
        self.set_class(self._looks.touch, "-touch")
        self.set_class(self.plain, "-plain")
        self.set_class(self._looks.pictures, "-pictures")
        self.set_class(self._looks.sixel, ASKS_FOR_SIXEL)
        if self._looks.commands != COMMANDS:
            over = {f"over.{name}": key for name, key in keys_over(self._looks.commands).items()}
            self.set_keymap({command.id: ",".join(command.keys) for command in self._looks.commands} | over)

    def _sit(self, operator: Operator | None) -> None:
        """From now on it is they who sell."""
        self._seat.operator = operator
        self._till.sign_on(operator.number if operator else "")
        self.sale_screen.seated(self._seat.label)

    def _ask_somebody(self, act: Act, run: Callable[[], Awaitable[bool]]) -> None:
        """One thing, once, by the PIN of somebody who may; the till notes who that was."""

        async def permitted(operator: Operator | None) -> None:
            if operator is not None:
                self._till.permitted(act, operator.number)
                await run()

        self.push_screen(SignOnScreen(self._seat.door, self._till.clock, self._texts, act), permitted)

    def _switch(self) -> None:
        self.is_switching = True
        self.exit()

    def _mark(self, screen: Screen[object]) -> None:
        """Whatever screen it is, it says that this is training."""
        stripe = next(iter(screen.query(TrainingStripe)), None)
        if stripe is None:
            stripe = TrainingStripe()
            screen.mount(stripe)
        stripe.show(self._texts("training.stripe"))

    def _overheard(self, event: Event) -> None:
        """On the till's thread."""
        self.post_message(TillSaid(event))

    def _come_forward(self) -> None:
        """A payment that moves is seen, whatever screen was open; a question that no longer stands goes away."""
        if self.phase is Phase.IDLE:
            return
        while not (self.screen is self.sale_screen or self._still_asks() or self._seat.is_empty):
            self.pop_screen()

    def _still_asks(self) -> bool:
        return isinstance(self.screen, Question) and self.phase in self.screen.phases
