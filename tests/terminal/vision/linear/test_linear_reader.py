from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from barcode.charsets import code128 as charset
from barcode.charsets import ean as ean_charset
from numpy.typing import NDArray

from terminal.model import NOWHERE, Symbology
from terminal.vision import rectify
from terminal.vision.engines import load
from terminal.vision.linear import BarsReading, candidates, read_bars
from terminal.vision.linear.reader import _weighed
from terminal.vision.locate import Kind, regions
from terminal.vision.symbol import RETAIL, gtin13

Grey = NDArray[np.uint8]
Draw = Callable[..., Grey]
WANTED = RETAIL | {Symbology.CODE128}
EAN = Symbology.EAN13, "590123412345"
PAYMENT = Symbology.CODE128, "134567890123456789"
PICTURES = Path(__file__).parents[5] / "shared/data/barcodes"


def texts(grey: Grey, wanted: frozenset[Symbology] = WANTED) -> list[str]:
    return [one.text for one in read_bars(grey, wanted)]


@pytest.mark.parametrize(
    ("symbology", "drawn_from", "text"),
    [
        (Symbology.EAN13, "590123412345", "5901234123457"),
        (Symbology.UPCA, "03600029145", "036000291452"),
        (Symbology.EAN8, "7351353", "73513537"),
        (Symbology.UPCE, "01234565", "01234565"),
        (Symbology.CODE128, "134567890123456789", "134567890123456789"),
        (Symbology.CODE128, "Sao-Ma 7", "Sao-Ma 7"),
    ],
)
@pytest.mark.parametrize("sigma", [0.3, 0.6])
def test_every_symbology_is_read_both_ways_up(
    symbology: Symbology, drawn_from: str, text: str, sigma: float, draw: Draw
) -> None:
    grey = draw(symbology, drawn_from, sigma=sigma)
    for picture in (grey, np.ascontiguousarray(grey[::-1, ::-1])):
        (found,) = read_bars(picture, WANTED)
        assert (found.symbology, found.text) == (symbology, text)


@pytest.mark.parametrize(
    "how",
    [
        {"sigma": 0.9},
        {"sigma": 1.1},
        {"sigma": 0.4, "motion": 2.0},
        {"sigma": 0.6, "noise": 40.0},
        {"sigma": 0.8, "contrast": 0.1},
        {"sigma": 1.0, "module": 1.6},
    ],
)
@pytest.mark.parametrize(("symbology", "drawn_from", "text"), [(*EAN, "5901234123457"), (*PAYMENT, PAYMENT[1])])
def test_what_neither_engine_reads_is_read(
    symbology: Symbology, drawn_from: str, text: str, how: dict[str, float], draw: Draw
) -> None:
    grey = draw(symbology, drawn_from, **how)
    assert not [one for engine in load().present for one in engine.read(grey, WANTED) if one.symbol.text == text]
    assert texts(grey) == [text]


def test_glare_shade_and_print_below_do_not_matter(draw: Draw) -> None:
    grey = draw(*EAN, sigma=0.8, rows=100).astype(np.float64)
    grey *= np.linspace(1.0, 0.5, grey.shape[1])  # light from the left
    grey[20:35] = 255  # a lamp mirrored
    grey[85:] = np.random.default_rng(1).integers(0, 256, grey[85:].shape)  # print
    assert texts(grey.astype(np.uint8)) == ["5901234123457"]


def test_bars_on_something_round_are_read(draw: Draw) -> None:
    grey = draw(*EAN, module=3, sigma=0.5)
    x = np.linspace(-0.6, 0.6, grey.shape[1])
    turned = (np.sin(x + 0.1) - np.sin(x[0] + 0.1)) / (np.sin(x[-1] + 0.1) - np.sin(x[0] + 0.1))
    columns = (turned * (grey.shape[1] - 1)).astype(np.float32)
    rows = np.arange(grey.shape[0], dtype=np.float32)
    bent = cv2.remap(
        grey, np.tile(columns, (rows.size, 1)), np.tile(rows[:, None], (1, columns.size)), cv2.INTER_LINEAR
    )
    assert texts(np.asarray(bent, np.uint8)) == ["5901234123457"]


def test_the_corners_are_where_the_bars_are(draw: Draw) -> None:
    grey = draw(*EAN, module=3, sigma=0.5, rows=90)
    (upright,) = read_bars(grey, WANTED)
    left, right = 14 * 3, (14 + 95) * 3
    assert np.array(upright.corners) == pytest.approx(
        np.array([(left, 0), (right, 0), (right, 90), (left, 90)]), abs=1.5
    )
    (turned,) = read_bars(np.ascontiguousarray(grey[::-1, ::-1]), WANTED)
    assert turned.corners[0][0] > turned.corners[1][0]  # its own top left is now at the lower right
    assert turned.corners[0][1] > turned.corners[3][1]


