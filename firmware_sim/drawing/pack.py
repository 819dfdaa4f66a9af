"""A pack of goods held up to the counter's camera: a box, or a can whose bars bend away at both sides."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_sim.drawing import codes
from firmware_sim.drawing.phone import SHARPER, Look, Quad, Sticker, lit

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
Rng = np.random.Generator

# Prints of packs (blue, green, red): milk, tea, noodles, detergent, biscuits.
PRINTS = ((214, 170, 90), (70, 120, 60), (40, 60, 200), (180, 120, 40), (60, 140, 210))
WHITE, INK = (246, 248, 248), (40, 36, 36)
EDGE_SHADE = 0.35  # how bright the flank of a can is, of its middle


@dataclass(frozen=True, slots=True)
class Pack:
    """What differs from one pack to the next. Lengths in pixels of the frame."""

    width: int
    height: int
    panel_width: int  # of the white field with the code, quiet zones included
    bend: float  # radians from the middle to each side: 0 a box, near 1.5 a can seen whole
    print_bgr: tuple[int, int, int]

    @classmethod
    def draw(cls, rng: Rng) -> "Pack":
        panel = int(rng.integers(250, 400))
        width = int(panel * rng.uniform(1.2, 1.6))
        return cls(
            width=width,
            height=int(width * rng.uniform(0.9, 1.3)),
            panel_width=panel,
            bend=float(rng.choice((0.0, rng.uniform(0.5, 1.1)))),
            print_bgr=PRINTS[rng.integers(len(PRINTS))],
        )


def draw_pack(gtin13: str, pack: Pack, look: Look, rng: Rng) -> Sticker:
    """The pack under that look's light, glare and defocus; its code stands low, where packs have it."""
    face, panel = _face(gtin13, pack, rng)
    columns = _columns(pack)
    bent = cv2.remap(face, *_maps(columns, pack), cv2.INTER_LINEAR)
    shade = EDGE_SHADE + (1 - EDGE_SHADE) * np.cos(_angles(pack))
    shaded = np.rint(bent * shade[None, :, None]).astype(np.uint8)
    small = cv2.resize(shaded, (pack.width, pack.height), interpolation=cv2.INTER_AREA).astype(np.uint8)
    opaque = np.dstack((lit(small, look), np.full(small.shape[:2], 255, np.uint8)))
    soft = cv2.GaussianBlur(cv2.copyMakeBorder(opaque, 8, 8, 8, 8, cv2.BORDER_CONSTANT), (0, 0), look.defocus)
    across = np.searchsorted(columns, panel[:, 0]).astype(np.float64)
    place: Quad = np.column_stack((across, panel[:, 1])) / SHARPER + 8
    return Sticker(soft.astype(np.uint8), (pack.width / 2 + 8, pack.height / 2 + 8), (place,))


def _face(gtin13: str, pack: Pack, rng: Rng) -> tuple[Pixels, Quad]:
    """The print, flat and SHARPER times as large, and the corners of the code in it."""
    width, height = pack.width * SHARPER, pack.height * SHARPER
    face = np.full((height, width, 3), pack.print_bgr, np.uint8)
    _print(face, rng)
    bars = codes.ean13(gtin13)
    module = pack.panel_width * SHARPER // len(bars)
    across, along = module * len(bars), round(module * len(bars) * 0.5)
    left, top = (width - across) // 2, height - along - 14 * SHARPER
    cv2.rectangle(face, (left, top - 4 * SHARPER), (left + across, top + along + 6 * SHARPER), WHITE, cv2.FILLED)
    face[top : top + along, left : left + across] = np.repeat(bars, module)[None, :, None]
    corners = [(left, top), (left + across, top), (left + across, top + along), (left, top + along)]
    return face, np.array(corners, float)


def _print(face: Pixels, rng: Rng) -> None:
    """A name, a picture and small print: edges that are no code."""
    height, width = face.shape[:2]
    cv2.circle(face, (width // 2, height // 4), width // 5, WHITE, cv2.FILLED, cv2.LINE_AA)
    size = width / 220
    cv2.putText(face, "SAOMA", (width // 8, height // 4), cv2.FONT_HERSHEY_DUPLEX, size, INK, 3 * SHARPER, cv2.LINE_AA)
    for y in range(height // 2 - 8 * SHARPER, height // 2 + 8 * SHARPER, 6 * SHARPER):
        ends = np.sort(rng.integers(width // 10, width - width // 10, 8))
        for start, end in zip(ends[::2], ends[1::2], strict=True):
            cv2.line(face, (int(start), y), (int(end), y), INK, 2 * SHARPER)


def _angles(pack: Pack) -> Plane:
    """(W,) float32: for each column seen, the angle on the can, 0 in the middle."""
    across = np.linspace(-1, 1, pack.width * SHARPER, dtype=np.float32)
    return np.asarray(np.arcsin(across * np.sin(pack.bend)), dtype=np.float32)


def _columns(pack: Pack) -> Plane:
    """(W,) float32: for each column seen, the column of the flat face that is there, growing."""
    width = pack.width * SHARPER
    if not pack.bend:
        return np.arange(width, dtype=np.float32)
    return np.asarray((_angles(pack) / pack.bend + 1) / 2 * (width - 1), dtype=np.float32)


def _maps(columns: Plane, pack: Pack) -> tuple[Plane, Plane]:
    rows = np.arange(pack.height * SHARPER, dtype=np.float32)
    across, along = np.meshgrid(columns, rows)
    return across.astype(np.float32), along.astype(np.float32)
