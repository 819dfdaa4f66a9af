"""The words of the house as JSON, and back by their types: what is usual is left out."""

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any

from terminal.money import CURRENCIES, Currency


def plain(value: object) -> Any:
    """Any of our frozen dataclasses, and what they are made of, as JSON has it."""
    if isinstance(value, Currency):
        return value.code
    if isinstance(value, (Enum, Decimal, date)):
        return str(value)
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if not is_dataclass(value):
        return value
    found = {item.name: (getattr(value, item.name), _usual(item)) for item in fields(value)}
    return {name: plain(one) for name, (one, usual) in found.items() if one != usual}


def read(hint: Any, value: Any) -> Any:
    """What `plain` made of a value of this type; KeyError, TypeError or ValueError where it is of another."""
    inner = typing.get_args(hint)
    if isinstance(origin := typing.get_origin(hint), type) and issubclass(origin, Mapping):
        return {name: read(inner[1], one) for name, one in value.items()}
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return tuple(read(inner[0], one) for one in value)
    if origin in (types.UnionType, typing.Union):
        return None if value is None else read(next(one for one in inner if one is not type(None)), value)
    return read_call(hint, value)() if is_dataclass(hint) and hint is not Currency else _simple(hint, value)


def read_call(call: Any, values: Mapping[str, Any]) -> "partial[Any]":
    """A call of a dataclass or a function, its arguments read by the types it names."""
    hints = typing.get_type_hints(call)
    return partial(call, **{name: read(hints[name], value) for name, value in values.items()})


def _simple(hint: Any, value: Any) -> Any:
    if hint is Currency:
        return CURRENCIES[value]
    if hint is date:
        return date.fromisoformat(value)
    return hint(value) if isinstance(hint, type) and issubclass(hint, (Enum, Decimal, float)) else value


def _usual(item: "Field[Any]") -> object:
    return item.default if item.default_factory is MISSING else item.default_factory()
