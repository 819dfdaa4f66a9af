"""What a contract with Alipay+ says in a config file. Keys are files of the owner's alone, never text in there."""

from dataclasses import dataclass
from pathlib import Path

from terminal.scheme import Till
from terminal.schemes.alipayplus.calls import Shop
from terminal.schemes.alipayplus.credentials import Credentials
from terminal.schemes.alipayplus.wire import AlipayPlusWire


@dataclass(frozen=True, slots=True)
class Settings:
    client_id: str
    private_key: Path
    public_key: Path  # Alipay+'s
    merchant_id: str
    merchant_name: str
    mcc: str = "5411"
    store_id: str = "1"
    settlement_currency: str = ""  # of those in the contract; empty: the contract's only one


def connect(settings: Settings, till: Till) -> AlipayPlusWire:
    """Raises ConfigError for keys that cannot be used."""
    credentials = Credentials.from_files(
        settings.client_id, private_key=settings.private_key, public_key=settings.public_key
    )
    shop = Shop(
        merchant_id=settings.merchant_id,
        merchant_name=settings.merchant_name,
        mcc=settings.mcc,
        store_id=settings.store_id,
        store_name=settings.merchant_name,
        terminal_id=till.terminal_id,
    )
    return AlipayPlusWire(credentials, shop, settlement_currency=settings.settlement_currency)
