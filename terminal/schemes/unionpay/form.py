"""UnionPay's two spellings of a flat message: requests and notices percent-encoded, synchronous replies as they are.

A reply is `name=value` joined by `&` with nothing escaped, so a value may hold `=`, and `&` only inside braces.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from terminal.schemes import forms
from terminal.schemes.fields import LARGEST, Malformed

CONTENT_TYPE = "application/x-www-form-urlencoded;charset=UTF-8"
MOST_FIELDS = 100

_NAME = re.compile(r"[0-9A-Za-z_]{1,64}")
_PAIR = re.compile(r"(?P<name>[0-9A-Za-z_]{1,64})=(?P<value>\{[^{}]*\}|[^&]*)(?:&|\Z)")


def read_form(body: bytes) -> dict[str, str]:
    """A percent-encoded message. Raises Malformed on bytes that are none."""
    try:
        pairs = forms.pairs(_text(body), MOST_FIELDS, strict=True)
    except ValueError as error:
        raise Malformed("", "is not a form") from error
    if not all(_NAME.fullmatch(name) for name, _ in pairs):
        raise Malformed("", "has a name that no field has")
    return _unique(pairs)


def write_form(fields: Mapping[str, str]) -> bytes:
    return urlencode(fields).encode()


def read_plain(body: bytes) -> dict[str, str]:
    """A reply. Raises Malformed on bytes that are none."""
    text, at = _text(body), 0
    pairs: list[tuple[str, str]] = []
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None or len(pairs) == MOST_FIELDS:
            raise Malformed("", "is not name=value joined by &")
        pairs.append((pair["name"], pair["value"]))
        at = pair.end()
    return _unique(pairs)


def write_plain(fields: Mapping[str, str]) -> bytes:
    return "&".join(f"{name}={value}" for name, value in fields.items()).encode()


def _text(body: bytes) -> str:
    if len(body) > LARGEST:
        raise Malformed("", f"is longer than {LARGEST} bytes")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("", "is not UTF-8") from error


def _unique(pairs: list[tuple[str, str]]) -> dict[str, str]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise Malformed("", "has a name twice")
    return values
