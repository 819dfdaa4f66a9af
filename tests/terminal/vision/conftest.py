"""Codes drawn by encoders that are not our engines, except where nobody else draws them."""

from collections.abc import Callable

import barcode
import cv2
import numpy as np
import pytest
import segno
import zxingcpp
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
}
ZXING_NAMES = {
    Symbology.UPCE: zxingcpp.BarcodeFormat.UPCE,
    Symbology.DATA_MATRIX: zxingcpp.BarcodeFormat.DataMatrix,
    Symbology.PDF417: zxingcpp.BarcodeFormat.PDF417,
    Symbology.AZTEC: zxingcpp.BarcodeFormat.Aztec,
}


def drawn(symbology: Symbology, text: str, module: int = 3) -> Grey:
    """The code on white paper with a wide margin."""
    if symbology in BARCODE_NAMES:
        extra = {"add_checksum": False} if symbology is Symbology.CODE39 else {}
        bits = barcode.get(BARCODE_NAMES[symbology], text, options=extra).build()[0]
        row = np.array([0 if bit == "1" else 255 for bit in bits if bit in "01"], np.uint8)
        pixels = np.repeat(row[None], 30, axis=0)
    elif symbology in ZXING_NAMES:
        pixels = np.array(
            zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, ZXING_NAMES[symbology]), scale=1)
        )
    else:
        code = segno.make(text, micro=symbology is Symbology.MICRO_QR)
        pixels = np.where(np.array([list(row) for row in code.matrix_iter(border=0)]), 0, 255).astype(np.uint8)
    large = np.kron(pixels, np.ones((module, module), np.uint8))
    return np.pad(large, 14 * module, constant_values=255)


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
