"""A receipt as ESC/POS bytes for the printers of Chinese counters.

Our own few commands rather than a library: exact bytes, text in GBK pairs under Chinese mode, and nothing that came
from outside can become a command, for all text passes `columns.encoded` and a QR's data goes with its length.
"""

from collections.abc import Iterable, Sequence

from terminal.receipt import columns as paper
from terminal.receipt.lines import Align, Cut, Feed, Line, OpenDrawer, Pair, QrCode, Rule, Text

# Names and bytes as in Epson's command reference; Chinese mode as Chinese makers document it.
INITIALISE = b"\x1b@"
CHINESE_ON = b"\x1c&"
ALIGN = {Align.LEFT: b"\x1ba\x00", Align.CENTRE: b"\x1ba\x01", Align.RIGHT: b"\x1ba\x02"}
BIG, NORMAL = b"\x1d!\x11", b"\x1d!\x00"
FEED = b"\x1bd"  # and the number of lines
CUT = b"\x1dVB\x00"  # feeds to the knife, then cuts
KICK = b"\x1bp\x00\x19\xfa"  # pin 2, on for 50 ms and off for 500: shorter may fail, longer heats the coil
FIXED: dict[Line, bytes] = {Cut(): CUT, OpenDrawer(): KICK}
QR_MODEL_2 = b"\x1d(k\x04\x001A2\x00"
QR_DOTS = 6  # a module's side
QR_SIZE = b"\x1d(k\x03\x001C" + bytes([QR_DOTS])
QR_CORRECTION_M = b"\x1d(k\x03\x001E1"
QR_PRINT = b"\x1d(k\x03\x001Q0"
PICTURE = b"\x1dv0\x00"  # and bytes in a row, rows, both low byte first


def as_escpos(lines: Sequence[Line], columns: int = 32, *, draws_qr: bool = False) -> bytes:
    """The whole receipt; `columns` is 32 on 58 mm paper and 48 on 80 mm.

    `draws_qr` sends a QR as a picture, for the cheap printers that cannot make one.
    """
    return INITIALISE + CHINESE_ON + b"".join(_commands(line, columns, draws_qr) for line in lines)


def _commands(line: Line, columns: int, draws_qr: bool) -> bytes:
    match line:
        case Text(text, align, big):
            rows = _printed(paper.wrapped(text, columns // 2 if big else columns))
            return ALIGN[align] + (BIG + rows + NORMAL if big else rows)
        case Pair(left, right):
            return ALIGN[Align.LEFT] + _printed(paper.apart(left, right, columns))
        case Rule():
            return ALIGN[Align.LEFT] + _printed(["-" * columns])
        case QrCode(data):
            return ALIGN[Align.CENTRE] + (_qr_picture(data) if draws_qr else _qr(data.encode()))
        case Feed(count):
            return FEED + bytes([count])
        case Cut() | OpenDrawer():
            return FIXED[line]


def _printed(rows: Sequence[str]) -> bytes:
    return b"".join(paper.encoded(row) + b"\n" for row in rows)


def _qr(data: bytes) -> bytes:
    length = (len(data) + 3).to_bytes(2, "little")
    return QR_MODEL_2 + QR_SIZE + QR_CORRECTION_M + b"\x1d(k" + length + b"1P0" + data + QR_PRINT


def _qr_picture(data: str) -> bytes:
    """The same QR as dots, a row after the other, one dot a bit."""
    import segno  # noqa: PLC0415 - only where a printer cannot draw its own

    rows = [_packed(row) for row in segno.make(data, error="m", micro=False).matrix_iter(scale=QR_DOTS, border=0)]
    return PICTURE + len(rows[0]).to_bytes(2, "little") + len(rows).to_bytes(2, "little") + b"".join(rows)


def _packed(dots: Iterable[int]) -> bytes:
    bits = "".join("1" if dot else "0" for dot in dots)
    size = (len(bits) + 7) // 8
    return int(bits.ljust(8 * size, "0"), 2).to_bytes(size, "big")
