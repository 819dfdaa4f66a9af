"""How the screen looks and is used at this counter: theme, size of the keys, which glyphs, which keys.

Decided before the screen library is loaded, which reads some of it from the environment. The configuration has the
first word; where it leaves the theme open, what was last chosen on the screen is taken up again.
"""

from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from terminal.config import ScreenConfig
from terminal.errors import ConfigError
from terminal.tui.commands import COMMANDS, DEMO, SHOP, Command
from terminal.tui.keymap import remapped
from terminal.tui.wording import Language

AUTO, PLAIN_COLOURS, NO_COLOURS = "auto", "ansi", "mono"
_CONSOLE = "linux"  # TERM of the kernel's own console: at most 512 glyphs, no blocks, and none is Chinese
# It prints the request for the newer keyboard protocol as text, instead of ignoring it.
_CONSOLE_WANTS = {"TEXTUAL_DISABLE_KITTY_KEY": "1"}
# Milliseconds until a lone Escape is taken for one: the rest of a key comes at once, but not over a line.
_HERE = {"ESCDELAY": "12"}
_KITTY = ("xterm-kitty", "xterm-ghostty")  # they show pictures where kitty's placeholders stand
_SIXEL = ("foot", "foot-extra", "foot-direct")
_BETWEEN = ("TMUX", "STY", "TEXTUAL_DRIVER")  # tmux, screen, a browser: what is meant for a terminal does not arrive
_MEMORY = "theme"  # the file's name in the state directory


@dataclass(frozen=True, slots=True)
class Looks:
    theme: str = AUTO  # a name of `themes.THEMES`, or what suits the terminal
    touch: bool = False
    plain: bool = False  # no block or line glyphs: letters, spaces and what is behind them
    latin: bool = False  # nor Chinese ones
    commands: tuple[Command, ...] = field(default=COMMANDS, repr=False)
    extras: tuple[Command, ...] = field(default=SHOP, repr=False)  # what only this house may have
    pictures: bool = False  # the preview as a picture of kitty's graphics protocol, not as blocks
    sixel: bool = False  # the same as sixels, where the terminal says that it has them
    keypad: bool = False  # keys to touch beside the sale, where there is room for them
    tips: tuple[int, ...] = ()  # percents that are offered before goods are paid for
    memory: Path | None = None  # where a theme that is chosen on the screen is kept

    def key(self, extra: str) -> str:
        """Of something that only this house has."""
        return next(one.keys[0] for one in self.extras if one.id == extra)

    def language(self, wanted: Language) -> Language:
        """The wanted one, where its letters can be shown."""
        return "en" if self.latin else wanted

    def remember(self, theme: str) -> None:
        """For the next start, where the disk takes it."""
        if self.memory is not None:
            with suppress(OSError):
                self.memory.write_text(f"{theme}\n", encoding="utf-8")

    def chosen(self, names: Mapping[str, object], *, few_colours: bool, no_colour: bool) -> str:
        """The theme to begin with, one of `names`."""
        if self.theme != AUTO:
            return self.theme
        if no_colour or few_colours:
            return NO_COLOURS if no_colour else PLAIN_COLOURS
        kept = self._remembered()
        return kept if kept in names else next(iter(names))

    def _remembered(self) -> str:
        """Nothing, where it cannot be read."""
        if self.memory is None:
            return ""
        try:
            return self.memory.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""


def looks_of(
    screen: ScreenConfig,
    keys: Mapping[str, tuple[str, ...]],
    state: Path,
    environ: MutableMapping[str, str],
    extras: tuple[Command, ...] = SHOP,
) -> Looks:
    """What the configuration says, on the terminal that `environ` tells of; raises ConfigError on a wrong key."""
    console = environ.get("TERM") == _CONSOLE
    if console:
        environ.update(_CONSOLE_WANTS)
    if "SSH_CONNECTION" not in environ:
        environ.update({name: value for name, value in _HERE.items() if name not in environ})
    plain = screen.glyphs == "ascii" or (screen.glyphs == AUTO and console)
    elsewhere = {one.id for one in (*DEMO, *SHOP)} - {one.id for one in extras}  # one file may serve both
    here = {name: value for name, value in keys.items() if name not in elsewhere}
    everything = remapped((*COMMANDS, *extras), here)
    commands, extras = everything[: len(COMMANDS)], everything[len(COMMANDS) :]
    for one in extras:
        if len(one.keys) > 1:
            raise ConfigError(f"[keys] {one.id} = {list(one.keys)}: it has one key")
    spoken = tuple(command for command in commands if command.id != "language") if console else commands
    pictures = screen.preview == "kitty" or (screen.preview == AUTO and _shows_pictures(environ))
    sixel = _asks_for_sixel(screen.preview, environ)
    return Looks(
        screen.theme,
        screen.touch,
        plain,
        console,
        spoken,
        extras,
        pictures=pictures,
        sixel=sixel,
        keypad=screen.keypad,
        memory=state / _MEMORY,
    )


def _shows_pictures(environ: Mapping[str, str]) -> bool:
    """Only where it is known: letters of a protocol that a terminal does not speak would stand all over the screen."""
    return environ.get("TERM") in _KITTY and _is_direct(environ)


def _asks_for_sixel(preview: str, environ: Mapping[str, str]) -> bool:
    """Unasked only where it is known that what is written over such a picture erases it."""
    return (preview == "sixel" or (preview == AUTO and environ.get("TERM") in _SIXEL)) and _is_direct(environ)


def _is_direct(environ: Mapping[str, str]) -> bool:
    return not any(name in environ for name in _BETWEEN)
