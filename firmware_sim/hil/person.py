"""Whoever stands at the bench: told what to do and asked what they see, at the terminal that pytest was started from.

pytest's capture is passed by. Every question has a deadline, and where nobody is at a terminal the test that needs a
hand is skipped and says so.
"""

import io
import os
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import segno

TERMINAL = Path("/dev/tty")
LONGEST_ANSWER = 1024
LOOKS_AGAIN_S = 0.1
LIGHT_ON_DARK, PLAIN = "\x1b[97;40m", "\x1b[0m"  # what is light is drawn, and what is dark left out


class Person:
    """Each method but `do` waits; TimeoutError where nobody answers in time."""

    def __init__(self, within_s: float, terminal: Path = TERMINAL) -> None:
        self._within_s, self._terminal = within_s, terminal

    def do(self, what: str, code: str = "") -> None:
        """Tell them; a code is drawn, to be held somewhere or scanned."""
        with self._at_terminal(what) as device:
            _say(device, f"\n>>> {what}\n{_drawn(code) if code else ''}")

    def done(self, what: str) -> None:
        """Tell them, and wait until they say that it is done."""
        self.types(f"{what}, then press Enter")

    def confirms(self, question: str) -> bool:
        return self.types(f"{question} [y/n]").lower().startswith("y")

    def types(self, question: str) -> str:
        """A line of their answer."""
        with self._at_terminal(question) as device:
            _say(device, f"\n>>> {question} ")
            if not select.select([device], [], [], self._within_s)[0]:
                raise TimeoutError(f"nobody answered within {self._within_s:g} s: {question}")
            return os.read(device, LONGEST_ANSWER).decode("utf-8", "replace").strip()

    def plugs(self, name: str, path: str, *, is_in: bool) -> None:
        """A cable is pulled out, or put back: seen by its path where it has one."""
        what = f"Plug the {name} in" if is_in else f"Pull out the {name}'s plug"
        if "/" not in path or "://" in path:
            self.done(what)
            return
        self.do(what)
        ends_s = time.monotonic() + self._within_s
        while Path(path).exists() is not is_in:
            if time.monotonic() > ends_s:
                raise TimeoutError(f"{path} is {'not ' * is_in}there after {self._within_s:g} s: {what}")
            time.sleep(LOOKS_AGAIN_S)

    @contextmanager
    def _at_terminal(self, what: str) -> Iterator[int]:
        try:
            device = os.open(self._terminal, os.O_RDWR | os.O_NOCTTY)
        except OSError:
            pytest.skip(f"nobody is at a terminal to do this: {what}")
        try:
            yield device
        finally:
            os.close(device)


def _say(device: int, text: str) -> None:
    os.write(device, text.encode())


def _drawn(code: str) -> str:
    """Dark on light whatever the terminal's colours are: scanners read no negative."""
    lines = io.StringIO()
    segno.make(code, micro=False).terminal(lines, compact=True)
    return "".join(f"{LIGHT_ON_DARK}{line}{PLAIN}\n" for line in lines.getvalue().splitlines()) + "\n"
