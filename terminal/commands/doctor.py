"""`saoma doctor`: what is plugged in, what is missing, and what to type.

Each check looks at one thing and returns a finding; nothing here opens a camera or disturbs a running till.
"""

import argparse
import json
import locale
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from terminal.places import state_dir

SLOW_SYNC_MS = 100.0  # a payment needs up to six; slower than this a customer would notice


@dataclass(frozen=True, slots=True)
class Finding:
    """`ok` is None where something is merely absent and Saoma goes on without it."""

    what: str
    ok: bool | None
    found: str
    do: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", metavar="DIR", help="where the till keeps its state")
    parser.add_argument("--json", action="store_true", help="one JSON line a finding")


def run(args: argparse.Namespace) -> int:
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        _readers,
        _engine,
        _cameras,
        _ports,
        _terminal,
        _fonts,
        lambda: _disk(args.state),
    )
    findings = [finding for check in checks for finding in check()]
    marks = {True: "ok  ", False: "BAD ", None: "none"}
    for one in findings:
        text = f"{marks[one.ok]} {one.what.ljust(12)} {one.found}" + (f"\n     -> {one.do}" if one.do else "")
        sys.stdout.write((json.dumps(asdict(one), ensure_ascii=False) if args.json else text) + "\n")
    return 3 if any(one.ok is False for one in findings) else 0


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", sys.version_info >= (3, 11), version)


def _readers() -> Iterator[Finding]:
    from terminal.vision.engines import load

    engines = load()
    yield from (Finding("reader", True, engine.name) for engine in engines.present)
    yield from (Finding("reader", None, missing) for missing in engines.missing)


def _engine() -> Iterator[Finding]:
    import apsw

    from terminal.books.journal import OLDEST_ENGINE

    version = apsw.sqlite_lib_version()
    good = tuple(map(int, version.split("."))) >= OLDEST_ENGINE
    yield Finding("sqlite", good, f"{version} (apsw)", "" if good else "pip install -U apsw")


def _cameras() -> Iterator[Finding]:
    nodes = sorted(Path("/dev").glob("video*")) if sys.platform == "linux" else []
    for node in nodes:
        name_file = Path("/sys/class/video4linux") / node.name / "name"
        name = name_file.read_text().strip() if name_file.exists() else "camera"
        readable = os.access(node, os.R_OK | os.W_OK)
        yield Finding("camera", readable, f"{node} {name}", "" if readable else "sudo usermod -aG video $USER")
    if not nodes:
        do = "plug one in, or run `saoma demo`, which brings its own" if sys.platform == "linux" else "try --camera 0"
        yield Finding("camera", None, "no /dev/video* here", do)


def _ports() -> Iterator[Finding]:
    from serial.tools import list_ports

    ports = [port for port in list_ports.comports() if port.vid is not None or "ttyAMA" in port.device]
    for port in ports:
        usable = os.access(port.device, os.R_OK | os.W_OK)
        do = "" if usable else "sudo usermod -aG dialout $USER"
        yield Finding("scanner", usable, f"{port.device} {port.description}", do)
    if not ports:
        yield Finding(
            "scanner", None, "no serial port of a scanner", "set the scanner to 'USB virtual COM', then look again"
        )


def _terminal() -> Iterator[Finding]:
    encoding = locale.getpreferredencoding(do_setlocale=False)
    utf8 = encoding.lower().replace("-", "") == "utf8"
    yield Finding("locale", utf8, encoding, "" if utf8 else "export LANG=C.UTF-8")
    kind = os.environ.get("TERM", "")
    colours = os.environ.get("COLORTERM") or ("256 colours" if "256" in kind else "few colours")
    yield Finding("terminal", True if sys.stdout.isatty() else None, f"{kind or 'none'}, {colours}")


def _fonts() -> Iterator[Finding]:
    folders = (Path("/usr/share/fonts"), Path("/Library/Fonts"), Path("/System/Library/Fonts"))
    wanted = ("*Noto*CJK*", "*wqy*", "PingFang*", "STHeiti*")
    found = next((font for folder in folders for want in wanted for font in folder.rglob(want)), None)
    do = "" if found else "sudo apt-get install fonts-noto-cjk   (only for pictures of Chinese receipts)"
    yield Finding("fonts", True if found else None, str(found or "no Chinese font"), do)


def _disk(given: str | None) -> Iterator[Finding]:
    folder = state_dir(given, "till")
    probe = folder / ".doctor"
    try:
        with probe.open("wb") as file:
            started = time.perf_counter()
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
            took_ms = (time.perf_counter() - started) * 1000
        probe.unlink()
    except OSError as error:
        yield Finding("disk", False, f"{folder}: {error}", "give a writable folder with --state")
        return
    slow = took_ms > SLOW_SYNC_MS
    yield Finding(
        "disk",
        not slow,
        f"{folder}: a synced write takes {took_ms:.1f} ms",
        "use a faster card or disk" if slow else "",
    )
    free_mb = shutil.disk_usage(folder).free // 2**20
    yield Finding("space", free_mb > 64, f"{free_mb} MB free", "" if free_mb > 64 else "free some space")  # noqa: PLR2004
