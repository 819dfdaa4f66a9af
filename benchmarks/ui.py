"""How soon the screen answers: a key while a camera runs and a payment waits, and a cold start beside other programs'.

The real `saoma run` on a pseudo-terminal. A key's time runs from its being sent to the moment in which the letters
that it brings stand on the screen; a start's from before the process to a screen that is drawn in full, and for ours on
to the first key that it answers. What a hand types is withheld for 35 ms, until no scanner can have typed it: digits
are told apart from the keys that no scanner has.

On a machine that does other things, too, most of a key's time may be waiting for a processor. How long the screen's
thread and we stood in that queue is taken off for the second column of each figure.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.cost import milliseconds
from benchmarks.process import core_share, sample, waited_s
from benchmarks.report import machine, markdown, with_progress
from benchmarks.screen import Screen, on_screen
from terminal.errors import DeviceError
from terminal.tui.wording import Texts

GOOD, MISSED, MISSING = 0, 1, 3
KEYS, STARTS = 100, 5
TURNS = 10  # while one payment waits
WITHIN_S = 30.0
PAUSE_S = 0.05, 0.15  # between keys: anywhere in the life of a preview's picture
STILL_S = 0.5  # a screen that has not changed for so long is drawn
MOST_KEY_MS, MOST_START_S = 50.0, 1.0  # design, "Numbers to stay within"
FRAMES_PER_S = 30
AMOUNT, PAY, HELP, JOURNAL, ESCAPE, BACKSPACE = "1250", "\x1b[24~", "\x1bOP", "\x1b[20~", "\x1b", "\x7f"
# By name: what is installed, and the words it is started with. posting 2.11 ends at once with the newest tree-sitter.
PEERS = {"posting": (("posting", "tree-sitter<0.26"), ()), "harlequin": (("harlequin",), ("--locale", "C"))}
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "saoma" / "bench-ui"
_CONTRACT = """
[[acquirer]]
scheme = "qra"
base_url = "http://127.0.0.1:9"
mch_id = "102510000001"
key = "{key}"
"""
_TEXTS = Texts("en")


Kind = tuple[str, str, Callable[[str], bool]]  # a key's name, what it sends, and how its screen is told


@dataclass(frozen=True, slots=True)
class Keys:
    """How long each kind of key took, in seconds, and how long without waiting for a processor; the camera's pictures a
    second and the till's share of a core."""

    took_s: dict[str, list[float]]
    alone_s: dict[str, list[float]]
    pictures_per_s: list[float]
    of_core: float = 0.0


@dataclass(frozen=True, slots=True)
class Start:
    name: str
    drawn_s: Sequence[float]
    cpu_s: Sequence[float]  # until then
    answered_s: Sequence[float] = ()  # the first key; of ours alone


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="saoma bench ui", description=__doc__)
    parser.add_argument("--keys", type=int, default=KEYS, metavar="N", help=f"of each kind ({KEYS})")
    parser.add_argument("--starts", type=int, default=STARTS, metavar="N", help=f"of each program ({STARTS})")
    parser.add_argument("--install", action="store_true", help="first put the peers into environments of their own")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(words)
    if args.install:
        _install()
    try:
        keys = pressed(args.keys)
        starts = started(args.starts)
    except (DeviceError, OSError) as error:
        sys.stderr.write(f"saoma bench ui: {error}\n")
        return MISSING
    absent = [name for name in PEERS if not _peer(name).exists()]
    missed = _missed(keys, starts)
    if args.json:
        told = {"machine": machine(), "load": os.getloadavg()[0], "missing": absent, "missed": missed}
        sys.stdout.write(json.dumps({**told, **_as_json(keys, starts)}) + "\n")
    else:
        sys.stdout.write(f"{machine()}, load {os.getloadavg()[0]:.1f}\n\n{_keys_table(keys)}\n{_starts_table(starts)}")
        sys.stdout.writelines(f"Missing: {name}: saoma bench ui --install\n" for name in absent)
        sys.stdout.writelines(f"Missed: {one}\n" for one in missed)
    return MISSED if missed else GOOD


# --- keys --------------------------------------------------------------------------------------------------


def pressed(count: int) -> Keys:
    """Press each kind of key so many times before a camera: while a payment waits for its code, and while none does."""
    with (
        tempfile.TemporaryDirectory(prefix="saoma-ui-") as folder,
        _camera() as url,
        on_screen(_till(folder, "--camera", url)) as screen,
    ):
        screen.until(lambda text: "/s" in text, WITHIN_S)
        before = sample(screen.process.pid)
        keys = _pressed(screen, count)
        return replace(keys, of_core=core_share([before, sample(screen.process.pid)]))


