"""Reads a JSON object strictly: whatever is not as the manual says is named by field and rule.

Shared by the wallets that speak JSON, at both ends: a host answers with the name of the field that is wrong, a
till treats the reply as no reply.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from terminal.money import CURRENCIES, Money

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")  # JSON can spell what UTF-8 cannot
_DIGITS = re.compile("[0-9]+")
_LONGEST_NUMBER = 15  # digits
_EMPTY: tuple[object, ...] = ("", None, {})
LARGEST = 65536  # bytes; no body on these wires comes near


class Malformed(ValueError):
    """A message that is not what its manual says; never carries the value, which may be a secret."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field or 'the body'} {rule}")
        self.field = field
        self.rule = rule


def money_told(minor: int | None, currency: str) -> Money | None:
    """What a message tells of an amount; None where it tells none, or in a currency that we do not know."""
    known = CURRENCIES.get(currency)
    return Money(minor, known) if minor is not None and known else None


class Fields:
    """A JSON object whose getters raise Malformed with the full name of the field."""

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self._values = values
        self._path = path

    @classmethod
    def parse(cls, body: bytes) -> "Fields":
        """Raises Malformed unless `body` is one UTF-8 JSON object in which no name occurs twice."""
        if len(body) > LARGEST:
            raise Malformed("", f"is longer than {LARGEST} bytes")
        try:
            values = _READER.decode(body.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise Malformed("", "is not JSON") from error
        if not isinstance(values, dict):
            raise Malformed("", "is not a JSON object")
        return cls(values)

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def text(self, name: str, longest: int, pattern: re.Pattern[str] | None = None) -> str:
        """A non-empty string of at most `longest` characters that matches `pattern` from end to end."""
        value = self._required(name)
        if not isinstance(value, str) or not 1 <= len(value) <= longest:
            raise Malformed(self._path + name, f"must be text of 1 to {longest} characters")
        if not value.isascii() and _HALF_CHARACTER.search(value):
            raise Malformed(self._path + name, "is not Unicode text")
        if pattern and not pattern.fullmatch(value):
            raise Malformed(self._path + name, f"must match {pattern.pattern}")
        return value

    def text_or_empty(self, name: str, longest: int, pattern: re.Pattern[str] | None = None) -> str:
        """As `text`; an absent, null or empty one is the empty string."""
        return self.text(name, longest, pattern) if self._values.get(name) else ""

    def integer(self, name: str, least: int = 0) -> int:
        value = self._required(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise Malformed(self._path + name, f"must be a whole number of at least {least}")
        return value

    def digits(self, name: str, least: int = 0) -> int:
        """A whole number that is written as text, as XML and forms do."""
        value = int(self.text(name, _LONGEST_NUMBER, _DIGITS))
        if value < least:
            raise Malformed(self._path + name, f"must be a whole number of at least {least}")
        return value

    def inner(self, name: str) -> "Fields":
        value = self._required(name)
        if not isinstance(value, dict):
            raise Malformed(self._path + name, "must be an object")
        return Fields(value, f"{self._path}{name}.")

    def inner_or_empty(self, name: str) -> "Fields":
        """As `inner`; an absent or null one is an empty object."""
        return self.inner(name) if name in self else Fields({}, f"{self._path}{name}.")

    def each(self, name: str) -> "list[Fields]":
        """The objects of a list."""
        value = self._required(name)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise Malformed(self._path + name, "must be a list of objects")
        return [Fields(item, f"{self._path}{name}[{index}].") for index, item in enumerate(value)]

    def _required(self, name: str) -> object:
        value = self._values.get(name)
        if value is None:
            raise Malformed(self._path + name, "is missing")
        return value


def to_json(message: dict[str, Any]) -> bytes:
    """The message as UTF-8 JSON, without what is empty: these wires leave out what there is nothing to say about."""
    return _WRITER.encode(_without_empty(message)).encode()


def _without_empty(message: dict[str, Any]) -> dict[str, Any]:
    kept = ((name, _without_empty(value) if isinstance(value, dict) else value) for name, value in message.items())
    return {name: value for name, value in kept if value or value not in _EMPTY}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name occurs twice")
    return values


# Made once: `json.loads` and `json.dumps` make theirs anew at each call that asks for anything but the default.
_READER = json.JSONDecoder(object_pairs_hook=_unique)
_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
