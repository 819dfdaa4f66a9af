"""How results are shown: a Markdown table, a progress bar, and the machine they were measured on."""

import os
import platform
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeVar

_PACKAGES = ("numpy", "opencv-python-headless", "pyzbar", "zxing-cpp")
_BAR = 30
_REDRAW_S = 0.2

Item = TypeVar("Item")


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, its first column to the left and the others to the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    rule = ["-" * widths[0], *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    return "\n".join(_line(line, widths) for line in (lines[0], rule, *lines[1:])) + "\n"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
    return f"| {' | '.join([first.strip().ljust(widths[0]), *others])} |"


def machine() -> str:
    """The processor, the system and the versions that took part, in one sentence."""
    packages = ", ".join(f"{name} {found}" for name in _PACKAGES if (found := _version(name)))
    cores = os.cpu_count()
    return f"{_processor()}, {cores} cores, {platform.system()}, Python {platform.python_version()}, {packages}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # OpenCV comes under several names
        return ""


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()} ({platform.machine()})"


def with_progress(items: Iterable[Item], total: int, label: str) -> Iterator[Item]:
    """The items, and on a terminal's stderr how far they have come."""
    drawn_s, shows = 0.0, sys.stderr.isatty()
    for count, item in enumerate(items):
        if shows and time.monotonic() - drawn_s > _REDRAW_S:
            drawn_s = time.monotonic()
            done = _BAR * count // max(1, total)
            sys.stderr.write(f"\r{label} [{'#' * done}{'.' * (_BAR - done)}] {count}/{total} ")
            sys.stderr.flush()
        yield item
    if shows:
        sys.stderr.write("\r\x1b[K")


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def ratio(part: float, whole: float | None) -> str:
    return f"{part / whole:.3f}" if whole else "–"
