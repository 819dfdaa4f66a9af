"""Do our books and the acquirer's say the same? Order by order, to the fen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from terminal.books.journal import Attempt
from terminal.model import State


@dataclass(frozen=True, slots=True)
class Difference:
    """One order on which the two disagree; None: not in those books at all."""

    order_id: str
    kind: str  # "amount", "here_not_there", "there_not_here", "for_a_person"
    ours_minor: int | None
    theirs_minor: int | None


def compare(ours: Iterable[Attempt], theirs: Mapping[str, int]) -> list[Difference]:
    """`theirs` maps our order numbers to what the acquirer holds of them, net of everything given back."""
    differences: list[Difference] = []
    seen: set[str] = set()
    for attempt in ours:
        seen.add(attempt.order_id)
        kept = attempt.money.minor if attempt.state is State.APPROVED else 0
        held = theirs.get(attempt.order_id)
        if attempt.state is State.MANUAL:
            differences.append(Difference(attempt.order_id, "for_a_person", kept, held))
        elif kept and held is None:
            differences.append(Difference(attempt.order_id, "here_not_there", kept, None))
        elif kept != (held or 0):
            differences.append(Difference(attempt.order_id, "amount", kept, held))
    strangers = (order_id for order_id in theirs if order_id not in seen and theirs[order_id] != 0)
    differences.extend(Difference(order_id, "there_not_here", None, theirs[order_id]) for order_id in strangers)
    return differences
