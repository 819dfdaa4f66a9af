"""The power failing at every single step of a disk, one after the other: gate G3.

Twice: a journal alone, with a chosen fate for what was not synced, and a whole till at a counter that has to carry on
with what is left.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from firmware_sim.simulation.disk import Disk, Fate, drives
from firmware_sim.simulation.shop import Outcome, Scenario
from terminal.books.journal import Journal
from terminal.model import Answer, Order, PaymentCode, Refund, RefundState, State, Verdict
from terminal.money import Money

PAID = Answer(Verdict.APPROVED, transaction_id="4200")
CODE = PaymentCode("wechat", "134567890123456789")


def opened(folder: Path) -> Journal:
    """The journal of a disk of the simulation's."""
    (folder / "journal.db").touch()
    return Journal(folder / "journal.db", wall=lambda: 1.8e9, monotonic=lambda: 0.0)


@dataclass
class Story:
    """Sales and a refund. `done`: what the journal has said is on the disk; `then`: what it had when power failed."""

    disk_at: Callable[[], Disk]
    step: int
    rng: random.Random
    fate: Fate | None
    done: list[tuple[str, str]] = field(default_factory=list)
    then: list[tuple[str, str]] = field(default_factory=list)
    image: dict[str, bytes] | None = None

    def fail(self, at: int) -> None:
        if at == self.step:
            fate = self.fate
            self.image = self.disk_at().survivors(self.rng, (lambda _: fate) if fate else None)
            self.then = list(self.done)

    def tell(self, journal: Journal) -> None:
        for number in range(3):
            order = Order(f"O{number}", f"S{number}", Money(100), CODE, "wechat", begun_s=1, trace=number + 1)
            journal.begin(order)
            self.done.append((order.order_id, State.INTENT))
            ends = (State.APPROVED,) if number % 2 == 0 else (State.REVERSING, State.REVERSED, State.CLOSED)
            for state in ends:
                journal.move(order.order_id, state, PAID)
                self.done.append((order.order_id, state))
        journal.begin_refund(Refund("R1", Order("O0", "S0", Money(100), None, "wechat"), Money(40)))
        self.done.append(("O0", RefundState.ASKED))
        journal.move_refund("R1", RefundState.DONE, PAID)
        self.done.append(("O0", RefundState.DONE))


def journal_points(folder: Path, seed: str, fate: Fate | None) -> Iterator[int]:
    """The steps at which the power failed; what was done must be there, and nothing that was not asked for."""
    for step in count(1):
        with drives() as disks:
            story = Story(lambda: disks[str(folder)], step, random.Random(f"{seed} {step}"), fate)
            disks[str(folder)] = Disk(on_step=story.fail)
            journal = opened(folder)
            story.tell(journal)
            journal.close()
            if story.image is None:
                return
            disks[str(folder)] = Disk(story.image)
            again = opened(folder)
            again.verify()
            there = [(entry.order_id, entry.kind) for entry in again.entries() if entry.order_id]
            again.close()
        assert there[: len(story.then)] == story.then, f"step {step}: what was on the disk is gone"
        assert len(there) <= len(story.then) + 1, f"step {step}: more is there than was ever asked for"
        yield step


def shop_points(scenario: Scenario, play: Callable[[Scenario], Outcome]) -> Iterator[int]:
    """The same at a counter: the till is started on what is left, and every rule must hold to the end."""
    mishaps = dict(scenario.script or {})
    for step in count(1):
        outcome = play(replace(scenario, script={**mishaps, f"disk T1/1 {step}": "power_cut"}))
        if not outcome.cuts:
            return
        assert not outcome.broken, f"step {step} of {scenario.seed}: {outcome.broken}"
        yield step
