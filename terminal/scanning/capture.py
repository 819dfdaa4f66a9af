"""What pictures come from: a webcam, a network camera, a video, a folder; opened by OpenCV, grey as early as can be.

Cameras send JPEG. Its bytes are passed on as they are, for most frames are only ever looked at in small, and a JPEG
gives an eighth of its size, in grey, at a fraction of the cost.
"""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

# OpenCV looks these up when it loads or first opens something. Without them a stalled webcam holds a read for 10 s,
# what a network camera sent while nobody read is seconds old, and FFmpeg writes its complaints across the screen.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "recv_buffer_size;16384|fflags;nobuffer")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2
import numpy as np
from numpy.typing import NDArray

from terminal.errors import DeviceError
from terminal.scanning.pictures import SUFFIXES, Grey, UnreadablePicture, load_grey, pictures_in

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # that a camera is away, the till says itself
cv2.setNumThreads(1)  # the till, the screen and the reader share few cores

WIDTH, HEIGHT, FPS = 1280, 720, 30
SMALL = 8  # a small picture has one pixel for so many each way
_TIMEOUT_MS = 2000
_PICTURE_S = 0.5  # how long a picture of a folder is shown
_MJPG = cv2.VideoWriter.fourcc(*"MJPG")


class Picture(Protocol):
    """One frame, not yet decoded. None from either means that it was damaged on its way."""

    @property
    def taken_s(self) -> float:
        """On the machine's monotonic clock."""
        ...

    def small(self) -> Grey | None:
        """About an eighth of the width and height."""
        ...

    def grey(self) -> Grey | None: ...


