"""The keys of a simulated WeChat Pay merchant and platform: made once, kept for the owner's eyes, used again.

A till and anybody's SDK take these files as they would take the real ones: the merchant's key and certificate, the
platform's certificate (certificate mode), its public key with an id (public-key mode), the APIv3 key, and v2's API key.
The merchant is a service provider too, with one merchant of its own.
"""

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from firmware_sim.hosts import pki
from terminal import crypto
from terminal.schemes.wechat.credentials import APIV3_KEY_LENGTH, PUBLIC_KEY_ID, Credentials
from terminal.schemes.wechat.merchant import Merchant
from terminal.schemes.wechat_v2.credentials import API_KEY_LENGTH

FOLDER = "wechat_pay"


@dataclass(frozen=True, slots=True)
class Files:
    """Where the keys lie in a folder."""

    folder: Path

    @property
    def identity(self) -> Path:
        return self.folder / "identity.json"

    @property
    def merchant_key(self) -> Path:
        return self.folder / "merchant_key.pem"

    @property
    def merchant_certificate(self) -> Path:
        return self.folder / "merchant_cert.pem"

    @property
    def apiv3_key(self) -> Path:
        return self.folder / "apiv3_key.txt"

    @property
    def api_key(self) -> Path:
        return self.folder / "api_key.txt"

    @property
    def platform_key(self) -> Path:
        return self.folder / "platform_key.pem"

    @property
    def platform_certificate(self) -> Path:
        return self.folder / "platform_cert.pem"

    @property
    def public_key(self) -> Path:
        return self.folder / "public_key.pem"

    @property
    def public_key_secret(self) -> Path:
        return self.folder / "public_key_secret.pem"


@dataclass(frozen=True, slots=True)
class Keys:
    """What the host holds; `files` says where the merchant finds its share."""

    files: Files
    mchid: str
    appid: str
    sub_mchid: str
    sub_appid: str
    public_key_id: str
    merchant_serial: str
    merchant_key: RSAPublicKey = field(repr=False)
    apiv3_key: bytes = field(repr=False)
    api_key: str = field(repr=False)
    platform_serial: str
    platform_certificate: bytes = field(repr=False)
    platform_key: RSAPrivateKey = field(repr=False)
    public_key_secret: RSAPrivateKey = field(repr=False)

    @property
    def own(self) -> Merchant:
        return Merchant(self.mchid, self.appid)

    @property
    def partners(self) -> Merchant:
        """The merchant whose service provider this one is."""
        return Merchant(self.mchid, self.appid, self.sub_mchid, self.sub_appid)

    def whose(self, merchant: str) -> Merchant:
        """How the messages name a merchant of the ledger's."""
        return self.partners if merchant == self.sub_mchid else self.own

    def credentials(self, merchant: Merchant | None = None) -> Credentials:
        """The merchant's share, with both modes' keys."""
        return Credentials.from_files(
            merchant or self.own,
            private_key=self.files.merchant_key,
            certificate=self.files.merchant_certificate,
            apiv3_key=self.files.apiv3_key,
            public_keys={self.public_key_id: self.files.public_key},
            platform_certificates=[self.files.platform_certificate],
        )

    def for_till(self) -> dict[str, Any]:
        """The `[[acquirer]]` table of a till that speaks v3."""
        return {
            "scheme": "wechat",
            "mchid": self.mchid,
            "appid": self.appid,
            "private_key": str(self.files.merchant_key),
            "certificate": str(self.files.merchant_certificate),
            "apiv3_key": str(self.files.apiv3_key),
            "public_key_id": self.public_key_id,
            "public_key": str(self.files.public_key),
            "platform_certificates": [str(self.files.platform_certificate)],
        }

    def for_sdk(self) -> dict[str, Any]:
        """What an SDK that speaks v3 wants to be told, both modes' keys included."""
        return {
            "mchid": self.mchid,
            "appid": self.appid,
            "sub_mchid": self.sub_mchid,
            "sub_appid": self.sub_appid,
            "serial_no": self.merchant_serial,
            "apiv3_key": self.apiv3_key.decode(),
            "private_key": str(self.files.merchant_key),
            "certificate": str(self.files.merchant_certificate),
            "apiv3_key_file": str(self.files.apiv3_key),
            "public_key_id": self.public_key_id,
            "public_key": str(self.files.public_key),
            "platform_certificate": str(self.files.platform_certificate),
            "platform_serial": self.platform_serial,
        }

    def for_v2_till(self) -> dict[str, Any]:
        """The `[[acquirer]]` table of a till that speaks v2."""
        return {
            "scheme": "wechat_v2",
            "mch_id": self.mchid,
            "appid": self.appid,
            "api_key": str(self.files.api_key),
        }

    def for_v2_sdk(self) -> dict[str, Any]:
        """What an SDK that speaks v2 wants to be told; the certificate is for a TLS that is not spoken here."""
        return {
            "mch_id": self.mchid,
            "appid": self.appid,
            "api_key": self.api_key,
            "api_key_file": str(self.files.api_key),
            "certificate": str(self.files.merchant_certificate),
            "private_key": str(self.files.merchant_key),
        }


def load_or_make(state: Path) -> Keys:
    """The keys in `state`/wechat_pay, made there (owner only) where there are none yet."""
    return _load(Files(pki.filled(state / FOLDER, _fill)))


def _load(files: Files) -> Keys:
    return Keys(
        files=files,
        **json.loads(files.identity.read_text()),
        merchant_serial=crypto.read_serial(files.merchant_certificate),
        merchant_key=crypto.read_public_key(files.merchant_certificate),
        apiv3_key=crypto.read_secret(files.apiv3_key),
        api_key=crypto.read_secret(files.api_key).decode(),
        platform_serial=crypto.read_serial(files.platform_certificate),
        platform_certificate=crypto.read_file(files.platform_certificate),
        platform_key=crypto.read_private_key(files.platform_key),
        public_key_secret=crypto.read_private_key(files.public_key_secret),
    )


def _fill(folder: Path) -> None:
    files, authority = Files(folder), pki.Authority()
    merchant, platform, public = pki.new_key(), pki.new_key(), pki.new_key()
    mchid = f"16{secrets.randbelow(10**8):08}"
    identity = {
        "mchid": mchid,
        "appid": f"wx{secrets.token_hex(8)}",
        "sub_mchid": f"19{secrets.randbelow(10**8):08}",
        "sub_appid": f"wx{secrets.token_hex(8)}",
        "public_key_id": f"{PUBLIC_KEY_ID}01{mchid}{secrets.randbelow(10**16):016}",
    }
    pki.write(files.identity, json.dumps(identity).encode())
    pki.write(files.apiv3_key, secrets.token_hex(APIV3_KEY_LENGTH // 2).encode())
    pki.write(files.api_key, secrets.token_hex(API_KEY_LENGTH // 2).encode())
    pki.write(files.merchant_key, pki.private_pem(merchant))
    pki.write(files.merchant_certificate, authority.certificate(merchant, mchid))
    pki.write(files.platform_key, pki.private_pem(platform))
    pki.write(files.platform_certificate, authority.certificate(platform, "Simulated Tenpay platform"))
    pki.write(files.public_key_secret, pki.private_pem(public))
    pki.write(files.public_key, pki.public_pem(public))
