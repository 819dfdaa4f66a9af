"""The texts that Alipay's codes hold, how long they live, and how its wire spells money and time."""

import re

from terminal.money import Money
from terminal.schemes.beijing import moment
from terminal.schemes.fields import Fields, Malformed

# Sixteen to twenty-four digits beginning 25 to 30 (alipay.trade.pay, auth_code).
PAYMENT_CODE = re.compile(r"(?:2[5-9]|30)[0-9]{14,22}")

# "Letters, digits and underscores"; hyphens too in practice. Nothing else is let into a signed text of ours.
ORDER_NUMBER = re.compile(r"[0-9A-Za-z_\-]{1,64}")
TRADE_NUMBER = re.compile(r"[0-9]{16,64}")

# What a precreated order is drawn as.
ORDER_URL = "https://qr.alipay.com/bax"

# Their words, as they may be shown and kept: codes, sub-codes, trade states.
WORD = re.compile(r"[0-9A-Za-z_.\-]+")

TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
LIFE = re.compile(r"([1-9][0-9]{0,4})([mhd])")  # of an order: minutes, hours, days ("1c", until midnight, is not read)

# Yuan as text with two decimals, from one fen to a hundred million yuan (alipay.trade.pay, total_amount).
_YUAN = re.compile(r"(?:0|[1-9][0-9]{0,8})\.[0-9]{2}")
MOST_FEN = 100_000_000_00


def yuan(fen: int) -> str:
    return Money(fen).decimal


def fen(fields: Fields, name: str, least: int = 1) -> int:
    """An amount of yuan as fen; raises Malformed for any spelling but digits with exactly two decimals."""
    amount = Money.parse(fields.text(name, 12, _YUAN)).minor
    if not least <= amount <= MOST_FEN:
        raise Malformed(name, f"must be between {yuan(least)} and {yuan(MOST_FEN)}")
    return amount


def fen_or_none(fields: Fields, name: str) -> int | None:
    """As `fen`, noughts included; an absent one is None."""
    return fen(fields, name, least=0) if name in fields else None


def beijing(unix_s: float) -> str:
    """As Alipay writes times: `2026-11-23 10:15:30`, Beijing's."""
    return moment(unix_s).strftime("%Y-%m-%d %H:%M:%S")
