"""Who sits at the till, and what they may: asked here, whatever a screen has asked before.

A till of a shop with operators is locked until one of them has signed on, and whenever nobody is: nothing is sold then
and nothing that is scanned is taken. A payment under way goes on to its end. The PINs are the screen's business; what
comes here is a number whose PIN was right.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from terminal.basket.basket import Basket
from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.errors import JournalError
from terminal.operators import Act, Role
from terminal.till.board import Board
from terminal.till.discounts import needs_leave

PERMIT_S = 10.0  # real seconds: leave is given for what is asked for at once


class Guard:
    """Belongs to the till's loop. Without operators everybody may do everything."""

    def __init__(self, operators: Mapping[str, Role], journal: Journal, board: Board, clock: Clock) -> None:
        self._operators = operators
        self._journal = journal
        self._board = board
        self._clock = clock
        self._leave: tuple[Act, float] | None = None  # given by somebody who may, and when

    @property
    def is_locked(self) -> bool:
        """Nobody has signed on."""
        return bool(self._operators) and self._journal.operator not in self._operators

    def sign_on(self, operator: str) -> None:
        """Who sells from now on, as each attempt's entry in the books says; nobody, if there is no such operator."""
        if self._operators and operator not in self._operators:
            operator = ""
        self._leave = None
        if operator != self._journal.operator:
            self._journal.operator = operator
            self._note("SIGN_ON", {"operator": operator})

    def permit(self, act: Act, by: str) -> None:
        """Somebody lets the cashier do one thing, now and once; it is in the books before it is done."""
        if self._operators and not self._may(by, act):
            self._board.notice(f"permit.{act}")
        elif self._note("PERMIT", {"act": act, "operator": self._journal.operator, "by": by}):
            self._leave = act, self._clock.monotonic()

    def lets(self, act: Act | None = None) -> bool:
        """Whether it may be done, here and now; else a notice has said why not. Leave is used up by that."""
        if self.is_locked:
            self._board.notice("till.locked")
        elif act is None or not self._operators or self._may(self._journal.operator, act) or self._has_leave(act):
            return True
        else:
            self._board.notice(f"permit.{act}")
        return False

    def lets_off(self, before: Basket, after: Basket) -> bool:
        """Whether the goods may be had for so much less."""
        return not needs_leave(before, after) or self.lets(Act.DISCOUNT)

    def _note(self, kind: str, body: Mapping[str, object]) -> bool:
        try:
            self._journal.note("", kind, body)
        except JournalError as error:
            self._board.notice("journal.trouble", str(error))
            return False
        return True

    def _may(self, operator: str, act: Act) -> bool:
        return operator in self._operators and self._operators[operator].may(act)

    def _has_leave(self, act: Act) -> bool:
        leave, self._leave = self._leave, None
        return leave is not None and leave[0] is act and self._clock.real(self._clock.monotonic() - leave[1]) < PERMIT_S


class Guarded(Protocol):
    """What has commands that not everybody may give at any time."""

    @property
    def guard(self) -> Guard: ...


Whose = TypeVar("Whose", bound=Guarded)
Given = ParamSpec("Given")
Command = Callable[Concatenate[Whose, Given], None]


def guarded(act: Act | None = None) -> Callable[[Command[Whose, Given]], Command[Whose, Given]]:
    """A command that is obeyed only where the guard lets it: somebody has signed on, and may do this."""

    def with_guard(command: Command[Whose, Given]) -> Command[Whose, Given]:
        @wraps(command)
        def obeyed(self: Whose, /, *args: Given.args, **named: Given.kwargs) -> None:
            if self.guard.lets(act):
                command(self, *args, **named)

        return obeyed

    return with_guard
