"""The suite of `test_sales.py` and `test_troubles.py` with real roles: only the bench file is another.

The devices are stand-ins behind real paths, and the hand is a program at the far end of a terminal: it reads what is
asked there, codes as a scanner reads them off the glass. The tests that run beneath do not know that.
"""

import codecs
import os
import re
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import zxingcpp

from firmware_sim.devices.display import PtyDisplay, Vfd
from firmware_sim.devices.printer import Printer
from firmware_sim.devices.scanner import PtyScanner

HERE = Path(__file__).parent
WITHIN_S = 120.0
BENCH = """
[roles]
scanner = "real"
printer = "real"
display = "real"
camera = "absent"
drawer = "absent"

[scanner]
port = "{scanner}"

[printer]
url = "{printer}"

[display]
port = "{display}"
"""
RUN = (
    "test_sales.py::test_the_customer_reads_what_is_to_be_paid_and_that_it_was",
    "test_sales.py::test_a_receipt_waits_for_a_new_roll",
    "test_sales.py::test_a_customer_pays_before_the_camera",
    "test_troubles.py::test_half_a_code_charges_nobody",
)


# The first terminal that the leader of a session opens becomes the session's own.
IN_FRONT_OF = "import os, sys, pytest; os.open(sys.argv[1], os.O_RDWR); sys.exit(pytest.main(sys.argv[2:]))"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
BLOCKS = {" ": (0, 0), "▀": (255, 0), "▄": (0, 255), "█": (255, 255)}  # upper and lower half
MODULE = 4  # pixels


def code_on(text: str) -> str:
    """What a scanner reads off a code drawn in half blocks."""
    rows = [[BLOCKS[one] for one in line] for line in text.splitlines()]
    halves = np.array(rows, np.uint8)  # (rows, columns, 2)
    modules = halves.transpose(0, 2, 1).reshape(-1, halves.shape[1])
    (found,) = zxingcpp.read_barcodes(np.kron(modules, np.ones((MODULE, MODULE), np.uint8)))
    return found.text


class Hand:
    """Answers at the far end of a terminal until that is closed."""

    def __init__(self, far: int, scanner: PtyScanner, printer: Printer, display: PtyDisplay) -> None:
        self._far, self._scanner, self._printer, self._display = far, scanner, printer, display
        self._heard = ""
        self._papers = 0
        self._deeds = (
            (r">>> Hold this code under the scanner\n((?:[ ▀▄█]+\n)+)\n", self._scan),
            (r">>> Pull out the scanner's plug\n", lambda _: self._scanner.unplug()),
            (r">>> Plug the scanner in\n", lambda _: self._scanner.plug()),
            (r">>> Take the roll out of the printer, then press Enter ", lambda _: self._roll("out")),
            (r">>> Put a roll into the printer, then press Enter ", lambda _: self._roll("ok")),
            (r">>> Has a paper come out that says '(\w+)'\? \[y/n\] ", self._look_at_paper),
            (r">>> Does a new paper that says '(\w+)' lie there\? \[y/n\] ", self._look_for_paper),
            (r">>> Does the customer's display show '([^']+)'\? \[y/n\] ", self._look_at_display),
        )
        self._thread = threading.Thread(target=self._live, name="hand", daemon=True)
        self._thread.start()

    def join(self) -> None:
        self._thread.join(WITHIN_S)

    def _live(self) -> None:
        letters = codecs.getincrementaldecoder("utf-8")()
        with suppress(OSError):  # the other end is closed: the session is over
            while data := os.read(self._far, 65536):
                self._heard = COLOURS.sub("", self._heard + letters.decode(data)).replace("\r\n", "\n")
                self._obey()

    def _obey(self) -> None:
        for pattern, deed in self._deeds:
            if told := re.search(pattern, self._heard):
                self._heard = self._heard[told.end() :]
                deed(told)

    def _say(self, answer: str) -> None:
        os.write(self._far, f"{answer}\n".encode())

    def _scan(self, told: "re.Match[str]") -> None:
        self._scanner.scan(code_on(told[1]))

    def _roll(self, roll: str) -> None:
        self._printer.roll = roll
        self._say("")

    def _look_at_paper(self, told: "re.Match[str]") -> None:
        papers = self._printer.wait_for_papers(self._papers + 1, timeout_s=WITHIN_S)
        self._papers += 1
        self._say("y" if told[1] in papers[self._papers - 1].text else "n")

    def _look_for_paper(self, told: "re.Match[str]") -> None:
        self._say("y" if any(told[1] in paper.text for paper in self._printer.papers[self._papers :]) else "n")

    def _look_at_display(self, told: "re.Match[str]") -> None:
        self._display.wait_for(told[1], timeout_s=WITHIN_S)
        self._say("y")


def run_at(near: int, bench: Path, log: Path) -> int:
    """Pytest in a session of its own, whose terminal that is."""
    words = [sys.executable, "-c", IN_FRONT_OF, os.ttyname(near), "-ra", "-pno:cacheprovider", f"--bench={bench}"]
    with log.open("wb") as file:
        done = subprocess.run(
            [*words, *(str(HERE / test) for test in RUN)],
            cwd=HERE.parents[1],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            timeout=WITHIN_S,
            check=False,
        )
    return done.returncode


def test_the_same_tests_run_on_real_roles_by_another_bench_file(tmp_path: Path) -> None:
    far, near = os.openpty()
    with (
        PtyScanner(tmp_path / "ttyACM0") as scanner,
        Printer(tmp_path / "paper") as printer,
        PtyDisplay(tmp_path / "ttyUSB0", Vfd()) as display,
    ):
        bench = tmp_path / "bench.toml"
        bench.write_text(BENCH.format(scanner=scanner.link, printer=printer.url, display=display.link))
        hand = Hand(far, scanner, printer, display)
        code = run_at(near, bench, tmp_path / "log")
        os.close(near)
        hand.join()
        os.close(far)
    said = (tmp_path / "log").read_text()
    assert code == 0, said
    assert "2 passed, 2 skipped" in said, said
    assert "camera is absent from" in said
    assert "no hand is quick enough to pull out a real scanner in the middle of a code" in said
