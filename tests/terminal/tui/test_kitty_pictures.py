"""The preview as a picture of kitty's graphics protocol: what arrives, read by a parser and a decoder not ours."""

import base64
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.config import ScreenConfig
from terminal.model import Corners
from terminal.steps import Phase
from terminal.tui import kitty
from terminal.tui.levels import COLOURS, PAYMENT, Outline
from terminal.tui.looks import Looks, looks_of
from terminal.tui.widgets import preview as widget
from terminal.tui.widgets.preview import PICTURE_ID, PreviewPane

SQUARE: Corners = ((20.0, 10.0), (60.0, 10.0), (60.0, 50.0), (20.0, 50.0))
GREY = np.tile(np.arange(0, 256, 2, dtype=np.uint8), (72, 1))
COMMAND = re.compile(r"\x1b_G([^;\x1b]*);?([^\x1b]*)\x1b\\")


def received(stream: str) -> tuple[dict[str, str], NDArray[np.uint8]]:
    """The first command's keys, and the picture that its pieces make, as OpenCV decodes it: (h, w, 3) RGB."""
    pieces = COMMAND.findall(stream)
    assert "".join(f"\x1b_G{keys};{data}\x1b\\" for keys, data in pieces) == stream, "nothing but commands"
    assert all(len(data) <= 4096 for _, data in pieces)
    assert [keys.rpartition("m=")[2] for keys, _ in pieces] == ["1"] * (len(pieces) - 1) + ["0"]
    data = base64.b64decode("".join(data for _, data in pieces), validate=True)
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return dict(key.split("=") for key in pieces[0][0].split(",")), cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def test_the_picture_arrives_whole_with_its_outline() -> None:
    keys, pixels = received(kitty.sent(GREY, [Outline(SQUARE, PAYMENT)], 113, columns=30, rows=9))
    assert keys == {"a": "T", "U": "1", "q": "2", "f": "100", "i": "113", "c": "30", "r": "9", "m": keys["m"]}
    assert pixels.shape == (72, 128, 3)
    outline = (pixels == COLOURS[PAYMENT]).all(axis=2)
    assert outline[10, 20:61].all()
    assert outline[10:51, 60].all()
    assert outline.sum() == 160
    assert np.abs(pixels[~outline].astype(int) - GREY[~outline][:, None]).max() <= 3


def test_a_large_picture_comes_in_pieces() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (90, 160), dtype=np.uint8)
    stream = kitty.sent(noise, [], 7, columns=40, rows=12)
    assert stream.count("\x1b_G") > 2
    assert received(stream)[1].shape == (90, 160, 3)


def test_each_cell_names_its_row_and_column() -> None:
    rows = [kitty.cells(row, 64) for row in range(64)]
    letters = [re.findall("\U0010eeee(.)(.)", row) for row in rows]
    assert all(len(row) == 64 for row in letters)
    marks = [row[0][0] for row in letters]
    assert len(set(marks)) == 64
    assert all(letters[y][x] == (marks[y], marks[x]) for y in range(64) for x in range(64))
    assert [f"{ord(mark):04x}" for mark in marks[:3]] == ["0305", "030d", "030e"]


async def test_on_the_screen_cells_stand_once_and_pictures_follow_one_another(
    desk: Any, till: Any, make_picture: Any, mocker: Any
) -> None:
    write = mocker.patch.object(widget, "send_raw")
    till.picture = make_picture()
    till.state = replace(till.state, step=till.step(Phase.AWAIT_CODE))
    async with desk(looks=Looks(pictures=True)) as at:
        pane = at.app.screen.query_one(PreviewPane)
        await at.until(lambda: write.called)
        keys, pixels = received(write.call_args.args[1])
        assert (int(keys["c"]), int(keys["r"])) == (pane.size.width, pane.size.height - 1)
        assert pixels.shape == (90, 160, 3)
        (segment,) = pane.render_line(3)
        assert segment.text == kitty.cells(3, pane.size.width)
        assert segment.style.color.number == PICTURE_ID == int(keys["i"])
        count, refresh = write.call_count, mocker.patch.object(pane, "refresh")
        till.picture = make_picture(seed=2)
        await at.until(lambda: write.call_count > count)
        refresh.assert_not_called()


@pytest.mark.parametrize(
    ("environ", "shows"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-ghostty"}, True),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, False),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "foot"}, False),
        ({"TERM": "xterm-kitty", "TEXTUAL_DRIVER": "web"}, False),
        ({}, False),
    ],
)
def test_blocks_remain_wherever_it_is_not_sure(environ: dict[str, str], shows: bool, tmp_path: Path) -> None:
    assert looks_of(ScreenConfig(), {}, tmp_path, dict(environ)).pictures is shows
    assert looks_of(ScreenConfig(preview="blocks"), {}, tmp_path, dict(environ)).pictures is False
    assert looks_of(ScreenConfig(preview="kitty"), {}, tmp_path, dict(environ)).pictures is True
