"""A code that moved while the shutter was open, as if it had not: a phone on its way in is read frames earlier.

What moves by n pixels along a line is the mean of n pictures, each a pixel further. So its differences from pixel to
pixel are those of the sharp picture, less the same n pixels later: their autocorrelation has a trough at n. Knowing n,
N. Wiener's filter takes the mean apart again.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from terminal.vision.symbol import Grey

_SHORTEST, _LONGEST = 4, 48  # pixels; less does no harm, of more nothing is left
_NOISE = 0.03  # of the picture's power: a small sensor indoors
_ROOM = 32  # pixels of mirror image at the end, for the filter's wrap

Spectrum = NDArray[np.complex64]  # (rows, frequencies)


def unswept(grey: Grey, *, along_x: bool) -> Grey:
    """A (h, w) uint8 picture sharpened along x or y by the sweep that its own pixels tell; both sides at least 16."""
    rows = np.ascontiguousarray(grey if along_x else grey.T)
    length = rows.shape[1]
    size = 2 * cv2.getOptimalDFTSize((length + _ROOM + 1) // 2)
    padded = cv2.copyMakeBorder(rows, 0, 0, 0, size - length, cv2.BORDER_REFLECT).astype(np.float32)
    spectrum = np.asarray(np.fft.rfft(padded, axis=1), dtype=np.complex64)
    sharp = np.fft.irfft(spectrum * _inverse(sweep(spectrum), size), n=size, axis=1)[:, :length]
    clear = np.clip(sharp, 0, 255).astype(np.uint8)
    return clear if along_x else clear.T


def sweep(spectrum: Spectrum) -> int:
    """By how many pixels the rows were swept along themselves, 4 to 48; (rows, size // 2 + 1) complex."""
    power = np.square(np.abs(spectrum)).mean(axis=0)
    size = 2 * (len(power) - 1)
    of_differences = power * (2 - 2 * np.cos(2 * np.pi * np.arange(len(power)) / size))
    correlation = np.fft.irfft(of_differences, n=size)
    return _SHORTEST + int(np.argmin(correlation[_SHORTEST : min(_LONGEST, size // 2) + 1]))


def _inverse(pixels: int, size: int) -> NDArray[np.float32]:
    """Wiener's filter for a mean over so many pixels; what has no pattern at all stays as it is."""
    smeared = np.sinc(np.arange(size // 2 + 1) * (pixels / size))
    return np.asarray(smeared / (smeared**2 + _NOISE) * (1 + _NOISE), dtype=np.float32)
