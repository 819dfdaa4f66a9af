"""May this app pay that code here today? The agreements between wallets as data, and decisions that say why.

A decision names the rule that made it, and what would have made it otherwise. What no agreement covers is refused.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Literal

from terminal.config import build, read_toml
from terminal.errors import ConfigError

OWN = "own scheme"
HOME = "CN"  # an app pays its own scheme's codes at home; abroad that takes an agreement


class Direction(StrEnum):
    APP_SCANS = "app_scans_counter"  # the customer scans the shop's code (MPM)
    COUNTER_SCANS = "counter_scans_app"  # the shop scans the customer's (CPM)


class Presence(StrEnum):
    OFFLINE = "offline"  # at a counter
    ONLINE = "online"  # on a page or in an app


@dataclass(frozen=True, slots=True)
class App:
    """A customer's wallet; its payment codes and its own merchant codes are of `scheme`."""

    key: str
    name: str
    scheme: str


@dataclass(frozen=True, slots=True)
class Region:
    key: str
    name: str
    country: str
    cities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One row: these apps may pay these schemes' codes, under these conditions."""

    key: str
    apps: tuple[str, ...]
    codes: tuple[str, ...]
    direction: Literal["app_scans_counter", "counter_scans_app"]
    presence: Literal["offline", "online"]
    starts: date
    grade: Literal["D", "S", "2", "U"]
    source: str
    ends: date | None = None
    countries: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    region: str = ""
    limit: int = 0  # minor units, 0 for none
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """A page that sells: whose it is, and which apps it offers to pay with."""

    key: str
    name: str
    owner: str
    apps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interop:
    """All that is agreed; `load` reads it from a file."""

    app: tuple[App, ...]
    region: tuple[Region, ...]
    agreement: tuple[Agreement, ...]
    service: tuple[Service, ...] = ()

    def checked(self, where: str) -> "Interop":
        """Itself, or a ConfigError for a row that names an app, a region or a scheme that is not there."""
        apps, schemes = {app.key for app in self.app}, {app.scheme for app in self.app}
        regions = {region.key for region in self.region} | {""}
        for row in self.agreement:
            for wrong in (*(set(row.apps) - apps), *(set(row.codes) - schemes), *({row.region} - regions)):
                raise ConfigError(f"{where}: agreement {row.key} names {wrong!r}, which no row of the file defines")
        for service in self.service:
            for wrong in (*(set(service.apps) - apps), *({service.owner} - schemes)):
                raise ConfigError(f"{where}: service {service.key} names {wrong!r}, which no row of the file defines")
        return self

    def named(self, key: str) -> App:
        """The app of that key; raises ConfigError naming those there are."""
        found = next((app for app in self.app if app.key == key), None)
        if found is None:
            raise ConfigError(f"no app is called {key!r}; there are {', '.join(app.key for app in self.app)}")
        return found


@dataclass(frozen=True, slots=True)
class Question:
    """May `app` pay a code of `scheme`? `amount` in minor units; `trials` says whether trials count."""

    app: str
    scheme: str
    direction: Direction
    day: date
    presence: Presence = Presence.OFFLINE
    city: str = ""  # empty: somewhere in the country, so what needs a city is not met
    country: str = HOME
    amount: int = 0
    trials: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """`rule` is the agreement's key, `OWN`, or empty where none decided.

    `turns_on` is what would have made it otherwise: what it rests on where it is allowed, what is missing where not.
    """

    allowed: bool
    rule: str
    why: str
    turns_on: tuple[str, ...] = ()


def load(path: Path) -> Interop:
    """An agreements file; raises ConfigError."""
    return build(Interop, read_toml(path), str(path), "", path.parent).checked(str(path))


