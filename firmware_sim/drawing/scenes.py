"""What the camera above the counter sees: nothing for most of its life, then a pack or a phone for a second or two.

Drawn from a seed: the same seed, visits and times give the same pixels. It runs beside the till on two cores, so an
empty frame is one of a few made beforehand, and otherwise only the part that is covered is drawn.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_sim.drawing.counter import Noise, Picture, empty_counter
from firmware_sim.drawing.pack import Pack, draw_pack
from firmware_sim.drawing.phone import Look, Quad, Sticker, draw_phone

APPROACH_S, LEAVE_S = 0.5, 0.4
EXPOSURE_S = 1 / 60  # what moves in that time is blurred along its way
FRAMES_PER_S = 30
IDLE_FRAMES = 8
NOISE_SIGMA = 4.0  # grey levels: a small sensor indoors
FOCAL = 1100.0  # pixels: how strong the perspective is
LEAST_BLUR = 2  # pixels: less motion than this is not worth a filter

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """The way in of a phone or a pack, its stay and its way out. Places in pixels of the frame, angles in radians."""

    sticker: Sticker
    arrive_s: float
    leave_s: float
    rest: tuple[float, float]  # where its centre is held
    start: tuple[float, float]  # where it comes from, relative to that
    angles: tuple[float, float, float]  # tilt away, turn aside, roll
    tremble: tuple[float, float, float]  # pixels, hertz, phase

    @property
    def gone_s(self) -> float:
        return self.leave_s + LEAVE_S

    def away(self, t_s: float) -> float:
        """How far from rest it is: 1 out of view, 0 held still."""
        coming = 1 - np.clip((t_s - self.arrive_s) / APPROACH_S, 0, 1)
        going = np.clip((t_s - self.leave_s) / LEAVE_S, 0, 1)
        return float(max(coming**3, going**2))

    def place(self, t_s: float) -> tuple[float, float]:
        """Where its centre is."""
        away, (pixels, hertz, phase) = self.away(t_s), self.tremble
        beat = 2 * np.pi * hertz * (t_s - self.arrive_s) + phase
        x = self.rest[0] + away * self.start[0] + pixels * np.sin(beat)
        y = self.rest[1] + away * self.start[1] + pixels * np.sin(1.7 * beat)
        return float(x), float(y)

    def view(self, t_s: float) -> Matrix:
        """(3, 3): from the sticker's pixels to the frame's, as a pinhole camera sees a tilted card."""
        turned, (x, y) = _rotation(*self.angles), self.place(t_s)
        card = np.column_stack((turned[:, 0], turned[:, 1], (0.0, 0.0, FOCAL)))
        lens = np.array([[FOCAL, 0.0, x], [0.0, FOCAL, y], [0.0, 0.0, 1.0]])
        view: Matrix = lens @ card @ _shift(-self.sticker.centre[0], -self.sticker.centre[1])
        return view

    def covered(self, t_s: float, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """The part of a frame of `size` that the sticker can touch: left, top, right, bottom; empty if none."""
        height, width = self.sticker.pixels.shape[:2]
        corners = _seen(self.view(t_s), np.array([(0, 0), (width, 0), (width, height), (0, height)], float))
        low, high = np.floor(corners.min(0)).astype(int), np.ceil(corners.max(0)).astype(int)
        right, bottom = np.minimum(high, size)
        left, top = np.maximum(low, 0)
        return int(left), int(top), int(right), int(bottom)

    def layer(self, t_s: float, box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
        """(bottom - top, right - left, C) uint8: the sticker as that part of the frame sees it, smeared by its way."""
        left, top, right, bottom = box
        still = _moved(self.sticker.pixels, _shift(-left, -top) @ self.view(t_s), (right - left, bottom - top))
        return _blurred(still, self.place(t_s), self.place(t_s - EXPOSURE_S))

    def shows_a_code(self, t_s: float, size: tuple[int, int]) -> bool:
        """Whether one of its codes is wholly in a frame of `size`, quiet zone and all."""
        view = self.view(t_s)
        places = (_seen(view, place) for place in self.sticker.code_places)
        return any(bool((place >= 0).all() and (place < size).all()) for place in places)


class Counter:
    """The counter and whoever stands at it. Times are seconds on the caller's clock; frames are never to be changed."""

    def __init__(self, seed: int, size: tuple[int, int] = (1280, 720)) -> None:
        self._seed, self._size = seed, size
        rng = np.random.default_rng((seed, 0))
        self._empty = empty_counter(rng, size)
        self._noise = Noise.draw(rng, size, NOISE_SIGMA)
        self._gains = 1 + 0.012 * rng.standard_normal(IDLE_FRAMES)  # the exposure flickers with the lamps
        self._idle = [self._idle_frame(index) for index in range(IDLE_FRAMES)]
        self._visits: tuple[Visit, ...] = ()
        self._comers = 0  # phones and packs so far

    def arrive(self, code: str, wallet: str, at_s: float) -> None:
        """A customer holds up a phone showing `code`; ValueError if what was there before is not gone by then."""
        rng = self._next_rng(at_s)
        look = Look.draw(rng)
        sticker = draw_phone(code, wallet, look)
        rest = self._size[0] * rng.uniform(0.38, 0.62), look.height * 0.5 + rng.uniform(15, 70)
        self._visits = (*self._visits[-1:], self._visit(rng, sticker, rest, at_s))

    def lay(self, gtin13: str, at_s: float) -> None:
        """A pack is held up, its code near the middle of the view; ValueError as `arrive` does."""
        rng = self._next_rng(at_s)
        sticker = draw_pack(gtin13, Pack.draw(rng), Look.draw(rng), rng)
        aim = np.multiply(self._size, (rng.uniform(0.38, 0.62), rng.uniform(0.4, 0.6)))
        x, y = aim + sticker.centre - sticker.code_places[0].mean(axis=0)
        self._visits = (*self._visits[-1:], self._visit(rng, sticker, (float(x), float(y)), at_s))

    def leave(self, at_s: float) -> None:
        """What is there is taken away; nothing happens if nothing is."""
        if self._visits and self._visits[-1].leave_s > at_s:
            self._visits = (*self._visits[:-1], replace(self._visits[-1], leave_s=at_s))

    @property
    def in_full_view_s(self) -> float | None:
        """When the last one's code, be it the bars or the QR, is first wholly in view; None before anyone came."""
        if not self._visits:
            return None
        visit = self._visits[-1]
        moments = visit.arrive_s + np.arange(0, APPROACH_S + 0.005, 0.005)
        return next((float(moment) for moment in moments if visit.shows_a_code(moment, self._size)), None)

    def is_empty(self, t_s: float) -> bool:
        return self._visit_at(t_s) is None

    def frame(self, t_s: float) -> Picture:
        """(height, width, 3) uint8, blue green red: the picture taken at `t_s`."""
        tick = int(t_s * FRAMES_PER_S)
        mix = (tick * 2654435761 + self._seed * 40503) & 0xFFFFFFFF  # Knuth's multiplicative hash
        index, visit = (mix >> 16) % IDLE_FRAMES, self._visit_at(t_s)
        idle = self._idle[index]
        if visit is None:
            return idle
        left, top, right, bottom = box = visit.covered(t_s, self._size)
        if left >= right or top >= bottom:
            return idle
        layer = visit.layer(t_s, box)
        part = _laid_over(self._empty[top:bottom, left:right], layer, float(self._gains[index]))
        picture = idle.copy()
        shift = (mix >> 8) % Noise.MARGIN, (mix >> 20) % Noise.MARGIN
        picture[top:bottom, left:right] = self._noise.over(part, shift)
        return picture

    def _next_rng(self, at_s: float) -> np.random.Generator:
        """Of whoever comes next."""
        if self._visits and self._visits[-1].gone_s > at_s:
            raise ValueError("a phone is still there: tell it to leave, and wait until it is gone")
        self._comers += 1
        return np.random.default_rng((self._seed, self._comers))

    def _visit(self, rng: np.random.Generator, sticker: Sticker, rest: tuple[float, float], at_s: float) -> Visit:
        width, height = self._size
        sides = ((0.0, height * 1.15), (-width * 0.8, height * 0.25), (width * 0.8, height * 0.25))
        return Visit(
            sticker=sticker,
            arrive_s=at_s,
            leave_s=float("inf"),
            rest=rest,
            start=sides[rng.choice(3, p=(0.6, 0.2, 0.2))],
            angles=(rng.uniform(-0.28, 0.28), rng.uniform(-0.28, 0.28), np.radians(rng.uniform(-12, 12))),
            tremble=(rng.uniform(0.5, 4.0), rng.uniform(0.8, 2.0), rng.uniform(0, 6.28)),
        )

    def _visit_at(self, t_s: float) -> Visit | None:
        return next((visit for visit in self._visits if visit.arrive_s <= t_s < visit.gone_s), None)

    def _idle_frame(self, index: int) -> Picture:
        shift = (index * 7) % Noise.MARGIN, (index * 23) % Noise.MARGIN
        frame = self._noise.over(_brightened(self._empty, float(self._gains[index])), shift)
        frame.flags.writeable = False
        return frame


