"""One picture, read as hard as it takes: rung after rung of the ladder, until what is there has been read.

The budget counts crops and not seconds, so that the same picture always gets the same answer. Nothing here knows the
time; `looks` tells every step as it is done, for whoever wants to time or to draw them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import hypot

import numpy as np

from terminal.model import Symbol, Symbology
from terminal.vision.accept import Findings
from terminal.vision.engines import Engine, load
from terminal.vision.ladder import ladder
from terminal.vision.options import Options
from terminal.vision.rectify import Crop
from terminal.vision.symbol import Grey, Reading, placed

_FEWEST_ROWS = 4  # that say the same, of an ITF


@dataclass(frozen=True, slots=True)
class Look:
    """One engine's look at one crop; without an engine, the crop was only found and made."""

    crop: Crop
    engine: str = ""
    readings: tuple[Reading, ...] = ()


def read(grey: Grey, options: Options | None = None) -> list[Symbol]:
    """The codes in a (H, W) uint8 picture of any strides, each value once.

    Raises ValueError for an array of another type or number of dimensions.
    """
    findings = Findings(options or Options())
    for _ in looks(grey, findings):
        pass
    return findings.symbols


def looks(grey: Grey, findings: Findings) -> Iterator[Look]:
    """The looks that are taken at a (H, W) uint8 picture, one by one; what they find is in `findings`."""
    grey, options = checked(grey), findings.options
    if not grey.size:
        return
    for crop, engines in islice(ladder(grey, findings, load(options.engine)), options.budget):
        yield Look(crop)
        for engine in engines:
            readings = look_at(crop, [engine], options)
            findings.add(readings)
            yield Look(crop, engine.name, tuple(readings))
            if findings.are_settled:
                break


def checked(grey: Grey) -> Grey:
    """The picture itself, or a copy where its strides are none that OpenCV and the engines take."""
    if not isinstance(grey, np.ndarray) or grey.dtype != np.uint8 or grey.ndim != 2:  # noqa: PLR2004
        kind = f"{grey.dtype} {grey.shape}" if isinstance(grey, np.ndarray) else type(grey).__name__
        raise ValueError(f"a picture to read is a (height, width) array of uint8 grey, not {kind}")
    is_plain = grey.strides[1] == 1 and grey.strides[0] >= grey.shape[1]
    return grey if is_plain else np.ascontiguousarray(grey)


def look_at(crop: Crop, engines: Iterable[Engine], options: Options) -> list[Reading]:
    """What each engine reads in the crop, placed in the frame and marked with the crop's step."""
    wanted = options.symbologies & crop.suits
    if not wanted or not crop.pixels.size:
        return []
    found = [one for engine in engines for one in engine.read(crop.pixels, wanted, thorough=crop.thorough)]
    return [placed(one, crop.to_frame, crop.step) for one in found if _is_whole(crop.pixels, one.symbol)]


def _is_whole(pixels: Grey, symbol: Symbol) -> bool:
    """Whether it is no part of a longer ITF, which a row that leaves leaning bars sideways reads like a whole one.

    Hardly any row leaves them at the same digit, where rows across the whole code all say the same. Of 2 500 drawn ITF,
    parts were read of 54, and of 3 by this rule.
    """
    first, second, third, fourth = symbol.corners
    tall = hypot(third[0] + fourth[0] - first[0] - second[0], third[1] + fourth[1] - first[1] - second[1]) / 2
    return symbol.symbology is not Symbology.ITF or tall >= min(_FEWEST_ROWS, min(pixels.shape) - 1)
