"""The preview on the screen: what its cells show as pixels, and what it writes when nothing moves."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from textual.drivers._writer_thread import WriterThread

from terminal.model import Corners, Unread
from terminal.steps import Phase, Preview
from terminal.tui.widgets.preview import PreviewPane, backlog
from terminal.tui.wording import Texts

SQUARE: Corners = ((400.0, 200.0), (800.0, 200.0), (800.0, 560.0), (400.0, 560.0))
GREEN, BLUE = (64, 255, 112), (96, 160, 255)


def rasterised(pane: PreviewPane) -> NDArray[np.uint8]:
    """(2 rows, columns, 3) RGB: each cell is two pixels, as a terminal would paint it."""
    rows = []
    for y in range(pane.size.height - 1):
        upper, lower = [], []
        for segment in pane.render_line(y):
            assert segment.style is not None
            ink, ground = (tuple(c.get_truecolor()) for c in (segment.style.color, segment.style.bgcolor))
            assert set(segment.text) <= {" ", "▀"}
            for character in segment.text:
                upper.append(ink if character == "▀" else ground)
                lower.append(ground)
        rows += [upper, lower]
    return np.array(rows, np.uint8)


async def test_the_code_is_outlined_where_it_is_and_named(desk: Any, till: Any, make_picture: Any) -> None:
    till.picture = make_picture(corners=SQUARE)
    till.state = replace(till.state, step=till.step(Phase.AWAIT_CODE))
    async with desk() as at:
        await at.sees("PAYMENT CODE QR 13***4321")
        pixels = rasterised(at.app.screen.query_one(PreviewPane))
    ys, xs = np.nonzero((pixels == GREEN).all(axis=2))
    height, width = pixels.shape[:2]
    scale = min(height / 720, width / 1280)
    top, left = (height - 720 * scale) / 2, (width - 1280 * scale) / 2
    box = (xs.min(), ys.min(), xs.max(), ys.max())
    assert np.allclose(box, (400 * scale + left, 200 * scale + top, 800 * scale + left, 560 * scale + top), atol=1.5)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("why", Unread)
async def test_it_says_in_full_why_a_code_is_not_read(
    why: Unread, language: str, desk: Any, till: Any, make_picture: Any
) -> None:
    till.picture = replace(make_picture(), unread=why, located=(SQUARE,))
    async with desk(language=language) as at:
        await at.sees(Texts(language)(f"unread.{why}"))  # type: ignore[arg-type]
        assert BLUE in {tuple(pixel) for row in rasterised(at.app.screen.query_one(PreviewPane)) for pixel in row}


async def test_it_says_what_is_waited_for_and_how_many_pictures_come(desk: Any, till: Any, make_picture: Any) -> None:
    till.picture = replace(make_picture(), frames_per_s=29.6)
    async with desk() as at:
        await at.sees("wants goods or a code  30/s")
        till.picture = replace(make_picture(), frames_per_s=30.9)
        till.say(till.step(Phase.AWAIT_CODE))
        await at.sees("wants a payment code  30/s")
        till.picture = replace(make_picture(), frames_per_s=12.0)
        await at.sees("wants a payment code  12/s")


async def test_a_still_scene_is_not_drawn_again(desk: Any, till: Any, make_picture: Any, mocker: Any) -> None:
    till.picture = make_picture(seed=1)
    async with desk() as at:
        pane = at.app.screen.query_one(PreviewPane)
        await at.until(lambda: pane._shown is till.picture)
        refresh = mocker.patch.object(pane, "refresh")
        for seed in range(2, 12):
            till.picture = make_picture(seed=seed)
            pane.look()
        refresh.assert_not_called()
        till.picture = make_picture(seed=1, corners=SQUARE)
        pane.look()
        assert 0 < refresh.call_count < pane.size.height, "only the rows with the outline, and the caption"


async def test_the_camera_going_away_is_said_and_its_coming_back_is_drawn_whole(
    desk: Any, till: Any, make_picture: Any
) -> None:
    till.picture = make_picture()
    async with desk() as at:
        pane = at.app.screen.query_one(PreviewPane)
        await at.until(lambda: pane._shown is till.picture)
        till.picture = None
        pane.look()
        await at.sees("no camera picture")
        till.picture = make_picture(seed=2)
        pane.look()
        await at.until(lambda: "no camera" not in at.text)
        assert len(np.unique(rasterised(pane))) > 10


async def test_nothing_is_drawn_while_the_terminal_is_behind(
    desk: Any, till: Any, make_picture: Any, mocker: Any
) -> None:
    async with desk() as at:
        pane = at.app.screen.query_one(PreviewPane)
        behind = mocker.patch("terminal.tui.widgets.preview.backlog", return_value=3)
        till.picture = make_picture()
        pane.look()
        assert pane._shown is None
        behind.return_value = 0
        pane.look()
        assert pane._shown is till.picture


async def test_nothing_is_drawn_under_another_screen(desk: Any, till: Any, make_picture: Any) -> None:
    async with desk() as at:
        pane = at.app.screen.query_one(PreviewPane)
        await at.press("f9")
        await at.until(lambda: not pane.screen.is_active)
        till.picture = make_picture()
        pane.look()
        assert pane._shown is None


async def test_styles_stay_few_however_long_it_runs(desk: Any, till: Any) -> None:
    rng = np.random.default_rng(5)
    async with desk() as at:
        pane = at.app.screen.query_one(PreviewPane)
        for _ in range(30):
            till.picture = Preview(rng.integers(0, 256, (90, 160), dtype=np.uint8), 0.125, (), 0.0)
            pane.look()
        assert len(pane._palette) <= 29**2


async def test_it_looks_often_only_while_a_code_is_awaited(desk: Any, till: Any) -> None:
    async with desk() as at:
        pane = at.app.screen.query_one(PreviewPane)
        for phase in Phase:
            till.say(till.step(phase))
            await at.until(lambda phase=phase: at.app.phase is phase)
            assert pane._fps == (0.0 if phase.is_outcome else 10.0 if phase is Phase.AWAIT_CODE else 2.0)


async def test_without_a_writer_thread_nothing_is_behind(desk: Any) -> None:
    async with desk() as at:
        assert backlog(at.app) == 0


def test_the_library_still_keeps_its_queue_where_we_look() -> None:
    class Driver:
        _writer_thread = WriterThread(file=None)

    class App:
        _driver = Driver()

    App._driver._writer_thread.write("x")
    assert backlog(App()) == 1
