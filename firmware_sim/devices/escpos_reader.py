"""What a printer understands of ESC/POS: bytes in, cut anywhere, and what happens on the paper out.

Written from the command tables and not from the terminal's encoder, so that the two can be wrong apart. Bars
and decoration are passed over; a command that is in no table is reported.
"""

from dataclasses import dataclass, replace

ESC, FS, GS, DLE, LF = 0x1B, 0x1C, 0x1D, 0x10, 0x0A
PRINTABLE, GBK_LEAD = range(0x20, 0x7F), range(0x81, 0xFF)

# How many bytes follow a two-byte command (Epson's reference; Chinese mode as in SPRT's and HPRT's manuals).
PARAMETERS = {
    (ESC, name): count
    for names, count in (("@2im<", 0), ("aEG-{!MtRdJ3 V=", 1), ("$\\B", 2), ("p", 3))
    for name in names.encode()
}
PARAMETERS |= {(FS, name): count for names, count in (("&.", 0), ("!W-", 1), ("S", 2)) for name in names.encode()}
PARAMETERS |= {(GS, name): count for names, count in (("!BhwHfraI", 1), ("LWP", 2)) for name in names.encode()}
PARAMETERS |= {(DLE, 0x04): 1, (DLE, 0x14): 3}
LONG = (b"\x1d(", b"\x1dV", b"\x1dv", b"\x1dk")  # these say themselves how long they are


@dataclass(frozen=True, slots=True)
class Style:
    """How the next characters are printed; `wide` and `high` are multiples of the usual size."""

    align: int = 0  # 0 left, 1 centre, 2 right
    wide: int = 1
    high: int = 1


@dataclass(frozen=True, slots=True)
class Printed:
    """A line of characters; `align` is that at its end."""

    runs: tuple[tuple[str, Style], ...]
    align: int

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.runs)


@dataclass(frozen=True, slots=True)
class QrPrinted:
    data: bytes
    module_dots: int
    correction: str
    align: int


@dataclass(frozen=True, slots=True)
class PicturePrinted:
    """Dots, a bit each, rows of `width_bytes` one after the other; 1 is black."""

    width_bytes: int
    dots: bytes
    align: int


@dataclass(frozen=True, slots=True)
class Fed:
    lines: int


@dataclass(frozen=True, slots=True)
class CutOff:
    """The paper falls; `raw` is all that came since the last one."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class StatusAsked:
    """DLE EOT n."""

    kind: int


@dataclass(frozen=True, slots=True)
class PrintedSoFar:
    """GS r n: as DLE EOT, but in its turn behind what is to be printed."""

    kind: int


@dataclass(frozen=True, slots=True)
class ReportsWanted:
    """GS a n: status without being asked, from now on; 1 drawer, 2 on or off line, 4 faults, 8 paper, 0 no more."""

    kinds: int


@dataclass(frozen=True, slots=True)
class IdentityAsked:
    """GS I n, in its turn."""

    kind: int


@dataclass(frozen=True, slots=True)
class DrawerKicked:
    """ESC p, or DLE DC4 1: a pulse on a drawer's pin."""

    pin: int
    pulse_ms: int


@dataclass(frozen=True, slots=True)
class Unknown:
    command: bytes


Asked = StatusAsked | PrintedSoFar | ReportsWanted | IdentityAsked
ASKS: dict[bytes, type[Asked]] = {
    b"\x10\x04": StatusAsked,
    b"\x1dr": PrintedSoFar,
    b"\x1da": ReportsWanted,
    b"\x1dI": IdentityAsked,
}
Event = Printed | QrPrinted | PicturePrinted | Fed | CutOff | Asked | DrawerKicked | Unknown


