"""A matrix on cloth, a bag or a bottle, pressed flat again: the engines take a code for flat, and sample it so.

What bulges towards the camera shrinks towards its edges; what is pulled at its corners, the other way round. So a pixel
is taken from further in or out the further it lies from the middle of the bulge. Where that is and how high nobody
knows: a few are tried, those that brought most of 3 000 drawn codes on cylinders, balls and cloth.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from terminal.model import Corners
from terminal.vision.box import Box
from terminal.vision.rectify import Crop, cut
from terminal.vision.symbol import MATRIX, Grey

_ROOM = 8  # the margin is so small a part of the code's size
_LEAST = 16  # pixels


@dataclass(frozen=True, slots=True)
class Bulge:
    """Its middle, where the code reaches from -1 to 1 each way, and how far in (below 0: out) went what is 1 away."""

    x: float
    y: float
    inward: float


_BULGES = (
    Bulge(0, 0.5, 0.05),
    Bulge(0, -0.5, 0.05),
    Bulge(0.5, 0, 0.05),
    Bulge(-0.5, 0, 0.05),
    Bulge(0, 0, -0.06),
    Bulge(0, -0.5, -0.06),
    Bulge(0, 0.5, -0.06),
)


def flattened(grey: Grey, corners: Corners) -> Iterator[Crop]:
    """The code between these corners, and some of what is around it, with one bulge after the other taken out.

    What is read in the crops is told with corners that are a few pixels off.
    """
    box = Box.around(corners)
    crop = cut(grey, box.grown(box.size // _ROOM).within(grey))
    if min(crop.pixels.shape) >= _LEAST:
        for bulge in _BULGES:
            yield replace(crop, pixels=without(crop.pixels, bulge), step="flattened", suits=MATRIX)


def without(grey: Grey, bulge: Bulge) -> Grey:
    """A (h, w) uint8 picture without the bulge, of the same size."""
    height, width = grey.shape
    x = np.linspace(-1, 1, width, dtype=np.float32) - bulge.x
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] - bulge.y
    further = 1 + bulge.inward * (x * x + y * y)
    from_x, from_y = (x * further + bulge.x + 1) * (width / 2), (y * further + bulge.y + 1) * (height / 2)
    flat = cv2.remap(grey, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(flat, dtype=np.uint8)