def decide(question: Question, interop: Interop) -> Decision:
    """By the app's own scheme, or by the first agreement all of whose conditions are met."""
    app = interop.named(question.app)
    if app.scheme == question.scheme and question.country == HOME:
        return Decision(True, OWN, f"{app.name} pays {question.scheme} codes, its own", (f"in {HOME}",))
    rows = [row for row in interop.agreement if _is_about(row, question)]
    for row in rows:
        if not list(_unmet(row, question, interop)):
            return Decision(True, row.key, row.source, tuple(said for _, said in _conditions(row, interop)))
    if rows:
        missing = tuple(f"{row.key}: {', '.join(_unmet(row, question, interop))}" for row in rows)
        return Decision(False, rows[0].key, "an agreement is there, and its conditions are not met", missing)
    way = "scan" if question.direction is Direction.APP_SCANS else "be scanned for"
    why = f"no agreement lets {app.name} {way} {question.scheme} codes"
    return Decision(False, "", why, tuple(_elsewhere(question, interop)))


def decide_first(question: Question, schemes: Iterable[str], interop: Interop) -> list[tuple[str, Decision]]:
    """For a code with accounts of several schemes: the decision for each in turn, up to the first that allows it."""
    decisions = []
    for scheme in schemes:
        decisions.append((scheme, decide(replace(question, scheme=scheme), interop)))
        if decisions[-1][1].allowed:
            break
    return decisions


def table(interop: Interop, day: date, *, trials: bool) -> Iterator[tuple[App, str, Direction, Presence, Decision]]:
    """Every app with every scheme, both directions, at a counter and online; asked in a place where most is allowed."""
    schemes = dict.fromkeys(app.scheme for app in interop.app)
    for app in interop.app:
        for scheme in schemes:
            for direction in Direction:
                for presence in Presence:
                    question = Question(app.key, scheme, direction, day, presence, trials=trials)
                    yield app, scheme, direction, presence, _anywhere(question, interop)


def offered(service: Service, interop: Interop, day: date) -> list[tuple[App, Decision]]:
    """The apps that a service's page names, each with whether it may be paid with on that day."""
    question = Question("", service.owner, Direction.APP_SCANS, day, Presence.ONLINE)
    return [(interop.named(key), decide(replace(question, app=key), interop)) for key in service.apps]


# --- conditions ------------------------------------------------------------------------------------------------


def _is_about(row: Agreement, question: Question) -> bool:
    asked = (question.direction.value, question.presence.value)
    return question.app in row.apps and question.scheme in row.codes and (row.direction, row.presence) == asked


def _unmet(row: Agreement, question: Question, interop: Interop) -> Iterator[str]:
    """Which of the row's conditions do not hold."""
    for holds, condition in _conditions(row, interop):
        if not holds(question):
            yield condition


def _cities(row: Agreement, interop: Interop) -> tuple[str, ...]:
    return row.cities + tuple(city for region in interop.region if region.key == row.region for city in region.cities)


def _where(row: Agreement, interop: Interop) -> str:
    names = [region.name for region in interop.region if region.key == row.region]
    return ", ".join([*names, *row.cities])


def _conditions(row: Agreement, interop: Interop) -> Iterator[tuple[Callable[[Question], bool], str]]:
    """What must hold, and how to say so."""
    yield lambda asked: asked.day >= row.starts, f"from {row.starts} on"
    if row.ends:
        ends = row.ends
        yield lambda asked: asked.day <= ends, f"until {ends}"
    if row.countries:
        yield lambda asked: asked.country in row.countries, f"in {', '.join(row.countries)}"
    if cities := _cities(row, interop):
        yield lambda asked: asked.city in cities, f"in {_where(row, interop)}"
    if row.limit:
        yield lambda asked: asked.amount <= row.limit, f"up to {row.limit} in minor units"
    if row.trial:
        yield lambda asked: asked.trials, "for shops that take part in the trial"


def _elsewhere(question: Question, interop: Interop) -> Iterator[str]:
    """The same app and scheme in another direction or presence."""
    for row in interop.agreement:
        if question.app in row.apps and question.scheme in row.codes:
            yield f"{row.key} covers {row.direction.replace('_', ' ')}, {row.presence}"


def _anywhere(question: Question, interop: Interop) -> Decision:
    """The decision at home, or where the first agreement about it would have it."""
    decision = decide(question, interop)
    for row in interop.agreement:
        if not decision.allowed and _is_about(row, question):
            city = (*_cities(row, interop), "")[0]
            country = question.country if question.country in (*row.countries, "") else (*row.countries, "")[0]
            decision = decide(replace(question, city=city, country=country), interop)
    return decision
