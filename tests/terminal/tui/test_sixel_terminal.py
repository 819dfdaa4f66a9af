"""The till on a terminal that says it has sixels: it is asked, believed, and sent pictures of its own size."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

WITHIN_S = 90.0
ROWS, COLUMNS, ACROSS, DOWN = 30, 100, 1000, 600  # cells and pixels
ASKED, ANSWER = b"\x1b[c", b"\x1b[?62;4;22c"
PICTURE = re.compile(rb"\x1b7\x1b\[\d+;\d+H(?:\x1b\[\d+[BC])*\x1bP0;1q\"1;1;(\d+);(\d+)[^\x1b]+\x1b\\\x1b8")
CONTRACT = """
[[acquirer]]
scheme = "qra"
base_url = "http://127.0.0.1:9"
mch_id = "102510000001"
key = "key"
"""


class Terminal:
    """What came from the till, and what it is told."""

    def __init__(self, line: int) -> None:
        self.line, self.came = line, b""

    def until(self, wanted: re.Pattern[bytes]) -> re.Match[bytes]:
        ends_s = time.monotonic() + WITHIN_S
        while not (match := wanted.search(self.came)):
            assert time.monotonic() < ends_s, self.came[-2000:]
            if select.select([self.line], [], [], 0.5)[0]:
                self.came += os.read(self.line, 65536)
        return match


@contextmanager
def till(folder: Path, term: str) -> Iterator[Terminal]:
    """`saoma run` before a camera of still pictures, on a terminal of this name."""
    line, its_end = pty.openpty()
    fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("4H", ROWS, COLUMNS, ACROSS, DOWN))
    words = ["run", "--lang", "en", "--config", "till.toml", "--state", "state", "--camera", "pictures"]
    unwanted = ("TMUX", "STY", "TEXTUAL_DRIVER", "SSH_CONNECTION")
    environ = {name: value for name, value in os.environ.items() if name not in unwanted} | {"TERM": term}
    process = subprocess.Popen(
        [sys.executable, "-m", "terminal", *words],
        stdin=its_end,
        stdout=its_end,
        stderr=its_end,
        cwd=folder,
        env=environ,
        start_new_session=True,
    )
    os.close(its_end)
    try:
        yield Terminal(line)
    finally:
        process.send_signal(signal.SIGTERM)
        drained(line)
        process.wait(WITHIN_S)
        os.close(line)


def drained(line: int) -> None:
    """Whoever leaves has last words; a terminal that does not read them holds it up."""
    while select.select([line], [], [], WITHIN_S)[0]:
        try:
            os.read(line, 65536)
        except OSError:  # it has hung up
            return


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "till.toml").write_text(CONTRACT)
    (tmp_path / "key").write_text("0" * 32)
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "pictures").mkdir()
    noise = np.random.default_rng(1).integers(0, 256, (200, 9, 16), dtype=np.uint8)
    for number, few in enumerate(noise):
        picture = cv2.resize(few, (320, 180), interpolation=cv2.INTER_NEAREST)
        cv2.imwrite(str(tmp_path / f"pictures/{number:03}.png"), picture)
    return tmp_path


def test_a_terminal_that_says_it_has_sixels_gets_pictures_of_its_own_size(folder: Path) -> None:
    with till(folder, "foot") as terminal:
        terminal.until(re.compile(re.escape(ASKED)))
        assert not PICTURE.search(terminal.came), "before it has answered"
        os.write(terminal.line, ANSWER)
        width, height = map(int, terminal.until(PICTURE).groups())
        assert width % 10 == 0, "a cell is ten pixels wide"
        assert height % 6 == 0
        assert 0 < height <= width < ACROSS


def test_one_that_is_not_known_is_not_asked(folder: Path) -> None:
    with till(folder, "xterm-256color") as terminal:
        terminal.until(re.compile("▀".encode()))
        assert ASKED not in terminal.came
