"""RSA2: how requests, replies and notifications of Alipay's gateway are signed, for both ends.

A request is signed over its parameters, sorted and joined by `&`, unescaped, without `sign` and what is empty; a
notification likewise, and without `sign_type`. A reply is signed over the very bytes of its one node, so those are
cut out of the text and never written anew.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from terminal import crypto
from terminal.schemes import forms
from terminal.schemes.alipay.codes import WORD
from terminal.schemes.fields import LARGEST, Fields, Malformed

SIGN_TYPE = "RSA2"
ERROR = "error_response"  # the node of a gateway that did not get as far as a method

_MOST_PARAMETERS = 64
_LONGEST_NAME = 64
_FIRST_MEMBER = re.compile(r'\s*\{\s*"([a-z_]+_response)"\s*:\s*(?=\{)')
_DECODER = json.JSONDecoder()


# --- requests and notifications --------------------------------------------------------------------------


def request_text(parameters: Mapping[str, str]) -> bytes:
    return _joined(parameters, {"sign"})


def notice_text(parameters: Mapping[str, str]) -> bytes:
    return _joined(parameters, {"sign", "sign_type"})


def signed(parameters: Mapping[str, str], key: RSAPrivateKey) -> dict[str, str]:
    """The parameters of a request with their signature."""
    return {**parameters, "sign": crypto.rsa_sign(key, request_text(parameters))}


def signed_notice(parameters: Mapping[str, str], key: RSAPrivateKey) -> dict[str, str]:
    """The parameters of a notification with their signature."""
    return {**parameters, "sign_type": SIGN_TYPE, "sign": crypto.rsa_sign(key, notice_text(parameters))}


def form(parameters: Mapping[str, str]) -> bytes:
    return urlencode(parameters).encode()


def read_form(*parts: str | bytes) -> dict[str, str]:
    """The parameters of a query and a body together; raises Malformed unless each name means one thing."""
    pairs = [pair for part in parts for pair in _pairs(part)]
    parameters = dict(pairs)
    if torn := next((name for name, value in pairs if parameters[name] != value), ""):
        raise Malformed(_shown(torn), "is given twice with different values")
    return parameters


def _shown(name: str) -> str:
    """A parameter's name as it may be told."""
    return name if len(name) <= _LONGEST_NAME and WORD.fullmatch(name) else "a parameter"


def _pairs(part: str | bytes) -> Iterable[tuple[str, str]]:
    if len(part) > LARGEST:
        raise Malformed("", f"is longer than {LARGEST} bytes")
    try:
        text = part.decode("ascii") if isinstance(part, bytes) else part
        return forms.pairs(text, _MOST_PARAMETERS)
    except ValueError as error:
        raise Malformed("", "is not a form in UTF-8") from error


def _joined(parameters: Mapping[str, str], without: set[str]) -> bytes:
    kept = sorted((name, value) for name, value in parameters.items() if value and name not in without)
    return "&".join(f"{name}={value}" for name, value in kept).encode("utf-8", "surrogatepass")


# --- replies ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Envelope:
    """A reply taken apart: the node's name, its very text, and who is said to have signed it (empty: nobody)."""

    name: str
    node: str
    sign: str = ""
    cert_sn: str = ""  # of the platform's certificate; empty in public-key mode

    @property
    def fields(self) -> Fields:
        return Fields.parse(self.node.encode())

    @classmethod
    def parse(cls, body: bytes) -> "Envelope":
        """Raises Malformed unless `body` is one JSON object that begins with its node."""
        whole = Fields.parse(body)
        text = body.decode()
        first = _FIRST_MEMBER.match(text)
        if not first:
            raise Malformed("", "does not begin with a response node")
        _, end = _DECODER.raw_decode(text, first.end())
        return cls(
            name=first[1],
            node=text[first.end() : end],
            sign=whole.text_or_empty("sign", 1024),
            cert_sn=whole.text_or_empty("alipay_cert_sn", 64, WORD),
        )

    def doubt(self, keys: Mapping[str, RSAPublicKey]) -> str:
        """Why it cannot be believed; empty where it can. `keys` are the platform's by `cert_sn`."""
        if not self.sign:
            return "reply without signature"
        key = keys.get(self.cert_sn)
        if key is None:
            return "signed with a key we do not know"
        return "" if crypto.rsa_verifies(key, self.node.encode(), self.sign) else "wrong signature"

    def body(self) -> bytes:
        """As the gateway writes it: the node first, no spaces."""
        after = {"alipay_cert_sn": self.cert_sn, "sign": self.sign}
        members = [f'"{self.name}":{self.node}', *(f'"{name}":"{text}"' for name, text in after.items() if text)]
        return f"{{{','.join(members)}}}".encode()


def signed_reply(name: str, node: bytes, key: RSAPrivateKey, cert_sn: str = "") -> Envelope:
    return Envelope(name, node.decode(), crypto.rsa_sign(key, node), cert_sn)
