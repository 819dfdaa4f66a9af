import sys
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.model import Symbology
from terminal.vision.box import Box
from terminal.vision.engines import Engine, load
from terminal.vision.options import EngineChoice
from terminal.vision.stills import read
from terminal.vision.symbol import AIM, BARS

Grey = NDArray[np.uint8]
Draw = Callable[..., Grey]

SAMPLES = {
    Symbology.QR: "134567890123456789",
    Symbology.MICRO_QR: "12345",
    Symbology.CODE128: "134567890123456789",
    Symbology.EAN13: "6901234567892",
    Symbology.EAN8: "96385074",
    Symbology.UPCA: "890444000335",
    Symbology.UPCE: "01234531",
    Symbology.ITF: "00012345678905",
    Symbology.CODE39: "CODE39",
    Symbology.CODABAR: "A123456B",
    Symbology.DATA_MATRIX: "hello matrix",
    Symbology.PDF417: "hello stack",
    Symbology.AZTEC: "hello bull",
}
ZBAR_READS = set(BARS) | {Symbology.QR}
EVERYTHING = frozenset(Symbology)

try:
    from terminal.vision.engines.zbar import Zbar

    ZBAR: list[Engine] = [Zbar()]
except ImportError:
    ZBAR = []
ENGINES = [*load(EngineChoice.ZXING).present, *ZBAR]
both = pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
needs_zbar = pytest.mark.skipif(not ZBAR, reason="libzbar is not on this machine")


@pytest.mark.parametrize(
    ("engine", "symbology"),
    [(engine, one) for engine in ENGINES for one in Symbology if engine.name == "zxing" or one in ZBAR_READS],
    ids=lambda one: getattr(one, "name", ""),
)
def test_an_engine_reads_what_was_drawn_under_our_names(engine: Engine, symbology: Symbology, draw: Draw) -> None:
    readings = engine.read(draw(symbology, SAMPLES[symbology]), EVERYTHING)
    assert {(one.symbol.symbology, one.symbol.text) for one in readings} == {(symbology, SAMPLES[symbology])}
    assert readings[0].symbol.raw
    assert readings[0].engine == engine.name


@pytest.mark.parametrize("symbology", sorted(ZBAR_READS - {Symbology.ITF}))
def test_our_table_of_aim_identifiers_agrees_with_zxing(symbology: Symbology, draw: Draw) -> None:
    readings = ENGINES[0].read(draw(symbology, SAMPLES[symbology]), EVERYTHING)
    assert readings[0].symbol.aim == AIM[symbology]


@needs_zbar
def test_both_engines_tell_a_checked_itf_from_a_plain_one(draw: Draw) -> None:
    for engine in ENGINES:
        aims = [
            engine.read(draw(Symbology.ITF, text), EVERYTHING)[0].symbol.aim
            for text in ("00012345678905", "1234567890")
        ]
        assert aims == ["]I1", "]I0"]


@both
@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("symbology", [Symbology.QR, Symbology.CODE128])
def test_corners_begin_at_the_symbols_own_top_left(
    engine: Engine, turns: int, symbology: Symbology, draw: Draw
) -> None:
    upright = draw(symbology, SAMPLES[symbology])
    turned = np.ascontiguousarray(np.rot90(upright, -turns))  # clockwise
    corners = engine.read(turned, EVERYTHING)[0].symbol.corners
    height, width = turned.shape
    sides = [(x > width / 2, y > height / 2) for x, y in corners]
    clockwise = [(False, False), (True, False), (True, True), (False, True)]
    assert sides == clockwise[turns:] + clockwise[:turns]


@both
def test_only_the_wanted_symbologies_are_read(engine: Engine, draw: Draw) -> None:
    goods = draw(Symbology.EAN13, SAMPLES[Symbology.EAN13])
    assert engine.read(goods, frozenset({Symbology.QR, Symbology.CODE128})) == []


def test_a_micro_qr_is_not_passed_off_as_a_qr(draw: Draw) -> None:
    assert ENGINES[0].read(draw(Symbology.MICRO_QR, "25"), frozenset({Symbology.QR})) == []


@both
def test_chinese_text_comes_back_as_it_was(engine: Engine, draw: Draw) -> None:
    text = "扫码付款 Britain’s ünïcode"
    assert [one.symbol.text for one in engine.read(draw(Symbology.QR, text), EVERYTHING)] == [text]


@both
def test_a_view_into_a_larger_picture_is_read_in_place(engine: Engine, draw: Draw) -> None:
    code = draw(Symbology.QR, SAMPLES[Symbology.QR])
    large = np.full((code.shape[0] + 50, code.shape[1] + 80), 255, np.uint8)
    view = large[20 : 20 + code.shape[0], 30 : 30 + code.shape[1]]
    view[:] = code
    assert not view.flags.c_contiguous
    assert [one.symbol.text for one in engine.read(view, EVERYTHING)] == [SAMPLES[Symbology.QR]]


