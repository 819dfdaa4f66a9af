from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from terminal.model import Symbology
from terminal.vision.linear.layout import Layout, code128_of, ean8, ean13, upce

Modules = Callable[[Symbology, str], NDArray[np.uint8]]


def path_to(layout: Layout, drawn: NDArray[np.uint8]) -> NDArray[np.intp]:
    """The choices whose bars are those drawn, place by place."""
    path = []
    for offset, alphabet in zip(layout.offsets, layout.which, strict=True):
        rows = layout.alphabets[alphabet].rows
        (choice,) = np.flatnonzero((rows == drawn[offset : offset + rows.shape[1]]).all(axis=1))
        path.append(choice)
    return np.array(path)


@pytest.mark.parametrize(
    ("layout", "symbology", "text", "said"),
    [
        (ean13(), Symbology.EAN13, "590123412345", (Symbology.EAN13, "5901234123457", "]E0")),
        (ean13(), Symbology.UPCA, "03600029145", (Symbology.UPCA, "036000291452", "]E0")),
        (ean8(), Symbology.EAN8, "7351353", (Symbology.EAN8, "73513537", "]E4")),
        (upce(), Symbology.UPCE, "01234565", (Symbology.UPCE, "01234565", "]E0")),
        (code128_of(9), Symbology.CODE128, "134567890123456789", (Symbology.CODE128, "134567890123456789", "]C0")),
        (code128_of(5), Symbology.CODE128, "Saoma", (Symbology.CODE128, "Saoma", "]C0")),
    ],
)
def test_a_layout_draws_and_says_what_other_encoders_draw(
    layout: Layout, symbology: Symbology, text: str, said: tuple[Symbology, str, str], modules: Modules
) -> None:
    drawn = modules(symbology, text)
    path = path_to(layout, drawn)
    assert layout.bits_of(path).tolist() == drawn.tolist()
    assert layout.holds(path[None]).all()
    assert layout.say(path) == said


@pytest.mark.parametrize("layout", [ean13(), ean8(), code128_of(6)])
def test_no_single_wrong_character_holds(layout: Layout) -> None:
    rng = np.random.default_rng(3)
    sizes = [len(layout.alphabets[alphabet].rows) for alphabet in layout.which]
    paths = rng.integers(0, sizes, (20000, len(sizes)))
    right = paths[layout.holds(paths)][0]
    digits = 10 if layout is not code128_of(6) else 103
    for place, size in enumerate(sizes):
        wrong = np.repeat(right[None], size, axis=0)
        wrong[:, place] = np.arange(size)
        differs = wrong[:, place] % digits != right[place] % digits
        assert not layout.holds(wrong[differs]).any()


def test_the_fill_and_the_bars_are_those_of_drawn_symbols(modules: Modules) -> None:
    rng = np.random.default_rng(4)
    drawn = [modules(Symbology.EAN13, "".join(map(str, rng.integers(0, 10, 12)))) for _ in range(60)]
    assert ean13().fill == pytest.approx(np.mean(drawn), abs=0.02)
    assert {int(np.count_nonzero(np.diff(one.astype(int), prepend=0) == 1)) for one in drawn} == {ean13().bars}
