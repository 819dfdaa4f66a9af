"""What all parts of a till work with, made once."""

from collections.abc import Mapping
from dataclasses import dataclass

from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.model import Order
from terminal.steps import Step
from terminal.till.board import Board
from terminal.till.numbers import Numbers
from terminal.till.performer import Acquirer, Performer
from terminal.till.tasks import Spawn


@dataclass(frozen=True, slots=True)
class Station:
    """One till's books, acquirers, clock and voice."""

    journal: Journal
    acquirers: Mapping[str, Acquirer]
    clock: Clock
    board: Board
    numbers: Numbers
    performer: Performer
    spawn: Spawn

    def about(self, step: Step, order: Order) -> None:
        """Show a step, filled with what is known of its order."""
        self.board.about(step, order, self.acquirers[order.acquirer].wallet_of(order))
