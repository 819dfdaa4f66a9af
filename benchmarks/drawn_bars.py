"""Bars as a camera may see them, drawn from a seed: blurred before they are sampled, then noisy, bent, under glare.

The encoders are python-barcode and, for UPC-E, zxing-cpp: our own tables draw nothing here.
"""

from collections.abc import Callable
from dataclasses import dataclass

import barcode
import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from terminal.model import Symbology
from terminal.vision.symbol import Grey, gtin13, has_valid_check_digit

Bits = NDArray[np.bool_]
Rng = np.random.Generator

QUIET = 12  # modules
_FINE = 16  # parts of a module in which bars are drawn before they are blurred
_NAMES = {Symbology.EAN13: "ean13", Symbology.EAN8: "ean8", Symbology.UPCA: "upca", Symbology.CODE128: "code128"}
_DIGITS = {Symbology.EAN13: 12, Symbology.EAN8: 7, Symbology.UPCA: 11}
_LETTERS = list("0123456789ABCDEFabcdefghijklmnop -./\t")
_TALL = 16  # rows under which nothing is bent or lit
_LEAN, _FAN, _BEND = 0.12, 0.08, 0.5


@dataclass(frozen=True, slots=True)
class Look:
    """How a code is drawn: blur in modules, noise in grey levels, pixels to a module."""

    module: float = 2.5
    sigma: float = 0.4
    motion: float = 0.0
    noise: float = 4.0
    contrast: float = 0.8
    rows: int = 90


def drawn(modules: Bits, look: Look, rng: Rng) -> Grey:
    """(H, W) uint8: upright bars, blurred before they are sampled, at a random fraction of a pixel."""
    light = np.pad(~modules, QUIET, constant_values=True).repeat(_FINE).astype(np.float64)
    if look.sigma:
        light = cv2.GaussianBlur(light[None], (0, 0), look.sigma * _FINE, borderType=cv2.BORDER_REPLICATE)[0]
    if length := round(look.motion * _FINE):
        light = np.convolve(np.pad(light, length, mode="edge"), np.ones(length) / length, "same")[length:-length]
    sums = np.concatenate([[0.0], np.cumsum(light)])
    edges = (np.arange(int(light.size / _FINE * look.module)) + rng.random()) * _FINE / look.module
    row = np.diff(np.interp(edges, np.arange(sums.size), sums)) / np.diff(edges)
    grey = 128 + 255 * look.contrast * (row - 0.5) + rng.normal(0, look.noise, (look.rows, row.size))
    return np.asarray(np.clip(grey, 0, 255), np.uint8)


# --- what is drawn ---------------------------------------------------------------------------------------


def modules_of(symbology: Symbology, text: str) -> tuple[Bits, str]:
    """The bars, and the text with the check digit that the encoder added."""
    if symbology is Symbology.UPCE:
        return _upce_modules(text), text
    code = barcode.get(_NAMES[symbology], text)
    return _bits(code), text if symbology is Symbology.CODE128 else code.get_fullcode()


def _bits(code: barcode.base.Barcode) -> Bits:
    return np.array([bit == "1" for bit in code.build()[0] if bit in "01"])


