"""Flat messages, whose fields are all text: one table says how each is spelt, and both ends read and write by it."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass

from terminal.schemes.fields import Fields

ANYTHING = re.compile(r"[^\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Spelling:
    """One field: its name on the wire, how long it may be, and what it looks like from end to end."""

    name: str
    longest: int
    pattern: re.Pattern[str] = ANYTHING


Table = Mapping[str, Spelling]  # by our own names


def spelt(message: object, table: Table) -> dict[str, str]:
    """A message's fields as they are sent: without the empty ones."""
    said = {spelling.name: getattr(message, name) for name, spelling in table.items()}
    return {name: text for name, text in said.items() if text}


def read(message: Mapping[str, str], table: Table, wanted: Container[str]) -> dict[str, str]:
    """Each field by our own name, an absent one empty; raises Malformed for a wrong one, or one missing of `wanted`."""
    fields = Fields({name: text for name, text in message.items() if text})
    return {name: _read(fields, spelling, is_wanted=name in wanted) for name, spelling in table.items()}


def _read(fields: Fields, spelling: Spelling, *, is_wanted: bool) -> str:
    getter = fields.text if is_wanted else fields.text_or_empty
    return getter(spelling.name, spelling.longest, spelling.pattern)
