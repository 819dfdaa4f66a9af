"""The preview as sixels: what arrives, read by a decoder not ours; who is asked for them, and what is sent when."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.config import ScreenConfig
from terminal.model import Corners
from terminal.steps import Phase
from terminal.tui.driver import ASKS_FOR_SIXEL, PromptDriver
from terminal.tui.levels import COLOURS, PAYMENT, Outline
from terminal.tui.looks import Looks, looks_of
from terminal.tui.sixel import MOST, Sixels, encoded
from terminal.tui.widgets import preview as widget
from terminal.tui.widgets.preview import PreviewPane

SQUARE: Corners = ((20.0, 10.0), (60.0, 10.0), (60.0, 50.0), (20.0, 50.0))
GREY = np.tile(np.arange(0, 256, 2, dtype=np.uint8), (72, 1))
CELL = (8, 18)
WORD = re.compile(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|([$-])")


def decoded(picture: str) -> NDArray[np.uint8]:
    """(h, w, 3) of red, green and blue, one letter after another as in DEC's manual; 255 0 255 where nothing is."""
    size = re.match(r'(?:\x1b\[\d+[BC])*\x1bP0;1q"1;1;(\d+);(\d+)', picture)
    assert size
    assert picture.endswith("\x1b\\")
    body = picture[size.end() : -2]
    assert WORD.sub("", body) == "", "nothing but sixels"
    width, height = int(size[1]), int(size[2])
    pixels = np.full((height, width, 3), (255, 0, 255), np.uint8)
    colours: dict[int, tuple[int, ...]] = {}
    x = y = colour = 0
    for number, *parts, chosen, count, repeated, single, move in WORD.findall(body):
        if number:
            colours[int(number)] = tuple(round(int(part) * 255 / 100) for part in parts)
        elif chosen:
            colour = int(chosen)
        elif move:
            x, y = 0, y + 6 * (move == "-")
        else:
            end = x + int(count or 1)
            for bit in range(6):
                if ord(repeated or single) - 63 >> bit & 1:
                    assert (pixels[y + bit, x:end] == (255, 0, 255)).all(), "drawn once"
                    pixels[y + bit, x:end] = colours[colour]
            x = end
    return pixels


def test_the_picture_arrives_whole_and_as_large_as_there_is_room() -> None:
    pixels = decoded(Sixels(30, 10, CELL).show(GREY, [], anew=True))
    assert pixels.shape == (132, 240, 3), "of 180 x 240 pixels, in bands of six"
    expected = GREY[:, np.arange(240) * 128 // 240][0]
    assert np.abs(pixels.astype(int) - expected[None, :, None]).max() <= 16
    assert (pixels[..., 0] == pixels[..., 2]).all()


def test_it_stands_in_the_middle_of_its_cells() -> None:
    assert Sixels(30, 20, CELL).show(GREY, [], anew=True).startswith("\x1b[6B\x1bP")
    assert Sixels(60, 8, CELL).show(GREY, [], anew=True).startswith("\x1b[14C\x1bP")


def test_an_outline_has_its_colour_and_its_place() -> None:
    pixels = decoded(Sixels(32, 8, CELL).show(GREY, [Outline(SQUARE, PAYMENT)], anew=True))
    assert pixels.shape == (144, 256, 3)
    outline = np.abs(pixels.astype(int) - COLOURS[PAYMENT]).max(axis=2) <= 3
    assert outline[20:102, 40:42].all()
    assert outline[20:22, 40:122].all()
    assert outline.sum() == 160 * 4


@pytest.mark.parametrize("seed", range(20))
def test_any_colours_of_any_size_come_back_as_they_were(seed: int) -> None:
    chance = np.random.default_rng(seed)
    height, width = 6 * chance.integers(1, 9), chance.integers(1, 300)
    colours = np.repeat(chance.integers(0, 19, (height, width)), chance.integers(1, 9), axis=1)[:, :width]
    pixels = decoded(encoded(colours.astype(np.int16), height, width))
    palette = {tuple(pixel): colour for pixel, colour in zip(pixels.reshape(-1, 3), colours.ravel(), strict=True)}
    assert [palette[tuple(pixel)] for pixel in pixels.reshape(-1, 3)] == colours.ravel().tolist()
    assert len(palette) == len(np.unique(colours))


@pytest.mark.parametrize(("columns", "rows", "cell"), [(1, 1, (4, 4)), (200, 60, (20, 40)), (5, 1, (6, 13))], ids=str)
def test_no_room_is_too_small_and_none_makes_it_larger_than_the_most(columns: int, rows: int, cell: Any) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (90, 160), dtype=np.uint8)
    height, width, _ = decoded(Sixels(columns, rows, cell).show(noise, [], anew=True)).shape
    assert (height, width) <= (max(6, min(rows * cell[1], MOST[0])), min(columns * cell[0], MOST[1]))


