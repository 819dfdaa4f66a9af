"""A customer-presented code (EMVCo CPM v1.1): base64 of BER-TLV that begins with what every such code begins with.

A till only needs to know that it is one, whose it is (the application identifier), and that nothing in it is
broken: what pays (a token in track 2, a cryptogram) goes to the acquirer as it came. It is a bearer secret, so it
stays out of `repr` and of every error.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from terminal.codes.emv.tlv import Malformed

LONGEST = 1024  # characters; readers must take 512 bytes, which is 684
VERSION = b"CPV01"
UNIONPAY = bytes.fromhex("A000000333")  # its registered identifier; 010101 debit, 010102 credit, 010103, 010106

FORMAT, APPLICATION, COMMON = "85", "61", "62"
AID, LABEL, TRACK_2, PAN, PAN_SEQUENCE, OPAQUE = "4F", "50", "57", "5A", "5F34", "63"
_LENGTHS: Mapping[str, range] = {AID: range(5, 17), TRACK_2: range(1, 20), PAN: range(1, 11)}
_SHORT_FORM, _LENGTH_BYTES = 0x80, 2  # two bytes of length are 64 kB, beyond any code


@dataclass(frozen=True, slots=True)
class Application:
    """One way to pay that the customer offers; `objects` are its data objects by tag, as they came."""

    aid: bytes
    label: str
    objects: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class CustomerPayload:
    applications: tuple[Application, ...]  # one or two, the customer's first choice first
    common: Mapping[str, bytes] = field(repr=False)

    def application(self, *identifiers: bytes) -> Application | None:
        """The first application that belongs to one of these, by prefix."""
        return next((one for one in self.applications if one.aid.startswith(identifiers)), None)


def parse(text: str) -> CustomerPayload:
    """Raises Malformed with the byte's offset and the rule, and nothing else, whatever `text` is."""
    objects = list(_objects(_bytes(text), 0))
    tag, value, at = objects[0] if objects else ("", b"", 0)
    if tag != FORMAT or value != VERSION:
        raise Malformed(at, f"must begin with object {FORMAT} saying {VERSION.decode()}")
    templates = [(value, at) for tag, value, at in objects if tag == APPLICATION]
    if not 1 <= len(templates) <= 2:  # noqa: PLR2004 - as the specification has it
        raise Malformed(0, f"one or two objects {APPLICATION} are wanted, not {len(templates)}")
    shared = [(value, at) for tag, value, at in objects if tag == COMMON]
    if len(shared) > 1:
        raise Malformed(shared[1][1], f"object {COMMON} comes twice")
    common = _unique(*shared[0]) if shared else {}
    return CustomerPayload(tuple(_application(_unique(*one), common, one[1]) for one in templates), common)


def build(payload: CustomerPayload) -> str:
    """The code's text, for a phone that shows it."""
    parts = [_object(FORMAT, VERSION)]
    parts += [_object(APPLICATION, _joined(application.objects)) for application in payload.applications]
    if payload.common:
        parts.append(_object(COMMON, _joined(payload.common)))
    return base64.b64encode(b"".join(parts)).decode()


def application(objects: Mapping[str, bytes]) -> Application:
    """From its objects by tag; raises Malformed where one that must be there is not."""
    return _application(objects, {}, 0)


def _bytes(text: str) -> bytes:
    if len(text) > LONGEST:
        raise Malformed(LONGEST, f"longer than {LONGEST} characters")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(0, "is not base64") from None  # the cause would quote the code


def _application(objects: Mapping[str, bytes], common: Mapping[str, bytes], at: int) -> Application:
    """`common` may hold the account where two products share one."""
    if AID not in objects:
        raise Malformed(at, f"an application has no identifier (object {AID})")
    if not {TRACK_2, PAN} & (objects.keys() | common.keys()):
        raise Malformed(at, f"an application has neither object {TRACK_2} nor {PAN}")
    for tag, lengths in _LENGTHS.items():
        if tag in objects and len(objects[tag]) not in lengths:
            raise Malformed(at, f"object {tag} has {len(objects[tag])} bytes, not {lengths.start} to {lengths[-1]}")
    return Application(objects[AID], objects.get(LABEL, b"").decode("ascii", "replace"), objects)


def _unique(content: bytes, at: int) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for tag, value, place in _objects(content, at):
        if tag in found:
            raise Malformed(place, f"object {tag} comes twice")
        found[tag] = value
    return found


def _objects(content: bytes, at: int) -> Iterator[tuple[str, bytes, int]]:
    """Tag, value and where the value begins, of each object on one level."""
    place = 0
    while place < len(content):
        tag = _tag(content, place, at)
        length, start = _length(content, place + len(tag), at)
        if start + length > len(content):
            raise Malformed(
                at + place, f"object {tag.hex().upper()} says {length} bytes and has {len(content) - start}"
            )
        yield tag.hex().upper(), content[start : start + length], at + start
        place = start + length


def _tag(content: bytes, place: int, at: int) -> bytes:
    """One byte, or two where the low five bits are all set; EMV has no longer ones."""
    size = 2 if content[place] & 0x1F == 0x1F else 1  # noqa: PLR2004
    if place + size > len(content) or (size > 1 and content[place + 1] & 0x80):
        raise Malformed(at + place, "a tag breaks off, or is longer than two bytes")
    return content[place : place + size]


def _length(content: bytes, place: int, at: int) -> tuple[int, int]:
    """The length and where the value begins."""
    if place >= len(content):
        raise Malformed(at + place, "a length is missing")
    first = content[place]
    if first < _SHORT_FORM:
        return first, place + 1
    size = first - _SHORT_FORM
    if not 1 <= size <= _LENGTH_BYTES or place + 1 + size > len(content):
        raise Malformed(at + place, "a length breaks off, or is longer than two bytes")
    return int.from_bytes(content[place + 1 : place + 1 + size]), place + 1 + size


def _joined(objects: Mapping[str, bytes]) -> bytes:
    return b"".join(_object(tag, value) for tag, value in objects.items())


def _object(tag: str, value: bytes) -> bytes:
    size = len(value)
    length = bytes([size]) if size < _SHORT_FORM else bytes([_SHORT_FORM + 1, size]) if size < 256 else None  # noqa: PLR2004
    if length is None:
        raise Malformed(0, f"object {tag} is longer than 255 bytes")
    return bytes.fromhex(tag) + length + value
