"""Upright rectangles of pixels: where something changed, was located, or was read last."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from terminal.model import Corners, Point

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels from (left, top) up to but not including (right, bottom)."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, corners: Corners) -> "Box":
        """The smallest box that holds the corners."""
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return cls(floor(min(xs)), floor(min(ys)), ceil(max(xs)), ceil(max(ys)))

    @property
    def corners(self) -> Corners:
        """Clockwise from the top left."""
        return ((self.left, self.top), (self.right, self.top), (self.right, self.bottom), (self.left, self.bottom))

    @property
    def size(self) -> int:
        """The longer side."""
        return max(self.right - self.left, self.bottom - self.top)

    @property
    def area(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)

    def scaled(self, factor: float) -> "Box":
        return Box(
            floor(self.left * factor),
            floor(self.top * factor),
            ceil(self.right * factor),
            ceil(self.bottom * factor),
        )

    def grown(self, margin: int) -> "Box":
        return Box(self.left - margin, self.top - margin, self.right + margin, self.bottom + margin)

    def moved(self, x: int, y: int) -> "Box":
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y)

    def within(self, plane: NDArray[Any]) -> "Box":
        """The part of the box that lies in the picture; it may be empty."""
        height, width = plane.shape
        left, top = min(max(0, self.left), width), min(max(0, self.top), height)
        return Box(left, top, max(left, min(width, self.right)), max(top, min(height, self.bottom)))

    def of(self, plane: NDArray[Scalar]) -> NDArray[Scalar]:
        """The pixels inside, as a view."""
        return plane[self.top : self.bottom, self.left : self.right]

    def holds(self, point: Point) -> bool:
        return self.left <= point[0] < self.right and self.top <= point[1] < self.bottom

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def joined(self, other: "Box") -> "Box":
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


def merged(boxes: Iterable[Box]) -> list[Box]:
    """Boxes that meet become one, until none do."""
    apart: list[Box] = []
    for box in boxes:
        while near := [other for other in apart if other.meets(box)]:
            apart = [other for other in apart if not other.meets(box)]
            for other in near:
                box = box.joined(other)  # noqa: PLW2901 - it grows until it stands alone
        apart.append(box)
    return apart
