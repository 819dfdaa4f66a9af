"""An empty counter as its camera sees it, most of the day: a lit surface, a few things on it, and a sensor's noise."""

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (H, W, 3) in OpenCV's order: blue, green, red
Rng = np.random.Generator

# Wood, stone, laminate, felt: the colours of counters (blue, green, red).
SURFACES = ((92, 128, 160), (150, 155, 158), (176, 182, 186), (84, 104, 92), (66, 84, 112))


def empty_counter(rng: Rng, size: tuple[int, int]) -> Picture:
    """(height, width, 3) uint8 without noise, for `size` = (width, height)."""
    surface = np.array(SURFACES[rng.integers(len(SURFACES))], np.float32)
    picture: NDArray[np.float32] = surface * (1 + _grain(rng, size))[..., None] * _light(rng, size)[..., None]
    empty = np.clip(picture, 0, 255).astype(np.uint8)
    _mat(empty, rng)
    _note(empty, rng)
    return cv2.GaussianBlur(empty, (0, 0), 1.0).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """Sensor noise as two tiles, to be added and taken away: cut anywhere, they are fresh enough for each frame."""

    MARGIN: ClassVar = 64  # pixels to spare each way

    plus: Picture
    minus: Picture

    @classmethod
    def draw(cls, rng: Rng, size: tuple[int, int], sigma: float) -> "Noise":
        """Tiles for pictures of up to `size` = (width, height); sigma in grey levels."""
        shape = (size[1] + cls.MARGIN, size[0] + cls.MARGIN, 3)
        noise = np.rint(sigma * rng.standard_normal(shape, np.float32))
        return cls(np.clip(noise, 0, 255).astype(np.uint8), np.clip(-noise, 0, 255).astype(np.uint8))

    def of_grey(self) -> "Noise":
        """The same for grey pictures."""
        return Noise(self.plus[..., 0].copy(), self.minus[..., 0].copy())

    def over(self, picture: Picture, shift: tuple[int, int]) -> Picture:
        """A noisy copy; `shift` = (x, y), each from 0 to MARGIN, chooses which noise."""
        rows = slice(shift[1], shift[1] + picture.shape[0])
        columns = slice(shift[0], shift[0] + picture.shape[1])
        brighter = cv2.add(picture, self.plus[rows, columns])
        return cv2.subtract(brighter, self.minus[rows, columns]).astype(np.uint8)


def _grain(rng: Rng, size: tuple[int, int]) -> NDArray[np.float32]:
    """Streaks along x and soft blotches, a few percent of the brightness."""
    width, height = size
    streaks = cv2.resize(rng.normal(0, 1, (height // 2, width // 40)).astype(np.float32), size)
    blotches = cv2.resize(rng.normal(0, 1, (height // 60, width // 60)).astype(np.float32), size)
    return (0.045 * cv2.GaussianBlur(streaks, (0, 0), 1.2) + 0.05 * blotches).astype(np.float32)


def _light(rng: Rng, size: tuple[int, int]) -> NDArray[np.float32]:
    """A lamp somewhere above: from about 0.7 in the far corner to 1.1 below it."""
    width, height = size
    x, y = rng.uniform(0.2, 0.8) * width, rng.uniform(0.0, 0.4) * height
    rows, columns = np.ogrid[:height, :width]
    distance = np.hypot(columns - x, rows - y) / np.hypot(width, height)
    light: NDArray[np.float32] = (1.12 - 0.55 * distance).astype(np.float32)
    return light


def _mat(picture: Picture, rng: Rng) -> None:
    """A dark rubber mat, where phones are meant to go."""
    height, width = picture.shape[:2]
    centre = (width * rng.uniform(0.45, 0.55), height * rng.uniform(0.6, 0.75))
    box = cv2.boxPoints((centre, (width * 0.62, height * 0.7), rng.uniform(-4, 4)))
    shade = picture.copy()
    cv2.fillConvexPoly(shade, box.astype(np.int32), (58, 56, 54), cv2.LINE_AA)
    cv2.addWeighted(shade, 0.8, picture, 0.2, 0, dst=picture)


def _note(picture: Picture, rng: Rng) -> None:
    """A slip of paper with lines of scribble: something that looks like text and is no code."""
    left, top = int(rng.integers(10, 60)), int(rng.integers(20, 120))
    cv2.rectangle(picture, (left, top), (left + 170, top + 210), (206, 212, 214), cv2.FILLED)
    for y in range(top + 24, top + 190, 22):
        ends = np.sort(rng.integers(left + 14, left + 156, 6))
        for start, end in zip(ends[::2], ends[1::2], strict=True):
            cv2.line(picture, (int(start), y), (int(end), y), (92, 88, 86), 3, cv2.LINE_AA)
