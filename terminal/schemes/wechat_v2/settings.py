"""What a contract with WeChat Pay v2 says in a config file. The key is a file of the owner's alone, never text."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from terminal.scheme import Till
from terminal.schemes.flat_xml import SignType
from terminal.schemes.wechat_v2.credentials import Credentials, Merchant
from terminal.schemes.wechat_v2.wire import WechatV2Wire


@dataclass(frozen=True, slots=True)
class Settings:
    mch_id: str
    appid: str
    api_key: Path
    sign_type: Literal["HMAC-SHA256", "MD5"] = "HMAC-SHA256"
    sub_mch_id: str = ""  # the merchant itself, where the contract is its service provider's
    sub_appid: str = ""
    till_ip: str = "127.0.0.1"  # v2 wants to be told where a request comes from


def connect(settings: Settings, till: Till) -> WechatV2Wire:
    """Raises ConfigError for a key that cannot be used."""
    merchant = Merchant(settings.mch_id, settings.appid, settings.sub_mch_id, settings.sub_appid)
    credentials = Credentials.from_files(merchant, settings.api_key, SignType(settings.sign_type))
    return WechatV2Wire(credentials, device=till.terminal_id, ip=settings.till_ip, notify_url=till.notify_url)
