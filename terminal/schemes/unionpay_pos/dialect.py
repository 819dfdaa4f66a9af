"""How a POS message is spelt: frame, header, bitmap and data elements of the Chinese bankcard POS, by a table.

    length 2 · TPDU 5 · header 6 · message type 2 · bitmap 8 · data elements · MAC 8

The table is a `pyiso8583` specification; three captured messages of real hosts decode and re-encode by it byte for
byte. Where acquirers differ, `Dialect` says which way. Sans-IO, and the same at both ends of the line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any, Literal

import iso8583

from terminal.schemes.fields import Malformed
from terminal.schemes.unionpay_pos.mac import Method, mac

LENGTH_BYTES = 2
ROUTING_BYTES = 11  # TPDU and header: outside the MAC
MAC_BYTES = 8
TPDU_ID = "60"
_TYPE = re.compile(r"0[0-9]{3}")  # of ISO 8583's first edition
LARGEST = 2048  # bytes of a frame; a full batch upload has about 400
MAC = 64
NO_MAC = "0" * 2 * MAC_BYTES

Spec = Mapping[str, Any]


def _number(digits: int, **more: str) -> Spec:
    """Packed decimals, as many as that."""
    return {"data_enc": "b", "len_enc": "bcd", "len_count": "nibbles", "len_type": 0, "max_len": digits} | more


def _numbers(digits: int, length_bytes: int) -> Spec:
    """Packed decimals, up to that many, pushed to the left."""
    return {**_number(digits, right_pad="0"), "len_type": length_bytes}


def _text(characters: int, length_bytes: int = 0) -> Spec:
    return {"data_enc": "latin-1", "len_enc": "bcd", "len_type": length_bytes, "max_len": characters}


def _binary(size: int, length_bytes: int = 0) -> Spec:
    return {"data_enc": "b", "len_enc": "bcd", "len_type": length_bytes, "max_len": size}


LL, LLL = 1, 2  # bytes of a packed length

SPEC: Mapping[str, Spec] = {
    "h": _binary(ROUTING_BYTES),
    "t": _binary(2),
    "p": _binary(8),
    "2": _numbers(19, LL),
    "3": _number(6),
    "4": _number(12),
    "11": _number(6),
    "12": _number(6),
    "13": _number(4),
    "14": _number(4),
    "15": _number(4),
    "22": _number(3, right_pad="0"),
    "23": _number(3, left_pad="0"),
    "25": _number(2),
    "26": _number(2),
    "32": _numbers(11, LL),
    "35": _numbers(37, LL),
    "36": _numbers(104, LLL),
    "37": _text(12),
    "38": _text(6),
    "39": _text(2),
    "41": _text(8),
    "42": _text(15),
    "44": _text(25, LL),
    "48": _numbers(322, LLL),
    "49": _text(3),
    "52": _binary(8),
    "53": _number(16),
    "54": _text(20, LLL),
    "55": _binary(255, LLL),
    "57": _text(999, LLL),
    "59": _text(999, LLL),
    "60": _numbers(17, LLL),
    "61": _numbers(29, LLL),
    "62": _binary(512, LLL),
    "63": _text(163, LLL),  # GBK inside, taken as bytes: a Chinese name that is cut in half must not cost a payment
    "64": _binary(MAC_BYTES),
}
# What must be decimal digits where it is packed; tracks may hold their separator, and these are not decimals.
_DECIMALS = [int(name) for name, spec in SPEC.items() if spec.get("len_count") and name not in ("35", "36")]


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where acquirers differ."""

    tpdu: str = "6000030000"  # identifier, destination, source
    header: str = "603100311004"  # the last two bytes are version and status, and not the same in every reply
    code_element: Literal[57, 59] = 59  # where the scanned code stands
    mac: Method = Method.CUP_ECB
    de60_suffix: str = "600"  # what the terminal can do: chips, among others


@dataclass(frozen=True, slots=True)
class Message:
    """A message type and its data elements, as digits, text or hex. Some hold payment codes or keys: no `repr`."""

    mti: str
    elements: Mapping[int, str] = field(repr=False)

    def __getitem__(self, element: int) -> str:
        """The element's text; empty where the message has none."""
        return self.elements.get(element, "")


@dataclass(frozen=True, slots=True)
class Received:
    """A message with the bytes it came in, which its MAC is over."""

    routing: str  # TPDU and header
    message: Message
    raw: bytes = field(repr=False)  # from the message type on

    def is_sealed_by(self, method: Method, key: bytes) -> bool:
        sealed, seal = self.raw[:-MAC_BYTES], self.raw[-MAC_BYTES:]
        return MAC in self.message.elements and compare_digest(mac(method, key, sealed), seal)


def write(message: Message, routing: str, method: Method | None = None, key: bytes = b"") -> bytes:
    """The frame, sealed where a method is given."""
    elements = dict(message.elements) | ({MAC: NO_MAC} if method else {})
    values = {"h": routing, "t": message.mti} | {str(number): value for number, value in elements.items()}
    raw = bytes(iso8583.encode(values, SPEC)[0])
    if method:
        raw = raw[:-MAC_BYTES] + mac(method, key, raw[ROUTING_BYTES:-MAC_BYTES])
    return len(raw).to_bytes(LENGTH_BYTES, "big") + raw


def returned(routing: str) -> str:
    """TPDU and header of a reply: the two addresses stand the other way about."""
    return routing[:2] + routing[6:10] + routing[2:6] + routing[10:]


def read(frame: bytes) -> Received:
    """What a frame says; raises Malformed. Any bytes may come."""
    raw = frame[LENGTH_BYTES:]
    if len(frame) > LARGEST or len(raw) != int.from_bytes(frame[:LENGTH_BYTES], "big"):
        raise Malformed("the frame", "is not as long as it says")
    try:
        values, _ = iso8583.decode(raw, SPEC)
    except iso8583.DecodeError as error:
        raise Malformed(f"DE {error.field}" if error.field.isdecimal() else "the header", error.msg) from error
    except KeyError as error:
        raise Malformed(f"DE {error.args[0]}", "is none of this dialect's") from error
    elements = {int(name): value for name, value in values.items() if name.isdecimal()}
    for number in _DECIMALS:
        if number in elements and not elements[number].isdecimal():
            raise Malformed(f"DE {number}", "must be decimal digits")
    if not _TYPE.fullmatch(values["t"]) or not values["h"].startswith(TPDU_ID):
        raise Malformed("the header", "is not one of this line's")
    return Received(values["h"], Message(values["t"], elements), raw[ROUTING_BYTES:])
