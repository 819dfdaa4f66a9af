"""A till killed at any journal write of a payment, and started again, ends with books that agree."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from terminal.books.journal import JournalReader
from terminal.books.reconcile import compare
from terminal.model import State

SPEED = 60.0  # documented waits pass faster; none is left out
FEN = 1250
TILL = Path(__file__).with_name("crashing_till.py")


class Sandbox:
    """Real hosts in a process of their own, which outlives every till."""

    def __init__(self, state: Path) -> None:
        self.clock = {"speed": SPEED, "start_wall": time.time(), "real_start": time.monotonic()}
        words = [sys.executable, "-m", "firmware_sim", "sandbox", "--json", "--state", str(state)]
        words += ["--speed", repr(SPEED), "--start-wall", repr(self.clock["start_wall"])]
        words += ["--real-start", repr(self.clock["real_start"])]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        self.ready = json.loads(self.process.stdout.readline())

    @property
    def acquirer(self) -> dict[str, Any]:
        contracts: list[dict[str, Any]] = self.ready["acquirer"]
        return next(one for one in contracts if one["scheme"] == "wechat")

    def ask(self, what: str, **question: object) -> Any:
        request = urllib.request.Request(
            f"{self.ready['control']}/{what}", json.dumps(question).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)

    def till(self, state: Path, *, code: str, die_at: int = 0, after_commit: bool = False) -> int:
        plan = {"state": str(state), "acquirer": self.acquirer, "code": code, "fen": FEN, **self.clock}
        plan |= {"die_at": die_at, "after_commit": after_commit}
        return subprocess.run([sys.executable, str(TILL), json.dumps(plan)], timeout=60, check=False).returncode


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"))
    yield sandbox
    sandbox.process.terminate()
    sandbox.process.wait(10)


STORIES = {
    "paid": ({}, []),
    "broke": ({"balance_fen": 0}, []),
    "reply lost": ({}, [("lost_reply", "pay")]),
    "nothing heard": ({}, [("lost_reply", "pay"), *[("lost_reply", "query")] * 12]),
}


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("after_commit", [False, True], ids=["before the commit", "after the commit"])
def test_books_agree_after_a_kill_at_every_journal_write(
    sandbox: Sandbox, tmp_path: Path, story: str, after_commit: bool
) -> None:
    customer, faults = STORIES[story]
    killed = -signal.SIGKILL
    deaths = 0
    known = set(sandbox.ask("books")["net_fen"])
    while killed == -signal.SIGKILL:
        deaths += 1
        for name, operation in faults:
            sandbox.ask("fault", name=name, operation=operation)
        code = sandbox.ask("code", **customer)["auth_code"]
        state = tmp_path / str(deaths)
        killed = sandbox.till(state, code=code, die_at=deaths, after_commit=after_commit)
        sandbox.ask("disarm")
        assert sandbox.till(state, code="") == 0, "it starts again and finishes what was open"
        books_agree(sandbox, state, known)
    assert killed == 0, "a till that was not killed ends well"
    assert deaths > 3, "boot, intent and outcome were each a place to die"


def books_agree(sandbox: Sandbox, state: Path, known: set[str]) -> None:
    """Hold the till's books against the acquirer's; `known` are the orders of tills before it, and grows by its own."""
    theirs = sandbox.ask("books")
    assert theirs["broken_rules"] == []
    with closing(JournalReader(state / "journal.db")) as reader:
        reader.verify()
        attempts = reader.attempts()
    assert all(attempt.state in (State.APPROVED, State.REVERSED, State.CLOSED) for attempt in attempts)
    assert compare(attempts, {order: net for order, net in theirs["net_fen"].items() if order not in known}) == []
    known.update(theirs["net_fen"])


def test_the_acquirer_never_holds_money_of_an_order_no_till_knows(sandbox: Sandbox, tmp_path: Path) -> None:
    code = sandbox.ask("code")["auth_code"]
    before = set(sandbox.ask("books")["net_fen"])
    # Killed before the intent (the second transaction, after the boot) is in the books: nothing was sent.
    assert sandbox.till(tmp_path, code=code, die_at=2) == -signal.SIGKILL
    assert set(sandbox.ask("books")["net_fen"]) == before
