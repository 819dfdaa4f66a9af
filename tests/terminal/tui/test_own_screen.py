"""Nobody but the screen writes on the terminal while it is up."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os, sys
from pathlib import Path
from terminal.tui.own_screen import own_screen
with own_screen(Path(sys.argv[1])):
    os.write(2, b"Corrupt JPEG data")
    print("drawn", file=sys.__stderr__)
os.write(2, b"after")
"""


def test_a_library_that_prints_goes_to_the_log_and_the_screen_to_the_terminal(tmp_path: Path) -> None:
    log = tmp_path / "till.log"
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(log)], capture_output=True, text=True, check=True)
    assert done.stderr == "drawn\nafter"
    assert log.read_text() == "Corrupt JPEG data"


def test_the_screen_is_drawn_on_the_terminal_where_what_is_printed_goes_to_a_file(tmp_path: Path) -> None:
    hand, terminal = os.openpty()
    log, printed = tmp_path / "till.log", tmp_path / "printed"
    with printed.open("w") as file:
        words = [sys.executable, "-c", SCRIPT, str(log)]
        subprocess.run(words, stdout=terminal, stderr=file, check=True, timeout=60)
    assert os.read(hand, 100) == b"drawn\r\n"
    assert (log.read_text(), printed.read_text()) == ("Corrupt JPEG data", "after")
    os.close(terminal)
    os.close(hand)


GONE = """
import os, sys
from pathlib import Path
from terminal.tui.own_screen import own_screen
with own_screen(Path(sys.argv[1])):
    print("not shown yet", end="", file=sys.__stderr__)
    sys.stdin.read()
sys.exit(7)
"""


def test_a_terminal_that_is_gone_at_the_end_is_no_fault(tmp_path: Path) -> None:
    hand, terminal = os.openpty()
    log = tmp_path / "till.log"
    words = [sys.executable, "-c", GONE, str(log)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=terminal, text=True) as running:
        os.close(terminal)
        os.close(hand)
        running.communicate("", timeout=60)
    assert running.returncode == 7
    assert "Traceback" not in log.read_text()


WRITES_ON = """
import sys
from pathlib import Path
from terminal.tui.own_screen import own_screen
from textual.drivers._writer_thread import WriterThread
with own_screen(Path(sys.argv[1])):
    writer = WriterThread(sys.__stderr__)
    writer.start()
    sys.stdin.read()
    for _ in range(100):
        writer.write("a picture" * 1000)
        writer.flush()
    writer.stop()
sys.exit(7)
"""


def test_a_terminal_that_went_away_while_it_was_drawn_on_holds_nobody_up(tmp_path: Path) -> None:
    hand, terminal = os.openpty()
    words = [sys.executable, "-c", WRITES_ON, str(tmp_path / "till.log")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=terminal, text=True) as running:
        os.close(terminal)
        os.close(hand)
        running.communicate("", timeout=60)
    assert running.returncode == 7


CONTINUED = """
import os, signal, sys, threading
from textual.app import App
from terminal.tui.driver import PromptDriver
class Shown(App):
    def on_ready(self):
        before = threading.active_count()
        os.kill(os.getpid(), signal.SIGCONT)
        self.exit(threading.active_count() - before)
sys.exit(Shown(driver_class=PromptDriver).run())
"""


def ended(*words: str) -> int:
    """How a program ended that drew on a terminal of its own."""
    hand, terminal = os.openpty()
    with subprocess.Popen([sys.executable, "-c", *words], stdin=terminal, stdout=terminal, stderr=terminal) as running:
        os.close(terminal)
        with contextlib.suppress(OSError):  # the end of what is drawn
            while os.read(hand, 4096):
                pass
        code = running.wait(timeout=60)
    os.close(hand)
    return code


def test_a_hang_up_that_also_says_go_on_leaves_no_threads_behind() -> None:
    assert ended(CONTINUED) == 0


BROKEN = """
import sys
from pathlib import Path
from textual.app import App
from terminal.errors import SaomaError
from terminal.tui.own_screen import show
class Shown(App):
    def on_ready(self):
        raise ValueError("a bug")
try:
    show(Shown(), Path(sys.argv[1]))
except SaomaError as error:
    sys.exit(9 if "broke" in str(error) else 8)
"""


def test_a_screen_that_broke_is_no_screen_that_was_left(tmp_path: Path) -> None:
    log = tmp_path / "till.log"
    assert ended(BROKEN, str(log)) == 9
    assert "a bug" in log.read_text()
