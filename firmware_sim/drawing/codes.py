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
EAN_QUIET = 11  # modules on the left side, 7 on the right (GS1 General Specifications 5.2.3.4): the larger for both


def qr(text: str, *, error: str = "M", quiet: int = QR_QUIET) -> Modules:
    """(N, N) uint8: a QR code (never a Micro QR) of at least that error correction, its quiet zone included."""
    code = segno.make_qr(text, error=error)
    return _light_and_dark(np.array([list(row) for row in code.matrix_iter(border=quiet)]))


def code128(text: str, *, quiet: int = BARS_QUIET) -> Modules:
    """(N,) uint8: one line of Code 128 (digits in pairs where they can be), its quiet zones included."""
    return bars("code128", text, quiet=quiet)


def ean13(digits: str, *, quiet: int = EAN_QUIET) -> Modules:
    """(N,) uint8: one line of an EAN-13, its quiet zones included; a 13th digit is drawn as it ought to be."""
    return bars("ean13", digits, quiet=quiet)


def bars(kind: str, text: str, *, quiet: int = BARS_QUIET) -> Modules:
    """(N,) uint8: one line of any linear code that python-barcode draws, by its name there, quiet zones included."""
    extra = {"add_checksum": False} if kind == "code39" else {}
    drawn: str = barcode.get(kind, text, options=extra).build()[0]
    return _light_and_dark(np.pad(np.array([bit == "1" for bit in drawn]), quiet))


def _light_and_dark(dark: NDArray[np.generic]) -> Modules:
    return np.where(dark, 0, 255).astype(np.uint8)
