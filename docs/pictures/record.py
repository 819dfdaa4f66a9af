"""Records the demo's guided tour, then its plug pulled, as an animated picture: the real program on a real terminal.

    make recording        (in both languages; or `python docs/pictures/record.py zh`)

Nothing is acted: frames are taken when the screen has changed, and each is shown for as long as it stood there.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from cells import Cell, Terminal, draw, on_terminal
from PIL import Image

HERE = Path(__file__).parent
LOOKS_S = 0.4  # between frames
CELL = 7  # pixels
COLOURS = 48
LAST_S = 3.0  # how long the last frame stays
WITHIN_S = 300.0
# A till that waits, the end of the tour, and the end of what the pulled plug left.
WORDS = {"en": ("READY", "tour is over", "Nothing lost"), "zh": ("待机", "导览结束", "不丢一笔")}

Frame = tuple[float, tuple[tuple[Cell, ...], ...]]


def main() -> None:
    for language in sys.argv[1:] or ["en"]:
        frames = list(recorded(language))
        path = HERE / f"tour-{language}.gif"
        write(path, frames)
        sys.stdout.write(
            f"{path.name}: {len(frames)} frames, {frames[-1][0]:.0f} s, {path.stat().st_size // 1000} kB\n"
        )


def recorded(language: str) -> Iterator[Frame]:
    """The seconds since the beginning, and what stood there from then on."""
    ready, over, recovered = WORDS[language]
    with demo(language) as terminal:
        terminal.until(ready)
        began_s = time.monotonic()
        last: object = None
        pulled = False
        while recovered not in terminal.text:
            if time.monotonic() - began_s > WITHIN_S:
                raise TimeoutError(f"the tour never came to its end:\n{terminal.text}")
            if not pulled and over in terminal.text:
                terminal.press("k")
                pulled = True
            terminal.look(LOOKS_S)
            if (cells := terminal.cells) != last:
                last = cells
                yield time.monotonic() - began_s, cells
        terminal.look(1.0)
        yield time.monotonic() - began_s, terminal.cells


@contextmanager
def demo(language: str) -> Iterator[Terminal]:
    """A demo whose books are thrown away afterwards."""
    with tempfile.TemporaryDirectory() as state:
        words = [sys.executable, "-m", "terminal", "demo", "--lang", language, "--state", state]
        with on_terminal(words) as terminal:
            yield terminal


def write(path: Path, frames: list[Frame]) -> None:
    pictures = [draw(cells, CELL) for _, cells in frames]
    palette = _palette(pictures)
    flat = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in pictures]
    times_s = [at_s for at_s, _ in frames]
    lasts_ms = [round((after - at) * 1000) for at, after in pairwise(times_s)]
    flat[0].save(
        path,
        save_all=True,
        append_images=flat[1:],
        duration=[*lasts_ms, round(LAST_S * 1000)],
        loop=0,
        optimize=True,
        disposal=1,
    )


def _palette(pictures: list[Image.Image]) -> Image.Image:
    """One for all frames, of some of them side by side: colours that never flicker."""
    some = pictures[:: max(1, len(pictures) // 12)]
    width, height = some[0].size
    strip = Image.new("RGB", (width * len(some), height))
    for index, one in enumerate(some):
        strip.paste(one, (index * width, 0))
    return strip.quantize(COLOURS, method=Image.Quantize.MEDIANCUT)


if __name__ == "__main__":
    main()
