import queue
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import serial
from pytest_mock import MockerFixture

from firmware_sim.devices.scanner import PtyScanner
from firmware_sim.devices.scanners.every import SCANNERS
from terminal.scanning.protocols.lines import LineProfile
from terminal.scanning.protocols.talk import Command, Outcome
from terminal.scanning.serial_port import SerialSource
from terminal.steps import DeviceState

CODE = "134567890123456789"
DEADLINE_S = 60.0


@dataclass
class Till:
    """Keeps what the source says, in order."""

    lines: "queue.Queue[tuple[str, float]]" = field(default_factory=queue.Queue)
    states: "queue.Queue[DeviceState]" = field(default_factory=queue.Queue)

    def line(self) -> str:
        return self.lines.get(timeout=DEADLINE_S)[0]

    def state(self) -> DeviceState:
        return self.states.get(timeout=DEADLINE_S)


@contextmanager
def listening(port: str | Path, profile: LineProfile | None = None, baud: int = 115200) -> Iterator[Till]:
    till = Till()
    source = SerialSource(
        str(port),
        baud=baud,
        profile=profile,
        on_line=lambda text, at_s: till.lines.put((text, at_s)),
        on_state=till.states.put,
    )
    source.start()
    try:
        yield till
    finally:
        source.stop()


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[PtyScanner]:
    with PtyScanner(tmp_path / "scanner") as plugged:
        yield plugged


def test_a_scan_arrives_with_the_moment_it_ended(scanner: PtyScanner) -> None:
    with listening(scanner.link) as till:
        assert till.state().up
        before_s = time.monotonic()
        scanner.scan(CODE)
        text, at_s = till.lines.get(timeout=DEADLINE_S)
        assert text == CODE
        assert before_s <= at_s <= time.monotonic()


@pytest.mark.parametrize("pieces", [(), (1,) * 18, (17, 1), (7, 7)])
def test_a_scan_may_come_in_any_pieces(scanner: PtyScanner, pieces: tuple[int, ...]) -> None:
    with listening(scanner.link) as till:
        assert till.state().up
        scanner.scan(CODE, pieces=pieces)
        assert till.line() == CODE


def test_the_host_sets_the_speed_of_the_line(scanner: PtyScanner) -> None:
    with listening(scanner.link, baud=19200) as till:
        assert till.state().up
        assert scanner.baud == 19200


@pytest.mark.parametrize("suffix", [b"\n", b"\r\n", b"\t"])
def test_other_line_endings_need_no_setting(tmp_path: Path, suffix: bytes) -> None:
    with PtyScanner(tmp_path / "scanner", suffix=suffix) as scanner, listening(scanner.link) as till:
        assert till.state().up
        scanner.scan(CODE)
        scanner.scan("6901234567892")
        assert [till.line(), till.line()] == [CODE, "6901234567892"]


def test_a_scanner_without_an_ending_is_read_by_its_silence(tmp_path: Path) -> None:
    with PtyScanner(tmp_path / "scanner", suffix=b"") as scanner:  # noqa: SIM117 - plugged in first
        with listening(scanner.link, LineProfile(endings=b"")) as till:
            assert till.state().up
            scanner.scan(CODE)
            assert till.line() == CODE


def test_a_scanner_without_an_ending_that_nobody_expected_is_explained(tmp_path: Path) -> None:
    with PtyScanner(tmp_path / "scanner", suffix=b"") as scanner, listening(scanner.link) as till:
        assert till.state().up
        scanner.scan(CODE)
        hint = till.state()
        assert hint.up
        assert "suffix" in hint.detail
        assert till.lines.empty()


def test_pulling_it_out_is_said_and_plugging_it_in_takes_it_back(scanner: PtyScanner) -> None:
    with listening(scanner.link) as till:
        assert till.state().up
        scanner.unplug()
        gone = till.state()
        assert not gone.up
        assert "plug the scanner in" in gone.detail
        scanner.plug()
        while not till.state().up:  # by then it may also have said that the path is not there
            pass
        scanner.scan(CODE)
        assert till.line() == CODE


def test_half_a_code_from_before_an_unplug_is_thrown_away(scanner: PtyScanner) -> None:
    with listening(scanner.link) as till:
        assert till.state().up
        scanner.send(b"13456789")
        scanner.unplug()
        assert not till.state().up
        scanner.plug()
        while not till.state().up:
            pass
        scanner.scan(CODE)
        assert till.line() == CODE


def test_a_scanner_that_is_not_there_at_first_is_said_once_and_found_later(tmp_path: Path) -> None:
    scanner = PtyScanner(tmp_path / "scanner")
    with listening(scanner.link) as till:
        assert "is not there" in till.state().detail
        scanner.plug()
        assert till.state().up
    scanner.unplug()


@pytest.mark.parametrize(
    ("port", "said"),
    [("nonsense://here", "no address of a serial line"), (__file__, "not a serial line")],
)
def test_a_port_that_can_never_work_is_named(port: str, said: str) -> None:
    with listening(port) as till:
        assert said in till.state().detail


def test_a_scanner_behind_a_network_socket_is_read_the_same_way() -> None:
    with socket.create_server(("127.0.0.1", 0)) as box, listening(f"socket://127.0.0.1:{box.getsockname()[1]}") as till:
        box.settimeout(DEADLINE_S)
        connection, _ = box.accept()
        assert till.state().up
        with connection:
            connection.sendall(CODE.encode() + b"\r\n")
            assert till.line() == CODE
        assert not till.state().up


def test_the_loop_address_works_as_a_line(mocker: MockerFixture) -> None:
    loop = serial.serial_for_url("loop://", timeout=0.01)
    mocker.patch("serial.serial_for_url", return_value=loop)  # so that this end can speak into it
    with listening("loop://") as till:
        assert till.state().up
        loop.write(CODE.encode() + b"\r")
        assert till.line() == CODE


def test_two_tills_cannot_share_a_scanner(scanner: PtyScanner) -> None:
    with listening(scanner.link) as first, listening(scanner.link) as second:
        states = [first.state(), second.state()]
        assert sorted(state.up for state in states) == [False, True]
        assert "in use" in next(state.detail for state in states if not state.up)


def test_a_scanner_whose_answer_nobody_waits_for_any_more_is_read_on(tmp_path: Path) -> None:
    """As when a payment begins while it is being tried out."""
    till = Till()
    with PtyScanner(tmp_path / "scanner", insides=SCANNERS["gm65"]) as scanner:
        scanner.is_mute = True
        source = SerialSource(
            str(scanner.link),
            on_line=lambda text, at_s: till.lines.put((text, at_s)),
            on_state=till.states.put,
            protocol="gm65",
        )
        source.start()
        try:
            answer = source.ask(Command.IDENTIFY)
            answer.cancel()
            assert source.ask(Command.BEEP).result(DEADLINE_S).outcome is Outcome.NOT_SUPPORTED
            scanner.is_mute = False
            assert answer.result(DEADLINE_S).command is Command.IDENTIFY
        finally:
            source.stop()
