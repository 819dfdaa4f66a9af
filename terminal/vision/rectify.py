"""The pictures of a place that the engines are given: cut out, turned upright, stretched, with contrast restored.

Neither engine reads bars that lean by 20 to 70 degrees; turning them upright is the largest single gain measured on
photographs, and twice the width with local contrast the next.
"""

from dataclasses import dataclass, replace
from math import atan2, cos, hypot, sin

import cv2
import numpy as np

from terminal.model import Symbol, Symbology
from terminal.vision import sweep
from terminal.vision.box import Box
from terminal.vision.locate import Kind, Region
from terminal.vision.symbol import BARS, EVERYTHING, MATRIX, RETAIL, Affine, Grey

_QUIET = 0.15  # of the region's width, on each side: a symbol without its quiet zone is not read
_TALLEST = 160  # rows; more of the same bars only cost time
_WIDEST = 2400
_STRETCH = 2.0
_SMALLEST = 16  # pixels
_STRIP = 16  # rows of a second look
_ROOM = 24  # rows to either side of where bars should be
_SHARP_ROWS = 24
_SHARP = {
    "sharpened": (3.0, 1.5),
    "sharper": (2.0, 3.0),
}  # how much wider; of how many pixels' blur the inverse is added
_AMOUNT = 3.0
_ALONG = 9  # rows
_ROWS = 90
_SIDE = 600
_LOCAL = 41  # pixels across; wider than any bar or space
_FEWEST_STRIPES = 14  # of 286 readable places all had more, of 690 others nine in ten had fewer
_FAINTEST = 0.1  # of the strongest swing


@dataclass(frozen=True, slots=True)
class Crop:
    """Pixels (h, w) uint8, and the 2x3 matrix that carries their (x, y) back to the frame.

    `step` names how it was made; `suits` is what it was made for: nothing else is looked for in it. `thorough` asks
    the engines to look for it at any angle and size and in negative too.
    """

    pixels: Grey
    to_frame: Affine
    step: str
    suits: frozenset[Symbology] = EVERYTHING
    thorough: bool = False


def whole(grey: Grey) -> Crop:
    """The picture as it is."""
    return Crop(grey, np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), "whole")


