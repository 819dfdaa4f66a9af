"""A phone in a hand, its screen showing a wallet's payment page: a picture with transparency, to be moved about."""

from dataclasses import dataclass, field
from enum import Enum, auto

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from firmware_sim.drawing import codes
from firmware_sim.drawing.fonts import font, has_chinese
from terminal.model import masked

Rgb = tuple[int, int, int]
Quad = NDArray[np.float64]  # (4, 2): x, y of the corners, clockwise from the top left
Mask = NDArray[np.uint8]  # (H, W), 255 where something is
Pixels = NDArray[np.uint8]
Rng = np.random.Generator

SHARPER = 3  # the screen is drawn this much larger, then averaged down, as a lens would
SIDE, TOP, ARM = 70, 40, 340  # room around the phone for the fingers, its shadow and the arm
BLACK = 14  # grey level: glass reflects a little everywhere


@dataclass(frozen=True, slots=True)
class Theme:
    """How a wallet dresses its payment page."""

    colour: Rgb
    title: str
    latin: str  # where no Chinese font is installed


THEMES = {
    "wechat": Theme((43, 162, 69), "微信支付 · 向商家付款", "WeChat Pay"),
    "alipay": Theme((22, 119, 255), "支付宝 · 付款码", "Alipay"),
    "unionpay": Theme((200, 30, 45), "云闪付 · 付款码", "UnionPay"),
    "ecny": Theme((170, 22, 30), "数字人民币", "e-CNY"),
}
OTHER = Theme((70, 84, 110), "付款码", "Payment code")
SKINS: tuple[Rgb, ...] = ((236, 196, 168), (222, 178, 148), (196, 148, 116), (150, 106, 78))
SLEEVES: tuple[Rgb, ...] = ((52, 62, 84), (120, 44, 52), (206, 204, 198), (60, 92, 74), (36, 36, 40))


class Shown(Enum):
    """What is on the page: wallets let the customer touch one of the two codes to have it large and alone."""

    BOTH = auto()
    BARS = auto()
    QR = auto()


Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a page has its codes, if it has them, and the digits below; in hundredths of the screen's width."""

    bars: Box | None
    square: Box | None
    digits_y: float


