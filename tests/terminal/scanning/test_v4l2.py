"""A camera's own words, beside the kernel's header and from a camera that answers like one."""

import errno
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("V4L2 is Linux's", allow_module_level=True)

from terminal.scanning import v4l2
from terminal.scanning.v4l2 import CameraFacts, Format, camera_facts

HEADER = Path("/usr/include/linux/videodev2.h")
NUMBERS = r"""
#include <linux/videodev2.h>
#include <stddef.h>
#include <stdio.h>
int main(void) {
    printf("%lu %lu %lu ", VIDIOC_QUERYCAP, VIDIOC_ENUM_FMT, VIDIOC_G_FMT);
    printf("%lu %lu ", VIDIOC_G_PARM, VIDIOC_ENUM_FRAMESIZES);
    printf("%zu %zu %zu %zu %zu %zu %zu", offsetof(struct v4l2_capability, card),
           offsetof(struct v4l2_capability, capabilities), offsetof(struct v4l2_fmtdesc, pixelformat),
           offsetof(struct v4l2_format, fmt.pix.width), offsetof(struct v4l2_frmsizeenum, discrete) - 4,
           offsetof(struct v4l2_frmsizeenum, stepwise.max_height),
           offsetof(struct v4l2_streamparm, parm.capture.timeperframe));
    return 0;
}
"""


@pytest.mark.skipif(not (shutil.which("cc") and HEADER.exists()), reason="no C compiler or no kernel header here")
def test_numbers_and_places_are_the_kernels(tmp_path: Path) -> None:
    source, program = tmp_path / "numbers.c", tmp_path / "numbers"
    source.write_text(NUMBERS)
    subprocess.run(["cc", "-o", program, source], check=True)
    told = [int(word) for word in subprocess.run([program], capture_output=True, check=True).stdout.split()]
    ours = [v4l2.QUERYCAP, v4l2.ENUM_FMT, v4l2.G_FMT, v4l2.G_PARM, v4l2.ENUM_FRAMESIZES]
    assert told == [*ours, 16, 84, 44, 8, 8, 28, 12]


class Camera:
    """Answers as a webcam's driver does."""

    FORMATS = (b"MJPG", b"YUYV")
    SIZES = ((1280, 720), (640, 480))

    def __init__(self, capabilities: int = 1, *, stepwise: bool = False) -> None:
        self.capabilities, self.stepwise = capabilities, stepwise

    def ioctl(self, _device: int, number: int, question: bytearray) -> None:
        index, second = struct.unpack_from("II", question)
        if number == v4l2.QUERYCAP:
            question[16:26] = b"HD Webcam\0"
            struct.pack_into("II", question, 84, v4l2.DEVICE_CAPS, self.capabilities)
        elif number == v4l2.ENUM_FMT and second == 1 and index < len(self.FORMATS):
            question[44:48] = self.FORMATS[index]
        elif number == v4l2.ENUM_FRAMESIZES and self.stepwise and index == 0:
            struct.pack_into("7I", question, 8, 3, 32, 1920, 2, 32, 1080, 2)
        elif number == v4l2.ENUM_FRAMESIZES and not self.stepwise and index < len(self.SIZES):
            struct.pack_into("3I", question, 8, 1, *self.SIZES[index])
        elif number == v4l2.G_FMT and index == 1:
            struct.pack_into("II", question, 8, 640, 480)
            question[16:20] = b"YUYV"
        elif number == v4l2.G_PARM and index == 1:
            struct.pack_into("II", question, 12, 1, 30)
        else:
            raise OSError(errno.EINVAL, "no more")


@pytest.fixture
def node(tmp_path: Path) -> Path:
    path = tmp_path / "video0"
    path.touch()
    return path


def test_a_camera_tells_its_formats_its_sizes_and_what_it_is_set_to(node: Path) -> None:
    sizes = ((1280, 720), (640, 480))
    assert camera_facts(node, Camera().ioctl) == CameraFacts(
        "HD Webcam", (Format("MJPG", sizes), Format("YUYV", sizes)), Format("YUYV", ((640, 480),)), 30.0
    )


def test_one_that_takes_any_size_tells_its_largest(node: Path) -> None:
    facts = camera_facts(node, Camera(stepwise=True).ioctl)
    assert facts is not None
    assert facts.formats[0].sizes == ((1920, 1080),)


def test_a_node_for_metadata_is_no_camera(node: Path) -> None:
    assert camera_facts(node, Camera(capabilities=0x00800000).ioctl) is None


def test_a_file_that_is_no_device_fails_as_the_system_says(node: Path) -> None:
    with pytest.raises(OSError, match="ioctl"):
        camera_facts(node)
