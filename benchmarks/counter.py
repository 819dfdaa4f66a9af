"""What a till costs the machine under the counter: `saoma run` itself, on a screen, with a 720p camera at 30 a second.

First nobody comes, then one phone after the other is held up. Only the till's process is weighed, by the CPU time that
the system has counted for it; camera and customers are in this one.
"""

import argparse
import fcntl
import json
import os
import pty
import random
import re
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.process import MEGA, Sample, can_sample, core_share, growth_per_hour, sample
from benchmarks.report import machine, markdown, with_progress
from benchmarks.screen import around_us
from firmware_sim.devices.camera import MjpegCamera
from firmware_sim.devices.v4l2_shim.camera import BY_ID, Webcam
from firmware_sim.devices.v4l2_shim.shim import environment, missing
from firmware_sim.drawing.scenes import LEAVE_S, Counter
from terminal.errors import DeviceError
from terminal.model import masked

MISSING = 3
MINUTES = 10.0
READING_SHARE = 0.3  # of the time
WARM_UP_S = 10.0  # caches fill, engines start
EVERY_S = 1.0
LOOK_UP_S = 0.1
SHOWN_S = 1.5  # how long a phone is held up: longer than its code needs
SIZE = struct.pack("HHHH", 30, 100, 0, 0)  # rows, columns
READ_SIZE = 65536
MASKED_CODE, CODE_LETTERS = re.compile(rb"28\*{12}\d{4}"), 18
START_WITHIN_S = 60.0
STOP_WITHIN_S = 10.0

# Issue and design: what the idle till and the reading one may take.
MOST_RESIDENT, MOST_IDLE, MOST_READING = 250 * MEGA, 0.15, 0.60
MOST_GROWTH = 12 * MEGA  # bytes an hour: a day of trading does not double it
JUDGES_GROWTH_MIN = 5.0  # a shorter look is mostly noise


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the till's process. Without a stand-in's customers nothing was read."""

    camera: str
    idle: Sequence[Sample]
    reading: Sequence[Sample] = ()
    shown: int = 0  # phones
    read: int = 0  # of those, by what was on the screen

    def as_table(self) -> dict[str, object]:
        every = [*self.idle, *self.reading]
        table: dict[str, object] = {
            "camera": self.camera,
            "minutes": round((every[-1].at_s - every[0].at_s) / 60, 1),
            "resident_mb": round(max(one.resident for one in every) / MEGA, 1),
            "idle_percent_of_core": round(100 * core_share(self.idle), 1),
            "idle_growth_mb_per_hour": round(growth_per_hour(self.idle) / MEGA, 2),
            "threads": every[-1].threads,
            "files": every[-1].files,
        }
        if self.reading:
            table["reading_percent_of_core"] = round(100 * core_share(self.reading), 1)
            table["phones_read"] = f"{self.read} of {self.shown}"
        return table

    def missed(self) -> list[str]:
        """The budgets that were not kept."""
        every = [*self.idle, *self.reading]
        long_enough = self.idle[-1].at_s - self.idle[0].at_s >= JUDGES_GROWTH_MIN * 60
        found = {
            "memory": max(one.resident for one in every) > MOST_RESIDENT,
            "idle": core_share(self.idle) > MOST_IDLE,
            "reading": bool(self.reading) and core_share(self.reading) > MOST_READING,
            "growth": long_enough and growth_per_hour(self.idle) > MOST_GROWTH,
        }
        return [name for name, is_missed in found.items() if is_missed]


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="saoma bench counter", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long it is watched (10)")
    parser.add_argument("--camera", metavar="SOURCE", help="a real one: then nobody comes, and only idling is measured")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(words)
    if not can_sample():
        sys.stderr.write("saoma bench counter: needs Linux, whose /proc tells what a process costs\n")
        return MISSING
    try:
        figures = measured(args.minutes * 60, args.camera)
    except (DeviceError, OSError) as error:  # OSError: there is no such process any more
        sys.stderr.write(f"saoma bench counter: {error}\n")
        return MISSING
    table = {**figures.as_table(), "missed": figures.missed()}
    if args.json:
        sys.stdout.write(json.dumps({"machine": machine(), **table}) + "\n")
    else:
        rows = ((name, str(value)) for name, value in table.items())
        sys.stdout.write(f"{machine()}\n\n{markdown(('what', 'figure'), rows)}")
    return 1 if figures.missed() else 0


def measured(seconds: float, camera: str | None) -> Figures:
    """Watch a till for so long; before a stand-in's camera customers come for the last part of it."""
    with tempfile.TemporaryDirectory(prefix="saoma-counter-") as name:
        folder = Path(name)
        if camera:
            with _till(camera, folder, {}) as (till, _):
                time.sleep(WARM_UP_S)
                return Figures(camera, list(_watched(till.pid, seconds, "idle")))
        scene = Counter(seed=7)
        with _camera(scene, folder) as (device, source, given), _till(source, folder, given) as (till, screen):
            _wait_for_camera(device, till, screen)
            time.sleep(WARM_UP_S)
            idle = list(_watched(till.pid, seconds * (1 - READING_SHARE), "idle"))
            with _customers(scene) as shown:
                reading = list(_watched(till.pid, seconds * READING_SHARE, "reading"))
            read = [code for code in shown if masked(code).encode() in screen.codes]
            return Figures(f"simulated, {source.partition(':')[0]}", idle, reading, len(shown), len(read))


