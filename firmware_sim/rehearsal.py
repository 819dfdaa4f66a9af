"""A story told to whoever drives the sandbox: the customers, codes and faults of its steps, and the score by the books.

Somebody's SDK plays the till: it asks for the next step, pays, and asks for the next. How a step ended is judged by
what the acquirers hold of it; what that till thought of it is its own affair.
"""

from dataclasses import dataclass, field
from typing import Any

from firmware_sim.acquirers import Acquirers
from firmware_sim.stories import Step, Story
from terminal.model import State


@dataclass
class Rehearsal:
    """Where a story stands."""

    story: Story
    acquirers: Acquirers
    _ended: list[dict[str, Any]] = field(default_factory=list)
    _began: int = 0
    _held: int = 0

    def next(self, question: dict[str, Any]) -> dict[str, Any]:
        """The step before is over; the next customer has come, by `wallet`, and its faults wait."""
        self._end()
        if self._began == len(self.story.steps):
            return {"step": None}
        step = self.story.steps[self._began]
        self._began += 1
        self._held = self._total()
        phone = self.acquirers.crowd.arrive({**step.customer, "wallet": question.get("wallet", "wechat")})
        self.acquirers.faults.disarm()
        for fault in step.faults:
            for _ in range(fault.times):
                self.acquirers.faults.arm(fault.name, fault.on)
        digits = phone.code()
        if step.code == "used":
            self.acquirers.ledger.spend(digits)
        return {
            "step": step.name,
            "ways": list(step.ways),
            "amount_fen": step.amount_fen,
            "refund_fen": step.refund_fen,
            "auth_code": digits,
            "customer": phone.customer,
            "cancelled_after_s": step.cancelled_after_s,
        }

    def score(self, _question: dict[str, Any]) -> dict[str, Any]:
        """How the steps so far ended, the last one included."""
        self._end()
        return {"title": self.story.title, "steps": self._ended, "wrong": sum(not one["right"] for one in self._ended)}

    def _end(self) -> None:
        if len(self._ended) == self._began:
            return
        step = self.story.steps[self._began - 1]
        net = self._total() - self._held
        self._ended.append({"step": step.name, "net_fen": net, "right": net in _due(step)})

    def _total(self) -> int:
        statement = self.acquirers.books({})
        return int(sum(statement["net_fen"].values()))


def _due(step: Step) -> tuple[int, ...]:
    """What the merchant may have of it in the end."""
    paid = step.amount_fen - step.refund_fen
    return {State.APPROVED: (paid,), None: (0, paid)}.get(step.ends.state, (0,))
