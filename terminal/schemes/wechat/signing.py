"""WECHATPAY2-SHA256-RSA2048: how requests and replies are signed, for both ends (WeChat Pay v3, signing chapters).

A request is signed by the merchant over method, path, time, nonce and body; a reply by the platform over time,
nonce and body; each part is followed by one newline. Either is good for five minutes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from terminal import crypto
from terminal.scheme import Request
from terminal.schemes.fields import Malformed

ALGORITHM = "WECHATPAY2-SHA256-RSA2048"
CONTENT_TYPE = "application/json; charset=utf-8"
WINDOW_S = 300  # how far a timestamp may be off
PROBE = "WECHATPAY/SIGNTEST/"  # signatures that WeChat Pay spoils on purpose begin so: they must be refused

_PAIR = re.compile(r'\s*([a-z_]+)="([^"]*)"\s*')
_SECONDS = re.compile(r"[0-9]{1,12}")
_PARTS = frozenset({"mchid", "nonce_str", "timestamp", "serial_no", "signature"})


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a request's Authorization header says."""

    mchid: str
    serial_no: str
    nonce: str
    timestamp_s: int
    signature: str = field(repr=False)

    @classmethod
    def parse(cls, header: str) -> "Authorization":
        """Reads the five parts in any order; raises Malformed."""
        algorithm, _, rest = header.strip().partition(" ")
        if algorithm != ALGORITHM:
            raise Malformed("Authorization", f"must begin {ALGORITHM}")
        pairs = [_PAIR.fullmatch(part) for part in rest.split(",")]
        parts = {match[1]: match[2] for match in pairs if match}
        if len(parts) != len(pairs) or parts.keys() != _PARTS:
            raise Malformed("Authorization", f"must hold {', '.join(sorted(_PARTS))}, each once")
        if not _SECONDS.fullmatch(parts["timestamp"]):
            raise Malformed("Authorization", "must have its timestamp in seconds")
        return cls(parts["mchid"], parts["serial_no"], parts["nonce_str"], int(parts["timestamp"]), parts["signature"])

    def render(self) -> str:
        return (
            f'{ALGORITHM} mchid="{self.mchid}",nonce_str="{self.nonce}",timestamp="{self.timestamp_s}",'
            f'serial_no="{self.serial_no}",signature="{self.signature}"'
        )

    def signs(self, request: Request, key: RSAPublicKey) -> bool:
        message = request_message(request.method, request.path, self.timestamp_s, self.nonce, request.body)
        return crypto.rsa_verifies(key, message, self.signature)

    def is_fresh(self, now_s: float) -> bool:
        return abs(now_s - self.timestamp_s) <= WINDOW_S


def request_message(method: str, path: str, timestamp_s: int, nonce: str, body: bytes) -> bytes:
    return _bytes(f"{method}\n{path}\n{timestamp_s}\n{nonce}\n") + body + b"\n"


def reply_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    return _bytes(f"{timestamp}\n{nonce}\n") + body + b"\n"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # a header may hold any bytes: then the signature is wrong, no more


def signed_headers(body: bytes, *, serial: str, key: RSAPrivateKey, now_s: int, nonce: str) -> dict[str, str]:
    """What the platform puts beside a body that is its own: a reply's, or a notice's."""
    return {
        "wechatpay-timestamp": str(now_s),
        "wechatpay-nonce": nonce,
        "wechatpay-serial": serial,
        "wechatpay-signature": crypto.rsa_sign(key, reply_message(str(now_s), nonce, body)),
        "wechatpay-signature-type": ALGORITHM,
    }


def doubt(headers: Mapping[str, str], body: bytes, keys: Mapping[str, RSAPublicKey], now_s: int) -> str:
    """Why a reply or a notice cannot be believed; empty where it can. Header names are in lower case."""
    said = {name: headers.get(f"wechatpay-{name}", "") for name in ("timestamp", "nonce", "serial", "signature")}
    if not all(said.values()):
        return "without signature"
    if said["signature"].startswith(PROBE):
        return "signature probe"
    key = keys.get(said["serial"])
    if key is None:
        return "signed with a key we do not know"
    if not _SECONDS.fullmatch(said["timestamp"]) or abs(now_s - int(said["timestamp"])) > WINDOW_S:
        return "signed at another time"
    message = reply_message(said["timestamp"], said["nonce"], body)
    return "" if crypto.rsa_verifies(key, message, said["signature"]) else "wrong signature"