@contextmanager
def _camera(scene: Counter, folder: Path) -> Iterator[tuple[Webcam | MjpegCamera, str, Mapping[str, str]]]:
    """A webcam, where one can be had without a driver; else one on the network. What names it, and what that needs."""
    if missing():
        with MjpegCamera(scene.frame) as camera:
            yield camera, camera.url, {}
    else:
        with Webcam(scene.frame, folder) as webcam:
            yield webcam, f"/dev/v4l/by-id/{BY_ID}", environment(folder)


@contextmanager
def _till(camera: str, folder: Path, given: Mapping[str, str]) -> Iterator[tuple["subprocess.Popen[bytes]", "_Screen"]]:
    """`saoma run` on a screen of its own; the process, and what is on the screen."""
    ours, line = pty.openpty()
    fcntl.ioctl(line, termios.TIOCSWINSZ, SIZE)
    screen = _Screen(ours)
    words = [
        sys.executable,
        "-m",
        "terminal",
        "run",
        "--camera",
        camera,
        "--lang",
        "en",
        "--state",
        str(folder / "till"),
    ]
    surroundings = {**around_us(), **given, "TERM": "xterm-256color"}
    till = subprocess.Popen(words, stdin=line, stdout=line, stderr=line, env=surroundings, start_new_session=True)
    os.close(line)
    watcher = threading.Thread(target=screen.watch, daemon=True)
    watcher.start()
    try:
        yield till, screen
    finally:
        till.terminate()
        try:
            till.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            till.kill()
            till.wait()
        watcher.join()
        os.close(ours)


class _Screen:
    """Somebody looks at it, or the till would wait for them; they remember the masked codes that stood on it."""

    def __init__(self, line: int) -> None:
        self._line = line
        self.codes: set[bytes] = set()
        self.last = b""  # of what was drawn

    def watch(self) -> None:
        with suppress(OSError):  # the till has gone, and its screen with it
            while data := os.read(self._line, READ_SIZE):
                self.last = self.last[-CODE_LETTERS:] + data
                self.codes.update(MASKED_CODE.findall(self.last))


def _watched(pid: int, seconds: float, what: str) -> Iterator[Sample]:
    count = max(2, round(seconds / EVERY_S))
    due_s = time.monotonic()
    for _ in with_progress(range(count), count, f"{what}, seconds"):
        yield sample(pid)
        due_s += EVERY_S
        time.sleep(max(0.0, due_s - time.monotonic()))
    yield sample(pid)


@contextmanager
def _customers(scene: Counter) -> Iterator[list[str]]:
    """One after the other holds up a phone with a code of its own, until the end; the codes so far."""
    gone, shown = threading.Event(), list[str]()
    thread = threading.Thread(target=_come, args=(scene, gone, shown), daemon=True)
    thread.start()
    try:
        yield shown
    finally:
        gone.set()
        thread.join()


def _come(scene: Counter, gone: threading.Event, shown: list[str]) -> None:
    codes = random.Random(7)
    while not gone.is_set():
        shown.append(f"28{codes.randrange(10**16):016}")
        scene.arrive(shown[-1], "alipay", time.monotonic())
        gone.wait(SHOWN_S)
        scene.leave(time.monotonic())
        time.sleep(LEAVE_S)  # the hand takes so long to be out of view


def _wait_for_camera(device: Webcam | MjpegCamera, till: subprocess.Popen[bytes], screen: _Screen) -> None:
    end_s = time.monotonic() + START_WITHIN_S
    while not device.viewers:
        if till.poll() is not None or time.monotonic() > end_s:
            raise DeviceError(f"the till did not open its camera: {screen.last.decode(errors='replace')}")
        time.sleep(LOOK_UP_S)
