"""One way of saying what was read, whichever engine read it.

Retail codes are printed with the same bars under several names, and the engines differ over them. The rule here:
the text is the digits as printed under the bars. An EAN-13 that begins with 0 is a UPC-A of 12 digits, and a
UPC-E keeps its 8. All of them are the same article when `gtin13` says so.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from terminal.model import Symbol, Symbology

Grey = NDArray[np.uint8]
Affine = NDArray[np.float64]

RETAIL = frozenset({Symbology.EAN13, Symbology.EAN8, Symbology.UPCA, Symbology.UPCE})
MATRIX = frozenset({Symbology.QR, Symbology.MICRO_QR, Symbology.DATA_MATRIX, Symbology.PDF417, Symbology.AZTEC})
EVERYTHING = frozenset(Symbology)
BARS = EVERYTHING - MATRIX

# ISO/IEC 15424, for an engine that does not tell. FNC1 and ECI give other digits; zbar does not show them.
AIM = {
    Symbology.QR: "]Q1",
    Symbology.MICRO_QR: "]Q1",
    Symbology.CODE128: "]C0",
    Symbology.EAN13: "]E0",
    Symbology.EAN8: "]E4",
    Symbology.UPCA: "]E0",
    Symbology.UPCE: "]E0",
    Symbology.ITF: "]I0",
    Symbology.CODE39: "]A0",
    Symbology.CODABAR: "]F0",
    Symbology.DATA_MATRIX: "]d1",
    Symbology.PDF417: "]L0",
    Symbology.AZTEC: "]z0",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one engine made of one crop.

    `quality` is zbar's number of scan lines that said so, or zxing-cpp's percentage of a matrix code's error
    correction that was not needed.
    """

    symbol: Symbol
    engine: str
    quality: int = 0


def as_printed(symbology: Symbology, digits: str) -> tuple[Symbology, str]:
    """A retail code under the name and with the digits that stand below its bars; others as they are."""
    if symbology is Symbology.UPCE:
        return symbology, _shortened(_upce_to_upca(digits) if len(digits) == 8 else digits[-12:])  # noqa: PLR2004
    if symbology is Symbology.EAN13 and digits.startswith("0"):
        return Symbology.UPCA, digits[1:]
    return symbology, digits


def gtin13(symbology: Symbology, digits: str) -> str:
    """A printed retail code as the 13 digits by which two spellings of one article are compared."""
    return (_upce_to_upca(digits) if symbology is Symbology.UPCE else digits).rjust(13, "0")


def has_valid_check_digit(digits: str) -> bool:
    """The GS1 check digit (GS1 General Specifications 7.9), for any GTIN length; weights count from the right."""
    return sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(reversed(digits))) % 10 == 0


def _upce_to_upca(digits: str) -> str:
    """The 12 digits that an 8-digit UPC-E stands for (GS1 General Specifications, figure 5.2.2.4.2)."""
    system, body, last, check = digits[0], digits[1:6], digits[6], digits[7]
    if last in "012":
        return f"{system}{body[:2]}{last}0000{body[2:]}{check}"
    if last == "3":
        return f"{system}{body[:3]}00000{body[3:]}{check}"
    if last == "4":
        return f"{system}{body[:4]}00000{body[4]}{check}"
    return f"{system}{body}0000{last}{check}"


def _shortened(upca: str) -> str:
    """The UPC-E of a zero-suppressed 12-digit UPC-A: the first of the four rules that fits, as encoders do."""
    system, maker, item, check = upca[0], upca[1:6], upca[6:11], upca[11]
    if maker[2] in "012" and maker[3:] + item[:2] == "0000":
        body = maker[:2] + item[2:] + maker[2]
    elif maker[3:] + item[:3] == "00000":
        body = maker[:3] + item[3:] + "3"
    elif maker[4] + item[:4] == "00000":
        body = maker[:4] + item[4] + "4"
    else:
        body = maker + item[4]
    return system + body + check


def placed(reading: Reading, to_frame: Affine, step: str) -> Reading:
    """The reading marked with its crop's step, its corners carried to the frame by the crop's 2x3 affine matrix."""
    (xx, xy, x0), (yx, yy, y0) = to_frame.tolist()
    first, second, third, fourth = ((xx * x + xy * y + x0, yx * x + yy * y + y0) for x, y in reading.symbol.corners)
    return replace(reading, symbol=replace(reading.symbol, corners=(first, second, third, fourth), read_by=step))
