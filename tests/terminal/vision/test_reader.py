from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pytest_mock import MockerFixture

from firmware_sim.drawing.scenes import Counter
from terminal.model import Symbology
from terminal.vision import reader as reader_module
from terminal.vision.engines import load
from terminal.vision.options import PAYMENT, EngineChoice, Options
from terminal.vision.reader import Reader, read

Grey = NDArray[np.uint8]
Draw = Callable[..., Grey]
Turn = Callable[[Grey, float], Grey]

EVERYTHING = Options(frozenset(Symbology), itf_lengths=frozenset())
CODE = "134567890123456789"
SAMPLES = {
    Symbology.QR: CODE,
    Symbology.MICRO_QR: "MICRO",
    Symbology.CODE128: CODE,
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


def found(grey: Grey, options: Options = EVERYTHING) -> set[tuple[Symbology, str]]:
    return {(symbol.symbology, symbol.text) for symbol in read(grey, options)}


# --- one picture -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("symbology", Symbology)
def test_every_symbology_is_read_under_its_name(symbology: Symbology, draw: Draw) -> None:
    assert found(draw(symbology, SAMPLES[symbology])) == {(symbology, SAMPLES[symbology])}


@pytest.mark.parametrize("engine", EngineChoice)
@pytest.mark.parametrize("symbology", [Symbology.QR, Symbology.CODE128, Symbology.EAN13])
def test_each_engine_alone_reads_what_a_counter_needs(symbology: Symbology, engine: EngineChoice, draw: Draw) -> None:
    is_able = engine is not EngineChoice.OWN or symbology is not Symbology.QR  # our own reader is for bars
    right = {(symbology, SAMPLES[symbology])} if is_able else set()
    assert found(draw(symbology, SAMPLES[symbology]), Options(engine=engine)) == right


@pytest.mark.parametrize("degrees", range(0, 180, 15))
@pytest.mark.parametrize("symbology", [Symbology.QR, Symbology.CODE128, Symbology.EAN13])
def test_no_angle_is_too_steep(symbology: Symbology, degrees: int, draw: Draw, turn: Turn) -> None:
    picture = turn(draw(symbology, SAMPLES[symbology], module=2), degrees)
    rng = np.random.default_rng(degrees)
    noisy = np.clip(cv2.GaussianBlur(picture, (0, 0), 0.8) + rng.normal(0, 8, picture.shape), 0, 255)
    assert found(noisy.astype(np.uint8)) == {(symbology, SAMPLES[symbology])}


def test_what_both_engines_read_from_the_raw_picture_is_never_lost(draw: Draw, turn: Turn) -> None:
    """The synthetic twin of the test on photographs."""
    rng = np.random.default_rng(11)
    read_by_both = 0
    for _ in range(40):
        symbology = [Symbology.QR, Symbology.CODE128, Symbology.EAN13][rng.integers(3)]
        picture = turn(draw(symbology, SAMPLES[symbology], module=int(rng.integers(2, 5))), rng.uniform(-25, 25))
        blurred = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 1.5)) * rng.uniform(0.3, 1.0)
        grey = np.clip(blurred + rng.normal(0, 6, picture.shape), 0, 255).astype(np.uint8)
        raw = [{one.symbol.text for one in engine.read(grey, Options().symbologies)} for engine in load().present]
        if all(SAMPLES[symbology] in texts for texts in raw):
            read_by_both += 1
            assert (symbology, SAMPLES[symbology]) in found(grey)
    assert read_by_both >= 10


def test_two_codes_in_one_picture_are_both_read_where_they_are(draw: Draw) -> None:
    one, other = draw(Symbology.QR, CODE), draw(Symbology.QR, "287654321098765432")
    symbols = read(np.hstack([one, other]), EVERYTHING)
    places = {symbol.text: min(x for x, _ in symbol.corners) > one.shape[1] for symbol in symbols}
    assert places == {CODE: False, "287654321098765432": True}


def test_corners_of_leaning_bars_lie_on_them(draw: Draw, turn: Turn) -> None:
    picture = turn(draw(Symbology.CODE128, CODE), 40)
    (symbol,) = read(picture, EVERYTHING)
    xs, ys = [x for x, _ in symbol.corners], [y for _, y in symbol.corners]
    assert np.mean(xs) == pytest.approx(picture.shape[1] / 2, abs=25)
    assert np.mean(ys) == pytest.approx(picture.shape[0] / 2, abs=25)
    assert max(xs) - min(xs) > 200