@dataclass(frozen=True, slots=True, eq=False)
class JpegPicture:
    data: Grey = field(repr=False)  # its bytes in a row
    taken_s: float

    def small(self) -> Grey | None:
        return self._decoded(cv2.IMREAD_REDUCED_GRAYSCALE_8)

    def grey(self) -> Grey | None:
        return self._decoded(cv2.IMREAD_GRAYSCALE)

    def _decoded(self, how: int) -> Grey | None:
        try:
            pixels = cv2.imdecode(self.data, how)
        except cv2.error:  # a head that promises more pixels than OpenCV takes, or nothing at all
            return None
        return None if pixels is None else np.asarray(pixels, dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class PlainPicture:
    pixels: Grey = field(repr=False)
    taken_s: float

    def small(self) -> Grey | None:
        return self.pixels[SMALL // 2 :: SMALL, SMALL // 2 :: SMALL]

    def grey(self) -> Grey | None:
        return self.pixels


class Capture(Protocol):
    """An open source of pictures."""

    detail: str  # what was granted
    is_live: bool  # it has no end of its own
    is_stills: bool  # each picture stands by itself

    def next(self) -> Picture | None:
        """The next picture; None at the end, or when the camera is gone."""
        ...

    def close(self) -> None: ...


class VideoCapture:
    """A camera, stream or video file that OpenCV has open. `paced`: a file is played, not read through."""

    is_stills = False

    def __init__(self, device: cv2.VideoCapture, *, is_live: bool, paced: bool = False) -> None:
        self._device, self.is_live = device, is_live
        width, height = (int(device.get(what)) for what in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        self._height = height
        self.detail = f"{width}x{height} {_name(device)}".rstrip()
        self._pace = _Pace(1 / (device.get(cv2.CAP_PROP_FPS) or FPS)) if paced else None

    def next(self) -> Picture | None:
        if self._pace:
            self._pace.wait()
        good, frame = self._device.read()
        return self._picture(frame, time.monotonic()) if good and frame is not None and frame.size else None

    def _picture(self, frame: NDArray[np.generic], now_s: float) -> Picture:
        row = frame.reshape(-1).view(np.uint8) if frame.shape[0] == 1 else None
        if row is not None and row[:2].tobytes() == b"\xff\xd8":
            return JpegPicture(row, now_s)
        if frame.shape[0] * 2 == self._height * 3:  # NV12, YU12: the luma plane comes first
            frame = frame[: self._height]
        return PlainPicture(_luma(frame), now_s)

    def close(self) -> None:
        self._device.release()


def _luma(frame: NDArray[np.generic]) -> Grey:
    """The grey of (H, W) grey, (H, W, 2) YUYV, of both as a view, or (H, W, 3) blue, green, red."""
    if frame.ndim == 2:  # noqa: PLR2004
        return frame.view(np.uint8)
    if frame.shape[2] == 3:  # noqa: PLR2004
        return np.asarray(cv2.cvtColor(frame.view(np.uint8), cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    return frame[:, :, 0].view(np.uint8)


class PictureFolder:
    """Pictures shown one after another, as if somebody laid them on the counter."""

    is_live, is_stills = False, True

    def __init__(self, paths: Iterator[Path]) -> None:
        self._paths, self._pace = paths, _Pace(_PICTURE_S)
        self.detail = "pictures"

    def next(self) -> Picture | None:
        """The next picture that can be opened at all."""
        for path in self._paths:
            try:
                grey = load_grey(path)
            except (UnreadablePicture, OSError):
                continue  # `saoma read` names them; a counter goes on
            self._pace.wait()
            return PlainPicture(grey, time.monotonic())
        return None

    def close(self) -> None:
        pass


class _Pace:
    """Waits out what is left of each period."""

    def __init__(self, period_s: float) -> None:
        self._period_s, self._due_s = period_s, time.monotonic()

    def wait(self) -> None:
        time.sleep(max(0.0, self._due_s - time.monotonic()))
        self._due_s = max(self._due_s, time.monotonic() - self._period_s) + self._period_s


def is_live(source: str) -> bool:
    """Whether the name is a camera's: a number, a device or an address."""
    return source.isdigit() or source.startswith("/dev/") or "://" in source


def open_capture(source: str) -> Capture:
    """Open what `source` names: a number, a device path, a URL, a video, a picture or a folder.

    Raises DeviceError, which names the way out.
    """
    path = Path(source)
    if is_live(source):
        device = _open_stream(source) if "://" in source else _open_camera(source)
        return VideoCapture(device, is_live=True)
    if path.is_dir():
        return PictureFolder(pictures_in(path))
    if not path.exists():
        raise DeviceError(f"no camera, file or folder {source}: a camera is 0, /dev/video0 or an http:// address")
    if path.suffix.lower() in SUFFIXES:
        return PictureFolder(iter([path]))
    return open_video(path, paced=True)


def open_video(path: Path, *, paced: bool = False) -> Capture:
    """A video file; raises DeviceError if it is none."""
    device = _opened(cv2.VideoCapture(str(path), cv2.CAP_FFMPEG), str(path), "not a video: try MP4, AVI or MKV")
    return VideoCapture(device, is_live=False, paced=paced)


def _open_camera(source: str) -> cv2.VideoCapture:
    """A webcam. On Linux MJPG is asked for first, or 720p comes at 5 to 10 frames a second; what is granted is read
    back, for `set` says yes to anything."""
    name = int(source) if source.isdigit() else source
    is_linux = sys.platform == "linux"
    device = cv2.VideoCapture(name, cv2.CAP_V4L2 if is_linux else cv2.CAP_ANY)
    device = _opened(device, source, "plug it in, or close the program that uses it; saoma doctor lists cameras")
    if is_linux:
        device.set(cv2.CAP_PROP_FOURCC, _MJPG)
    device.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
    device.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
    device.set(cv2.CAP_PROP_FPS, FPS)
    if is_linux:
        device.set(cv2.CAP_PROP_CONVERT_RGB, 0)
    return device


def _open_stream(url: str) -> cv2.VideoCapture:
    """A network camera; its JPEGs undecoded where it sends JPEGs."""
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _TIMEOUT_MS]
    params = [cv2.CAP_PROP_N_THREADS, 1, *limits]
    way_out = "check the address, and that the camera is on"
    device = cv2.VideoCapture(url, cv2.CAP_FFMPEG, [*params, cv2.CAP_PROP_FORMAT, -1])
    if int(_opened(device, url, way_out).get(cv2.CAP_PROP_FOURCC)) == _MJPG:
        return device
    device.release()
    return _opened(cv2.VideoCapture(url, cv2.CAP_FFMPEG, params), url, way_out)


def _opened(device: cv2.VideoCapture, source: str, way_out: str) -> cv2.VideoCapture:
    if not device.isOpened():
        device.release()
        raise DeviceError(f"{source} does not open: {way_out}")
    return device


def _name(device: cv2.VideoCapture) -> str:
    """The pixel format's four letters."""
    letters = int(device.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little", signed=True).decode("ascii", "ignore")
    return letters if letters.isalnum() else ""
