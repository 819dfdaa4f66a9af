"""What a contract with UnionPay says in a config file. Keys are files of the owner's alone, never text in there."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from terminal.codes.emv.merchant import UnionPayAccount, parse
from terminal.codes.emv.tlv import Malformed
from terminal.codes.emv.universal import Shop, static_code
from terminal.errors import ConfigError
from terminal.money import CNY
from terminal.scheme import Till
from terminal.schemes.unionpay.certificates import UNIONPAY
from terminal.schemes.unionpay.codes import TERMINAL_ID
from terminal.schemes.unionpay.credentials import Credentials
from terminal.schemes.unionpay.wire import UnionpayWire


@dataclass(frozen=True, slots=True)
class Settings:
    mer_id: str  # fifteen digits or letters
    private_key: Path
    certificate: Path  # the merchant's: its serial number goes into every request
    authorities: tuple[Path, ...]  # that issue UnionPay's certificates
    signer: str = UNIONPAY  # the name in those certificates; "00040000:SIGN" in old test environments
    term_id: str = ""  # eight digits or letters; empty: the till's own, noughts before it
    shows: Literal["own", "universal"] = "own"  # UnionPay's own code, or the one that every wallet can pay
    institution: str = ""  # what a universal code says: eight digits of the acquirer…
    shop: str = ""  # …and the shop's name, city and category, in Latin letters
    city: str = ""
    mcc: str = "5411"


def connect(settings: Settings, till: Till) -> UnionpayWire:
    """Raises ConfigError for keys that cannot be used."""
    terminal_id = settings.term_id or till.terminal_id.rjust(8, "0")
    if not TERMINAL_ID.fullmatch(terminal_id):
        raise ConfigError(f"UnionPay: term_id = {terminal_id!r}: eight digits or letters are wanted")
    credentials = Credentials.from_files(
        settings.mer_id,
        private_key=settings.private_key,
        certificate=settings.certificate,
        authorities=settings.authorities,
        signer=settings.signer,
    )
    card = _card(settings) if settings.shows == "universal" else None
    return UnionpayWire(credentials, terminal_id=terminal_id, notify_url=till.notify_url, card=card)


def _card(settings: Settings) -> Shop:
    """What a universal code says of the shop."""
    account = UnionPayAccount(settings.institution, settings.institution, settings.mer_id)
    shop = Shop(account, settings.shop, settings.city, settings.mcc)
    try:
        is_whole = UnionPayAccount.of(parse(static_code(shop, CNY))) == account
    except Malformed as error:
        raise ConfigError(f"UnionPay: no code can be made of shop, city and mcc: {error}") from error
    if not is_whole:
        raise ConfigError(f"UnionPay: institution = {settings.institution!r}: eight digits are wanted")
    return shop
