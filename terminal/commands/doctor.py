"""`saoma doctor`: what is plugged in, what is missing, and what to type.

Each check looks at one thing and returns findings; nothing here takes a device from a running till.
"""

import argparse
import ctypes
import json
import locale
import os
import shutil
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from terminal.clock import Clock
from terminal.commands import machine, plugged
from terminal.commands.finding import Check, Finding, Findings
from terminal.places import state_dir

SLOW_SYNC_MS = 100.0  # a payment needs up to six; slower than this a customer would notice
SYNCS, SYNCED_BYTES = 8, 4096  # some are slower than others: the slowest counts

INSTALL_ZBAR = "sudo apt-get install libzbar0   (macOS: brew install zbar)"
OLDEST_YEAR = 2026  # a Raspberry Pi without network wakes up in an earlier one
TIMEX_SIZE, TIME_ERROR = 256, 5  # bytes, generously; what adjtimex returns where the clock is not synchronised


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", metavar="DIR", help="where the till keeps its state")
    parser.add_argument("--config", metavar="FILE", help="look at the devices that it names, too")
    parser.add_argument("--json", action="store_true", help="one JSON line a finding")


def run(args: argparse.Namespace) -> int:
    checks: tuple[Check, ...] = (
        _python,
        _readers,
        _engine,
        plugged.cameras,
        plugged.ports,
        plugged.wedges,
        plugged.printers,
        lambda: _configured(args.config),
        machine.groups,
        machine.power,
        _terminal,
        _fonts,
        _sound,
        _clock,
        lambda: _disk(args.state),
        lambda: machine.card(state_dir(args.state, "till")),
        lambda: machine.secrets([state_dir(args.state, "till"), *map(Path, filter(None, [args.config]))]),
    )
    findings = [finding for check in checks for finding in check()]
    marks = {True: "ok  ", False: "BAD ", None: "none"}
    for one in findings:
        text = f"{marks[one.ok]} {one.what.ljust(12)} {one.found}" + (f"\n     -> {one.do}" if one.do else "")
        sys.stdout.write((json.dumps(asdict(one), ensure_ascii=False) if args.json else text) + "\n")
    return 3 if any(one.ok is False for one in findings) else 0


def _python() -> Findings:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", sys.version_info >= (3, 11), version)


def _readers() -> Findings:
    from terminal.vision.engines import load

    engines = load()
    yield from (Finding("reader", True, engine.name) for engine in engines.present)
    yield from (Finding("reader", None, missing, INSTALL_ZBAR) for missing in engines.missing)


def _engine() -> Findings:
    import apsw

    from terminal.books.journal import OLDEST_ENGINE

    version = apsw.sqlite_lib_version()
    good = tuple(map(int, version.split("."))) >= OLDEST_ENGINE
    yield Finding("sqlite", good, f"{version} (apsw)", "" if good else "pip install -U apsw")


def _configured(file: str | None) -> Findings:
    from terminal.config import load
    from terminal.schemes import SETTINGS

    if file:
        yield from plugged.configured(load(Path(file), SETTINGS))


def _terminal() -> Findings:
    encoding = locale.getpreferredencoding(do_setlocale=False)
    utf8 = encoding.lower().replace("-", "") == "utf8"
    yield Finding("locale", utf8, encoding, "" if utf8 else "export LANG=C.UTF-8")
    kind = os.environ.get("TERM", "")
    colours = os.environ.get("COLORTERM") or ("256 colours" if "256" in kind else "few colours")
    seen = sys.stdout.isatty() and kind != "linux"  # the kernel's own console has 512 letters, and none is Chinese
    do = "it shows no Chinese: sudo saoma install-service, or saoma run --lang en" if kind == "linux" else ""
    yield Finding("terminal", seen or None, f"{kind or 'none'}, {colours}", do)


def _fonts() -> Findings:
    folders = (Path("/usr/share/fonts"), Path("/Library/Fonts"), Path("/System/Library/Fonts"))
    wanted = ("NotoSansCJK*", "*Noto*CJK*", "*wqy*", "PingFang*", "STHeiti*")
    found = next((font for folder in folders for want in wanted for font in folder.rglob(want)), None)
    do = "" if found else "sudo apt-get install fonts-noto-cjk   (for a screen in foot, and for pictures of receipts)"
    yield Finding("fonts", True if found else None, str(found or "no Chinese font"), do)


def _sound() -> Findings:
    """A counter without either is quiet, but for the terminal's own bell."""
    from terminal.voice.speaker import Voice

    voice = Voice("zh")
    do = "" if voice.player else "sudo apt-get install alsa-utils"
    yield Finding("sound", bool(voice.player) or None, voice.player or "no player: the terminal's bell rings", do)
    do = "" if voice.speaker else "sudo apt-get install espeak-ng"
    yield Finding("speech", bool(voice.speaker) or None, voice.speaker or "no speaker: outcomes are tones", do)


def _clock() -> Findings:
    """Wallets refuse signatures that are minutes off, and a receipt should bear the right day."""
    now = datetime.fromtimestamp(Clock().wall(), UTC).astimezone()
    kept = _is_synchronised()
    how = {True: "synchronised", False: "not synchronised", None: "nothing tells whether it is synchronised"}[kept]
    if now.year < OLDEST_YEAR:
        good: bool | None = False
    else:
        good = kept or None  # one that nobody keeps may be right all the same
    do = "" if good else "sudo timedatectl set-ntp true"
    yield Finding("clock", good, f"{now:%Y-%m-%d %H:%M:%S %z}, {how}", do)


def _is_synchronised() -> bool | None:
    """What Linux's own clock says of itself; None on other systems, and where it may not be asked."""
    if sys.platform != "linux":
        return None
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_SIZE))  # all zeros: only a question
    return None if state < 0 else state != TIME_ERROR


def _disk(given: str | None) -> Findings:
    folder = state_dir(given, "till")
    try:
        took_ms = _slowest_sync_ms(folder / ".doctor")
    except OSError as error:
        yield Finding("disk", False, f"{folder}: {error}", "give a writable folder with --state")
        return
    slow = took_ms > SLOW_SYNC_MS
    yield Finding(
        "disk",
        not slow,
        f"{folder}: the slowest of {SYNCS} synced writes took {took_ms:.1f} ms",
        "use a faster card or disk" if slow else "",
    )
    free_mb = shutil.disk_usage(folder).free // 2**20
    yield Finding("space", free_mb > 64, f"{free_mb} MB free", "" if free_mb > 64 else "free some space")  # noqa: PLR2004


def _slowest_sync_ms(probe: Path) -> float:
    took_ms = []
    with probe.open("wb") as file:
        for _ in range(SYNCS):
            started = time.perf_counter()
            file.write(b"\0" * SYNCED_BYTES)
            file.flush()
            os.fsync(file.fileno())
            took_ms.append((time.perf_counter() - started) * 1000)
    probe.unlink()
    return max(took_ms)
