"""`saoma install-service`: this machine is a till from its next boot on."""

import argparse
import re
import shlex
import subprocess
import sys
from pathlib import Path

from terminal.deploy.installation import CONFIG, File, Installation, installation, write
from terminal.errors import ConfigError, PlaceError

USER_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,30}")  # what systemd-sysusers takes
TAKEN_APART = re.compile(r"""[\s"'\\%$;]""")  # by systemd, in a unit's command line
SYSTEMD_RUNS = Path("/run/systemd/system")
HOMES = (Path("/home"), Path("/root"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="print what would be written and run, and do nothing")
    parser.add_argument("--user", default="saoma", help="who the till runs as; made where missing (default: saoma)")
    parser.add_argument("--config", type=Path, default=CONFIG, metavar="FILE", help=f"contracts and devices ({CONFIG})")
    parser.add_argument("--root", type=Path, metavar="DIR", help="write below DIR, as onto a mounted card; run nothing")


def run(args: argparse.Namespace) -> int:
    if not USER_NAME.fullmatch(args.user):
        raise ConfigError(f"--user {args.user!r}: small letters, digits, - and _ are allowed")
    program, config = Path(sys.executable).with_name("saoma"), args.config.absolute()
    for path in (program, config):
        if odd := TAKEN_APART.search(str(path)):
            raise ConfigError(f"{path}: systemd would take it apart at {odd[0]!r}: a path without that is needed")
    if any(program.is_relative_to(home) for home in HOMES):
        sys.stderr.write(f"{program}: a service may not look into homes: move Saoma to /opt/saoma first\n")
        if not args.dry_run:
            return 3
    plan = installation(args.user, program, config)
    if args.dry_run:
        sys.stdout.write(told(plan))
    elif args.root:
        _write(plan.files, args.root)
    else:
        _install(plan)
    return 0


def told(plan: Installation) -> str:
    """All of it, to be read before it is done."""
    files = (f"--- {one.path}  ({_how(one)})\n{one.text}" for one in plan.files)
    return "\n".join([*files, "--- and then\n" + "\n".join(plan.commands) + "\n"])


def _how(file: File) -> str:
    return f"{file.mode:o}" + ", only where there is none" * file.is_kept


def _install(plan: Installation) -> None:
    if not SYSTEMD_RUNS.is_dir():
        raise PlaceError("this system is not run by systemd; --dry-run shows what would be done on one that is")
    _write(plan.files, Path("/"))
    for command in plan.commands:
        _say(command)
        try:
            subprocess.run(shlex.split(command), check=True)  # noqa: S603 - our own words; the user's name is checked
        except (OSError, subprocess.CalledProcessError) as error:
            raise PlaceError(f"{command}: {error}; mend that, then say the same again") from error
    _say("done: `sudo reboot`, and the till is on the screen")


def _write(files: tuple[File, ...], root: Path) -> None:
    for file in files:
        try:
            changed = write(file, root)
        except OSError as error:
            raise PlaceError(f"{file.path}: {error.strerror}; say it with sudo") from error
        _say(f"{'wrote' if changed else 'kept '} {root / file.path.relative_to('/')}")


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
