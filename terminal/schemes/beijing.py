"""Beijing time as these wires write it: fourteen digits, `20261123101320`."""

from datetime import datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=8))
_DIGITS = "%Y%m%d%H%M%S"


def moment(unix_s: float) -> datetime:
    """In whole seconds."""
    return datetime.fromtimestamp(int(unix_s), ZONE)


def stamp(unix_s: float) -> str:
    return moment(unix_s).strftime(_DIGITS)


def read_stamp(text: str) -> int:
    """Unix seconds; raises ValueError for what is no time."""
    return int(datetime.strptime(text, _DIGITS).replace(tzinfo=ZONE).timestamp())
