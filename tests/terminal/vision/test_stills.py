from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.model import Symbology
from terminal.vision.accept import Findings
from terminal.vision.options import EngineChoice, Options
from terminal.vision.stills import Look, looks, read

Grey = NDArray[np.uint8]
Draw = Callable[..., Grey]
Turn = Callable[[Grey, float], Grey]
CODE, OTHER = "134567890123456789", "287654321098765432"


def watched(grey: Grey, options: Options | None = None) -> tuple[list[str], list[Look]]:
    findings = Findings(options or Options())
    taken = list(looks(grey, findings))
    return [symbol.text for symbol in findings.symbols], taken


def test_an_easy_qr_takes_two_quick_looks(draw: Draw) -> None:
    found, taken = watched(draw(Symbology.QR, CODE))
    assert found == [CODE]
    assert [look.engine for look in taken if look.engine] in (["zxing"], ["zxing", "zxing"])


def test_easy_bars_take_two_quick_looks_and_one_more_along_their_line(draw: Draw) -> None:
    found, taken = watched(draw(Symbology.EAN13, "6901234567892"))
    assert found == ["6901234567892"]
    assert [look.crop.step for look in taken if look.engine] == ["whole", "whole", "along"]


def test_every_look_is_told_after_its_crop_was_made(draw: Draw, turn: Turn) -> None:
    _, taken = watched(turn(draw(Symbology.CODE128, CODE, module=2), 40))
    for before, look in pairwise(taken):
        assert not look.engine or before.crop is look.crop
    assert any(look.readings for look in taken)


def test_a_picture_without_a_code_is_not_given_every_look() -> None:
    rng = np.random.default_rng(1)
    flat = np.clip(180 + rng.normal(0, 4, (480, 640)), 0, 255).astype(np.uint8)
    found, taken = watched(flat)
    assert found == []
    assert "zbar" not in {look.engine for look in taken}
    assert "own" not in {look.engine for look in taken}


def test_the_budget_counts_crops() -> None:
    texture = np.random.default_rng(2).integers(0, 256, (300, 400)).astype(np.uint8)
    _, taken = watched(texture, Options(budget=3))
    assert sum(not look.engine for look in taken) == 3


@pytest.mark.parametrize("symbology", [Symbology.QR, Symbology.CODE128])
def test_of_two_payment_codes_both_are_told(symbology: Symbology, draw: Draw) -> None:
    one, other = draw(symbology, CODE), draw(symbology, OTHER)
    side_by_side = np.hstack([one, np.full((one.shape[0], 40), 255, np.uint8), other])
    assert {symbol.text for symbol in read(side_by_side)} == {CODE, OTHER}


@pytest.mark.parametrize("degrees", [30, 90])
def test_a_payment_code_that_leans_beside_goods_is_told_too(degrees: int, draw: Draw, turn: Turn) -> None:
    goods, phone = (
        draw(Symbology.EAN13, "6901234567892", module=2),
        turn(draw(Symbology.CODE128, CODE, module=2), degrees),
    )
    scene = np.full((700, 1100), 255, np.uint8)
    scene[40 : 40 + goods.shape[0], 40 : 40 + goods.shape[1]] = goods
    scene[180 : 180 + phone.shape[0], 550 : 550 + phone.shape[1]] = phone
    assert {symbol.text for symbol in read(scene)} == {"6901234567892", CODE}


def test_bars_that_no_engine_reads_are_read_by_our_own_reader(draw: Draw) -> None:
    code = cv2.GaussianBlur(draw(Symbology.EAN13, "6901234567892", module=3), (0, 0), 3.3)
    noisy = np.clip(code * 0.6 + 40 + np.random.default_rng(3).normal(0, 5, code.shape), 0, 255).astype(np.uint8)
    assert read(noisy, Options(engine=EngineChoice.ZXING)) == read(noisy, Options(engine=EngineChoice.ZBAR)) == []
    (symbol,) = read(noisy)
    assert (symbol.text, symbol.read_by) == ("6901234567892", "own upright")
