"""What a contract with UnionPay says in a config file. Keys are files of the owner's alone, never text in there."""

from dataclasses import dataclass
from pathlib import Path

from terminal.errors import ConfigError
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
    return UnionpayWire(credentials, terminal_id=terminal_id, notify_url=till.notify_url)
