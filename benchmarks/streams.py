"""What a counter's camera sees, drawn from a seed: nothing for two thirds of the time, then a phone or a pack.

The idle view is a real photograph without codes where there are any, never still: sensor noise, a camera that sways by
a pixel or two, lamps that flicker. Frames are made one at a time and forgotten. Ours are not the only eyes that this
is hard for: a code is turned, tilted, moving, dim, out of focus and under glare as chance has it, and some cannot be
read by anybody.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from benchmarks.peers import Grey
from benchmarks.photographs import MANIFEST, NO_CODE, photographs
from benchmarks.score import value
from firmware_sim.drawing.counter import Noise, empty_counter
from firmware_sim.drawing.pack import Pack, draw_pack
from firmware_sim.drawing.phone import Look, Shown, Sticker, draw_phone
from firmware_sim.drawing.scenes import FRAMES_PER_S, LEAVE_S, Visit
from terminal.model import Symbology
from terminal.scanning.pictures import load_grey

SIZE = (1280, 720)
SPELL = 300  # frames: two hundred of nobody, then a hundred with somebody
IDLE_SHARE = 2 / 3
_SWAY = 8  # pixels to spare around the background
_SMALLEST = 300  # pixels: a smaller photograph makes no background
_SHUFFLE = 20211123  # the order in which seeds take the photographs
_FLICKER = 0.012  # of the brightness: lamps and the camera's own exposure

Rng = np.random.Generator


class Kind(Enum):
    """What is held up."""

    PHONE = "phone"  # bars and QR, the same code
    PHONE_BARS = "phone, bars"
    PHONE_QR = "phone, QR"
    PACK = "pack"


_SHOWN = {Kind.PHONE: Shown.BOTH, Kind.PHONE_BARS: Shown.BARS, Kind.PHONE_QR: Shown.QR}


@dataclass(frozen=True, slots=True)
class Guest:
    """One thing held up: from frame `first` until before frame `after`."""

    kind: Kind
    text: str
    visit: Visit
    first: int
    after: int

    @property
    def values(self) -> frozenset[str]:
        """What it is right to read, as `score.value` spells it."""
        return frozenset({value(Symbology.EAN13 if self.kind is Kind.PACK else Symbology.QR, self.text)})


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One frame and the truth about it."""

    grey: Grey
    guest: int | None  # which of the stream's guests is there; None while nobody is
    in_view: bool  # a code of the guest is wholly in the frame, quiet zone and all


@dataclass(frozen=True)
class Stream:
    """A seed's frames; the same seed, length and backgrounds give the same pixels."""

    seed: int
    frames: int
    backgrounds: tuple[Path, ...] = ()

    @cached_property
    def guests(self) -> tuple[Guest, ...]:
        """Who comes, in their order; each seed has other kinds of guests than the last."""
        spell = min(SPELL, self.frames)
        kinds, count = list(Kind), self.frames // spell
        return tuple(self._guest(kinds[(self.seed * count + i) % len(kinds)], i, spell) for i in range(count))

    def shots(self) -> Iterator[Shot]:
        return (self.shot(frame) for frame in range(self.frames))

    def shot(self, frame: int) -> Shot:
        """Any frame, drawn afresh: some 7 ms."""
        t_s, rng = frame / FRAMES_PER_S, np.random.default_rng((self.seed, 0, frame))
        index = next((i for i, one in enumerate(self.guests) if one.first <= frame < one.after), None)
        view = self._sway.over(self._background, t_s)
        if index is not None:
            _lay(view, self.guests[index].visit, t_s)
        lit = cv2.convertScaleAbs(view, alpha=1 + _FLICKER * rng.uniform(-1, 1))
        left, top = rng.integers(Noise.MARGIN, size=2)
        grey = self._noise.over(np.asarray(lit, np.uint8), (int(left), int(top)))
        return Shot(grey, index, index is not None and self.guests[index].visit.shows_a_code(t_s, SIZE))

    @cached_property
    def _background(self) -> Grey:
        return _background(self.backgrounds, self.seed)

    @cached_property
    def _noise(self) -> Noise:
        rng = np.random.default_rng((self.seed, 1))
        return Noise.draw(rng, SIZE, float(rng.uniform(2.0, 4.5))).of_grey()

    @cached_property
    def _sway(self) -> "_Sway":
        return _Sway.draw(np.random.default_rng((self.seed, 2)))

    def _guest(self, kind: Kind, index: int, spell: int) -> Guest:
        rng = np.random.default_rng((self.seed, 3, index))
        first, after = index * spell + round(spell * IDLE_SHARE), (index + 1) * spell
        text = _gtin(rng) if kind is Kind.PACK else "13" + "".join(map(str, rng.integers(0, 10, 16)))
        visit = _visit(rng, _sticker(kind, text, rng), first / FRAMES_PER_S, after / FRAMES_PER_S)
        return Guest(kind, text, visit, first, after)


def backgrounds(manifest: Path = MANIFEST) -> tuple[Path, ...]:
    """The photographs without a code that are large enough to fill a view; none where there is no manifest."""
    if not manifest.is_file():
        return ()
    empty = [one for one in photographs(manifest) if one.symbology == NO_CODE]
    return tuple(manifest.parent / one.name for one in empty if min(one.load().shape) >= _SMALLEST)


