"""The moving pictures of docs/tour.md: what stands on a terminal, drawn true to the cell."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyte")
PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SHOWN = "\x1b[>1u\x1b[?1049h\x1b[1;1Hold\x1b[?1049l\x1b[?1049h\x1b[2;3H\x1b[38;2;255;0;0m▀\x1b[0m中文\x1b[?2026$p"


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(PICTURES)
    return import_module("cells")  # a script's neighbour, not a package


@pytest.fixture
def terminal(cells: Any) -> Any:
    words = [sys.executable, "-c", f"import sys; sys.stdout.write({SHOWN!r}); sys.stdout.flush(); sys.stdin.read()"]
    with cells.on_terminal(words) as terminal:
        terminal.until("中文", within_s=60.0)
        yield terminal


def test_what_stood_on_the_other_screen_is_gone_and_questions_leave_no_letters(terminal: Any) -> None:
    assert terminal.text.split() == ["▀中文"]


def test_a_block_is_inked_in_its_half_and_a_chinese_letter_is_two_cells_wide(cells: Any, terminal: Any) -> None:
    picture = cells.draw(terminal.cells, 10)
    assert picture.size == (1000, 600)
    assert [picture.getpixel((25, y)) for y in (22, 38)] == [(255, 0, 0), (16, 21, 27)]
    ink = [x for x in range(picture.width) if any(picture.getpixel((x, y)) == (232, 237, 242) for y in range(20, 40))]
    assert 30 <= min(ink) < max(ink) < 70
