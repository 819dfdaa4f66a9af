import asyncio
import socket
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from firmware_sim.devices.escpos_reader import EscposReader, Unknown
from firmware_sim.devices.paper_image import COLUMN, MARGIN
from firmware_sim.devices.printer import Paper, Printer
from firmware_sim.drawing import fonts
from terminal.model import Verdict
from terminal.money import Money
from terminal.receipt.escpos import as_escpos
from terminal.receipt.lines import Align, Cut, Receipt, Text, lines
from terminal.receipt.text import as_text
from terminal.transport.printer import send_to_printer

DEADLINE_S = 60.0


def receipt(language: str) -> Receipt:
    return Receipt(
        shop="西湖茶叶 West Lake Tea",
        terminal_id="POS-01",
        order_id="20261123-POS01-000042",
        wallet="微信支付",
        code="13************6789",
        money=Money(123456),
        verdict=Verdict.APPROVED,
        transaction_id="4200001234202611231234567890",
        paid_at=datetime(2026, 11, 23, 9, 41, 7, tzinfo=UTC),
        language=language,
        is_copy=True,
        is_training=True,
    )


async def printed(printer: Printer, data: bytes, count: int = 1) -> list[Paper]:
    await send_to_printer(printer.url, data, timeout_s=DEADLINE_S)
    return await asyncio.to_thread(printer.wait_for_papers, count, timeout_s=DEADLINE_S)


def words(text: str) -> list[str]:
    """Lines without the spaces that place them: on paper the printer does that."""
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("columns", [32, 48])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_the_terminal_printed_is_read_back_off_the_paper(
    tmp_path: Path, language: str, columns: int
) -> None:
    made = lines(receipt(language))
    with Printer(tmp_path / "papers", columns=columns) as printer:
        (paper,) = await printed(printer, as_escpos(made, columns))
    assert paper.raw == as_escpos(made, columns)
    assert words(paper.text) == words(as_text(made, columns))
    assert not any(isinstance(event, Unknown) for event in EscposReader().feed(paper.raw))
    picture = np.asarray(Image.open(paper.image))
    assert picture.shape[1] == columns * COLUMN + 2 * MARGIN
    (found,) = zxingcpp.read_barcodes(picture)
    assert (found.text, found.format) == ("20261123-POS01-000042", zxingcpp.BarcodeFormat.QRCode)


@pytest.mark.parametrize("columns", [32, 48])
async def test_a_qr_that_the_terminal_has_drawn_itself_reads_back_off_the_paper(tmp_path: Path, columns: int) -> None:
    data = as_escpos(lines(receipt("zh")), columns, draws_qr=True)
    with Printer(tmp_path / "papers", columns=columns) as printer:
        (paper,) = await printed(printer, data)
    assert b"\x1d(k" not in data
    (found,) = zxingcpp.read_barcodes(np.asarray(Image.open(paper.image)))
    assert found.text == "20261123-POS01-000042"


async def test_each_cut_makes_a_paper_and_all_of_it_is_kept_in_files(tmp_path: Path) -> None:
    data = as_escpos([Text("第一"), Cut(), Text("second"), Cut()])
    with Printer(tmp_path) as printer:
        papers = await printed(printer, data, count=2)
    assert [paper.text for paper in papers] == ["第一", "second"]
    assert b"".join(paper.raw for paper in papers) == data
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"000{number}.{kind}" for number in (1, 2) for kind in ("bin", "png", "txt")
    ]


async def test_a_receipt_may_come_over_two_connections(tmp_path: Path) -> None:
    data = as_escpos([Text("两半"), Cut()])
    with Printer(tmp_path) as printer:
        await send_to_printer(printer.url, data[:8], timeout_s=DEADLINE_S)
        (paper,) = await printed(printer, data[8:])
    assert paper.text == "两半"


async def test_text_stands_where_its_alignment_says(tmp_path: Path) -> None:
    rows = [Text("####", align) for align in Align]
    with Printer(tmp_path) as printer:
        (paper,) = await printed(printer, as_escpos([*rows, Cut()]))
    inked = np.asarray(Image.open(paper.image)) < 128
    places = [np.flatnonzero(inked[MARGIN + 30 * row : MARGIN + 30 * (row + 1)].any(0)) for row in range(3)]
    middles = [(place[0] + place[-1]) / 2 - MARGIN for place in places]
    assert middles == pytest.approx([24, 192, 360], abs=4)


async def test_without_a_chinese_font_each_character_is_a_box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "CHINESE", ())
    fonts._chinese_face.cache_clear()
    fonts.font.cache_clear()
    try:
        with Printer(tmp_path) as printer:
            (paper,) = await printed(printer, as_escpos([Text("茶a"), Cut()]))
    finally:
        fonts._chinese_face.cache_clear()
        fonts.font.cache_clear()
    inked = np.asarray(Image.open(paper.image)) < 128
    assert inked[MARGIN + 2 : MARGIN + 22, MARGIN + 2].all(), "the box's left edge"
    assert paper.text == "茶a"


async def test_it_can_be_switched_off_and_on_again_at_the_same_address(tmp_path: Path) -> None:
    printer = Printer(tmp_path)
    printer.plug()
    printer.plug()
    url = printer.url
    printer.unplug()
    printer.unplug()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])))
    with printer:
        assert printer.url == url
        assert len(await printed(printer, as_escpos([Cut()]))) == 1


def test_waiting_for_a_paper_that_never_falls_ends(tmp_path: Path) -> None:
    with Printer(tmp_path) as printer, pytest.raises(TimeoutError, match="0 papers of 1"):
        printer.wait_for_papers(1, timeout_s=0.01)