def thinned(grey: Grey, rows: int = _ROWS) -> Crop:
    """Some more than so many rows of the picture, as a view: bars that stand upright are the same in each.

    Of 213 photographs whose bars zxing-cpp reads as they lie, it reads 194 in 90 rows, at 40 percent of the price, and
    167 in 30, at 13 percent.
    """
    step = max(1, grey.shape[0] // rows)
    return Crop(grey[step // 2 :: step], np.array([[1.0, 0.0, 0.0], [0.0, step, step // 2]]), "thinned", suits=BARS)


def smaller(grey: Grey) -> Crop:
    """The picture at 600 pixels at most: enough for a matrix code that takes up some of it."""
    shrink = max(1, -(-max(grey.shape) // _SIDE))
    pixels, place = shrunk(grey, shrink), np.array([[shrink, 0.0, (shrink - 1) / 2], [0.0, shrink, (shrink - 1) / 2]])
    return Crop(pixels, place, "smaller", suits=MATRIX)


def shrunk(grey: Grey, factor: int) -> Grey:
    """The picture so many times smaller, each pixel the mean of a square; itself for 1."""
    if factor == 1:
        return grey
    width, height = max(1, grey.shape[1] // factor), max(1, grey.shape[0] // factor)
    whole = grey[: height * factor, : width * factor]  # whole squares are averaged ten times as fast as parts of them
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def cut(grey: Grey, box: Box) -> Crop:
    """The pixels inside a box, as a view."""
    return Crop(box.of(grey), np.array([[1.0, 0.0, box.left], [0.0, 1.0, box.top]]), "cut")


def enlarged(grey: Grey, box: Box) -> Crop:
    """The pixels inside a box, twice as large each way: for a matrix with modules of two pixels."""
    pixels = cv2.resize(box.of(grey), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    to_frame = np.array([[0.5, 0.0, box.left - 0.25], [0.0, 0.5, box.top - 0.25]])
    return Crop(np.asarray(pixels, dtype=np.uint8), to_frame, "enlarged", suits=MATRIX)


def halved(grey: Grey, box: Box) -> Crop:
    """The pixels inside a box, half as large each way: for a matrix with modules of five pixels and more."""
    to_frame = np.array([[2.0, 0.0, box.left + 0.5], [0.0, 2.0, box.top + 0.5]])
    return Crop(shrunk(box.of(grey), 2), to_frame, "halved", suits=MATRIX)


def along(grey: Grey, symbol: Symbol) -> Crop:
    """A second look at a line of bars that was read: a narrow strip, turned upright and twice as wide.

    Bars that were read only once sharpened are sharpened again, otherwise.
    """
    if symbol.read_by in _SHARP:
        step = next(step for step in _SHARP if step != symbol.read_by)
        return replace(sharpened(grey, line(symbol, _ROOM), step), suits=_family(symbol.symbology))
    crop = _turned(grey, line(symbol, _STRIP / 2), _STRETCH, "along", _STRIP)
    return replace(crop, suits=_family(symbol.symbology))


def band(grey: Grey, symbol: Symbol) -> Crop:
    """Some rows through bars that were read, as they lie."""
    return replace(rows(grey, Box.around(symbol.corners)), step="band", suits=_family(symbol.symbology))


def rows(grey: Grey, box: Box) -> Crop:
    """About 24 rows through a box, over the picture's whole width, as a view.

    zxing-cpp tells black from white by all that a row holds: around a faint or blurred code it does better so.
    """
    box = box.within(grey)
    step = max(1, (box.bottom - box.top) // _ROOM)
    place = np.array([[1.0, 0.0, 0.0], [0.0, step, box.top]])
    return Crop(grey[box.top : max(box.bottom, box.top + 4) : step], place, "rows", suits=BARS)


def again(grey: Grey, symbol: Symbol, step: str) -> Crop:
    """Where a symbol should be that was read a moment ago, with room to move, made as `step` says if it is bars."""
    suits, place = _family(symbol.symbology), line(symbol, _ROOM)
    if symbol.symbology in MATRIX:
        box = Box.around(symbol.corners)
        return replace(cut(grey, box.grown(box.size // 4).within(grey)), suits=suits)
    if step == "band":
        return band(grey, symbol)
    crop = sharpened(grey, place, step) if step in _SHARP else _turned(grey, place, 1.0, "upright", 2 * _ROOM)
    return replace(crop, suits=suits)


def _family(symbology: Symbology) -> frozenset[Symbology]:
    """What may be read in place of a symbol: retail codes go by several names."""
    return RETAIL if symbology in RETAIL else frozenset({symbology})


def line(symbol: Symbol, half_along: float) -> Region:
    """The middle line of bars that were read, from their first to their last."""
    first, second, third, fourth = symbol.corners
    x, y = (second[0] + third[0] - first[0] - fourth[0]) / 2, (second[1] + third[1] - first[1] - fourth[1]) / 2
    centre = sum(x for x, _ in symbol.corners) / 4, sum(y for _, y in symbol.corners) / 4
    half_across = max(1.0, hypot(x, y) / 2)
    return Region(Kind.BARS, Box.around(symbol.corners), 0.0, centre, atan2(y, x), half_across, half_along)


def unswept(grey: Grey, box: Box, *, along_x: bool) -> Crop:
    """The pixels inside a box, for a matrix that moved along x or y while the shutter was open."""
    crop = cut(grey, box)
    if min(crop.pixels.shape) < _SMALLEST:
        return replace(crop, suits=MATRIX)
    return replace(crop, pixels=sweep.unswept(crop.pixels, along_x=along_x), step="unswept", suits=MATRIX)


def upright(grey: Grey, region: Region, rows: int = _TALLEST) -> Crop:
    """The region turned so that its bars stand upright, with room for quiet zones."""
    return _turned(grey, region, 1.0, "upright", rows)


def stretched(grey: Grey, region: Region) -> Crop:
    """The same twice as wide across the bars, where a module may be under two pixels."""
    return _turned(grey, region, _STRETCH, "stretched")


def sharpened(grey: Grey, region: Region, step: str = "sharpened") -> Crop:
    """The bars upright, wide, averaged along themselves against noise, then sharpened across against blur.

    The steps are "sharpened", which suits zxing-cpp best, and "sharper", zbar. Of 168 frames of blurred bars that each
    read 60 of as they were, they read 102 and 105.
    """
    stretch, sigma = _SHARP[step]
    crop = _turned(grey, region, stretch, step, _SHARP_ROWS, cv2.INTER_CUBIC)
    smooth = cv2.blur(crop.pixels, (1, _ALONG))
    soft = cv2.GaussianBlur(smooth, (0, 0), sigmaX=sigma * stretch, sigmaY=0.5)
    pixels = cv2.addWeighted(smooth, 1 + _AMOUNT, soft, -_AMOUNT, 0)
    return replace(crop, pixels=np.asarray(pixels, dtype=np.uint8))


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


def _turned(
    grey: Grey, region: Region, stretch: float, step: str, rows: int = _TALLEST, how: int = cv2.INTER_LINEAR
) -> Crop:
    half_across = region.half_across * (1 + 2 * _QUIET) + 8
    width = max(1, min(_WIDEST, round(2 * half_across * stretch)))
    height = max(1, min(rows, round(2 * region.half_along)))
    to_frame = _carry(region, half_across, width, height)
    flags = how | cv2.WARP_INVERSE_MAP
    pixels = cv2.warpAffine(grey, to_frame, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return Crop(np.asarray(pixels, dtype=np.uint8), to_frame, step, suits=BARS)


def _carry(region: Region, half_across: float, width: int, height: int) -> Affine:
    """Crop pixels to frame pixels: a turn about the region's centre and a scale along each axis."""
    cosine, sine = cos(region.angle_rad), sin(region.angle_rad)
    per_x, per_y = 2 * half_across / width, 2 * region.half_along / height
    x, y = region.centre
    left = x - half_across * cosine + region.half_along * sine
    top = y - half_across * sine - region.half_along * cosine
    return np.array([[per_x * cosine, -per_y * sine, left], [per_x * sine, per_y * cosine, top]])
