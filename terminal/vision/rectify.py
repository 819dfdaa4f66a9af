"""The pictures of a place that the engines are given: cut out, turned upright, stretched, with contrast restored.

Neither engine reads bars that lean by 20 to 70 degrees; turning them upright is the largest single gain measured on
photographs, and twice the width with local contrast the next.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from terminal.model import Symbology
from terminal.vision.box import Box
from terminal.vision.locate import Region
from terminal.vision.symbol import BARS, EVERYTHING, MATRIX, Affine, Grey

_QUIET = 0.15  # of the region's width, on each side: a symbol without its quiet zone is not read
_TALLEST = 240  # rows; more of the same bars only cost time
_WIDEST = 2400
_STRETCH = 2.0
_LOCAL = 41  # pixels across; wider than any bar or space
_FEWEST_STRIPES = 14  # of 286 readable places all had more, of 690 others nine in ten had fewer
_FAINTEST = 0.1  # of the strongest swing


@dataclass(frozen=True, slots=True)
class Crop:
    """Pixels (h, w) uint8, and the 2x3 matrix that carries their (x, y) back to the frame.

    `step` names how it was made; `suits` is what it was made for: nothing else is looked for in it.
    """

    pixels: Grey
    to_frame: Affine
    step: str
    suits: frozenset[Symbology] = EVERYTHING


def whole(grey: Grey) -> Crop:
    """The picture as it is."""
    return Crop(grey, np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), "whole")


def cut(grey: Grey, box: Box) -> Crop:
    """The pixels inside a box, as a view."""
    return Crop(box.of(grey), np.array([[1.0, 0.0, box.left], [0.0, 1.0, box.top]]), "cut")


def enlarged(grey: Grey, box: Box) -> Crop:
    """The pixels inside a box, twice as large each way: for a matrix with modules of two pixels."""
    pixels = cv2.resize(box.of(grey), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    to_frame = np.array([[0.5, 0.0, box.left - 0.25], [0.0, 0.5, box.top - 0.25]])
    return Crop(np.asarray(pixels, dtype=np.uint8), to_frame, "enlarged", suits=MATRIX)


def upright(grey: Grey, region: Region) -> Crop:
    """The region turned so that its bars stand upright, with room for quiet zones."""
    return _turned(grey, region, 1.0, "upright")


def stretched(grey: Grey, region: Region) -> Crop:
    """The same twice as wide across the bars, where a module may be under two pixels."""
    return _turned(grey, region, _STRETCH, "stretched")


def cleared(crop: Crop) -> Crop:
    """Local contrast restored along the bars' row: reads what glare, shade and blur have flattened."""
    pixels = cv2.createCLAHE(clipLimit=4.0, tileGridSize=(2, 8)).apply(crop.pixels)
    return replace(crop, pixels=np.asarray(pixels, dtype=np.uint8), step=f"{crop.step} cleared")


def evened(crop: Crop) -> Crop:
    """Black and white against the mean of 41 pixels around: for uneven light on a whole picture."""
    pixels = cv2.adaptiveThreshold(crop.pixels, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 41, 4)
    return replace(crop, pixels=np.asarray(pixels, dtype=np.uint8), step=f"{crop.step} evened")


def is_striped(crop: Crop) -> bool:
    """Whether there are as many bars as any code has: nine in ten leaning places have not, and cost no more."""
    return stripes(crop) >= _FEWEST_STRIPES


def stripes(crop: Crop) -> int:
    """How often the crop goes from dark to light or back from left to right, averaged along the bars."""
    rows = crop.pixels[crop.pixels.shape[0] // 4 : -(crop.pixels.shape[0] // 4) or None]
    profile = rows.mean(axis=0, dtype=np.float32)
    swing = profile - cv2.blur(profile[None], (_LOCAL, 1))[0]
    sides = np.sign(swing[np.abs(swing) > _FAINTEST * np.abs(swing).max()])
    return int(np.count_nonzero(np.diff(sides)))


def _turned(grey: Grey, region: Region, stretch: float, step: str) -> Crop:
    half_across = region.half_across * (1 + 2 * _QUIET) + 8
    width = max(1, min(_WIDEST, round(2 * half_across * stretch)))
    height = max(1, min(_TALLEST, round(2 * region.half_along)))
    to_frame = _carry(region, half_across, width, height)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    pixels = cv2.warpAffine(grey, to_frame, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return Crop(np.asarray(pixels, dtype=np.uint8), to_frame, step, suits=BARS)


def _carry(region: Region, half_across: float, width: int, height: int) -> Affine:
    """Crop pixels to frame pixels: a turn about the region's centre and a scale along each axis."""
    cos, sin = np.cos(region.angle_rad), np.sin(region.angle_rad)
    per_x, per_y = 2 * half_across / width, 2 * region.half_along / height
    x, y = region.centre
    left = x - half_across * cos + region.half_along * sin
    top = y - half_across * sin - region.half_along * cos
    return np.array([[per_x * cos, -per_y * sin, left], [per_x * sin, per_y * cos, top]])
