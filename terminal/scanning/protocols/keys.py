"""A scanner that is a keyboard, read where Linux keeps its keys apart from everybody else's (evdev).

Key codes know no layout: scanners type as on a US keyboard, whatever the console is set to.
"""

import struct

from terminal.scanning.protocols.lines import LONGEST, STALE_S, LineProfile, text_of

RECORD = struct.Struct("qqHHi")  # seconds, microseconds, type, code, value: 24 bytes on 64-bit kernels
EV_KEY = 1
RELEASED, PRESSED = 0, 1  # 2 is a key held down, which types nothing here
SHIFTS, ENDS = (42, 54), (15, 28, 96)  # Tab, Enter, the keypad's Enter

_ROWS = {  # the first key's code, what the keys from there on type, and what they type with Shift
    2: ("1234567890-=", "!@#$%^&*()_+"),
    16: ("qwertyuiop[]", "QWERTYUIOP{}"),
    30: ("asdfghjkl;'`", 'ASDFGHJKL:"~'),
    43: ("\\zxcvbnm,./", "|ZXCVBNM<>?"),
    55: ("*", "*"),
    57: (" ", " "),
    71: ("789-456+1230.", "789-456+1230."),
    98: ("/", "/"),
}
TYPED = {
    first + place: pair
    for first, (plain, shifted) in _ROWS.items()
    for place, pair in enumerate(zip(plain, shifted, strict=True))
}


class KeyReader:
    """Makes codes of a keyboard's records, however they arrive in pieces; half a code is never a code."""

    def __init__(self, profile: LineProfile | None = None) -> None:
        self._profile = profile or LineProfile()
        self.reset()

    def reset(self) -> None:
        """It was unplugged."""
        self._rest = b""
        self._text = ""
        self._shifts: set[int] = set()
        self._last_s = 0.0

    def feed(self, data: bytes, now_s: float) -> list[str]:
        """What is complete once these bytes of records have come (seconds on any one clock)."""
        if now_s - self._last_s >= STALE_S:
            self._text = ""
        self._last_s = now_s
        self._rest += data
        whole = len(self._rest) - len(self._rest) % RECORD.size
        records, self._rest = self._rest[:whole], self._rest[whole:]
        codes = (self._key(code, value) for _, _, kind, code, value in RECORD.iter_unpack(records) if kind == EV_KEY)
        return [code for code in codes if code]

    def _key(self, code: int, value: int) -> str:
        """The text that this key has completed, if any."""
        if code in SHIFTS:
            (self._shifts.discard if value == RELEASED else self._shifts.add)(code)
        elif value == PRESSED and code in ENDS:
            text, self._text = self._text, ""
            return text_of(text.encode(), self._profile) if len(text) <= LONGEST else ""
        elif value == PRESSED and code in TYPED:
            self._text = (self._text + TYPED[code][bool(self._shifts)])[: LONGEST + 1]
        return ""


def keys(text: str) -> bytes:
    """A scanner's side: the records of a US keyboard that types `text` and Enter; KeyError where it lacks a key."""
    where = {character: (code, number) for code, pair in TYPED.items() for number, character in enumerate(pair)}
    presses = [SHIFTS[:1] * number + (code,) for code, number in (where[character] for character in text)]
    return b"".join(_chord(chord) for chord in [*presses, ENDS[1:2]])


def _chord(codes: tuple[int, ...]) -> bytes:
    """Keys pressed in turn, then let go the other way round."""
    events = [(code, PRESSED) for code in codes] + [(code, RELEASED) for code in reversed(codes)]
    return b"".join(RECORD.pack(0, 0, EV_KEY, code, value) + RECORD.pack(0, 0, 0, 0, 0) for code, value in events)
