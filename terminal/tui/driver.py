"""The terminal's keys, and Escape at once.

A lone Escape may be the beginning of another key, so the library waits for the rest; but it looks again only ten times
a second, however short that wait is to be. This one looks when it is over.
"""

import os
import select
from codecs import getincrementaldecoder

from textual import constants
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

_LOOK_S = 0.1  # for the end
_OVER_S = 0.001  # a wait may end a moment early
_AT_ONCE, _ESCAPE = 4096, "\x1b"


class PromptDriver(LinuxDriver):
    """Stands in for a private place of the library: `run_input_thread` as it is there, but for how long it waits."""

    def run_input_thread(self) -> None:
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        wait_s = _LOOK_S
        while not self.exit_event.is_set():
            ready, _, _ = select.select([self.fileno], [], [], wait_s)
            text = decode(os.read(self.fileno, _AT_ONCE)) if ready else ""
            for event in (*(parser.feed(text) if text else ()), *parser.tick()):
                self.process_message(event)
            wait_s = constants.ESCAPE_DELAY + _OVER_S if text.endswith(_ESCAPE) else _LOOK_S