def _rotation(tilt: float, turn: float, roll: float) -> Matrix:
    """About x, then y, then the line of sight."""
    (ct, cu, cr), (st, su, sr) = np.cos((tilt, turn, roll)), np.sin((tilt, turn, roll))
    about_x = np.array([[1, 0, 0], [0, ct, -st], [0, st, ct]])
    about_y = np.array([[cu, 0, su], [0, 1, 0], [-su, 0, cu]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    turned: Matrix = about_z @ about_y @ about_x
    return turned


def _shift(x: float, y: float) -> Matrix:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def _seen(view: Matrix, points: Quad) -> Quad:
    """Points of the sticker as points of the frame."""
    projected = np.column_stack((points, np.ones(len(points)))) @ view.T
    places: Quad = projected[:, :2] / projected[:, 2:]
    return places


def _moved(pixels: NDArray[np.uint8], view: Matrix, size: tuple[int, int]) -> NDArray[np.uint8]:
    return cv2.warpPerspective(pixels, view, size, flags=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _blurred(layer: NDArray[np.uint8], now: tuple[float, float], before: tuple[float, float]) -> NDArray[np.uint8]:
    """Smeared along x and y by how far it moved while the shutter was open."""
    way = [round(abs(a - b)) for a, b in zip(now, before, strict=True)]
    if max(way) < LEAST_BLUR:
        return layer
    return cv2.blur(layer, (way[0] + 1, way[1] + 1)).astype(np.uint8, copy=False)


def _laid_over(background: Picture, layer: NDArray[np.uint8], gain: float) -> Picture:
    """Both as one picture, as bright as the camera's exposure makes it at the moment."""
    through = cv2.cvtColor(cv2.bitwise_not(layer[..., 3]), cv2.COLOR_GRAY2BGR)
    behind = cv2.multiply(background, through, scale=1 / 255)
    return _brightened(cv2.add(behind, cv2.cvtColor(layer, cv2.COLOR_BGRA2BGR)).astype(np.uint8, copy=False), gain)


def _brightened(picture: Picture, gain: float) -> Picture:
    return cv2.convertScaleAbs(picture, alpha=gain).astype(np.uint8, copy=False)
