import threading
from pathlib import Path

import pytest
import serial
from pytest_mock import MockerFixture

from firmware_sim.devices.scanner import PtyScanner


def opened(link: Path) -> serial.Serial:
    return serial.Serial(str(link), 115200, timeout=60, exclusive=True)


def test_bytes_arrive_as_they_were_sent_with_no_echo_and_no_translation(tmp_path: Path) -> None:
    with (
        PtyScanner(tmp_path / "scanner", suffix=b"\r\n", prefix="<", aim="]C0") as scanner,
        opened(scanner.link) as host,
    ):
        scanner.scan("13")
        assert host.read_until(b"\n") == b"<]C013\r\n"


def test_the_path_is_there_only_while_it_is_plugged_in(tmp_path: Path) -> None:
    scanner = PtyScanner(tmp_path / "scanner")
    assert not scanner.link.exists()
    for _ in range(5):
        scanner.plug()
        scanner.plug()
        assert scanner.link.exists()
        scanner.unplug()
        scanner.unplug()
        assert not scanner.link.is_symlink()
    assert list(tmp_path.iterdir()) == []


def test_a_mistyped_path_costs_nobody_a_file(tmp_path: Path) -> None:
    takings = tmp_path / "takings.csv"
    takings.write_text("12.50")
    with pytest.raises(FileExistsError, match=r"takings\.csv"):
        PtyScanner(takings).plug()
    assert takings.read_text() == "12.50"


def test_pulling_it_out_fails_the_hosts_read_as_a_real_port_does(tmp_path: Path) -> None:
    with PtyScanner(tmp_path / "scanner") as scanner, opened(scanner.link) as host:
        scanner.send(b"134")
        assert host.read(3) == b"134"
        scanner.unplug()
        with pytest.raises(OSError, match="returned no data"):
            host.read(1)


def test_it_may_be_pulled_out_by_somebody_else_in_the_middle_of_a_scan(tmp_path: Path) -> None:
    with PtyScanner(tmp_path / "scanner") as scanner:
        scanning = threading.Thread(target=scanner.scan, args=("1" * 400,), kwargs={"pieces": [1] * 300})
        scanning.start()
        scanner.unplug()
        scanning.join(timeout=60)
        assert not scanning.is_alive()


def test_a_host_that_never_reads_does_not_stop_the_device(tmp_path: Path) -> None:
    with PtyScanner(tmp_path / "scanner") as scanner:
        for _ in range(100):
            scanner.send(b"x" * 1000)
        scanner.scan("still alive")


def test_a_scan_in_pieces_goes_out_at_the_hosts_baud(tmp_path: Path, mocker: MockerFixture) -> None:
    with PtyScanner(tmp_path / "scanner") as scanner, serial.Serial(str(scanner.link), 2400):
        pauses = mocker.patch("firmware_sim.devices.scanner.time.sleep")
        scanner.scan("1" * 12, pieces=[6, 3])
        assert [call.args[0] for call in pauses.mock_calls] == [6 * 10 / 2400, 3 * 10 / 2400]
