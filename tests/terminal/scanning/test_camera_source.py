import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_sim.devices.camera import MjpegCamera
from firmware_sim.drawing import codes
from terminal.model import Symbol, Symbology, Unread
from terminal.scanning.camera import CameraSource
from terminal.steps import DeviceState, Preview
from terminal.vision.options import PAYMENT, Options
from terminal.vision.reader import Reader
from terminal.vision.symbol import Grey

DEADLINE_S = 60.0
CODE, OTHER_CODE = "134567890123456789", "134567890123450000"
GOODS = "6901234567892"
Colour = NDArray[np.uint8]


def frame(text: str | None, seed: int = 0) -> Colour:
    """A 720p counter, with a code lying on it or not; noisy, so that no two frames are the same."""
    grey = np.full((720, 1280), 170, np.uint8)
    if text:
        code = np.kron(codes.qr(text), np.ones((6, 6), np.uint8))
        grey[200 : 200 + len(code), 500 : 500 + len(code)] = code
    grey[:8, seed % 150 * 8 : seed % 150 * 8 + 8] ^= 8
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def frame_with_two(texts: str | None, seed: int) -> Colour:
    """The first as QR and the second as bars, below it."""
    first, _, second = (texts or "").partition(" ")
    both = frame(first, seed)
    if second:
        bars = np.repeat(np.kron(codes.code128(second), np.ones(3, np.uint8))[None], 90, axis=0)
        both[500 : 500 + len(bars), 400 : 400 + bars.shape[1]] = bars[..., None]
    return both


@dataclass
class Till:
    """Keeps what the source says, in order."""

    symbols: "queue.Queue[tuple[list[Symbol], float]]" = field(default_factory=queue.Queue)
    states: "queue.Queue[DeviceState]" = field(default_factory=queue.Queue)

    def state(self) -> DeviceState:
        return self.states.get(timeout=DEADLINE_S)

    def texts(self) -> set[str]:
        return {symbol.text for symbol in self.symbols.get(timeout=DEADLINE_S)[0]}


@contextmanager
def watching(source: str | Path, options: Options | None = None) -> Iterator[tuple[CameraSource, Till]]:
    till = Till()
    camera = CameraSource(
        str(source),
        options or Options(),
        on_symbols=lambda symbols, taken_s: till.symbols.put((symbols, taken_s)),
        on_state=till.states.put,
        is_payment=lambda symbol: symbol.text in (CODE, OTHER_CODE),
    )
    camera.start()
    try:
        yield camera, till
    finally:
        camera.stop()


class Scene:
    """What the camera draws; may be changed while it runs."""

    def __init__(self) -> None:
        self.text: str | None = None
        self.shows: Callable[[str | None, int], Colour] = frame
        self.count = 0

    def draw(self, _t_s: float) -> Colour:
        self.count += 1
        return self.shows(self.text, self.count)


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def network_camera(scene: Scene) -> Iterator[MjpegCamera]:
    with MjpegCamera(scene.draw) as camera:
        yield camera


def eventually(condition: Callable[[], object]) -> None:
    limit_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < limit_s, "waited in vain"
        time.sleep(0.005)


def test_a_network_camera_is_read_as_codes_come_into_view(scene: Scene, network_camera: MjpegCamera) -> None:
    with watching(network_camera.url) as (_, till):
        state = till.state()
        assert (state.up, state.detail) == (True, "1280x720 MJPG")
        before_s = time.monotonic()
        scene.text = CODE
        symbols, taken_s = till.symbols.get(timeout=DEADLINE_S)
        assert [(symbol.symbology, symbol.text) for symbol in symbols] == [(Symbology.QR, CODE)]
        assert before_s <= taken_s <= time.monotonic()


def test_the_preview_is_small_and_outlines_what_was_read(scene: Scene, network_camera: MjpegCamera) -> None:
    scene.text = CODE
    with watching(network_camera.url) as (camera, till):
        till.texts()
        eventually(lambda: (shown := camera.preview.peek()) and shown.seen)
        preview = camera.preview.peek()
        assert isinstance(preview, Preview)
        assert preview.pixels.shape == (90, 160)
        assert preview.pixels.dtype == np.uint8
        (seen,) = preview.seen
        assert seen.is_payment
        assert seen.label == "QR 13************6789"
        (left, top), _, (right, bottom), _ = [(x * preview.scale, y * preview.scale) for x, y in seen.corners]
        inside = preview.pixels[int(top) : int(bottom), int(left) : int(right)]
        assert np.ptp(inside) > 150  # the code itself; the counter around it is even
        scene.text = None
        eventually(lambda: not camera.preview.peek().seen)


def test_two_payment_codes_in_view_are_told_and_one_shown_twice_is_none(
    scene: Scene, network_camera: MjpegCamera
) -> None:
    scene.shows = frame_with_two
    with watching(network_camera.url) as (camera, _):
        scene.text = f"{CODE} {CODE}"
        eventually(lambda: (shown := camera.preview.peek()) and len(shown.seen) == 2)
        assert camera.preview.peek().unread is None
        scene.text = f"{CODE} {OTHER_CODE}"
        eventually(lambda: camera.preview.peek().unread is Unread.TWO_CODES)


def test_why_a_code_is_not_read_is_told_with_its_place(scene: Scene, network_camera: MjpegCamera) -> None:
    scene.shows = lambda text, seed: cv2.GaussianBlur(frame(text, seed), (0, 0), 6)
    with watching(network_camera.url) as (camera, _):
        eventually(lambda: (shown := camera.preview.peek()) and not shown.located)
        scene.text = CODE
        eventually(lambda: camera.preview.peek().unread is Unread.BLURRED)
        assert len(camera.preview.peek().located[0]) == 4