LAYOUTS = {
    Shown.BOTH: Layout((6, 29, 94, 52), (22, 64, 78, 120), 57),
    Shown.BARS: Layout((4.5, 60, 95.5, 100), None, 106),
    Shown.QR: Layout(None, (14, 44, 86, 116), 123),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What differs from one customer to the next. Lengths in pixels of the frame."""

    width: int
    height: int
    skin: Rgb
    sleeve: Rgb
    right_handed: bool
    brightness: float
    defocus: float  # sigma of a Gaussian
    glare: float  # 0 none, 1 white
    glare_at: tuple[float, float]  # as fractions of the screen

    @classmethod
    def draw(cls, rng: Rng) -> "Look":
        width = int(rng.integers(230, 390))
        return cls(
            width=width,
            height=int(width * rng.uniform(1.95, 2.15)),
            skin=SKINS[rng.integers(len(SKINS))],
            sleeve=SLEEVES[rng.integers(len(SLEEVES))],
            right_handed=bool(rng.integers(2)),
            brightness=float(rng.uniform(0.45, 1.0)),
            defocus=float(0.4 + 2.4 * rng.random() ** 2),
            glare=float(max(0.0, rng.uniform(-0.4, 0.95))),
            glare_at=(float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.05, 0.7))),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Sticker:
    """(H, W, 4) uint8: blue, green, red already multiplied by the fourth, opacity. Code places in its pixels."""

    pixels: NDArray[np.uint8] = field(repr=False)
    centre: tuple[float, float]  # of the phone
    code_places: tuple[Quad, ...]  # bars, QR, as far as they are shown; each with its quiet zone


def draw_phone(code: str, wallet: str, look: Look, shown: Shown = Shown.BOTH) -> Sticker:
    """The phone, its hand and its shadow, a little out of focus. Takes some 50 ms."""
    screen, places = _screen(code, THEMES.get(wallet, OTHER), look, shown)
    left, top, right, bottom = SIDE, TOP, SIDE + look.width, TOP + look.height
    shape = (bottom + ARM, look.width + 2 * SIDE)
    below, above = _hand(shape, look)
    body = _rounded(shape, (left - 9, top - 9, right + 9, bottom + 9), 40)
    shadow = _softened(_u8(cv2.max(body, below)), 18)
    pixels = np.zeros((*shape, 4), np.uint8)
    pixels[..., 3] = shadow // 5 * 2
    pixels = _lay(pixels, below, _modelled(below, look.skin))
    pixels = _sleeve(pixels, below, look)
    pixels = _lay(pixels, body, _plain(shape, (30, 30, 34)))
    page = _plain(shape, (0, 0, 0))
    page[top:bottom, left:right] = screen
    pixels = _lay(pixels, _rounded(shape, (left, top, right, bottom), 32), page)
    pixels = _lay(pixels, above, _modelled(above, look.skin))
    soft = cv2.GaussianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA), (0, 0), look.defocus)
    return Sticker(_u8(soft), (left + look.width / 2, top + look.height / 2), places)


def _screen(code: str, theme: Theme, look: Look, shown: Shown) -> tuple[Pixels, tuple[Quad, ...]]:
    """The page as (height, width, 3) red, green, blue, and where its codes stand in the sticker."""
    width, height = look.width * SHARPER, look.height * SHARPER
    page = Image.new("RGB", (width, height), theme.colour)
    pen = ImageDraw.Draw(page)
    unit = width / 100  # the page is laid out in hundredths of its width
    _status_bar(pen, unit)
    pen.text((50 * unit, 13 * unit), _title(theme), (255, 255, 255), font(round(5 * unit)), anchor="mm")
    pen.rounded_rectangle((4 * unit, 21 * unit, 96 * unit, 150 * unit), 3 * unit, (255, 255, 255))
    layout, boxes = LAYOUTS[shown], []
    for place, modules in ((layout.bars, codes.code128(code)[None, :]), (layout.square, codes.qr(code))):
        if place:
            left, top, right, bottom = (round(edge * unit) for edge in place)
            _paste(page, modules, (left, top, right, bottom))
            boxes.append((left, top, right, bottom))
    digits_at = 50 * unit, layout.digits_y * unit
    pen.text(digits_at, masked(code), (90, 90, 90), font(round(4 * unit)), anchor="mm")
    _funding_row(pen, unit, theme)
    pixels = np.asarray(page.reduce(SHARPER))
    return lit(pixels, look), tuple(_corners(box) for box in boxes)


def _title(theme: Theme) -> str:
    return theme.title if has_chinese() else theme.latin


def _status_bar(pen: ImageDraw.ImageDraw, unit: float) -> None:
    pen.text((6 * unit, 4 * unit), "9:41", (255, 255, 255), font(round(3.6 * unit)), anchor="lm")
    pen.rounded_rectangle((86 * unit, 2.8 * unit, 94 * unit, 5.4 * unit), unit, (255, 255, 255))


def _funding_row(pen: ImageDraw.ImageDraw, unit: float, theme: Theme) -> None:
    pen.line((8 * unit, 130 * unit, 92 * unit, 130 * unit), (226, 226, 226), round(unit / 2))
    pen.ellipse((9 * unit, 136 * unit, 15 * unit, 142 * unit), theme.colour)
    pen.rounded_rectangle((19 * unit, 137.5 * unit, 44 * unit, 140.5 * unit), unit, (190, 190, 190))


def _paste(page: Image.Image, modules: codes.Modules, box: tuple[int, int, int, int]) -> None:
    size = (box[2] - box[0], box[3] - box[1])
    page.paste(Image.fromarray(modules).resize(size, Image.Resampling.NEAREST), box[:2])


def _corners(box: tuple[int, int, int, int]) -> Quad:
    left, top, right, bottom = (edge / SHARPER for edge in box)
    corners: Quad = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    corners += (SIDE, TOP)
    return corners


def lit(pixels: NDArray[np.uint8], look: Look) -> NDArray[np.uint8]:
    """A screen of that brightness under glass (black is not quite black), with a soft reflection."""
    height, width = pixels.shape[:2]
    rows, columns = np.ogrid[:height, :width]
    x, y = look.glare_at
    away = ((columns - x * width) / (0.35 * width)) ** 2 + ((rows - y * height) / (0.16 * height)) ** 2
    glare = (look.glare * np.exp(-away))[..., None].astype(np.float32)
    shown = BLACK + pixels * np.float32(look.brightness * (250 - BLACK) / 255)
    return _u8(shown + (250 - shown) * glare)


def _hand(shape: tuple[int, int], look: Look) -> tuple[Mask, Mask]:
    """Masks of what is behind the phone (arm, palm, knuckles) and before it (fingertips, thumb)."""
    below, above = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    left, right, low = SIDE, SIDE + look.width, TOP + look.height
    middle, palm = (left + right) // 2, int(low - 0.22 * look.height)
    _limb(below, (middle + 30, low + ARM), (middle + 10, palm), int(look.width * 0.62))
    _limb(below, (left + 40, palm - 60), (right - 30, palm), int(look.width * 0.5))
    for finger in range(4):
        y = int(palm - 150 + finger * 62)
        _limb(below, (left + 30, y + 26), (left - 14, y + 4), 48)
        _limb(above, (left - 18, y + 2), (left - 6, y - 3), 38)
    _limb(below, (right - 20, palm + 60), (right + 24, palm - 40), 74)
    _limb(above, (right + 22, palm - 40), (right - 4, palm - 120), 50)
    return (below, above) if look.right_handed else (below[:, ::-1].copy(), above[:, ::-1].copy())


def _limb(mask: Mask, start: tuple[int, int], end: tuple[int, int], thickness: int) -> None:
    cv2.line(mask, start, end, 255, thickness, cv2.LINE_AA)


def _sleeve(pixels: Pixels, below: Mask, look: Look) -> Pixels:
    cuff = below.copy()
    cuff[: TOP + look.height + 90] = 0
    cuff = _u8(cv2.dilate(cuff, np.ones((1, 41), np.uint8)))
    return _lay(pixels, cuff, _modelled(cuff, look.sleeve))


def _modelled(mask: Mask, colour: Rgb) -> Pixels:
    """(H, W, 3): that colour, darker towards the edges of the mask, so that it looks round."""
    depth = _softened(mask, 16).astype(np.float32) / 255
    shade = _u8(np.rint(255 * (0.45 + 0.55 * np.clip(depth * 1.25 - 0.25, 0, 1))))
    return _u8(cv2.multiply(cv2.cvtColor(shade, cv2.COLOR_GRAY2RGB), _plain(mask.shape, colour), scale=1 / 255))


def _softened(mask: Mask, sigma: float) -> Mask:
    """Blurred at a quarter of the size, where a wide blur is cheap."""
    small = cv2.resize(mask, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    return _u8(cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma / 4), mask.shape[1::-1]))


def _plain(shape: tuple[int, ...], colour: Rgb) -> Pixels:
    return np.full((*shape[:2], 3), colour, np.uint8)


def _rounded(shape: tuple[int, int], box: tuple[int, int, int, int], radius: int) -> Mask:
    mask = np.zeros(shape, np.uint8)
    left, top, right, bottom = box
    cv2.rectangle(mask, (left + radius, top), (right - radius, bottom), 255, cv2.FILLED)
    cv2.rectangle(mask, (left, top + radius), (right, bottom - radius), 255, cv2.FILLED)
    for x in (left + radius, right - radius):
        for y in (top + radius, bottom - radius):
            cv2.circle(mask, (x, y), radius, 255, cv2.FILLED, cv2.LINE_AA)
    return mask


def _lay(pixels: Pixels, opacity: Mask, colour: Pixels) -> Pixels:
    """(H, W, 4): `colour` (H, W, 3) put on top where `opacity` (H, W) says."""
    share = cv2.merge([opacity] * 4)
    under = cv2.multiply(pixels, cv2.bitwise_not(share), scale=1 / 255)
    over = cv2.multiply(cv2.cvtColor(colour, cv2.COLOR_RGB2RGBA), share, scale=1 / 255)
    return _u8(cv2.add(under, over))


def _u8(picture: NDArray[np.generic]) -> NDArray[np.uint8]:
    return picture.astype(np.uint8, copy=False)
