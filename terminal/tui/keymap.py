"""Other keys for the commands: a keyboard without F-keys, a terminal multiplexer that wants some for itself.

`[keys]` of the configuration names commands by their ids. What stands on the key bar, in the help and in the palette
follows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from terminal.errors import ConfigError
from terminal.tui.commands import Command

_CAPS = {
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "tab": "Tab",
    "backspace": "<--",
    "delete": "Del",
    "question_mark": "?",
    "asterisk": "*",
    "plus": "+",
    "minus": "-",
    "slash": "/",
    "full_stop": ".",
    "comma": ",",
}
_NAMES = {"+": "plus", "-": "minus", "*": "asterisk", "/": "slash", ".": "full_stop", ",": "comma"}
_NAMES |= {"?": "question_mark", "esc": "escape", "del": "delete"}
_CARRIERS = {"ctrl": "^", "alt": "Alt+", "shift": "Shift+"}
_KEYS = frozenset(_CAPS) | {"up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert"}
_KEYS |= {f"f{number}" for number in range(1, 25)}
_AMOUNTS = frozenset("0123456789")  # are never anything else
_TYPED = frozenset(_NAMES.values()) - {"escape", "delete"} | {"space"}  # as letters are
# Commands that are also to be had on screens over the sale, and by which key where all of their own are letters.
OVER = {"charts": "f2", "refund": "f6", "journal": "f9", "settle": "f10"}


def remapped(commands: Sequence[Command], keys: Mapping[str, Sequence[str]]) -> tuple[Command, ...]:
    """The commands with these keys in place of their own; raises ConfigError where that cannot be."""
    ids = [command.id for command in commands]
    for name in keys:
        if name not in ids:
            raise ConfigError(f"[keys] {name}: no such command; there are {', '.join(dict.fromkeys(ids))}")
    changed = tuple(_with(command, keys[command.id]) if command.id in keys else command for command in commands)
    for one, other in combinations(changed, 2):
        _refuse_clash(one, other, commands)
    return changed


def cap(key: str) -> str:
    """What stands on the keycap of a key: F12, Esc, ^P."""
    *carriers, last = key.split("+")
    return "".join(_CARRIERS.get(one, f"{one}+") for one in carriers) + _CAPS.get(last, last.upper())


def keys_over(commands: Iterable[Command]) -> Mapping[str, str]:
    """By the ids of `OVER`, the key on screens over the sale, where letters are typed: the first that is none."""
    lasting = {one.id: [key for key in one.keys if len(key) > 1 and key not in _TYPED] for one in commands}
    return {name: next(iter(lasting.get(name, [])), key) for name, key in OVER.items()}


def key_names(commands: Iterable[Command]) -> Mapping[str, Mapping[str, str]]:
    """What a sentence may call a command's key: `cap` is what stands on the bar, `keys` the first two of them, `over`
    what it is on screens over the sale."""
    known = {command.id: command for command in commands}
    pairs = {name: [one.label, *map(cap, one.keys[1:2])] for name, one in known.items()}
    return {
        "cap": {name: one.label for name, one in known.items()},
        "keys": {name: " / ".join(pair) for name, pair in pairs.items()},
        "over": {name: cap(key) for name, key in keys_over(known.values()).items()},
    }


def _with(command: Command, keys: Sequence[str]) -> Command:
    names = tuple(_name(key) for key in keys)
    if not names or _AMOUNTS & set(names):
        raise ConfigError(f"[keys] {command.id} = {list(keys)}: one or more keys, and digits are amounts")
    if unknown := [key for key, name in zip(keys, names, strict=True) if not _is_key(name)]:
        raise ConfigError(f"[keys] {command.id}: there is no key {unknown[0]!r}; write f11, k, ctrl+k, space or up")
    return replace(command, keys=names, label=cap(names[0]))


def _name(key: str) -> str:
    """As the screen library calls it: "F11", "esc", "+" and "Ctrl+K" are understood."""
    key = key.strip().lower() if len(key.strip()) > 1 else key.strip()
    return _NAMES.get(key, key)


def _is_key(name: str) -> bool:
    *carriers, last = name.split("+")
    return _CARRIERS.keys() >= set(carriers) and (len(last) == 1 or last in _KEYS)


def _refuse_clash(one: Command, other: Command, before: Iterable[Command]) -> None:
    """Two commands may share a key only where they did, or where they are never live at once."""
    shared = set(one.keys) & set(other.keys)
    if shared and one.phases & other.phases and not _shared_before(one.id, other.id, before):
        free = ", ".join(cap(key) for key in sorted(shared))
        raise ConfigError(f"[keys] {one.id} and {other.id} both want {free}; give one of them another key")


def _shared_before(one: str, other: str, before: Iterable[Command]) -> bool:
    keys = {command.id: set(command.keys) for command in before}
    return bool(keys[one] & keys[other])