def _background(paths: Sequence[Path], seed: int) -> Grey:
    """A view with `_SWAY` pixels to spare on each side. Each seed takes the next photograph of a fixed shuffle.

    So a seed that nobody tuned on brings a background that nobody tuned on.
    """
    size = SIZE[0] + 2 * _SWAY, SIZE[1] + 2 * _SWAY
    if not paths:
        return np.asarray(cv2.cvtColor(empty_counter(np.random.default_rng(seed), size), cv2.COLOR_BGR2GRAY), np.uint8)
    order = np.random.default_rng(_SHUFFLE).permutation(len(paths))
    return _covering(load_grey(paths[order[seed % len(paths)]]), size)


def _covering(grey: Grey, size: tuple[int, int]) -> Grey:
    """Enlarged until it covers `size` = (width, height), and its middle cut out."""
    scale = max(size[0] / grey.shape[1], size[1] / grey.shape[0])
    large = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    padded = cv2.copyMakeBorder(large, 0, 1, 0, 1, cv2.BORDER_REPLICATE)  # the scale may round down
    left, top = (padded.shape[1] - size[0]) // 2, (padded.shape[0] - size[1]) // 2
    return np.ascontiguousarray(padded[top : top + size[1], left : left + size[0]], np.uint8)


@dataclass(frozen=True, slots=True)
class _Sway:
    """How the counter trembles under the camera: pixels, hertz and phase for each direction."""

    pixels: tuple[float, float]
    hertz: tuple[float, float]
    phase: tuple[float, float]

    @classmethod
    def draw(cls, rng: Rng) -> "_Sway":
        x, y, fast, slow, first, second = rng.uniform((0.2, 0.2, 0.1, 0.1, 0, 0), (1.0, 1.0, 0.5, 0.5, 6.28, 6.28))
        return cls((float(x), float(y)), (float(fast), float(slow)), (float(first), float(second)))

    def over(self, background: Grey, t_s: float) -> Grey:
        """The background as the frame at `t_s` has it."""
        x, y = (
            _SWAY - pixels * np.sin(2 * np.pi * hertz * t_s + phase)
            for pixels, hertz, phase in zip(self.pixels, self.hertz, self.phase, strict=True)
        )
        shift = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpAffine(background, shift, SIZE, flags=flags), np.uint8)


def _sticker(kind: Kind, text: str, rng: Rng) -> Sticker:
    """What is held up, in grey: (H, W, 2), brightness times opacity, opacity."""
    look = Look.draw(rng)
    if kind is Kind.PACK:
        drawn = draw_pack(text, Pack.draw(rng), look, rng)
    else:
        drawn = draw_phone(text, "wechat", look, _SHOWN[kind])
    grey = cv2.cvtColor(drawn.pixels, cv2.COLOR_BGRA2GRAY)
    return replace(drawn, pixels=np.dstack((grey, drawn.pixels[..., 3])).astype(np.uint8))


def _visit(rng: Rng, sticker: Sticker, arrive_s: float, gone_s: float) -> Visit:
    """Its way in, its stay and its way out, trembling or swung about, tilted and turned."""
    width, height = SIZE
    sides = ((0.0, height * 1.15), (-width * 0.8, height * 0.25), (width * 0.8, height * 0.25))
    return Visit(
        sticker=sticker,
        arrive_s=arrive_s,
        leave_s=gone_s - LEAVE_S,
        rest=_rest(rng, sticker),
        start=sides[rng.choice(3, p=(0.5, 0.25, 0.25))],
        angles=(rng.uniform(-0.3, 0.3), rng.uniform(-0.3, 0.3), np.radians(rng.uniform(-15, 15))),
        tremble=(
            float(rng.choice((rng.uniform(0.5, 4), rng.uniform(8, 25)))),
            rng.uniform(0.5, 1.5),
            rng.uniform(0, 6),
        ),
    )


def _rest(rng: Rng, sticker: Sticker) -> tuple[float, float]:
    """Where its middle is held, for its codes to be somewhere near the middle of the view."""
    code = np.mean([place.mean(axis=0) for place in sticker.code_places], axis=0)
    aim = SIZE[0] * rng.uniform(0.36, 0.64), SIZE[1] * rng.uniform(0.4, 0.6)
    return float(aim[0] + sticker.centre[0] - code[0]), float(aim[1] + sticker.centre[1] - code[1])


def _lay(view: Grey, visit: Visit, t_s: float) -> None:
    """The visitor over the view, in place."""
    left, top, right, bottom = box = visit.covered(t_s, SIZE)
    if left >= right or top >= bottom:
        return
    layer, part = visit.layer(t_s, box), view[top:bottom, left:right]
    behind = cv2.multiply(part, cv2.bitwise_not(layer[..., 1]), scale=1 / 255)
    part[:] = cv2.add(behind, layer[..., 0])


def _gtin(rng: Rng) -> str:
    """A made-up EAN-13 of a Chinese maker."""
    digits = "69" + "".join(map(str, rng.integers(0, 10, 10)))
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
