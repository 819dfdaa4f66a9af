"""Who stands behind a UnionPay code: bank apps as data, with their limits, their refusals and their own words.

A bank is no wallet of its own: its customers' codes go over UnionPay's wire, and only the label on a receipt and the
way it says no tell one from another. The table is `issuers.toml`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

CODE_LENGTH = 19


@dataclass(frozen=True, slots=True)
class Decline:
    """How an issuer says no: UnionPay's answer code, and the bank's own text."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Issuer:
    """One bank or app. Limits are in fen; above `free_password_fen` a password is always asked for."""

    key: str
    name: str
    native_name: str
    label: str  # as receipts print it
    institution: str  # UnionPay's eight digits
    prefixes: tuple[str, ...]
    grade: str
    source: str
    free_password_fen: int
    single_limit_fen: int
    day_limit_fen: int
    declines: Mapping[str, Decline]


@cache
def issuers() -> Mapping[str, Issuer]:
    """All of them by key, UnionPay's own app first."""
    table = tomllib.loads((files("firmware_sim") / "issuers.toml").read_text("utf-8"))
    common = table["declines"]
    return {row["key"]: _issuer(row, common) for row in table["issuer"]}


def _issuer(row: dict[str, Any], common: Mapping[str, list[str]]) -> Issuer:
    declines = {reason: Decline(*said) for reason, said in {**common, **row.pop("declines", {})}.items()}
    return Issuer(**{**row, "prefixes": tuple(row["prefixes"]), "declines": declines})
