from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.model import Symbology
from terminal.vision.engines import load
from terminal.vision.options import PAYMENT
from terminal.vision.sweep import sweep, unswept

Grey = NDArray[np.uint8]
Draw = Callable[..., Grey]
TEXT = "134567890123456789"


def texts(grey: Grey) -> list[str]:
    return [reading.symbol.text for reading in load().present[0].read(grey, PAYMENT, thorough=False)]


def slow_sweep(rows: NDArray[np.float64]) -> int:
    """The lag of the trough in the cepstrum, each sum by its definition."""
    size = rows.shape[1]
    steps = np.arange(size)
    waves = np.exp(-2j * np.pi * np.outer(steps, steps) / size)
    power = np.mean([[abs(row @ wave) ** 2 for wave in waves] for row in rows], axis=0)
    of_differences = np.mean([[abs((np.roll(row, -1) - row) @ wave) ** 2 for wave in waves] for row in rows], axis=0)
    noise = np.median(power[: size // 2 + 1][(size // 2 + 1) * 3 // 4 :])
    logs = np.log(of_differences + 0.3 * noise)
    scores = {lag: (logs @ np.cos(2 * np.pi * steps * lag / size)) for lag in range(4, 49)}
    return min(scores, key=lambda lag: scores[lag])


@pytest.mark.parametrize("pixels", [6, 11, 17, 30])
def test_the_length_of_a_sweep_is_told_by_the_pixels(pixels: int) -> None:
    rng = np.random.default_rng(pixels)
    sharp = rng.uniform(0, 255, (40, 256))
    swept = sum(np.roll(sharp, shift, axis=1) for shift in range(pixels)) / pixels + rng.normal(0, 1, sharp.shape)
    spectrum = np.fft.rfft(swept, axis=1).astype(np.complex64)
    assert sweep(spectrum) == slow_sweep(swept) == pixels


@pytest.mark.parametrize("along_x", [True, False])
@pytest.mark.parametrize("pixels", [12, 16])
def test_a_qr_swept_by_two_modules_is_read_once_it_is_unswept(pixels: int, along_x: bool, draw: Draw) -> None:
    code = draw(Symbology.QR, TEXT, module=6)
    swept = cv2.blur(cv2.GaussianBlur(code, (0, 0), 1.2), (pixels, 1) if along_x else (1, pixels))
    noisy = np.clip(swept * 0.6 + 30 + np.random.default_rng(1).normal(0, 3, code.shape), 0, 255).astype(np.uint8)
    assert texts(noisy) == []
    assert texts(unswept(noisy, along_x=along_x)) == [TEXT]


@pytest.mark.parametrize("shape", [(16, 16), (17, 301), (301, 17)])
def test_shape_and_type_stay_as_they_are(shape: tuple[int, int]) -> None:
    grey = np.random.default_rng(2).integers(0, 256, shape).astype(np.uint8)
    for along_x in (True, False):
        out = unswept(grey, along_x=along_x)
        assert (out.shape, out.dtype) == (shape, np.uint8)
