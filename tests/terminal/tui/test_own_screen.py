"""Nobody but the screen writes on the terminal while it is up."""

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
