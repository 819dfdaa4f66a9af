import socket
import threading
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_mock import MockerFixture

from firmware_sim.devices.camera import MjpegCamera

DEADLINE_S = 60.0


class Numbered:
    """Draws pictures whose brightness counts up, so that a viewer can tell which it got."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _: float) -> NDArray[np.uint8]:
        self.count += 1
        return np.full((72, 128, 3), self.count % 200, np.uint8)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline_s, "waited too long"
        time.sleep(0.005)


def capture(url: str) -> cv2.VideoCapture:
    """As the terminal opens it: raw JPEG bytes, with limits, one thread."""
    options = {
        cv2.CAP_PROP_FORMAT: -1,
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC: 3000,
        cv2.CAP_PROP_READ_TIMEOUT_MSEC: 1000,
        cv2.CAP_PROP_N_THREADS: 1,
    }
    return cv2.VideoCapture(url, cv2.CAP_FFMPEG, [number for pair in options.items() for number in pair])


def picture(source: cv2.VideoCapture) -> NDArray[np.uint8] | None:
    ok, data = source.read()
    return cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.uint8) if ok else None


@pytest.fixture
def camera() -> Iterator[MjpegCamera]:
    with MjpegCamera(Numbered(), frames_per_s=60) as running:
        yield running


def test_opencv_reads_it_as_raw_jpeg(camera: MjpegCamera) -> None:
    source = capture(camera.url)
    assert source.isOpened()
    pictures = [picture(source) for _ in range(10)]
    source.release()
    levels = [int(one.mean()) for one in pictures if one is not None]
    assert len(levels) == 10
    assert levels == sorted(levels)
    assert pictures[0] is not None
    assert pictures[0].shape == (72, 128, 3)


def test_opencv_reads_it_as_pictures() -> None:
    colour = np.zeros((720, 1280, 3), np.uint8)
    colour[:, :640] = (200, 20, 20)
    with MjpegCamera(lambda _: colour) as camera:
        source = cv2.VideoCapture(camera.url, cv2.CAP_FFMPEG)
        ok, shown = source.read()
        source.release()
    assert ok
    assert shown.shape == (720, 1280, 3)
    assert np.abs(shown.astype(int) - colour).mean() < 4


def test_it_draws_only_while_somebody_watches() -> None:
    drawn = Numbered()
    with MjpegCamera(drawn, frames_per_s=100) as camera:
        assert camera.viewers == 0
        assert drawn.count == 0
        source = capture(camera.url)
        assert picture(source) is not None
        source.release()
        wait_until(lambda: camera.viewers == 0)
        stopped_at = drawn.count
        source = capture(camera.url)
        assert picture(source) is not None
        source.release()
        assert drawn.count > stopped_at


def test_a_slow_viewer_misses_pictures_and_is_never_shown_an_old_one() -> None:
    drawn, large = Numbered(), np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)

    def draw(t_s: float) -> NDArray[np.uint8]:
        return large // 2 + drawn(t_s)[0, 0, 0] // 2

    with MjpegCamera(draw, frames_per_s=60) as camera, socket.create_connection(("127.0.0.1", _port(camera))) as viewer:
        viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        viewer.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        wait_until(lambda: drawn.count > 30)  # the viewer takes nothing in the meantime
        numbers = [_next_level(viewer) for _ in range(4)]
    assert numbers[0] < 8, "the first was on its way already"
    assert numbers[2] >= 14, "and what follows is new"


def test_unplugging_ends_the_stream_at_once_and_plugging_in_brings_it_back_on_the_same_address(
    camera: MjpegCamera,
) -> None:
    source = capture(camera.url)
    assert picture(source) is not None
    url = camera.url
    camera.unplug()
    wait_until(lambda: picture(source) is None)
    assert not capture(url).isOpened()
    camera.plug()
    camera.plug()
    assert camera.url == url
    again = capture(url)
    assert picture(again) is not None
    again.release()


def test_a_stalled_camera_keeps_the_line_open_and_sends_nothing(camera: MjpegCamera) -> None:
    source = capture(camera.url)
    assert picture(source) is not None
    camera.stall()
    wait_until(lambda: picture(source) is None)  # the viewer's own limit
    assert camera.viewers == 1
    camera.resume()
    again = capture(camera.url)
    assert picture(again) is not None
    again.release()


def test_a_picture_that_stays_the_same_is_encoded_once(mocker: MockerFixture) -> None:
    still = np.zeros((72, 128, 3), np.uint8)
    still.flags.writeable = False
    encode = mocker.spy(cv2, "imencode")
    with MjpegCamera(lambda _: still, frames_per_s=100) as camera:
        source = capture(camera.url)
        assert all(picture(source) is not None for _ in range(10))
        source.release()
    assert encode.call_count == 1


def test_nonsense_at_the_door_hurts_nobody(camera: MjpegCamera) -> None:
    for noise in (b"", b"\x00" * 20_000, b"GET"):
        with socket.create_connection(("127.0.0.1", _port(camera))) as visitor:
            visitor.sendall(noise)
    source = capture(camera.url)
    assert picture(source) is not None
    source.release()


def test_stopping_leaves_no_thread_behind_even_with_a_viewer_that_takes_nothing() -> None:
    before = set(threading.enumerate())
    noise = np.random.default_rng(1).integers(0, 255, (720, 1280, 3), np.uint8)
    with MjpegCamera(lambda _: noise) as camera, socket.create_connection(("127.0.0.1", _port(camera))) as viewer:
        viewer.sendall(b"GET / HTTP/1.1\r\n\r\n")
        wait_until(lambda: camera.viewers == 1)
        camera.stop()
    assert set(threading.enumerate()) <= before


def _port(camera: MjpegCamera) -> int:
    return int(camera.url.split(":")[2].split("/")[0])


def _next_level(viewer: socket.socket) -> int:
    """How bright the next picture in the stream is, as `Numbered` counts."""
    viewer.settimeout(DEADLINE_S)
    head = b""
    while not (head.endswith(b"\r\n\r\n") and b"Content-Length" in head):
        head += viewer.recv(1)
    left, jpeg = int(head.split(b"Content-Length: ")[1].split()[0]), b""
    while len(jpeg) < left:
        jpeg += viewer.recv(left - len(jpeg))
    shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return round((float(shown.mean()) - 63.5) * 2)
