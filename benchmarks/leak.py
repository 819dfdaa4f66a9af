"""Does watching for long leave anything behind? One of our readers over a stream again and again, and its memory.

A till runs for weeks. What leaks a kilobyte in ten thousand frames is no matter to it; what leaks one a frame is.
"""

import os
from itertools import chain, islice, repeat

from benchmarks.process import can_sample, sample
from benchmarks.report import with_progress
from benchmarks.streams import Stream
from terminal.vision.options import COUNTER, Options
from terminal.vision.reader import Reader

_SPELL = 300  # frames, kept: drawing takes far longer than reading
_FIRST = 2  # spells before the first weighing: caches fill, engines start


def growth_bytes(frames: int) -> int | None:
    """By how much the process grew over so many frames; None where the system does not say how large it is."""
    if not can_sample():
        return None
    greys = [shot.grey for shot in with_progress(Stream(1, _SPELL).shots(), _SPELL, "drawing, frames")]
    reader = Reader(Options(COUNTER))
    for grey in chain.from_iterable(repeat(greys, _FIRST)):
        reader.look(grey)
    before = sample(os.getpid()).resident
    again = islice(chain.from_iterable(repeat(greys)), frames)
    for grey in with_progress(again, frames, "watching, frames"):
        reader.look(grey)
    return sample(os.getpid()).resident - before
