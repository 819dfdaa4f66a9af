"""A payment code as the page draws it: the paths of two SVG pictures, a module being one unit wide."""

from functools import lru_cache
from itertools import groupby
from typing import TypedDict

from firmware_sim.drawing import codes

KEPT = 8  # each is looked at once a second, and stays for a minute


class Drawing(TypedDict):
    """A field of so many modules across, its quiet zone included, and its dark parts as an SVG path."""

    modules: int
    path: str


@lru_cache(maxsize=KEPT)
def drawn(code: str) -> dict[str, Drawing]:
    """As wallets show it: a QR code, and a line of Code 128 that is one unit high."""
    return {"qr": _drawing(codes.qr(code)), "bars": _drawing(codes.code128(code)[None, :])}


def _drawing(modules: codes.Modules) -> Drawing:
    rows = (_row(y, row.tolist()) for y, row in enumerate(modules))
    return {"modules": modules.shape[1], "path": "".join(rows)}


def _row(y: int, row: list[int]) -> str:
    """One bar for each run of dark modules."""
    path, x = "", 0
    for light, run in groupby(row):
        width = len(list(run))
        path += "" if light else f"M{x} {y}h{width}v1h-{width}z"
        x += width
    return path
