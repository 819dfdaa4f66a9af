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


def sharp(drawn: Bits) -> tuple[Cells, Cells]:
    """(..., m) modules as cells of darkness, (..., (m + 2) * PER_MODULE), and how they change with growth in modules.

    There is a module of light on each side; no bar may go on beyond the ends of `drawn`.
    """
    cells = np.zeros((*drawn.shape[:-1], (drawn.shape[-1] + 2) * PER_MODULE))
    cells[..., PER_MODULE:-PER_MODULE] = np.repeat(drawn, PER_MODULE, axis=-1)
    steps = np.abs(np.diff(cells, axis=-1))
    change = np.zeros_like(cells)
    change[..., 1:] += steps
    change[..., :-1] += steps
    return cells, change * (PER_MODULE / 4)  # half of each edge's move to either side of it


def spread(cells: Cells, weights: Cells) -> Cells:
    """(..., n) cells blurred, (..., n + len(weights) - 1)."""
    reach = weights.size - 1
    padded = np.zeros((*cells.shape[:-1], cells.shape[-1] + 2 * reach))
    padded[..., reach : reach + cells.shape[-1]] = cells
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, weights.size, axis=-1) @ weights)
