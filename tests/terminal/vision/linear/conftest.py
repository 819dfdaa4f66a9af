"""Bars drawn by python-barcode, and by zxing-cpp where it is the only one to draw them."""

from collections.abc import Callable

import barcode
import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from terminal.model import Symbology

Grey = NDArray[np.uint8]
Bits = NDArray[np.uint8]
Draw = Callable[..., Grey]
NAMES = {
    Symbology.CODE128: "code128",
    Symbology.EAN13: "ean13",
    Symbology.EAN8: "ean8",
    Symbology.UPCA: "upca",
    Symbology.CODE39: "code39",
    Symbology.ITF: "itf",
}
FINE = 16


def modules_of(symbology: Symbology, text: str) -> Bits:
    """1 for each dark module, from the first bar to the last."""
    if symbology is Symbology.UPCE:
        image = zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.UPCE), scale=1)
        dark = np.flatnonzero(np.array(image)[5] < 128)
        return (np.array(image)[5, dark[0] : dark[-1] + 1] < 128).astype(np.uint8)
    return np.array([int(bit) for bit in barcode.get(NAMES[symbology], text).build()[0] if bit in "01"], np.uint8)


def drawn(
    modules: Bits,
    *,
    module: float = 2.5,
    sigma: float = 0.4,
    motion: float = 0.0,
    noise: float = 3.0,
    contrast: float = 0.8,
    rows: int = 80,
    seed: int = 1,
) -> Grey:
    """Blurred by so many modules before it is sampled, with paper around; noise in grey levels."""
    rng = np.random.default_rng(seed)
    light = np.pad(1.0 - modules, 14, constant_values=1).repeat(FINE)
    light = cv2.GaussianBlur(light[None], (0, 0), sigma * FINE, borderType=cv2.BORDER_REPLICATE)[0]
    if length := round(motion * FINE):
        light = np.convolve(np.pad(light, length, mode="edge"), np.ones(length) / length, "same")[length:-length]
    sums = np.concatenate([[0.0], np.cumsum(light)])
    edges = (np.arange(int(light.size / FINE * module)) + rng.random()) * FINE / module
    row = np.diff(np.interp(edges, np.arange(sums.size), sums)) / np.diff(edges)
    grey = 128 + 255 * contrast * (row - 0.5) + rng.normal(0, noise, (rows, row.size))
    return np.clip(grey, 0, 255).astype(np.uint8)


@pytest.fixture
def modules() -> Callable[[Symbology, str], Bits]:
    return modules_of


@pytest.fixture
def draw() -> Callable[..., Grey]:
    """A symbology and a text, with the keywords of `drawn`."""
    return lambda symbology, text, **how: drawn(modules_of(symbology, text), **how)


@pytest.fixture
def draw_modules() -> Callable[..., Grey]:
    return drawn
