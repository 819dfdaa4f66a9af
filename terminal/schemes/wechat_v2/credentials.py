"""Who a merchant is to WeChat Pay v2, and the key that both sign with."""

from dataclasses import dataclass, field
from pathlib import Path

from terminal import crypto
from terminal.errors import ConfigError
from terminal.schemes.fields import Fields
from terminal.schemes.flat_xml import SignType

API_KEY_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant by its own contract, or one (`sub_…`) through its service provider's."""

    mch_id: str
    appid: str
    sub_mch_id: str = ""
    sub_appid: str = ""

    def fields(self) -> dict[str, str]:
        return {
            "appid": self.appid,
            "mch_id": self.mch_id,
            "sub_appid": self.sub_appid,
            "sub_mch_id": self.sub_mch_id,
        }

    @classmethod
    def read(cls, fields: Fields) -> "Merchant":
        return cls(
            mch_id=fields.text("mch_id", 32),
            appid=fields.text("appid", 32),
            sub_mch_id=fields.text_or_empty("sub_mch_id", 32),
            sub_appid=fields.text_or_empty("sub_appid", 32),
        )


@dataclass(frozen=True, slots=True)
class Credentials:
    merchant: Merchant
    api_key: str = field(repr=False)
    sign_type: SignType = SignType.HMAC_SHA256

    @classmethod
    def from_files(cls, merchant: Merchant, api_key: Path, sign_type: SignType) -> "Credentials":
        """With the 32 characters of the API key from an owner-only file; raises ConfigError."""
        try:
            key = crypto.read_secret(api_key).strip().decode("ascii")
        except UnicodeDecodeError as error:
            raise ConfigError(f"{api_key}: an API key is letters and digits") from error
        if len(key) != API_KEY_LENGTH:
            raise ConfigError(f"{api_key}: an API key has {API_KEY_LENGTH} characters, not {len(key)}")
        return cls(merchant, key, sign_type)
