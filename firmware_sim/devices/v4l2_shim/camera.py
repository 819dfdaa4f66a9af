"""A webcam behind V4L2: what the preloaded library talks to when a program opens /dev/videoN.

It is a Unix socket in a folder that stands for /dev. Like a real one it has a few modes and grants only those, fills
each buffer that the program has queued and no other, can stall, send half a picture, and be pulled out.
"""

import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from firmware_sim.devices.pictures import Jpegs, Picture, Spoiler

# What passes through the socket, as in shim.c.
COUNT, MODE, WISH, FRAME = struct.Struct("I"), struct.Struct("4s3I"), struct.Struct("I4s3I"), struct.Struct("2IQ")
STREAM_ON, STREAM_OFF, QUEUED = b"SXQ"
BY_ID = "usb-Saoma_Stand-In-video-index0"


@dataclass(frozen=True, slots=True)
class Mode:
    """A format by its four letters (MJPG or YUYV), its size in pixels, and how many frames a second it comes in."""

    fourcc: str
    width: int
    height: int
    frames_per_s: int


# A cheap webcam on USB 2: without compression the line is too slow for large pictures.
MODES = (
    Mode("YUYV", 640, 480, 30),
    Mode("YUYV", 1280, 720, 10),
    Mode("MJPG", 640, 480, 30),
    Mode("MJPG", 1280, 720, 30),
)


class Webcam:
    """Shows what `draw` gives at a time of the machine's monotonic clock: (H, W, 3) blue, green, red.

    Programs in the `environment` of `folder` find it at /dev/<name>, and at a name under /dev/v4l/by-id that stays its
    own whatever the other is. Each method may be called from any thread.
    """

    def __init__(
        self,
        draw: Callable[[float], Picture],
        folder: Path,
        *,
        name: str = "video0",
        modes: tuple[Mode, ...] = MODES,
        quality: int = 85,
    ) -> None:
        self._draw, self._folder, self._name = draw, folder, name
        self._modes, self._quality = modes, quality
        self._plugging = threading.Lock()
        self._door: socket.socket | None = None
        self._lines: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._flows = threading.Event()
        self._flows.set()
        self._spoiler = Spoiler()
        self.tear, self.shrink = self._spoiler.tear, self._spoiler.shrink

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    @property
    def viewers(self) -> int:
        """How many programs have it open."""
        with self._plugging:
            return len(self._lines)

    def plug(self, name: str = "") -> None:
        """Appear, under the same name or another."""
        with self._plugging:
            if self._door:
                return
            self._name = name or self._name
            for left_behind in (BY_ID, self._name):  # by one that was killed
                (self._folder / left_behind).unlink(missing_ok=True)
            self._door = socket.socket(socket.AF_UNIX)
            self._door.bind(str(self._folder / self._name))
            self._door.listen()
            (self._folder / BY_ID).symlink_to(self._name)
            self._begin(self._welcome, self._door)

    def unplug(self) -> None:
        """Disappear: the names first, then everybody who has it open."""
        with self._plugging:
            if not self._door:
                return
            for name in (BY_ID, self._name):
                (self._folder / name).unlink(missing_ok=True)
            for line in (self._door, *self._lines):
                with suppress(OSError):  # they have hung up already
                    line.shutdown(socket.SHUT_RDWR)
            door, self._door = self._door, None
        for thread in self._threads:
            thread.join()
        door.close()

    def stall(self) -> None:
        """Nobody's plug is pulled, but no picture comes."""
        self._flows.clear()

    def resume(self) -> None:
        self._flows.set()

    def _begin(self, work: Callable[[socket.socket], None], line: socket.socket) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=work, args=(line,), name=f"webcam {work.__name__}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _welcome(self, door: socket.socket) -> None:
        with suppress(OSError):  # unplugged
            while True:
                line, _ = door.accept()
                with self._plugging:
                    if self._door is not door:
                        line.close()
                        return
                    self._lines.add(line)
                    self._begin(self._serve, line)

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError):  # they went away, or we were unplugged
            line.sendall(COUNT.pack(len(self._modes)) + b"".join(map(_packed, self._modes)))
            program = _Program(self._modes[0], Jpegs(self._quality))
            while line in self._lines:
                if select.select([line], [], [], program.waits_s())[0]:
                    wish = line.recv(WISH.size, socket.MSG_WAITALL)
                    if len(wish) < WISH.size:
                        break
                    program.wished(wish)
                elif program.takes_one() and self._flows.is_set():
                    self._send(line, program)
        with self._plugging:
            self._lines.discard(line)
        line.close()

    def _send(self, line: socket.socket, program: "_Program") -> None:
        taken_s = time.monotonic()
        data = self._spoiler.sent(program.encoded(self._spoiler.drawn(program.fitted(self._draw(taken_s)))))
        program.buffers -= 1
        line.sendall(FRAME.pack(program.stream, len(data), int(taken_s * 1e6)) + data)


class _Program:
    """What one program that has the camera open has asked for."""

    def __init__(self, mode: Mode, jpegs: Jpegs) -> None:
        self._mode, self._jpegs = mode, jpegs
        self.stream = 0  # how often it has begun to take pictures
        self.buffers = 0  # that it has queued and that are not filled
        self._is_streaming = False
        self._due_s = 0.0

    def wished(self, wish: bytes) -> None:
        kind, fourcc, width, height, frames_per_s = WISH.unpack(wish)
        if kind == QUEUED:
            self.buffers += 1
            return
        self.buffers = 0
        self._is_streaming = kind == STREAM_ON
        if self._is_streaming:
            self.stream += 1
            self._mode = Mode(fourcc.decode(), width, height, frames_per_s)
            self._due_s = time.monotonic()

    def fitted(self, picture: Picture) -> Picture:
        """In the size that was granted."""
        size = self._mode.width, self._mode.height
        return picture if picture.shape[1::-1] == size else np.asarray(cv2.resize(picture, size), dtype=np.uint8)

    def encoded(self, picture: Picture) -> bytes:
        if self._mode.fourcc == "YUYV":
            return cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_YUYV).tobytes()
        return self._jpegs.encoded(picture)

    def waits_s(self) -> float | None:
        """How long until the sensor has the next picture; None while nobody wants any."""
        return max(0.0, self._due_s - time.monotonic()) if self._is_streaming else None

    def takes_one(self) -> bool:
        """A picture is there: whether there is a buffer for it. Else it is lost, as the sensor does not wait."""
        self._due_s = max(self._due_s + 1 / self._mode.frames_per_s, time.monotonic())
        return self.buffers > 0


def _packed(mode: Mode) -> bytes:
    return MODE.pack(mode.fourcc.encode(), mode.width, mode.height, mode.frames_per_s)
