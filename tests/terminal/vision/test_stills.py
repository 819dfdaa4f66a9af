from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from terminal.model import Symbol, Symbology
from terminal.vision import rectify
from terminal.vision.accept import Findings
from terminal.vision.options import EngineChoice, Options
from terminal.vision.stills import Look, look_at, looks, read
from terminal.vision.symbol import Reading

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
    assert [look.crop.step for look in taken if look.engine] == ["smaller", "thinned", "along"]


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


class Says:
    """An engine that reads the same symbology on so many rows, whatever it is given."""

    name = "zxing"

    def __init__(self, symbology: Symbology, rows: int) -> None:
        self._symbol = Symbol("123456", b"", symbology, "", ((9, 20), (90, 20), (90, 20 + rows), (9, 20 + rows)))

    def read(self, grey: Grey, wanted: frozenset[Symbology], *, thorough: bool = True) -> list[Reading]:
        return [Reading(self._symbol, self.name)]


@pytest.mark.parametrize(
    ("symbology", "rows", "is_told"),
    [(Symbology.ITF, 1, False), (Symbology.ITF, 3, False), (Symbology.ITF, 4, True), (Symbology.CODE39, 1, True)],
)
def test_an_itf_that_only_a_few_of_many_rows_say_may_be_part_of_a_longer_one(
    symbology: Symbology, rows: int, is_told: bool
) -> None:
    crop = rectify.whole(np.full((60, 100), 255, np.uint8))
    assert bool(look_at(crop, [Says(symbology, rows)], Options(itf_lengths=frozenset()))) == is_told


def test_an_itf_of_a_few_rows_is_still_read(draw: Draw) -> None:
    code = draw(Symbology.ITF, "00012345678905")
    middle = code.shape[0] // 2
    found, _ = watched(code[middle : middle + 4], Options(itf_lengths=frozenset()))
    assert found == ["00012345678905"]


# --- anything at all ---------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(arrays.arrays(arrays.scalar_dtypes(), arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=40)))
def test_an_array_of_any_type_and_shape_is_read_or_refused_by_what_it_is(array: NDArray[np.generic]) -> None:
    if array.dtype == np.uint8 and array.ndim == 2:
        assert isinstance(read(array), list)
    else:
        with pytest.raises(ValueError, match="array of uint8 grey, not"):
            read(array)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([Symbology.QR, Symbology.CODE128, Symbology.EAN13, Symbology.ITF]),
    st.floats(0, 360),
    st.floats(0.3, 4),
    st.floats(0, 40),
    st.tuples(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200), st.integers(0, 200)),
    st.sampled_from([(1, 1), (-1, 1), (1, -1), (2, 1), (1, 3)]),
)
def test_of_a_code_that_is_turned_blurred_noisy_cut_and_strided_nothing_else_is_read(
    draw: Draw,
    turn: Turn,
    symbology: Symbology,
    degrees: float,
    blur: float,
    noise: float,
    cut: tuple[int, int, int, int],
    strides: tuple[int, int],
) -> None:
    text = {Symbology.EAN13: "6901234567892", Symbology.ITF: "00012345678905"}.get(symbology, CODE)
    code = cv2.GaussianBlur(turn(draw(symbology, text, module=2), degrees), (0, 0), blur)
    noisy = np.clip(code + np.random.default_rng(0).normal(0, noise, code.shape), 0, 255).astype(np.uint8)
    left, right, top, bottom = cut
    part = noisy[top : noisy.shape[0] - bottom, left : noisy.shape[1] - right][:: strides[0], :: strides[1]]
    assert {symbol.text for symbol in read(part)} <= {text}
