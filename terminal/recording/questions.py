"""Acquirers on a tape: what was asked of them and what their replies meant; never a key, nor the bytes themselves.

A signature covers a payment code and is made with a key, and neither is on a tape. So what is kept is what the wire
made of each reply once it had checked it (`taped_wire.py`), and a replayed till has wires that say just that
(`played_wire.py`).
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar

from terminal.scheme import Batches, Bills, Hears, Reply, Request, SignsIn, Wire

SIGN_IN, BILL, CLOSE_BATCH = "sign in", "bill", "close batch"  # what is asked beside a scheme's operations

T = TypeVar("T")
Talk = Generator[Request, Reply, T]

ABILITIES: dict[str, Any] = {"hears": Hears, "signs_in": SignsIn, "bills": Bills, "batches": Batches}


@dataclass(frozen=True, slots=True)
class Put(Request):
    """A request that says in our words what it asks."""

    operation: str = ""
    about: str = ""  # an order's number, or a refund's


@dataclass(frozen=True, slots=True)
class Numbered(Reply):
    """A reply that says to which question."""

    number: int = 0


def number_of(reply: Reply) -> int:
    assert isinstance(reply, Numbered), "every reply here was numbered by a carrier of ours"
    return reply.number


def abilities_of(wire: Wire) -> tuple[str, ...]:
    """What a till will find that this wire can do beyond asking and understanding."""
    return tuple(name for name, protocol in ABILITIES.items() if isinstance(wire, protocol))


def with_abilities(kind: type, kinds: dict[str, type], abilities: tuple[str, ...]) -> type[Any]:
    """A class that can do just this, for the till asks by what a wire can do."""
    return type(kind.__name__, tuple(kinds[name] for name in abilities) or (kind,), {})
