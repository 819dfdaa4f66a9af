"""The frame of a merchant-presented code: text in objects of id, length and value, closed by a checksum.

EMVCo MPM v1.1: lengths count characters, the checksum covers the UTF-8 bytes. Whatever is wrong is named with the
place (a character offset) and the rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 512  # characters
CRC_ID, CRC_LENGTH = "63", 4
FIRST = "000201"  # payload format indicator, version 01
_HEADER = 4  # characters of id and length


class Malformed(ValueError):
    """A code that breaks a rule of its specification; `at` is a character's offset, or a byte's in a CPM code."""

    def __init__(self, at: int, rule: str) -> None:
        super().__init__(f"at {at}: {rule}")
        self.at = at
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Item:
    """One object; `at` is where its value begins."""

    id: str
    value: str
    at: int


def items(text: str, at: int = 0) -> dict[str, Item]:
    """The objects of one level, in their order; raises Malformed on overruns and on an id that comes twice."""
    found: dict[str, Item] = {}
    for item in _walk(text, at):
        if item.id in found:
            raise Malformed(item.at - _HEADER, f"id {item.id} comes twice")
        found[item.id] = item
    return found


def opened(text: str) -> dict[str, Item]:
    """The objects of a whole code but the checksum, which is right; raises Malformed."""
    if len(text) > LONGEST:
        raise Malformed(LONGEST, f"longer than {LONGEST} characters")
    if not text.startswith(FIRST):
        raise Malformed(0, f"must begin {FIRST}")
    found = items(text)
    last = list(found.values())[-1]
    if last.id != CRC_ID or len(last.value) != CRC_LENGTH:
        raise Malformed(len(text), f"must end in the checksum, id {CRC_ID} with {CRC_LENGTH} characters")
    right = crc(text[: last.at])
    if last.value.upper() != right:  # lower case is accepted, and never written
        raise Malformed(last.at, f"the checksum is {last.value}, and {right} would be right")
    del found[CRC_ID]
    return found


def closed(content: str) -> str:
    """The objects with their checksum; raises Malformed where they are too long for a code."""
    text = f"{content}{CRC_ID}{CRC_LENGTH:02}"
    if len(text) + CRC_LENGTH > LONGEST:
        raise Malformed(LONGEST, f"longer than {LONGEST} characters")
    return text + crc(text)


def item(id_: str, value: str) -> str:
    """One object as text, nothing where there is no value; raises Malformed for one of over 99 characters."""
    if len(value) > 99:  # noqa: PLR2004 - two digits
        raise Malformed(0, f"id {id_} is longer than 99 characters")
    return f"{id_}{len(value):02}{value}" if value else ""


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE over the UTF-8 bytes: polynomial 1021, from FFFF, not reflected; four upper-case digits."""
    register = 0xFFFF
    for byte in text.encode("utf-8", "surrogatepass"):  # half a character is wrong elsewhere, not here
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ 0x1021 if register & 0x8000 else register << 1
        register &= 0xFFFF
    return f"{register:04X}"


def _walk(text: str, at: int) -> Iterator[Item]:
    place = 0
    while place < len(text):
        header = text[place : place + _HEADER]
        if len(header) < _HEADER or not (header.isascii() and header.isdigit()):
            raise Malformed(at + place, "two digits of id and two of length must stand here")
        length = int(header[2:])
        value = text[place + _HEADER : place + _HEADER + length]
        if length == 0 or len(value) < length:
            raise Malformed(at + place, f"id {header[:2]} says {length} characters, and {len(value)} are left")
        yield Item(header[:2], value, at + place + _HEADER)
        place += _HEADER + length
