"""Codes drawn by encoders that are none of our engines."""

from collections.abc import Callable

import barcode
import cv2
import numpy as np
import pytest
import segno
from numpy.typing import NDArray

from terminal.model import Symbology

Grey = NDArray[np.uint8]
Draw = Callable[..., Grey]

BARCODE_NAMES = {
    Symbology.CODE128: "code128",
    Symbology.EAN13: "ean13",
    Symbology.EAN8: "ean8",
    Symbology.UPCA: "upca",
    Symbology.CODE39: "code39",
    Symbology.ITF: "itf",
    Symbology.CODABAR: "codabar",
}
# What Zint drew, a row of modules after the other in hexadecimal, dark is 1 (Zint through pyzint 0.1.10).
ZINT = {
    (Symbology.UPCE, "01234531"): (51, "5666de9d62f55"),
    (Symbology.DATA_MATRIX, "hello matrix"): (
        32,
        "aaaaaaaa ca7bf8a3 8806dfe2 e9d1b803 e896b91a e0b3f2db e582b382 ffffffff",
    ),
    (Symbology.AZTEC, "hello bull"): (
        15,
        "1db5 7827 5845 1ffe 580e 2bef 0a2e 7aab 1a28 6beb 2809 2fff 4313 40ad 42ea",
    ),
    (Symbology.PDF417, "hello stack"): (
        103,
        "7faa3eaf9a860c3507abc3fa29 7faa3f51de8d8b27e7a903fa29 7faa3abf11eee9c58751fbfa29 7faa35e7d4f1e8632579e3fa29 "
        "7faa3ae19f60afa587ae73fa29 7faa3d7a1605ca61f75f43fa29 7faa3a77d418cee3369de3fa29 7faa3e961a384fdca57ee3fa29",
    ),
}
TALL = {Symbology.UPCE: 30, Symbology.PDF417: 3}  # modules a row, where it is not one


def drawn(symbology: Symbology, text: str, module: int = 3, kind: str = "") -> Grey:
    """The code on white paper with a wide margin; `kind` is python-barcode's name for one of several."""
    if symbology in BARCODE_NAMES:
        extra = {"add_checksum": False} if symbology is Symbology.CODE39 else {}
        bits = barcode.get(kind or BARCODE_NAMES[symbology], text, options=extra).build()[0]
        row = np.array([0 if bit == "1" else 255 for bit in bits if bit in "01"], np.uint8)
        pixels = np.repeat(row[None], 30, axis=0)
    elif (symbology, text) in ZINT:
        pixels = zint(symbology, text)
    else:
        code = segno.make(text, micro=symbology is Symbology.MICRO_QR)
        pixels = np.where(np.array([list(row) for row in code.matrix_iter(border=0)]), 0, 255).astype(np.uint8)
    large = np.kron(pixels, np.ones((module, module), np.uint8))
    return np.pad(large, 14 * module, constant_values=255)


def zint(symbology: Symbology, text: str) -> Grey:
    width, rows = ZINT[symbology, text]
    bits = np.array([[int(bit) for bit in f"{int(row, 16):0{width}b}"] for row in rows.split()])
    return np.where(np.repeat(bits, TALL.get(symbology, 1), axis=0), 0, 255).astype(np.uint8)


@pytest.fixture
def draw() -> Draw:
    return drawn


@pytest.fixture
def turn() -> Callable[[Grey, float], Grey]:
    """A picture turned about its middle on a larger sheet of paper."""

    def turned(grey: Grey, degrees: float) -> Grey:
        side = int(np.hypot(*grey.shape)) + 20
        matrix = cv2.getRotationMatrix2D((grey.shape[1] / 2, grey.shape[0] / 2), degrees, 1)
        matrix[:, 2] += (side - grey.shape[1]) / 2, (side - grey.shape[0]) / 2
        return cv2.warpAffine(grey, matrix, (side, side), borderValue=255)

    return turned
