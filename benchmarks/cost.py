"""What a call costs in CPU time: what the wall clock says of a shared machine is mostly about its other users.

All threads of the process count, so that a reader gains nothing by using more of them.
"""

import time
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from benchmarks.peers import Grey, Read
from benchmarks.score import Found

Item = TypeVar("Item")


def timed(read: Read, grey: Grey) -> tuple[list[Found], float]:
    """What it read, and how many seconds of CPU that took."""
    start_s = time.process_time()
    found = read(grey)
    return found, time.process_time() - start_s


def in_turn(items: Sequence[Item], count: int) -> list[Item]:
    """The items in the order of round `count`: each begins as often as any other, with the caches cold."""
    first = count % max(1, len(items))
    return [*items[first:], *items[:first]]


def milliseconds(costs_s: Sequence[float], quantile: float) -> float:
    """A quantile of costs, in milliseconds; 0 of none."""
    return 1000 * float(np.quantile(costs_s, quantile)) if costs_s else 0.0
