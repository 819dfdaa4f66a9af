"""What a camera on Linux says of itself, asked without taking it from whoever is using it (V4L2's questions only).

Structures and numbers as in the kernel's `videodev2.h` on 64-bit machines; a test compiles that header beside them.
"""

import errno
import fcntl
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

READ, WRITE = 2, 1
VIDEO_CAPTURE = 1  # the kind of buffers, and the capability's bit
DEVICE_CAPS = 0x80000000
DISCRETE = 1
CAPABILITY_SIZE, FMTDESC_SIZE, FORMAT_SIZE, FRMSIZE_SIZE, PARM_SIZE = 104, 64, 208, 44, 204


def _number(direction: int, number: int, size: int) -> int:
    return direction << 30 | size << 16 | ord("V") << 8 | number


QUERYCAP = _number(READ, 0, CAPABILITY_SIZE)
ENUM_FMT = _number(READ | WRITE, 2, FMTDESC_SIZE)
G_FMT = _number(READ | WRITE, 4, FORMAT_SIZE)
G_PARM = _number(READ | WRITE, 21, PARM_SIZE)
ENUM_FRAMESIZES = _number(READ | WRITE, 74, FRMSIZE_SIZE)

Ioctl = Callable[[int, int, bytearray], object]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Format:
    """A pixel format by its four letters, and the sizes (width, height) it comes in."""

    fourcc: str
    sizes: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class CameraFacts:
    name: str
    formats: tuple[Format, ...]
    now: Format  # what it is set to: one size
    frames_per_s: float  # 0.0 where it does not say


def camera_facts(path: Path, ioctl: Ioctl = fcntl.ioctl) -> CameraFacts | None:
    """What the camera at `path` offers; None for a node that is no camera (its metadata). Raises OSError."""
    device = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        capability = _asked(ioctl, device, QUERYCAP, bytearray(CAPABILITY_SIZE))
        every, own = struct.unpack_from("II", capability, 84)
        if not (own if every & DEVICE_CAPS else every) & VIDEO_CAPTURE:
            return None
        formats = tuple(
            Format(_letters(fourcc), tuple(_sizes(ioctl, device, fourcc))) for fourcc in _fourccs(ioctl, device)
        )
        return CameraFacts(_text(capability[16:48]), formats, _current(ioctl, device), _rate(ioctl, device))
    finally:
        os.close(device)


def _fourccs(ioctl: Ioctl, device: int) -> Iterator[int]:
    for question in _enumerated(ioctl, device, ENUM_FMT, FMTDESC_SIZE, lambda index: (index, VIDEO_CAPTURE)):
        yield struct.unpack_from("I", question, 44)[0]


def _sizes(ioctl: Ioctl, device: int, fourcc: int) -> Iterator[Size]:
    """Each size, or the largest where any in steps will do."""
    for question in _enumerated(ioctl, device, ENUM_FRAMESIZES, FRMSIZE_SIZE, lambda index: (index, fourcc)):
        kind, *numbers = struct.unpack_from("7I", question, 8)
        if kind == DISCRETE:
            yield numbers[0], numbers[1]
        else:
            yield numbers[1], numbers[4]
            return


def _enumerated(
    ioctl: Ioctl, device: int, number: int, size: int, begins: Callable[[int], tuple[int, int]]
) -> Iterator[bytearray]:
    """The answers to one question with index 0, 1, 2… until there is no more."""
    index = 0
    while True:
        question = bytearray(size)
        struct.pack_into("II", question, 0, *begins(index))
        try:
            yield _asked(ioctl, device, number, question)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOTTY):  # no more of them; or a driver that cannot tell
                return
            raise
        index += 1


def _current(ioctl: Ioctl, device: int) -> Format:
    question = bytearray(FORMAT_SIZE)
    struct.pack_into("I", question, 0, VIDEO_CAPTURE)
    width, height, fourcc = struct.unpack_from("3I", _asked(ioctl, device, G_FMT, question), 8)
    return Format(_letters(fourcc), ((width, height),))


def _rate(ioctl: Ioctl, device: int) -> float:
    question = bytearray(PARM_SIZE)
    struct.pack_into("I", question, 0, VIDEO_CAPTURE)
    try:
        seconds, of = struct.unpack_from("II", _asked(ioctl, device, G_PARM, question), 12)
    except OSError:
        return 0.0
    return of / seconds if seconds else 0.0


def _asked(ioctl: Ioctl, device: int, number: int, question: bytearray) -> bytearray:
    ioctl(device, number, question)
    return question


def _letters(fourcc: int) -> str:
    return _text(fourcc.to_bytes(4, "little"))


def _text(data: bytes | bytearray) -> str:
    return bytes(data).split(b"\0")[0].decode("ascii", "replace").strip()