def test_only_what_was_asked_for_is_told(draw: Draw) -> None:
    picture = draw(Symbology.EAN13, "6901234567892")
    assert found(picture, Options(PAYMENT)) == set()


def test_noise_carpets_and_text_are_no_codes() -> None:
    rng = np.random.default_rng(2)
    text = np.full((300, 500), 240, np.uint8)
    for row in range(30, 290, 30):
        cv2.putText(text, "Sale 10% off 6901234", (10, row), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 20, 2)
    stripes = np.tile((np.arange(400) % 8 < 4).astype(np.uint8) * 200, (300, 1))
    for picture in (rng.integers(0, 256, (300, 400)).astype(np.uint8), text, stripes):
        assert found(picture) == set()


def test_the_same_picture_always_gets_the_same_answer(draw: Draw, turn: Turn) -> None:
    picture = turn(draw(Symbology.CODE128, CODE, module=2), 33)
    assert read(picture, EVERYTHING) == read(picture, EVERYTHING)


def test_a_picture_larger_than_the_search_for_bars_is_read_at_full_size(draw: Draw, turn: Turn) -> None:
    large = np.full((900, 5000), 255, np.uint8)
    code = turn(draw(Symbology.CODE128, CODE, module=3), 35)
    large[100 : 100 + code.shape[0], 4000 : 4000 + code.shape[1]] = code
    (symbol,) = read(large, EVERYTHING)
    assert symbol.text == CODE
    assert np.mean([x for x, _ in symbol.corners]) == pytest.approx(4000 + code.shape[1] / 2, abs=30)


# --- anything at all ---------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 70),
    st.integers(0, 70),
    st.sampled_from(["c", "f", "slice", "backwards", "broadcast", "transposed"]),
    st.integers(0, 2**32 - 1),
)
def test_any_grey_array_of_any_strides_gets_an_answer(height: int, width: int, layout: str, seed: int) -> None:
    grey = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    views = {
        "c": grey,
        "f": np.asfortranarray(grey),
        "slice": np.repeat(np.repeat(grey, 2, 0), 3, 1)[::2, ::3],
        "backwards": grey[::-1, ::-1],
        "broadcast": np.broadcast_to(grey[:1], (height, width)) if height else grey,
        "transposed": grey.T,
    }
    assert isinstance(read(views[layout], EVERYTHING), list)
    assert isinstance(Reader(EVERYTHING).look(views[layout]), list)


@pytest.mark.parametrize("layout", ["f", "backwards", "slice"])
def test_strides_change_nothing_about_what_is_read(layout: str, draw: Draw) -> None:
    code = draw(Symbology.CODE128, CODE)
    views = {
        "f": np.asfortranarray(code),
        "backwards": np.ascontiguousarray(code[::-1, ::-1])[::-1, ::-1],
        "slice": np.repeat(np.repeat(code, 2, 0), 2, 1)[::2, ::2],
    }
    assert found(views[layout]) == {(Symbology.CODE128, CODE)}


@pytest.mark.parametrize("shape", [(1, 1), (1, 40_000), (40_000, 1), (2, 3), (0, 7), (8, 8), (7, 5000)])
def test_odd_shapes_get_an_answer(shape: tuple[int, int]) -> None:
    assert read(np.full(shape, 128, np.uint8), EVERYTHING) == []


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((9, 9), np.int16),
        np.zeros((9, 9), float),
        np.zeros((9, 9), bool),
        np.zeros((9, 9, 3), np.uint8),
        np.zeros(9, np.uint8),
        [[1]],
    ],
    ids=["int16", "float", "bool", "colour", "row", "list"],
)
def test_anything_else_is_refused_by_what_it_is(wrong: object) -> None:
    for attempt in (read, Reader().look):
        with pytest.raises(ValueError, match="array of uint8 grey, not"):
            attempt(wrong)


# --- a stream ----------------------------------------------------------------------------------------------


def scene(seed: int, code: str = CODE) -> Iterator[tuple[Grey, bool]]:
    """Three seconds at the counter at 10 frames a second: the middle one with a phone; and whether it is held still."""
    counter = Counter(seed)
    counter.arrive(code, "wechat", 1.0)
    counter.leave(2.6)
    for tick in range(35):
        t_s = tick / 10
        yield cv2.cvtColor(counter.frame(t_s), cv2.COLOR_BGR2GRAY), 1.6 <= t_s < 2.6


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_phone_held_up_is_read_and_nothing_else(seed: int) -> None:
    reader = Reader()
    reads = [({symbol.text for symbol in reader.look(grey)}, still) for grey, still in scene(seed)]
    assert set().union(*(texts for texts, _ in reads)) == {CODE}
    while_still = [texts for texts, still in reads if still]
    assert sum(map(bool, while_still)) >= 0.8 * len(while_still)


