"""Whoever stands at the bench is told, asked and waited for: here a program sits at the other end of the terminal."""

import os
import threading
import time
from pathlib import Path

import pytest

from firmware_sim.hil.person import Person

WITHIN_S = 60.0
SHORT_S = 0.05


def test_an_answer_is_a_line(terminal: tuple[int, Path]) -> None:
    far, path = terminal
    os.write(far, "看到了\n".encode())
    assert Person(WITHIN_S, path).types("What do you see?") == "看到了"
    assert b">>> What do you see?" in os.read(far, 4096)


@pytest.mark.parametrize(("answer", "agrees"), [(b"y\n", True), (b"Yes\n", True), (b"n\n", False), (b"\n", False)])
def test_a_question_is_agreed_to_or_not(terminal: tuple[int, Path], answer: bytes, agrees: bool) -> None:
    far, path = terminal
    os.write(far, answer)
    assert Person(WITHIN_S, path).confirms("Is it open?") is agrees


def test_nobody_is_waited_for_for_ever(terminal: tuple[int, Path], tmp_path: Path) -> None:
    person = Person(SHORT_S, terminal[1])
    with pytest.raises(TimeoutError, match=r"nobody answered within .* Put a roll in"):
        person.done("Put a roll in")
    with pytest.raises(TimeoutError, match=r"is not there after .* Plug the scanner in"):
        person.plugs("scanner", str(tmp_path / "scanner"), is_in=True)


def test_a_plug_is_seen_by_its_path(terminal: tuple[int, Path], tmp_path: Path) -> None:
    far, path = terminal
    device = tmp_path / "scanner"

    def hand() -> None:
        while b"Plug the scanner in" not in os.read(far, 4096):
            time.sleep(SHORT_S)
        device.touch()

    helper = threading.Thread(target=hand)
    helper.start()
    Person(WITHIN_S, path).plugs("scanner", str(device), is_in=True)
    helper.join(WITHIN_S)
    assert not helper.is_alive()


def test_a_plug_without_a_path_is_what_they_say(terminal: tuple[int, Path]) -> None:
    far, path = terminal
    os.write(far, b"\n")
    Person(WITHIN_S, path).plugs("printer", "tcp://192.0.2.7:9100", is_in=False)
    assert b"Pull out the printer's plug, then press Enter" in os.read(far, 4096)


def test_where_nobody_is_the_test_is_skipped(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="nobody is at a terminal to do this: Push the drawer shut"):
        Person(WITHIN_S, tmp_path / "no terminal").done("Push the drawer shut")
