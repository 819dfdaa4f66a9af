"""A program on a terminal of its own, and pictures of that terminal, true to the cell, Chinese included."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyte
from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len

from firmware_sim.drawing import fonts

COLUMNS, ROWS = 100, 30
INK, GROUND = "e8edf2", "10151b"  # where the program leaves it to the terminal
LATIN = ("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf", "/System/Library/Fonts/Menlo.ttc")
# Where in the cell a block is inked: left, top, right and bottom, as parts of it.
BLOCKS = {"█": (0, 0, 1, 1), "▀": (0, 0, 1, 0.5), "▄": (0, 0.5, 1, 1)}
UNKNOWN = re.compile(rb"\x1b\[[<>=][\d;]*u|\x1b\[\?[\d;]*\$p")  # to pyte: it would print their last letter
ALTERNATE = b"\x1b[?1049"  # pyte has one screen only: a change to the other one begins an empty one
READ = 65536

Cell = tuple[str, str, str]  # what stands there, its ink and its ground, as hexadecimal colours


class Terminal:
    """What stands on it, and hands. Nothing is read but within `look` and what calls it."""

    def __init__(self, line: int) -> None:
        self._line = line
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def text(self) -> str:
        return "\n".join(self._screen.display)

    @property
    def cells(self) -> tuple[tuple[Cell, ...], ...]:
        return tuple(tuple(_cell(self._screen.buffer[y][x]) for x in range(COLUMNS)) for y in range(ROWS))

    def press(self, keys: str) -> None:
        os.write(self._line, keys.encode())

    def until(self, *words: str, within_s: float = 120.0) -> None:
        """Until all of this stands on it."""
        ends_s = time.monotonic() + within_s
        while not all(word in self.text for word in words):
            if time.monotonic() > ends_s:
                raise TimeoutError(f"{words} never came:\n{self.text}")
            self.look(0.1)

    def look(self, seconds: float) -> None:
        """Take in what is sent for so long."""
        ends_s = time.monotonic() + seconds
        while (left_s := ends_s - time.monotonic()) > 0:
            if select.select([self._line], [], [], left_s)[0]:
                self._feed(os.read(self._line, READ))

    def _feed(self, sent: bytes) -> None:
        first, *others = UNKNOWN.sub(b"", sent).split(ALTERNATE)
        self._stream.feed(first)
        for other in others:
            self._screen.erase_in_display(2)
            self._stream.feed(ALTERNATE + other)


@contextmanager
def on_terminal(words: Sequence[str]) -> Iterator[Terminal]:
    ours, line = pty.openpty()
    fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    process = subprocess.Popen(words, stdin=line, stdout=line, stderr=line, env=env, start_new_session=True)  # noqa: S603
    os.close(line)
    terminal = Terminal(ours)
    try:
        yield terminal
    finally:
        process.terminate()
        while process.poll() is None:  # it may still be writing, and would wait for us
            _drain(terminal)
        os.close(ours)


def _drain(terminal: Terminal) -> None:
    try:
        terminal.look(0.1)
    except OSError:  # it has closed its end
        time.sleep(0.05)


def draw(cells: Sequence[Sequence[Cell]], width: int) -> Image.Image:
    """With cells so many pixels wide and twice as high."""
    height = 2 * width
    picture = Image.new("RGB", (COLUMNS * width, ROWS * height), f"#{GROUND}")
    pen = ImageDraw.Draw(picture)
    for y, row in enumerate(cells):
        for x, cell in enumerate(row):
            _draw_cell(pen, x * width, y * height, cell, width)
    return picture


def _draw_cell(pen: ImageDraw.ImageDraw, x: int, y: int, cell: Cell, width: int) -> None:
    text, ink, ground = cell
    height, wide = 2 * width, max(1, cell_len(text))
    if not text:  # the right half of a wide one
        return
    pen.rectangle((x, y, x + wide * width - 1, y + height - 1), f"#{ground}")
    if part := BLOCKS.get(text):
        left, top, right, bottom = part
        pen.rectangle((x + left * width, y + top * height, x + right * width - 1, y + bottom * height - 1), f"#{ink}")
    elif text.strip():
        face = fonts.font(round(1.7 * width)) if wide > 1 else _latin(round(1.65 * width))
        pen.text((x + wide * width / 2, y + height * 0.78), text, f"#{ink}", face, anchor="ms")


def _latin(size: int) -> fonts.Font:
    path = next((path for path in LATIN if Path(path).is_file()), None)
    return ImageFont.truetype(path, size) if path else fonts.font(size)


def _cell(char: pyte.screens.Char) -> Cell:
    ink, ground = _colour(char.fg, INK), _colour(char.bg, GROUND)
    return (char.data, ground, ink) if char.reverse else (char.data, ink, ground)


def _colour(name: str, otherwise: str) -> str:
    """pyte gives six hexadecimal digits, or one of the sixteen names, of which "default" is the only one we meet."""
    return name if re.fullmatch("[0-9a-f]{6}", name) else otherwise
