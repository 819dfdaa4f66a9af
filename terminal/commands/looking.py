"""How a picture was read, look by look: timed and drawn from outside, for the eyes know no clock and open no file."""

import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from terminal.model import Symbol, masked
from terminal.vision.accept import Findings
from terminal.vision.options import Options
from terminal.vision.rectify import Crop
from terminal.vision.stills import Look, looks
from terminal.vision.symbol import Grey

Colour = tuple[int, int, int]  # blue, green, red
LOOKED, READ = (60, 170, 250), (60, 200, 60)
_LABEL = 24  # letters


@dataclass(frozen=True, slots=True)
class Step:
    """One look and what it took: to find and cut the crop, or to read it."""

    look: Look
    took_ms: float

    @property
    def told(self) -> str:
        does = f"{self.look.engine} {self.look.crop.step}" if self.look.engine else f"make {self.look.crop.step}"
        read = ", ".join(f"{one.symbol.symbology} {one.symbol.text}" for one in self.look.readings)
        height, width = self.look.crop.pixels.shape
        return f"{self.took_ms:8.2f} ms  {does:26} {width}x{height}  {read}".rstrip()

    def as_json(self) -> dict[str, object]:
        read = [{"symbology": one.symbol.symbology, "text": one.symbol.text} for one in self.look.readings]
        return {
            "step": self.look.crop.step,
            "engine": self.look.engine,
            "took_ms": round(self.took_ms, 3),
            "read": read,
        }


def watched(grey: Grey, options: Options) -> tuple[list[Symbol], tuple[Step, ...]]:
    """What is in a (H, W) uint8 picture, and how it was found out."""
    findings = Findings(options)
    steps: list[Step] = []
    start_s = time.perf_counter()
    for look in looks(grey, findings):
        steps.append(Step(look, 1000 * (time.perf_counter() - start_s)))
        start_s = time.perf_counter()
    return findings.symbols, tuple(steps)


def totals(steps: tuple[Step, ...]) -> str:
    """What all looks took, by who took them."""
    by_whom: dict[str, float] = defaultdict(float)
    for step in steps:
        by_whom[step.look.engine or "finding and making crops"] += step.took_ms
    shares = ", ".join(f"{name} {took_ms:.2f}" for name, took_ms in sorted(by_whom.items(), key=lambda one: -one[1]))
    return f"{sum(by_whom.values()):8.2f} ms  in all: {shares}"


def draw(folder: Path, path: Path, grey: Grey, symbols: list[Symbol], steps: tuple[Step, ...]) -> Path:
    """Save the picture with an outline around each crop and each code, under its own name; raises OSError."""
    picture = np.ascontiguousarray(np.dstack([grey] * 3))
    line = max(1, round(max(grey.shape) / 400))
    for step in steps:
        _outline(picture, _corners(step.look.crop), LOOKED, line)
    for symbol in symbols:
        _outline(picture, np.array(symbol.corners), READ, 2 * line)
        _label(picture, symbol, line)
    target = folder / ("_".join(part for part in path.parts if part not in ("/", "..", ".")) + ".png")
    target.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    return target


def _corners(crop: Crop) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Of a crop, in the frame: (4, 2)."""
    height, width = crop.pixels.shape
    ends = np.array([(0, 0, 1), (width, 0, 1), (width, height, 1), (0, height, 1)], float)
    return np.asarray(ends @ crop.to_frame.T)


def _outline(
    picture: Grey, corners: np.ndarray[tuple[int, ...], np.dtype[np.float64]], colour: Colour, line: int
) -> None:
    cv2.polylines(picture, [np.rint(corners).astype(np.int32)], isClosed=True, color=colour, thickness=line)


def _label(picture: Grey, symbol: Symbol, line: int) -> None:
    text = f"{symbol.symbology} {masked(symbol.text[:_LABEL])}".encode("ascii", "replace").decode()
    x, y = (round(min(ends)) for ends in zip(*symbol.corners, strict=True))
    cv2.putText(picture, text, (max(0, x), max(12 * line, y - 4)), cv2.FONT_HERSHEY_SIMPLEX, 0.4 * line, READ, line)
