"""How far do bars reach along themselves? An engine tells only on which line it read them.

Whoever wants to know them again needs their middle, and all of them.
"""

from dataclasses import replace
from math import cos, hypot, sin

import cv2
import numpy as np

from terminal.model import Point, Symbol
from terminal.vision import rectify
from terminal.vision.locate import Region
from terminal.vision.rectify import Crop
from terminal.vision.symbol import Grey, Reading

_ALIKE = 0.6  # correlation
_MEAN = 5  # rows


def as_high_as(reading: Reading, place: Region) -> Reading:
    """Bars of that place with corners at their ends: an engine tells only on which line it read them."""
    cosine, sine = cos(place.angle_rad), sin(place.angle_rad)
    x, y = place.centre
    first, second, third, fourth = (cosine * (cx - x) + sine * (cy - y) for cx, cy in reading.symbol.corners)
    left, right = (first + fourth) / 2, (second + third) / 2
    down = place.half_along if left < right else -place.half_along  # of the symbol itself

    def at(across: float, along: float) -> Point:
        return float(x + across * cosine - along * sine), float(y + across * sine + along * cosine)

    corners = at(left, -down), at(right, -down), at(right, down), at(left, down)
    return replace(reading, symbol=replace(reading.symbol, corners=corners))


def trimmed(place: Region, crop: Crop, reading: Reading) -> Region:
    """The place cut down to the bars that were read in it, which stand upright in its crop.

    They reach as far as rows look like the one on which they were read: a page may have more edges of that direction.
    """
    to_crop = cv2.invertAffineTransform(crop.to_frame)
    corners = np.array(reading.symbol.corners) @ to_crop[:, :2].T + to_crop[:, 2]
    left, right = max(0, round(corners[:, 0].min())), max(0, round(corners[:, 0].max()))
    read_on = crop.pixels[:, left:right]
    if not read_on.size:  # they were read in the box around the place, beside it
        return place
    top, bottom = _alike(read_on, round(corners[:, 1].mean()))
    x, y = crop.to_frame @ (crop.pixels.shape[1] / 2, (top + bottom) / 2, 1.0)
    half_along = float(np.hypot(*crop.to_frame[:, 1])) * (bottom - top) / 2
    return replace(place, centre=(float(x), float(y)), half_along=half_along)


def _alike(pixels: Grey, row: int) -> tuple[int, int]:
    """From which row to before which one (h, w) uint8 pixels look like they do in a row near `row`."""
    rows = cv2.blur(pixels, (1, _MEAN))
    at = min(max(0, row), len(rows) - 1)
    likeness = cv2.matchTemplate(rows, rows[at : at + 1], cv2.TM_CCOEFF_NORMED)[:, 0]
    others = np.flatnonzero(likeness < _ALIKE)
    return int(max(others[others < at], default=-1)) + 1, int(min(others[others > at], default=len(rows)))


def bars(symbol: Symbol) -> Region:
    """The place of bars that were read, from corner to corner."""
    first, second, third, fourth = symbol.corners
    x, y = (third[0] + fourth[0] - first[0] - second[0]) / 2, (third[1] + fourth[1] - first[1] - second[1]) / 2
    return rectify.line(symbol, max(1.0, hypot(x, y) / 2))
