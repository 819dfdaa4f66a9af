"""Whoever is killed at a terminal leaves it as it was, and is started again; nothing goes on alone."""

import signal
import sys
import termios
import time
from collections.abc import Callable

import pytest

from benchmarks.screen import Screen, on_screen
from terminal.errors import DeviceError

WITHIN_S = 60.0
LIFE = """
import os, signal, sys, tty
from terminal.commands.supervised import supervised
def life(kills):
    sys.stdout.write("\\x1b[?1049h\\x1b[?1003h" if kills else "")
    tty.setraw(0)
    sys.stdout.write(f"life {{kills}} of {{os.getpid()}} under {{os.getppid()}}\\r\\n")
    sys.stdout.flush()
    {does}
code = supervised(life)
print("it was", code, flush=True)
sys.stdin.readline()
"""


def words(does: str) -> list[str]:
    return [sys.executable, "-c", LIFE.format(does=does)]


def shows(words: str) -> Callable[[str], bool]:
    return lambda text: words in text


def is_cooked(screen: Screen) -> bool:
    return bool(termios.tcgetattr(screen._line)[3] & termios.ECHO)


def test_who_is_killed_lives_again_on_a_terminal_that_was_put_back() -> None:
    killed = "os.kill(os.getpid(), signal.SIGKILL) if kills < 2 else None; return 7"
    with on_screen(words(killed)) as screen:
        screen.until(shows("it was 7"), WITHIN_S)
        assert [f"life {kills}" in screen.grid.text for kills in range(3)] == [True, True, True]


def test_the_line_is_as_it_was_before_the_next_life_begins() -> None:
    with on_screen(words("os.kill(os.getpid(), signal.SIGSEGV)")) as screen:
        screen.until(shows("it was 70"), WITHIN_S)
        assert is_cooked(screen)
        assert "life 1" not in screen.grid.text, "who fell over by themselves is not started again and again"


def test_what_went_wrong_is_said_and_not_tried_again() -> None:
    wrong = "from terminal.errors import SaomaError; raise SaomaError('no paper')"
    with on_screen(words(wrong)) as screen:
        screen.until(shows("it was 3"), WITHIN_S)
        assert "saoma: no paper" in screen.grid.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_who_is_told_to_stop_stops_the_life_it_watches_over(number: int) -> None:
    waits = "signal.signal(signal.SIGTERM, lambda *_: os._exit(5)); print('waiting', flush=True); signal.pause()"
    with on_screen(words(waits)) as screen:
        screen.until(shows("waiting"), WITHIN_S)
        screen.process.send_signal(number)
        screen.until(shows("it was 5"), WITHIN_S)


def test_a_life_whose_supervisor_is_gone_ends() -> None:
    with on_screen(words("print('waiting', flush=True); signal.pause()")) as screen:
        screen.until(shows("waiting"), WITHIN_S)
        pid = int(screen.grid.text.split(" of ")[1].split()[0])
        screen.process.kill()
        ends_s = time.monotonic() + WITHIN_S
        while _is_there(pid):
            assert time.monotonic() < ends_s, "it goes on alone"
            try:
                screen.look(time.monotonic() + 0.05)
            except DeviceError:
                time.sleep(0.02)


def _is_there(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
