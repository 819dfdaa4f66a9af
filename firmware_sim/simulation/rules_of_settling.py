"""The rules of a day's end (I13): whatever a settlement finds has a reason that docs/money.md gives.

In a simulated shop nobody tampers with bills, so a difference is the till's or the acquirer's own fault, unless it
speaks of what is still under way, or of what was begun while the till's clock was wrong.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from firmware_sim.simulation.loop import START_WALL_S
from terminal.model import RefundState, State

NEAR_S = 900.0  # beside the true time, or beside midnight: two sides may count it to different days
DAY_S = 24 * 3600.0
BEIJING_S = 8 * 3600.0
_BY_THE_CLOCK = ("other_day", "here_not_there", "refund_unmatched")


class Book(Protocol):
    """An order, as its journal says."""

    minor: int
    refunds: dict[str, tuple[int, RefundState]]

    @property
    def state(self) -> State: ...


class SettlingRules:
    """Told what settlements stand in the books, and when what they speak of was begun."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._begun_s: dict[str, tuple[float, float]] = {}  # by number: as the books say, and as it was
        self._last: dict[str, Mapping[str, Any]] = {}  # by till

    def begun(self, number: str, begun_ms: int, now_s: float) -> None:
        """An order or a refund was written down."""
        self._begun_s[number] = begun_ms / 1000, START_WALL_S + now_s

    def settled(self, till: str, body: Mapping[str, Any], books: Mapping[str, Book]) -> None:
        """A settlement was written down, and this is how the books stood."""
        self._last[till] = body
        for finding in (*body["differences"], *body["waits"]):
            if not self._has_reason(finding, books.get(finding["order_id"])):
                self._tell(f"I13 settlement: {till} finds {finding}, and nothing that happened explains it")

    def _has_reason(self, finding: Mapping[str, Any], book: Book | None) -> bool:
        kind, refund_id = finding["kind"], finding["refund_id"]
        number = refund_id or finding["order_id"]
        if book is None or number not in self._begun_s:
            return False
        if kind == "open":
            return book.refunds[refund_id][1].is_open if refund_id else book.state.is_open
        said_s, was_s = self._begun_s[number]
        if kind == "cross_midnight":
            return (said_s + BEIJING_S + NEAR_S) % DAY_S < 2 * NEAR_S
        return kind in _BY_THE_CLOCK and abs(said_s - was_s) > NEAR_S

    def at_rest(self, till: str, books: Mapping[str, Book]) -> None:
        """Nothing is under way, and the day was settled once more."""
        body = self._last.get(till)
        if body is None:
            if any(book.state is State.APPROVED for book in books.values()):
                self._tell(f"I13 settlement: {till} was paid, and its day could not be settled")
            return
        if waits := body["waits"]:
            self._tell(f"I13 settlement: nothing is under way, and {till} still waits for {waits}")
