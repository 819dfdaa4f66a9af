"""Each reason is told for a drawn scene that has it and cannot be read, and none where there is nothing to tell."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_sim.drawing.codes import code128, qr
from firmware_sim.drawing.counter import Noise, empty_counter
from firmware_sim.drawing.phone import Look, draw_phone
from terminal.model import Unread
from terminal.vision.locate import regions
from terminal.vision.reader import Reader
from terminal.vision.unread import is_dark, why_unread

Grey = NDArray[np.uint8]
Spoil = Callable[[Grey], Grey]

SIZE = 1280, 720
MIDDLE = 640, 360
CODE = "134567890123456789"
EMPTY_FRAMES, FRAMES = 6, 34
QR, BARS = qr(CODE), np.repeat(code128(CODE)[None], 40, axis=0)


def counter(seed: int) -> tuple[Grey, Noise]:
    rng = np.random.default_rng(seed)
    return cv2.cvtColor(empty_counter(rng, SIZE), cv2.COLOR_BGR2GRAY), Noise.draw(rng, SIZE, 3.5).of_grey()


def with_card(view: Grey, modules: Grey, module: float, at: tuple[int, int] = MIDDLE, degrees: float = 7.0) -> Grey:
    """The code on a card, its middle at `at`; a module is so many pixels."""
    how = cv2.INTER_NEAREST if module >= 1 else cv2.INTER_AREA
    card = np.pad(cv2.resize(modules, None, fx=module, fy=module, interpolation=how), 20, constant_values=255)
    height, width = card.shape
    way = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    way[:, 2] += at[0] - width / 2, at[1] - height / 2
    there = cv2.warpAffine(np.full_like(card, 255), way, SIZE)
    layer = cv2.warpAffine((25 + card * 0.82).astype(np.uint8), way, SIZE)
    return np.where(there > 127, layer, view).astype(np.uint8)


def with_phone(view: Grey, seed: int) -> Grey:
    """A phone with a payment page: a code amid much that is white or printed."""
    sticker = draw_phone(CODE, "wechat", Look.draw(np.random.default_rng(seed)))
    scale = 640 / sticker.pixels.shape[0]
    small = cv2.resize(sticker.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = small.shape[:2]
    top, left = (SIZE[1] - height) // 2, (SIZE[0] - width) // 2
    laid = view.copy()
    part = laid[top : top + height, left : left + width]
    part[:] = cv2.add((part * (1 - small[..., 3] / 255)).astype(np.uint8), cv2.cvtColor(small, cv2.COLOR_BGRA2GRAY))
    return laid


def blurred(sigma: float) -> Spoil:
    return lambda view: cv2.GaussianBlur(view, (0, 0), sigma)


def glaring(x: int, y: int, radius: float) -> Spoil:
    rows, columns = np.ogrid[: SIZE[1], : SIZE[0]]
    light = 400 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * radius**2))
    return lambda view: np.clip(view + light, 0, 255).astype(np.uint8)


def watched(empty: Grey, shown: Grey, noise: Noise, frames: int = FRAMES) -> tuple[Reader, int]:
    """A reader that looked at the counter and then at what was shown on it; how often it read something."""
    reader, rng, read = Reader(), np.random.default_rng(3), 0
    for view in [empty] * EMPTY_FRAMES + [cv2.GaussianBlur(shown, (0, 0), 0.8)] * frames:
        x, y = rng.integers(Noise.MARGIN, size=2)
        read += len(reader.look(noise.over(view, (int(x), int(y)))))
    return reader, read


def plain(view: Grey) -> Grey:
    return view


@pytest.mark.parametrize(
    ("why", "modules", "module", "at", "spoil"),
    [
        pytest.param(Unread.TOO_NEAR, QR, 40, MIDDLE, plain, id="larger than the view"),
        pytest.param(Unread.TOO_NEAR, QR, 10, (1220, 360), plain, id="cut off at the side"),
        pytest.param(Unread.TOO_NEAR, QR, 10, (640, 40), plain, id="cut off above"),
        pytest.param(Unread.TOO_NEAR, BARS, 8, (1000, 400), plain, id="bars cut off"),
        pytest.param(Unread.TOO_FAR, QR, 1.2, MIDDLE, plain, id="small QR"),
        pytest.param(Unread.TOO_FAR, BARS, 0.7, MIDDLE, plain, id="small bars"),
        pytest.param(Unread.GLARE, QR, 6, MIDDLE, glaring(590, 310, 35), id="a lamp in a QR"),
        pytest.param(Unread.GLARE, QR, 6, MIDDLE, glaring(640, 360, 60), id="a large lamp in a QR"),
        pytest.param(Unread.GLARE, BARS, 3, MIDDLE, glaring(600, 360, 120), id="a lamp across bars"),
        pytest.param(Unread.BLURRED, QR, 6, MIDDLE, blurred(4), id="soft QR"),
        pytest.param(Unread.BLURRED, QR, 6, MIDDLE, blurred(9), id="very soft QR"),
        pytest.param(Unread.BLURRED, BARS, 3, MIDDLE, blurred(6), id="soft bars"),
    ],
)
def test_what_cannot_be_read_says_why(
    why: Unread, modules: Grey, module: float, at: tuple[int, int], spoil: Spoil
) -> None:
    empty, noise = counter(seed=1)
    reader, read = watched(empty, spoil(with_card(empty, modules, module, at)), noise)
    assert (read, reader.unread) == (0, why)


def test_a_dark_counter_says_so_at_once_and_whatever_is_on_it() -> None:
    empty, noise = counter(seed=1)
    dark = [cv2.convertScaleAbs(view, alpha=0.1) for view in (empty, with_card(empty, QR, 6))]
    reader, read = watched(dark[0], dark[1], noise, frames=2)
    assert (read, reader.unread) == (0, Unread.TOO_DARK)


def test_a_dark_place_in_a_lit_view_is_dark() -> None:
    view = np.full((720, 1280), 4, np.uint8)
    view[300:460, 500:740] = np.kron(np.random.default_rng(1).integers(0, 2, (20, 30)) * 50, np.ones((8, 8))) + 4
    view[:40, :40] = 255
    assert why_unread(view, regions(view)) is Unread.TOO_DARK
    assert not is_dark(view)


@pytest.mark.parametrize("seed", range(1, 9))
def test_nothing_is_said_of_an_empty_counter(seed: int) -> None:
    empty, noise = counter(seed)
    reader, read = watched(empty, empty, noise, frames=60)
    assert (read, reader.unread, reader.located) == (0, None, [])


@pytest.mark.parametrize(("modules", "module"), [(QR, 3), (QR, 12), (BARS, 2)])
def test_nothing_is_said_of_what_is_read(modules: Grey, module: float) -> None:
    empty, noise = counter(seed=2)
    reader, read = watched(empty, with_card(empty, modules, module), noise)
    assert read > FRAMES // 2
    assert reader.unread is None


@pytest.mark.parametrize("seed", range(3))
def test_the_white_of_a_phone_is_no_glare(seed: int) -> None:
    empty, noise = counter(seed)
    reader, _ = watched(empty, blurred(7)(with_phone(empty, seed)), noise)
    assert reader.unread is Unread.BLURRED


def test_it_is_said_after_a_second_and_forgotten_when_the_code_is_read_or_gone() -> None:
    empty, noise = counter(seed=1)
    near = with_card(empty, QR, 40)
    reader, _ = watched(empty, near, noise, frames=20)
    assert reader.unread is None, "not yet: it may be on its way in"
    reader, _ = watched(empty, near, noise)
    assert reader.unread is Unread.TOO_NEAR
    for _ in range(4):
        reader.look(noise.over(with_card(empty, QR, 6), (0, 0)))
    assert reader.unread is None
    for _ in range(60):
        reader.look(noise.over(empty, (0, 0)))
    assert (reader.unread, reader.located) == (None, [])


def test_no_place_gives_no_reason() -> None:
    assert why_unread(np.zeros((720, 1280), np.uint8), []) is None
    assert not is_dark(np.zeros((0, 0), np.uint8))
