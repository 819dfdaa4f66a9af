"""The bench file: which end of each cable is simulated, which is real, and which is not there at all.

`[roles]` says so; the rest is a till's configuration, and what it says of a real device the till reads as it stands.
"""

import dataclasses
import shutil
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from terminal.config import Config, build, from_table, read_toml
from terminal.errors import ConfigError
from terminal.schemes import SETTINGS

Kind = Literal["sim", "real", "absent"]
SPEED = 5.0  # of all clocks where everything is simulated: documented waits pass sooner, none is left out
SIMULATED_S, BY_HAND_S = 30.0, 120.0  # how long to wait for a program, and for a person
KNOCKS_FOR_S = 2.0  # how long an address may take to let us in
PORTS = {"https": 443, "http": 80, "tcp": 9100}  # where none is said


@dataclass(frozen=True, slots=True)
class Roles:
    """One that is not named is simulated."""

    till: Kind = "sim"
    scanner: Kind = "sim"
    camera: Kind = "sim"
    phone: Kind = "sim"  # a real one is in the hand of whoever stands at the bench
    printer: Kind = "sim"
    display: Kind = "sim"
    drawer: Kind = "sim"  # it hangs on the printer, and is what that is
    acquirer: Kind = "sim"
    till_command: tuple[str, ...] = ()  # of a real till: a program that talks as `firmware_sim.hil.counter` does


ROLES = tuple(item.name for item in dataclasses.fields(Roles) if item.name != "till_command")
# What a real one is found by, in the table of its name.
FOUND_BY = {"scanner": "port", "camera": "source", "printer": "url", "display": "port"}


@dataclass(frozen=True, slots=True)
class Bench:
    """`tables` are the till's configuration as the file has it, `config` is the same as the till reads it."""

    where: str = "the bench"
    folder: Path = field(default_factory=Path.cwd)
    roles: Roles = field(default_factory=Roles)
    tables: Mapping[str, Any] = field(default_factory=dict)
    config: Config = field(default_factory=Config)

    def kind(self, role: str) -> Kind:
        kind: Kind = getattr(self.roles, role)
        return kind

    def is_real(self, role: str) -> bool:
        return self.kind(role) == "real"

    @property
    def has_real(self) -> bool:
        return any(map(self.is_real, ROLES))

    @property
    def speed(self) -> float:
        """Of the clocks: hands, phones and real acquirers keep the world's own time."""
        return 1.0 if self.has_real else SPEED

    @property
    def within_s(self) -> float:
        """Real seconds that anything may take."""
        return BY_HAND_S if self.has_real else SIMULATED_S

    def table(self, role: str, **at: str) -> dict[str, object]:
        """A device's table for a till; a simulated one is elsewhere than the file says."""
        return {**self.tables.get(role, {}), **at}

    def why_missing(self, role: str) -> str:
        """Why nothing can be done with that role; empty where it can."""
        if self.kind(role) == "absent":
            return f"{role} is absent from {self.where}"
        if self.is_real(role) and (place := self._empty_place(role)):
            return f"{role} is real in {self.where}, but nothing is at {place}"
        return ""

    def _empty_place(self, role: str) -> str:
        """Where a real one should be and is not."""
        if role == "till":
            program = self.roles.till_command[0]
            return "" if shutil.which(program) else program
        if role == "acquirer":
            return next((one.base_url for one in self.config.acquirer if not _answers(one.base_url)), "")
        place = self._place(role)
        return "" if (_answers(place) if "://" in place else Path(place or "/").exists()) else place

    def _place(self, role: str) -> str:
        """A device's path or address; none for what is in a hand, or hangs on another device."""
        place = str(getattr(getattr(self.config, role), FOUND_BY[role])) if role in FOUND_BY else ""
        return f"/dev/video{place}" if role == "camera" and place.isdigit() else place


def load(path: Path) -> Bench:
    """Read a bench file; raises ConfigError with the file, the key, the value and what is allowed."""
    tables = read_toml(path)
    roles = build(Roles, tables.pop("roles", {}), str(path), "roles", path.parent)
    bench = Bench(str(path), path.parent, roles, tables, from_table(tables, str(path), path.parent, SETTINGS))
    _check(bench)
    return bench


def _check(bench: Bench) -> None:
    """What is real is found by something."""
    wanted = {role: getattr(getattr(bench.config, role), key) for role, key in FOUND_BY.items()}
    keys = {role: f"{role}.{key}" for role, key in FOUND_BY.items()}
    keys |= {"till": "roles.till_command", "acquirer": "[[acquirer]]"}
    wanted |= {"till": bench.roles.till_command, "acquirer": bench.config.acquirer}
    for role, found_by in wanted.items():
        if bench.is_real(role) and not found_by:
            raise ConfigError(f"{bench.where}: {keys[role]} is missing: roles.{role} = 'real' wants it")
    printer, drawer = bench.roles.printer, bench.roles.drawer
    if drawer not in (printer, "absent"):
        raise ConfigError(
            f"{bench.where}: roles.drawer = {drawer!r}; allowed are {printer!r}, as its printer is, and 'absent'"
        )


def _answers(url: str) -> bool:
    """Whether somebody lets us in there."""
    address = urlsplit(url)
    at = address.hostname or "", address.port or PORTS.get(address.scheme, 0)
    with suppress(OSError), socket.create_connection(at, KNOCKS_FOR_S):
        return True
    return False
