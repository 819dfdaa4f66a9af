"""When a counter counts as alive: its loop turns, and its reader too, with a camera or without one."""

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_mock import MockerFixture

from terminal import compose
from terminal.clock import Clock
from terminal.compose import Counter
from terminal.config import CameraConfig, Config
from terminal.scanning import camera
from terminal.steps import Event

DEADLINE_S = 60.0


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    config = Config(camera=CameraConfig("/dev/saoma-is-not-here"))
    with Counter(config, state=tmp_path, clock=Clock(), rng=random.Random(1), is_demo=False) as made:
        yield made


def test_a_counter_whose_camera_is_unplugged_is_alive(counter: Counter) -> None:
    assert counter.is_alive()


def test_a_reader_that_hangs_is_not_alive_until_it_turns_again(counter: Counter, mocker: MockerFixture) -> None:
    reader = counter._camera
    assert reader is not None
    hangs, entered = threading.Event(), threading.Event()

    def hang(_: object) -> None:
        entered.set()
        hangs.wait(DEADLINE_S)

    reader._on_state = hang
    reader._said = None  # its next trouble is news again
    assert entered.wait(DEADLINE_S)
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + camera.HUNG_S)
    mocker.patch.object(camera, "time", later)
    assert not counter.is_alive()
    hangs.set()
    end_s = time.monotonic() + DEADLINE_S
    while not counter.is_alive():
        assert time.monotonic() < end_s, "it turns again and is not seen to"
        time.sleep(0.02)


def test_a_loop_that_hangs_is_not_alive(counter: Counter, mocker: MockerFixture) -> None:
    mocker.patch.object(compose, "TURNS_WITHIN_S", 0.05)
    hangs = threading.Event()
    counter.till.subscribe(lambda event: _wait(hangs, event))
    counter.till.cancel()
    counter.till.typed("6901234567892")  # said on the till's loop, by a listener that does not come back
    try:
        assert not counter.is_alive()
    finally:
        hangs.set()
    mocker.patch.object(compose, "TURNS_WITHIN_S", DEADLINE_S)
    assert counter.is_alive()


def _wait(hangs: threading.Event, _: Event) -> None:
    hangs.wait(DEADLINE_S)