def test_only_what_is_wanted_is_read(draw: Draw) -> None:
    assert texts(draw(*EAN), frozenset({Symbology.CODE128})) == []
    assert texts(draw(*PAYMENT), RETAIL) == []


@pytest.mark.parametrize(("symbology", "text"), [(Symbology.CODE39, "134567"), (Symbology.ITF, "12345678901231")])
@pytest.mark.parametrize("sigma", [0.3, 0.8, 1.3])
def test_bars_of_other_symbologies_are_not_read(symbology: Symbology, text: str, sigma: float, draw: Draw) -> None:
    assert texts(draw(symbology, text, sigma=sigma)) == []


@pytest.mark.parametrize("kept", [0.6, 0.75, 0.9])
@pytest.mark.parametrize(("symbology", "text"), [EAN, PAYMENT])
def test_a_torn_code_is_not_read(
    symbology: Symbology, text: str, kept: float, modules: Callable[..., Grey], draw_modules: Draw
) -> None:
    bars = modules(symbology, text)
    for half in (bars[: int(bars.size * kept)], bars[-int(bars.size * kept) :]):
        for sigma in (0.4, 1.0):
            assert texts(draw_modules(half, sigma=sigma)) == []


SHIFT, SET_C, SET_B, SET_A, FNC1 = 98, 99, 100, 101, 102


def of_characters(characters: list[int]) -> NDArray[np.uint8]:
    """The bars of a Code 128 from its start on, with check and stop, by another encoder's table."""
    check = (characters[0] + sum(i * one for i, one in enumerate(characters))) % 103
    bars = "".join(charset.CODES[one] for one in [*characters, check]) + charset.STOP + "11"
    return np.array([int(bit) for bit in bars], np.uint8)


@pytest.mark.parametrize(
    ("characters", "text", "aim"),
    [
        ([105, FNC1, 1, 95, 1, 23, 45, 67, 89, 3], "0195012345678903", "]C1"),
        ([105, FNC1, 10, 12, FNC1, 21, 34, SET_B, 33], "1012\x1d2134A", "]C1"),
        ([103, 33, 65, 34, 66, 35, 64], "A\x01B\x02C\x00", "]C0"),
        ([104, 65, 66, SHIFT, 65, 67, 33], "ab\x01cA", "]C0"),
        ([105, 12, 34, SET_B, 65, 33, SET_A, 65, SET_C, 56, 78], "1234aA\x015678", "]C0"),
    ],
)
@pytest.mark.parametrize("sigma", [0.4, 1.0])
def test_functions_shifts_and_all_three_sets_of_code_128_are_read(
    characters: list[int], text: str, aim: str, sigma: float, draw_modules: Draw
) -> None:
    (found,) = read_bars(draw_modules(of_characters(characters), sigma=sigma), WANTED)
    assert (found.symbology, found.text, found.aim) == (Symbology.CODE128, text, aim)


@pytest.mark.parametrize("characters", [[105, FNC1, 1, 95], [104, 65, 66, 67, 68, 69, 70]])
def test_a_code_128_whose_check_is_another_is_not_read(characters: list[int], draw_modules: Draw) -> None:
    bars = of_characters(characters)
    other = of_characters([*characters[:-1], characters[-1] + 1])
    assert texts(draw_modules(np.concatenate([bars[:-24], other[-24:]]))) == []


@pytest.mark.parametrize("digits", [2, 5])
@pytest.mark.parametrize(("gap", "sigma"), [(7, 0.4), (9, 0.4), (9, 0.9), (12, 0.9)])
def test_an_add_on_beside_a_code_is_passed_over(
    digits: int, gap: int, sigma: float, modules: Callable[..., Grey], draw_modules: Draw
) -> None:
    supplement = "1011" + "01".join([ean_charset.CODES["A"][7], *[ean_charset.CODES["B"][3]] * (digits - 1)])
    beside = np.array([int(bit) for bit in "0" * gap + supplement], np.uint8)
    assert texts(draw_modules(np.concatenate([modules(*EAN), beside]), sigma=sigma)) == ["5901234123457"]


@pytest.mark.parametrize("text", ["01234565", "04252614", "12345670"])
@pytest.mark.parametrize("sigma", [0.4, 0.9])
def test_upc_e_of_either_number_system_is_read(text: str, sigma: float, draw: Draw) -> None:
    assert texts(draw(Symbology.UPCE, text, sigma=sigma)) == [text]


