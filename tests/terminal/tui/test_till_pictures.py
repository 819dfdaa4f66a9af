"""Pictures of the screen are true to the cell, Chinese included."""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from terminal.errors import SaomaError
from terminal.tui.app import PosApp
from terminal.tui.picture import picture, text_on
from terminal.tui.svg import CELL_W, svg_of

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[tuple[str, float]]:
    """Every text with the column of its left edge, or of its middle for a wide character."""
    return [
        (node.text or "", float(node.attrib["x"]) / CELL_W) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")
    ]


def test_every_text_starts_at_its_own_column() -> None:
    strip = Strip([Segment("微信 ab", Style(color="#ffffff")), Segment("  <&>", Style(bold=True))])
    assert texts(svg_of([strip])) == [("微", 1.0), ("信", 3.0), ("ab", 5.0), ("<&>", 9.0)]


def test_blocks_are_rectangles_in_their_half_of_the_cell() -> None:
    style = Style(color="#112233", bgcolor="#445566")
    svg = svg_of([Strip([Segment("▀▀█▄", style)])])
    inked = re.findall(r'x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)" fill="#112233"', svg)
    assert inked == [("0", "0", "20", "10"), ("20", "0", "10", "20"), ("30", "10", "10", "10")]
    assert 'width="40" height="20" fill="#445566"' in svg


async def test_a_picture_is_taken_when_the_moment_comes(till: Any, tmp_path: Path) -> None:
    path = tmp_path / "till.svg"
    app = PosApp(till, language="zh", shop="示例店")
    await picture(app, path, (80, 24), lambda app: "待机" in text_on(app))
    assert "示" in {text for text, _ in texts(path.read_text("utf-8"))}


async def test_a_moment_that_never_comes_is_said(till: Any, tmp_path: Path) -> None:
    with pytest.raises(SaomaError, match="the till shows idle"):
        await picture(PosApp(till), tmp_path / "x.svg", (80, 24), lambda app: False, within_s=0.1)
