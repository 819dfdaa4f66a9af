"""The webcam's part, against a device that keeps what it is asked: no camera is plugged into a test machine."""

import sys

import cv2
import numpy as np
import pytest

from firmware_sim.devices.camera import MjpegCamera
from firmware_sim.drawing import codes
from terminal.errors import DeviceError
from terminal.scanning import capture
from terminal.scanning.camera import look
from terminal.scanning.capture import Capture, JpegPicture, PlainPicture, VideoCapture, open_capture
from terminal.vision.reader import Reader

GREY = cv2.GaussianBlur(np.random.default_rng(6).integers(0, 256, (720, 1280)).astype(np.uint8), (0, 0), 5)
JPEG = cv2.imencode(".jpg", GREY)[1].reshape(1, -1)


class Webcam:
    """What a cv2.VideoCapture on V4L2 answers; grants what it was made with, whatever is set."""

    def __init__(self, frame: np.ndarray | None, fourcc: str = "MJPG", is_open: bool = True) -> None:
        self.frame, self.is_open = frame, is_open
        self.granted = {
            cv2.CAP_PROP_FRAME_WIDTH: 1280.0,
            cv2.CAP_PROP_FRAME_HEIGHT: 720.0,
            cv2.CAP_PROP_FOURCC: float(cv2.VideoWriter.fourcc(*fourcc)),
        }
        self.asked: list[tuple[int, float]] = []
        self.released = False

    def isOpened(self) -> bool:
        return self.is_open

    def set(self, what: int, value: float) -> bool:
        self.asked.append((what, value))
        return True

    def get(self, what: int) -> float:
        return self.granted.get(what, -1.0)

    def read(self) -> tuple[bool, np.ndarray | None]:
        return self.frame is not None, self.frame

    def release(self) -> None:
        self.released = True


@pytest.mark.skipif(sys.platform != "linux", reason="V4L2 is Linux's")
def test_a_webcam_is_asked_for_mjpg_before_its_size_and_for_raw_bytes(mocker) -> None:
    webcam = Webcam(JPEG)
    opened = mocker.patch.object(capture.cv2, "VideoCapture", return_value=webcam)
    source = open_capture("0")
    opened.assert_called_once_with(0, cv2.CAP_V4L2)
    assert [what for what, _ in webcam.asked] == [
        cv2.CAP_PROP_FOURCC,
        cv2.CAP_PROP_FRAME_WIDTH,
        cv2.CAP_PROP_FRAME_HEIGHT,
        cv2.CAP_PROP_FPS,
        cv2.CAP_PROP_CONVERT_RGB,
    ]
    assert source.detail == "1280x720 MJPG"
    assert source.is_live


def test_what_was_granted_is_read_back_not_what_was_asked() -> None:
    webcam = Webcam(None, "YUYV")
    webcam.granted[cv2.CAP_PROP_FRAME_HEIGHT] = 960.0
    assert VideoCapture(webcam, is_live=True).detail == "1280x960 YUYV"


def test_a_device_that_does_not_open_is_let_go_and_told(mocker) -> None:
    webcam = Webcam(None, is_open=False)
    mocker.patch.object(capture.cv2, "VideoCapture", return_value=webcam)
    with pytest.raises(DeviceError, match="/dev/video7 does not open: plug it in"):
        open_capture("/dev/video7")
    assert webcam.released


def test_jpeg_bytes_are_decoded_only_as_far_as_they_are_looked_at() -> None:
    picture = VideoCapture(Webcam(JPEG), is_live=True).next()
    assert isinstance(picture, JpegPicture)
    small, grey = picture.small(), picture.grey()
    assert small is not None
    assert small.shape == (90, 160)
    means = GREY.reshape(90, 8, 160, 8).mean(axis=(1, 3))
    assert np.abs(small - means).max() < 6  # a JPEG's DC is the mean of its block
    assert grey is not None
    assert np.abs(grey.astype(int) - GREY).mean() < 3


@pytest.mark.parametrize(
    ("frame", "is_view"),
    [
        (np.dstack([GREY, np.full_like(GREY, 128)]), True),  # YUYV
        (np.vstack([GREY, np.full((360, 1280), 128, np.uint8)]), True),  # NV12
        (GREY, True),
        (cv2.cvtColor(GREY, cv2.COLOR_GRAY2BGR), False),
    ],
    ids=["YUYV", "NV12", "GREY", "BGR"],
)
def test_luma_is_taken_from_every_format_that_a_webcam_sends(frame: np.ndarray, is_view: bool) -> None:
    picture = VideoCapture(Webcam(frame), is_live=True).next()
    assert isinstance(picture, PlainPicture)
    grey, small = picture.grey(), picture.small()
    np.testing.assert_array_equal(grey, GREY)
    np.testing.assert_array_equal(small, GREY[4::8, 4::8])
    assert np.shares_memory(grey, frame) == is_view


def test_an_empty_counter_is_decoded_in_small_alone_from_a_camera_s_own_bytes(mocker) -> None:
    """The MJPEG that a camera sends, through OpenCV's capture: in full only what the gate finds new."""
    scene = np.full((720, 1280, 3), 150, np.uint8)
    code = np.kron(codes.qr("134567890123456789"), np.ones((6, 6), np.uint8))
    phone = scene.copy()
    phone[200 : 200 + len(code), 500 : 500 + len(code)] = np.minimum(code, 240)[..., None]
    shown = [scene]
    with MjpegCamera(
        lambda _t_s: shown[0] + np.random.default_rng().integers(0, 6, (720, 1280, 1), np.uint8)
    ) as camera:
        source, reader = open_capture(camera.url), Reader()
        decode = mocker.spy(capture.cv2, "imdecode")
        for _ in range(12):
            assert seen_in(source, reader) == set()
        ways = [call.args[1] for call in decode.call_args_list]
        assert ways == [cv2.IMREAD_REDUCED_GRAYSCALE_8, cv2.IMREAD_GRAYSCALE] + 11 * [cv2.IMREAD_REDUCED_GRAYSCALE_8]
        shown[0] = phone
        assert any(seen_in(source, reader) == {"134567890123456789"} for _ in range(60))
        source.close()


def seen_in(source: Capture, reader: Reader) -> set[str]:
    picture = source.next()
    assert isinstance(picture, JpegPicture)
    small = picture.small()
    assert small is not None
    assert small.shape == (90, 160)
    return {symbol.text for symbol in look(reader, picture, small)}


def test_a_frame_damaged_on_its_way_is_none_and_no_failure() -> None:
    picture = JpegPicture(np.frombuffer(b"\xff\xd8 and then nothing good", np.uint8), 0.0)
    assert (picture.small(), picture.grey()) == (None, None)


def test_the_end_of_the_pictures_is_none() -> None:
    assert VideoCapture(Webcam(None), is_live=True).next() is None


def test_a_jpeg_that_promises_more_pixels_than_can_be_is_no_picture() -> None:
    data = JPEG.reshape(-1).copy()
    sizes = bytes(data).index(b"\xff\xc0") + 5  # height and width, in the head of the frame
    data[sizes : sizes + 4] = (0xEA, 0x60, 0xEA, 0x60)  # 60 000 each way
    assert JpegPicture(data, 0.0).grey() is None
