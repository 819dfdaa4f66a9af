"""The doctor looks at machines that are made up, device by device, and says what to type."""

import json
import os
import sys
from pathlib import Path

import pytest

from firmware_sim.devices.printer import Printer
from firmware_sim.devices.scanner import PtyScanner
from firmware_sim.devices.scanners.every import SCANNERS
from terminal.cli import main
from terminal.commands import machine as board
from terminal.commands import plugged
from terminal.commands.finding import Finding
from terminal.config import CameraConfig, Config, DisplayConfig, PrinterConfig, ScannerConfig
from terminal.scanning.v4l2 import CameraFacts, Format


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    for folder in ("dev/serial/by-id", "dev/serial/by-path", "dev/usb", "dev/input", "sys/class/input"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def plug(path: Path, mode: int = 0o600) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    path.chmod(mode)
    return str(path)


def test_a_port_is_told_by_the_name_that_stays(machine: Path) -> None:
    port = plug(machine / "dev/ttyUSB0")
    link = machine / "dev/serial/by-id/usb-Newland_HR22-if00"
    link.symlink_to(port)
    assert list(plugged.ports([(port, "Newland HR22")], machine)) == [Finding("port", True, f"{link} Newland HR22")]


def test_a_port_without_a_serial_number_is_told_by_its_socket_and_to_stay_there(machine: Path) -> None:
    port = plug(machine / "dev/ttyUSB0")
    link = machine / "dev/serial/by-path/platform-usb-0:1.3"
    link.symlink_to(port)
    (told,) = plugged.ports([(port, "CH340")], machine)
    assert told.ok
    assert "by-path" in told.found
    assert "keep it there" in told.do


def test_what_may_not_be_opened_names_the_group(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    (port,) = plugged.ports([(plug(machine / "dev/ttyACM0"), "scanner")], machine)
    plug(machine / "dev/usb/lp0")
    (printer,) = plugged.printers(machine)
    assert (port.ok, printer.ok) == (False, False)
    assert "dialout" in port.do
    assert "usermod -aG lp" in printer.do


def test_nothing_plugged_in_is_no_fault_and_says_what_to_do(machine: Path) -> None:
    for check in (plugged.cameras, plugged.wedges, plugged.printers):
        (told,) = check(machine)
        assert told.ok is None
        assert told.do
    (told,) = plugged.ports([], machine)
    assert told.ok is None
    assert "USB virtual COM" in told.do


def test_a_keyboard_that_is_a_scanner_is_told_from_one_that_is_not(machine: Path) -> None:
    for number, name in enumerate(["AT Translated Set 2 keyboard", "WCM HIDKeyBoard Barcode Scanner"]):
        device = machine / f"sys/class/input/event{number}/device"
        device.mkdir(parents=True)
        (device / "name").write_text(name + "\n")
    (told,) = plugged.wedges(machine)
    assert told.ok
    assert "event1 WCM HIDKeyBoard Barcode Scanner" in told.found
    assert 'ATTRS{name}=="WCM HIDKeyBoard Barcode Scanner"' in told.do


def test_a_camera_is_one_line_with_what_it_offers_and_is_set_to() -> None:
    sizes = ((640, 480), (1920, 1080), (320, 240), (1280, 720))
    facts = CameraFacts("HD Webcam", (Format("MJPG", sizes),), Format("YUYV", ((640, 480),)), 30.0)
    told = plugged.camera_finding("/dev/v4l/by-id/usb-cam", facts)
    assert told.found == (
        "/dev/v4l/by-id/usb-cam HD Webcam: MJPG 1920x1080, 1280x720, 640x480 and 1 more; now YUYV 640x480 at 30/s"
    )
    assert not told.do


def test_a_camera_without_mjpg_is_warned_of() -> None:
    told = plugged.camera_finding("/dev/video0", CameraFacts("old", (), Format("YUYV", ((640, 480),)), 0.0))
    assert told.ok
    assert "no MJPG" in told.do


def test_a_node_that_does_not_answer_like_a_camera_is_a_finding(machine: Path) -> None:
    plug(machine / "dev/video0")
    (told,) = plugged.cameras(machine)
    assert told.ok is False
    assert "video0" in told.found


def test_a_scanner_is_asked_who_it_is(tmp_path: Path) -> None:
    with PtyScanner(tmp_path / "scanner", insides=SCANNERS["syn"]) as scanner:
        (told,) = plugged.configured(Config(scanner=ScannerConfig(str(scanner.link), protocol="syn")))
        assert told.ok
        assert told.found.endswith("syn Saoma stand-in 1")
        (told,) = plugged.configured(Config(scanner=ScannerConfig(str(scanner.link), protocol="newland")))
        assert told.ok is False
        assert "`protocol` and `baud`" in told.do


@pytest.mark.parametrize(("path", "said"), [("/nowhere/ttyUSB9", "is not there"), ("/dev/input/nothing", "nothing")])
def test_a_scanner_that_is_not_there_is_a_fault(path: str, said: str) -> None:
    (told,) = plugged.configured(Config(scanner=ScannerConfig(path)))
    assert told.ok is False
    assert said in told.found


def test_what_the_configuration_names_is_looked_for_and_its_printer_asked(tmp_path: Path) -> None:
    with Printer(tmp_path / "paper") as printer, PtyScanner(tmp_path / "scanner") as scanner:
        config = Config(
            scanner=ScannerConfig(str(scanner.link)),
            camera=CameraConfig("/nowhere/video9"),
            display=DisplayConfig("socket://127.0.0.1:9"),
            printer=PrinterConfig(printer.url),
        )
        assert [one.ok for one in plugged.configured(config)] == [False, True, True]
        printer.roll = "out"
        told = list(plugged.configured(config))[-1]
        assert (told.ok, told.do) == (False, "it is out of paper: put a new roll in")
    told = list(plugged.configured(config))[-1]
    assert told.ok is False
    assert "check that it is on" in told.found


@pytest.mark.parametrize(
    ("told", "ok", "said"),
    [("0\n", True, "as it should"), ("50000\n", False, "has been too low"), ("50005", False, "is too")],
)
def test_a_raspberry_pi_with_too_thin_a_supply_is_a_fault(machine: Path, told: str, ok: bool, said: str) -> None:
    assert not list(board.power(machine)), "other machines say nothing"
    throttled = machine / "sys/devices/platform/soc/soc:firmware/get_throttled"
    throttled.parent.mkdir(parents=True)
    throttled.write_text(told)
    (found,) = board.power(machine)
    assert (found.ok, bool(found.do)) == (ok, not ok)
    assert said in found.found


@pytest.mark.parametrize(("options", "ok"), [("rw,noatime", True), ("rw,relatime", None)])
def test_a_card_that_is_written_to_by_reading_is_told(machine: Path, options: str, ok: bool | None) -> None:
    mounts = machine / "proc/self/mounts"
    mounts.parent.mkdir(parents=True)
    mounts.write_text(f"/dev/mmcblk0p2 / ext4 {options} 0 0\n/dev/sda1 /srv ext4 rw 0 0\ntmpfs /run tmpfs rw 0 0\n")
    (found,) = board.card(Path("/var/lib/saoma"), machine)
    assert (found.ok, found.found) == (ok, "/dev/mmcblk0p2 at /")
    assert ("fstab" in found.do) == (ok is None)
    assert not list(board.card(Path("/srv/saoma"), machine)), "that is no card"
    mounts.unlink()
    assert not list(board.card(Path("/var/lib/saoma"), machine))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these groups")
def test_the_groups_that_are_missing_are_named_with_what_they_are_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (found,) = board.groups(["video", "lp", "users"])
    assert found.found == "not in dialout for serial ports; input for keyboard scanners"
    assert "usermod -aG dialout,input" in found.do
    (found,) = board.groups(board.GROUPS)
    assert found.ok
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert not list(board.groups([])), "root may"


def test_keys_that_everybody_may_read_are_a_fault(tmp_path: Path) -> None:
    config = tmp_path / "till.toml"
    config.touch(0o644)
    config.chmod(0o644)
    (found,) = board.secrets([config, tmp_path / "nothing"])
    assert found.do == f"chmod o= {config}"
    config.chmod(0o640)
    assert not list(board.secrets([config]))


def test_the_kernel_s_own_console_is_told_to_show_no_chinese(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "linux")
    main(["doctor", "--state", str(tmp_path), "--json"])
    findings = {one["what"]: one for one in map(json.loads, capsys.readouterr().out.splitlines())}
    assert findings["terminal"]["ok"] is None
    assert "install-service" in findings["terminal"]["do"]


def test_every_finding_is_a_line_of_json_and_nothing_that_is_merely_absent_is_a_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "till.toml"
    config.write_text("[till]\nterminal_id = 'P1'\n")
    code = main(["doctor", "--state", str(tmp_path), "--config", str(config), "--json"])
    findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"python", "reader", "sqlite", "camera", "wedge", "printer", "locale", "fonts", "clock", "disk"} <= {
        one["what"] for one in findings
    }
    assert all(set(one) == {"what", "ok", "found", "do"} for one in findings)
    assert code == (3 if any(one["ok"] is False for one in findings) else 0)
