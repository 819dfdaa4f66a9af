"""A webcam through OpenCV's own V4L2 code: what is granted, unplugged, stalled and torn; no driver, but every call."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

if sys.platform != "linux":
    pytest.skip("V4L2 is Linux's", allow_module_level=True)

from firmware_sim.devices.v4l2_shim.camera import BY_ID, MODES, Mode, Webcam
from firmware_sim.devices.v4l2_shim.shim import environment, missing
from firmware_sim.drawing import codes

if missing():
    pytest.skip(missing(), allow_module_level=True)

CODE, NEXT = "134567890123456789", "287654321098765432"
SOURCE = f"/dev/v4l/by-id/{BY_ID}"
WATCHER = Path(__file__).with_name("watcher.py")
DEADLINE_S = 60.0


class Scene:
    """What lies on the counter; may be changed while somebody looks."""

    def __init__(self) -> None:
        self.text: str | None = None

    def draw(self, _t_s: float) -> NDArray[np.uint8]:
        grey = np.full((720, 1280), 170, np.uint8)
        if self.text:
            code = np.kron(codes.qr(self.text), np.ones((8, 8), np.uint8))
            grey[200 : 200 + len(code), 500 : 500 + len(code)] = code
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), dtype=np.uint8)


class Watcher:
    """A till's camera in another process, and what it said."""

    def __init__(self, folder: Path, *words: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | environment(folder),
        )
        self._said: queue.Queue[list[str]] = queue.Queue()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(json.loads(line))

    def until(self, kind: str, said: str = "") -> str:
        """What it said of that kind, with these words in it."""
        while True:
            heard, words = self._said.get(timeout=DEADLINE_S)
            if heard == kind and said in words:
                return words

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(DEADLINE_S) == 0
        self._thread.join()


Watch = Callable[..., tuple[Webcam, Watcher]]


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def watch(tmp_path: Path, scene: Scene) -> Iterator[Watch]:
    """Plugs a webcam in and lets a till look at it."""
    with ExitStack() as stack:

        def begin(modes: tuple[Mode, ...] = MODES) -> tuple[Webcam, Watcher]:
            webcam = stack.enter_context(Webcam(scene.draw, tmp_path, modes=modes))
            watcher = Watcher(tmp_path, str(WATCHER), SOURCE)
            stack.callback(watcher.stop)
            return webcam, watcher

        yield begin


def test_a_code_is_read_and_the_camera_may_vanish_and_return_under_another_name(scene: Scene, watch: Watch) -> None:
    webcam, till = watch()
    assert till.until("up") == "1280x720 MJPG"
    scene.text = CODE
    till.until("text", CODE)
    webcam.unplug()
    till.until("down", "is it plugged in?")
    scene.text = NEXT
    webcam.plug("video3")
    till.until("up")
    till.until("text", NEXT)


@pytest.mark.parametrize(
    ("modes", "granted"),
    [
        ((Mode("YUYV", 640, 480, 30), Mode("MJPG", 800, 600, 30)), "800x600 MJPG"),
        ((Mode("YUYV", 640, 480, 30), Mode("YUYV", 960, 540, 30)), "960x540 YUYV"),
    ],
)
def test_what_is_granted_is_not_what_was_asked_for_and_is_read(
    scene: Scene, watch: Watch, modes: tuple[Mode, ...], granted: str
) -> None:
    scene.text = CODE
    _, till = watch(modes=modes)
    assert till.until("up") == granted
    till.until("text", CODE)


def test_a_camera_that_stalls_is_missed_and_spoiled_pictures_do_no_harm(scene: Scene, watch: Watch) -> None:
    webcam, till = watch()
    till.until("up")
    webcam.stall()
    till.until("down")
    webcam.tear(3)
    webcam.resume()
    till.until("up")
    webcam.shrink(3)
    scene.text = CODE
    till.until("text", CODE)


PAUSES = f"""
import time, json
from terminal.scanning.capture import open_capture
device = open_capture("{SOURCE}")
device.next()
time.sleep(0.5)
for _ in range(6):
    device.next()
    age_s = time.monotonic() - device._device.get(0) / 1000
    print(json.dumps(["old" if age_s > 0.2 else "new", ""]), flush=True)
"""


def test_who_pauses_finds_old_pictures_first_as_a_driver_keeps_them(tmp_path: Path, scene: Scene) -> None:
    with Webcam(scene.draw, tmp_path):
        program = Watcher(tmp_path, "-c", PAUSES)
        program.until("old")
        program.until("new")
        program.stop()


FACTS = f"""
import json
from pathlib import Path
from terminal.scanning.v4l2 import camera_facts
facts = camera_facts(Path("{SOURCE}"))
print(json.dumps(["facts", f"{{facts.name}}: {{[(one.fourcc, one.sizes) for one in facts.formats]}}"]))
"""


def test_the_doctor_is_told_its_formats_and_sizes(tmp_path: Path, scene: Scene) -> None:
    with Webcam(scene.draw, tmp_path, modes=(Mode("MJPG", 1280, 720, 30), Mode("YUYV", 640, 480, 15))):
        program = Watcher(tmp_path, "-c", FACTS)
        assert program.until("facts") == "Saoma Stand-In: [('MJPG', ((1280, 720),)), ('YUYV', ((640, 480),))]"
        program.stop()