def _upce_modules(text: str) -> Bits:
    image = np.array(
        zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.UPCE), scale=1)
    )
    dark = image[image.shape[0] // 4] < 128  # noqa: PLR2004 - half of the way to white
    first, *_, last = np.flatnonzero(dark)
    return np.asarray(dark[first : last + 1])


def digits(rng: Rng, count: int) -> str:
    return "".join(map(str, rng.integers(0, 10, count)))


def content(symbology: Symbology, rng: Rng) -> str:
    """Digits of a product, or of a payment code (python-barcode loses a 99 at the start, and no wallet's begins so)."""
    if symbology is Symbology.UPCE:
        return _upce_content(rng)
    return digits(rng, _DIGITS[symbology]) if symbology in _DIGITS else f"1{digits(rng, 17)}"


def _upce_content(rng: Rng) -> str:
    """Eight digits whose last is right, of the kind that ends in 5 to 9: the others forbid some digits before."""
    first = f"0{digits(rng, 4)}{rng.integers(1, 10)}{rng.integers(5, 10)}"
    checked = (f"{first}{check}" for check in range(10))
    return next(text for text in checked if has_valid_check_digit(gtin13(Symbology.UPCE, text)))


def any_symbol(rng: Rng) -> tuple[Symbology, Bits, str]:
    """A whole symbol of ours and its text."""
    symbology = (Symbology.EAN13, Symbology.EAN8, Symbology.UPCA, Symbology.UPCE, Symbology.CODE128)[rng.integers(5)]
    if symbology is not Symbology.CODE128 or rng.random() < 1 / 3:
        return symbology, *modules_of(symbology, content(symbology, rng))
    if rng.random() < 1 / 3:
        text = f"01{digits(rng, 14)}10{digits(rng, int(rng.integers(1, 8)))}"
        return symbology, _bits(barcode.get("gs1_128", text)), text
    return symbology, *modules_of(symbology, "A" + "".join(rng.choice(_LETTERS, int(rng.integers(2, 14)))))


# --- what befalls it -------------------------------------------------------------------------------------


def any_look(rng: Rng) -> Look:
    return Look(
        module=rng.uniform(1.2, 4),
        sigma=rng.uniform(0, 2),
        motion=rng.choice([0, 0, rng.uniform(0, 3)]),
        noise=rng.uniform(0, 30),
        contrast=rng.uniform(0.1, 1),
        rows=int(rng.integers(4, 100)),
    )


def any_harm(grey: Grey, rng: Rng) -> Grey:
    """Half of the pictures as they are, the others lit, shaded, bent, leaning, or on their heads."""
    harms: tuple[Callable[[Grey, Rng], Grey], ...] = (lamp, stripe, shaded, bent, leaning, on_its_head)
    if grey.shape[0] < _TALL or rng.random() < 1 / 2:
        return grey
    return harms[rng.integers(len(harms))](grey, rng)


def lamp(grey: Grey, rng: Rng) -> Grey:
    """A mirrored lamp across the bars."""
    lit = grey.copy()
    top = int(rng.integers(0, grey.shape[0] - 8))
    lit[top : top + int(rng.integers(4, grey.shape[0] // 2))] = 255
    return lit


def stripe(grey: Grey, rng: Rng) -> Grey:
    """A reflection along the bars, that pales some of them in all rows."""
    width = grey.shape[1]
    x = (np.arange(width) / width - rng.uniform(0.1, 0.9)) / rng.uniform(0.03, 0.15)
    veil = rng.uniform(0.1, 0.7) * np.exp(-0.5 * np.square(x))
    return np.asarray(grey + (255 - grey) * veil, np.uint8)


def shaded(grey: Grey, rng: Rng) -> Grey:
    """Light from one side."""
    return np.asarray(grey * np.linspace(1, rng.uniform(0.3, 0.9), grey.shape[1]), np.uint8)


def bent(grey: Grey, rng: Rng) -> Grey:
    """On something round, seen from a little to the side."""
    height, width = grey.shape
    turn, half = rng.uniform(-0.2, 0.2), rng.uniform(0.1, _BEND)
    places = np.sin(np.linspace(-half, half, width) + turn)
    columns = ((places - places[0]) / (places[-1] - places[0]) * (width - 1)).astype(np.float32)
    rows = np.arange(height, dtype=np.float32)[:, None]
    maps = np.tile(columns, (height, 1)), np.tile(rows, (1, width))
    return np.asarray(cv2.remap(grey, *maps, cv2.INTER_LINEAR), np.uint8)


def leaning(grey: Grey, rng: Rng) -> Grey:
    """A slant and a fan that the deskew left over."""
    height, width = grey.shape
    to_centre = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1.0]])
    lean, fan = rng.uniform(-_LEAN, _LEAN), rng.uniform(-_FAN, _FAN) / height
    matrix = np.linalg.inv(to_centre) @ np.array([[1, lean, 0], [0, 1, 0], [0, fan, 1.0]]) @ to_centre
    return np.asarray(cv2.warpPerspective(grey, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def on_its_head(grey: Grey, rng: Rng) -> Grey:
    del rng
    return np.ascontiguousarray(grey[::-1, ::-1])
