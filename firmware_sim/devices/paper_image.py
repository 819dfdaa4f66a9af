"""Paper as it comes out of the printer: 203 dots an inch, 24-dot characters, black on white.

Big characters are the small ones with each dot repeated, as in a real printer. Where no Chinese font is installed each
Chinese character is an empty box. A QR is drawn from its data by segno, not from anything the terminal has drawn.
"""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageOps

from firmware_sim.devices.escpos_reader import Event, Fed, PicturePrinted, Printed, QrPrinted, Style
from firmware_sim.drawing import codes
from firmware_sim.drawing.fonts import font, has_chinese

COLUMN, DOTS, LINE = 12, 24, 30  # width of a column, height of a character, height of a line
MARGIN = 24  # white all round, so that the picture can be looked at
WHITE, BLACK = 255, 0


def draw_paper(events: Sequence[Event], columns: int) -> Image.Image:
    """One piece of paper in grey, `columns` x 12 dots wide between its margins."""
    parts = [(part, event) for event in events if (part := _part(event)) is not None]
    size = (columns * COLUMN + 2 * MARGIN, sum(part.height for part, _ in parts) + 2 * MARGIN)
    paper, y = Image.new("L", size, WHITE), MARGIN
    for part, event in parts:
        align = event.align if isinstance(event, Printed | QrPrinted | PicturePrinted) else 0
        paper.paste(part, (MARGIN + (columns * COLUMN - part.width) * align // 2, y))
        y += part.height
    return paper


def _part(event: Event) -> Image.Image | None:
    match event:
        case Printed(runs):
            return _line([_run(text, style) for text, style in runs])
        case QrPrinted(data, module_dots, correction):
            modules = codes.qr(data.decode("utf-8", "replace"), error=correction, quiet=0)
            side = len(modules) * module_dots
            return Image.fromarray(modules).resize((side, side), Image.Resampling.NEAREST)
        case PicturePrinted(width_bytes, dots):
            size = (8 * width_bytes, len(dots) // width_bytes)
            return ImageOps.invert(Image.frombytes("1", size, dots).convert("L"))
        case Fed(lines):
            return Image.new("L", (1, lines * LINE), WHITE)
        case _:
            return None


def _line(runs: Sequence[Image.Image]) -> Image.Image:
    """Characters side by side, standing on one line."""
    height = max([run.height for run in runs], default=DOTS)
    line = Image.new("L", (sum(run.width for run in runs), height + LINE - DOTS), WHITE)
    x = 0
    for run in runs:
        line.paste(run, (x, height - run.height))
        x += run.width
    return line


def _run(text: str, style: Style) -> Image.Image:
    cell = Image.new("L", (COLUMN * len(text.encode("gbk", "replace")), DOTS), WHITE)
    pen = ImageDraw.Draw(cell)
    if text.isascii() or has_chinese():
        pen.text((cell.width / 2, DOTS / 2), text, BLACK, font(DOTS), anchor="mm")
    else:
        pen.rectangle((2, 2, cell.width - 3, DOTS - 3), outline=BLACK, width=2)
    return cell.resize((cell.width * style.wide, cell.height * style.high), Image.Resampling.NEAREST)