@needs_zbar
def test_half_of_the_last_ean_does_not_leak_into_the_next_picture(draw: Draw) -> None:
    """The trap of a scanner that is kept: 882428015084, then 882428015046 with its left half from before."""
    first, second = (draw(Symbology.UPCA, digits) for digits in ("882428015084", "882428015046"))
    for picture, expected in ((first, "882428015084"), (second, "882428015046")) * 3:
        assert {one.symbol.text for one in ZBAR[0].read(picture, EVERYTHING)} == {expected}


def test_without_libzbar_zxing_reads_alone_and_a_sentence_says_so(mocker) -> None:
    mocker.patch.dict(sys.modules, {"terminal.vision.engines.zbar": None})
    for choice in (EngineChoice.AUTO, EngineChoice.ZBAR):
        engines = load.__wrapped__(choice)
        assert [engine.name for engine in engines.present] == ["zxing"]
        assert "libzbar0" in engines.missing[0]


@needs_zbar
@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (EngineChoice.AUTO, ["zxing", "zbar"]),
        (EngineChoice.ZBAR, ["zbar"]),
        (EngineChoice.ZXING, ["zxing"]),
        (EngineChoice.OWN, ["own"]),
    ],
)
def test_the_engines_asked_for_are_loaded(choice: EngineChoice, names: list[str]) -> None:
    engines = load(choice)
    assert [engine.name for engine in engines.present] == names
    assert engines.missing == ()


@both
def test_a_quick_look_reads_upright_bars_along_rows_only(engine: Engine, draw: Draw) -> None:
    code = draw(Symbology.CODE128, SAMPLES[Symbology.CODE128])
    assert [one.symbol.text for one in engine.read(code, EVERYTHING, thorough=False)] == [SAMPLES[Symbology.CODE128]]
    lying = np.ascontiguousarray(code.T)
    assert engine.read(lying, EVERYTHING, thorough=False) == []
    assert [one.symbol.text for one in engine.read(lying, EVERYTHING)] == [SAMPLES[Symbology.CODE128]]


def test_our_own_reader_speaks_as_the_engines_do(draw: Draw) -> None:
    (own,) = load().own
    for symbology in (Symbology.EAN13, Symbology.UPCA, Symbology.CODE128):
        code = draw(symbology, SAMPLES[symbology], module=2)
        best = own.read(code, frozenset({symbology}))[0]
        assert (best.engine, best.symbol.symbology, best.symbol.text) == ("own", symbology, SAMPLES[symbology])
        assert best.quality >= 20
        assert best.symbol.aim == AIM[symbology] or symbology is Symbology.CODE128
    assert own.read(draw(Symbology.QR, SAMPLES[Symbology.QR]), frozenset({Symbology.QR})) == []


GS1 = "010950110153000310ABC123\x1d2155"  # article, then batch, which ends where FNC1 says, then serial number


@pytest.mark.parametrize("engine", [*ENGINES, *load().own], ids=lambda engine: engine.name)
def test_a_gs1_128_keeps_its_fnc1_as_group_separators(engine: Engine, draw: Draw) -> None:
    """python-barcode puts FNC1 in front of it by itself; inside the text it wants it as \xf1."""
    symbol = engine.read(draw(Symbology.CODE128, GS1.replace("\x1d", "\xf1"), kind="gs1_128"), EVERYTHING)[0].symbol
    assert (symbol.symbology, symbol.text, symbol.raw) == (Symbology.CODE128, GS1, GS1.encode())
    assert symbol.aim == ("]C0" if engine.name == "zbar" else "]C1")  # zbar does not tell


def test_a_gs1_128_is_told_with_its_aim_identifier_where_engines_agree(draw: Draw) -> None:
    (symbol,) = read(draw(Symbology.CODE128, GS1.replace("\x1d", "\xf1"), kind="gs1_128"))
    assert (symbol.text, symbol.aim) == (GS1, "]C1")


def test_a_bent_qr_is_seen_where_it_is_and_a_good_one_is_not_taken_for_bent(draw: Draw) -> None:
    code = draw(Symbology.QR, "https://example.com/a-longer-text-for-more-modules")
    torn = code.copy()
    torn[66:-66, 66:-66] = 255
    corners = max(load().bent_qrs(torn), key=lambda corners: Box.around(corners).area)
    assert [round(x) for x, _ in corners] == pytest.approx([42, code.shape[1] - 42, code.shape[1] - 42, 42], abs=12)
    assert load().bent_qrs(code) == []
    assert load(EngineChoice.ZBAR).bent_qrs(torn) == []


def test_our_own_reader_stays_away_where_one_engine_was_asked_for() -> None:
    assert load(EngineChoice.ZXING).own == ()
    assert load(EngineChoice.ZBAR).own == ()
