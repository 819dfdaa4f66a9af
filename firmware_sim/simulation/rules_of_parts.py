"""The rules of a sale that is paid in parts (I16): said before the first is sent, never too much, whole or nothing."""

from collections import defaultdict
from collections.abc import Callable
from typing import Protocol

from terminal.model import State

BETWEEN = "/"  # a sale and the place of a part of it


class Part(Protocol):
    """An order, as its journal says."""

    minor: int
    states: list[State]

    @property
    def given_back(self) -> int: ...


class PartsRules:
    """Reads what any auditor could: entries that say what a sale comes to, and orders whose sale is a part of it."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._totals: dict[str, int] = {}
        self._parts: defaultdict[str, list[Part]] = defaultdict(list)

    def said(self, sale_id: str, minor: int) -> None:
        """A till has written that this sale is paid in parts, and what it comes to."""
        self._totals[sale_id] = minor

    def begun(self, sale_id: str, part: Part) -> None:
        """An order was written down; perhaps it is a part of something."""
        whole, between, _ = sale_id.partition(BETWEEN)
        if between and whole not in self._totals:
            self._tell(f"I16 parts: {sale_id} is a part of what nobody had written down")
        elif between:
            self._parts[whole].append(part)

    def forget(self, part: Part) -> None:
        """It is in no books any more."""
        for parts in self._parts.values():
            parts[:] = [one for one in parts if one is not part]

    def approved(self, sale_id: str) -> None:
        whole = sale_id.partition(BETWEEN)[0]
        if whole in self._parts and self._paid(whole) > self._totals[whole]:
            self._tell(f"I16 parts: more was paid for {whole} than it comes to")

    def released(self, sale_id: str) -> None:
        """Goods were handed over for this sale."""
        whole = sale_id.partition(BETWEEN)[0]
        if whole in self._parts and self._paid(whole) != self._totals[whole]:
            self._tell(f"I4 goods: {whole} comes to {self._totals[whole]} fen, and {self._paid(whole)} were paid")

    def at_rest(self) -> None:
        for whole, parts in self._parts.items():
            kept = self._paid(whole) - sum(part.given_back for part in parts if part.states[-1] is State.APPROVED)
            if kept not in (0, self._totals[whole]):
                self._tell(f"I16 parts: {kept} fen are kept for {whole}, which comes to {self._totals[whole]}")

    def _paid(self, whole: str) -> int:
        return sum(part.minor for part in self._parts[whole] if part.states[-1] is State.APPROVED)
