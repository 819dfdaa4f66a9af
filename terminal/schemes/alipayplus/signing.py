"""How requests and replies of Alipay+ are signed, for both ends.

`POST <path>`, a newline, then client id, time and body joined by dots: RSA-SHA256, base64, URL-encoded. A reply is
signed over the path that was asked and its own time, so it answers no other call and grows old.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote_plus

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from terminal import crypto
from terminal.scheme import Reply
from terminal.schemes.alipayplus.codes import iso8601, read_time
from terminal.schemes.fields import Malformed

WINDOW_S = 300  # how far a time may be off (ours to choose: no page was found)
_HEADER = re.compile(
    r"\s*algorithm=RSA256\s*,\s*keyVersion=(?P<version>[0-9]{1,3})\s*,\s*signature=(?P<signature>\S+)\s*"
)


@dataclass(frozen=True, slots=True)
class Seal:
    """Who says something, when, and the signature that proves it."""

    client_id: str
    time: str
    signature: str = field(repr=False)

    @classmethod
    def made(cls, key: RSAPrivateKey, client_id: str, path: str, now_s: float, body: bytes) -> "Seal":
        time = iso8601(now_s)
        return cls(client_id, time, crypto.rsa_sign(key, message(path, client_id, time, body)))

    @classmethod
    def parse(cls, headers: Mapping[str, str], time_header: str) -> "Seal":
        """From headers whose names are in lower case; raises Malformed."""
        match = _HEADER.fullmatch(headers.get("signature", ""))
        if not match:
            raise Malformed("signature", "must be algorithm=RSA256,keyVersion=…,signature=…")
        return cls(headers.get("client-id", ""), headers.get(time_header, ""), unquote_plus(match["signature"]))

    @property
    def header(self) -> str:
        return f"algorithm=RSA256,keyVersion=1,signature={quote(self.signature, safe='')}"

    def doubt(self, key: RSAPublicKey, path: str, body: bytes, now_s: float) -> str:
        """Why it cannot be believed; empty where it can."""
        try:
            said_s = read_time(self.time)
        except Malformed:
            return "signed at no time"
        if abs(now_s - said_s) > WINDOW_S:
            return "signed at another time"
        proven = crypto.rsa_verifies(key, message(path, self.client_id, self.time, body), self.signature)
        return "" if proven else "wrong signature"


def message(path: str, client_id: str, time: str, body: bytes) -> bytes:
    return f"POST {path}\n{client_id}.{time}.".encode("utf-8", "surrogatepass") + body


def signed_reply(key: RSAPrivateKey, client_id: str, path: str, now_s: float, body: bytes) -> Reply:
    """A reply as the platform sends it; the official SDK finds its headers in lower case only."""
    seal = Seal.made(key, client_id, path, now_s, body)
    headers = {"client-id": client_id, "response-time": seal.time, "signature": seal.header}
    return Reply(200, {"content-type": "application/json; charset=UTF-8", **headers}, body)
