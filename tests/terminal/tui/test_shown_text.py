"""Text from outside is shown and never obeyed."""

import ast
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from terminal.tui import text as text_module
from terminal.tui.text import centred, clean, fitted, shown, shown_lines


@given(st.text())
def test_nothing_that_steers_or_hides_gets_through(text: str) -> None:
    assert all(character.isprintable() for character in clean(text))
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs") for character in clean(text))


@given(st.text(), st.integers(0, 40))
def test_text_fills_exactly_its_cells(text: str, cells: int) -> None:
    assert cell_len(fitted(text, cells)) == cells
    assert cell_len(centred(text, cells)) == cells


@pytest.mark.parametrize("text", ["[/]", "[red]x[/red]", "a[/b]c", "[@click=app.exit]z[/]"])
def test_markup_stays_text(text: str) -> None:
    assert shown(text).plain == text


def test_spaces_of_chinese_names_stay_spaces() -> None:
    assert clean("可乐\u3000大\u00a0瓶") == "可乐  大 瓶"


def test_a_text_that_is_too_long_says_so() -> None:
    assert fitted("微信支付宝", 7) == "微信支~"


def test_lines_are_cut_one_by_one() -> None:
    assert shown_lines(("a\x1b]0;b", "微信支付"), 5).plain == "a?]0~\n微信~"


def test_no_widget_is_given_a_bare_string() -> None:
    """A string in these places would be read as markup; what `shown` and its like return is not."""
    sinks = {"Static", "Label", "Button", "update", "notify", "add_row", "write"}
    folder = Path(text_module.__file__).parent
    calls = [
        (path.name, node)
        for path in folder.rglob("*.py")
        if path.name not in ("svg.py", "picture.py", "looks.py", "own_screen.py", "driver.py")  # no widgets there
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in sinks
    ]
    bare = [
        f"{name}:{node.lineno}"
        for name, node in calls
        for one in node.args
        if not isinstance(one, ast.Call | ast.Starred)
    ]
    assert len(calls) > 10
    assert bare == []
