"""Who a merchant is to WeChat Pay v3, and whose signatures it believes.

Both modes are one map. In certificate mode a platform key is named by its certificate's serial number, in
public-key mode by an id that begins `PUB_KEY_ID_`; a reply says which one it was signed with.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from terminal import crypto
from terminal.errors import ConfigError
from terminal.schemes.wechat.merchant import Merchant

PUBLIC_KEY_ID = "PUB_KEY_ID_"
APIV3_KEY_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Credentials:
    merchant: Merchant
    serial_no: str  # of its certificate, or of its service provider's
    private_key: RSAPrivateKey = field(repr=False)
    apiv3_key: bytes = field(repr=False)
    platform_keys: Mapping[str, RSAPublicKey] = field(repr=False)

    @property
    def preferred_key(self) -> str:
        """The public-key id to ask for in requests; empty in certificate mode, which has none to ask for."""
        return next((serial for serial in self.platform_keys if serial.startswith(PUBLIC_KEY_ID)), "")

    @classmethod
    def from_files(
        cls,
        merchant: Merchant,
        *,
        private_key: Path,
        certificate: Path,
        apiv3_key: Path,
        public_keys: Mapping[str, Path],
        platform_certificates: Iterable[Path] = (),
    ) -> "Credentials":
        """From PEM files and a file with the 32 characters of the APIv3 key; raises ConfigError.

        `public_keys` maps `PUB_KEY_ID_…` to its file; a platform certificate names itself.
        """
        secret = crypto.read_secret(apiv3_key).strip()
        if len(secret) != APIV3_KEY_LENGTH:
            raise ConfigError(f"{apiv3_key}: an APIv3 key has {APIV3_KEY_LENGTH} characters, not {len(secret)}")
        by_id = {key_id: crypto.read_public_key(path) for key_id, path in public_keys.items()}
        by_serial = {crypto.read_serial(path): crypto.read_public_key(path) for path in platform_certificates}
        if not by_id and not by_serial:
            raise ConfigError("WeChat Pay: without a public key or platform certificate no reply can be believed")
        return cls(
            merchant=merchant,
            serial_no=crypto.read_serial(certificate),
            private_key=crypto.read_private_key(private_key),
            apiv3_key=secret,
            platform_keys=by_id | by_serial,
        )