@pytest.mark.parametrize("contrast", [0.3, 0.12, 0.06])
@pytest.mark.parametrize(("symbology", "drawn_from", "text"), [(*EAN, "5901234123457"), (*PAYMENT, PAYMENT[1])])
def test_faint_bars_are_read(symbology: Symbology, drawn_from: str, text: str, contrast: float, draw: Draw) -> None:
    assert texts(draw(symbology, drawn_from, sigma=0.6, contrast=contrast)) == [text]


@pytest.mark.parametrize(("symbology", "drawn_from", "text"), [(*EAN, "5901234123457"), (*PAYMENT, PAYMENT[1])])
def test_motion_along_the_bars_takes_nothing_away(symbology: Symbology, drawn_from: str, text: str, draw: Draw) -> None:
    still = draw(symbology, drawn_from, sigma=0.9)
    assert texts(np.asarray(cv2.blur(still, (1, 21)), np.uint8)) == [text]


def test_a_veil_of_light_over_some_bars_is_never_read_wrongly(draw: Draw) -> None:
    """It pales bars in every row, so no averaging takes it away, and what is left of them may spell another number."""
    for seed in range(12):
        grey = draw(*EAN, sigma=0.4 + 0.1 * (seed % 6), module=3, seed=seed).astype(np.float64)
        x = (np.arange(grey.shape[1]) / grey.shape[1] - 0.2 - 0.05 * seed) / 0.08
        veiled = grey + (255 - grey) * 0.6 * np.exp(-0.5 * np.square(x))
        assert set(texts(veiled.astype(np.uint8))) <= {"5901234123457"}


def reading(text: str, margin: float, spare: float, *, is_beyond: bool = False) -> BarsReading:
    return BarsReading(text, Symbology.EAN13, "]E0", NOWHERE, margin, spare, noise=0.03, blur=1.3, is_beyond=is_beyond)


def test_what_another_place_explains_nearly_as_well_has_no_margin_left() -> None:
    close = [reading("5901234123457", 40, 31), reading("4006381333931", 30, 24)]
    assert not any(one.is_sure for one in _weighed(close))
    clear = [reading("5901234123457", 40, 31), reading("4006381333931", 30, 100), reading("5901234123457", 12, 20)]
    assert [one.text for one in _weighed(clear) if one.is_sure] == ["4006381333931"]


def test_what_is_blurred_beyond_the_model_is_not_believed_and_lets_nothing_less_likely_be() -> None:
    found = [reading("5901234123457", 40, 31), reading("4006381333931", 30, 60, is_beyond=True)]
    assert not any(one.is_sure for one in _weighed(found))


def test_blur_beyond_what_can_be_modelled_is_never_read_wrongly(draw: Draw) -> None:
    for seed in range(8):
        assert set(texts(draw(*EAN, sigma=1.9 + 0.05 * seed, noise=1.0, seed=seed))) <= {"5901234123457"}


def test_textures_are_not_read() -> None:
    rng = np.random.default_rng(11)
    for i in range(40):
        noise = cv2.GaussianBlur(rng.normal(0, 1, (60, 320)), (0, 0), sigmaX=0.5 + i % 5, sigmaY=1 + i)
        assert texts(np.asarray(np.clip(128 + 50 * noise / noise.std(), 0, 255), np.uint8)) == []


@pytest.mark.parametrize("shape", [(0, 0), (0, 100), (100, 0), (1, 1), (1, 400), (3, 23), (500, 24), (2, 25)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_empty_tiny_and_even_crops_hold_nothing(shape: tuple[int, int], value: int) -> None:
    assert candidates(np.full(shape, value, np.uint8), WANTED) == []


def test_a_single_row_is_enough(draw: Draw) -> None:
    assert texts(draw(*EAN, rows=1, noise=1.0)) == ["5901234123457"]


@pytest.mark.skipif(not PICTURES.exists(), reason="the photographs are not beside the repository")
@pytest.mark.parametrize(
    ("picture", "gtin"),
    [
        ("UPC-A/zxing-upca-6/13.png", "0073333531084"),
        ("EAN-13/zxing-ean13-5/04.png", "9780679601050"),
    ],
)
def test_photographs_blurred_beyond_what_any_engine_reads_are_read(picture: str, gtin: str) -> None:
    grey = np.asarray(cv2.imread(str(PICTURES / picture), cv2.IMREAD_GRAYSCALE), np.uint8)
    bars = [rectify.upright(grey, region).pixels for region in regions(grey) if region.kind is Kind.BARS]
    found = {gtin13(one.symbology, one.text) for crop in bars[:4] for one in read_bars(crop, RETAIL)}
    assert found == {gtin}
