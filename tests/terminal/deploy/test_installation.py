"""What `install-service` would put on a machine, held against what it should be, and shown to the tools that use it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from terminal.cli import main
from terminal.commands import install_service
from terminal.commands.install_service import told
from terminal.config import load
from terminal.deploy.installation import FILES, FIRST_CONFIG, installation, write
from terminal.schemes import SETTINGS

DRY_RUN = Path(__file__).with_name("dry_run.txt")
PROGRAM = Path("/opt/saoma/.venv/bin/saoma")
MOST_EXPOSED = 20  # of 100, as systemd-analyze counts; what is left is the network, the devices and the screen


def needs(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not here")


def said(*words: str | Path) -> str:
    """What a tool says; it fails the test where it is not content."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with programs that this machine has, since they are looked up."""
    plan = installation("saoma", Path("/bin/true"))
    text = plan.files[0].text.replace("/usr/bin/cage", "/bin/true")
    path = tmp_path / "saoma.service"
    path.write_text(text)
    return path


def test_the_dry_run_is_all_that_is_written_and_run() -> None:
    assert told(installation("saoma", PROGRAM)) == DRY_RUN.read_text(encoding="utf-8")


def test_every_file_that_lies_here_is_put_somewhere() -> None:
    placed = {file.text for file in installation("$user", Path("$program"), Path("/$config")).files}
    for file in FILES.iterdir():
        assert file.read_text(encoding="utf-8").replace("$config", "/$config") in placed, file.name


@needs("systemd-analyze")
def test_systemd_understands_the_unit(unit: Path) -> None:
    assert not said("systemd-analyze", "verify", "--man=no", unit).strip()


@needs("systemd-analyze")
def test_the_unit_may_do_little_beside_what_a_till_does(unit: Path) -> None:
    said("systemd-analyze", "security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSED}", unit)


@needs("foot")
def test_the_screen_s_terminal_understands_its_settings() -> None:
    said("foot", "--check-config", f"--config={FILES / 'foot.ini'}")


def test_udev_rules_are_matches_and_settings_in_balance() -> None:
    rules = [line for line in (FILES / "70-saoma.rules").read_text().splitlines() if line and line[0] != "#"]
    assert len(rules) == 4
    for rule in rules:
        parts = rule.split(", ")
        assert all(part.count('"') == 2 and part.endswith('"') for part in parts), rule
        assert any(part.startswith("SYMLINK+=") for part in parts)
        assert any(part.startswith("GROUP=") for part in parts)
        assert 'MODE="0660"' in parts


def test_the_first_configuration_names_devices_as_the_rules_name_them() -> None:
    config, rules = load(FIRST_CONFIG, SETTINGS), (FILES / "70-saoma.rules").read_text()
    for path in (config.camera.source, config.scanner.port, config.printer.url, "/dev/input/saoma-scanner"):
        assert f'SYMLINK+="{path.removeprefix("/dev/")}"' in rules


def test_files_are_written_below_a_card_and_the_configuration_that_is_there_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["install-service", "--root", str(tmp_path)]
    assert main(words) == 0
    written = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert len(written) == len(installation("saoma", PROGRAM).files)
    config, unit = tmp_path / "etc/saoma/till.toml", tmp_path / "etc/systemd/system/saoma.service"
    assert config.stat().st_mode & 0o777 == 0o640
    assert unit.stat().st_mode & 0o777 == 0o644
    config.write_text("# mine\n")
    unit.write_text("# an older one\n")
    capsys.readouterr()
    assert main(words) == 0
    assert config.read_text() == "# mine\n"
    assert "User=saoma" in unit.read_text()
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()].count("wrote") == 1


@pytest.mark.parametrize("user", ["Robert'); DROP", "", "a b", "-x", "ROOT"])
def test_a_user_s_name_that_could_be_something_else_is_refused(user: str) -> None:
    assert main(["install-service", "--dry-run", f"--user={user}"]) == 2


@pytest.mark.parametrize("config", ["/etc/my shop/till.toml", "/etc/$HOME/till.toml", "/etc/50%/till.toml"])
def test_a_path_that_systemd_would_take_apart_is_refused(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install-service", "--dry-run", "--config", config]) == 2
    assert "take it apart" in capsys.readouterr().err


def test_what_lies_in_a_home_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(install_service, "HOMES", (Path("/"),))
    assert main(["install-service", "--root", str(tmp_path)]) == 3
    assert not list(tmp_path.iterdir())
    assert main(["install-service", "--dry-run"]) == 0


def test_a_system_without_systemd_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(install_service, "SYSTEMD_RUNS", tmp_path / "nothing")
    monkeypatch.setattr(install_service, "_write", lambda *_: pytest.fail("it wrote"))
    assert main(["install-service"]) == 3


def test_a_place_that_cannot_be_written_says_to_use_sudo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "etc").write_text("a file where a folder should be")
    assert main(["install-service", "--root", str(tmp_path)]) == 3
    assert "sudo" in capsys.readouterr().err


def test_writing_tells_whether_anything_changed(tmp_path: Path) -> None:
    file = installation("saoma", PROGRAM).files[0]
    assert write(file, tmp_path)
    assert not write(file, tmp_path)