def test_an_empty_counter_is_hardly_ever_looked_at_in_full() -> None:
    reader, counter = Reader(), Counter(5)
    greys = [cv2.cvtColor(counter.frame(tick / 30), cv2.COLOR_BGR2GRAY) for tick in range(140)]
    studied = []
    for tick, grey in enumerate(greys):
        if reader.glance(grey[4::8, 4::8]):
            studied.append(tick)
            reader.study(grey)
    assert studied == [0]  # whatever lies there already


def test_a_code_that_lies_there_from_the_start_is_read_at_once(draw: Draw) -> None:
    frame = np.full((720, 1280), 180, np.uint8)
    code = draw(Symbology.QR, CODE)
    frame[200 : 200 + code.shape[0], 500 : 500 + code.shape[1]] = code
    assert [symbol.text for symbol in Reader().look(frame)] == [CODE]


def test_leaning_goods_are_read_and_located(draw: Draw, turn: Turn) -> None:
    empty = np.full((720, 1280), 255, np.uint8)
    frame = empty.copy()
    pack = turn(draw(Symbology.EAN13, "6901234567892", module=2), 35)
    frame[300 : 300 + pack.shape[0], 600 : 600 + pack.shape[1]] = pack
    reader = Reader()
    reader.look(empty)
    assert [symbol.text for symbol in reader.look(frame)] == ["6901234567892"]
    middle = (600 + pack.shape[1] / 2, 300 + pack.shape[0] / 2)
    assert any(box.holds(middle) for box in reader.located)


def test_options_switch_between_two_frames(draw: Draw) -> None:
    frame = np.full((720, 1280), 255, np.uint8)
    goods = draw(Symbology.EAN13, "6901234567892")
    frame[300 : 300 + goods.shape[0], 600 : 600 + goods.shape[1]] = goods
    reader = Reader(Options(PAYMENT))
    assert reader.look(frame) == []
    reader.options = Options()
    brighter = np.where(frame == 0, 60, 255).astype(np.uint8)
    assert [symbol.text for symbol in reader.look(brighter)] == ["6901234567892"]


def test_frames_of_changing_size_are_no_trouble(draw: Draw) -> None:
    reader = Reader()
    for side in (720, 90, 3, 0, 400):
        frame = np.full((side, side * 2), 255, np.uint8)
        code = draw(Symbology.QR, CODE)
        frame[: code.shape[0], : code.shape[1]] = code[:side, : side * 2]
        texts = [symbol.text for symbol in reader.look(frame)]
        assert texts == ([CODE] if side >= 400 else [])


EMPTY = np.full((720, 1280), 90, np.uint8)


def laid(code: Grey, left: int, top: int, on: Grey = EMPTY) -> Grey:
    frame = on.copy()
    frame[top : top + code.shape[0], left : left + code.shape[1]] = code
    return frame


def texts(reader: Reader, frame: Grey) -> set[str]:
    return {symbol.text for symbol in reader.look(frame)}


@pytest.mark.parametrize("symbology", [Symbology.QR, Symbology.CODE128])
def test_of_two_payment_codes_in_view_both_are_told_on_every_frame(symbology: Symbology, draw: Draw) -> None:
    other = "287654321098765432"
    reader = Reader()
    reader.look(EMPTY)
    for step in range(12):
        frame = laid(draw(symbology, CODE, module=2), 100 + step, 200)
        assert texts(reader, laid(draw(symbology, other, module=2), 800, 150 + step, frame)) == {CODE, other}


def test_a_phone_that_joins_another_is_soon_told_too(draw: Draw) -> None:
    reader, other = Reader(), "287654321098765432"
    reader.look(EMPTY)
    alone = laid(draw(Symbology.QR, CODE), 100, 200)
    assert all(texts(reader, alone) == {CODE} for _ in range(15))
    both = laid(draw(Symbology.QR, other), 800, 200, alone)
    assert {CODE, other} in [texts(reader, both) for _ in range(16)]


@pytest.mark.parametrize("symbology", [Symbology.QR, Symbology.CODE128])
def test_a_code_that_changes_on_a_phone_held_still_is_told_at_once(symbology: Symbology, draw: Draw) -> None:
    reader = Reader()
    reader.look(EMPTY)
    for code in (CODE, "287654321098765432", "134567890123450000"):
        frame = laid(draw(symbology, code), 500, 200)
        assert all(texts(reader, frame) == {code} for _ in range(5))


