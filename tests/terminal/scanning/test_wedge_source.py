"""A keyboard scanner by a pipe that carries the kernel's records; grabbing itself needs a kernel's own device."""

import errno
import os
import queue
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("evdev is Linux's", allow_module_level=True)

from terminal.scanning.protocols.keys import keys
from terminal.scanning.wedge import WedgeSource
from terminal.steps import DeviceState

DEADLINE_S = 60.0
CODE = "134567890123456789"
Heard = tuple["queue.Queue[str]", "queue.Queue[DeviceState]"]


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "event7"
    os.mkfifo(path)
    return path


@contextmanager
def listening(path: Path, grab: Callable[[int], None] = lambda _: None) -> Iterator[Heard]:
    lines, states = queue.Queue[str](), queue.Queue[DeviceState]()
    source = WedgeSource(str(path), on_line=lambda text, _: lines.put(text), on_state=states.put, grab=grab)
    source.start()
    try:
        yield lines, states
    finally:
        source.stop()


def test_it_is_grabbed_before_a_code_is_read(pipe: Path) -> None:
    grabbed: list[int] = []
    keyboard = os.open(pipe, os.O_RDWR)
    with listening(pipe, grabbed.append) as (lines, states):
        assert states.get(timeout=DEADLINE_S).up
        assert len(grabbed) == 1
        os.write(keyboard, keys(CODE))
        assert lines.get(timeout=DEADLINE_S) == CODE
    os.close(keyboard)


def test_pulled_out_it_is_said_and_put_back_it_reads_on(pipe: Path) -> None:
    keyboard = os.open(pipe, os.O_RDWR)
    with listening(pipe) as (lines, states):
        assert states.get(timeout=DEADLINE_S).up
        os.write(keyboard, keys(CODE)[:-96])
        pipe.unlink()
        os.close(keyboard)
        gone = states.get(timeout=DEADLINE_S)
        assert not gone.up
        os.mkfifo(pipe)
        keyboard = os.open(pipe, os.O_RDWR)
        while not states.get(timeout=DEADLINE_S).up:
            pass
        os.write(keyboard, keys("6901234567892"))
        assert lines.get(timeout=DEADLINE_S) == "6901234567892"
    os.close(keyboard)


def test_one_that_somebody_else_has_grabbed_is_named(pipe: Path) -> None:
    def taken(_: int) -> None:
        raise OSError(errno.EBUSY, "taken")

    with listening(pipe, taken) as (_, states):
        assert "in use by another program" in states.get(timeout=DEADLINE_S).detail


def test_what_is_no_keyboard_and_what_is_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, said in (("file", "is no keyboard"), ("nothing", "is not there")):
        source = queue.Queue[DeviceState]()
        wedge = WedgeSource(str(tmp_path / name), on_line=lambda *_: None, on_state=source.put)
        wedge.start()
        assert said in source.get(timeout=DEADLINE_S).detail
        wedge.stop()