def _pressed(screen: Screen, count: int) -> Keys:
    typed, helped, listed = _TEXTS("common.typed_code", code="7"), _TEXTS("help.keys"), _TEXTS("payments.title")
    waiting: tuple[Kind, ...] = (
        ("digit", "7", lambda text: typed in text),
        ("backspace", BACKSPACE, lambda text: typed not in text),
        ("help", HELP, lambda text: helped in text),
        ("back from help", ESCAPE, lambda text: helped not in text),
    )
    at_rest: tuple[Kind, ...] = (
        ("journal", JOURNAL, lambda text: listed in text),
        ("back from the journal", ESCAPE, lambda text: listed not in text),
    )
    chance, keys = random.Random(7), Keys({}, {}, [])
    for turn in with_progress(range(count), count, "keys"):
        if turn % TURNS == 0:
            _charge(screen)
        screen.rest(PAUSE_S[1])  # the preview, too, is drawn again
        keys.pictures_per_s.extend(_rate(screen.grid.text))
        for kind in waiting:
            _time(screen, kind, chance, keys)
    _let_go(screen)
    for _ in with_progress(range(count), count, "more keys"):
        for kind in at_rest:
            _time(screen, kind, chance, keys)
    return keys


def _time(screen: Screen, kind: Kind, chance: random.Random, keys: Keys) -> None:
    """Press this key at any moment, and note how long its screen took."""
    name, key, holds = kind
    screen.rest(chance.uniform(*PAUSE_S))
    queued_s = _queued_s(screen)
    sent_s = screen.press(key)
    took_s = screen.until(holds, WITHIN_S) - sent_s
    keys.took_s.setdefault(name, []).append(took_s)
    waited_s = min(took_s, _queued_s(screen) - queued_s)  # the sum over threads, which may wait at once
    keys.alone_s.setdefault(name, []).append(took_s - waited_s)


def _charge(screen: Screen) -> None:
    """Have a payment wait for its code; it gives up after a minute, so one that waits already is begun anew."""
    _let_go(screen)
    for digit in AMOUNT:
        screen.press(digit)
        screen.rest(PAUSE_S[1])
    screen.press(PAY)
    screen.until(lambda text: _TEXTS("phase.await_code.word") in text, WITHIN_S)
    screen.rest(STILL_S)


def _let_go(screen: Screen) -> None:
    """End a payment that waits for its code."""
    awaits = _TEXTS("phase.await_code.word")
    if awaits in screen.grid.text:
        screen.press(ESCAPE)
        screen.until(lambda text: awaits not in text, WITHIN_S)


def _queued_s(screen: Screen) -> float:
    return waited_s() + waited_s(screen.process.pid)


def _rate(text: str) -> list[float]:
    """The pictures a second that the till reads, as it says itself below the preview."""
    words = text.replace("│", " ").split()
    return [float(word[:-2]) for word in words if word.endswith("/s") and word[:-2].isdigit()]


@contextmanager
def _camera() -> Iterator[str]:
    """The address of a 720p camera at 30 pictures a second, in a process of its own; it looks at an empty counter."""
    words = [sys.executable, "-m", "firmware_sim", "camera"]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as it:
        assert it.stdin is not None
        assert it.stdout is not None
        try:
            said = it.stdout.readline()
            yield next(word.rstrip(";") for word in said.split() if word.startswith("http://"))
        finally:
            it.stdin.close()  # it ends with its input


# --- starts ------------------------------------------------------------------------------------------------


def started(count: int) -> list[Start]:
    """Start each program so many times, one after the other in turn; before that once, so that none is the first."""
    programs = [name for name in ("saoma", *PEERS) if name == "saoma" or _peer(name).exists()]
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in programs}
    for turn in with_progress(range(count + 1), count + 1, "starts"):
        for name in programs:
            with tempfile.TemporaryDirectory(prefix="saoma-ui-") as folder:
                times_s = _start(name, folder)
            found[name] += [times_s] if turn else []
    return [Start(name, *zip(*rows, strict=True)) for name, rows in found.items()]


