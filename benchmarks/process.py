"""What the system says of a running process: its memory, CPU time, threads and open files. Linux only."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_PROC = Path("/proc")
_USER, _SYSTEM = 11, 12  # of stat's fields behind the name, in ticks
MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """A process at a moment of the machine's monotonic clock."""

    at_s: float
    cpu_s: float
    resident: int  # bytes
    threads: int
    files: int


def can_sample() -> bool:
    return (_PROC / "self" / "stat").exists()


def sample(pid: int) -> Sample:
    """Raises OSError where there is no such process any more."""
    folder = _PROC / str(pid)
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    return Sample(
        time.monotonic(),
        (int(fields[_USER]) + int(fields[_SYSTEM])) / os.sysconf("SC_CLK_TCK"),
        int((folder / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"),
        len(list((folder / "task").iterdir())),
        len(list((folder / "fd").iterdir())),
    )


def waited_s(pid: int | str = "self") -> float:
    """How long the process' first thread has stood in the queue for a processor that others had."""
    return int((_PROC / str(pid) / "schedstat").read_text().split()[1]) / 1e9


def core_share(samples: Sequence[Sample]) -> float:
    """How much of one core it took, from the first sample to the last."""
    first, last = samples[0], samples[-1]
    return (last.cpu_s - first.cpu_s) / (last.at_s - first.at_s)


def growth_per_hour(samples: Sequence[Sample]) -> float:
    """Bytes an hour by which its memory grew: the slope of the straight line nearest to the samples."""
    at_h = np.array([one.at_s - samples[0].at_s for one in samples]) / 3600
    return float(np.polyfit(at_h, [one.resident for one in samples], 1)[0])