def test_a_still_scene_is_sent_once_unless_it_was_written_over() -> None:
    sixels, noise = Sixels(30, 10, CELL), np.random.default_rng(1)
    first = sixels.show(GREY, [], anew=False)
    flickering = (GREY + noise.integers(0, 5, GREY.shape)).clip(0, 255).astype(np.uint8)
    assert first
    assert sixels.show(flickering, [], anew=False) == ""
    assert sixels.show(flickering, [], anew=True) == first
    assert sixels.show(flickering, [Outline(SQUARE, PAYMENT)], anew=False) not in ("", first)


# --- on the screen ---------------------------------------------------------------------------------------


async def test_it_lies_on_empty_cells_and_follows_the_camera(
    desk: Any, till: Any, make_picture: Any, mocker: Any
) -> None:
    mocker.patch.object(widget, "sixel_cell", return_value=CELL)
    write = mocker.patch.object(widget, "send_raw")
    till.picture = replace(make_picture(), taken_s=1.0)
    till.state = replace(till.state, step=till.step(Phase.AWAIT_CODE))
    async with desk(looks=Looks(sixel=True)) as at:
        pane = at.app.screen.query_one(PreviewPane)
        await at.until(lambda: pane._sixels)
        till.picture = replace(make_picture(seed=2), taken_s=2.0)
        await at.until(lambda: write.called)
        (app, sent) = write.call_args.args
        x, y = pane.content_region.offset
        before, after = f"\x1b7\x1b[{y + 1};{x + 1}H", "\x1b8"
        assert app is at.app
        assert sent.startswith(before)
        assert sent.endswith(after)
        assert decoded(sent.removeprefix(before).removesuffix(after)).shape[1] == pane.size.width * CELL[0]
        assert pane.render_line(3).text.isspace()


async def test_too_many_pictures_are_left_out(desk: Any, till: Any, make_picture: Any, mocker: Any) -> None:
    mocker.patch.object(widget, "sixel_cell", return_value=CELL)
    write = mocker.patch.object(widget, "send_raw")
    async with desk(looks=Looks(sixel=True)) as at:
        pane = at.app.screen.query_one(PreviewPane)
        for number, taken_s in enumerate((1.0, 2.0, 2.1, 2.15, 2.3)):
            pane._draw(replace(make_picture(), pixels=np.roll(GREY, 9 * number, axis=1), taken_s=taken_s))
        assert write.call_count == 2, "the first clears the cells; then those at 2.0 and 2.3"


# --- who is asked ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preview", "environ", "asks"),
    [
        ("sixel", {"TERM": "xterm-256color"}, True),
        ("sixel", {"TERM": "tmux-256color", "TMUX": "/tmp/tmux"}, False),
        ("sixel", {"TERM": "foot", "TEXTUAL_DRIVER": "web"}, False),
        ("auto", {"TERM": "foot"}, True),
        ("auto", {"TERM": "xterm-256color"}, False),
        ("blocks", {"TERM": "foot"}, False),
    ],
)
def test_the_terminal_is_asked_where_that_is_wanted(
    preview: Any, environ: dict[str, str], asks: bool, tmp_path: Path
) -> None:
    assert looks_of(ScreenConfig(preview=preview), {}, tmp_path, dict(environ)).sixel is asks


async def test_an_app_that_wants_them_has_the_class_that_the_driver_looks_for(desk: Any) -> None:
    async with desk(looks=Looks(sixel=True)) as at:
        assert at.app.has_class(ASKS_FOR_SIXEL)
    async with desk() as at:
        assert not at.app.has_class(ASKS_FOR_SIXEL)


@pytest.mark.parametrize("cuts", [(), (3,), (4, 7), (9,), range(3, 30)], ids=str)
@pytest.mark.parametrize(
    ("answer", "has"), [("\x1b[?62;4;22c", True), ("\x1b[?62;22;44c", False), ("\x1b[?6c", False), ("", False)]
)
async def test_its_answer_is_understood_in_any_pieces_and_never_typed(
    desk: Any, answer: str, has: bool, cuts: Any, mocker: Any
) -> None:
    stream = f"12{answer}50\x1b[?2026;2$y"
    edges = [0, *(cut + 2 for cut in cuts if cut + 2 < len(stream)), len(stream)]
    async with desk() as at:
        driver = PromptDriver(at.app)
        driver._is_asked = True
        pieces = [driver._without_answer(stream[begin:end]) for begin, end in pairwise(edges)]
        mocker.patch("terminal.tui.driver.fcntl.ioctl", return_value=bytes([24, 0, 80, 0, 128, 2, 176, 1]))
    assert "".join(pieces) == "1250\x1b[?2026;2$y"
    assert driver.sixel_cell == ((8, 18) if has else None)


async def test_what_nobody_asked_for_is_no_answer(desk: Any) -> None:
    async with desk() as at:
        driver = PromptDriver(at.app)
    hostile = "\x1b[?62;4c"  # in a code that a scanner types
    assert driver._without_answer(hostile) == hostile
    driver._is_asked = True
    assert driver._without_answer("\x1b[?62;22c" + hostile) == hostile, "one answer is all there is"
    assert driver.sixel_cell is None