def test_a_camera_that_dies_is_reported_and_taken_back(scene: Scene, network_camera: MjpegCamera) -> None:
    with watching(network_camera.url) as (_, till):
        assert till.state().up
        network_camera.unplug()
        gone = till.state()
        assert not gone.up
        assert "is it plugged in?" in gone.detail
        network_camera.plug()
        assert till.state().up
        scene.text = CODE
        assert till.texts() == {CODE}
        assert till.states.empty()  # nothing was said twice


def test_a_camera_that_stalls_is_missed_and_taken_back(network_camera: MjpegCamera) -> None:
    with watching(network_camera.url) as (camera, till):
        assert till.state().up
        network_camera.stall()
        assert not till.state().up
        network_camera.resume()
        assert till.state().up
        assert camera.preview.peek() is not None


def test_torn_pictures_and_pictures_of_another_size_cost_themselves_alone(
    scene: Scene, network_camera: MjpegCamera
) -> None:
    with watching(network_camera.url) as (_, till):
        assert till.state().up
        for spoil in (network_camera.tear, network_camera.shrink):
            spoil(5)
            enough = scene.count + 10
            eventually(lambda enough=enough: scene.count > enough)  # type: ignore[misc]
        scene.text = CODE
        assert till.texts() == {CODE}
        assert till.states.empty(), "it never was away"


def test_a_camera_that_is_not_there_is_told_once_with_the_way_out() -> None:
    with watching("http://127.0.0.1:9/camera.mjpg") as (_, till):
        state = till.state()
        assert not state.up
        assert "check the address" in state.detail
        eventually(lambda: threading.active_count() > 1)
        assert till.states.empty()


@pytest.mark.parametrize("source", ["/dev/video-nowhere", "no-such-folder"])
def test_a_name_that_leads_nowhere_is_told(source: str) -> None:
    with watching(source) as (_, till):
        state = till.state()
        assert not state.up
        assert source in state.detail


def test_options_switch_while_the_camera_runs(scene: Scene, network_camera: MjpegCamera) -> None:
    with watching(network_camera.url, Options(frozenset({Symbology.EAN13}))) as (camera, till):
        till.state()
        scene.text = CODE
        seen_before = scene.count
        eventually(lambda: scene.count > seen_before + 10)
        assert till.symbols.empty()
        scene.text = None
        camera.set_options(Options(PAYMENT))
        seen_before = scene.count
        eventually(lambda: scene.count > seen_before + 3)
        scene.text = CODE
        assert till.texts() == {CODE}


def test_a_slow_listener_gets_new_frames_and_no_queue(scene: Scene, network_camera: MjpegCamera) -> None:
    scene.text = CODE
    taken, release = queue.Queue[float](), threading.Event()

    def slow(_symbols: list[Symbol], taken_s: float) -> None:
        taken.put(taken_s)
        release.wait(DEADLINE_S)

    camera = CameraSource(network_camera.url, Options(), on_symbols=slow, on_state=lambda _state: None)
    camera.start()
    try:
        first_s = taken.get(timeout=DEADLINE_S)
        drawn = scene.count
        eventually(lambda: scene.count > drawn + 20)
        released_s = time.monotonic()
        release.set()
        assert taken.get(timeout=DEADLINE_S) > first_s
        eventually(lambda: taken.get(timeout=DEADLINE_S) > released_s)  # at most one older frame was waiting
    finally:
        release.set()
        camera.stop()


def test_a_folder_of_pictures_is_read_to_its_end(tmp_path: Path) -> None:
    for index, text in enumerate([CODE, None, "287654321098765432"]):
        cv2.imwrite(str(tmp_path / f"{index}.png"), frame(text))
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with watching(tmp_path) as (_, till):
        assert till.state().up
        assert [till.texts(), till.texts()] == [{CODE}, {"287654321098765432"}]
        end = till.state()
        assert (end.up, end.detail) == (False, f"{tmp_path}: finished")


def test_one_picture_is_a_source_too(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "code.png"), frame(CODE))
    with watching(tmp_path / "code.png") as (_, till):
        assert till.texts() == {CODE}


def test_a_video_file_is_played_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "counter.avi"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 60, (1280, 720))
    for tick in range(30):
        video.write(frame(CODE if 10 <= tick < 25 else None, tick))
    video.release()
    with watching(path) as (_, till):
        assert till.state().up
        assert till.texts() == {CODE}
        assert "finished" in till.state().detail


def test_a_file_that_is_no_video_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("hello")
    with watching(tmp_path / "notes.mp4") as (_, till):
        assert "not a video" in till.state().detail


def test_stopping_leaves_no_thread_behind(network_camera: MjpegCamera) -> None:
    with watching(network_camera.url) as (_, till):
        till.state()
    assert not [thread for thread in threading.enumerate() if thread.name in {"camera _capture", "camera _read"}]


def test_a_fault_of_the_reader_costs_one_picture_and_is_said(
    scene: Scene, network_camera: MjpegCamera, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole, fails = Reader.study, [True]

    def study(self: Reader, grey: Grey) -> list[Symbol]:
        if fails:
            fails.pop()
            raise ZeroDivisionError("a fault of ours")
        return whole(self, grey)

    monkeypatch.setattr(Reader, "study", study)
    scene.text = CODE
    with watching(network_camera.url) as (_, till):
        states = [till.state()]
        while "fault of the reader" not in states[-1].detail:
            states.append(till.state())
        assert not states[-1].up
        assert till.state().up
        assert till.texts() == {CODE}
    assert "a fault of ours" in caplog.text
    assert CODE not in caplog.text
