"""zxing-cpp: quick when it is told which formats to look for, and the one that sees bytes as they are."""

from functools import lru_cache
from typing import Any, cast

import zxingcpp

from terminal.model import Corners, Point, Symbol, Symbology
from terminal.vision.symbol import MATRIX, RETAIL, Grey, Reading, as_printed

_Format = zxingcpp.BarcodeFormat

_SYMBOLOGIES = {
    _Format.QRCode: Symbology.QR,
    _Format.MicroQRCode: Symbology.MICRO_QR,
    _Format.Code128: Symbology.CODE128,
    _Format.EAN13: Symbology.EAN13,
    _Format.EAN8: Symbology.EAN8,
    _Format.UPCA: Symbology.UPCA,
    _Format.UPCE: Symbology.UPCE,
    _Format.ITF: Symbology.ITF,
    _Format.Code39: Symbology.CODE39,
    _Format.Codabar: Symbology.CODABAR,
    _Format.DataMatrix: Symbology.DATA_MATRIX,
    _Format.PDF417: Symbology.PDF417,
    _Format.Aztec: Symbology.AZTEC,
}


class Zxing:
    """One call a crop."""

    name = "zxing"

    def read(self, grey: Grey, wanted: frozenset[Symbology], *, thorough: bool = True) -> list[Reading]:
        found = zxingcpp.read_barcodes(
            grey,
            formats=_formats(wanted),
            try_rotate=thorough,
            try_downscale=thorough,
            try_invert=thorough,
            text_mode=zxingcpp.TextMode.Plain,
        )
        readings = (self._reading(barcode) for barcode in found if barcode.format in _SYMBOLOGIES)
        # Its flag for QR also returns Micro QR, and EAN-13 and UPC-A come together.
        return [reading for reading in readings if reading.symbol.symbology in wanted]

    def _reading(self, barcode: zxingcpp.Barcode) -> Reading:
        symbology, text = _SYMBOLOGIES[barcode.format], barcode.text
        if symbology in RETAIL:
            symbology, text = as_printed(symbology, text)
        raw, aim = bytes(barcode.bytes), barcode.symbology_identifier
        unused = cast("dict[str, Any]", barcode.extra or {}).get("UEC", 0.0)  # "unused error correction", 0 to 1
        symbol = Symbol(text, raw, symbology, aim, _corners(barcode.position, symbology))
        return Reading(symbol, self.name, round(100 * unused))


def bent_qrs(grey: Grey) -> list[Corners]:
    """Where a QR code has its three finders and yet not enough right modules; among 443 other pictures, nowhere."""
    found = zxingcpp.read_barcodes(
        grey,
        formats=_formats(frozenset({Symbology.QR})),
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
        return_errors=True,
    )
    return [_corners(barcode.position, Symbology.QR) for barcode in found if not barcode.valid]


@lru_cache
def _formats(wanted: frozenset[Symbology]) -> zxingcpp.BarcodeFormats:
    """EAN-13 and UPC-A are the same bars: whoever wants one must look for both."""
    pair = {Symbology.EAN13, Symbology.UPCA}
    asked = wanted | pair if wanted & pair else wanted
    return zxingcpp.BarcodeFormats([ours for ours, symbology in _SYMBOLOGIES.items() if symbology in asked])


def _corners(position: zxingcpp.Position, symbology: Symbology) -> Corners:
    """Clockwise. zxing-cpp gives bars that it met upside down from their own left, but from the picture's top."""
    first, second, third, fourth = (
        (float(point.x), float(point.y))
        for point in (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    )
    is_clockwise = _cross(first, second, fourth) >= 0
    return (first, second, third, fourth) if is_clockwise or symbology in MATRIX else (fourth, third, second, first)


def _cross(origin: Point, one: Point, other: Point) -> float:
    """Positive where `other` lies clockwise of `one`, seen from `origin`; y grows downwards."""
    return (one[0] - origin[0]) * (other[1] - origin[1]) - (one[1] - origin[1]) * (other[0] - origin[0])
