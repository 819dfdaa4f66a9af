"""The flat `<xml>` of WeChat Pay v2 and of UnionPay's qra front end, and the keyed signature both put into it.

Foreign XML is read as the two dialects need it and no further: one `<xml>`, fields of text in it, nothing declared,
nothing nested, nothing twice. What is typed about a field is asked of `fields.Fields`.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import NoReturn
from xml.parsers import expat

from terminal.schemes.fields import LARGEST, Malformed

ROOT = "xml"
SIGN = "sign"
LONGEST_NAME = 64

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}  # a bare return would be read as a new line
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2


class SignType(StrEnum):
    """How a message is signed; where it does not say, by MD5."""

    MD5 = "MD5"
    HMAC_SHA256 = "HMAC-SHA256"


def read(body: bytes) -> dict[str, str]:
    """The fields in the order they came, empty ones as empty text. Raises Malformed on any other bytes."""
    if len(body) > LARGEST:
        raise Malformed("", f"is longer than {LARGEST} bytes")
    reading = _Reading()
    try:
        reading.parser.Parse(body, True)
    except expat.ExpatError as error:
        raise Malformed("", "is not XML in UTF-8") from error
    return reading.fields


def write(fields: Mapping[str, str]) -> bytes:
    """The fields as UTF-8 XML, without the empty ones, which no signature covers."""
    said = "".join(f"<{name}>{_escaped(text)}</{name}>" for name, text in fields.items() if text)
    return f"<{ROOT}>{said}</{ROOT}>".encode()


def holdable(text: str) -> str:
    """The text without the characters that XML cannot spell: to be taken out before a signature is made."""
    return _NOT_XML.sub("", text)


def signature(fields: Mapping[str, str], key: str, kind: SignType = SignType.MD5) -> str:
    """Sort the fields that say something, join them, append the key, hash (WeChat Pay v2, signing chapter)."""
    said = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if fields[name] and name != SIGN)
    message = f"{said}&key={key}".encode("utf-8", "surrogatepass")
    if kind is SignType.HMAC_SHA256:
        return hmac.new(key.encode(), message, hashlib.sha256).hexdigest().upper()
    return hashlib.md5(message, usedforsecurity=False).hexdigest().upper()  # theirs to choose, not ours


def signed(fields: Mapping[str, str], key: str, kind: SignType = SignType.MD5) -> dict[str, str]:
    """The same fields with their signature as the last."""
    return {**fields, SIGN: signature(fields, key, kind)}


def is_signed(fields: Mapping[str, str], key: str, kind: SignType = SignType.MD5) -> bool:
    """Whether the fields carry their own signature; any may be asked about."""
    said = fields.get(SIGN, "").encode("utf-8", "surrogatepass")
    return hmac.compare_digest(said, signature(fields, key, kind).encode())


class _Reading:
    """What expat tells, kept where it is allowed."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._path: list[str] = []
        self._parts: list[str] = []
        self.parser = expat.ParserCreate("utf-8")  # whatever the document says of itself
        self.parser.StartElementHandler = self._opens
        self.parser.EndElementHandler = self._closes
        self.parser.CharacterDataHandler = self._says
        self.parser.StartDoctypeDeclHandler = _declares

    def _opens(self, name: str, attributes: Mapping[str, str]) -> None:
        self._path.append(name)
        if attributes or len(name) > LONGEST_NAME:
            raise Malformed("", "has an attribute or a name too long for a field")
        match self._path:
            case [root] if root == ROOT:
                return
            case [_, field] if field not in self.fields:
                self._parts.clear()
            case [_, field]:
                raise Malformed(field, "occurs twice")
            case _:
                raise Malformed("", f"is not one flat <{ROOT}>")

    def _says(self, text: str) -> None:
        if len(self._path) > 1:
            self._parts.append(text)
        elif text.strip():
            raise Malformed("", "has text outside its fields")

    def _closes(self, name: str) -> None:
        if len(self._path) > 1:
            self.fields[name] = "".join(self._parts)
        self._path.pop()


def _declares(*_: object) -> NoReturn:
    raise Malformed("", "declares a document type")


def _escaped(text: str) -> str:
    if _NOT_XML.search(text):
        raise ValueError("a character that XML cannot spell")
    return "".join(_ESCAPES.get(character, character) for character in text)
