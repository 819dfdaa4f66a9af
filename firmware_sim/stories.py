"""Stories: what happens at a counter, step by step, as TOML, and how each step must end.

One file is played at every host by every wallet that may pay there (`stage.py`). Where a wallet ends a step otherwise,
for it has another procedure, the file says so beside it. docs/sandbox.md tells the keys.
"""

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from firmware_sim.faults import named
from firmware_sim.ledger_words import Kind
from terminal.errors import ConfigError
from terminal.model import Reason, State, Verdict
from terminal.scheme import Operation

AMOUNT_FEN = 1234
SCANS_AFTER_S = 3.0
CODES = ("fresh", "used", "expired", "nobody's")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that waits for the next request of a kind: `on` is an operation, and `pay` is asking, either way."""

    name: str
    on: Operation
    times: int = 1


@dataclass(frozen=True, slots=True)
class Ending:
    """How a step must end: one of these verdicts, and where given one of these reasons, and this state at last."""

    verdict: tuple[Verdict, ...]
    reason: tuple[Reason, ...] = ()
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One sale. `ends_at` is how it ends at hosts that end it otherwise, by their names."""

    name: str
    ends: Ending
    ends_at: Mapping[str, Ending] = field(default_factory=dict)
    ways: tuple[Kind, ...] = (Kind.CHARGED, Kind.SHOWN)
    not_at: tuple[str, ...] = ()  # hosts where it cannot happen
    amount_fen: int = AMOUNT_FEN
    customer: Mapping[str, object] = field(default_factory=dict)  # as `Crowd.arrive` takes them
    code: str = "fresh"
    faults: tuple[Fault, ...] = ()
    host_is_down: bool = False
    cancelled_after_s: float | None = None  # by the cashier
    scans_after_s: float | None = SCANS_AFTER_S  # when a customer scans a shown code; None: never
    refund_fen: int = 0  # given back once it is approved

    def ending(self, host: str) -> Ending:
        return self.ends_at.get(host, self.ends)


@dataclass(frozen=True, slots=True)
class Story:
    title: str
    steps: tuple[Step, ...]


def load(path: Path) -> Story:
    """Read a story; raises ConfigError with the file, the step, the key, and what is allowed."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML ({error})") from error
    steps = table.get("step")
    if not isinstance(steps, list) or not steps:
        raise ConfigError(f"{path}: a story has steps: [[step]]")
    found = (_step(step, f"{path}: step {number}") for number, step in enumerate(steps, start=1))
    return Story(str(table.get("title", path.stem)), tuple(found))


def _step(table: object, where: str) -> Step:
    known = _known(Step, table, where)
    where = f"{where} ({known.get('name', 'without a name')})"
    if not isinstance(known.get("name"), str) or "ends" not in known:
        raise ConfigError(f"{where}: name and ends are needed")
    try:
        step = Step(
            **{
                **known,
                "ends": _ending(known["ends"], where),
                "ends_at": {host: _ending(one, f"{where}, {host}") for host, one in known.get("ends_at", {}).items()},
                "customer": {name: _or_never(name, value) for name, value in known.get("customer", {}).items()},
                "not_at": tuple(known.get("not_at", ())),
                "ways": tuple(Kind(way) for way in known.get("ways", Kind)),
                "faults": tuple(_fault(one, where) for one in known.get("faults", ())),
                "scans_after_s": _seconds(known.get("scans_after_s", SCANS_AFTER_S)),
            }
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"{where}: {error}") from error
    if step.code not in CODES:
        raise ConfigError(f"{where}: code = {step.code!r}; there are {', '.join(CODES)}")
    return step


def _ending(table: object, where: str) -> Ending:
    known = _known(Ending, table, where)
    state = known.get("state")
    return Ending(
        verdict=tuple(Verdict(one) for one in _listed(known.get("verdict", ()))),
        reason=tuple(Reason(one) for one in _listed(known.get("reason", ()))),
        state=State(state) if state else None,
    )


def _fault(table: object, where: str) -> Fault:
    known = _known(Fault, table, where)
    if not {"name", "on"} <= known.keys():
        raise ConfigError(f"{where}: a fault has a name, and an operation that it is on")
    named(known["name"])
    return Fault(known["name"], Operation(known["on"]), known.get("times", 1))


T = TypeVar("T")


def _known(kind: type[T], table: object, where: str) -> dict[str, Any]:
    """The table, if it has only fields of that kind."""
    if not isinstance(table, dict):
        raise ConfigError(f"{where}: a table is wanted")
    fields = [item.name for item in dataclasses.fields(kind)]  # type: ignore[arg-type]
    if unknown := sorted(table.keys() - set(fields)):
        raise ConfigError(f"{where}: {', '.join(unknown)}: unknown; allowed are {', '.join(fields)}")
    return table


def _listed(value: object) -> list[Any]:
    """One word or several."""
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


def _seconds(value: object) -> float | None:
    """TOML has no null: `false` is never."""
    return None if value is False else float(value)  # type: ignore[arg-type]


def _or_never(name: str, value: object) -> object:
    return _seconds(value) if name == "types_after_s" else value
