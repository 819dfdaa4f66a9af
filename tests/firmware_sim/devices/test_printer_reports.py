"""What the printer says by itself and of itself: automatic status (GS a), identity (GS I), the state of its drawer."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_sim.devices.printer import Printer

DEADLINE_S = 60.0
EVERYTHING, DRAWER_ALONE = b"\x1da\x0f", b"\x1da\x01"
NORMAL_PULSE, SHORT_PULSE = b"\x1bp\x00\x19\xfa", b"\x1bp\x01\x05\xfa"


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[Printer]:
    with Printer(tmp_path) as plugged:
        yield plugged


@pytest.fixture
def line(printer: Printer) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", int(printer.url.rsplit(":", 1)[1]))) as connected:
        connected.settimeout(DEADLINE_S)
        yield connected


def heard(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := line.recv(size - len(data))):
        data += more
    return data


def test_it_reports_at_once_and_then_each_change(printer: Printer, line: socket.socket) -> None:
    line.sendall(EVERYTHING)
    assert heard(line, 4) == b"\x10\x00\x00\x00"
    printer.roll = "low"
    assert heard(line, 4) == b"\x10\x00\x03\x00"
    printer.roll = "out"
    assert heard(line, 4) == b"\x18\x00\x0f\x00"
    printer.roll, printer.is_cover_open = "ok", True
    assert heard(line, 4) == b"\x38\x00\x00\x00"
    printer.is_cover_open, printer.has_fault = False, True
    assert heard(line, 4) == b"\x18\x08\x00\x00"
    printer.has_fault = False
    assert heard(line, 4) == b"\x10\x00\x00\x00"


def test_it_reports_only_what_was_asked_for(printer: Printer, line: socket.socket) -> None:
    line.sendall(DRAWER_ALONE)
    assert heard(line, 4) == b"\x10\x00\x00\x00"
    printer.roll = "low"  # nobody asked
    line.sendall(NORMAL_PULSE)
    assert heard(line, 4) == b"\x14\x00\x03\x00"
    line.sendall(b"\x1da\x00")
    printer.is_drawer_open = False
    line.sendall(b"\x10\x04\x01")  # the next thing to come is the answer to this
    assert heard(line, 1) == b"\x12"


@pytest.mark.parametrize(("kind", "said"), [(66, b"_Saoma\0"), (67, b"_stand-in printer\0"), (65, b"_1.0\0")])
def test_it_tells_who_it_is(line: socket.socket, kind: int, said: bytes) -> None:
    line.sendall(b"\x1dI" + bytes([kind]))
    assert heard(line, len(said)) == said


def test_a_pulse_that_is_too_short_opens_no_drawer(printer: Printer, line: socket.socket) -> None:
    line.sendall(SHORT_PULSE + b"\x1dr\x02")
    assert heard(line, 1) == b"\x00"
    line.sendall(NORMAL_PULSE + b"\x1dr\x02")
    assert heard(line, 1) == b"\x01"
    assert [(kick.pin, kick.pulse_ms) for kick in printer.drawer_kicks] == [(5, 10), (2, 50)]
