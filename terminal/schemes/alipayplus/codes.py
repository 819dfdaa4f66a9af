"""The texts that Alipay+ codes and messages hold, and how its wire spells money and time."""

import re
from dataclasses import dataclass
from datetime import datetime

from terminal.money import Money
from terminal.schemes.beijing import moment
from terminal.schemes.fields import Fields, Malformed

# Seventeen to thirty-two digits; today's have twenty-four. The mainland's own, of 25 to 30, are taken too.
PAYMENT_CODE = re.compile(r"(?:2[5-9]|30)[0-9]{15,30}")

REQUEST_ID = re.compile(r"[0-9A-Za-z_\-]{1,64}")
# Their words and numbers, as they may be shown and kept: result codes, payment and refund ids.
WORD = re.compile(r"[0-9A-Za-z_\-]{1,64}")
CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Amount:
    """Money as this wire has it: whole numbers of the currency's smallest unit, as text."""

    currency: str
    value: int

    @classmethod
    def of(cls, money: Money) -> "Amount":
        return cls(money.currency.code, money.minor)

    @classmethod
    def parse(cls, fields: Fields, name: str) -> "Amount":
        """Raises Malformed where it is absent or spelt otherwise."""
        inner = fields.inner(name)
        return cls(inner.text("currency", 3, CURRENCY), inner.digits("value"))

    @classmethod
    def parse_any(cls, fields: Fields, name: str) -> "Amount | None":
        return cls.parse(fields, name) if name in fields else None

    def said(self) -> dict[str, str]:
        return {"currency": self.currency, "value": str(self.value)}


def iso8601(unix_s: float) -> str:
    """As Alipay+ writes times: `2026-11-23T10:15:30+08:00`."""
    return moment(unix_s).isoformat()


def read_time(text: str) -> float:
    """Unix seconds; raises Malformed for a time without an offset, and for what is none."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed("time", "must be ISO 8601") from error
    if read.tzinfo is None:
        raise Malformed("time", "must have an offset")
    return read.timestamp()
