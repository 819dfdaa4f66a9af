"""Beijing time as these wires write it: fourteen digits, `20261123101320`."""

import re
from datetime import datetime

from terminal.scheme import BEIJING

_DIGITS = "%Y%m%d%H%M%S"
_STAMP = re.compile("[0-9]{14}")


def moment(unix_s: float) -> datetime:
    """In whole seconds."""
    return datetime.fromtimestamp(int(unix_s), BEIJING)


def stamp(unix_s: float) -> str:
    return moment(unix_s).strftime(_DIGITS)


def read_stamp(text: str) -> int:
    """Unix seconds; raises ValueError for what is no time."""
    if not _STAMP.fullmatch(text):
        raise ValueError("not fourteen digits")
    # Several times faster than `strptime`, which a host would call for every order.
    return int(datetime.fromisoformat(f"{text[:8]}T{text[8:]}").replace(tzinfo=BEIJING).timestamp())
