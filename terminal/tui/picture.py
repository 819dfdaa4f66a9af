"""Pictures of the till for the README: the real app, without a terminal, until something stands on its screen."""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from textual.strip import Strip

from terminal.errors import SaomaError
from terminal.tui.app import PosApp
from terminal.tui.svg import CELL_H, CELL_W, svg_of

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


async def picture(
    app: PosApp, path: Path, size: tuple[int, int], until: Callable[[PosApp], bool], *, within_s: float = 60.0
) -> None:
    """Run `app` on `size` (columns, rows) until `until` holds, and write what it shows to an .svg or a .png.

    Raises SaomaError where it does not come to hold in time, and for a .png where no browser is found to draw it.
    """
    app.theme = "saoma-dark"  # whatever this machine's own terminal is capable of
    async with app.run_test(size=size) as pilot:
        ends_s = time.monotonic() + within_s
        while not until(app):
            if time.monotonic() > ends_s:
                raise SaomaError(f"nothing to take a picture of within {within_s:g} s: the till shows {app.phase}")
            await pilot.pause(0.02)
        svg = svg_of(_strips(app))
    if path.suffix == ".png":
        await asyncio.to_thread(_draw, svg, path, size)
    else:
        path.write_text(svg, encoding="utf-8")


def text_on(app: PosApp) -> str:
    """What stands on the screen, line by line: for `until`."""
    return "\n".join(strip.text for strip in _strips(app))


def _strips(app: PosApp) -> list[Strip]:
    return app.screen._compositor.render_strips()  # noqa: SLF001 - there is no public way to the cells


def _draw(svg: str, path: Path, size: tuple[int, int]) -> None:
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        raise SaomaError("a .png is drawn by a browser, and none was found: install chromium, or ask for an .svg")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "till.svg")
        page.write_text(svg, encoding="utf-8")
        window = f"--window-size={size[0] * CELL_W},{size[1] * CELL_H}"
        words = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", window]
        words += [f"--user-data-dir={folder}/profile", f"--screenshot={path.resolve()}", page.as_uri()]
        subprocess.run(words, check=True, capture_output=True, timeout=60)  # noqa: S603 - our own words
