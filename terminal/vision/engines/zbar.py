"""zbar through pyzbar's library binding: slower, but it reads bars that zxing-cpp does not, and counts its lines.

pyzbar's own `decode` copies the picture, guesses at characters and sorts the corners, so its functions are called
here one by one. Importing this module raises ImportError where libzbar is missing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import string_at
from typing import Any

import numpy as np
from pyzbar import wrapper as zbar

from terminal.model import Corners, Point, Symbol, Symbology
from terminal.vision.symbol import AIM, BARS, MATRIX, RETAIL, Grey, Reading, as_printed, has_valid_check_digit

_GREY_8_BIT = int.from_bytes(b"Y800", "little")  # zbar's name for one byte a pixel
_EVERY_SYMBOLOGY = 0
_CFG_BINARY = 4  # zbar.h since 0.23.1; pyzbar does not name it. Without it, UTF-8 may come back as Shift-JIS
_GTIN14 = 14

_SYMBOLOGIES = {
    int(zbar.ZBarSymbol.QRCODE): Symbology.QR,
    int(zbar.ZBarSymbol.CODE128): Symbology.CODE128,
    int(zbar.ZBarSymbol.EAN13): Symbology.EAN13,
    int(zbar.ZBarSymbol.EAN8): Symbology.EAN8,
    int(zbar.ZBarSymbol.UPCE): Symbology.UPCE,
    int(zbar.ZBarSymbol.I25): Symbology.ITF,
    int(zbar.ZBarSymbol.CODE39): Symbology.CODE39,
    int(zbar.ZBarSymbol.CODABAR): Symbology.CODABAR,
}


class Zbar:
    """A fresh scanner for each picture: a kept one joins the left half of one EAN to the right half of another."""

    name = "zbar"

    def read(self, grey: Grey, wanted: frozenset[Symbology], *, thorough: bool = True) -> list[Reading]:
        if not thorough and not wanted & BARS:
            return []  # a QR is only found along columns as well
        pixels = np.ascontiguousarray(grey)
        with _scanner(_asked(wanted), thorough=thorough) as scanner, _image(pixels) as image:
            zbar.zbar_scan_image(scanner, image)
            readings = [self._reading(symbol) for symbol in _symbols(image)]
        return [reading for reading in readings if reading.symbol.symbology in wanted]

    def _reading(self, found: Any) -> Reading:
        raw = string_at(zbar.zbar_symbol_get_data(found), zbar.zbar_symbol_get_data_length(found))
        symbology, text = _SYMBOLOGIES[found.contents.type], _text(raw)
        if symbology in RETAIL:
            symbology, text = as_printed(symbology, text)
        aim = "]I1" if symbology is Symbology.ITF and _is_gtin14(text) else AIM[symbology]
        symbol = Symbol(text, raw, symbology, aim, _corners(found, symbology))
        return Reading(symbol, self.name, zbar.zbar_symbol_get_quality(found))


def _asked(wanted: frozenset[Symbology]) -> list[int]:
    """UPC-A comes as EAN-13; and with UPC-E off, zbar passes one off as an EAN-13, so retail goes together."""
    asked = wanted | RETAIL if wanted & RETAIL else wanted
    return [theirs for theirs, symbology in _SYMBOLOGIES.items() if symbology in asked]


@contextmanager
def _scanner(asked: list[int], *, thorough: bool) -> Iterator[Any]:
    scanner = zbar.zbar_image_scanner_create()
    try:
        zbar.zbar_image_scanner_set_config(scanner, _EVERY_SYMBOLOGY, zbar.ZBarConfig.CFG_ENABLE, 0)
        for symbology in asked:
            zbar.zbar_image_scanner_set_config(scanner, symbology, zbar.ZBarConfig.CFG_ENABLE, 1)
        zbar.zbar_image_scanner_set_config(scanner, zbar.ZBarSymbol.QRCODE, _CFG_BINARY, 1)
        zbar.zbar_image_scanner_set_config(scanner, _EVERY_SYMBOLOGY, zbar.ZBarConfig.CFG_X_DENSITY, int(thorough))
        yield scanner
    finally:
        zbar.zbar_image_scanner_destroy(scanner)


@contextmanager
def _image(pixels: Grey) -> Iterator[Any]:
    """zbar's view of the pixels, which must stay alive as long as it does."""
    image = zbar.zbar_image_create()
    try:
        zbar.zbar_image_set_format(image, _GREY_8_BIT)
        zbar.zbar_image_set_size(image, pixels.shape[1], pixels.shape[0])
        zbar.zbar_image_set_data(image, pixels.ctypes.data, pixels.size, None)
        yield image
    finally:
        zbar.zbar_image_destroy(image)


def _symbols(image: Any) -> Iterator[Any]:
    symbol = zbar.zbar_image_first_symbol(image)
    while symbol:
        if symbol.contents.type in _SYMBOLOGIES:
            yield symbol
        symbol = zbar.zbar_symbol_next(symbol)


def _text(raw: bytes) -> str:
    """Chinese codes are UTF-8 or GB18030; what is neither is shown byte by byte."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _is_gtin14(text: str) -> bool:
    return len(text) == _GTIN14 and has_valid_check_digit(text)


def _corners(found: Any, symbology: Symbology) -> Corners:
    count = zbar.zbar_symbol_get_loc_size(found)
    points: list[Point] = [
        (float(zbar.zbar_symbol_get_loc_x(found, i)), float(zbar.zbar_symbol_get_loc_y(found, i))) for i in range(count)
    ]
    if symbology in MATRIX and count == 4:  # noqa: PLR2004 - its own top left first, then against the clock
        return points[0], points[3], points[2], points[1]
    return _box(points, _quarter_turns(found))


def _box(points: list[Point], turns: int) -> Corners:
    """The upright box around the points of a linear code, beginning at the symbol's own top left."""
    xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
    left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
    box = [(left, top), (right, top), (right, bottom), (left, bottom)]
    first, second, third, fourth = box[turns:] + box[:turns]
    return first, second, third, fourth


def _quarter_turns(found: Any) -> int:
    """How often the code is turned by 90 degrees clockwise; old versions of zbar do not tell."""
    tell = zbar.zbar_symbol_get_orientation
    turns = int(tell(found)) if tell else 0
    return turns if 0 <= turns < 4 else 0  # noqa: PLR2004 - unknown comes as -1, read as unsigned
