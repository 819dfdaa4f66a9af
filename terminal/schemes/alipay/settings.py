"""What a contract with Alipay says in a config file. Keys are files of the owner's alone, never text in there."""

from dataclasses import dataclass
from pathlib import Path

from terminal.errors import ConfigError
from terminal.scheme import Till
from terminal.schemes.alipay.credentials import Credentials
from terminal.schemes.alipay.wire import AlipayWire


@dataclass(frozen=True, slots=True)
class Settings:
    app_id: str
    private_key: Path
    public_key: Path = Path()  # Alipay's, not the app's own (public-key mode)
    app_certificate: Path = Path()  # these three: certificate mode
    platform_certificate: Path = Path()
    root_certificate: Path = Path()
    seller_id: str = ""  # 2088…
    store_id: str = ""


def connect(settings: Settings, till: Till) -> AlipayWire:
    """Raises ConfigError for keys that cannot be used."""
    return AlipayWire(
        _credentials(settings), terminal_id=till.terminal_id, store_id=settings.store_id, notify_url=till.notify_url
    )


def _credentials(settings: Settings) -> Credentials:
    certificates = (settings.app_certificate, settings.platform_certificate, settings.root_certificate)
    if settings.public_key != Path() and all(path == Path() for path in certificates):
        return Credentials.with_public_key(
            settings.app_id,
            private_key=settings.private_key,
            public_key=settings.public_key,
            seller_id=settings.seller_id,
        )
    if settings.public_key == Path() and Path() not in certificates:
        app, platform, root = certificates
        return Credentials.with_certificates(
            settings.app_id,
            private_key=settings.private_key,
            app=app,
            platform=platform,
            root=root,
            seller_id=settings.seller_id,
        )
    raise ConfigError(
        "Alipay: give either public_key, or app_certificate, platform_certificate and root_certificate together"
    )
