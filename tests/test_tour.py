"""The demo's guided tour to its end, and a till whose plug is pulled in the middle of a payment."""

import contextlib
import os
import random
import re
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

from pytest_mock import MockerFixture

from benchmarks.screen import Screen, on_screen
from terminal.books.journal import JournalReader
from terminal.clock import Clock
from terminal.compose import Counter
from terminal.config import from_table
from terminal.demo import Cashier
from terminal.errors import DeviceError
from terminal.schemes import SETTINGS
from terminal.steps import Phase, Step
from terminal.tour import TOUR, UNPLUGGED, Onlooker, Queue
from terminal.world import World

WITHIN_S = 90.0
ENDS = [Phase.APPROVED] * 4 + [Phase.DECLINED, Phase.APPROVED]


def test_the_tour_shows_every_way_to_pay_and_what_may_go_wrong() -> None:
    assert {leg.way for leg in TOUR} == {"camera", "scanner", "screen"}
    assert {leg.story for leg in TOUR} == {"straight", "lost_reply", "broke"}
    assert "universal" in {leg.shows for leg in TOUR}
    assert UNPLUGGED.story == "late_reply"


def test_the_tour_comes_to_its_end_and_the_books_agree(tmp_path: Path) -> None:
    clock = Clock(speed=8)  # its waits are real ones, and a busy machine must keep up
    world = World(tmp_path, seed=7, clock=clock)
    try:
        config = from_table(world.ready["config"] | {"till": {"listen": "127.0.0.1:0"}}, "it", tmp_path, SETTINGS)
        with Counter(config, state=tmp_path, clock=clock, rng=random.Random(1), is_demo=True) as counter:
            cashier = Cashier(counter.till, world, clock)
            onlooker = Onlooker(world, counter.till, Queue(cashier, world, counter.till), counter.journal_path)
            onlooker.start()
            served = []
            for leg in TOUR:
                served.append(cashier.serve(leg))
                cashier.clear()
            assert [one.phase for one in served] == ENDS
            assert cashier.settle(counter.journal_path, served).table()["books_agree"]
            until(lambda: (seen := onlooker.scene()).customer and seen.customer.number == len(TOUR))
            until(lambda: bool(onlooker.scene().wire))
            last = onlooker.scene()
            onlooker.stop()
    finally:
        world.stop()
    assert last.line is not None
    assert (last.line.state, last.line.money.minor) == ("paid", TOUR[-1].amount_fen)
    assert {one.order_id for one in last.wire} == {served[-1].order_id}


def until(holds: Callable[[], object]) -> None:
    ends_s = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < ends_s
        time.sleep(0.02)


def children(pid: int) -> set[int]:
    """All who were begun by this process, or by them."""
    with contextlib.suppress(FileNotFoundError):
        theirs = {int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
        return theirs.union(*(children(one) for one in theirs))
    return set()


def approved(journal: Path) -> list[int]:
    reader = JournalReader(journal)
    try:
        return [one.money.minor for one in reader.attempts() if one.state.name == "APPROVED"]
    finally:
        reader.close()


def shows(screen: Screen, *words: str) -> str:
    """What stands on the screen once all of these do."""
    screen.until(lambda text: all(word in text for word in words), WITHIN_S)
    return screen.grid.text


def test_until_the_next_customer_has_come_nobody_is_shown(tmp_path: Path, mocker: MockerFixture) -> None:
    customer = {"number": 1, "wallet": "boc", "story": "straight", "way": "camera", "amount_fen": 1250}
    customer |= {"code": "62**1234", "face": "paid", "why": ""}
    seen = {"customer": customer, "order": None, "coming": None, "cut": False}
    world, till, customers = mocker.Mock(), mocker.Mock(), mocker.Mock(next_leg=0, leg=0, tour=(), plug=False)
    world.watch.side_effect = lambda: dict(seen)

    def shown(phase: Phase, number: int | None) -> None:
        till.snapshot.return_value.step = Step(phase)
        until(
            lambda: (one := onlooker.scene()).step.phase is phase and (one.customer and one.customer.number) == number
        )

    onlooker = Onlooker(world, till, customers, tmp_path / "journal.db")
    onlooker.start()
    try:
        shown(Phase.IDLE, 1)
        shown(Phase.AWAIT_CODE, None)
        seen["customer"] = customer | {"number": 2}
        shown(Phase.AWAIT_CODE, 2)
        shown(Phase.APPROVED, 2)
    finally:
        onlooker.stop()


def test_a_payment_that_nobody_looked_at_while_it_lasted_is_shown_afterwards(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    mocker.patch("terminal.tour.conversation", side_effect=lambda _, order_id: [order_id])
    customer = {"number": 6, "wallet": "boc", "story": "straight", "way": "screen", "amount_fen": 1250}
    customer |= {"code": "", "face": "paid", "why": ""}
    order = {"host": "universal", "order_no": "POS1", "amount_fen": 1250, "state": "paid", "refunded_fen": 0}
    world, till, customers = mocker.Mock(), mocker.Mock(), mocker.Mock(next_leg=0, leg=0, tour=(), plug=False)
    world.watch.return_value = {"customer": customer, "order": order, "coming": None, "cut": False}
    till.snapshot.return_value.step = Step(Phase.IDLE)
    onlooker = Onlooker(world, till, customers, tmp_path / "journal.db")
    onlooker.start()
    try:
        until(lambda: onlooker.scene().wire == ("POS1",))
    finally:
        onlooker.stop()


def test_a_till_whose_plug_is_pulled_in_a_payment_finds_it_paid_and_leaves_nothing_running(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "terminal", "demo", "--lang", "en", "--state", str(tmp_path)]
    with on_screen(words) as screen:
        shows(screen, "Your turn", "READY")
        cooked = termios.tcgetattr(screen._line)[3] & termios.ECHO
        first = children(screen.process.pid)
        screen.press("k")
        shows(screen, "PAID BEFORE THE STOP", "not charged again")
        screen.press("p")  # nobody comes after this one
        everybody = first | children(screen.process.pid)
        assert len(everybody - first) >= 1, "another till than the one that was killed"
        found = shows(screen, "APPROVED", "Nothing lost", "CNY 36.50  PAID")
        assert re.search(r"<-- \d+ ms  200  approved", found)
        assert approved(tmp_path / "journal.db") == [UNPLUGGED.amount_fen]
        _leave(screen)
        assert screen.process.returncode == 0
        assert not cooked
        assert termios.tcgetattr(screen._line)[3] & termios.ECHO, "the terminal is as it was"
        assert not [pid for pid in everybody if _is_there(pid)]


def _leave(screen: Screen) -> None:
    """Press Ctrl+Q, and again where it asked, until it is gone."""
    ends_s = time.monotonic() + WITHIN_S
    while screen.process.poll() is None:
        assert time.monotonic() < ends_s, f"it does not leave:\n{screen.grid.text}"
        with contextlib.suppress(OSError, DeviceError):
            screen.press("y" if "still open" in screen.grid.text else "\x11")
            screen.look(time.monotonic() + 0.5)


def _is_there(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