def _start(name: str, folder: str) -> tuple[float, ...]:
    """Seconds until it was drawn, the processor's seconds of that, and for ours until it had answered a key."""
    begun_s = time.monotonic()
    if name != "saoma":
        own = {"HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder, "XDG_CACHE_HOME": folder}
        with on_screen([_peer(name), *PEERS[name][1]], env=own) as screen:
            return screen.still(STILL_S, WITHIN_S) - begun_s, sample(screen.process.pid).cpu_s
    with on_screen(_till(folder)) as screen:
        drawn_s = screen.until(lambda text: "F12" in text or "F1 " in text, WITHIN_S)
        cpu_s = sample(screen.process.pid).cpu_s
        screen.press(HELP)
        answered_s = screen.until(lambda text: _TEXTS("help.keys") in text, WITHIN_S)
        return drawn_s - begun_s, cpu_s, answered_s - begun_s


def _till(folder: str, *options: str) -> list[str]:
    """A till with a contract, so that it could sell; nobody is at the acquirer's address, and nothing is charged."""
    key, config = Path(folder, "key"), Path(folder, "till.toml")
    key.write_text("0" * 32)
    key.chmod(0o600)
    config.write_text(_CONTRACT.format(key=key))
    words = [sys.executable, "-m", "terminal", "run", "--lang", "en"]
    return [*words, "--config", str(config), "--state", str(Path(folder, "till")), *options]


def _peer(name: str) -> Path:
    return _CACHE / name / "bin" / name


def _install() -> None:
    """Each with its own versions of what it needs, for they do not agree on one."""
    for name, (packages, _) in PEERS.items():
        venv.create(_CACHE / name, with_pip=True)
        subprocess.run([_CACHE / name / "bin" / "pip", "install", "--quiet", *packages], check=True)


# --- what is shown -----------------------------------------------------------------------------------------


def _missed(keys: Keys, starts: Sequence[Start]) -> list[str]:
    """The targets that were not reached."""
    ours, *peers = starts
    start_s = statistics.median(ours.answered_s)
    found = {
        f"{name}: p99 under {MOST_KEY_MS:g} ms": milliseconds(took_s, 0.99) >= MOST_KEY_MS
        for name, took_s in keys.took_s.items()
    }
    found[f"start under {MOST_START_S:g} s"] = start_s >= MOST_START_S
    found |= {f"start ahead of {one.name}": start_s >= statistics.median(one.drawn_s) for one in peers}
    return [what for what, is_missed in found.items() if is_missed]


def _keys_table(keys: Keys) -> str:
    rows = [
        [name, str(len(took_s)), *(_both(took_s, keys.alone_s[name], part) for part in (0.5, 0.99, 1.0))]
        for name, took_s in keys.took_s.items()
    ]
    read = f"{statistics.median(keys.pictures_per_s):g}" if keys.pictures_per_s else "?"
    share = f"{100 * keys.of_core:.0f} % of a core"
    below = f"Meanwhile the till read {read} of {FRAMES_PER_S} pictures a second, on {share}.\n"
    return markdown(("key", "times", "p50 ms (alone)", "p99 ms (alone)", "worst ms (alone)"), rows) + below


def _both(took_s: Sequence[float], alone_s: Sequence[float], part: float) -> str:
    return f"{milliseconds(took_s, part):.1f} ({milliseconds(alone_s, part):.1f})"


def _starts_table(starts: Sequence[Start]) -> str:
    head = ("program", "starts", "drawn s", "of the processor s", "first key answered s")
    return markdown(
        head,
        ([one.name, str(len(one.drawn_s)), *map(_median, (one.drawn_s, one.cpu_s, one.answered_s))] for one in starts),
    )


def _median(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.2f}" if seconds else "–"


def _as_json(keys: Keys, starts: Sequence[Start]) -> dict[str, object]:
    return {
        "keys_ms": {name: _quantiles(took_s) for name, took_s in keys.took_s.items()},
        "keys_alone_ms": {name: _quantiles(took_s) for name, took_s in keys.alone_s.items()},
        "pictures_per_s": statistics.median(keys.pictures_per_s) if keys.pictures_per_s else None,
        "of_core": keys.of_core,
        "starts_s": {one.name: {"drawn": one.drawn_s, "cpu": one.cpu_s, "answered": one.answered_s} for one in starts},
    }


def _quantiles(took_s: Sequence[float]) -> dict[str, float]:
    return {name: milliseconds(took_s, part) for name, part in (("p50", 0.5), ("p99", 0.99), ("worst", 1.0))}
