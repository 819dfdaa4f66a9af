"""When memory is tidied up: while nobody presses a key.

Python looks through all there is whenever it has made much that is new. That takes a tenth of a second and holds up
every thread; left to itself it comes with any key, and most likely with one that opens a screen.
"""

import gc

QUIET_S = 5.0  # without a key
_SELDOM = 1000  # rounds through the younger things until it looks through all by itself, instead of 10
_MUCH = 20  # rounds, from which on it is worth while


def settle() -> None:
    """All that is there now will stay, so it is never looked through again."""
    gc.enable()
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], _SELDOM)


def tidy() -> None:
    """Now is a good moment."""
    if gc.get_count()[2] >= _MUCH:
        gc.collect()
