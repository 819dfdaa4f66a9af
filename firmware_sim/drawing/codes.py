"""Codes drawn by encoders that nobody here wrote, so that what our readers read is not what we believe.

A module is one pixel: 0 is dark and 255 is light. Scenes and paper enlarge it as they need.
"""

import barcode
import numpy as np
import segno
from numpy.typing import NDArray

Modules = NDArray[np.uint8]

QR_QUIET = 4  # modules on each side (ISO/IEC 18004)
BARS_QUIET = 10  # modules on each side (ISO/IEC 15417)


def qr(text: str, *, error: str = "M", quiet: int = QR_QUIET) -> Modules:
    """(N, N) uint8: a QR code (never a Micro QR) of at least that error correction, its quiet zone included."""
    code = segno.make_qr(text, error=error)
    return _light_and_dark(np.array([list(row) for row in code.matrix_iter(border=quiet)]))


def code128(text: str, *, quiet: int = BARS_QUIET) -> Modules:
    """(N,) uint8: one line of Code 128 (digits in pairs where they can be), its quiet zones included."""
    bars: str = barcode.Code128(text).build()[0]
    return _light_and_dark(np.pad(np.array([bit == "1" for bit in bars]), quiet))


def _light_and_dark(dark: NDArray[np.generic]) -> Modules:
    return np.where(dark, 0, 255).astype(np.uint8)
