"""The line to a till under test, with small programs at its other end: what is waited for, and what is said in vain."""

import sys
from pathlib import Path

import pytest

from firmware_sim.hil.till import Till, till_of
from terminal.errors import SaomaError
from terminal.money import Money

WITHIN_S, SHORT_S = 20.0, 0.2
START = "import sys; say = lambda text: print(text, flush=True); job = sys.stdin.readline(); "
READY = START + """say('{"phase": "idle"}'); say('{"ready": true}'); """


def command(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def test_each_step_is_seen_once_and_those_before_a_command_are_forgotten(tmp_path: Path) -> None:
    paid = """say('{"phase": "await_code"}'); say('{"phase": "approved", "order_id": "A%d"}' % number)"""
    program = f"{READY}\nfor number, _ in enumerate(sys.stdin): {paid}"
    with till_of(command(program), {}, tmp_path / "log", WITHIN_S) as till:
        for number in range(2):
            till.charge(Money(100))
            assert till.wait_for("approved").order_id == f"A{number}"
        assert till.state().phase == "approved"


def test_a_wait_in_vain_says_what_came_instead(tmp_path: Path) -> None:
    said = READY + """say('{"phase": "declined"}'); sys.stdin.read()"""
    till = Till(command(said), {}, tmp_path / "log", WITHIN_S)
    till.start()
    till.wait_for("declined")
    till._within_s = SHORT_S
    with pytest.raises(TimeoutError, match=r"the till did not say approved or refunded within 0.2 s, but \[\]"):
        till.wait_for("approved", "refunded")
    till.stop()


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (START + """say('{"failed": "no paper"}')""", "no paper"),
        (START + "say('hello')", "'hello' is not for us to understand"),
        (START + """say('{"phase": "singing"}')""", "'singing' is not a valid Phase"),
        ("pass", "log may say why"),
    ],
)
def test_a_till_that_is_none_is_said_to_be(tmp_path: Path, program: str, why: str) -> None:
    with (
        pytest.raises(SaomaError, match=f"the till ended before it said that it was ready: .*{why}"),
        till_of(command(program), {}, tmp_path / "log", WITHIN_S),
    ):
        pass


def test_a_till_that_was_killed_is_told_nothing(tmp_path: Path) -> None:
    with till_of(command(READY + "sys.stdin.read()"), {}, tmp_path / "log", WITHIN_S) as till:
        till.kill()
        with pytest.raises(SaomaError, match="does not run"):
            till.cancel()
        till.restart()
        assert till.state().phase == "idle"