def test_a_code_held_up_is_watched_and_hardly_ever_read_again(mocker: MockerFixture, draw: Draw) -> None:
    reader = Reader()
    reader.look(EMPTY)
    look_at = mocker.spy(reader_module, "look_at")
    frames = [laid(draw(Symbology.QR, CODE), 500 + x, 200) for x in (0, 2, 3, 3, 1)]
    assert all(texts(reader, frames[tick % 5]) == {CODE} for tick in range(90))
    assert look_at.call_count < 12


def test_a_code_on_its_way_out_is_told_until_it_is_gone(draw: Draw) -> None:
    """Each frame is swept by half the way to the next; no engine reads the last ones."""
    reader, last = Reader(), load().present[0]
    reader.look(EMPTY)
    ways = [0, 0, 0, 8, 24, 48, 80, 120, 168]
    steps = zip(ways, [*ways[1:], 224], strict=True)
    frames = [
        cv2.blur(
            cv2.GaussianBlur(laid(draw(Symbology.QR, CODE, module=5), 500 + x, 200), (0, 0), 1),
            ((then - x) // 2 + 1, 1),
        )
        for x, then in steps
    ]
    assert [last.read(frame, PAYMENT) for frame in frames[-2:]] == [[], []]
    assert [texts(reader, frame) for frame in frames] == [{CODE}] * len(frames)
    assert texts(reader, EMPTY) == set()


def test_a_qr_still_on_its_way_is_read(draw: Draw) -> None:
    """It moves by two modules while the shutter is open: no engine reads it as it is."""
    reader = Reader()
    reader.look(EMPTY)
    lens = cv2.GaussianBlur(laid(draw(Symbology.QR, CODE, module=6), 500, 200), (0, 0), 1.2)
    swept = cv2.blur(lens, (1, 13))
    assert all(engine.read(swept, PAYMENT) == [] for engine in load().present)
    assert texts(reader, swept) == {CODE}


def pack(draw: Draw, sigma: float, seed: int) -> Grey:
    frame = laid(draw(Symbology.EAN13, "6901234567892", module=3), 400, 250)
    noise = np.random.default_rng(seed).normal(0, 4, frame.shape)
    return np.clip(cv2.GaussianBlur(frame, (0, 0), sigma) * 0.6 + 30 + noise, 0, 255).astype(np.uint8)


def test_bars_are_held_while_a_blur_passes_over_them_and_not_once_they_are_gone(draw: Draw) -> None:
    reader = Reader()
    reader.look(np.clip(EMPTY * 0.6 + 30, 0, 255).astype(np.uint8))
    sharp = [texts(reader, pack(draw, 0.8, seed)) for seed in range(3)]
    blurred = [texts(reader, pack(draw, sigma, 9)) for sigma in (1.4, 1.8, 2.0, 2.0, 2.0)]
    assert [*sharp, *blurred] == [{"6901234567892"}] * 8
    gone = np.clip(EMPTY * 0.6 + 30, 0, 255).astype(np.uint8)
    assert [texts(reader, gone) for _ in range(5)] == [set()] * 5


def test_bars_that_no_engine_reads_are_read_once_and_then_held(draw: Draw) -> None:
    reader = Reader()
    reader.look(np.clip(EMPTY * 0.6 + 30, 0, 255).astype(np.uint8))
    reads = [texts(reader, pack(draw, 3.0, seed)) for seed in range(30)]
    assert set().union(*reads) == {"6901234567892"}
    assert sum(map(bool, reads)) > 15
    assert texts(Reader(Options(engine=EngineChoice.ZXING)), pack(draw, 3.0, 1)) == set()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux for the process's memory")
def test_two_thousand_frames_leave_nothing_behind(draw: Draw) -> None:
    def pages() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1])

    rng, reader = np.random.default_rng(4), Reader()
    empty = np.full((160, 240), 90, np.uint8)
    code = draw(Symbology.QR, CODE, module=3)[20:-20, 20:-20]
    frames = [laid(code, 20 + 3 * (i % 8), 15 + i % 5, empty) if i % 20 > 9 else empty for i in range(40)]
    noisy = [np.clip(one + rng.normal(0, 4, one.shape), 0, 255).astype(np.uint8) for one in frames]
    for i in range(400):
        reader.look(noisy[i % 40])
    before = pages()
    for i in range(2000):
        reader.look(noisy[i % 40])
    assert (pages() - before) * 4096 < 4_000_000
