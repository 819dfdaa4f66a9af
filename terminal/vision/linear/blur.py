"""What defocus and motion make of sharp bars, on a grid of a few cells to a module.

Defocus is taken as a Gaussian, motion across the bars as a box; both widths are in modules.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from terminal.vision.linear.tables import Bits

Cells = NDArray[np.float64]

MARGIN = 7  # modules of light on either side of a symbol that are looked at with it
PER_MODULE = 4  # cells: the narrowest bar keeps its shape at the smallest blur that matters
_LONGEST = (MARGIN - 1) * PER_MODULE  # cells to either side that blur may reach
_FINE = 4  # parts of a cell in which a kernel is drawn
_EDGE = PER_MODULE / 4  # half of an edge's move goes to the cell on either side of it


@dataclass(frozen=True, slots=True)
class Blur:
    """`sigma` of a Gaussian and `motion`, the length of a box, in modules; `growth` is how much wider bars came out."""

    sigma: float
    motion: float = 0.0
    growth: float = 0.0


@lru_cache(maxsize=64)
def kernel(blur: Blur) -> Cells:
    """The odd, symmetric line of weights by which cells are spread; they sum to 1."""
    sigma, half = max(blur.sigma, 0.1) * PER_MODULE, blur.motion * PER_MODULE / 2
    reach = min(int(np.ceil(3 * sigma + half)), _LONGEST)
    at = np.arange(-reach * _FINE - 1, reach * _FINE + 2) / _FINE
    weights = np.exp(-0.5 * np.square(at / sigma))
    if blur.motion:
        box = np.clip(half + 0.5 / _FINE - np.abs(at), 0, 1 / _FINE)
        weights = np.convolve(weights, box, "same")
    cell = np.array([0.5, 1, 1, 1, 0.5])
    weights = np.convolve(weights, cell, "same")[1::_FINE]
    return np.asarray(weights / weights.sum())


def drawn(bars: Bits, growth: float) -> Cells:
    """(m,) modules as cells of darkness, ((m + 2) * PER_MODULE,), with a module of light on each side."""
    cells, change = sharp(bars)
    return cells + growth * change


def sharp(bars: Bits) -> tuple[Cells, Cells]:
    """(..., m) modules as cells of darkness, (..., (m + 2) * PER_MODULE), and how they change with growth in modules.

    There is a module of light on each side; no bar may go on beyond the ends of `bars`.
    """
    cells = np.zeros((*bars.shape[:-1], (bars.shape[-1] + 2) * PER_MODULE))
    cells[..., PER_MODULE:-PER_MODULE] = np.repeat(bars, PER_MODULE, axis=-1)
    steps = np.abs(np.diff(cells, axis=-1))
    change = np.zeros_like(cells)
    change[..., 1:] += steps
    change[..., :-1] += steps
    return cells, change * _EDGE


def parts(width: int, blur: Blur) -> Cells:
    """The lines (K, (width + 2) * PER_MODULE + reach) of the modules of a character and, if bars grow, of their ends.

    A line begins where `drawn` does, less half a kernel.
    """
    weights = kernel(blur)
    length = (width + 2) * PER_MODULE + weights.size - 1
    module = np.convolve(weights, np.ones(PER_MODULE))
    modules = _moved(module, PER_MODULE, width, length)
    if not blur.growth:
        return modules
    end = np.convolve(weights, np.full(2, blur.growth * _EDGE))
    return np.concatenate([modules, _moved(end, PER_MODULE - 1, width + 1, length)])


def _moved(line: Cells, first: int, count: int, length: int) -> Cells:
    """(count, length): a line from its `first` cell on, then each time a module further."""
    padded = np.zeros(2 * length)
    padded[length : length + line.size] = line
    starts = length - first - PER_MODULE * np.arange(count)
    return np.asarray(padded[starts[:, None] + np.arange(length)])


def blurred(cells: Cells, blur: Blur) -> Cells:
    """What `drawn` gave for a whole symbol, as a line with MARGIN modules of light around it."""
    margin = (MARGIN - 1) * PER_MODULE
    line = np.zeros(cells.size + 2 * margin)
    weights = kernel(blur)
    reach = weights.size // 2
    line[margin - reach : line.size - margin + reach] = np.convolve(cells, weights)
    return line
