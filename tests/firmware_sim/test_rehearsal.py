"""A story told step by step to whoever drives the sandbox, and judged by the books."""

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.acquirers import Acquirers
from firmware_sim.hosts.acquiring import Acquirer, Asked, Refused
from firmware_sim.rehearsal import Rehearsal
from firmware_sim.stories import Ending, Fault, Step, Story
from terminal.model import State, Verdict
from terminal.scheme import Operation

STORY = Story(
    "three sales",
    (
        Step("approved", Ending((Verdict.APPROVED,), state=State.APPROVED), faults=(Fault("twice", Operation.PAY, 2),)),
        Step("too little", Ending((Verdict.DECLINED,), state=State.CLOSED), customer={"balance_fen": 5}),
        Step("used", Ending((Verdict.DECLINED,), state=State.CLOSED), code="used"),
        Step("either", Ending((Verdict.APPROVED, Verdict.REVERSED))),
        Step("a part back", Ending((Verdict.APPROVED,), state=State.APPROVED), refund_fen=34),
    ),
)


@pytest.fixture
def rehearsal(keys: Path, tmp_path: Path, hand_clock: Any) -> Rehearsal:
    state = Path(shutil.copytree(keys, tmp_path / "world"))
    return Rehearsal(STORY, Acquirers(state, hand_clock, random.Random(1)))


def _acquirer(rehearsal: Rehearsal) -> Acquirer:
    host = next(host for host in rehearsal.acquirers.hosts if host.name == "alipay")
    acquirer: Acquirer = host.acquirer  # type: ignore[attr-defined]
    return acquirer


def _pay(rehearsal: Rehearsal, told: dict[str, Any]) -> Any:
    return _acquirer(rehearsal).charge(Asked(told["step"], told["amount_fen"], told["step"]), told["auth_code"])


def test_each_step_brings_its_customer_and_its_faults_and_is_judged_when_the_next_begins(rehearsal: Rehearsal) -> None:
    told = rehearsal.next({"wallet": "alipay"})
    assert (told["step"], told["amount_fen"], told["ways"]) == ("approved", 1234, ["charged", "shown"])
    assert [name for name, _ in rehearsal.acquirers.faults.waiting] == ["twice", "twice"]
    _pay(rehearsal, told)
    for name in ("too little", "used"):
        told = rehearsal.next({"wallet": "alipay"})
        assert (told["step"], rehearsal.acquirers.faults.waiting) == (name, ())
        with pytest.raises(Refused):
            _pay(rehearsal, told)
    _pay(rehearsal, rehearsal.next({"wallet": "alipay"}))
    order = _pay(rehearsal, rehearsal.next({"wallet": "alipay"}))
    _acquirer(rehearsal).refund(order, "R1", 34)
    assert rehearsal.next({}) == {"step": None}
    score = rehearsal.score({})
    assert [(one["net_fen"], one["right"]) for one in score["steps"]] == [
        (1234, True),
        (0, True),
        (0, True),
        (1234, True),
        (1200, True),
    ]
    assert score["wrong"] == 0


def test_a_step_that_nobody_paid_or_that_was_not_undone_is_told(rehearsal: Rehearsal) -> None:
    rehearsal.next({})
    told = rehearsal.next({"wallet": "alipay"})  # nobody paid the first
    richer = rehearsal.acquirers.code({"wallet": "alipay"})["auth_code"]
    _acquirer(rehearsal).charge(Asked("N1", 1234, ""), richer)  # and somebody else paid the second
    assert told["step"] == "too little"
    score = rehearsal.score({})
    assert [one["right"] for one in score["steps"]] == [False, False]
    assert score["wrong"] == 2
    assert rehearsal.score({}) == score