class EscposReader:
    """One printer's state between bytes."""

    def __init__(self) -> None:
        self._waiting = b""
        self._raw = b""
        self._reset()

    def feed(self, data: bytes) -> list[Event]:
        """What happens once these bytes have come; half a command waits for its other half."""
        self._waiting += data
        events: list[Event] = []
        while size := self._next_size():
            piece, self._waiting = self._waiting[:size], self._waiting[size:]
            if piece[0] != DLE:  # what is asked and done in real time is nothing to print
                self._raw += piece
            events += self._obey(piece)
        return events

    def _reset(self) -> None:
        """ESC @: Chinese models come up in Chinese mode."""
        self._style = Style()
        self._chinese = True
        self._runs: list[tuple[str, Style]] = []
        self._qr = QrPrinted(b"", 3, "L", 0)

    def _next_size(self) -> int:
        """How long the next character or command is; 0 while it is not all there."""
        data = self._waiting
        if not data:
            return 0
        if data[0] in (ESC, FS, GS, DLE):
            size = _command_size(data)
        else:
            size = 2 if self._chinese and data[0] in GBK_LEAD else 1
        return size if size <= len(data) else 0

    def _obey(self, piece: bytes) -> list[Event]:
        if piece[0] in (ESC, FS, GS, DLE):
            return self._command(piece[:2], piece[2:])
        if piece[0] == LF:
            runs, self._runs = tuple(self._runs), []
            return [Printed(runs, self._style.align)]
        if piece[0] in PRINTABLE or len(piece) > 1:
            self._runs.append((piece.decode("gbk", "replace"), self._style))
        return []

    def _command(self, name: bytes, parameters: bytes) -> list[Event]:
        """A setting, something on the paper, something beside it, or nothing we know."""
        if self._set(name, parameters):
            return []
        match name:
            case b"\x1bd":
                return [Fed(parameters[0])]
            case b"\x1d(" if parameters[:1] == b"k" and parameters[3:4] == b"1":
                return self._two_dimensional(parameters[4:5], parameters[5:])
            case b"\x1dv" if int.from_bytes(parameters[2:4], "little"):
                return [PicturePrinted(int.from_bytes(parameters[2:4], "little"), parameters[6:], self._style.align)]
            case b"\x1dV" | b"\x1bi" | b"\x1bm":
                raw, self._raw = self._raw, b""
                return [CutOff(raw)]
            case _:
                return _beside(name, parameters)

    def _set(self, name: bytes, parameters: bytes) -> bool:
        match name:
            case b"\x1b@":
                self._reset()
            case b"\x1ba":
                self._style = replace(self._style, align=parameters[0] & 3)
            case b"\x1d!":
                self._style = replace(self._style, wide=(parameters[0] >> 4) + 1, high=(parameters[0] & 7) + 1)
            case b"\x1c&" | b"\x1c.":
                self._chinese = name == b"\x1c&"
            case _:
                return False
        return True

    def _two_dimensional(self, function: bytes, value: bytes) -> list[Event]:
        """GS ( k, symbol 49: QR."""
        match function:
            case b"C" if value:
                self._qr = replace(self._qr, module_dots=value[0])
            case b"E" if value:
                self._qr = replace(self._qr, correction="LMQH"[(value[0] - 0x30) & 3])
            case b"P":
                self._qr = replace(self._qr, data=value[1:])
            case b"Q":
                return [replace(self._qr, align=self._style.align)]
        return []


def _beside(name: bytes, parameters: bytes) -> list[Event]:
    """What happens beside the paper."""
    if name in ASKS:
        return [ASKS[name](parameters[0])]
    match name:
        case b"\x1bp":
            return [DrawerKicked(_pin(parameters[0]), parameters[1] * 2)]
        case b"\x10\x14" if parameters[0] == 1:
            return [DrawerKicked(_pin(parameters[1]), parameters[2] * 100)]
        case _:
            is_known = name in LONG or (name[0], name[1]) in PARAMETERS
            return [] if is_known else [Unknown(name + parameters)]


def _pin(number: int) -> int:
    return 5 if number & 1 else 2


def _command_size(data: bytes) -> int:
    """Bytes of the command that begins here, as far as it can be told; more than there are if it cannot yet."""
    if len(data) < 2:  # noqa: PLR2004
        return 2
    if data[:2] in LONG:
        return _long_size(data)
    return 2 + PARAMETERS.get((data[0], data[1]), 0)


def _long_size(data: bytes) -> int:
    """GS commands that bring their own length: ( with pL pH, V with a feed, v with a raster, k with bars."""
    wanted = {b"(": 5, b"V": 3, b"v": 8, b"k": 4}[data[1:2]]
    if len(data) < wanted:
        return wanted
    match data[1:2]:
        case b"(":
            return 5 + int.from_bytes(data[3:5], "little")
        case b"V":
            return 4 if data[2] >= 65 else 3  # noqa: PLR2004 - 'A' and 'B' feed first
        case b"v":
            return 8 + int.from_bytes(data[4:6], "little") * int.from_bytes(data[6:8], "little")
        case _:
            return _bars_size(data)


def _bars_size(data: bytes) -> int:
    if data[2] >= 65:  # noqa: PLR2004 - function B tells the length, function A ends with NUL
        return 4 + data[3]
    end = data.find(0, 3)
    return end + 1 if end >= 0 else len(data) + 1
