"""Who comes to the counters of a shop: customers, what they do, and what the cashier does. Drawn from a seed."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

MOST_FEN = 99_900
HABITS = ("cancel", "double_press", "double_scan", "gives_up", "broke", "types", "shown", "scans_late", "refunds")
OF_A_WHOLE_TILL = ("parts", "settles", "static")  # what there is at the counter of a whole till, and not of a bare one


@dataclass(frozen=True, slots=True)
class Visit:
    """One customer. Seconds are since the amount was entered."""

    wallet: str
    fen: int
    shown: bool = False  # the customer scans our code
    scans_after_s: float = 5.0  # where they do; beyond the code's life: too late
    needs_password: bool = False
    types_after_s: float | None = 8.0  # None: never
    types_wrong: bool = False
    is_broke: bool = False
    cancel_after_s: float | None = None
    presses_twice: bool = False
    shows_twice: bool = False
    tries: int = 1  # how often the customer tries again where it came to nothing
    keeps: bool = True  # what is found paid after a power cut
    refunds: tuple[int, ...] = ()  # fen, one after the other
    first_fen: int = 0  # of a sale that is paid in two parts; 0: all at once
    types_fen: int = 0  # at the shop's static code, perhaps not what is due; 0: it is not used
    next_day: bool = False  # the first of the second day, on which the day before is settled

    def as_table(self) -> dict[str, Any]:
        """Only what is not usual."""
        usual = {field.name: field.default for field in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != usual[name]}

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> "Visit":
        return cls(**{**table, "refunds": tuple(table.get("refunds", ()))})


def draw(rng: random.Random, wallets: Sequence[str], shows: bool, habits: frozenset[str]) -> Visit:
    """A customer with some of these habits, each now and then."""

    def now_and_then(habit: str, often: float) -> bool:
        return rng.random() < often and habit in habits

    fen = rng.randrange(1, MOST_FEN)
    return Visit(
        wallet=rng.choice(wallets),
        fen=fen,
        shown=now_and_then("shown", 0.3) and shows,
        scans_after_s=round(rng.uniform(1, 400 if now_and_then("scans_late", 0.1) else 20), 1),
        needs_password=now_and_then("types", 0.25),
        types_after_s=None if now_and_then("gives_up", 0.2) else round(rng.uniform(2, 30), 1),
        types_wrong=now_and_then("gives_up", 0.1),
        is_broke=now_and_then("broke", 0.05),
        cancel_after_s=round(rng.uniform(0.1, 60), 1) if now_and_then("cancel", 0.15) else None,
        presses_twice=now_and_then("double_press", 0.2),
        shows_twice=now_and_then("double_scan", 0.2),
        tries=rng.choice((1, 1, 2, 3)),
        keeps=rng.random() < 0.7,  # noqa: PLR2004 - most cashiers do
        refunds=_refunds(rng, fen) if now_and_then("refunds", 0.15) else (),
    )


def at_a_whole_till(rng: random.Random, visits: Sequence[Visit], habits: frozenset[str]) -> tuple[Visit, ...]:
    """The same customers: some pay in two parts or at the static code, and the rest of them may come the next day."""
    second_day = rng.choice((0, 0, len(visits) // 2)) if "settles" in habits else 0
    drawn = [_otherwise(rng, visit, habits) for visit in visits]
    return tuple(replace(visit, next_day=0 < number == second_day) for number, visit in enumerate(drawn))


def _otherwise(rng: random.Random, visit: Visit, habits: frozenset[str]) -> Visit:
    how = rng.random()
    if how < 0.15 and "parts" in habits and visit.fen > 1:  # noqa: PLR2004
        return replace(visit, first_fen=rng.randrange(1, visit.fen))
    if how > 0.85 and "static" in habits:  # noqa: PLR2004
        is_right = rng.random() < 0.8  # noqa: PLR2004 - most look twice at what they type
        return replace(visit, types_fen=visit.fen if is_right else rng.randrange(1, MOST_FEN), shown=False)
    return visit


def _refunds(rng: random.Random, fen: int) -> tuple[int, ...]:
    """All of it, or parts; the last may be more than is left."""
    first = rng.randint(1, fen)
    return (fen,) if rng.random() < 0.3 else (first, rng.randint(1, fen))  # noqa: PLR2004 - often it is all
