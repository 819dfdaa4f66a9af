"""What a contract with WeChat Pay says in a config file. Keys are files of the owner's alone, never text in there."""

from dataclasses import dataclass
from pathlib import Path

from terminal.scheme import Till
from terminal.schemes.wechat.credentials import Credentials
from terminal.schemes.wechat.merchant import Merchant
from terminal.schemes.wechat.wire import WechatWire


@dataclass(frozen=True, slots=True)
class Settings:
    mchid: str
    appid: str
    private_key: Path
    certificate: Path  # the merchant's: its serial number goes into every request
    apiv3_key: Path
    public_key_id: str = ""  # PUB_KEY_ID_… (public-key mode)
    public_key: Path = Path()
    platform_certificates: tuple[Path, ...] = ()  # (certificate mode)
    sub_mchid: str = ""  # the merchant itself, where the contract is its service provider's
    sub_appid: str = ""


def connect(settings: Settings, till: Till) -> WechatWire:
    """Raises ConfigError for keys that cannot be used."""
    credentials = Credentials.from_files(
        Merchant(settings.mchid, settings.appid, settings.sub_mchid, settings.sub_appid),
        private_key=settings.private_key,
        certificate=settings.certificate,
        apiv3_key=settings.apiv3_key,
        public_keys={settings.public_key_id: settings.public_key} if settings.public_key_id else {},
        platform_certificates=settings.platform_certificates,
    )
    return WechatWire(credentials, notify_url=till.notify_url)
