"""The shelf: the goods at the counter and those that wait, kept in a file so that a crash takes none of them along.

One JSON file beside the journal, replaced whole: a basket lives for minutes, and the books keep what they are told for
ever. What is paid for they are told (`GOODS`), and so goods that were paid for just before a crash are known.
"""

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from terminal.basket.basket import Basket
from terminal.basket.saved import basket_from, saved
from terminal.steps import HeldBasket


@dataclass(frozen=True, slots=True)
class Shelf:
    """`begun_ms` is when the first piece of the basket was laid down; 0: it is empty."""

    basket: Basket = field(default_factory=Basket)
    begun_ms: int = 0
    held: tuple[HeldBasket, ...] = ()

    def with_basket(self, basket: Basket, now_ms: int) -> "Shelf":
        return replace(self, basket=basket, begun_ms=(self.begun_ms or now_ms) if basket.lines else 0)

    def aside(self) -> "Shelf":
        """What lies at the counter waits, under the lowest number that is free."""
        taken = {one.number for one in self.held}
        number = next(number for number in range(1, len(taken) + 2) if number not in taken)
        return self._empty((*self.held, HeldBasket(number, self.begun_ms, self.basket)))

    def resumed(self, number: int) -> "Shelf | None":
        """What waited lies at the counter, and what lay there waits; None where nothing has this number."""
        wanted = next((one for one in self.held if one.number == number), None)
        if wanted is None:
            return None
        rest = replace(self, held=tuple(one for one in self.held if one is not wanted))
        return Shelf(wanted.basket, wanted.begun_ms, (rest.aside() if rest.basket.lines else rest).held)

    def without(self, begun_ms: int) -> "Shelf":
        """The goods of this basket have left, wherever they lay."""
        held = tuple(one for one in self.held if one.begun_ms != begun_ms)
        return self._empty(held) if self.begun_ms == begun_ms else replace(self, held=held)

    def _empty(self, held: tuple[HeldBasket, ...]) -> "Shelf":
        return Shelf(Basket(currency=self.basket.currency), 0, held)


def beside(journal: Path) -> Path:
    """Where the till of these books keeps it."""
    return journal.with_name("baskets.json")


def keep(path: Path, shelf: Shelf) -> None:
    """On the disk when this returns; raises OSError."""
    facts: dict[str, Any] = {"basket": saved(shelf.basket), "begun_ms": shelf.begun_ms}
    facts["held"] = [
        {"number": one.number, "begun_ms": one.begun_ms, "basket": saved(one.basket)} for one in shelf.held
    ]
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(facts, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def kept(path: Path) -> Shelf | None:
    """What was kept last, None where nothing was; raises OSError, or ValueError for a file that is none of ours."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        held = tuple(HeldBasket(one["number"], one["begun_ms"], basket_from(one["basket"])) for one in facts["held"])
        return Shelf(basket_from(facts["basket"]), int(facts["begun_ms"]), held)
    except FileNotFoundError:
        return None
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a shelf: {error!r}") from error
