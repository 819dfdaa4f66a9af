"""The role `camera`: what it looks at, and its plug."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from firmware_sim.devices.camera import MjpegCamera
from firmware_sim.drawing.counter import Picture
from firmware_sim.drawing.scenes import LEAVE_S, Counter
from firmware_sim.hil.bench import Bench
from firmware_sim.hil.person import Person
from firmware_sim.hil.phone import ShownCode

SEED = 7  # which counter it looks at
WIDTH, HEIGHT = 1280, 720


class Camera(Protocol):
    @property
    def config(self) -> dict[str, object]:
        """Its table of a till's configuration; `source` is where anybody opens it."""
        ...

    def show(self, code: ShownCode | str) -> None:
        """A phone with this code comes into view and stays."""
        ...

    def show_picture(self, path: Path) -> None:
        """A picture fills the view."""
        ...

    def clear(self) -> None:
        """Nothing is there but the counter."""
        ...

    def unplug(self) -> None: ...
    def plug(self) -> None: ...


class SimCamera:
    def __init__(self) -> None:
        self._counter = Counter(SEED, (WIDTH, HEIGHT))
        self._picture: Picture | None = None
        self._free_s = 0.0  # when the last phone is out of the way
        self.device = MjpegCamera(self._draw)  # for faults that a hand cannot make

    @property
    def config(self) -> dict[str, object]:
        return {"source": self.device.url}

    def show(self, code: ShownCode | str) -> None:
        text, wallet = (code, "") if isinstance(code, str) else (code.read, code.wallet)
        self.clear()
        self._counter.arrive(text, wallet, max(time.monotonic(), self._free_s))

    def show_picture(self, path: Path) -> None:
        picture = cv2.imread(str(path))
        if picture is None:
            raise ValueError(f"{path} is no picture")
        self._picture = cv2.resize(picture, (WIDTH, HEIGHT)).astype(np.uint8, copy=False)

    def clear(self) -> None:
        self._picture = None
        now_s = time.monotonic()
        self._counter.leave(now_s)
        self._free_s = now_s + LEAVE_S

    def unplug(self) -> None:
        self.device.unplug()

    def plug(self) -> None:
        self.device.plug()

    def _draw(self, t_s: float) -> Picture:
        picture = self._picture
        return self._counter.frame(t_s) if picture is None else picture


class RealCamera:
    def __init__(self, bench: Bench, person: Person) -> None:
        self.config = bench.table("camera")
        self._source, self._person = bench.config.camera.source, person

    def show(self, code: ShownCode | str) -> None:
        if isinstance(code, ShownCode) and not code.text:
            self._person.do(f"Hold the phone with the {code.wallet} code before the camera")
        else:
            self._person.do("Hold this code before the camera", code if isinstance(code, str) else code.text)

    def show_picture(self, path: Path) -> None:
        self._person.do(f"Hold the picture {path} before the camera")

    def clear(self) -> None:
        self._person.do("Take away what is before the camera")

    def unplug(self) -> None:
        self._person.plugs("camera", self._source, is_in=False)

    def plug(self) -> None:
        self._person.plugs("camera", self._source, is_in=True)


@contextmanager
def camera_of(bench: Bench, person: Person) -> Iterator[Camera]:
    if bench.is_real("camera"):
        yield RealCamera(bench, person)
        return
    sim = SimCamera()
    with sim.device:
        yield sim
