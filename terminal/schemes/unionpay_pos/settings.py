"""What a contract with an acquirer's POS line says in a config file. The master key is a file of the owner's alone."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from terminal.errors import ConfigError
from terminal.scheme import Till
from terminal.schemes.unionpay_pos import codes
from terminal.schemes.unionpay_pos.calls import Desk
from terminal.schemes.unionpay_pos.dialect import Dialect
from terminal.schemes.unionpay_pos.keys import read_master_key
from terminal.schemes.unionpay_pos.mac import Method
from terminal.schemes.unionpay_pos.wire import PosWire


@dataclass(frozen=True, slots=True)
class Settings:
    """Where acquirers differ, the defaults are those of the most messages seen."""

    terminal_no: str  # eight characters, the acquirer's
    merchant_no: str  # fifteen
    master_key: Path  # the TMK: 32 hexadecimal digits
    batch: str = "000001"  # until a sign-in says which
    operator: str = "01"
    tpdu: str = "6000030000"
    header: str = "603100311004"
    code_element: Literal[57, 59] = 59
    mac: Literal["cup-ecb", "x9.9", "x9.19", "x9.19-3des"] = "cup-ecb"
    de60_suffix: str = "600"
    keeps_line: bool = False  # one connection for all exchanges, else one for each, as terminals dial in


# What each text must be, from end to end.
_FORMS = {
    "terminal_no": codes.TERMINAL_ID,
    "merchant_no": codes.MERCHANT_ID,
    "batch": codes.BATCH,
    "operator": codes.OPERATOR,
    "tpdu": re.compile(r"60[0-9A-Fa-f]{8}"),
    "header": re.compile(r"[0-9A-Fa-f]{12}"),
    "de60_suffix": re.compile(r"[0-9]{0,6}"),
}


def connect(settings: Settings, till: Till) -> PosWire:  # noqa: ARG001 - the acquirer numbers its terminals itself
    """Raises ConfigError for what cannot be written in a message, or a key that cannot be used."""
    for name, form in _FORMS.items():
        value = getattr(settings, name)
        if not form.fullmatch(value):
            raise ConfigError(f"acquirer unionpay_pos: {name} = {value!r}; it must match {form.pattern}")
    dialect = Dialect(
        tpdu=settings.tpdu.upper(),
        header=settings.header.upper(),
        code_element=settings.code_element,
        mac=Method(settings.mac),
        de60_suffix=settings.de60_suffix,
    )
    desk = Desk(settings.terminal_no, settings.merchant_no, settings.batch, dialect, settings.operator)
    return PosWire(desk, read_master_key(settings.master_key), keeps_line=settings.keeps_line)
