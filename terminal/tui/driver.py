"""The terminal's keys, Escape at once; and, where somebody wants to know, whether it shows sixels.

A lone Escape may be the beginning of another key, so the library waits for the rest; but it looks again only ten times
a second, however short that wait is to be. This one looks when it is over.
"""

import fcntl
import os
import re
import select
import struct
import termios
from codecs import getincrementaldecoder

from textual import constants
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

_LOOK_S = 0.1  # for the end
_OVER_S = 0.001  # a wait may end a moment early
_AT_ONCE, _ESCAPE = 4096, "\x1b"
ASKS_FOR_SIXEL = "-sixel"  # an app of this class
_ASK = "\x1b[c"  # DA1: what are you?
_ANSWER = re.compile(r"\x1b\[\?([\d;]*)c")
_PART = re.compile(r"\x1b\[\?[\d;]*\Z")  # of an answer; no key begins so
_SIXEL = "4"  # among its attributes


class PromptDriver(LinuxDriver):
    """Stands in for a private place of the library: `run_input_thread` as it is there, but for how long it waits."""

    _is_asked = _has_sixel = False
    _part = ""  # of the answer

    @property
    def sixel_cell(self) -> tuple[int, int] | None:
        """A cell's pixels, across and down; None where the terminal has no sixels, or has not said how large it is."""
        if not self._has_sixel:
            return None
        asked = fcntl.ioctl(self.fileno, termios.TIOCGWINSZ, bytes(8))
        rows, columns, across, down = struct.unpack("4H", asked)
        return (across // columns, down // rows) if columns and rows and across and down else None

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._is_asked = self._app.has_class(ASKS_FOR_SIXEL)
        if self._is_asked:
            self.write(_ASK)
            self.flush()

    def _sigcont_application(self, *_: object) -> None:
        """Begins anew only what was stopped: a hang-up comes with this signal too, and a second pair of threads, which
        nobody would end, would keep the process alive and busy."""
        if self._must_signal_resume:
            super()._sigcont_application()

    def run_input_thread(self) -> None:
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        wait_s = _LOOK_S
        while not self.exit_event.is_set():
            ready, _, _ = select.select([self.fileno], [], [], wait_s)
            text = self._without_answer(decode(os.read(self.fileno, _AT_ONCE))) if ready else ""
            for event in (*(parser.feed(text) if text else ()), *parser.tick()):
                self.process_message(event)
            wait_s = constants.ESCAPE_DELAY + _OVER_S if text.endswith(_ESCAPE) else _LOOK_S

    def _without_answer(self, text: str) -> str:
        """What was typed, but for what the terminal says of itself once it is asked, which may come in parts."""
        if not self._is_asked:
            return text
        text = self._part + text
        if answer := _ANSWER.search(text):
            self._is_asked, self._has_sixel = False, _SIXEL in answer[1].split(";")
            text = text.replace(answer[0], "", 1)
        part = _PART.search(text) if self._is_asked else None
        self._part = part[0] if part else ""
        return text.removesuffix(self._part)
