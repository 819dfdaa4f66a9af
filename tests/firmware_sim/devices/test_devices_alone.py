"""Each device as a process of its own, as anybody's till would meet it."""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from firmware_sim.devices.v4l2_shim.shim import missing

DEADLINE_S = 60.0


@contextlib.contextmanager
def running(*args: object) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "firmware_sim", *map(str, args)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        try:
            yield process
        finally:
            if process.stdin and not process.stdin.closed:
                process.stdin.close()
            assert process.wait(DEADLINE_S) == 0


def typed(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin
    process.stdin.write(line + "\n")


def told(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline()


def until_there(link: Path) -> None:
    end_s = time.monotonic() + DEADLINE_S
    while not link.exists():
        assert time.monotonic() < end_s
        time.sleep(0.01)


def test_a_scanner_sends_what_is_typed_and_leaves_nothing_behind(tmp_path: Path) -> None:
    link = tmp_path / "scanner"
    with running("scanner", link) as process:
        assert str(link) in told(process)
        with serial.Serial(str(link), timeout=DEADLINE_S) as host:
            typed(process, "scan 6901234567892")
            assert host.read_until(b"\r") == b"6901234567892\r"
        typed(process, "dance")
        assert "'dance' is none of" in told(process)
        typed(process, "unplug")
        typed(process, "plug other")
        until_there(tmp_path / "other")
        assert not link.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_printer_tells_what_it_printed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with running("printer", tmp_path / "paper", "--port", port) as process:
        assert f"tcp://127.0.0.1:{port}" in told(process)
        with socket.create_connection(("127.0.0.1", port), DEADLINE_S) as till:
            till.sendall("中国\n".encode("gbk") + b"\x1dV\x00")
        assert "0001.png" in told(process)
        assert told(process) == "中国\n"


def test_a_port_that_there_cannot_be_is_wrong_usage() -> None:
    command = [sys.executable, "-m", "firmware_sim", "printer", "paper", "--port", "80000"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert (ended.returncode, "80000" in ended.stderr, "Traceback" in ended.stderr) == (2, True, False)


def test_a_display_tells_what_it_shows(tmp_path: Path) -> None:
    link = tmp_path / "display"
    with running("display", link, "--kind", "led8") as process:
        assert "led8" in told(process)
        with serial.Serial(str(link), 2400) as host:
            host.write(b"\x1bQA12.50\r")
            end_s = time.monotonic() + DEADLINE_S
            typed(process, "look")
            while "12.50" not in told(process):
                assert time.monotonic() < end_s
                typed(process, "look")


def test_a_camera_is_an_address_and_its_pictures_may_be_torn_or_end(tmp_path: Path) -> None:
    with running("camera") as process:
        url = told(process).split()[2].rstrip(";")
        assert picture(url).endswith(b"\xff\xd9")
        typed(process, "tear 100000")
        typed(process, "nothing of the kind")
        told(process)  # by now the pictures are torn
        assert not picture(url).endswith(b"\xff\xd9")
        typed(process, "unplug")
        typed(process, "nothing of the kind")
        told(process)
        with pytest.raises(OSError, match="refused"):
            picture(url)


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_a_webcam_tells_how_a_program_is_given_it(tmp_path: Path) -> None:
    with running("camera", "--v4l2", tmp_path / "dev") as process:
        line = told(process)
        given = line[line.index("env ") : line.index(" PROGRAM")].split()
        reads = "import cv2; assert cv2.VideoCapture('/dev/video0', cv2.CAP_V4L2).read()[1].shape == (480, 640, 3)"
        subprocess.run([*given, sys.executable, "-c", reads], check=True)
    assert list((tmp_path / "dev").iterdir()) == []


def picture(url: str) -> bytes:
    """The second one of a fresh look: the first may be older than we are."""
    with urllib.request.urlopen(url, timeout=DEADLINE_S) as stream:
        for _ in range(2):
            while not (line := stream.readline()).startswith(b"Content-Length"):
                pass
            stream.readline()
            jpeg: bytes = stream.read(int(line.split()[1]))
    assert jpeg.startswith(b"\xff\xd8")
    return jpeg
