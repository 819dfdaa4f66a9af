"""What a payment asks its surroundings to do, and what it is told in return.

A flow yields these and is sent the result: `Write` gives None, `Ask` an Answer, `Wait` a Woken. Whoever performs
them (the till, a test, a simulator in virtual time) runs the same flow.
"""

from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum

from terminal.model import Answer, Order, Refund, RefundState, State
from terminal.scheme import Operation
from terminal.steps import Phase


@dataclass(frozen=True, slots=True)
class Write:
    """Make this move durable; nothing else may happen before it is."""

    order: Order
    state: State
    why: Answer


@dataclass(frozen=True, slots=True)
class WriteRefund:
    """Make this move of a refund durable, likewise."""

    refund: Refund
    state: RefundState
    why: Answer

    @property
    def order(self) -> Order:
        return self.refund.order


@dataclass(frozen=True, slots=True)
class Ask:
    """Put a request on the wire and wait for what it means."""

    operation: Operation
    order: Order
    phase: Phase
    round: int = 0
    ends_s: float | None = None  # when this phase is given up, for the cashier's countdown
    shown_code: str = ""  # ours, while it is on the screen


@dataclass(frozen=True, slots=True)
class AskRefund:
    """Put a refund on the wire, or the question what became of it; the same one as often as it takes."""

    operation: Operation
    refund: Refund
    phase: Phase
    round: int = 0

    @property
    def order(self) -> Order:
        return self.refund.order


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass until `until_s`, unless somebody has a reason to go on sooner."""

    until_s: float
    order: Order
    phase: Phase
    round: int = 0
    ends_s: float | None = None
    shown_code: str = ""


class Woken(Enum):
    """Why a wait ended."""

    ELAPSED = "elapsed"
    NUDGED = "nudged"  # a notification came, or the cashier asked to look again
    CANCELLED = "cancelled"
    KEPT = "kept"  # the cashier still wants a payment that was found at start


Action = Write | WriteRefund | Ask | AskRefund | Wait
Told = Answer | Woken | None
Flow = Generator[Action, Told, Answer]
