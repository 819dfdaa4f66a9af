"""How UnionPay's open platform 5.1.0 signs, for both ends.

All fields but the signature, sorted by name, joined as `name=value` with `&`, values as they mean and not as they
travel; SHA-256 of that in lower-case hex; RSA over SHA-256 of *the hex text*. A recorded reply of UnionPay's own test
gateway verifies in this way and in no other. A request names its certificate by `certId`; a reply carries its
certificate whole, as `signPubKeyCert`, which is signed like any other field.
"""

import hashlib
from collections.abc import Iterable, Mapping

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509 import Certificate

from terminal import crypto
from terminal.schemes.unionpay import certificates

SIGNATURE, CERTIFICATE, CERTIFICATE_NUMBER = "signature", "signPubKeyCert", "certId"


def base_string(fields: Mapping[str, str]) -> str:
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != SIGNATURE)


def message(fields: Mapping[str, str]) -> bytes:
    """What is signed: not the base string, but the hex of its hash."""
    return hashlib.sha256(base_string(fields).encode("utf-8", "surrogatepass")).hexdigest().encode()


def signed(fields: Mapping[str, str], key: RSAPrivateKey) -> dict[str, str]:
    """The same fields with their signature as the last."""
    return {**fields, SIGNATURE: crypto.rsa_sign(key, message(fields))}


def is_signed(fields: Mapping[str, str], key: RSAPublicKey) -> bool:
    """Whether the fields carry their own signature; any may be asked about."""
    return crypto.rsa_verifies(key, message(fields), fields.get(SIGNATURE, ""))


def doubt(fields: Mapping[str, str], authorities: Iterable[Certificate], signer: str, now_s: int) -> str:
    """Why a reply or a notice cannot be believed; empty where it can."""
    if not fields.get(SIGNATURE) or not fields.get(CERTIFICATE):
        return "not signed"
    try:
        key = certificates.signing_key(fields[CERTIFICATE], authorities, signer, now_s)
    except ValueError as error:
        return f"signed with {error}"
    return "" if is_signed(fields, key) else "wrong signature"
