"""What a bad cable does to the bytes on it."""

from enum import StrEnum


class Damage(StrEnum):
    DROP = "drop"  # a byte is lost
    DOUBLE = "double"  # a byte comes twice
    FLIP = "flip"  # its lowest bit is turned: a digit becomes its neighbour


def damaged(data: bytes, damage: Damage, at: int) -> bytes:
    """`data` with that done to the byte at `at` (modulo its length)."""
    if not data:
        return data
    at %= len(data)
    before, byte, after = data[:at], data[at : at + 1], data[at + 1 :]
    changed = {Damage.DROP: b"", Damage.DOUBLE: byte * 2, Damage.FLIP: bytes([byte[0] ^ 1])}
    return before + changed[damage] + after


def at_wrong_speed(data: bytes) -> bytes:
    """What a host that listens at another speed hears: nothing printable."""
    return bytes(byte >> 1 | 0x80 for byte in data)
