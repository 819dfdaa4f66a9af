"""What a contract with an aggregated front end says in a config file. The key is a file of the owner's alone."""

from dataclasses import dataclass
from pathlib import Path

from terminal.scheme import Till
from terminal.schemes.qra.credentials import Credentials
from terminal.schemes.qra.wire import QraWire


@dataclass(frozen=True, slots=True)
class Settings:
    mch_id: str
    key: Path
    address: str = "127.0.0.1"  # the till's own, for the acquirer's risk control


def connect(settings: Settings, till: Till) -> QraWire:
    """Raises ConfigError for a key that cannot be used."""
    credentials = Credentials.from_files(settings.mch_id, key=settings.key)
    return QraWire(credentials, address=settings.address, terminal_id=till.terminal_id, notify_url=till.notify_url)
