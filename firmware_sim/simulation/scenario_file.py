"""A scenario as a file: what a failure is kept as, made small, and told again from."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TypeVar

from firmware_sim.hosts.acquiring import Habits
from firmware_sim.simulation.acquirers import NAMES, Level
from firmware_sim.simulation.chance import FAULTS
from firmware_sim.simulation.shop import Outcome, Scenario
from firmware_sim.simulation.visit import Visit
from firmware_sim.wallets import WALLETS
from terminal.errors import ConfigError

Item = TypeVar("Item")
Play = Callable[[Scenario], Outcome]


def save(scenario: Scenario, path: Path) -> None:
    table = {
        "seed": scenario.seed,
        "acquirers": scenario.acquirers,
        "wire": scenario.wire,
        "habits": scenario.habits,
        "visits": [[visit.as_table() for visit in till] for till in scenario.visits],
        "script": scenario.script,
    }
    path.write_text(json.dumps(table, indent=1) + "\n")


def load(path: Path) -> Scenario:
    """Raises ConfigError for a file that is none."""
    try:
        table = json.loads(path.read_text())
        scenario = Scenario(
            seed=table["seed"],
            acquirers=tuple(table["acquirers"]),
            visits=tuple(tuple(Visit.from_table(visit) for visit in till) for till in table["visits"]),
            habits=table["habits"],
            script=table["script"],
            wire=Level(table["wire"]),
        )
        _check(scenario)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path}: not a scenario that `saoma simulate` has written ({error})") from error
    return scenario


def _check(scenario: Scenario) -> None:
    """Raises ValueError for a name that there is not."""
    wallets = {visit.wallet for till in scenario.visits for visit in till}
    asked: tuple[tuple[str, Iterable[str], Collection[str]], ...] = (
        ("acquirer", scenario.acquirers, NAMES[scenario.wire]),
        ("habit", scenario.habits, [field.name for field in fields(Habits)]),
        ("wallet", wallets, WALLETS),
        ("mishap", [str(mishap).partition("=")[0] for mishap in (scenario.script or {}).values()], FAULTS),
    )
    for what, names, known in asked:
        if unknown := sorted(set(names) - set(known)):
            raise ValueError(f"no {what} is called {', '.join(unknown)}; there are {', '.join(known)}")


def shrunk(scenario: Scenario, outcome: Outcome, play: Play, most_runs: int = 200) -> Scenario:
    """A smaller scenario that breaks the same rule: without the mishaps and customers that it does not take."""
    rule = outcome.broken[0].split(":")[0]
    runs = 0

    def still_fails(one: Scenario) -> bool:
        nonlocal runs
        runs += 1
        return runs <= most_runs and any(broken.startswith(rule) for broken in play(one).broken)

    whole = replace(scenario, script=dict(outcome.script))
    if not still_fails(whole):
        return whole
    places = _fewest(list(outcome.script), lambda kept: still_fails(_with_script(whole, kept)))
    small = _with_script(whole, places)
    for till in range(len(small.visits)):
        small = _fewer_visits(small, till, still_fails)
    return small


def _with_script(scenario: Scenario, places: Sequence[str]) -> Scenario:
    assert scenario.script is not None, "what is made smaller has been drawn"
    return replace(scenario, script={place: scenario.script[place] for place in places})


def _fewer_visits(scenario: Scenario, till: int, still_fails: Callable[[Scenario], bool]) -> Scenario:
    def only(kept: Sequence[Visit]) -> Scenario:
        visits = tuple(tuple(kept) if place == till else one for place, one in enumerate(scenario.visits))
        return replace(scenario, visits=visits)

    return only(_fewest(list(scenario.visits[till]), lambda kept: still_fails(only(kept))))


def _fewest(items: list[Item], still_fails: Callable[[list[Item]], bool]) -> list[Item]:
    """Leaves out ever smaller runs of them for as long as it still fails."""
    size = len(items)
    while size:
        at = 0
        while at < len(items):
            without = items[:at] + items[at + size :]
            if still_fails(without):
                items = without
            else:
                at += size
        size //= 2
    return items
