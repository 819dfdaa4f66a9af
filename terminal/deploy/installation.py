"""What makes a machine a till that is there at boot: files and commands, as values that can be looked at first.

The files stand beside this module as they will stand on the machine; only the user, the program and the configuration
are filled in.
"""

from dataclasses import dataclass
from pathlib import Path
from string import Template

FILES = Path(__file__).parent / "files"
FIRST_CONFIG = Path(__file__).parents[2] / "configs" / "raspberry-pi.toml"
CONFIG = Path("/etc/saoma/till.toml")
# What stands where. None of it is anybody else's: a file that is there already is an older one of ours.
PLACES = {
    "saoma.service": "/etc/systemd/system/saoma.service",
    "70-saoma.rules": "/etc/udev/rules.d/70-saoma.rules",
    "modules.conf": "/etc/modules-load.d/saoma.conf",
    "users.conf": "/etc/sysusers.d/saoma.conf",
    "journald.conf": "/etc/systemd/journald.conf.d/saoma.conf",
    "watchdog.conf": "/etc/systemd/system.conf.d/saoma.conf",
    "foot.ini": "/etc/saoma/foot.ini",
}
# cage 0.1.4 does not start without Xwayland, though nothing here uses it.
PACKAGES = "cage foot seatd xwayland libzbar0 alsa-utils fonts-dejavu-core fonts-noto-cjk"
# The rest takes hold at the next start of the machine.
COMMANDS = (
    f"apt-get install -y --no-install-recommends {PACKAGES}",
    "systemd-sysusers {users}",
    "chgrp {user} {config}",
    "systemctl daemon-reload",
    "systemctl enable seatd.service saoma.service",
)
OPEN, OURS_ALONE = 0o644, 0o640  # the configuration holds the keys of contracts


@dataclass(frozen=True, slots=True)
class File:
    path: Path
    text: str
    mode: int = OPEN
    is_kept: bool = False  # whether one that is there already stays as it is


@dataclass(frozen=True, slots=True)
class Installation:
    files: tuple[File, ...]
    commands: tuple[str, ...]


def installation(user: str, program: Path, config: Path = CONFIG) -> Installation:
    """`program` is the saoma that is to be run; all paths are absolute."""
    filled = {"user": user, "program": program, "config": config}
    files = [File(Path(place), _filled(name, filled)) for name, place in PLACES.items()]
    first = File(config, FIRST_CONFIG.read_text(encoding="utf-8"), OURS_ALONE, is_kept=True)
    commands = (one.format(user=user, config=config, users=PLACES["users.conf"]) for one in COMMANDS)
    return Installation((*files, first), tuple(commands))


def write(file: File, root: Path = Path("/")) -> bool:
    """Below `root`, which may be a mounted card; whether anything was changed. Raises OSError."""
    path = root / file.path.relative_to("/")
    if path.exists() and (file.is_kept or path.read_text(encoding="utf-8") == file.text):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(file.mode)
    path.write_text(file.text, encoding="utf-8")
    return True


def _filled(name: str, values: dict[str, object]) -> str:
    return Template((FILES / name).read_text(encoding="utf-8")).substitute(values)
